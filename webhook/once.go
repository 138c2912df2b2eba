package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Attempt is what the work of Once knows about itself.
type Attempt struct {
	// Claim owns the key while the work runs. Its Attempt number rises with
	// every attempt; Unsettled means: read back before you act.
	Claim
}

// OnceOptions tune Once. The zero value works.
type OnceOptions struct {
	// Fingerprint, Lease and Keep are those of BeginRequest.
	Fingerprint []byte
	Lease, Keep time.Duration
	// TTL is how long the result is remembered. Zero means DefaultTTL. Let it
	// exceed the time in which the same key can come again.
	TTL time.Duration
	// MaxAttempts leaves the key dead when this attempt fails too. Attempts that
	// crashed count. Zero means no limit.
	MaxAttempts int
	// Judge says how a failed attempt is released. Nil means JudgeError.
	Judge func(error) Release
	// Commit replaces Store.Complete: record the result together with your own
	// rows and call CompleteTx in that transaction.
	Commit func(ctx context.Context, c Claim, result []byte, ttl time.Duration) error
}

// Once runs work to completion at most once per key and remembers its result,
// stored as JSON: later calls return it without running work. While work runs
// its claim is extended; work's context ends with cause ErrLeaseLost as soon as
// the claim is lost.
//
// When work fails, its error is returned and the key is released as Judge says:
// an error that is not marked NotDone leaves the key Unsettled, and the next
// attempt is told so. The same holds after a crash, a panic and a result that
// could not be recorded. An error marked GiveUp leaves the key dead; with the
// outcome unknown that is its final answer, until Store.Reopen.
//
// A key that is in flight, dead or stands for other content gives a *KeyError.
func Once[T any](ctx context.Context, s Store, key string, o OnceOptions, work func(context.Context, Attempt) (T, error)) (T, error) {
	var zero T
	out, err := s.Begin(ctx, BeginRequest{Key: key, Fingerprint: o.Fingerprint, Lease: o.Lease, Keep: o.Keep})
	if err != nil {
		return zero, fmt.Errorf("webhook: begin %q: %w", key, err)
	}
	if err := out.Err(key); err != nil {
		return zero, err
	}
	if out.State == StateDone {
		return stored[T](key, out.Result)
	}
	if o.MaxAttempts > 0 && out.Claim.Attempt > o.MaxAttempts {
		return zero, o.bury(ctx, s, out.Claim)
	}
	return attempt(ctx, s, out.Claim, o, work)
}

func stored[T any](key string, result []byte) (v T, err error) {
	if err := json.Unmarshal(result, &v); err != nil {
		return v, fmt.Errorf("webhook: stored result of %q: %w", key, err)
	}
	return v, nil
}

func attempt[T any](ctx context.Context, s Store, c Claim, o OnceOptions, work func(context.Context, Attempt) (T, error)) (v T, err error) {
	release := Release{Unsettled: true, Cause: "panic"}
	defer func() {
		if release != (Release{}) {
			err = errors.Join(err, giveBack(ctx, s, c, release))
		}
	}()
	live, stop := Heartbeat(ctx, s, c, o.Lease)
	defer stop()
	v, err = work(live, Attempt{Claim: c})
	if err == nil {
		err = o.record(ctx, s, c, v)
		release = Release{}
		if err != nil && !errors.Is(err, ErrLeaseLost) {
			release = Release{Unsettled: true, Cause: "result not recorded"}
		}
		return v, err
	}
	release = o.judge(err, c)
	return v, err
}

// bury leaves a key dead whose attempts ended in crashes.
func (o OnceOptions) bury(ctx context.Context, s Store, c Claim) error {
	r := Release{Final: true, Unsettled: c.Unsettled, Cause: "attempts used up", Keep: o.Keep}
	if err := giveBack(ctx, s, c, r); err != nil {
		return err
	}
	return &KeyError{Key: c.Key, State: StateDead, Unsettled: r.Unsettled, Cause: r.Cause}
}

func (o OnceOptions) judge(err error, c Claim) Release {
	judge := o.Judge
	if judge == nil {
		judge = JudgeError
	}
	r := judge(err)
	r.Final = r.Final || o.MaxAttempts > 0 && c.Attempt >= o.MaxAttempts
	if r.Cause == "" {
		r.Cause = "attempt failed"
	}
	if r.Keep == 0 {
		r.Keep = o.Keep
	}
	r.After = max(r.After, 0) // a time that has passed already
	return r
}

func (o OnceOptions) record(ctx context.Context, s Store, c Claim, v any) error {
	result, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("webhook: result of %q: %w", c.Key, err)
	}
	commit := o.Commit
	if commit == nil {
		commit = s.Complete
	}
	ctx, cancel := afterwards(ctx)
	defer cancel()
	if err := commit(ctx, c, result, o.TTL); err != nil {
		return fmt.Errorf("webhook: complete %q: %w", c.Key, err)
	}
	return nil
}

func giveBack(ctx context.Context, s Store, c Claim, r Release) error {
	ctx, cancel := afterwards(ctx)
	defer cancel()
	if err := s.Release(ctx, c, r); err != nil {
		return fmt.Errorf("webhook: release %q: %w", c.Key, err)
	}
	return nil
}

// afterwards is a context for settling work whose own context may have ended.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
}

// Heartbeat extends a claim at a third of its lease (zero means DefaultLease)
// until stop is called, also after ctx has ended: work that has not returned
// still owns its key. The context returned ends with cause ErrLeaseLost when
// the claim is lost, or when the store could not be reached for a whole lease.
func Heartbeat(ctx context.Context, s Store, c Claim, lease time.Duration) (live context.Context, stop func()) {
	live, lost := context.WithCancelCause(ctx)
	beating, end := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if beat(beating, s, c, orDefault(lease, DefaultLease)) {
			lost(ErrLeaseLost)
		}
	}()
	return live, func() {
		end()
		<-done
		lost(context.Canceled)
	}
}

// beat extends until ctx ends; it returns true when the claim is lost.
func beat(ctx context.Context, s Store, c Claim, lease time.Duration) bool {
	every := max(lease/3, time.Millisecond)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
		began := time.Now()
		err := extend(ctx, s, c, lease, every)
		switch {
		case err == nil:
			last = began
		case ctx.Err() != nil:
			return false
		case errors.Is(err, ErrLeaseLost), time.Since(last) >= lease:
			return true
		}
	}
}

func extend(ctx context.Context, s Store, c Claim, lease, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return s.Extend(ctx, c, lease)
}

// markedError carries how the attempt that ended with it is to be released.
type markedError struct {
	err     error
	release Release
}

func (e *markedError) Error() string { return e.err.Error() }
func (e *markedError) Unwrap() error { return e.err }

func mark(err error, set func(*Release)) error {
	if err == nil {
		return nil
	}
	r := JudgeError(err)
	set(&r)
	return &markedError{err, r}
}

// NotDone marks an error of Once's work: the effect did not take place, in
// this attempt or an earlier one, so the next attempt may act at once.
func NotDone(err error) error { return mark(err, func(r *Release) { r.Unsettled = false }) }

// GiveUp marks an error of Once's work: no further attempt. Together with
// NotDone the key is dead; alone its outcome is unknown for good.
func GiveUp(err error) error { return mark(err, func(r *Release) { r.Final = true }) }

// RetryIn marks an error of Once's work: no further attempt before d has passed.
func RetryIn(err error, d time.Duration) error {
	return mark(err, func(r *Release) { r.After = max(d, 0) })
}

// JudgeError reads the marks of NotDone, GiveUp and RetryIn. Without a mark the
// outcome is unknown and the key claimable at once. The error's text is not
// stored: it may hold what must not be kept.
func JudgeError(err error) Release {
	if m, ok := errors.AsType[*markedError](err); ok {
		return m.release
	}
	return Release{Unsettled: true}
}
