// Package webhooktest states the contracts of webhook.Store and webhook.Inbox
// as tests, for the stores of this module and for your own.
package webhooktest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

// StoreHarness is how TestStore handles a store.
type StoreHarness struct {
	// New returns a store nobody else uses. It is called once per test.
	New func(t *testing.T) webhook.Store
	// Advance lets time pass for that store without waiting: by fake time, or
	// by moving the times stored back.
	Advance func(t *testing.T, s webhook.Store, d time.Duration)
	// Run runs one test: nil means t.Run with t.Parallel. Set it to enter a
	// testing/synctest bubble.
	Run func(t *testing.T, name string, test func(t *testing.T))
}

// TestStore runs the contract of webhook.Store against a store.
func TestStore(t *testing.T, h StoreHarness) {
	for _, c := range []struct {
		name string
		test func(*storeTest)
	}{
		{"Complete", (*storeTest).complete},
		{"ResultExpires", (*storeTest).resultExpires},
		{"Lapse", (*storeTest).lapse},
		{"LapseKept", (*storeTest).lapseKept},
		{"StaleOwner", (*storeTest).staleOwner},
		{"SettledOwner", (*storeTest).settledOwner},
		{"ForeignToken", (*storeTest).foreignToken},
		{"Extend", (*storeTest).extend},
		{"Release", (*storeTest).release},
		{"ReleaseUnsettled", (*storeTest).releaseUnsettled},
		{"ReleaseSettles", (*storeTest).releaseSettles},
		{"Dead", (*storeTest).dead},
		{"DeadUnsettled", (*storeTest).deadUnsettled},
		{"Mismatch", (*storeTest).mismatch},
		{"Batch", (*storeTest).batch},
		{"BatchRefused", (*storeTest).batchRefused},
		{"Keys", (*storeTest).keys},
		{"BadRequests", (*storeTest).badRequests},
		{"Purge", (*storeTest).purge},
		{"Race", (*storeTest).race},
		{"RaceForLapsed", (*storeTest).raceForLapsed},
	} {
		run(t, h.Run, c.name, func(t *testing.T) {
			c.test(&storeTest{T: t, Store: h.New(t), h: h})
		})
	}
}

func run(t *testing.T, own func(*testing.T, string, func(*testing.T)), name string, test func(*testing.T)) {
	t.Helper()
	if own != nil {
		own(t, name, test)
		return
	}
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		test(t)
	})
}

type storeTest struct {
	*testing.T
	webhook.Store
	h StoreHarness
}

func (s *storeTest) advance(d time.Duration) { s.Helper(); s.h.Advance(s.T, s.Store, d) }

func (s *storeTest) ask(r webhook.BeginRequest) webhook.Outcome {
	s.Helper()
	o, err := s.Begin(s.Context(), r)
	s.must(err)
	return o
}

// claim takes a key for an hour: no machine is so slow that the lease lapses
// by itself.
func (s *storeTest) claim(key string) webhook.Claim {
	s.Helper()
	o := s.ask(webhook.BeginRequest{Key: key, Lease: time.Hour})
	s.state(o, webhook.StateAcquired)
	if o.Claim.Key != key || len(o.Claim.Token) < 16 {
		s.Fatalf("claim %+v, want key %q and a token of 16 bytes or more", o.Claim, key)
	}
	return o.Claim
}

func (s *storeTest) look(key string, want webhook.State) webhook.Outcome {
	s.Helper()
	o := s.ask(webhook.BeginRequest{Key: key})
	s.state(o, want)
	return o
}

func (s *storeTest) state(o webhook.Outcome, want webhook.State) {
	s.Helper()
	if o.State != want {
		s.Fatalf("state is %s, want %s", o.State, want)
	}
}

func (s *storeTest) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *storeTest) is(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("error is %v, want %v", err, want)
	}
}

func (s *storeTest) attempt(c webhook.Claim, attempt int, unsettled bool) {
	s.Helper()
	if c.Attempt != attempt || c.Unsettled != unsettled {
		s.Fatalf("attempt %d, unsettled %t; want %d, %t", c.Attempt, c.Unsettled, attempt, unsettled)
	}
}

// refused demands that a claim which is no longer the caller's changes nothing.
func (s *storeTest) refused(c webhook.Claim) {
	s.Helper()
	ctx := s.Context()
	s.is(s.Store.Complete(ctx, c, []byte("stale"), time.Hour), webhook.ErrLeaseLost)
	s.is(s.Store.Release(ctx, c, webhook.Release{}), webhook.ErrLeaseLost)
	s.is(s.Store.Release(ctx, c, webhook.Release{Final: true}), webhook.ErrLeaseLost)
	s.is(s.Store.Extend(ctx, c, time.Hour), webhook.ErrLeaseLost)
}

func (s *storeTest) complete() {
	c := s.claim("k")
	s.attempt(c, 1, false)
	wait := s.look("k", webhook.StateInFlight).RetryAfter
	if wait <= 0 || wait > time.Hour {
		s.Fatalf("RetryAfter is %s, want above 0 and at most the lease", wait)
	}
	result := []byte("a\x00b\xff")
	s.must(s.Complete(s.Context(), c, result, time.Hour))
	if got := s.look("k", webhook.StateDone).Result; string(got) != string(result) {
		s.Fatalf("result is %q, want %q", got, result)
	}
}

func (s *storeTest) resultExpires() {
	s.must(s.Complete(s.Context(), s.claim("k"), nil, 2*time.Hour))
	s.advance(time.Hour)
	s.look("k", webhook.StateDone)
	s.advance(time.Hour)
	s.attempt(s.claim("k"), 1, false)
}

func (s *storeTest) lapse() {
	first := s.claim("k")
	s.advance(40 * time.Minute)
	s.look("k", webhook.StateInFlight)
	s.advance(21 * time.Minute)
	second := s.claim("k")
	s.attempt(second, 2, true)
	if first.Token == second.Token {
		s.Fatal("two claims share a token")
	}
}

func (s *storeTest) lapseKept() {
	begin := func() webhook.Claim {
		o := s.ask(webhook.BeginRequest{Key: "k", Lease: time.Second, Keep: 2 * time.Hour})
		s.state(o, webhook.StateAcquired)
		return o.Claim
	}
	s.must(s.Store.Extend(s.Context(), begin(), time.Hour))
	s.advance(2 * time.Hour)
	s.attempt(begin(), 2, true)
	s.advance(2*time.Hour + 2*time.Second)
	s.attempt(s.claim("k"), 1, false)
}

func (s *storeTest) staleOwner() {
	stale := s.claim("k")
	s.advance(61 * time.Minute)
	live := s.claim("k")
	s.refused(stale)
	s.look("k", webhook.StateInFlight)
	s.must(s.Complete(s.Context(), live, []byte("live"), time.Hour))
	s.refused(stale)
	if got := s.look("k", webhook.StateDone).Result; string(got) != "live" {
		s.Fatalf("result is %q, want the live owner's", got)
	}
}

func (s *storeTest) settledOwner() {
	c := s.claim("done")
	s.must(s.Complete(s.Context(), c, nil, time.Hour))
	s.refused(c)
	c = s.claim("released")
	s.must(s.Store.Release(s.Context(), c, webhook.Release{}))
	s.refused(c)
	c = s.claim("dead")
	s.must(s.Store.Release(s.Context(), c, webhook.Release{Final: true}))
	s.refused(c)
	s.refused(webhook.Claim{Key: "absent", Token: c.Token})
}

func (s *storeTest) foreignToken() {
	mine, other := s.claim("k"), s.claim("other")
	s.refused(webhook.Claim{Key: mine.Key, Token: other.Token, Attempt: mine.Attempt})
	s.refused(webhook.Claim{Key: mine.Key})
	s.must(s.Complete(s.Context(), mine, nil, time.Hour))
}

func (s *storeTest) extend() {
	c := s.claim("k")
	for range 3 {
		s.advance(50 * time.Minute)
		s.must(s.Store.Extend(s.Context(), c, time.Hour))
	}
	s.look("k", webhook.StateInFlight)
	s.advance(61 * time.Minute)
	s.must(s.Store.Extend(s.Context(), c, time.Hour)) // lapsed, yet nobody else's
	s.look("k", webhook.StateInFlight)
	s.must(s.Complete(s.Context(), c, nil, time.Hour))
}

func (s *storeTest) release() {
	s.must(s.Store.Release(s.Context(), s.claim("k"), webhook.Release{After: time.Hour}))
	wait := s.look("k", webhook.StateInFlight).RetryAfter
	if wait <= 0 || wait > time.Hour {
		s.Fatalf("RetryAfter is %s, want above 0 and at most an hour", wait)
	}
	s.advance(61 * time.Minute)
	s.attempt(s.claim("k"), 2, false)
}

func (s *storeTest) releaseUnsettled() {
	s.must(s.Store.Release(s.Context(), s.claim("k"), webhook.Release{Unsettled: true, Cause: "\xff\x00'"}))
	s.attempt(s.claim("k"), 2, true)
}

func (s *storeTest) releaseSettles() {
	s.claim("k")
	s.advance(61 * time.Minute)
	c := s.claim("k")
	s.attempt(c, 2, true)
	s.must(s.Store.Release(s.Context(), c, webhook.Release{}))
	s.attempt(s.claim("k"), 3, false)
}

func (s *storeTest) dead() {
	s.must(s.Store.Release(s.Context(), s.claim("k"), webhook.Release{Final: true, Cause: "refused"}))
	s.advance(24 * time.Hour)
	o := s.look("k", webhook.StateDead)
	if o.Cause != "refused" || o.Unsettled {
		s.Fatalf("outcome is %+v, want cause refused, settled", o)
	}
	s.must(s.Reopen(s.Context(), "k"))
	s.is(s.Reopen(s.Context(), "k"), webhook.ErrNotFound)
	s.is(s.Reopen(s.Context(), "absent"), webhook.ErrNotFound)
	s.attempt(s.claim("k"), 2, false)
}

func (s *storeTest) deadUnsettled() {
	r := webhook.Release{Final: true, Unsettled: true, Keep: 48 * time.Hour}
	s.must(s.Store.Release(s.Context(), s.claim("k"), r))
	s.advance(24 * time.Hour)
	if !s.look("k", webhook.StateDead).Unsettled {
		s.Fatal("the unknown outcome was forgotten")
	}
	s.must(s.Reopen(s.Context(), "k"))
	s.attempt(s.claim("k"), 2, true)
	s.must(s.Store.Release(s.Context(), s.claimAgain("k"), r))
	s.advance(49 * time.Hour)
	s.is(s.Reopen(s.Context(), "k"), webhook.ErrNotFound)
	s.attempt(s.claim("k"), 1, false)
}

func (s *storeTest) claimAgain(key string) webhook.Claim {
	s.Helper()
	s.advance(61 * time.Minute)
	return s.claim(key)
}

func (s *storeTest) mismatch() {
	begin := func(fingerprint string) webhook.Outcome {
		s.Helper()
		return s.ask(webhook.BeginRequest{Key: "k", Fingerprint: []byte(fingerprint), Lease: time.Hour})
	}
	o := begin("one")
	s.state(o, webhook.StateAcquired)
	s.state(begin("two"), webhook.StateMismatch)
	s.state(begin("one"), webhook.StateInFlight)
	s.state(begin(""), webhook.StateInFlight)
	s.advance(61 * time.Minute)
	s.state(begin("two"), webhook.StateMismatch) // lapsed, yet still that key
	o = begin("one")
	s.state(o, webhook.StateAcquired)
	s.must(s.Complete(s.Context(), o.Claim, nil, time.Hour))
	s.state(begin("two"), webhook.StateMismatch)
	s.state(begin("one"), webhook.StateDone)
	s.state(begin(""), webhook.StateDone)
	s.advance(61 * time.Minute)
	s.state(begin("two"), webhook.StateAcquired)
	s.state(begin("one"), webhook.StateMismatch)
}

func (s *storeTest) batch() {
	s.must(s.Complete(s.Context(), s.claim("done"), []byte("r"), time.Hour))
	s.claim("busy")
	keys := []string{"new", "done", "busy", "new", "other"}
	want := []webhook.State{webhook.StateAcquired, webhook.StateDone, webhook.StateInFlight, webhook.StateInFlight, webhook.StateAcquired}
	rs := make([]webhook.BeginRequest, len(keys))
	for i, k := range keys {
		rs[i].Key = k
	}
	outcomes, err := s.BeginBatch(s.Context(), rs)
	s.must(err)
	if len(outcomes) != len(keys) {
		s.Fatalf("%d outcomes for %d requests", len(outcomes), len(keys))
	}
	for i, o := range outcomes {
		s.state(o, want[i])
	}
	s.must(s.Complete(s.Context(), outcomes[0].Claim, nil, time.Hour))
	s.must(s.Complete(s.Context(), outcomes[4].Claim, nil, time.Hour))
	none, err := s.BeginBatch(s.Context(), nil)
	s.must(err)
	if len(none) != 0 {
		s.Fatalf("%d outcomes for no request", len(none))
	}
}

func (s *storeTest) batchRefused() {
	_, err := s.BeginBatch(s.Context(), []webhook.BeginRequest{{Key: "good"}, {Key: ""}})
	if err == nil {
		s.Fatal("a batch with an empty key was taken")
	}
	s.claim("good") // nothing of the batch was
}

func (s *storeTest) keys() {
	for _, k := range []string{"a", "A", "a ", "ą", "a\x00", "a\x00b", "%61", "\xff\xfe", "{a}", "a:b", strings.Repeat("k", webhook.MaxKey)} {
		s.attempt(s.claim(k), 1, false)
	}
}

func (s *storeTest) badRequests() {
	for name, r := range map[string]webhook.BeginRequest{
		"empty key":        {},
		"long key":         {Key: strings.Repeat("k", webhook.MaxKey+1)},
		"long fingerprint": {Key: "k", Fingerprint: make([]byte, webhook.MaxFingerprint+1)},
		"negative lease":   {Key: "k", Lease: -1},
		"negative keep":    {Key: "k", Keep: -1},
	} {
		if _, err := s.Begin(s.Context(), r); err == nil {
			s.Errorf("%s was taken", name)
		}
	}
	c := s.claim("k")
	for name, err := range map[string]error{
		"negative ttl":                    s.Store.Complete(s.Context(), c, nil, -time.Second),
		"negative lease":                  s.Store.Extend(s.Context(), c, -time.Second),
		"negative rest":                   s.Store.Release(s.Context(), c, webhook.Release{After: -time.Second}),
		"negative keep after the attempt": s.Store.Release(s.Context(), c, webhook.Release{Keep: -time.Second}),
	} {
		if err == nil || errors.Is(err, webhook.ErrLeaseLost) {
			s.Errorf("%s: error is %v, want one that says so", name, err)
		}
	}
	s.look("k", webhook.StateInFlight)
	s.must(s.Store.Release(s.Context(), c, webhook.Release{})) // nothing has changed
}

func (s *storeTest) purge() {
	for i := range 25 {
		s.must(s.Complete(s.Context(), s.claim(fmt.Sprint("old", i)), nil, time.Minute))
	}
	s.must(s.Complete(s.Context(), s.claim("kept"), nil, time.Hour))
	s.state(s.ask(webhook.BeginRequest{Key: "held", Lease: time.Minute}), webhook.StateAcquired)
	s.advance(2 * time.Minute)
	total := 0
	for {
		n, err := s.Purge(s.Context(), 10)
		s.must(err)
		if n > 10 {
			s.Fatalf("Purge deleted %d, limit 10", n)
		}
		if total += n; n < 10 {
			break
		}
	}
	if total != 25 && total != 0 { // a store may expire keys by itself
		s.Fatalf("purged %d of 25", total)
	}
	s.look("kept", webhook.StateDone)
	s.attempt(s.claim("held"), 2, true)
}

// As many goroutines as go for as many keys.
const racers, raceKeys = 64, 300

// race lets many goroutines go for each key: exactly one may win.
func (s *storeTest) race() {
	s.contest(racers, raceKeys, func(key string) bool {
		o, err := s.Begin(s.Context(), webhook.BeginRequest{Key: key, Lease: time.Hour})
		if err != nil {
			s.Error(err)
			return false
		}
		return o.State == webhook.StateAcquired
	})
}

// raceForLapsed is race for keys whose owners fell silent, and whose late
// words must be refused as soon as there is a winner.
func (s *storeTest) raceForLapsed() {
	old := map[string]webhook.Claim{}
	for i := range raceKeys / 4 {
		key := fmt.Sprint("key", i)
		old[key] = s.claim(key)
	}
	s.advance(61 * time.Minute)
	s.contest(racers/4, raceKeys/4, func(key string) bool {
		o, err := s.Begin(s.Context(), webhook.BeginRequest{Key: key, Lease: time.Hour})
		if err != nil {
			s.Error(err)
			return false
		}
		if o.State == webhook.StateAcquired {
			s.refused(old[key])
		}
		return o.State == webhook.StateAcquired
	})
}

func (s *storeTest) contest(goroutines, keys int, try func(key string) bool) {
	wins := make([]atomic.Int32, keys)
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for i := range keys {
				n := (i + g*7) % keys
				if try(fmt.Sprint("key", n)) {
					wins[n].Add(1)
				}
			}
		})
	}
	all.Wait()
	for i := range wins {
		if n := wins[i].Load(); n != 1 {
			s.Fatalf("key %d has %d winners", i, n)
		}
	}
}
