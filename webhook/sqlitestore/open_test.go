package sqlitestore_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

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
	errs := make(chan error)
	for range 6 { // as many processes
		go func() {
			db, err := sqlitestore.Open(t.Context(), "sqlite", path)
			if err == nil {
				err = sqlitestore.Migrate(t.Context(), db)
				_ = db.Close()
			}
			errs <- err
		}()
	}
	for range 6 {
		require.NoError(t, <-errs)
	}
}
