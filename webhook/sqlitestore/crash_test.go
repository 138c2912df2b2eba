package sqlitestore_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/internal/crash"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

func TestMain(m *testing.M) { crash.Main(m.Run, openCrash) }

// TestInbox_Kill kills the receiver three times, or as often as
// CENTRALA_CRASH_ROUNDS says. The documentation's figures are those of
//
//	CENTRALA_CRASH_ROUNDS=100 go test -run Kill -timeout 1h ./webhook/sqlitestore
func TestInbox_Kill(t *testing.T) {
	t.Parallel()
	crash.Test(t, filepath.Join(t.TempDir(), "inbox.db"), openCrash)
}

// TestInbox_KillControl kills a receiver that must lose events as often.
func TestInbox_KillControl(t *testing.T) {
	t.Parallel()
	crash.TestControl(t, filepath.Join(t.TempDir(), "inbox.db"), openCrash)
}

func openCrash(ctx context.Context, where string, durable bool) (*crash.Node, error) {
	db, err := sqlitestore.Open(ctx, "sqlite", where)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = db.Close() })
	if err := sqlitestore.Migrate(ctx, db); err != nil {
		return nil, err
	}
	if !durable {
		if _, err := db.ExecContext(ctx, "PRAGMA synchronous = OFF"); err != nil {
			return nil, err
		}
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS effects (key BLOB); CREATE TABLE IF NOT EXISTS jobs (events TEXT)"); err != nil {
		return nil, err
	}
	store, in := sqlitestore.New(db), sqlitestore.NewInbox(db, sqlitestore.InboxConfig{Hook: enqueueGroup})
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
		Careless: func(ctx context.Context, d webhook.Delivery) error {
			_, err := db.ExecContext(ctx, "INSERT INTO effects VALUES (?)", []byte(d.Key))
			return err
		},
		Lapse: func(ctx context.Context) error {
			_, err := db.ExecContext(ctx, "UPDATE webhook_inbox SET free_at = 0; UPDATE webhook_keys SET free_at = 0")
			return err
		},
		Jobs:    func(ctx context.Context) ([][]int64, error) { return groups(ctx, db) },
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

// enqueueGroup stores one job for all new events of a transaction.
func enqueueGroup(ctx context.Context, tx *sql.Tx, events []webhook.Delivery) error {
	ids := make([]int64, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO jobs VALUES (?)", list)
	return err
}

func groups(ctx context.Context, db *sql.DB) (jobs [][]int64, err error) {
	var all []byte
	if err := db.QueryRowContext(ctx, "SELECT json_group_array(json(events)) FROM jobs").Scan(&all); err != nil {
		return nil, err
	}
	return jobs, json.Unmarshal(all, &jobs)
}
