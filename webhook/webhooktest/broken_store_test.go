package webhooktest_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/webhooktest"
)

// faulty is a store with a fault: the functions that are set replace its methods.
type faulty struct {
	webhook.Store
	begin    func(webhook.Store, webhook.BeginRequest) (webhook.Outcome, error)
	batch    func(webhook.Store, []webhook.BeginRequest) ([]webhook.Outcome, error)
	complete func(webhook.Store, webhook.Claim, []byte, time.Duration) error
	release  func(webhook.Store, webhook.Claim, webhook.Release) error
	extend   func(webhook.Store, webhook.Claim, time.Duration) error
	reopen   func(webhook.Store, string) error
	purge    func(webhook.Store, int) (int, error)
}

func (f faulty) Begin(ctx context.Context, r webhook.BeginRequest) (webhook.Outcome, error) {
	if f.begin != nil {
		return f.begin(f.Store, r)
	}
	return f.Store.Begin(ctx, r)
}

func (f faulty) BeginBatch(ctx context.Context, rs []webhook.BeginRequest) ([]webhook.Outcome, error) {
	if f.batch != nil {
		return f.batch(f.Store, rs)
	}
	return f.Store.BeginBatch(ctx, rs)
}

func (f faulty) Complete(ctx context.Context, c webhook.Claim, result []byte, ttl time.Duration) error {
	if f.complete != nil {
		return f.complete(f.Store, c, result, ttl)
	}
	return f.Store.Complete(ctx, c, result, ttl)
}

func (f faulty) Release(ctx context.Context, c webhook.Claim, r webhook.Release) error {
	if f.release != nil {
		return f.release(f.Store, c, r)
	}
	return f.Store.Release(ctx, c, r)
}

func (f faulty) Extend(ctx context.Context, c webhook.Claim, lease time.Duration) error {
	if f.extend != nil {
		return f.extend(f.Store, c, lease)
	}
	return f.Store.Extend(ctx, c, lease)
}

func (f faulty) Reopen(ctx context.Context, key string) error {
	if f.reopen != nil {
		return f.reopen(f.Store, key)
	}
	return f.Store.Reopen(ctx, key)
}

func (f faulty) Purge(ctx context.Context, limit int) (int, error) {
	if f.purge != nil {
		return f.purge(f.Store, limit)
	}
	return f.Store.Purge(ctx, limit)
}

var bg = context.Background()

// change makes a fault of Begin that alters the request or the outcome.
func change(request func(*webhook.BeginRequest), outcome func(*webhook.Outcome)) faulty {
	return faulty{begin: func(s webhook.Store, r webhook.BeginRequest) (webhook.Outcome, error) {
		if request != nil {
			request(&r)
		}
		o, err := s.Begin(bg, r)
		if outcome != nil {
			outcome(&o)
		}
		return o, err
	}}
}

// swallow is what a method without an owner check tells a stale owner.
func swallow(err error) error {
	_ = err
	return nil
}

// brokenStores are faults, and the test that each must fail.
var brokenStores = map[string]struct {
	test  string
	fault faulty
}{
	"result forgotten": {"Complete", faulty{complete: func(s webhook.Store, c webhook.Claim, _ []byte, d time.Duration) error {
		return s.Complete(bg, c, nil, d)
	}}},
	"wait unknown": {"Complete", change(nil, func(o *webhook.Outcome) { o.RetryAfter = 0 })},
	"result for ever": {"ResultExpires", faulty{complete: func(s webhook.Store, c webhook.Claim, r []byte, _ time.Duration) error {
		return s.Complete(bg, c, r, 1e6*time.Hour)
	}}},
	"lease for ever":       {"Lapse", change(func(r *webhook.BeginRequest) { r.Lease = 1e6 * time.Hour }, nil)},
	"lease too short":      {"Lapse", change(func(r *webhook.BeginRequest) { r.Lease = time.Second }, nil)},
	"crash forgotten":      {"Lapse", change(nil, func(o *webhook.Outcome) { o.Claim.Unsettled = false })},
	"attempts not counted": {"Lapse", change(nil, func(o *webhook.Outcome) { o.Claim.Attempt = 1 })},
	"keep ignored":         {"LapseKept", change(func(r *webhook.BeginRequest) { r.Keep = 0 }, nil)},
	"stale owner completes": {"StaleOwner", faulty{complete: func(s webhook.Store, c webhook.Claim, r []byte, d time.Duration) error {
		return swallow(s.Complete(bg, c, r, d))
	}}},
	"stale owner releases":  {"StaleOwner", faulty{release: func(s webhook.Store, c webhook.Claim, r webhook.Release) error { return swallow(s.Release(bg, c, r)) }}},
	"stale owner extends":   {"StaleOwner", faulty{extend: func(s webhook.Store, c webhook.Claim, d time.Duration) error { return swallow(s.Extend(bg, c, d)) }}},
	"settled owner extends": {"SettledOwner", faulty{extend: func(s webhook.Store, c webhook.Claim, d time.Duration) error { return swallow(s.Extend(bg, c, d)) }}},
	"token not compared": {"ForeignToken", faulty{complete: func(s webhook.Store, c webhook.Claim, r []byte, d time.Duration) error {
		return swallow(s.Complete(bg, c, r, d))
	}}},
	"lease not lengthened": {"Extend", faulty{extend: func(webhook.Store, webhook.Claim, time.Duration) error { return nil }}},
	"rest ignored": {"Release", faulty{release: func(s webhook.Store, c webhook.Claim, r webhook.Release) error {
		r.After = 0
		return s.Release(bg, c, r)
	}}},
	"unknown outcome forgotten": {"ReleaseUnsettled", faulty{release: func(s webhook.Store, c webhook.Claim, r webhook.Release) error {
		r.Unsettled = false
		return s.Release(bg, c, r)
	}}},
	"never settled": {"ReleaseSettles", change(nil, func(o *webhook.Outcome) { o.Claim.Unsettled = o.Claim.Attempt > 1 })},
	"death forgotten": {"Dead", faulty{release: func(s webhook.Store, c webhook.Claim, r webhook.Release) error {
		r.Final = false
		return s.Release(bg, c, r)
	}}},
	"cause forgotten":       {"Dead", change(nil, func(o *webhook.Outcome) { o.Cause = "" })},
	"anything reopened":     {"Dead", faulty{reopen: func(s webhook.Store, key string) error { return swallow(s.Reopen(bg, key)) }}},
	"dead and unknown":      {"DeadUnsettled", change(nil, func(o *webhook.Outcome) { o.Unsettled = false })},
	"fingerprint ignored":   {"Mismatch", change(func(r *webhook.BeginRequest) { r.Fingerprint = nil }, nil)},
	"batch twice":           {"Batch", faulty{batch: apart}},
	"batch in part":         {"BatchRefused", faulty{batch: inTurn}},
	"keys folded":           {"Keys", change(func(r *webhook.BeginRequest) { r.Key = strings.ToLower(r.Key) }, nil)},
	"keys trimmed":          {"Keys", change(func(r *webhook.BeginRequest) { r.Key = strings.Trim(r.Key, " \x00") }, nil)},
	"bad request taken":     {"BadRequests", change(func(r *webhook.BeginRequest) { r.Key, r.Lease = "k"+r.Key[:min(len(r.Key), 9)], max(r.Lease, 0) }, nil)},
	"purge without limit":   {"Purge", faulty{purge: func(s webhook.Store, _ int) (int, error) { return s.Purge(bg, 1000) }}},
	"purge of nothing half": {"Purge", faulty{purge: func(s webhook.Store, n int) (int, error) { return s.Purge(bg, n/2) }}},
	"late words heard":      {"RaceForLapsed", faulty{extend: func(s webhook.Store, c webhook.Claim, d time.Duration) error { return swallow(s.Extend(bg, c, d)) }}},
	"check, then act":       {"Race", faulty{begin: new(racy).begin}},
}

// apart claims the keys of a batch each by itself, under names of its own.
func apart(s webhook.Store, rs []webhook.BeginRequest) ([]webhook.Outcome, error) {
	seen := map[string]bool{}
	for i := range rs {
		if seen[rs[i].Key] {
			rs[i].Key += "again"
		}
		seen[rs[i].Key] = true
	}
	return s.BeginBatch(bg, rs)
}

// inTurn claims the keys of a batch until one fails.
func inTurn(s webhook.Store, rs []webhook.BeginRequest) ([]webhook.Outcome, error) {
	outcomes := make([]webhook.Outcome, len(rs))
	for i, r := range rs {
		var err error
		if outcomes[i], err = s.Begin(bg, r); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// racy looks at a key, lets others look, and then claims it.
type racy struct {
	mu    sync.Mutex
	taken map[string]bool
}

func (r *racy) begin(_ webhook.Store, req webhook.BeginRequest) (webhook.Outcome, error) {
	r.mu.Lock()
	taken := r.taken[req.Key]
	r.mu.Unlock()
	<-time.After(time.Second) // fake
	if taken {
		return webhook.Outcome{State: webhook.StateInFlight}, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken == nil {
		r.taken = map[string]bool{}
	}
	r.taken[req.Key] = true
	return webhook.Outcome{State: webhook.StateAcquired}, nil
}

// TestBrokenStores fails: see TestSuites_Fail.
func TestBrokenStores(t *testing.T) {
	t.Parallel()
	if os.Getenv(brokenVar) == "" {
		return
	}
	for fault, c := range brokenStores {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			webhooktest.TestStore(t, webhooktest.StoreHarness{
				New: func(*testing.T) webhook.Store {
					f := c.fault
					f.Store = webhook.NewMemoryStore()
					return f
				},
				Advance: func(_ *testing.T, _ webhook.Store, d time.Duration) { <-time.After(d) },
				Run: func(t *testing.T, name string, test func(*testing.T)) {
					only(c.test)(t, name, func(t *testing.T) { synctest.Test(t, test) })
				},
			})
		})
	}
}
