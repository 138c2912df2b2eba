package transport

import (
	"context"
	"time"
)

// NewConcurrency returns a limiter that lets n attempts be under way at once.
func NewConcurrency(n int) *Concurrency { return &Concurrency{free: max(n, 1)} }

// Concurrency is a semaphore; see [NewConcurrency].
type Concurrency struct {
	line line
	free int
}

// Acquire waits for a free slot; the cost is not used.
func (c *Concurrency) Acquire(ctx context.Context, _ int) (Permit, error) {
	if err := c.line.acquire(ctx, c, 1); err != nil {
		return Permit{}, err
	}
	return Permit{Cost: 1}, nil
}

// Settle frees the slot.
func (c *Concurrency) Settle(Permit, Feedback) {
	c.line.mu.Lock()
	defer c.line.mu.Unlock()
	c.free++
	c.line.grant(c, time.Now())
}

func (c *Concurrency) take(time.Time, int) bool {
	if c.free == 0 {
		return false
	}
	c.free--
	return true
}

func (c *Concurrency) next(now time.Time, units int) time.Time {
	if units <= c.free {
		return now
	}
	return time.Time{} // nobody knows when an attempt will end
}
