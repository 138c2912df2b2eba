package webhooktest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
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
	// Run runs one test: nil means t.Run with t.Parallel.
	Run func(t *testing.T, name string, test func(t *testing.T))
}

// TestInbox runs the contract of webhook.Inbox against an inbox.
func TestInbox(t *testing.T, h InboxHarness) {
	for _, c := range []struct {
		name string
		test func(*inboxTest)
	}{
		{"Put", (*inboxTest).put},
		{"PutMany", (*inboxTest).putMany},
		{"PutConflicts", (*inboxTest).putConflicts},
		{"PutInvalid", (*inboxTest).putInvalid},
		{"PutConcurrently", (*inboxTest).putConcurrently},
		{"TakeInOrder", (*inboxTest).takeInOrder},
		{"TakeOnce", (*inboxTest).takeOnce},
		{"TakeIDs", (*inboxTest).takeIDs},
		{"Lease", (*inboxTest).lease},
		{"Fail", (*inboxTest).fail},
		{"DeadLetters", (*inboxTest).deadLetters},
		{"Load", (*inboxTest).load},
		{"HookRolledBack", (*inboxTest).hookRolledBack},
		{"HookOfOthers", (*inboxTest).hookOfOthers},
		{"HookOnRequeue", (*inboxTest).hookOnRequeue},
		{"HookPanics", (*inboxTest).hookPanics},
		{"Stats", (*inboxTest).stats},
		{"Purge", (*inboxTest).purge},
	} {
		run(t, h.Run, c.name, func(t *testing.T) {
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
	boom string             // the hook panics for this key
}

var errVeto = errors.New("vetoed")

func (s *inboxTest) hooked(events []webhook.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		if e.Key == s.veto {
			return errVeto
		}
		if e.Key == s.boom {
			panic("boom")
		}
	}
	if !slices.IsSortedFunc(events, func(a, b webhook.Delivery) int { return cmp.Compare(a.ID, b.ID) }) {
		s.Error("the hook saw events out of order")
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
	ds, err := s.Take(s.Context(), limit, time.Hour)
	s.must(err)
	s.keys(ds, keys...)
	return ds
}

func (s *inboxTest) keys(ds []webhook.Delivery, want ...string) {
	s.Helper()
	got := make([]string, len(ds))
	for i, d := range ds {
		got[i] = d.Key
	}
	if !slices.Equal(got, want) {
		s.Fatalf("took %q, want %q", got, want)
	}
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

// hookPanics demands that a panic in the hook stores nothing and that the
// inbox, and the others, go on.
func (s *inboxTest) hookPanics() {
	s.kill("dead")
	s.seen, s.boom = nil, "bad"
	var all sync.WaitGroup
	for _, key := range []string{"a", "bad", "b"} {
		all.Go(func() {
			if _, err := s.Put(s.Context(), event(key)); (err != nil) != (key == s.boom) {
				s.Errorf("%s: error is %v", key, err)
			}
		})
	}
	all.Wait()
	s.equal("events the hook saw", len(s.seen), 2)
	s.boom = "dead"
	dead, err := s.Dead(s.Context(), 0, 9)
	s.must(err)
	func() {
		defer func() { _ = recover() }() // a panic is as good as an error
		if _, err := s.Requeue(s.Context(), dead[0].ID); err == nil {
			s.Error("requeued although the hook panicked")
		}
	}()
	s.boom = ""
	n, err := s.Requeue(s.Context(), dead[0].ID)
	s.must(err)
	s.equal("requeued", n, 1)
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
