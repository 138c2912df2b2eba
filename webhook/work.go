package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	ctx = context.WithoutCancel(ctx) // what was taken is worked off
	if d := ds[0]; d.Attempt > o.MaxAttempts {
		o.settle(ctx, in, d, errCrashed)
	} else {
		o.settle(ctx, in, d, o.attempt(ctx, d, work))
	}
	return true
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

func (o *WorkOptions) settle(ctx context.Context, in Inbox, d Delivery, failed error) {
	log := o.Logger.With("source", d.Source, "event", d.ID, "attempt", d.Attempt)
	ctx, cancel := afterwards(ctx)
	defer cancel()
	var err error
	if failed == nil {
		err = in.Done(ctx, d)
	} else {
		f := o.failure(d, failed)
		log.WarnContext(ctx, "event failed", "error", failed, "dead", f.Dead)
		err = in.Fail(ctx, d, f)
	}
	if err != nil && !errors.Is(err, ErrLeaseLost) { // settled by work itself, or taken over
		log.ErrorContext(ctx, "event not settled", "error", err)
	}
}

func (o *WorkOptions) failure(d Delivery, failed error) Failure {
	mark := JudgeError(failed)
	f := Failure{Dead: mark.Final || d.Attempt >= o.MaxAttempts, After: mark.After, Cause: "attempt failed"}
	if f.After == 0 {
		f.After = o.Backoff(d.Attempt)
	}
	return f
}
