package transport

import "context"

// NewConcurrency returns a limiter that lets n attempts be under way at once.
func NewConcurrency(n int) *Concurrency {
	return &Concurrency{slots: make(chan struct{}, max(n, 1))}
}

// Concurrency is a semaphore; see [NewConcurrency].
type Concurrency struct{ slots chan struct{} }

// Acquire waits for a free slot; the cost is not used.
func (c *Concurrency) Acquire(ctx context.Context, _ int) (Permit, error) {
	select {
	case c.slots <- struct{}{}:
		return Permit{Cost: 1}, nil
	default:
	}
	select {
	case c.slots <- struct{}{}:
		return Permit{Cost: 1}, nil
	case <-ctx.Done():
		return Permit{}, &LimitError{Err: ctx.Err()}
	}
}

// Settle frees the slot.
func (c *Concurrency) Settle(Permit, Feedback) { <-c.slots }
