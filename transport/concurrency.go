package transport

import (
	"context"
	"net/http"
	"time"
)

// NewConcurrency returns a limiter that lets n attempts be under way at once.
func NewConcurrency(n int) *Concurrency { return NewLearnedConcurrency(n, "") }

// NewLearnedConcurrency is NewConcurrency with a number that follows the
// vendor: it begins with n and becomes the quota of the named policy in the
// RateLimit-Policy fields of the answers. Attempts under way when the number
// falls are not disturbed.
func NewLearnedConcurrency(n int, policy string) *Concurrency {
	n = max(n, 1)
	return &Concurrency{free: n, size: n, policy: policy}
}

// Concurrency is a semaphore; see [NewConcurrency].
type Concurrency struct {
	line   line
	free   int // below zero when the number fell while attempts were under way
	size   int
	policy string
}

// Acquire waits for a free slot; the cost is not used.
func (c *Concurrency) Acquire(ctx context.Context, _ int) (Permit, error) {
	if err := c.line.acquire(ctx, c, 1); err != nil {
		return Permit{}, err
	}
	return Permit{Cost: 1}, nil
}

// Settle frees the slot.
func (c *Concurrency) Settle(_ Permit, f Feedback) {
	size := c.told(f.Header)
	c.line.mu.Lock()
	defer c.line.mu.Unlock()
	c.free++
	if size > 0 {
		c.free += size - c.size
		c.size = size
	}
	c.line.grant(c, time.Now())
}

// told returns the quota that an answer names, 0 when it names none.
func (c *Concurrency) told(h http.Header) (size int) {
	if c.policy == "" || h == nil {
		return 0
	}
	for it := range members(h["Ratelimit-Policy"]) {
		if it.name == c.policy {
			setCount(&size, it.param("q"))
		}
	}
	return size
}

func (c *Concurrency) take(time.Time, int) bool {
	if c.free <= 0 {
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
