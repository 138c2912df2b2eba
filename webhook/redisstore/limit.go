package redisstore

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/centrala-go/centrala/webhook"
)

//go:embed limit.lua
var limitText string

var limitScript = redis.NewScript(limitText)

// Limiter is a webhook.Limiter that several processes share.
type Limiter struct {
	client      redis.UniversalClient
	prefix      string
	every, full time.Duration
}

var _ webhook.Limiter = (*Limiter)(nil)

// longest is how long a bucket takes to fill at most.
const longest = 365 * 24 * time.Hour

// NewLimiter allows each key perSecond events on average and burst at once, in
// all processes together. It puts prefix before its keys. A used-up burst must
// come back within a year.
func NewLimiter(client redis.UniversalClient, prefix string, perSecond float64, burst int) (*Limiter, error) {
	if !(perSecond > 0 && perSecond <= 1e6) || burst < 1 {
		return nil, errors.New("redisstore: want perSecond above 0 and up to 1e6, burst 1 or more")
	}
	if float64(burst)/perSecond > longest.Seconds() {
		return nil, fmt.Errorf("redisstore: burst takes longer than %s to come back at perSecond", longest)
	}
	every := time.Duration(float64(time.Second) / perSecond)
	return &Limiter{client, prefix, every, every * time.Duration(burst)}, nil
}

// Take implements webhook.Limiter.
func (l *Limiter) Take(ctx context.Context, key string) (time.Duration, error) {
	wait, err := limitScript.Run(ctx, l.client, []string{l.prefix + key}, l.every.Microseconds(), l.full.Microseconds()).Int64()
	if err != nil {
		return 0, fmt.Errorf("redisstore: limit: %w", err)
	}
	return time.Duration(wait) * time.Microsecond, nil
}
