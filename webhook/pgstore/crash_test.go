package pgstore_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/internal/crash"
	"github.com/centrala-go/centrala/webhook/pgstore"
)

func TestMain(m *testing.M) { crash.Main(m.Run, openCrash) }

// TestInbox_Kill kills the receiver CENTRALA_CRASH_ROUNDS times.
func TestInbox_Kill(t *testing.T) {
	t.Parallel()
	crash.Test(t, crashSchema(t), openCrash)
}

func TestInbox_KillControl(t *testing.T) {
	t.Parallel()
	crash.TestControl(t, crashSchema(t), openCrash)
}

func crashSchema(t *testing.T) string {
	t.Helper()
	schema := "webhook_" + strings.ToLower(rand.Text())
	dropAfter(t, connect(t, nil), schema)
	return schema
}

func openCrash(ctx context.Context, schema string) (*crash.Node, error) {
	pool, err := pgxpool.New(ctx, address())
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, pool.Close)
	if err := pgstore.Migrate(ctx, pool, schema); err != nil {
		return nil, err
	}
	if _, err := pool.Exec(ctx, "CREATE TABLE IF NOT EXISTS "+schema+".effects (key bytea)"); err != nil {
		return nil, err
	}
	store, in := pgstore.New(pool, schema), pgstore.NewInbox(pool, pgstore.InboxConfig{Schema: schema})
	return &crash.Node{
		Inbox: in,
		Work: func(ctx context.Context, d webhook.Delivery) error {
			_, err := webhook.Once(ctx, store, "effect/"+d.Key, webhook.OnceOptions{
				Commit: func(ctx context.Context, c webhook.Claim, result []byte, ttl time.Duration) error {
					return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
						if _, err := tx.Exec(ctx, "INSERT INTO "+schema+".effects VALUES ($1)", []byte(d.Key)); err != nil {
							return err
						}
						if err := store.CompleteTx(ctx, tx, c, result, ttl); err != nil {
							return err
						}
						return in.DoneTx(ctx, tx, d)
					})
				},
			}, func(context.Context, webhook.Attempt) (string, error) { return "done", nil })
			return err
		},
		Lapse: func(ctx context.Context) error {
			_, err := pool.Exec(ctx, "UPDATE "+schema+".webhook_inbox SET free_at = 'epoch'; UPDATE "+schema+".webhook_keys SET free_at = 'epoch'")
			return err
		},
		Stored: func(ctx context.Context) (map[string]int, error) {
			return countKeys(ctx, pool, schema+".webhook_inbox")
		},
		Effects: func(ctx context.Context) (map[string]int, error) { return countKeys(ctx, pool, schema+".effects") },
	}, nil
}

func countKeys(ctx context.Context, pool *pgxpool.Pool, table string) (map[string]int, error) {
	rows, err := pool.Query(ctx, "SELECT key, count(*) FROM "+table+" GROUP BY key")
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	var key []byte
	var n int
	_, err = pgx.ForEachRow(rows, []any{&key, &n}, func() error {
		counts[string(key)] = n
		return nil
	})
	return counts, err
}
