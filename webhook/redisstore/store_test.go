package redisstore_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"math"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/redisstore"
	"github.com/centrala-go/centrala/webhook/webhooktest"
)

func realAddr() string { return cmp.Or(os.Getenv("CENTRALA_TEST_REDIS"), "127.0.0.1:6379") }

// realServer returns a client of a real server, or skips where none answers.
func realServer(t testing.TB) *redis.Client {
	t.Helper()
	c := client(t, realAddr())
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

// anyServer is a real server or, elsewhere than in CI, one inside this process.
func anyServer(t *testing.T) *redis.Client {
	t.Helper()
	if os.Getenv("CI") == "true" || client(t, realAddr()).Ping(t.Context()).Err() == nil {
		return realServer(t)
	}
	return client(t, miniredis.RunT(t).Addr())
}

func TestStore(t *testing.T) {
	t.Parallel()
	webhooktest.TestStore(t, webhooktest.StoreHarness{
		New: func(t *testing.T) webhook.Store {
			c := anyServer(t)
			p := prefix(t, c)
			return aged{redisstore.New(c, p), c, p}
		},
		Advance: advance,
	})
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

// TestStore_Away asks a server that nobody can reach: nothing may be claimed,
// and no work may run unguarded.
func TestStore_Away(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	s := redisstore.New(client(t, m.Addr()), "p:")
	o, err := s.Begin(t.Context(), webhook.BeginRequest{Key: "k"})
	require.NoError(t, err)
	m.Close()
	away := func(err error) {
		t.Helper()
		require.ErrorContains(t, err, "redisstore: ")
		require.NotErrorIs(t, err, webhook.ErrLeaseLost, "nobody knows")
	}
	_, err = s.Begin(t.Context(), webhook.BeginRequest{Key: "l"})
	away(err)
	outcomes, err := s.BeginBatch(t.Context(), []webhook.BeginRequest{{Key: "l"}})
	away(err)
	require.Empty(t, outcomes)
	away(s.Complete(t.Context(), o.Claim, nil, 0))
	away(s.Release(t.Context(), o.Claim, webhook.Release{}))
	away(s.Extend(t.Context(), o.Claim, 0))
	away(s.Reopen(t.Context(), "k"))
	_, err = webhook.Once(t.Context(), s, "l", webhook.OnceOptions{}, func(context.Context, webhook.Attempt) (int, error) {
		t.Error("worked unguarded")
		return 0, nil
	})
	away(err)
}

// deaf is a connection that does not get the answers it is told to lose.
type deaf struct {
	net.Conn
	lose *atomic.Bool
}

func (d deaf) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	if d.lose.CompareAndSwap(true, false) {
		return 0, errors.Join(io.EOF, d.Close())
	}
	return n, err
}

// TestStore_AnswerLost lets the connection end between a step and its answer.
// The client repeats the command, and must learn what it did the first time.
func TestStore_AnswerLost(t *testing.T) {
	t.Parallel()
	var lose atomic.Bool
	c := redis.NewClient(&redis.Options{
		Addr: miniredis.RunT(t).Addr(),
		Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return deaf{conn, &lose}, err
		},
	})
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	s := redisstore.New(c, "p:")
	begin := func(key string) webhook.Claim {
		t.Helper()
		o, err := s.Begin(t.Context(), webhook.BeginRequest{Key: key, Lease: time.Hour})
		require.NoError(t, err)
		require.Equal(t, webhook.StateAcquired, o.State)
		return o.Claim
	}
	once := func(do func() error) {
		t.Helper()
		lose.Store(true)
		require.NoError(t, do())
		require.False(t, lose.Load(), "an answer was lost")
	}
	warm := begin("warm") // the server knows the scripts from here on
	require.NoError(t, s.Complete(t.Context(), warm, nil, 0))

	var claim webhook.Claim
	once(func() error { claim = begin("k"); return nil })
	require.Equal(t, 1, claim.Attempt)
	require.False(t, claim.Unsettled)
	once(func() error { return s.Extend(t.Context(), claim, time.Hour) })
	once(func() error { return s.Release(t.Context(), claim, webhook.Release{Unsettled: true}) })
	once(func() error { claim = begin("k"); return nil })
	require.Equal(t, 2, claim.Attempt)
	require.True(t, claim.Unsettled)
	once(func() error { return s.Complete(t.Context(), claim, []byte("r"), time.Hour) })
	require.ErrorIs(t, s.Complete(t.Context(), claim, []byte("r"), time.Hour), webhook.ErrLeaseLost, "another call")
	once(func() error {
		outcomes, err := s.BeginBatch(t.Context(), []webhook.BeginRequest{{Key: "k"}, {Key: "l"}, {Key: "l"}})
		require.NoError(t, err)
		require.Equal(t, webhook.StateDone, outcomes[0].State)
		require.Equal(t, webhook.StateAcquired, outcomes[1].State)
		require.Equal(t, webhook.StateInFlight, outcomes[2].State)
		return nil
	})
}

func TestLimiter_Take(t *testing.T) {
	t.Parallel()
	c := anyServer(t)
	p := prefix(t, c)
	take := func(key string) time.Duration {
		l, err := redisstore.NewLimiter(c, p, 1e-4, 3) // one more process
		require.NoError(t, err)
		wait, err := l.Take(t.Context(), key)
		require.NoError(t, err)
		return wait
	}
	for range 3 {
		require.Zero(t, take("a"))
	}
	require.InDelta(t, 10_000*time.Second, take("a"), float64(5_000*time.Second))
	require.Zero(t, take("b"))
	// Ten thousand seconds later one permit is back.
	full, err := c.Get(t.Context(), p+"a").Int64()
	require.NoError(t, err)
	require.NoError(t, c.Set(t.Context(), p+"a", full-10_000_000_000, 24*time.Hour).Err())
	require.Zero(t, take("a"))
	require.NotZero(t, take("a"))
}

func TestNewLimiter_Refuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		perSecond float64
		burst     int
	}{{0, 1}, {-1, 1}, {2e6, 1}, {1, 0}, {math.NaN(), 1}, {1e-9, 1}, {1, math.MaxInt}} {
		_, err := redisstore.NewLimiter(nil, "", c.perSecond, c.burst)
		require.ErrorContains(t, err, "perSecond")
	}
}
