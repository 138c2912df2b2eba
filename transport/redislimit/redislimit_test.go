package redislimit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/redislimit"
)

// patient keeps a slow machine from taking Redis for absent.
const patient = time.Minute

// realRedis connects to the server that CENTRALA_TEST_REDIS names.
func realRedis(t *testing.T) *redis.Client {
	t.Helper()
	addr := os.Getenv("CENTRALA_TEST_REDIS")
	if addr == "" {
		t.Skip("CENTRALA_TEST_REDIS is not set")
	}
	c := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func limiter(t *testing.T, c redis.Scripter, cfg redislimit.Config) *redislimit.Limiter {
	t.Helper()
	l, err := redislimit.New(c, cfg)
	require.NoError(t, err)
	return l
}

// Three processes share ten units in 300 ms: no window of that length ever
// holds more.
func TestLimiter_SharedByProcesses(t *testing.T) {
	t.Parallel()
	client := realRedis(t)
	cfg := redislimit.Config{Key: "test:" + rand.Text(), Limit: 10, Window: 300 * time.Millisecond, Processes: 3, Timeout: patient}
	t.Cleanup(func() {
		client.Del(context.Background(), "{"+cfg.Key+"}:permits", "{"+cfg.Key+"}:used", "{"+cfg.Key+"}:pause")
	})
	var mu sync.Mutex
	var sent []time.Time
	var processes sync.WaitGroup
	for range 3 {
		l := limiter(t, client, cfg)
		for range 4 {
			processes.Go(func() {
				for range 3 {
					p, err := l.Acquire(t.Context(), 1)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					sent = append(sent, time.Now())
					mu.Unlock()
					l.Settle(p, transport.Feedback{Sent: true})
				}
			})
		}
	}
	processes.Wait()
	require.Len(t, sent, 36)
	for i := range len(sent) - cfg.Limit {
		require.GreaterOrEqual(t, sent[i+cfg.Limit].Sub(sent[i]), cfg.Window-5*time.Millisecond)
	}
}

func TestLimiter_SettlesAndPauses(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	cfg := redislimit.Config{Key: "k", Limit: 100, Window: time.Hour, Timeout: patient}
	l, other := limiter(t, client, cfg), limiter(t, client, cfg)
	short := func() (context.Context, context.CancelFunc) { return context.WithTimeout(t.Context(), time.Minute) }

	p, err := l.Acquire(t.Context(), 1000) // counts as 100
	require.NoError(t, err)
	require.Equal(t, 100, p.Cost)
	ctx, cancel := short()
	defer cancel()
	_, err = other.Acquire(ctx, 1)
	require.ErrorIs(t, err, transport.ErrRateLimited)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	l.Settle(p, transport.Feedback{Sent: true, Cost: 40}) // cheaper than thought
	p, err = other.Acquire(t.Context(), 60)
	require.NoError(t, err)
	_, err = l.Acquire(ctx, 1)
	require.ErrorIs(t, err, transport.ErrRateLimited)
	other.Settle(p, transport.Feedback{}) // not sent
	p, err = l.Acquire(t.Context(), 60)
	require.NoError(t, err)

	l.Settle(p, transport.Feedback{Throttled: true, Wait: 10 * time.Minute})
	_, err = other.Acquire(ctx, 1)
	require.ErrorIs(t, err, transport.ErrRateLimited, "all processes pause")
}

func TestLimiter_RedisAway(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	cfg := redislimit.Config{Key: "k", Limit: 10, Window: 100 * time.Millisecond, Lease: 50 * time.Millisecond, Processes: 5, Timeout: patient}
	l := limiter(t, client, cfg)
	seen := time.Now() // Redis answers after this
	p, err := l.Acquire(t.Context(), 1)
	require.NoError(t, err)
	l.Settle(p, transport.Feedback{Sent: true})
	server.Close()

	var sent []time.Time
	for range 5 {
		p, err := l.Acquire(t.Context(), 1)
		require.NoError(t, err)
		sent = append(sent, time.Now())
		l.Settle(p, transport.Feedback{Sent: true})
	}
	require.GreaterOrEqual(t, sent[0].Sub(seen), 150*time.Millisecond, "earlier permits may still count")
	for i := range len(sent) - 2 { // a fifth of ten
		require.GreaterOrEqual(t, sent[i+2].Sub(sent[i]), 99*time.Millisecond)
	}
}

// script stands for Redis: it answers that the caller has to wait, until open
// is set, or that it is away.
type script struct {
	redis.Scripter
	open, away atomic.Bool
}

func (s *script) EvalSha(ctx context.Context, _ string, _ []string, _ ...any) *redis.Cmd {
	cmd := redis.NewCmd(ctx)
	switch {
	case s.away.Load():
		cmd.SetErr(errors.New("connection refused"))
	case s.open.Load():
		cmd.SetVal(int64(0))
	default:
		cmd.SetVal(int64(60_000))
	}
	return cmd
}

// A process that begins while Redis is away cannot know what others have taken
// a moment ago.
func TestLimiter_NeverSawRedis(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		s.away.Store(true)
		l := limiter(t, s, redislimit.Config{Key: "k", Limit: 10, Window: time.Minute, Processes: 5})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		_, err := l.Acquire(ctx, 1)
		require.ErrorIs(t, err, transport.ErrRateLimited)
		start := time.Now()
		for range 2 { // a fifth of ten
			_, err := l.Acquire(t.Context(), 1)
			require.NoError(t, err)
		}
		require.GreaterOrEqual(t, time.Since(start), time.Minute+15*time.Second)
		ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err = l.Acquire(ctx, 1)
		require.ErrorIs(t, err, transport.ErrRateLimited)
	})
}

func TestLimiter_BackgroundStandsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		l := limiter(t, s, redislimit.Config{Key: "k", Limit: 1, Window: time.Minute})
		served := make(chan string, 4)
		wait := func(ctx context.Context, name string) {
			go func() {
				if _, err := l.Acquire(ctx, 1); err != nil {
					name = err.Error()
				}
				served <- name
			}()
			synctest.Wait()
		}
		wait(t.Context(), "first")
		wait(transport.AsBackground(t.Context()), "background")
		wait(t.Context(), "second")
		wait(t.Context(), "third")
		s.open.Store(true)
		for _, want := range []string{"first", "second", "third", "background"} {
			require.Equal(t, want, <-served)
		}
	})
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{})
	t.Cleanup(func() { _ = client.Close() })
	for field, cfg := range map[string]redislimit.Config{
		"Key": {Limit: 1, Window: time.Second}, "Limit": {Key: "k"}, "Processes": {Key: "k", Limit: 1, Window: time.Second, Processes: -1},
	} {
		_, err := redislimit.New(client, cfg)
		require.ErrorIs(t, err, transport.ErrInvalid)
		require.ErrorContains(t, err, field)
	}
	_, err := redislimit.New(nil, redislimit.Config{})
	require.ErrorContains(t, err, "Client")
}

func ExampleNew() {
	client := redis.NewClient(&redis.Options{Addr: "redis.internal:6379"})
	defer client.Close()
	limit, err := redislimit.New(client, redislimit.Config{Key: "monday:account-7", Limit: 1000, Window: time.Minute, Processes: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"}, transport.WithLimiters(limit))
	fmt.Println(err)
	// Output: <nil>
}
