package monday_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
)

// createMany creates n items at once and returns how long it took.
func createMany(t *testing.T, c *monday.Client, n int) time.Duration {
	t.Helper()
	start := time.Now()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "x"})
			require.NoError(t, err)
		})
	}
	wg.Wait()
	return time.Since(start)
}

// The client starts with the lowest plan and learns what the account really
// has from the first answers.
func TestClient_LearnsLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{
			Limits: &mondaytest.Limits{RequestsPerMinute: 100, ComplexityPerMinute: 10_000_000}, Latency: time.Second,
		})
		create(t, c, "first", nil)
		took := createMany(t, c, 299)
		require.Len(t, srv.Requests(), 300, "no request was refused")
		require.GreaterOrEqual(t, took, 2*time.Minute)
		require.LessOrEqual(t, took, 4*time.Minute)
	})
}

func TestClient_KeepsConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{Limits: &mondaytest.Limits{Concurrency: 40}, Latency: time.Second})
		require.Equal(t, 5*time.Second, createMany(t, c, 200))
		require.Len(t, srv.Requests(), 200)
	})
}

// The number of concurrent requests follows the account's plan, up and down.
func TestClient_LearnsConcurrency(t *testing.T) {
	t.Parallel()
	for quota, took := range map[int]time.Duration{100: 2 * time.Second, 10: 20 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c, srv := setup(t, mondaytest.Config{Limits: &mondaytest.Limits{Concurrency: quota}, Latency: time.Second})
			create(t, c, "first", nil)
			require.Equal(t, took, createMany(t, c, 200))
			require.Len(t, srv.Requests(), 201, "no request was refused")
		})
	}
}

func TestClient_KeepsComplexity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{Limits: mondaytest.LowestPlan()})
		create(t, c, "first", nil)
		took := createMany(t, c, 250) // 10,001 points each: 99 a minute
		require.Len(t, srv.Items(board), 251)
		require.LessOrEqual(t, took, 3*time.Minute)
		require.Len(t, srv.Requests(), 251, "no request was refused")
	})
}

func TestClient_DailyLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mondaytest.New(mondaytest.Config{Limits: &mondaytest.Limits{RequestsPerDay: 3}})
		c := connect(t, srv)
		for range 3 {
			create(t, c, "x", nil)
		}
		start := time.Now()
		_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "x"})
		require.ErrorIs(t, err, transport.ErrQuota)
		require.ErrorContains(t, err, "DAILY_LIMIT_EXCEEDED")
		require.Zero(t, time.Since(start), "nobody waits for tomorrow")

		own, err := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL, Limits: monday.Limits{RequestsPerDay: 1}},
			transport.WithTransport(mondaytest.New(mondaytest.Config{}).Transport()))
		require.NoError(t, err)
		_, err = own.Me(t.Context())
		require.NoError(t, err)
		_, err = own.Me(t.Context())
		require.ErrorIs(t, err, transport.ErrQuota)
		require.ErrorIs(t, err, transport.ErrNotSent)
	})
}

func TestMeta_Complexity(t *testing.T) {
	t.Parallel()
	c, _ := setup(t, mondaytest.Config{Limits: mondaytest.LowestPlan()})
	var meta monday.Meta
	_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "x", Call: monday.Call{Meta: &meta}})
	require.NoError(t, err)
	require.Equal(t, 1_000_000, meta.Complexity.Limit)
	require.Equal(t, 1_000_000-10_001, meta.Complexity.Remaining)
}
