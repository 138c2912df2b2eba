package webhooktest_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
	"github.com/centrala-go/centrala/webhook/webhooktest"
)

// spoilt is an inbox with a fault: the functions that are set replace its
// methods.
type spoilt struct {
	webhook.Inbox
	db      *sql.DB
	put     func(webhook.Inbox, []webhook.InboxEvent) ([]webhook.Receipt, error)
	take    func(webhook.Inbox, int, time.Duration) ([]webhook.Delivery, error)
	takeIDs func(webhook.Inbox, time.Duration, []int64) ([]webhook.Delivery, error)
	load    func(webhook.Inbox, int64) (webhook.Delivery, error)
	done    func(webhook.Inbox, webhook.Delivery) error
	fail    func(webhook.Inbox, webhook.Delivery, webhook.Failure) error
	dead    func(webhook.Inbox, int64, int) ([]webhook.Delivery, error)
	requeue func(webhook.Inbox, []int64) (int, error)
	stats   func(webhook.Inbox) (webhook.InboxStats, error)
	purge   func(webhook.Inbox, time.Duration, int) (int, error)
	deaf    bool // to errors and panics of the hook
}

func (s spoilt) Put(ctx context.Context, events ...webhook.InboxEvent) ([]webhook.Receipt, error) {
	if s.put != nil {
		return s.put(s.Inbox, events)
	}
	return s.Inbox.Put(ctx, events...)
}

func (s spoilt) Take(ctx context.Context, limit int, lease time.Duration) ([]webhook.Delivery, error) {
	if s.take != nil {
		return s.take(s.Inbox, limit, lease)
	}
	return s.Inbox.Take(ctx, limit, lease)
}

func (s spoilt) TakeIDs(ctx context.Context, lease time.Duration, ids ...int64) ([]webhook.Delivery, error) {
	if s.takeIDs != nil {
		return s.takeIDs(s.Inbox, lease, ids)
	}
	return s.Inbox.TakeIDs(ctx, lease, ids...)
}

func (s spoilt) Load(ctx context.Context, id int64) (webhook.Delivery, error) {
	if s.load != nil {
		return s.load(s.Inbox, id)
	}
	return s.Inbox.Load(ctx, id)
}

func (s spoilt) Done(ctx context.Context, d webhook.Delivery) error {
	if s.done != nil {
		return s.done(s.Inbox, d)
	}
	return s.Inbox.Done(ctx, d)
}

func (s spoilt) Fail(ctx context.Context, d webhook.Delivery, f webhook.Failure) error {
	if s.fail != nil {
		return s.fail(s.Inbox, d, f)
	}
	return s.Inbox.Fail(ctx, d, f)
}

func (s spoilt) Dead(ctx context.Context, after int64, limit int) ([]webhook.Delivery, error) {
	if s.dead != nil {
		return s.dead(s.Inbox, after, limit)
	}
	return s.Inbox.Dead(ctx, after, limit)
}

func (s spoilt) Requeue(ctx context.Context, ids ...int64) (int, error) {
	if s.requeue != nil {
		return s.requeue(s.Inbox, ids)
	}
	return s.Inbox.Requeue(ctx, ids...)
}

func (s spoilt) Stats(ctx context.Context) (webhook.InboxStats, error) {
	if s.stats != nil {
		return s.stats(s.Inbox)
	}
	return s.Inbox.Stats(ctx)
}

func (s spoilt) Purge(ctx context.Context, age time.Duration, limit int) (int, error) {
	if s.purge != nil {
		return s.purge(s.Inbox, age, limit)
	}
	return s.Inbox.Purge(ctx, age, limit)
}

func receipts(change func(*webhook.Receipt)) spoilt {
	return spoilt{put: func(in webhook.Inbox, events []webhook.InboxEvent) ([]webhook.Receipt, error) {
		rs, err := in.Put(bg, events...)
		for i := range rs {
			change(&rs[i])
		}
		return rs, err
	}}
}

func taken(change func([]webhook.Delivery)) spoilt {
	return spoilt{take: func(in webhook.Inbox, n int, lease time.Duration) ([]webhook.Delivery, error) {
		ds, err := in.Take(bg, n, lease)
		change(ds)
		return ds, err
	}}
}

// brokenInboxes are faults, and the test that each must fail.
var brokenInboxes = map[string]struct {
	test  string
	fault spoilt
}{
	"conflict not told":     {"PutConflicts", receipts(func(r *webhook.Receipt) { r.Conflict = false })},
	"everything a conflict": {"PutConflicts", receipts(func(r *webhook.Receipt) { r.Conflict = r.Duplicate })},
	"duplicate not told":    {"Put", receipts(func(r *webhook.Receipt) { r.Duplicate = false })},
	"ids of others":         {"PutMany", receipts(func(r *webhook.Receipt) { r.ID++ })},
	"bad event taken":       {"PutInvalid", spoilt{put: goodOnes}},
	"duplicates won twice":  {"PutConcurrently", receipts(func(r *webhook.Receipt) { r.Duplicate = false })},
	"newest first":          {"TakeInOrder", taken(slices.Reverse[[]webhook.Delivery])},
	"limit ignored":         {"TakeInOrder", spoilt{take: func(in webhook.Inbox, _ int, d time.Duration) ([]webhook.Delivery, error) { return in.Take(bg, 100, d) }}},
	"no lease":              {"Lease", spoilt{take: func(in webhook.Inbox, n int, _ time.Duration) ([]webhook.Delivery, error) { return in.Take(bg, n, 1) }}},
	"lease for ever": {"Lease", spoilt{take: func(in webhook.Inbox, n int, _ time.Duration) ([]webhook.Delivery, error) {
		return in.Take(bg, n, 1e6*time.Hour)
	}}},
	"stale owner is done": {"Lease", spoilt{done: func(in webhook.Inbox, d webhook.Delivery) error { return swallow(in.Done(bg, d)) }}},
	"stale owner fails":   {"Lease", spoilt{fail: func(in webhook.Inbox, d webhook.Delivery, f webhook.Failure) error { return swallow(in.Fail(bg, d, f)) }}},
	"others taken too": {"TakeIDs", spoilt{takeIDs: func(in webhook.Inbox, d time.Duration, _ []int64) ([]webhook.Delivery, error) {
		return in.Take(bg, 100, d)
	}}},
	"taken without a lease": {"TakeIDs", spoilt{takeIDs: func(in webhook.Inbox, _ time.Duration, ids []int64) ([]webhook.Delivery, error) {
		return in.TakeIDs(bg, 1, ids...)
	}}},
	"rest ignored": {"Fail", spoilt{fail: func(in webhook.Inbox, d webhook.Delivery, f webhook.Failure) error {
		f.After = 0
		return in.Fail(bg, d, f)
	}}},
	"cause forgotten": {"Fail", spoilt{fail: func(in webhook.Inbox, d webhook.Delivery, f webhook.Failure) error {
		f.Cause = ""
		return in.Fail(bg, d, f)
	}}},
	"never dead": {"DeadLetters", spoilt{fail: func(in webhook.Inbox, d webhook.Delivery, f webhook.Failure) error {
		f.Dead = false
		return in.Fail(bg, d, f)
	}}},
	"page ignored":          {"DeadLetters", spoilt{dead: func(in webhook.Inbox, _ int64, n int) ([]webhook.Delivery, error) { return in.Dead(bg, 0, n) }}},
	"requeue of everything": {"DeadLetters", spoilt{requeue: func(in webhook.Inbox, _ []int64) (int, error) { return in.Requeue(bg, 1, 2, 3, 4, 5) }}},
	"settled event loaded": {"Load", spoilt{load: func(in webhook.Inbox, id int64) (webhook.Delivery, error) {
		d, err := in.Load(bg, id)
		return d, swallow(err)
	}}},
	"hook unheard, Put":     {"HookRolledBack", spoilt{deaf: true}},
	"hook unheard, Requeue": {"HookOnRequeue", spoilt{deaf: true}},
	"hook unheard, panic":   {"HookPanics", spoilt{deaf: true}},
	"statistics of nothing": {"Stats", spoilt{stats: func(webhook.Inbox) (webhook.InboxStats, error) { return webhook.InboxStats{}, nil }}},
	"purge without age":     {"Purge", spoilt{purge: func(in webhook.Inbox, _ time.Duration, n int) (int, error) { return in.Purge(bg, 0, n) }}},
	"purge without a limit": {"Purge", spoilt{purge: func(in webhook.Inbox, d time.Duration, _ int) (int, error) { return in.Purge(bg, d, 1000) }}},
	"one fails for all":     {"HookOfOthers", spoilt{put: together()}},
	"taken twice":           {"TakeOnce", spoilt{take: twice()}},
}

// goodOnes stores what is valid and passes over the rest.
func goodOnes(in webhook.Inbox, events []webhook.InboxEvent) ([]webhook.Receipt, error) {
	return in.Put(bg, slices.DeleteFunc(events, func(e webhook.InboxEvent) bool { return e.Validate() != nil })...)
}

// together lets the first failure be everybody's.
func together() func(webhook.Inbox, []webhook.InboxEvent) ([]webhook.Receipt, error) {
	var failed error
	one := make(chan bool, 1)
	return func(in webhook.Inbox, events []webhook.InboxEvent) ([]webhook.Receipt, error) {
		one <- true
		defer func() { <-one }()
		if failed != nil {
			return nil, failed
		}
		rs, err := in.Put(bg, events...)
		failed = err
		return rs, err
	}
}

// twice hands the first event out again.
func twice() func(webhook.Inbox, int, time.Duration) ([]webhook.Delivery, error) {
	first := make(chan []webhook.Delivery, 1)
	return func(in webhook.Inbox, n int, lease time.Duration) ([]webhook.Delivery, error) {
		ds, err := in.Take(bg, n, lease)
		select {
		case again := <-first:
			return append(ds, again...), err
		default:
		}
		if len(ds) > 0 {
			first <- ds[:1:1]
		}
		return ds, err
	}
}

// TestBrokenInboxes fails: see TestSuites_Fail.
func TestBrokenInboxes(t *testing.T) {
	t.Parallel()
	if os.Getenv(brokenVar) == "" {
		return
	}
	for fault, c := range brokenInboxes {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			webhooktest.TestInbox(t, webhooktest.InboxHarness{New: c.fault.open, Advance: advance, Run: only(c.test)})
		})
	}
}

func (s spoilt) open(t *testing.T, hook func([]webhook.Delivery) error) webhook.Inbox {
	t.Helper()
	db, err := sqlitestore.Open(t.Context(), "sqlite", filepath.Join(t.TempDir(), "inbox.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, sqlitestore.Migrate(t.Context(), db))
	config := sqlitestore.InboxConfig{Hook: func(_ context.Context, _ *sql.Tx, events []webhook.Delivery) error { return hook(events) }}
	if s.deaf {
		config.Hook = func(_ context.Context, _ *sql.Tx, events []webhook.Delivery) error {
			defer func() { _ = recover() }()
			return swallow(hook(events))
		}
	}
	s.Inbox, s.db = sqlitestore.NewInbox(db, config), db
	return s
}

func advance(t *testing.T, in webhook.Inbox, d time.Duration) {
	t.Helper()
	_, err := in.(spoilt).db.ExecContext(t.Context(), `UPDATE webhook_inbox
		SET free_at = free_at - ?1, received_at = received_at - ?1, settled_at = settled_at - ?1`, d.Milliseconds())
	require.NoError(t, err)
}
