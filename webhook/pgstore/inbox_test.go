package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/pgstore"
	"github.com/centrala-go/centrala/webhook/webhooktest"
)

// agedInbox is an inbox that knows its tables, so that tests can let time pass.
type agedInbox struct {
	*pgstore.Inbox
	pool   *pgxpool.Pool
	schema string
}

func TestInbox(t *testing.T) {
	t.Parallel()
	webhooktest.TestInbox(t, webhooktest.InboxHarness{
		New: func(t *testing.T, hook func([]webhook.Delivery) error) webhook.Inbox {
			pool, schema := open(t)
			return agedInbox{pgstore.NewInbox(pool, pgstore.InboxConfig{
				Schema: schema,
				Hook:   func(_ context.Context, _ pgx.Tx, events []webhook.Delivery) error { return hook(events) },
			}), pool, schema}
		},
		Advance: func(t *testing.T, in webhook.Inbox, d time.Duration) {
			a := in.(agedInbox)
			_, err := a.pool.Exec(t.Context(), "UPDATE "+a.schema+`.webhook_inbox SET free_at = free_at - $1::interval,
				received_at = received_at - $1::interval, settled_at = settled_at - $1::interval`, d)
			require.NoError(t, err)
		},
	})
}

// TestInbox_OneTransaction shows that the hook's rows, and those beside Done,
// stand and fall with the event.
func TestInbox_OneTransaction(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	pool, schema := open(t)
	jobs := schema + ".jobs"
	_, err := pool.Exec(ctx, "CREATE TABLE "+jobs+" (event bigint)")
	require.NoError(t, err)
	fail := errors.New("no")
	in := pgstore.NewInbox(pool, pgstore.InboxConfig{Schema: schema, Hook: func(ctx context.Context, tx pgx.Tx, events []webhook.Delivery) error {
		for _, e := range events {
			if _, err := tx.Exec(ctx, "INSERT INTO "+jobs+" VALUES ($1)", e.ID); err != nil {
				return err
			}
		}
		return fail
	}})
	count := func() (n int) {
		require.NoError(t, pool.QueryRow(ctx, "SELECT count(*) FROM "+jobs).Scan(&n))
		return n
	}
	e := webhook.InboxEvent{Source: "s", Key: "k"}
	_, err = in.Put(ctx, e)
	require.ErrorIs(t, err, fail)
	require.Zero(t, count())
	fail = nil
	rs, err := in.Put(ctx, e)
	require.NoError(t, err)
	require.Equal(t, 1, count())

	regret := errors.New("regret")
	work := func(last error) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			d, err := in.LoadTx(ctx, tx, rs[0].ID)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "DELETE FROM "+jobs); err != nil {
				return err
			}
			return errors.Join(in.DoneTx(ctx, tx, d), last)
		})
	}
	require.ErrorIs(t, work(regret), regret)
	require.Equal(t, 1, count())
	require.NoError(t, work(nil))
	require.Zero(t, count())
	require.ErrorIs(t, work(nil), webhook.ErrNotFound)
}

// TestInbox_OppositeOrders lets two inboxes, as of two processes, store the same
// events in opposite orders: neither may wait for the other in a circle.
func TestInbox_OppositeOrders(t *testing.T) {
	t.Parallel()
	pool, schema := open(t)
	var all sync.WaitGroup
	for g := range 4 {
		in := pgstore.NewInbox(pool, pgstore.InboxConfig{Schema: schema, Batch: 3000})
		all.Go(func() {
			for round := range 4 {
				events := make([]webhook.InboxEvent, 3000) // long enough to meet
				for i := range events {
					n := i
					if g%2 == 1 {
						n = len(events) - 1 - i
					}
					events[i] = webhook.InboxEvent{Source: "s", Key: fmt.Sprint(round, "-", n)}
				}
				if _, err := in.Put(t.Context(), events...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var n int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM "+schema+".webhook_inbox").Scan(&n))
	require.Equal(t, 12_000, n)
}
