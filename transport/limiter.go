package transport

import (
	"context"
	"errors"
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
	// Exhausted says that a daily or paid quota is used up.
	Exhausted bool
	// Cost is the true cost when the answer tells it, 0 otherwise.
	Cost int
	// Budget is what the vendor said about the limit in the answer's body.
	Budget Budget
	// Header is the answer's header, nil without an answer.
	Header http.Header
}

// LimitError says that a permit could not be had in time. It matches
// ErrRateLimited and the context's error, or ErrQuota when the limiter refuses
// instead of waiting.
type LimitError struct {
	// Wait is how long the permit would have taken, 0 when unknown.
	Wait time.Duration
	// Err is the context's error, or ErrQuota.
	Err error
}

// Error says how long the wait would have been.
func (e *LimitError) Error() string {
	if e.Wait > 0 {
		return fmt.Sprintf("transport: rate limit leaves no room for %v: %v", e.Wait, e.Err)
	}
	return fmt.Sprintf("transport: waiting for the rate limit: %v", e.Err)
}

// Is reports whether target is ErrRateLimited, unless a quota is used up.
func (e *LimitError) Is(target error) bool {
	return target == ErrRateLimited && !errors.Is(e.Err, ErrQuota)
}

// Unwrap returns the context's error, or ErrQuota.
func (e *LimitError) Unwrap() error { return e.Err }

// PerRequest returns a limiter that takes one unit of l for each attempt,
// whatever its cost in points.
func PerRequest(l Limiter) Limiter { return perRequest{l} }

type perRequest struct{ limiter Limiter }

func (p perRequest) Acquire(ctx context.Context, _ int) (Permit, error) {
	return p.limiter.Acquire(ctx, 1)
}

func (p perRequest) Settle(permit Permit, f Feedback) {
	f.Cost, f.Budget = 0, Budget{}
	p.limiter.Settle(permit, f)
}

// AsBackground marks calls made with the returned context as work that can
// wait: in every limiter's queue they stand behind all other calls, except
// that each tenth permit given to waiting calls goes to them.
func AsBackground(ctx context.Context) context.Context {
	return context.WithValue(ctx, backgroundKey{}, true)
}

type backgroundKey struct{}

// sleep waits for d, or returns ctx's error when it ends first.
func sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
