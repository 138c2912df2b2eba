package webhooktest

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

func (s *inboxTest) put() {
	e := webhook.InboxEvent{Source: "shop", Key: "k\x00\xff", Body: []byte("\x00\xff"), Meta: map[string]string{"type": "ping"}}
	first, err := s.Put(s.Context(), e)
	s.must(err)
	if first[0].ID == 0 || first[0].Duplicate || first[0].Conflict {
		s.Fatalf("receipt is %+v, want an id and nothing else", first[0])
	}
	again, err := s.Put(s.Context(), e)
	s.must(err)
	s.equal("receipt of the duplicate", again[0], webhook.Receipt{ID: first[0].ID, Duplicate: true})
	changed := e
	changed.Body = []byte("other")
	conflict, err := s.Put(s.Context(), changed)
	s.must(err)
	s.equal("receipt of the conflict", conflict[0], webhook.Receipt{ID: first[0].ID, Duplicate: true, Conflict: true})

	d := s.take(9, e.Key)[0]
	if d.ID != first[0].ID || d.Source != e.Source || string(d.Body) != string(e.Body) || !maps.Equal(d.Meta, e.Meta) {
		s.Fatalf("delivery is %+v, want the first event", d)
	}
	if age := time.Since(d.Received).Abs(); age > time.Hour || d.Attempt != 1 || d.Token == "" {
		s.Fatalf("delivery is %+v, want attempt 1, a token and the time of receipt", d)
	}
	if len(s.seen) != 1 || s.seen[0].ID != d.ID || s.seen[0].Key != d.Key || s.seen[0].Received.Sub(d.Received).Abs() > time.Second {
		s.Fatalf("the hook saw %+v, want the new event once", s.seen)
	}
	s.must(s.Done(s.Context(), d))
	again, err = s.Put(s.Context(), e)
	s.must(err)
	s.equal("done and still a duplicate", again[0].Duplicate, true)
}

// putMany stores batches of all sizes in which some events are new, some come
// twice and some are known, one of them with another body.
func (s *inboxTest) putMany() {
	none, err := s.Put(s.Context())
	s.must(err)
	s.equal("receipts for nothing", len(none), 0)
	ids := map[string]int64{}
	for size := 1; size <= 400; size = size*3/2 + 1 {
		var keys []string
		for i := range size {
			keys = append(keys, fmt.Sprintf("%d-%d", size, i/2), fmt.Sprintf("%d-%d", size*i%7, i/3)) // twice; at times known
		}
		for i, r := range s.store(keys...) {
			id, known := ids[keys[i]]
			s.equal("duplicate "+keys[i], r.Duplicate, known)
			if known {
				s.equal("id of "+keys[i], r.ID, id)
			}
			ids[keys[i]] = r.ID
		}
	}
	s.equal("events the hook saw", len(s.seen), len(ids))
	for _, e := range s.seen {
		s.equal("id the hook saw of "+e.Key, e.ID, ids[e.Key])
		d, err := s.Load(s.Context(), e.ID)
		s.must(err)
		s.equal("key of that id", d.Key, e.Key)
		s.equal("body of that id", string(d.Body), "body of "+e.Key)
	}
}

// putConflicts stores events again with other bodies, inside one call and
// across calls.
func (s *inboxTest) putConflicts() {
	other := func(key string) webhook.InboxEvent {
		return webhook.InboxEvent{Source: "shop", Key: key, Body: []byte("other")}
	}
	id := s.store("old")[0].ID
	rs, err := s.Put(s.Context(), event("old"), event("new"), other("old"), other("new"), event("new"), other("old"))
	s.must(err)
	s.equal("number of receipts", len(rs), 6)
	s.equal("known", rs[0], webhook.Receipt{ID: id, Duplicate: true})
	s.equal("new", rs[1], webhook.Receipt{ID: rs[1].ID})
	s.equal("conflict with the known", rs[2], webhook.Receipt{ID: id, Duplicate: true, Conflict: true})
	s.equal("conflict with the new", rs[3], webhook.Receipt{ID: rs[1].ID, Duplicate: true, Conflict: true})
	s.equal("the new once more", rs[4], webhook.Receipt{ID: rs[1].ID, Duplicate: true})
	s.equal("conflict once more", rs[5], rs[2])
	ds := s.take(9, "old", "new")
	s.equal("body kept", string(ds[0].Body), "body of old")
	s.equal("body of the first", string(ds[1].Body), "body of new")
}

func (s *inboxTest) putInvalid() {
	for _, e := range []webhook.InboxEvent{
		{Source: "s"}, {Key: "k"}, {Source: "s", Key: strings.Repeat("k", webhook.MaxKey+1)}, {Source: strings.Repeat("s", webhook.MaxKey+1), Key: "k"},
		{Source: "\xff", Key: "k"}, {Source: "a\x00", Key: "k"},
	} {
		if _, err := s.Put(s.Context(), event("good"), e); err == nil {
			s.Fatalf("%+v was taken", e)
		}
	}
	s.take(9)
}

func (s *inboxTest) putConcurrently() {
	var all sync.WaitGroup
	var stored atomic.Int32
	for g := range racers {
		all.Go(func() {
			for i := range 20 {
				key := fmt.Sprint("key", (i+g)%20)
				rs, err := s.Put(s.Context(), event(key), event(fmt.Sprint("own", g, "-", i)))
				if err != nil {
					s.Error(err)
					return
				}
				if !rs[0].Duplicate {
					stored.Add(1)
				}
				if rs[1].Duplicate {
					s.Error("a new event was called a duplicate")
				}
			}
		})
	}
	all.Wait()
	s.equal("winners of 20 contested keys", stored.Load(), int32(20))
	s.equal("events the hook saw", len(s.seen), 20+racers*20)
}
