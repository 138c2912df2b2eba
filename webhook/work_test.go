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
