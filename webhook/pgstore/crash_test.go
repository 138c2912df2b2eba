package pgstore_test

import (
	"context"
	"crypto/rand"
	"fmt"
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

// TestInbox_Kill kills the receiver three times, or as often as
// CENTRALA_CRASH_ROUNDS says. The documentation's figures are those of
//
//	CENTRALA_CRASH_ROUNDS=100 go test -run Kill -timeout 1h ./webhook/pgstore
func TestInbox_Kill(t *testing.T) {
	t.Parallel()
	crash.Test(t, crashSchema(t), openCrash)
}

// TestInbox_KillControl kills a receiver that must lose events as often.
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

func openCrash(ctx context.Context, schema string, durable bool) (*crash.Node, error) {
	config, err := pgxpool.ParseConfig(address())
	if err != nil {
		return nil, err
	}
	if !durable {
		config.ConnConfig.RuntimeParams["synchronous_commit"] = "off"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, pool.Close)
	if err := pgstore.Migrate(ctx, pool, schema); err != nil {
		return nil, err
	}
	tables := "CREATE TABLE IF NOT EXISTS %[1]s.effects (key bytea); CREATE TABLE IF NOT EXISTS %[1]s.jobs (events bigint[])"
	if _, err := pool.Exec(ctx, fmt.Sprintf(tables, schema)); err != nil {
		return nil, err
	}
	store := pgstore.New(pool, schema)
	in := pgstore.NewInbox(pool, pgstore.InboxConfig{Schema: schema, Hook: func(ctx context.Context, tx pgx.Tx, events []webhook.Delivery) error {
		ids := make([]int64, len(events)) // one job for all
		for i, e := range events {
			ids[i] = e.ID
		}
		_, err := tx.Exec(ctx, "INSERT INTO "+schema+".jobs VALUES ($1)", ids)
		return err
	}})
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
		Careless: func(ctx context.Context, d webhook.Delivery) error {
			_, err := pool.Exec(ctx, "INSERT INTO "+schema+".effects VALUES ($1)", []byte(d.Key))
			return err
		},
		Lapse: func(ctx context.Context) error {
			_, err := pool.Exec(ctx, "UPDATE "+schema+".webhook_inbox SET free_at = 'epoch'; UPDATE "+schema+".webhook_keys SET free_at = 'epoch'")
			return err
		},
		Jobs: func(ctx context.Context) ([][]int64, error) {
			rows, err := pool.Query(ctx, "SELECT events FROM "+schema+".jobs")
			if err != nil {
				return nil, err
			}
			return pgx.CollectRows(rows, pgx.RowTo[[]int64])
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
