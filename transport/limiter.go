package transport

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Limiter hands out permits, one per attempt. Implementations are safe for
// concurrent use and may be shared by several clients, which then share the
// vendor's quota.
type Limiter interface {
	// Acquire waits for a permit of the given cost. It returns at once when
	// the wait would pass ctx's deadline, and when ctx is done; the error
	// matches ErrRateLimited and the context's own error.
	Acquire(ctx context.Context, cost int) (Permit, error)
	// Settle takes back a permit that Acquire gave, with what was learned. It
	// is called exactly once per permit, whatever becomes of the attempt.
	Settle(p Permit, f Feedback)
}

// Permit is one attempt's share of a limit.
type Permit struct {
	// Cost is what was acquired.
	Cost int
	// Token is for the limiter's own use.
	Token uint64
}

// Feedback tells a limiter how an attempt ended.
type Feedback struct {
	// Sent is false when the attempt provably never left: the permit is refunded.
	Sent bool
	// Throttled says that the vendor refused the attempt because of a limit;
	// Wait is how long it asked to stay away, 0 when it did not say.
	Throttled bool
	Wait      time.Duration
	// Cost is the true cost when the answer tells it, 0 otherwise.
	Cost int
	// Header is the answer's header, nil without an answer.
	Header http.Header
}

// LimitError says that a permit could not be had in time. It matches
// ErrRateLimited, and context.DeadlineExceeded or context.Canceled.
type LimitError struct {
	// Wait is how long the permit would have taken, 0 when unknown.
	Wait time.Duration
	// Err is the context's error.
	Err error
}

// Error says how long the wait would have been.
func (e *LimitError) Error() string {
	if e.Wait > 0 {
		return fmt.Sprintf("transport: rate limit leaves no room for %v: %v", e.Wait, e.Err)
	}
	return fmt.Sprintf("transport: waiting for the rate limit: %v", e.Err)
}

// Is reports whether target is ErrRateLimited.
func (e *LimitError) Is(target error) bool { return target == ErrRateLimited }

// Unwrap returns the context's error.
func (e *LimitError) Unwrap() error { return e.Err }

// sleep waits until t unless ctx ends first or its deadline lies before t; in
// the latter case it returns at once.
func sleep(ctx context.Context, t time.Time) error {
	wait := time.Until(t)
	if err := ctx.Err(); err != nil {
		return err
	}
	if wait <= 0 {
		return nil
	}
	if d, ok := ctx.Deadline(); ok && t.After(d) {
		return &LimitError{Wait: wait, Err: context.DeadlineExceeded}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
