package transport_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

func TestConcurrency_WaitsAndCancels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slots := transport.NewConcurrency(0) // at least one
		p, err := slots.Acquire(t.Context(), 1)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = slots.Acquire(ctx, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, transport.ErrRateLimited)
		slots.Settle(p, transport.Feedback{})
		_, err = slots.Acquire(t.Context(), 1)
		require.NoError(t, err)
	})
}

// available counts the permits that can be had at once, and gives them back.
func available(t *testing.T, l transport.Limiter) int {
	t.Helper()
	var held []transport.Permit
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		p, err := l.Acquire(ctx, 1)
		cancel()
		if err != nil {
			break
		}
		held = append(held, p)
	}
	for _, p := range held {
		l.Settle(p, transport.Feedback{})
	}
	return len(held)
}

func TestConcurrency_Learns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slots := transport.NewLearnedConcurrency(3, "concurrency")
		told := func(policy string) transport.Feedback {
			return transport.Feedback{Sent: true, Header: http.Header{"Ratelimit-Policy": {policy}}}
		}
		p, err := slots.Acquire(t.Context(), 1)
		require.NoError(t, err)
		slots.Settle(p, told(`"minuteRate";q=1000;w=60, "concurrency";q=5;qu="concurrent-requests"`))
		require.Equal(t, 5, available(t, slots))
		p, err = slots.Acquire(t.Context(), 1)
		require.NoError(t, err)
		slots.Settle(p, told(`"concurrency";q=2`))
		require.Equal(t, 2, available(t, slots))
		p, err = slots.Acquire(t.Context(), 1)
		require.NoError(t, err)
		slots.Settle(p, told(`"minuteRate";q=1000;w=60`))
		require.Equal(t, 2, available(t, slots))
	})
}
