package webhook_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

func TestRateLimiter_Take(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := webhook.NewRateLimiter(2, 3)
		take := func(key string) time.Duration {
			wait, err := l.Take(t.Context(), key)
			require.NoError(t, err)
			return wait
		}
		for range 3 {
			require.Zero(t, take("a"))
		}
		require.Equal(t, 500*time.Millisecond, take("a"))
		require.Equal(t, 500*time.Millisecond, take("a"), "asking in vain costs nothing")
		require.Zero(t, take("b"))
		time.Sleep(500 * time.Millisecond)
		require.Zero(t, take("a"))
	})
}

func TestRateLimiter_ForgetsTheLeastRecent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := webhook.NewRateLimiter(0.001, 1)
		refused := func(key string) bool {
			wait, err := l.Take(t.Context(), key)
			require.NoError(t, err)
			return wait > 0
		}
		require.False(t, refused("first"))
		require.False(t, refused("second"))
		for i := range webhook.MaxLimitedKeys + 1 {
			require.True(t, refused("second"))
			require.False(t, refused(fmt.Sprint(i)))
		}
		require.True(t, refused("second"))
		require.False(t, refused("first"), "forgotten")
	})
}
