package sqlitestore_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
	"github.com/centrala-go/centrala/webhook/webhooktest"
)

// agedInbox is an inbox that knows its database, so that tests can let time pass.
type agedInbox struct {
	*sqlitestore.Inbox
	db *sql.DB
}

func TestInbox(t *testing.T) {
	t.Parallel()
	webhooktest.TestInbox(t, webhooktest.InboxHarness{
		New: func(t *testing.T, hook func([]webhook.Delivery) error) webhook.Inbox {
			db := open(t)
			return agedInbox{sqlitestore.NewInbox(db, sqlitestore.InboxConfig{
				Hook: func(_ context.Context, _ *sql.Tx, events []webhook.Delivery) error { return hook(events) },
			}), db}
		},
		Advance: func(t *testing.T, in webhook.Inbox, d time.Duration) {
			_, err := in.(agedInbox).db.ExecContext(t.Context(), `UPDATE webhook_inbox
				SET free_at = free_at - ?1, received_at = received_at - ?1, settled_at = settled_at - ?1`, d.Milliseconds())
			require.NoError(t, err)
		},
	})
}

// TestInbox_OneTransaction shows that the hook's rows, and those beside Done,
// stand and fall with the event.
func TestInbox_OneTransaction(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), open(t)
	_, err := db.ExecContext(ctx, "CREATE TABLE jobs (event INTEGER)")
	require.NoError(t, err)
	fail := errors.New("no")
	in := sqlitestore.NewInbox(db, sqlitestore.InboxConfig{Hook: func(ctx context.Context, tx *sql.Tx, events []webhook.Delivery) error {
		for _, e := range events {
			if _, err := tx.ExecContext(ctx, "INSERT INTO jobs VALUES (?)", e.ID); err != nil {
				return err
			}
		}
		return fail
	}})
	count := func(query string) (n int) {
		require.NoError(t, db.QueryRowContext(ctx, query).Scan(&n))
		return n
	}
	e := webhook.InboxEvent{Source: "s", Key: "k"}
	_, err = in.Put(ctx, e)
	require.ErrorIs(t, err, fail)
	require.Zero(t, count("SELECT count(*) FROM jobs"))
	fail = nil
	rs, err := in.Put(ctx, e)
	require.NoError(t, err)
	require.Equal(t, 1, count("SELECT count(*) FROM jobs"))

	work := func(commit bool) error {
		tx, err := db.BeginTx(ctx, nil)
		require.NoError(t, err)
		defer func() { _ = tx.Rollback() }()
		d, err := in.LoadTx(ctx, tx, rs[0].ID)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM jobs"); err != nil {
			return err
		}
		if err := in.DoneTx(ctx, tx, d); err != nil || !commit {
			return err
		}
		return tx.Commit()
	}
	require.NoError(t, work(false))
	require.Equal(t, 1, count("SELECT count(*) FROM jobs"))
	require.NoError(t, work(true))
	require.Zero(t, count("SELECT count(*) FROM jobs"))
	require.ErrorIs(t, work(true), webhook.ErrNotFound)
}

func TestInbox_Full(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan bool, 2), make(chan bool)
	in := sqlitestore.NewInbox(open(t), sqlitestore.InboxConfig{Queue: 1, Hook: func(context.Context, *sql.Tx, []webhook.Delivery) error {
		entered <- true
		<-leave
		return nil
	}})
	put := func(key string) error {
		_, err := in.Put(t.Context(), webhook.InboxEvent{Source: "s", Key: key})
		return err
	}
	first := make(chan error)
	go func() { first <- put("first") }()
	<-entered
	require.ErrorIs(t, put("second"), webhook.ErrFull)
	close(leave)
	require.NoError(t, <-first)
	require.NoError(t, put("second"))
	stats, err := in.Stats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, stats.Refused)
	require.EqualValues(t, 2, stats.Stored)
}
