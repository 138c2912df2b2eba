package transport

import (
	"context"
	"math"
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
	line line
	lim  *rate.Limiter
}

// Acquire waits for one token; the cost is not used.
func (b *Bucket) Acquire(ctx context.Context, _ int) (Permit, error) {
	if err := b.line.acquire(ctx, b, 1); err != nil {
		return Permit{}, err
	}
	return Permit{Cost: 1}, nil
}

// Settle gives the token back when the attempt was not sent; a throttled
// attempt pauses everybody for the vendor's wait, at most 15 minutes.
func (b *Bucket) Settle(_ Permit, f Feedback) {
	now := time.Now()
	b.line.mu.Lock()
	defer b.line.mu.Unlock()
	if !f.Sent {
		b.lim.ReserveN(now, -1) // a reservation of minus one token returns it
	}
	b.line.pause(now, f)
	b.line.grant(b, now)
}

func (b *Bucket) take(now time.Time, _ int) bool { return b.lim.AllowN(now, 1) }

func (b *Bucket) next(now time.Time, units int) time.Time {
	need := float64(units) - b.lim.TokensAt(now)
	if need <= 0 {
		return now
	}
	wait := math.Ceil(need/float64(b.lim.Limit())*float64(time.Second)) + 1
	return now.Add(time.Duration(min(wait, float64(maxHint))))
}
