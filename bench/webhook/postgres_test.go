package webhook_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/pgstore"
)

// openPostgres keeps inbox and jobs in one schema for each way to make jobs,
// and the plain INSERTs in another.
func openPostgres(b *testing.B) (bare *bareGroup, all []acknowledger) {
	b.Helper()
	ctx, pool := b.Context(), connect(b)
	for _, h := range hooks {
		schema := makeSchema(b, pool)
		require.NoError(b, pgstore.Migrate(ctx, pool, schema))
		driver := riverpgxv5.New(pool)
		migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Schema: schema})
		require.NoError(b, err)
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		require.NoError(b, err)
		client, err := river.NewClient(driver, &river.Config{Schema: schema})
		require.NoError(b, err)
		in := pgstore.NewInbox(pool, pgstore.InboxConfig{Schema: schema, Hook: func(ctx context.Context, tx pgx.Tx, events []webhook.Delivery) error {
			_, err := client.InsertManyFastTx(ctx, tx, h.jobs(events))
			return err
		}})
		count := "count(*)"
		if h.grouped {
			count = "sum(jsonb_array_length(args->'events'))"
		}
		all = append(all, acknowledger{h.name, in, func(b *testing.B) (n int64) {
			b.Helper()
			require.NoError(b, pool.QueryRow(b.Context(), "SELECT "+count+" FROM "+schema+".river_job").Scan(&n))
			return n
		}})
	}
	return barePostgres(b, pool, makeSchema(b, pool)), all
}

// connect reaches the server that CENTRALA_TEST_POSTGRES names.
func connect(b *testing.B) *pgxpool.Pool {
	b.Helper()
	ctx := context.WithoutCancel(b.Context())
	address := cmp.Or(os.Getenv("CENTRALA_TEST_POSTGRES"), "postgres://root@127.0.0.1:5432/test?sslmode=disable")
	pool, err := pgxpool.New(ctx, address)
	require.NoError(b, err)
	b.Cleanup(pool.Close)
	near, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := pool.Ping(near); err != nil {
		b.Skip("no PostgreSQL is reachable; CENTRALA_TEST_POSTGRES names one: ", err)
	}
	return pool
}

// makeSchema makes a schema that the benchmark takes away again.
func makeSchema(b *testing.B, pool *pgxpool.Pool) string {
	b.Helper()
	ctx, schema := context.WithoutCancel(b.Context()), "bench_"+strings.ToLower(rand.Text()[:10])
	_, err := pool.Exec(ctx, "CREATE SCHEMA "+schema)
	require.NoError(b, err)
	b.Cleanup(func() {
		_, err := pool.Exec(ctx, "DROP SCHEMA "+schema+" CASCADE")
		require.NoError(b, err)
	})
	return schema
}

func barePostgres(b *testing.B, pool *pgxpool.Pool, schema string) *bareGroup {
	b.Helper()
	_, err := pool.Exec(b.Context(), "CREATE TABLE "+schema+".bare (id bigserial PRIMARY KEY, key text, body bytea)")
	require.NoError(b, err)
	return newBareGroup(b, 2, func(ctx context.Context, calls []bareCall) error {
		keys, bodies := make([]string, len(calls)), make([][]byte, len(calls))
		for i, c := range calls {
			keys[i], bodies[i] = c.key, c.body
		}
		_, err := pool.Exec(ctx, "INSERT INTO "+schema+".bare (key, body) SELECT * FROM unnest($1::text[], $2::bytea[])", keys, bodies)
		return err
	})
}
