package transport

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// NewBucket returns a limiter for vendors that count with a token bucket, and
// for plain pacing: perSecond attempts on average, burst of them at once. Give
// it one token less than the vendor's bucket holds, because two clocks never
// agree exactly.
func NewBucket(perSecond rate.Limit, burst int) *Bucket {
	return &Bucket{lim: rate.NewLimiter(perSecond, max(burst, 1))}
}

// Bucket is a token bucket on golang.org/x/time/rate; see [NewBucket].
type Bucket struct {
	lim *rate.Limiter

	mu          sync.Mutex
	pausedUntil time.Time
}

// Acquire waits for one token; the cost is not used.
func (b *Bucket) Acquire(ctx context.Context, _ int) (Permit, error) {
	b.mu.Lock()
	paused := b.pausedUntil
	b.mu.Unlock()
	if err := sleep(ctx, paused); err != nil {
		return Permit{}, limitError(err)
	}
	r := b.lim.Reserve()
	if err := sleep(ctx, time.Now().Add(r.Delay())); err != nil {
		r.Cancel()
		return Permit{}, limitError(err)
	}
	return Permit{Cost: 1}, nil
}

func limitError(err error) error {
	if _, ok := err.(*LimitError); ok { //nolint:errorlint // made by sleep, never wrapped
		return err
	}
	return &LimitError{Err: err}
}

// Settle gives the token back when the attempt was not sent; a throttled
// attempt pauses everybody for the vendor's wait.
func (b *Bucket) Settle(_ Permit, f Feedback) {
	if !f.Sent {
		b.lim.ReserveN(time.Now(), -1) // a reservation of minus one token returns it
	}
	if f.Throttled && f.Wait > 0 {
		b.mu.Lock()
		defer b.mu.Unlock()
		if until := time.Now().Add(f.Wait); until.After(b.pausedUntil) {
			b.pausedUntil = until
		}
	}
}
