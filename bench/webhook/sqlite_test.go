package webhook_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

// openSQLite keeps inbox and jobs in one file for each way to make jobs, and
// the plain INSERTs in another, all with synchronous FULL.
func openSQLite(b *testing.B) (bare *bareGroup, all []acknowledger) {
	b.Helper()
	for i, h := range hooks {
		ctx, db := b.Context(), openFile(b, fmt.Sprint("inbox", i, ".db"))
		require.NoError(b, sqlitestore.Migrate(ctx, db))
		driver := riversqlite.New(db)
		migrator, err := rivermigrate.New(driver, nil)
		require.NoError(b, err)
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		require.NoError(b, err)
		client, err := river.NewClient(driver, &river.Config{})
		require.NoError(b, err)
		in := sqlitestore.NewInbox(db, sqlitestore.InboxConfig{Hook: func(ctx context.Context, tx *sql.Tx, events []webhook.Delivery) error {
			_, err := client.InsertManyFastTx(ctx, tx, h.jobs(events))
			return err
		}})
		count := "SELECT count(*) FROM river_job"
		if h.grouped {
			count = "SELECT sum(json_array_length(args, '$.events')) FROM river_job"
		}
		all = append(all, acknowledger{h.name, in, func(b *testing.B) (n int64) {
			b.Helper()
			require.NoError(b, db.QueryRowContext(b.Context(), count).Scan(&n))
			return n
		}})
	}
	return bareSQLite(b), all
}

func openFile(b *testing.B, name string) *sql.DB {
	b.Helper()
	db, err := sqlitestore.Open(b.Context(), "sqlite", filepath.Join(b.TempDir(), name))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	return db
}

func bareSQLite(b *testing.B) *bareGroup {
	b.Helper()
	db := openFile(b, "bare.db")
	_, err := db.ExecContext(b.Context(), "CREATE TABLE bare (id INTEGER PRIMARY KEY, key TEXT, body BLOB)")
	require.NoError(b, err)
	stmt, err := db.PrepareContext(b.Context(), "INSERT INTO bare (key, body) VALUES (?, ?)")
	require.NoError(b, err)
	b.Cleanup(func() { _ = stmt.Close() })
	return newBareGroup(b, 1, func(ctx context.Context, calls []bareCall) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		insert := tx.StmtContext(ctx, stmt)
		for _, c := range calls {
			if _, err := insert.ExecContext(ctx, c.key, c.body); err != nil {
				return err
			}
		}
		return tx.Commit()
	})
}
