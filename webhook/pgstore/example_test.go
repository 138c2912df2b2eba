package pgstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/pgstore"
)

// pool is yours; no connection is made before it is used, and the examples,
// which run without a server, do not use it.
func pool() *pgxpool.Pool {
	p, err := pgxpool.New(context.Background(), "postgres://localhost/shop")
	if err != nil {
		panic(err)
	}
	return p
}

func ExampleMigrate() {
	start := func(ctx context.Context, pool *pgxpool.Pool) (*pgstore.Store, *pgstore.Inbox, error) {
		if err := pgstore.Migrate(ctx, pool, "webhooks"); err != nil {
			return nil, nil, err
		}
		return pgstore.New(pool, "webhooks"), pgstore.NewInbox(pool, pgstore.InboxConfig{Schema: "webhooks"}), nil
	}
	fmt.Printf("%t\n", start != nil)
	fmt.Println(pgstore.Migrate(context.Background(), pool(), "Web Hooks"))
	// Output:
	// true
	// pgstore: schema "Web Hooks" is no plain lower-case name
}

// The result of the work and the work's own rows become durable together.
func ExampleNew() {
	db := pool()
	defer db.Close()
	s := pgstore.New(db, "webhooks")
	invoice := func(ctx context.Context, order string) (string, error) {
		o := webhook.OnceOptions{Commit: func(ctx context.Context, c webhook.Claim, result []byte, ttl time.Duration) error {
			return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, "INSERT INTO invoices (document) VALUES ($1)", result); err != nil {
					return err
				}
				return s.CompleteTx(ctx, tx, c, result, ttl)
			})
		}}
		return webhook.Once(ctx, s, webhook.JoinKey("order", order, "invoice"), o, makeInvoice)
	}
	fmt.Printf("%T\n", invoice)
	// Output: func(context.Context, string) (string, error)
}

func makeInvoice(context.Context, webhook.Attempt) (string, error) { return "F-2026-11", nil }

// By hand: what Once does, for work that needs the pieces.
func ExampleStore_Begin() {
	run := func(ctx context.Context, s *pgstore.Store, key string) error {
		o, err := s.Begin(ctx, webhook.BeginRequest{Key: key})
		if err != nil {
			return err
		}
		if err := s.Extend(ctx, o.Claim, time.Minute); err != nil {
			return err
		}
		if err := s.Release(ctx, o.Claim, webhook.Release{Final: true, Cause: "refused"}); err != nil {
			return err
		}
		if err := s.Reopen(ctx, key); err != nil {
			return err
		}
		outcomes, err := s.BeginBatch(ctx, []webhook.BeginRequest{{Key: key}})
		if err != nil {
			return err
		}
		if err := s.Complete(ctx, outcomes[0].Claim, []byte("result"), time.Hour); err != nil {
			return err
		}
		_, err = s.Purge(ctx, 1000)
		return err
	}
	fmt.Printf("%T\n", run)
	// Output: func(context.Context, *pgstore.Store, string) error
}

// A job per event, enqueued in the transaction that stores it, and ended in the
// transaction that does its work.
func ExampleNewInbox() {
	db := pool()
	defer db.Close()
	in := pgstore.NewInbox(db, pgstore.InboxConfig{
		Schema: "webhooks",
		Hook: func(ctx context.Context, tx pgx.Tx, events []webhook.Delivery) error {
			for _, e := range events {
				if _, err := tx.Exec(ctx, "INSERT INTO jobs (event) VALUES ($1)", e.ID); err != nil {
					return err
				}
			}
			return nil
		},
	})
	job := func(ctx context.Context, event int64) error {
		return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
			d, err := in.LoadTx(ctx, tx, event)
			if err != nil {
				return err
			}
			if len(d.Body) == 0 {
				return in.FailTx(ctx, tx, d, webhook.Failure{Dead: true, Cause: "body is empty"})
			}
			return in.DoneTx(ctx, tx, d)
		})
	}
	fmt.Printf("%T\n", job)
	// Output: func(context.Context, int64) error
}

func ExampleInbox_Take() {
	run := func(ctx context.Context, in *pgstore.Inbox) error {
		if _, err := in.Put(ctx, webhook.InboxEvent{Source: "shop", Key: "shop/1"}); err != nil {
			return err
		}
		ds, err := in.Take(ctx, 10, time.Minute)
		if err != nil || len(ds) == 0 {
			return err
		}
		if err := in.Fail(ctx, ds[0], webhook.Failure{Dead: true}); err != nil {
			return err
		}
		letters, err := in.Dead(ctx, 0, 100)
		if err != nil {
			return err
		}
		if _, err := in.Requeue(ctx, letters[0].ID); err != nil {
			return err
		}
		d, err := in.Load(ctx, letters[0].ID)
		if err != nil {
			return err
		}
		if err := in.Done(ctx, d); err != nil {
			return err
		}
		if _, err := in.Stats(ctx); err != nil {
			return err
		}
		_, err = in.Purge(ctx, webhook.DefaultTTL, 1000)
		return err
	}
	fmt.Printf("%T\n", run)
	// Output: func(context.Context, *pgstore.Inbox) error
}
