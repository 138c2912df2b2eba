package monday

import (
	"context"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// Limits are the quotas of an account; see monday's page "Rate limits". Zero
// fields start at the lowest plan. All counting is per account and app: clients
// that share an account should share limits through transport.WithLimiters.
type Limits struct {
	// RequestsPerMinute is 1,000; 2,500 on Pro; 5,000 on Enterprise.
	RequestsPerMinute int
	// Concurrency is how many requests may be under way: 40; 100 on Pro; 250 on
	// Enterprise.
	Concurrency int
}

func (l Limits) validate() error {
	switch {
	case l.RequestsPerMinute < 0:
		return transport.Invalid("monday.New", "Limits.RequestsPerMinute", "is negative")
	case l.Concurrency < 0:
		return transport.Invalid("monday.New", "Limits.Concurrency", "is negative")
	}
	return nil
}

// The quotas of the lowest plan.
const (
	lowestPerMinute   = 1000
	lowestConcurrency = 40
)

// limiters are a client's own limits.
type limiters struct {
	minute      *perRequest
	concurrency *transport.Concurrency
}

func newLimiters(l Limits) *limiters {
	if l.RequestsPerMinute == 0 {
		l.RequestsPerMinute = lowestPerMinute
	}
	if l.Concurrency == 0 {
		l.Concurrency = lowestConcurrency
	}
	return &limiters{
		minute:      &perRequest{transport.NewWindow(l.RequestsPerMinute, time.Minute)},
		concurrency: transport.NewConcurrency(l.Concurrency),
	}
}

func (l *limiters) list() []transport.Limiter {
	return []transport.Limiter{l.concurrency, l.minute}
}

// perRequest counts requests, whatever they cost.
type perRequest struct{ *transport.Window }

func (p *perRequest) Acquire(ctx context.Context, _ int) (transport.Permit, error) {
	return p.Window.Acquire(ctx, 1)
}
