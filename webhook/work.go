package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// WorkOptions tune Work. The zero value works.
type WorkOptions struct {
	// Workers is how many events are worked on at once. Zero means 4.
	Workers int
	// Lease is how long one attempt may take; its context ends then. Zero means
	// DefaultLease. After a crash an event waits for the rest of its lease.
	Lease time.Duration
	// MaxAttempts is after how many failed attempts an event becomes a dead
	// letter. Zero means 3. Attempts that crashed count: an event that takes its
	// process down does not do so forever.
	MaxAttempts int
	// Backoff is how long an event rests after its nth failed attempt. Nil means
	// 1 s, 4 s, 16 s and so on, up to 5 min.
	Backoff func(attempt int) time.Duration
	// Poll is how often an empty inbox is looked at. Zero means 1 s.
	Poll time.Duration
	// Logger gets failures. Nil means no log.
	Logger *slog.Logger
}

// Work takes events from an inbox and calls work for each, until ctx ends. It
// then waits for the attempts that run: they may use up their lease.
//
// An event whose work returns nil is done; work that settles its event itself,
// with a store's DoneTx, returns nil too. After an error the event rests for
// RetryIn's time or Backoff's, and after the last attempt, or one marked GiveUp,
// it is a dead letter until Inbox.Requeue. A panic is an error. An event may be
// worked on again after a crash: run its effects under Once, or write them in
// the transaction of DoneTx.
func Work(ctx context.Context, in Inbox, o WorkOptions, work func(context.Context, Delivery) error) {
	o.setDefaults()
	var workers sync.WaitGroup
	for range o.Workers {
		workers.Go(func() {
			for ctx.Err() == nil {
				if o.one(ctx, in, work) {
					continue
				}
				select {
				case <-ctx.Done():
				case <-time.After(o.Poll):
				}
			}
		})
	}
	workers.Wait()
}

func (o *WorkOptions) setDefaults() {
	if o.Workers == 0 {
		o.Workers = 4
	}
	if o.MaxAttempts == 0 {
		o.MaxAttempts = 3
	}
	if o.Backoff == nil {
		o.Backoff = func(attempt int) time.Duration {
			return min(time.Second<<min(2*(attempt-1), 20), 5*time.Minute)
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Lease, o.Poll = orDefault(o.Lease, DefaultLease), orDefault(o.Poll, time.Second)
}

// one works on one event; it returns false when there is none.
func (o *WorkOptions) one(ctx context.Context, in Inbox, work func(context.Context, Delivery) error) bool {
	ds, err := in.Take(ctx, 1, o.Lease)
	if err != nil || len(ds) == 0 {
		if err != nil && ctx.Err() == nil {
			o.Logger.ErrorContext(ctx, "inbox not readable", "error", err)
		}
		return false
	}
	o.take(ctx, in, ds[0], work)
	return true
}

// WorkIDs works on the events named as Work does, o.Workers at once, for the
// job that a store's hook enqueued for all new events of its transaction. It
// returns zero when every event is done, a dead letter or gone, and otherwise
// how long to wait before the job runs again: events rest after a failure, or
// another process has them. After an error, run the job again too. An event
// whose job is lost stays pending: a slow Work beside finds it.
func WorkIDs(ctx context.Context, in Inbox, o WorkOptions, ids []int64, work func(context.Context, Delivery) error) (again time.Duration, err error) {
	o.setDefaults()
	for some := range slices.Chunk(ids, o.Workers) { // no lease runs while its event waits in line
		rest, err := o.some(ctx, in, some, work)
		if err != nil {
			return 0, fmt.Errorf("webhook: work on events: %w", err)
		}
		again = sooner(again, rest)
	}
	return again, nil
}

func (o *WorkOptions) some(ctx context.Context, in Inbox, ids []int64, work func(context.Context, Delivery) error) (again time.Duration, _ error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	ds, err := in.TakeIDs(ctx, o.Lease, ids...)
	if err != nil {
		return 0, err
	}
	rests := make([]time.Duration, len(ds))
	var workers sync.WaitGroup
	for i, d := range ds {
		workers.Go(func() { rests[i] = o.take(ctx, in, d, work) })
	}
	workers.Wait()
	for _, id := range ids {
		rest := o.Lease // in other hands, until we know better
		if i := slices.IndexFunc(ds, func(d Delivery) bool { return d.ID == id }); i >= 0 {
			rest = rests[i]
		}
		pending, err := o.pending(ctx, in, id, rest)
		if err != nil {
			return 0, err
		}
		if pending {
			again = sooner(again, rest)
		}
	}
	return again, nil
}

func (o *WorkOptions) pending(ctx context.Context, in Inbox, id int64, rest time.Duration) (bool, error) {
	if rest == 0 {
		return false, nil
	}
	_, err := in.Load(context.WithoutCancel(ctx), id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return true, err
}

// sooner is the shorter of two waits, of which zero is none.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}

// take works off what was taken, also after the end of ctx, and returns how
// long it is to be left alone: zero when it is settled.
func (o *WorkOptions) take(ctx context.Context, in Inbox, d Delivery, work func(context.Context, Delivery) error) time.Duration {
	ctx = context.WithoutCancel(ctx)
	if d.Attempt > o.MaxAttempts {
		return o.settle(ctx, in, d, errCrashed)
	}
	return o.settle(ctx, in, d, o.attempt(ctx, d, work))
}

var errCrashed = errors.New("attempts used up by crashes")

func (o *WorkOptions) attempt(ctx context.Context, d Delivery, work func(context.Context, Delivery) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, o.Lease)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic of type %T", p)
		}
	}()
	return work(ctx, d)
}

func (o *WorkOptions) settle(ctx context.Context, in Inbox, d Delivery, failed error) (rest time.Duration) {
	log := o.Logger.With("source", d.Source, "event", d.ID, "attempt", d.Attempt)
	ctx, cancel := afterwards(ctx)
	defer cancel()
	var err error
	if failed == nil {
		err = in.Done(ctx, d)
	} else {
		f := o.failure(d, failed)
		log.WarnContext(ctx, "event failed", "error", failed, "dead", f.Dead)
		if err = in.Fail(ctx, d, f); !f.Dead {
			rest = f.After
		}
	}
	if err == nil {
		return rest
	}
	if !errors.Is(err, ErrLeaseLost) { // settled by work itself, or taken over
		log.ErrorContext(ctx, "event not settled", "error", err)
	}
	return o.Lease
}

func (o *WorkOptions) failure(d Delivery, failed error) Failure {
	mark := JudgeError(failed)
	f := Failure{Dead: mark.Final || d.Attempt >= o.MaxAttempts, After: mark.After, Cause: "attempt failed"}
	if f.After == 0 {
		f.After = o.Backoff(d.Attempt)
	}
	return f
}
