package pgstore_test

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/pgstore"
	"github.com/centrala-go/centrala/webhook/webhooktest"
)

// address is that of a scratch database.
func address() string {
	if url := os.Getenv("CENTRALA_TEST_POSTGRES"); url != "" {
		return url
	}
	return "postgres://root@127.0.0.1:5432/test?sslmode=disable"
}

// connect returns a pool, or skips where no server answers.
func connect(t testing.TB, set func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	c, err := pgxpool.ParseConfig(address())
	require.NoError(t, err)
	c.MaxConns = 4
	if set != nil {
		set(c)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	if err := pool.Ping(t.Context()); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no PostgreSQL: %v", err)
		}
		t.Skipf("no PostgreSQL at CENTRALA_TEST_POSTGRES: %v", err)
	}
	return pool
}

// open returns a pool and a schema of the test's own with the tables in it.
func open(t testing.TB) (*pgxpool.Pool, string) {
	t.Helper()
	pool, schema := connect(t, nil), "webhook_"+strings.ToLower(rand.Text())
	dropAfter(t, pool, schema)
	require.NoError(t, pgstore.Migrate(t.Context(), pool, schema))
	return pool, schema
}

func dropAfter(t testing.TB, pool *pgxpool.Pool, schema string) {
	t.Helper()
	t.Cleanup(func() {
		_, err := pool.Exec(context.WithoutCancel(t.Context()), "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
		require.NoError(t, err)
	})
}

// aged is a store that knows its tables, so that tests can let time pass.
type aged struct {
	*pgstore.Store
	pool   *pgxpool.Pool
	schema string
}

func newAged(t *testing.T) aged {
	t.Helper()
	pool, schema := open(t)
	return aged{pgstore.New(pool, schema), pool, schema}
}

func advance(t *testing.T, s webhook.Store, d time.Duration) {
	t.Helper()
	a := s.(aged)
	_, err := a.pool.Exec(t.Context(), "UPDATE "+a.schema+".webhook_keys SET free_at = free_at - $1::interval, expires_at = expires_at - $1::interval", d)
	require.NoError(t, err)
}

func TestStore(t *testing.T) {
	t.Parallel()
	webhooktest.TestStore(t, webhooktest.StoreHarness{
		New:     func(t *testing.T) webhook.Store { return newAged(t) },
		Advance: advance,
	})
}

func TestStore_CompleteTx(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newAged(t)
	orders := s.schema + ".orders"
	_, err := s.pool.Exec(ctx, "CREATE TABLE "+orders+" (id text)")
	require.NoError(t, err)
	begin := func() webhook.Outcome {
		o, err := s.Begin(ctx, webhook.BeginRequest{Key: "k", Lease: time.Minute})
		require.NoError(t, err)
		return o
	}
	// order writes a row and completes the claim in one transaction.
	order := func(c webhook.Claim) error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO "+orders+" VALUES ('o')"); err != nil {
				return err
			}
			return s.CompleteTx(ctx, tx, c, []byte("r"), 0)
		})
	}
	stale := begin().Claim
	advance(t, s, 2*time.Minute)
	live := begin().Claim
	require.ErrorIs(t, order(stale), webhook.ErrLeaseLost)
	require.NoError(t, order(live))
	require.Equal(t, webhook.StateDone, begin().State)
	require.ErrorIs(t, order(live), webhook.ErrLeaseLost)
	var n int
	require.NoError(t, s.pool.QueryRow(ctx, "SELECT count(*) FROM "+orders).Scan(&n))
	require.Equal(t, 1, n)
}

// TestStore_Batches lets overlapping batches in opposite orders meet.
func TestStore_Batches(t *testing.T) {
	t.Parallel()
	s := newAged(t)
	keys := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	errs := make(chan error)
	for g := range 8 {
		go func() {
			rs := make([]webhook.BeginRequest, len(keys))
			for i := range keys {
				n := i
				if g%2 == 1 {
					n = len(keys) - 1 - i
				}
				rs[i].Key = keys[n]
			}
			_, err := s.BeginBatch(t.Context(), rs)
			errs <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-errs)
	}
}

// TestStore_Pooler uses the two ways to speak through a pooler in transaction mode.
func TestStore_Pooler(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]pgx.QueryExecMode{
		"exec": pgx.QueryExecModeExec, "describe": pgx.QueryExecModeCacheDescribe, "simple": pgx.QueryExecModeSimpleProtocol,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, schema := open(t)
			pool := connect(t, func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = mode })
			s, in := pgstore.New(pool, schema), pgstore.NewInbox(pool, pgstore.InboxConfig{Schema: schema})
			o, err := s.Begin(t.Context(), webhook.BeginRequest{Key: "k\x00", Fingerprint: []byte{0}})
			require.NoError(t, err)
			require.NoError(t, s.Extend(t.Context(), o.Claim, time.Minute))
			require.NoError(t, s.Release(t.Context(), o.Claim, webhook.Release{Cause: "c"}))
			outcomes, err := s.BeginBatch(t.Context(), []webhook.BeginRequest{{Key: "k\x00"}, {Key: "l"}})
			require.NoError(t, err)
			require.NoError(t, s.Complete(t.Context(), outcomes[0].Claim, []byte("\x00r"), time.Hour))
			for range 2 {
				_, err = in.Put(t.Context(), webhook.InboxEvent{Source: "s", Key: "k\x00", Body: []byte{0xff}})
				require.NoError(t, err)
			}
			ds, err := in.Take(t.Context(), 1, time.Minute)
			require.NoError(t, err)
			require.NoError(t, in.Fail(t.Context(), ds[0], webhook.Failure{Dead: true}))
			n, err := in.Requeue(t.Context(), ds[0].ID)
			require.NoError(t, err)
			require.Equal(t, 1, n)
			ds, err = in.TakeIDs(t.Context(), time.Minute, ds[0].ID)
			require.NoError(t, err)
			require.NoError(t, in.Done(t.Context(), ds[0]))
		})
	}
}
