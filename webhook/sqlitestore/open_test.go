package sqlitestore_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

func TestOpen_RefusesWhatIsNotDurable(t *testing.T) {
	t.Parallel()
	_, err := sqlitestore.Open(t.Context(), "sqlite", ":memory:")
	require.ErrorContains(t, err, "journal_mode is memory")
	_, err = sqlitestore.Open(t.Context(), "no such driver", "x.db")
	require.ErrorContains(t, err, "unknown driver")
	_, err = sqlitestore.Open(t.Context(), "sqlite", filepath.Join(t.TempDir(), "no", "such", "folder.db"))
	require.Error(t, err)
}

func TestMigrate_Concurrently(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "webhook.db")
	migrateAtOnce(t, path)
}

func migrateAtOnce(t *testing.T, path string) {
	t.Helper()
	errs := make(chan error)
	for range 6 { // as many processes
		go func() {
			db, err := sqlitestore.Open(t.Context(), "sqlite", path)
			if err == nil {
				err = errors.Join(sqlitestore.Migrate(t.Context(), db), db.Close())
			}
			errs <- err
		}()
	}
	for range 6 {
		require.NoError(t, <-errs)
	}
}

// TestMigrate_FromOlderVersions upgrades databases as former versions of this
// package left them, many processes at once.
func TestMigrate_FromOlderVersions(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "webhook.db")
	db, err := sqlitestore.Open(t.Context(), "sqlite", path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, sqlitestore.Migrate(t.Context(), db))
	s := sqlitestore.New(db)
	o, err := s.Begin(t.Context(), webhook.BeginRequest{Key: "old"})
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "DROP TABLE webhook_inbox; DELETE FROM webhook_migrations WHERE version_id > 1") // version 1
	require.NoError(t, err)
	migrateAtOnce(t, path)
	require.NoError(t, s.Complete(t.Context(), o.Claim, nil, 0), "what was there is kept")
	_, err = sqlitestore.NewInbox(db, sqlitestore.InboxConfig{}).Put(t.Context(), webhook.InboxEvent{Source: "s", Key: "k"})
	require.NoError(t, err)
}
