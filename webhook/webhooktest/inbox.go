package webhooktest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

// InboxHarness is how TestInbox handles an inbox.
type InboxHarness struct {
	// New returns an inbox nobody else uses, whose hook inside the inserting
	// transaction calls hook with the new events.
	New func(t *testing.T, hook func([]webhook.Delivery) error) webhook.Inbox
	// Advance lets time pass for that inbox without waiting, by moving the times
	// stored back.
	Advance func(t *testing.T, in webhook.Inbox, d time.Duration)
}

// TestInbox runs the contract of webhook.Inbox against an inbox.
func TestInbox(t *testing.T, h InboxHarness) {
	for _, c := range []struct {
		name string
		test func(*inboxTest)
	}{
		{"Put", (*inboxTest).put},
		{"PutMany", (*inboxTest).putMany},
		{"PutInvalid", (*inboxTest).putInvalid},
		{"PutConcurrently", (*inboxTest).putConcurrently},
		{"TakeInOrder", (*inboxTest).takeInOrder},
		{"TakeOnce", (*inboxTest).takeOnce},
		{"Lease", (*inboxTest).lease},
		{"Fail", (*inboxTest).fail},
		{"DeadLetters", (*inboxTest).deadLetters},
		{"Load", (*inboxTest).load},
		{"HookRolledBack", (*inboxTest).hookRolledBack},
		{"HookOfOthers", (*inboxTest).hookOfOthers},
		{"HookOnRequeue", (*inboxTest).hookOnRequeue},
		{"Stats", (*inboxTest).stats},
		{"Purge", (*inboxTest).purge},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &inboxTest{T: t, h: h}
			s.Inbox = h.New(t, s.hooked)
			c.test(s)
		})
	}
}

type inboxTest struct {
	*testing.T
	webhook.Inbox
	h InboxHarness

	mu   sync.Mutex
	seen []webhook.Delivery // by the hook, in transactions that may roll back
	veto string             // the hook fails for this key
}

var errVeto = errors.New("vetoed")

func (s *inboxTest) hooked(events []webhook.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		if e.Key == s.veto {
			return errVeto
		}
	}
	s.seen = append(s.seen, events...)
	return nil
}

func (s *inboxTest) advance(d time.Duration) { s.Helper(); s.h.Advance(s.T, s.Inbox, d) }

func (s *inboxTest) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *inboxTest) is(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("error is %v, want %v", err, want)
	}
}

func (s *inboxTest) equal(what string, got, want any) {
	s.Helper()
	if got != want {
		s.Fatalf("%s is %v, want %v", what, got, want)
	}
}

func event(key string) webhook.InboxEvent {
	return webhook.InboxEvent{Source: "shop", Key: key, Body: []byte("body of " + key)}
}

func (s *inboxTest) store(keys ...string) []webhook.Receipt {
	s.Helper()
	events := make([]webhook.InboxEvent, len(keys))
	for i, k := range keys {
		events[i] = event(k)
	}
	receipts, err := s.Put(s.Context(), events...)
	s.must(err)
	s.equal("number of receipts", len(receipts), len(keys))
	return receipts
}

// take demands that exactly these keys can be taken.
func (s *inboxTest) take(limit int, keys ...string) []webhook.Delivery {
	s.Helper()
	ds, err := s.Take(s.Context(), limit, time.Minute)
	s.must(err)
	got := make([]string, len(ds))
	for i, d := range ds {
		got[i] = d.Key
	}
	if !slices.Equal(got, keys) {
		s.Fatalf("took %q, want %q", got, keys)
	}
	return ds
}

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
	if len(s.seen) != 1 || s.seen[0].ID != d.ID || s.seen[0].Key != d.Key {
		s.Fatalf("the hook saw %+v, want the new event once", s.seen)
	}
	s.must(s.Done(s.Context(), d))
	again, err = s.Put(s.Context(), e)
	s.must(err)
	s.equal("done and still a duplicate", again[0].Duplicate, true)
}

func (s *inboxTest) putMany() {
	none, err := s.Put(s.Context())
	s.must(err)
	s.equal("receipts for nothing", len(none), 0)
	keys := make([]string, 0, 401)
	for i := range 400 {
		keys = append(keys, fmt.Sprintf("key%03d", i/2)) // each twice
	}
	ids := map[int64]bool{}
	for i, r := range s.store(append(keys, "last")...) {
		s.equal(fmt.Sprint("duplicate of event ", i), r.Duplicate, i%2 == 1)
		ids[r.ID] = true
	}
	s.equal("number of ids", len(ids), 201)
	s.equal("events the hook saw", len(s.seen), 201)
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
				ds, err := s.Take(s.Context(), 7, time.Minute)
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

func (s *inboxTest) lease() {
	s.store("k")
	stale := s.take(9, "k")[0]
	s.advance(59 * time.Second)
	s.take(9)
	s.advance(2 * time.Second)
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
	s.must(s.Inbox.Fail(s.Context(), d, webhook.Failure{After: time.Minute, Cause: "timeout"}))
	s.lost(d)
	s.take(9)
	s.advance(61 * time.Second)
	d = s.take(9, "k")[0]
	s.equal("cause", d.Cause, "timeout")
	s.equal("attempt", d.Attempt, 2)
	s.must(s.Inbox.Fail(s.Context(), d, webhook.Failure{Cause: "\xff\x00'"}))
	s.take(9, "k")
}

func (s *inboxTest) kill(keys ...string) {
	s.Helper()
	s.store(keys...)
	for _, d := range s.take(len(keys), keys...) {
		s.must(s.Inbox.Fail(s.Context(), d, webhook.Failure{Dead: true, Cause: "poison"}))
		s.lost(d)
	}
}

func (s *inboxTest) deadLetters() {
	s.kill("a", "b", "c")
	s.advance(time.Hour)
	s.take(9)
	first, err := s.Dead(s.Context(), 0, 2)
	s.must(err)
	s.equal("page of dead letters", len(first), 2)
	s.equal("cause", first[0].Cause, "poison")
	s.equal("body", string(first[0].Body), "body of a")
	rest, err := s.Dead(s.Context(), first[1].ID, 9)
	s.must(err)
	s.equal("rest of dead letters", len(rest), 1)
	n, err := s.Requeue(s.Context(), first[0].ID, rest[0].ID, 999_999)
	s.must(err)
	s.equal("requeued", n, 2)
	n, err = s.Requeue(s.Context(), first[0].ID)
	s.must(err)
	s.equal("requeued again", n, 0)
	n, err = s.Requeue(s.Context())
	s.must(err)
	s.equal("requeued of nothing", n, 0)
	ds := s.take(9, "a", "c")
	s.equal("attempt", ds[0].Attempt, 1)
	s.must(s.Done(s.Context(), ds[0]))
	s.equal("a dead letter's key is still known", s.store("b")[0].Duplicate, true)
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

func (s *inboxTest) hookRolledBack() {
	s.veto = "bad"
	_, err := s.Put(s.Context(), event("good"), event("bad"))
	s.is(err, errVeto)
	s.take(9)
	s.veto = ""
	s.equal("duplicate", s.store("bad")[0].Duplicate, false)
	s.take(9, "bad")
}

func (s *inboxTest) hookOfOthers() {
	s.veto = "bad"
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			key := fmt.Sprint("key", i)
			if i%10 == 0 {
				key = s.veto
			}
			_, err := s.Put(s.Context(), event(key))
			if (err != nil) != (key == s.veto) {
				s.Errorf("%s: error is %v", key, err)
			}
		})
	}
	all.Wait()
	ds, err := s.Take(s.Context(), 99, time.Minute)
	s.must(err)
	s.equal("events of the others", len(ds), 36)
}

func (s *inboxTest) hookOnRequeue() {
	s.kill("a", "bad")
	s.seen = nil
	dead, err := s.Dead(s.Context(), 0, 9)
	s.must(err)
	s.veto = "bad"
	_, err = s.Requeue(s.Context(), dead[0].ID, dead[1].ID)
	s.is(err, errVeto)
	s.take(9)
	_, err = s.Requeue(s.Context(), dead[0].ID)
	s.must(err)
	if len(s.seen) != 1 || s.seen[0].Key != "a" {
		s.Fatalf("the hook saw %+v, want a", s.seen)
	}
}

func (s *inboxTest) stats() {
	s.store("a", "b", "c", "d", "a")
	_, err := s.Put(s.Context(), webhook.InboxEvent{Source: "shop", Key: "b", Body: []byte("other")})
	s.must(err)
	s.advance(time.Minute)
	ds := s.take(2, "a", "b")
	s.must(s.Done(s.Context(), ds[0]))
	s.must(s.Inbox.Fail(s.Context(), ds[1], webhook.Failure{Dead: true}))
	got, err := s.Stats(s.Context())
	s.must(err)
	if got.Oldest < time.Minute || got.Oldest > time.Hour {
		s.Fatalf("oldest is %s, want a minute and a little", got.Oldest)
	}
	if got.StoredRate <= 0 || got.DoneRate <= 0 {
		s.Fatalf("rates are %v and %v, want above 0", got.StoredRate, got.DoneRate)
	}
	got.Oldest, got.StoredRate, got.DoneRate = 0, 0, 0
	s.equal("stats", got, webhook.InboxStats{Pending: 2, Dead: 1, Stored: 4, Duplicates: 2, Conflicts: 1, Done: 1, Failed: 1})
}

func (s *inboxTest) purge() {
	s.kill("dead")
	s.store("a", "b", "c", "pending")
	for _, d := range s.take(3, "a", "b", "c") {
		s.must(s.Done(s.Context(), d))
	}
	s.advance(time.Hour)
	for _, want := range []struct {
		age time.Duration
		n   int
	}{{2 * time.Hour, 0}, {time.Minute, 2}, {time.Minute, 1}, {time.Minute, 0}} {
		n, err := s.Purge(s.Context(), want.age, 2)
		s.must(err)
		s.equal("purged", n, want.n)
	}
	rs := s.store("a", "pending", "dead")
	s.equal("purged key is free", rs[0].Duplicate, false)
	s.equal("pending stays", rs[1].Duplicate, true)
	s.equal("dead letter stays", rs[2].Duplicate, true)
}
