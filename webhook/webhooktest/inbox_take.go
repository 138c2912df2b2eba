package webhooktest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

func (s *inboxTest) takeInOrder() {
	s.store("c", "a", "b")
	s.take(0)
	s.take(2, "c", "a")
	s.take(2, "b")
	s.take(2)
}

func (s *inboxTest) takeOnce() {
	keys := make([]string, 100)
	for i := range keys {
		keys[i] = fmt.Sprint("key", i)
	}
	s.store(keys...)
	var all sync.WaitGroup
	var taken sync.Map
	var n atomic.Int32
	for range 8 {
		all.Go(func() {
			for n.Load() < 100 {
				ds, err := s.Take(s.Context(), 7, time.Hour)
				if err != nil {
					s.Error(err)
					return
				}
				for _, d := range ds {
					if _, twice := taken.LoadOrStore(d.Key, true); twice {
						s.Errorf("%s was taken twice", d.Key)
					}
					n.Add(1)
					if err := s.Done(s.Context(), d); err != nil {
						s.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	s.take(9)
}

func (s *inboxTest) takeIDs() {
	rs := s.store("a", "b", "c", "d", "e")
	take := func(keys ...string) []webhook.Delivery {
		s.Helper()
		ds, err := s.TakeIDs(s.Context(), time.Hour, rs[4].ID, rs[2].ID, 999_999, rs[0].ID, rs[2].ID)
		s.must(err)
		s.keys(ds, keys...)
		return ds
	}
	none, err := s.TakeIDs(s.Context(), time.Hour)
	s.must(err)
	s.equal("taken of no ids", len(none), 0)
	first := take("a", "c", "e")
	if d := first[0]; d.Attempt != 1 || d.Token == "" || string(d.Body) != "body of a" {
		s.Fatalf("delivery is %+v, want attempt 1, a token and the body", d)
	}
	take()
	s.must(s.Done(s.Context(), first[0]))
	s.must(s.Inbox.Fail(s.Context(), first[1], webhook.Failure{Dead: true}))
	s.advance(61 * time.Minute)
	again := take("e")[0]
	s.equal("attempt", again.Attempt, 2)
	s.lost(first[2])
	s.must(s.Inbox.Fail(s.Context(), again, webhook.Failure{After: time.Hour}))
	take()
	s.take(9, "b", "d")
}

func (s *inboxTest) lease() {
	s.store("k")
	stale := s.take(9, "k")[0]
	s.advance(40 * time.Minute)
	s.take(9)
	s.advance(21 * time.Minute)
	live := s.take(9, "k")[0]
	s.equal("attempt", live.Attempt, 2)
	s.lost(stale)
	s.must(s.Done(s.Context(), live))
	s.lost(stale)
	s.lost(live)
	s.advance(time.Hour)
	s.take(9)
}

// lost demands that a delivery which is no longer the caller's changes nothing.
func (s *inboxTest) lost(d webhook.Delivery) {
	s.Helper()
	s.is(s.Done(s.Context(), d), webhook.ErrLeaseLost)
	s.is(s.Inbox.Fail(s.Context(), d, webhook.Failure{}), webhook.ErrLeaseLost)
	s.is(s.Inbox.Fail(s.Context(), d, webhook.Failure{Dead: true}), webhook.ErrLeaseLost)
}

func (s *inboxTest) fail() {
	s.store("k")
	d := s.take(9, "k")[0]
	s.must(s.Inbox.Fail(s.Context(), d, webhook.Failure{After: time.Hour, Cause: "timeout"}))
	s.lost(d)
	s.take(9)
	s.advance(61 * time.Minute)
	d = s.take(9, "k")[0]
	s.equal("cause", d.Cause, "timeout")
	s.equal("attempt", d.Attempt, 2)
	s.must(s.Inbox.Fail(s.Context(), d, webhook.Failure{Cause: "\xff\x00'"}))
	s.take(9, "k")
}

func (s *inboxTest) load() {
	id := s.store("k")[0].ID
	d, err := s.Load(s.Context(), id)
	s.must(err)
	s.equal("key", d.Key, "k")
	again, err := s.Load(s.Context(), id)
	s.must(err)
	s.must(s.Done(s.Context(), d))
	s.lost(again)
	_, err = s.Load(s.Context(), id)
	s.is(err, webhook.ErrNotFound)
	_, err = s.Load(s.Context(), id+1000)
	s.is(err, webhook.ErrNotFound)
}
