package sqlitestore_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

// database opens a new database in a folder of its own.
func database(ctx context.Context) (db *sql.DB, done func(), err error) {
	dir, err := os.MkdirTemp("", "webhook")
	if err != nil {
		return nil, nil, err
	}
	db, err = sqlitestore.Open(ctx, "sqlite", filepath.Join(dir, "webhook.db"))
	if err != nil {
		return nil, nil, err
	}
	return db, func() { _, _ = db.Close(), os.RemoveAll(dir) }, sqlitestore.Migrate(ctx, db)
}

func ExampleDSN() {
	fmt.Println(sqlitestore.DSN("/var/lib/shop/webhook.db"))
	// Output: file:/var/lib/shop/webhook.db?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_txlock=immediate
}

func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "webhook")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	db, err := sqlitestore.Open(ctx, "sqlite", filepath.Join(dir, "webhook.db")) // the name modernc.org/sqlite registers
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	fmt.Println(sqlitestore.Migrate(ctx, db))
	// Output: <nil>
}

// The result of the work and the work's own rows become durable together.
func ExampleNew() {
	ctx := context.Background()
	db, done, err := database(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	if _, err := db.ExecContext(ctx, "CREATE TABLE invoices (number TEXT)"); err != nil {
		fmt.Println(err)
		return
	}
	s := sqlitestore.New(db)
	o := webhook.OnceOptions{Commit: func(ctx context.Context, c webhook.Claim, result []byte, ttl time.Duration) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.ExecContext(ctx, "INSERT INTO invoices VALUES (?)", string(result)); err != nil {
			return err
		}
		if err := s.CompleteTx(ctx, tx, c, result, ttl); err != nil {
			return err
		}
		return tx.Commit()
	}}
	for range 2 {
		number, err := webhook.Once(ctx, s, "order/7/invoice", o, func(context.Context, webhook.Attempt) (string, error) {
			fmt.Println("the vendor makes an invoice")
			return "F-2026-11", nil
		})
		fmt.Println(number, err)
	}
	// Output:
	// the vendor makes an invoice
	// F-2026-11 <nil>
	// F-2026-11 <nil>
}

// A receiver whose events wait in the inbox, each with a job that the hook
// enqueues in the same transaction.
func ExampleNewInbox() {
	ctx := context.Background()
	db, done, err := database(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	var jobs []int64 // stands for a job queue in the same database
	in := sqlitestore.NewInbox(db, sqlitestore.InboxConfig{
		Hook: func(_ context.Context, _ *sql.Tx, events []webhook.Delivery) error {
			for _, e := range events {
				jobs = append(jobs, e.ID)
			}
			return nil
		},
	})
	h, err := webhook.NewHandler(webhook.Config{Source: "shop", AllowUnverified: true, Inbox: in}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, body := range []string{"a", "a", "b"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(body)))
		fmt.Println(w.Code)
	}
	for _, id := range jobs {
		fmt.Println(work(ctx, db, in, id))
	}
	stats, err := in.Stats(ctx)
	fmt.Println(stats.Stored, stats.Duplicates, stats.Pending, err)
	// Output:
	// 200
	// 200
	// 200
	// working on a
	// <nil>
	// working on b
	// <nil>
	// 2 1 0 <nil>
}

// One job for all new events of a transaction, where they come in thousands:
// attempts and dead letters are the inbox's.
func ExampleInbox_TakeIDs() {
	ctx := context.Background()
	db, done, err := database(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	var jobs [][]int64 // stands for a job queue in the same database
	in := sqlitestore.NewInbox(db, sqlitestore.InboxConfig{
		Hook: func(_ context.Context, _ *sql.Tx, events []webhook.Delivery) error {
			ids := make([]int64, len(events))
			for i, e := range events {
				ids[i] = e.ID
			}
			jobs = append(jobs, ids)
			return nil
		},
	})
	if _, err := in.Put(ctx, webhook.InboxEvent{Source: "shop", Key: "1"}, webhook.InboxEvent{Source: "shop", Key: "2"}); err != nil {
		fmt.Println(err)
		return
	}
	again, err := webhook.WorkIDs(ctx, in, webhook.WorkOptions{}, jobs[0], func(_ context.Context, d webhook.Delivery) error {
		if d.Key == "2" {
			return webhook.GiveUp(fmt.Errorf("cannot read %q", d.Body))
		}
		return nil
	})
	fmt.Println(again, err)
	letters, err := in.Dead(ctx, 0, 10)
	fmt.Println(letters[0].Key, err)
	taken, err := in.TakeIDs(ctx, time.Minute, jobs[0]...)
	fmt.Println(len(taken), err)
	// Output:
	// 0s <nil>
	// 2 <nil>
	// 0 <nil>
}

// work is a job: what it does and the end of its event are one transaction.
func work(ctx context.Context, db *sql.DB, in *sqlitestore.Inbox, id int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	d, err := in.LoadTx(ctx, tx, id)
	if err != nil {
		return err
	}
	fmt.Printf("working on %s\n", d.Body)
	if err := in.DoneTx(ctx, tx, d); err != nil {
		return err
	}
	return tx.Commit()
}

// Without a job queue, Work takes the events from the inbox.
func ExampleInbox() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	db, done, err := database(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	in := sqlitestore.NewInbox(db, sqlitestore.InboxConfig{})
	if _, err := in.Put(ctx, webhook.InboxEvent{Source: "shop", Key: "shop/1", Body: []byte("poison")}); err != nil {
		fmt.Println(err)
		return
	}
	webhook.Work(ctx, in, webhook.WorkOptions{}, func(_ context.Context, d webhook.Delivery) error {
		defer cancel()
		return webhook.GiveUp(fmt.Errorf("cannot read %q", d.Body))
	})
	ctx = context.WithoutCancel(ctx)
	letters, err := in.Dead(ctx, 0, 10)
	fmt.Println(len(letters), err)
	fmt.Println(in.Requeue(ctx, letters[0].ID))
	// Output:
	// 1 <nil>
	// 1 <nil>
}

// The same by hand.
func ExampleInbox_Take() {
	ctx := context.Background()
	db, done, err := database(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	in := sqlitestore.NewInbox(db, sqlitestore.InboxConfig{})
	receipts, err := in.Put(ctx, webhook.InboxEvent{Source: "shop", Key: "1"}, webhook.InboxEvent{Source: "shop", Key: "2"})
	fmt.Println(len(receipts), err)
	ds, err := in.Take(ctx, 10, time.Minute)
	fmt.Println(len(ds), err)
	fmt.Println(in.Done(ctx, ds[0]))
	fmt.Println(in.Fail(ctx, ds[1], webhook.Failure{After: time.Hour, Cause: "vendor down"}))
	resting, err := in.Load(ctx, ds[1].ID)
	fmt.Println(resting.Cause, err)
	fmt.Println(bury(ctx, db, in, resting))
	fmt.Println(in.Purge(ctx, webhook.DefaultTTL, 1000))
	// Output:
	// 2 <nil>
	// 2 <nil>
	// <nil>
	// <nil>
	// vendor down <nil>
	// <nil>
	// 0 <nil>
}

// bury makes an event a dead letter, beside whatever else is written about it.
func bury(ctx context.Context, db *sql.DB, in *sqlitestore.Inbox, d webhook.Delivery) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := in.FailTx(ctx, tx, d, webhook.Failure{Dead: true, Cause: "not readable"}); err != nil {
		return err
	}
	return tx.Commit()
}

func ExampleStore_Begin() {
	ctx := context.Background()
	db, done, err := database(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	s := sqlitestore.New(db)
	o, err := s.Begin(ctx, webhook.BeginRequest{Key: "k", Lease: time.Minute})
	fmt.Println(o.State, err)
	fmt.Println(s.Extend(ctx, o.Claim, time.Hour))
	fmt.Println(s.Release(ctx, o.Claim, webhook.Release{Final: true}))
	fmt.Println(s.Complete(ctx, o.Claim, nil, 0))
	fmt.Println(s.Reopen(ctx, "k"))
	outcomes, err := s.BeginBatch(ctx, []webhook.BeginRequest{{Key: "k"}, {Key: "l"}})
	fmt.Println(outcomes[0].Claim.Attempt, outcomes[1].Claim.Attempt, err)
	fmt.Println(s.Purge(ctx, 1000))
	// Output:
	// acquired <nil>
	// <nil>
	// <nil>
	// webhook: lease lost
	// <nil>
	// 2 1 <nil>
	// 0 <nil>
}
