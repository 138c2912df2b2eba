package webhook

import (
	"container/list"
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter bounds how often something keyed may happen.
type Limiter interface {
	// Take takes one permit. It never waits: zero means allowed, anything else
	// is how long until a permit is likely. An error means that the limiter
	// could not be asked; the pipeline lets the request pass then, because the
	// signature still guards it.
	Take(ctx context.Context, key string) (wait time.Duration, err error)
}

// MaxLimitedKeys is how many keys a RateLimiter follows; beyond that the one
// unused for longest is forgotten.
const MaxLimitedKeys = 10_000

// RateLimiter is a Limiter within one process: a token bucket per key.
type RateLimiter struct {
	perSecond rate.Limit
	burst     int

	mu     sync.Mutex
	byKey  map[string]*list.Element
	recent *list.List // of *bucket, the last used in front
}

type bucket struct {
	key string
	*rate.Limiter
}

// NewRateLimiter allows each key perSecond events on average and burst at once.
func NewRateLimiter(perSecond float64, burst int) *RateLimiter {
	return &RateLimiter{
		perSecond: rate.Limit(perSecond), burst: max(burst, 1),
		byKey: map[string]*list.Element{}, recent: list.New(),
	}
}

// Take implements Limiter.
func (l *RateLimiter) Take(_ context.Context, key string) (time.Duration, error) {
	now := time.Now()
	r := l.bucket(key).ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait, nil
}

func (l *RateLimiter) bucket(key string) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.byKey[key]; e != nil {
		l.recent.MoveToFront(e)
		return e.Value.(*bucket)
	}
	b := &bucket{key, rate.NewLimiter(l.perSecond, l.burst)}
	l.byKey[key] = l.recent.PushFront(b)
	if l.recent.Len() > MaxLimitedKeys {
		oldest := l.recent.Remove(l.recent.Back()).(*bucket)
		delete(l.byKey, oldest.key)
	}
	return b
}

// limitKey keeps one IPv6 subscriber, who owns a /64, under one key.
func limitKey(a netip.Addr) string {
	if a.Is6() {
		p, _ := a.Prefix(64) // 64 is within range for IPv6
		return p.String()
	}
	return a.String()
}
