package pgstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/internal/groupcommit"
	"github.com/centrala-go/centrala/webhook/internal/load"
	"github.com/centrala-go/centrala/webhook/pgstore"
)

// BenchmarkInbox_Put measures durable events in process: "bare" is plain
// INSERTs in group commits, "jobs" adds a row per event in the hook.
func BenchmarkInbox_Put(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		pool, schema := open(b)
		g := bare(b, pool, schema)
		load.Run(b, load.Clients, b.N, func(ctx context.Context, i int) error {
			_, err := g.Do(ctx, []webhook.InboxEvent{load.Event(i)})
			return err
		})
	})
	for name, hooked := range map[string]bool{"inbox": false, "jobs": true} {
		b.Run(name, func(b *testing.B) {
			in := benchInbox(b, hooked)
			load.Run(b, load.Clients, b.N, func(ctx context.Context, i int) error {
				_, err := in.Put(ctx, load.Event(i))
				return err
			})
		})
	}
}

// BenchmarkInbox_HTTP measures the same over TCP with 1 KiB and every fifth
// event repeated.
func BenchmarkInbox_HTTP(b *testing.B) { load.HTTP(b, b.N, benchInbox(b, true)) }

// BenchmarkStore_Once measures Begin and Complete, each a commit of its own.
func BenchmarkStore_Once(b *testing.B) {
	_, schema := open(b)
	s := pgstore.New(connect(b, func(c *pgxpool.Config) { c.MaxConns = 32 }), schema)
	load.Run(b, load.Clients, b.N, func(ctx context.Context, i int) error {
		o, err := s.Begin(ctx, webhook.BeginRequest{Key: fmt.Sprint(i)})
		if err != nil {
			return err
		}
		return s.Complete(ctx, o.Claim, nil, 0)
	})
}

func benchInbox(b *testing.B, hooked bool) *pgstore.Inbox {
	b.Helper()
	pool, schema := open(b)
	_, err := pool.Exec(b.Context(), "CREATE TABLE "+schema+".jobs (id bigserial PRIMARY KEY, kind text, event bigint, due timestamptz DEFAULT now());"+
		"CREATE INDEX ON "+schema+".jobs (due, id)")
	require.NoError(b, err)
	c := pgstore.InboxConfig{Schema: schema}
	if hooked {
		c.Hook = func(ctx context.Context, tx pgx.Tx, events []webhook.Delivery) error {
			ids := make([]int64, len(events))
			for i, e := range events {
				ids[i] = e.ID
			}
			_, err := tx.Exec(ctx, "INSERT INTO "+schema+".jobs (kind, event) SELECT 'work', unnest($1::bigint[])", ids)
			return err
		}
	}
	return pgstore.NewInbox(pool, c)
}

func bare(b *testing.B, pool *pgxpool.Pool, schema string) *groupcommit.Group[webhook.InboxEvent, int] {
	b.Helper()
	_, err := pool.Exec(b.Context(), "CREATE TABLE "+schema+".bare (id bigserial PRIMARY KEY, key text, body bytea)")
	require.NoError(b, err)
	limits := groupcommit.Limits{Batch: 128, Items: 4096, Bytes: 64 << 20, Workers: 2, Timeout: time.Minute}
	return groupcommit.New(limits, func(webhook.InboxEvent) int { return 0 }, func(ctx context.Context, events []webhook.InboxEvent) ([]int, error) {
		keys, bodies := make([]string, len(events)), make([][]byte, len(events))
		for i, e := range events {
			keys[i], bodies[i] = e.Key, e.Body
		}
		_, err := pool.Exec(ctx, "INSERT INTO "+schema+".bare (key, body) SELECT * FROM unnest($1::text[], $2::bytea[])", keys, bodies)
		return make([]int, len(events)), err
	})
}
