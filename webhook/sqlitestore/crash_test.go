package sqlitestore_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/internal/crash"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

func TestMain(m *testing.M) { crash.Main(m.Run, openCrash) }

// TestInbox_Kill kills the receiver CENTRALA_CRASH_ROUNDS times.
func TestInbox_Kill(t *testing.T) {
	t.Parallel()
	crash.Test(t, filepath.Join(t.TempDir(), "inbox.db"), openCrash)
}

func TestInbox_KillControl(t *testing.T) {
	t.Parallel()
	crash.TestControl(t, filepath.Join(t.TempDir(), "inbox.db"), openCrash)
}

func openCrash(ctx context.Context, where string) (*crash.Node, error) {
	db, err := sqlitestore.Open(ctx, "sqlite", where)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = db.Close() })
	if err := sqlitestore.Migrate(ctx, db); err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS effects (key BLOB)"); err != nil {
		return nil, err
	}
	store, in := sqlitestore.New(db), sqlitestore.NewInbox(db, sqlitestore.InboxConfig{})
	return &crash.Node{
		Inbox: in,
		Work: func(ctx context.Context, d webhook.Delivery) error {
			_, err := webhook.Once(ctx, store, "effect/"+d.Key, webhook.OnceOptions{
				Commit: func(ctx context.Context, c webhook.Claim, result []byte, ttl time.Duration) error {
					tx, err := db.BeginTx(ctx, nil)
					if err != nil {
						return err
					}
					defer func() { _ = tx.Rollback() }()
					if _, err := tx.ExecContext(ctx, "INSERT INTO effects VALUES (?)", []byte(d.Key)); err != nil {
						return err
					}
					if err := store.CompleteTx(ctx, tx, c, result, ttl); err != nil {
						return err
					}
					if err := in.DoneTx(ctx, tx, d); err != nil {
						return err
					}
					return tx.Commit()
				},
			}, func(context.Context, webhook.Attempt) (string, error) { return "done", nil })
			return err
		},
		Lapse: func(ctx context.Context) error {
			_, err := db.ExecContext(ctx, "UPDATE webhook_inbox SET free_at = 0; UPDATE webhook_keys SET free_at = 0")
			return err
		},
		Stored:  func(ctx context.Context) (map[string]int, error) { return countKeys(ctx, db, "webhook_inbox") },
		Effects: func(ctx context.Context) (map[string]int, error) { return countKeys(ctx, db, "effects") },
	}, nil
}

func countKeys(ctx context.Context, db *sql.DB, table string) (map[string]int, error) {
	rows, err := db.QueryContext(ctx, "SELECT key, count(*) FROM "+table+" GROUP BY key")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var key []byte
		var n int
		if err := rows.Scan(&key, &n); err != nil {
			return nil, err
		}
		counts[string(key)] = n
	}
	return counts, rows.Err()
}
