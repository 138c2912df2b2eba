package flow_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

// Whatever becomes of the work, the commits after it wait for the disk again.
func TestLightly_RestoresTheWaitForTheDisk(t *testing.T) {
	t.Parallel()
	const normal, full = 1, 2
	errWork := errors.New("work failed")
	for name, work := range map[string]func(context.Context, context.CancelFunc, *sql.Conn) error{
		"success": func(context.Context, context.CancelFunc, *sql.Conn) error { return nil },
		"failure": func(context.Context, context.CancelFunc, *sql.Conn) error { return errWork },
		"cancelled": func(ctx context.Context, cancel context.CancelFunc, c *sql.Conn) error {
			cancel()
			_, err := c.ExecContext(ctx, "CREATE TABLE never (n)")
			return err
		},
		"an open transaction": func(ctx context.Context, _ context.CancelFunc, c *sql.Conn) error {
			_, err := c.ExecContext(ctx, "BEGIN IMMEDIATE") // in which the pragma is refused
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := sqlitestore.Open(t.Context(), "sqlite", filepath.Join(t.TempDir(), "light.db"))
			require.NoError(t, err)
			defer db.Close()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err = flow.Lightly(ctx, db, func(c *sql.Conn) error {
				require.Equal(t, normal, synchronous(t, c))
				return work(ctx, cancel, c)
			})
			require.Equal(t, name == "success", err == nil, err)
			require.Equal(t, full, synchronous(t, db))
		})
	}
	t.Run("panic", func(t *testing.T) {
		t.Parallel()
		db, err := sqlitestore.Open(t.Context(), "sqlite", filepath.Join(t.TempDir(), "light.db"))
		require.NoError(t, err)
		defer db.Close()
		require.Panics(t, func() {
			_ = flow.Lightly(t.Context(), db, func(*sql.Conn) error { panic("in the work") })
		})
		require.Equal(t, full, synchronous(t, db))
	})
}

func synchronous(t *testing.T, on interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (level int) {
	t.Helper()
	require.NoError(t, on.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&level))
	return level
}
