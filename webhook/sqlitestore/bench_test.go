package sqlitestore_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/internal/groupcommit"
	"github.com/centrala-go/centrala/webhook/internal/load"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

// BenchmarkInbox_Put measures durable events in process: "bare" is plain
// INSERTs in group commits, "jobs" adds a row per event in the hook.
func BenchmarkInbox_Put(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		g := bare(b, open(b))
		load.Run(b, load.Clients, b.N, func(ctx context.Context, i int) error {
			_, err := g.Do(ctx, []webhook.InboxEvent{load.Event(i)})
			return err
		})
	})
	for name, c := range map[string]sqlitestore.InboxConfig{"inbox": {}, "jobs": {Hook: enqueue}} {
		b.Run(name, func(b *testing.B) {
			in := benchInbox(b, c)
			load.Run(b, load.Clients, b.N, func(ctx context.Context, i int) error {
				_, err := in.Put(ctx, load.Event(i))
				return err
			})
		})
	}
}

// BenchmarkInbox_HTTP measures the same over TCP with 1 KiB and every fifth
// event repeated.
func BenchmarkInbox_HTTP(b *testing.B) {
	load.HTTP(b, b.N, benchInbox(b, sqlitestore.InboxConfig{Hook: enqueue}))
}

// BenchmarkStore_Once measures Begin and Complete, each a commit of its own.
func BenchmarkStore_Once(b *testing.B) {
	s := sqlitestore.New(open(b))
	load.Run(b, load.Clients, b.N, func(ctx context.Context, i int) error {
		o, err := s.Begin(ctx, webhook.BeginRequest{Key: fmt.Sprint(i)})
		if err != nil {
			return err
		}
		return s.Complete(ctx, o.Claim, nil, 0)
	})
}

func benchInbox(b *testing.B, c sqlitestore.InboxConfig) *sqlitestore.Inbox {
	b.Helper()
	db := open(b)
	_, err := db.ExecContext(b.Context(), "CREATE TABLE jobs (id INTEGER PRIMARY KEY, kind TEXT, event INTEGER, due INTEGER); CREATE INDEX due ON jobs (due, id)")
	require.NoError(b, err)
	return sqlitestore.NewInbox(db, c)
}

func enqueue(ctx context.Context, tx *sql.Tx, events []webhook.Delivery) error {
	stmt, err := tx.PrepareContext(ctx, "INSERT INTO jobs (kind, event, due) VALUES ('work', ?, 0)")
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, e := range events {
		if _, err := stmt.ExecContext(ctx, e.ID); err != nil {
			return err
		}
	}
	return nil
}

func bare(b *testing.B, db *sql.DB) *groupcommit.Group[webhook.InboxEvent, int] {
	b.Helper()
	_, err := db.ExecContext(b.Context(), "CREATE TABLE bare (id INTEGER PRIMARY KEY, key TEXT, body BLOB)")
	require.NoError(b, err)
	limits := groupcommit.Limits{Batch: 128, Items: 4096, Bytes: 64 << 20, Workers: 1, Timeout: time.Minute}
	return groupcommit.New(limits, func(webhook.InboxEvent) int { return 0 }, func(ctx context.Context, events []webhook.InboxEvent) ([]int, error) {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return nil, err
		}
		defer func() { _ = tx.Rollback() }()
		stmt, err := tx.PrepareContext(ctx, "INSERT INTO bare (key, body) VALUES (?, ?)")
		if err != nil {
			return nil, err
		}
		defer stmt.Close()
		for _, e := range events {
			if _, err := stmt.ExecContext(ctx, e.Key, e.Body); err != nil {
				return nil, err
			}
		}
		return make([]int, len(events)), tx.Commit()
	})
}
