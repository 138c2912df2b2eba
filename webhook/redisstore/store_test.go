package redisstore_test

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/redisstore"
	"github.com/centrala-go/centrala/webhook/webhooktest"
)

// small returns a client of a server inside this process.
func small(t *testing.T) *redis.Client {
	t.Helper()
	return client(t, miniredis.RunT(t).Addr())
}

// realServer returns a client of a real server, or skips where none answers.
func realServer(t testing.TB) *redis.Client {
	t.Helper()
	addr := os.Getenv("CENTRALA_TEST_REDIS")
	if addr == "" {
		addr = "127.0.0.1:6379"
	}
	c := client(t, addr)
	if err := c.Ping(t.Context()).Err(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Redis: %v", err)
		}
		t.Skipf("no Redis at CENTRALA_TEST_REDIS: %v", err)
	}
	return c
}

func client(t testing.TB, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// prefix is for one test's keys, which are removed after it.
func prefix(t *testing.T, c *redis.Client) string {
	t.Helper()
	p := "webhook-test-" + rand.Text() + ":"
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		for _, key := range keys(ctx, t, c, p) {
			require.NoError(t, c.Del(ctx, key).Err())
		}
	})
	return p
}

func keys(ctx context.Context, t *testing.T, c *redis.Client, prefix string) (all []string) {
	t.Helper()
	for it := c.Scan(ctx, 0, prefix+"*", 1000).Iterator(); it.Next(ctx); {
		all = append(all, it.Val())
	}
	return all
}

// aged is a store that knows its keys, so that tests can let time pass.
type aged struct {
	*redisstore.Store
	client *redis.Client
	prefix string
}

func advance(t *testing.T, s webhook.Store, d time.Duration) {
	t.Helper()
	a, ctx := s.(aged), t.Context()
	for _, key := range keys(ctx, t, a.client, a.prefix) {
		left, err := a.client.PTTL(ctx, key).Result()
		require.NoError(t, err)
		require.NoError(t, a.client.HIncrBy(ctx, key, "free", -d.Milliseconds()).Err())
		require.NoError(t, a.client.PExpire(ctx, key, left-d).Err()) // deletes it when nothing is left
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	for name, connect := range map[string]func(*testing.T) *redis.Client{"miniredis": small, "server": func(t *testing.T) *redis.Client { return realServer(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			webhooktest.TestStore(t, webhooktest.StoreHarness{
				New: func(t *testing.T) webhook.Store {
					c := connect(t)
					p := prefix(t, c)
					return aged{redisstore.New(c, p), c, p}
				},
				Advance: advance,
			})
		})
	}
}

func TestStore_KeysExpireByThemselves(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	s := redisstore.New(client(t, m.Addr()), "p:")
	o, err := s.Begin(t.Context(), webhook.BeginRequest{Key: "k", Lease: time.Second, Keep: time.Minute})
	require.NoError(t, err)
	require.Equal(t, 61*time.Second, m.TTL("p:k"))
	require.NoError(t, s.Complete(t.Context(), o.Claim, nil, time.Hour))
	require.Equal(t, time.Hour, m.TTL("p:k"))
	m.FastForward(time.Hour)
	require.False(t, m.Exists("p:k"))
}

func TestStore_Down(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	s := redisstore.New(client(t, m.Addr()), "p:")
	m.SetError("LOADING dataset")
	_, err := s.Begin(t.Context(), webhook.BeginRequest{Key: "k"})
	require.ErrorContains(t, err, "LOADING")
	require.ErrorContains(t, s.Complete(t.Context(), webhook.Claim{Key: "k"}, nil, 0), "LOADING")
	require.ErrorContains(t, s.Reopen(t.Context(), "k"), "LOADING")
}

func TestLimiter_Take(t *testing.T) {
	t.Parallel()
	for name, connect := range map[string]func(*testing.T) *redis.Client{"miniredis": small, "server": func(t *testing.T) *redis.Client { return realServer(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connect(t)
			p := prefix(t, c)
			take := func(key string) time.Duration {
				l, err := redisstore.NewLimiter(c, p, 0.1, 3) // one more process
				require.NoError(t, err)
				wait, err := l.Take(t.Context(), key)
				require.NoError(t, err)
				return wait
			}
			for range 3 {
				require.Zero(t, take("a"))
			}
			require.InDelta(t, 10*time.Second, take("a"), float64(5*time.Second))
			require.Zero(t, take("b"))
			// Ten seconds later one permit is back.
			full, err := c.Get(t.Context(), p+"a").Int64()
			require.NoError(t, err)
			require.NoError(t, c.Set(t.Context(), p+"a", full-10_000_000, time.Hour).Err())
			require.Zero(t, take("a"))
			require.NotZero(t, take("a"))
		})
	}
}

func TestNewLimiter_Refuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		perSecond float64
		burst     int
	}{{0, 1}, {-1, 1}, {2e6, 1}, {1, 0}} {
		_, err := redisstore.NewLimiter(nil, "", c.perSecond, c.burst)
		require.ErrorContains(t, err, "perSecond")
	}
}
