package sqlitestore_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
	"github.com/centrala-go/centrala/webhook/webhooktest"
)

// open returns a fresh database with the tables in it.
func open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sqlitestore.Open(t.Context(), "sqlite", filepath.Join(t.TempDir(), "a b?.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, sqlitestore.Migrate(t.Context(), db))
	return db
}

// aged is a store that knows its database, so that tests can let time pass.
type aged struct {
	*sqlitestore.Store
	db *sql.DB
}

func advance(t *testing.T, s webhook.Store, d time.Duration) {
	t.Helper()
	_, err := s.(aged).db.ExecContext(t.Context(),
		"UPDATE webhook_keys SET free_at = free_at - ?1, expires_at = expires_at - ?1", d.Milliseconds())
	require.NoError(t, err)
}

func TestStore(t *testing.T) {
	t.Parallel()
	webhooktest.TestStore(t, webhooktest.StoreHarness{
		New: func(t *testing.T) webhook.Store {
			db := open(t)
			return aged{sqlitestore.New(db), db}
		},
		Advance: advance,
	})
}

func TestStore_CompleteTx(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), open(t)
	s := aged{sqlitestore.New(db), db}
	_, err := db.ExecContext(ctx, "CREATE TABLE orders (id TEXT)")
	require.NoError(t, err)
	begin := func() webhook.Outcome {
		o, err := s.Begin(ctx, webhook.BeginRequest{Key: "k", Lease: time.Minute})
		require.NoError(t, err)
		return o
	}
	// order writes a row and completes the claim in one transaction.
	order := func(c webhook.Claim, commit bool) error {
		tx, err := db.BeginTx(ctx, nil)
		require.NoError(t, err)
		_, err = tx.ExecContext(ctx, "INSERT INTO orders VALUES ('o')")
		require.NoError(t, err)
		if err := s.CompleteTx(ctx, tx, c, []byte("r"), 0); err != nil || !commit {
			require.NoError(t, tx.Rollback())
			return err
		}
		return tx.Commit()
	}
	stale := begin().Claim
	advance(t, s, 2*time.Minute)
	live := begin().Claim
	require.ErrorIs(t, order(stale, true), webhook.ErrLeaseLost)
	require.NoError(t, order(live, false))
	require.Equal(t, webhook.StateInFlight, begin().State, "rolled back with the transaction")
	require.NoError(t, order(live, true))
	require.Equal(t, webhook.StateDone, begin().State)
	require.ErrorIs(t, order(live, true), webhook.ErrLeaseLost)
	var n int
	require.NoError(t, db.QueryRowContext(ctx, "SELECT count(*) FROM orders").Scan(&n))
	require.Equal(t, 1, n)
}
