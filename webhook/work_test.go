package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// queue is as much of an inbox as Work needs, for one event.
type queue struct {
	webhook.Inbox
	mu    sync.Mutex
	d     webhook.Delivery
	due   time.Time
	state string
	fails []webhook.Failure
	down  bool
}

func (q *queue) Take(_ context.Context, limit int, lease time.Duration) ([]webhook.Delivery, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.down {
		q.down = false
		return nil, errors.New("disk I/O error")
	}
	if limit < 1 || q.state != "" || time.Now().Before(q.due) {
		return nil, nil
	}
	q.d.Attempt++
	q.due = time.Now().Add(lease)
	return []webhook.Delivery{q.d}, nil
}

func (q *queue) Done(context.Context, webhook.Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.state = "done"
	return nil
}

func (q *queue) Fail(_ context.Context, _ webhook.Delivery, f webhook.Failure) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.due = time.Now().Add(f.After)
	q.fails = append(q.fails, f)
	if f.Dead {
		q.state = "dead"
	}
	return nil
}

// work runs Work for five minutes with a result per attempt; the last repeats.
func work(t *testing.T, q *queue, results ...func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	webhook.Work(ctx, q, webhook.WorkOptions{}, func(_ context.Context, d webhook.Delivery) error {
		return results[min(d.Attempt, len(results))-1]()
	})
}

func ExampleWork() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	in := &queue{d: webhook.Delivery{ID: 1, InboxEvent: webhook.InboxEvent{Source: "shop", Body: []byte("order 7")}}} // your inbox
	webhook.Work(ctx, in, webhook.WorkOptions{Workers: 1}, func(_ context.Context, d webhook.Delivery) error {
		fmt.Printf("%s from %s\n", d.Body, d.Source)
		cancel() // the program is to stop; what was taken is finished
		return nil
	})
	fmt.Println(in.state)
	// Output:
	// order 7 from shop
	// done
}

func TestWork(t *testing.T) {
	t.Parallel()
	ok, fail := func() error { return nil }, func() error { return errors.New("password=hunter2") }
	for name, c := range map[string]struct {
		results  []func() error
		state    string
		attempts int
		rests    []time.Duration
	}{
		"done":       {[]func() error{ok}, "done", 1, nil},
		"third time": {[]func() error{fail, fail, ok}, "done", 3, []time.Duration{time.Second, 4 * time.Second}},
		"poison":     {[]func() error{fail}, "dead", 3, []time.Duration{time.Second, 4 * time.Second, 16 * time.Second}},
		"panic":      {[]func() error{func() error { panic("boom") }, ok}, "done", 2, []time.Duration{time.Second}},
		"given up":   {[]func() error{func() error { return webhook.GiveUp(errVendor) }}, "dead", 1, []time.Duration{time.Second}},
		"retry in":   {[]func() error{func() error { return webhook.RetryIn(errVendor, time.Minute) }, ok}, "done", 2, []time.Duration{time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := &queue{down: true}
				work(t, q, c.results...)
				require.Equal(t, c.state, q.state)
				require.Equal(t, c.attempts, q.d.Attempt)
				var rests []time.Duration
				for _, f := range q.fails {
					rests = append(rests, f.After)
					require.NotContains(t, f.Cause, "hunter2")
				}
				require.True(t, slices.Equal(c.rests, rests), "%v", rests)
			})
		})
	}
}

func TestWork_CrashesCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{d: webhook.Delivery{Attempt: 3}}
		work(t, q, func() error { t.Error("worked on"); return nil })
		require.Equal(t, "dead", q.state)
	})
}

func TestWork_FinishesWhatItTook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		webhook.Work(ctx, q, webhook.WorkOptions{Lease: time.Minute}, func(ctx context.Context, _ webhook.Delivery) error {
			cancel()
			<-ctx.Done() // at the end of the lease, not of the caller's context
			return nil
		})
		require.Equal(t, time.Minute, time.Since(began))
		require.Equal(t, "done", q.state)
	})
}

// shelf is as much of an inbox as WorkIDs needs, for many events.
type shelf struct {
	webhook.Inbox
	mu     sync.Mutex
	events map[int64]*shelved
	down   error
}

type shelved struct {
	attempt int
	due     time.Time
	state   string
}

func newShelf(ids ...int64) *shelf {
	q := &shelf{events: map[int64]*shelved{}}
	for _, id := range ids {
		q.events[id] = &shelved{}
	}
	return q
}

func (q *shelf) TakeIDs(_ context.Context, lease time.Duration, ids ...int64) (ds []webhook.Delivery, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range ids {
		if e := q.events[id]; e != nil && e.state == "" && !time.Now().Before(e.due) {
			e.attempt++
			e.due = time.Now().Add(lease)
			ds = append(ds, webhook.Delivery{ID: id, Attempt: e.attempt})
		}
	}
	return ds, q.down
}

func (q *shelf) Load(_ context.Context, id int64) (webhook.Delivery, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.events[id]; e == nil || e.state != "" {
		return webhook.Delivery{}, webhook.ErrNotFound
	}
	return webhook.Delivery{ID: id}, nil
}

func (q *shelf) Done(_ context.Context, d webhook.Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.events[d.ID]
	if e.state != "" {
		return webhook.ErrLeaseLost
	}
	e.state = "done"
	return nil
}

func (q *shelf) Fail(_ context.Context, d webhook.Delivery, f webhook.Failure) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.events[d.ID]
	if e.due = time.Now().Add(f.After); f.Dead {
		e.state = "dead"
	}
	return nil
}

// A hook has enqueued one job for all new events of a transaction; this is its
// worker.
func ExampleWorkIDs() {
	in := newShelf(1, 2) // your inbox
	job := func(ctx context.Context, events []int64) error {
		again, err := webhook.WorkIDs(ctx, in, webhook.WorkOptions{Workers: 1}, events, func(_ context.Context, d webhook.Delivery) error {
			if d.ID == 2 {
				return webhook.RetryIn(errors.New("vendor down"), time.Minute)
			}
			fmt.Println("event", d.ID)
			return nil
		})
		if again > 0 {
			fmt.Println("snooze the job for", again)
		}
		return err
	}
	fmt.Println(job(context.Background(), []int64{1, 2}))
	// Output:
	// event 1
	// snooze the job for 1m0s
	// <nil>
}

func TestWorkIDs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const ok, poison, later, crashed, taken, settled, gone = 1, 2, 3, 4, 5, 6, 7
		q := newShelf(ok, poison, later, crashed, taken, settled)
		q.events[crashed].attempt = 3
		q.events[taken].due = time.Now().Add(time.Hour) // by another process
		ids := []int64{ok, poison, later, crashed, taken, settled, gone}
		var worked []int64
		run := func() time.Duration {
			worked = nil
			again, err := webhook.WorkIDs(t.Context(), q, webhook.WorkOptions{Workers: 2, Lease: time.Minute}, ids, func(_ context.Context, d webhook.Delivery) error {
				q.mu.Lock()
				defer q.mu.Unlock()
				worked = append(worked, d.ID)
				switch {
				case d.ID == poison:
					panic("poison")
				case d.ID == later && d.Attempt == 1:
					return webhook.RetryIn(errVendor, 3*time.Second)
				case d.ID == settled:
					q.events[settled].state = "done" // as by DoneTx
				}
				return nil
			})
			require.NoError(t, err)
			slices.Sort(worked)
			return again
		}
		require.Equal(t, time.Second, run(), "the shortest rest")
		require.Equal(t, []int64{ok, poison, later, settled}, worked)
		require.Equal(t, "dead", q.events[crashed].state)
		require.Equal(t, time.Minute, run(), "nothing is due: a lease")
		require.Empty(t, worked)
		time.Sleep(3 * time.Second)
		require.Equal(t, 4*time.Second, run())
		require.Equal(t, []int64{poison, later}, worked)
		time.Sleep(4 * time.Second)
		require.Equal(t, time.Minute, run(), "what another process has")
		require.Equal(t, []int64{poison}, worked)
		require.Equal(t, "dead", q.events[poison].state)
		time.Sleep(time.Hour)
		require.Zero(t, run())
		require.Equal(t, []int64{taken}, worked)
		require.Zero(t, run())
		require.Empty(t, worked)
	})
}

func TestWorkIDs_Stops(t *testing.T) {
	t.Parallel()
	q, work := newShelf(1, 2), func(context.Context, webhook.Delivery) error { return nil }
	ctx, cancel := context.WithCancel(t.Context())
	_, err := webhook.WorkIDs(ctx, q, webhook.WorkOptions{Workers: 1}, []int64{1, 2}, func(context.Context, webhook.Delivery) error {
		cancel()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "done", q.events[1].state, "what was taken is worked off")
	require.Zero(t, q.events[2].attempt, "and no more is taken")
	q.down = errVendor
	_, err = webhook.WorkIDs(t.Context(), q, webhook.WorkOptions{}, []int64{2}, work)
	require.ErrorIs(t, err, errVendor)
	again, err := webhook.WorkIDs(t.Context(), q, webhook.WorkOptions{}, nil, work)
	require.NoError(t, err)
	require.Zero(t, again)
}
