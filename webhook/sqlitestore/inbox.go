package sqlitestore

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/internal/groupcommit"
	"github.com/centrala-go/centrala/webhook/internal/meter"
)

// InboxConfig tunes an Inbox. The zero value works.
type InboxConfig struct {
	// Hook runs inside the transaction that inserts events, with the new ones
	// only, in the order of their ids, and inside the one that requeues dead
	// letters. Enqueue jobs in it: one per event, or one for all of them, whose
	// worker calls webhook.WorkIDs. Its error rolls the transaction back and is
	// the error of Put or Requeue, and a panic that of Put; events of others
	// in the same batch are then tried without it.
	// Never use the *sql.DB or the network inside: everybody waits.
	Hook func(ctx context.Context, tx *sql.Tx, events []webhook.Delivery) error
	// Batch, Queue and QueueBytes default to webhook.InboxBatch, InboxQueue and
	// InboxBytes.
	Batch, Queue, QueueBytes int
}

// Inbox is a webhook.Inbox in SQLite. It needs the tables of Migrate. Events of
// concurrent callers share a transaction, and with it the wait for the disk.
type Inbox struct {
	db    *kept
	hook  func(context.Context, *sql.Tx, []webhook.Delivery) error
	group *groupcommit.Group[webhook.InboxEvent, webhook.Receipt]
	meter meter.Inbox
}

var _ webhook.Inbox = (*Inbox)(nil)

// NewInbox returns an inbox on db, preferably one that Open returned.
func NewInbox(db *sql.DB, c InboxConfig) *Inbox {
	in := &Inbox{db: keep(db), hook: c.Hook}
	in.group = groupcommit.New(groupcommit.Limits{
		Batch: orInt(c.Batch, webhook.InboxBatch), Items: orInt(c.Queue, webhook.InboxQueue),
		Bytes: orInt(c.QueueBytes, webhook.InboxBytes), Workers: 1, Timeout: 30 * time.Second,
	}, func(e webhook.InboxEvent) int { return len(e.Body) }, in.insert)
	return in
}

// Put implements webhook.Inbox.
func (in *Inbox) Put(ctx context.Context, events ...webhook.InboxEvent) ([]webhook.Receipt, error) {
	for i := range events {
		if err := events[i].Validate(); err != nil {
			return nil, err
		}
	}
	receipts, err := in.group.Do(ctx, events)
	if errors.Is(err, groupcommit.ErrFull) {
		in.meter.Refused(len(events))
		return nil, webhook.ErrFull
	}
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: put: %w", err)
	}
	return receipts, nil
}

const deliveryColumns = `id, key, source, body, meta, attempt, token, cause, received_at`

// Take implements webhook.Inbox.
func (in *Inbox) Take(ctx context.Context, limit int, lease time.Duration) ([]webhook.Delivery, error) {
	rows, err := in.db.QueryContext(ctx, `UPDATE webhook_inbox
		SET attempt = attempt + 1, token = ?1, free_at = `+now+` + ?2
		WHERE id IN (SELECT id FROM webhook_inbox WHERE state = 1 AND free_at <= `+now+` ORDER BY free_at, id LIMIT ?3)
		RETURNING `+deliveryColumns, rand.Text(), orDefault(lease, webhook.DefaultLease).Milliseconds(), limit)
	return deliveries(rows, err)
}

// TakeIDs implements webhook.Inbox.
func (in *Inbox) TakeIDs(ctx context.Context, lease time.Duration, ids ...int64) ([]webhook.Delivery, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: take: %w", err)
	}
	rows, err := in.db.QueryContext(ctx, `UPDATE webhook_inbox
		SET attempt = attempt + 1, token = ?1, free_at = `+now+` + ?2
		WHERE state = 1 AND free_at <= `+now+` AND id IN (SELECT value FROM json_each(?3))
		RETURNING `+deliveryColumns, rand.Text(), orDefault(lease, webhook.DefaultLease).Milliseconds(), string(list))
	return deliveries(rows, err)
}

// Load implements webhook.Inbox.
func (in *Inbox) Load(ctx context.Context, id int64) (webhook.Delivery, error) {
	return load(ctx, in.db, id)
}

// LoadTx is Load inside your own transaction on the same database.
func (in *Inbox) LoadTx(ctx context.Context, tx *sql.Tx, id int64) (webhook.Delivery, error) {
	return load(ctx, tx, id)
}

func load(ctx context.Context, q querier, id int64) (webhook.Delivery, error) {
	d, err := scan(q.QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM webhook_inbox WHERE id = ? AND state = 1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return d, webhook.ErrNotFound
	}
	return d, err
}

// Done implements webhook.Inbox.
func (in *Inbox) Done(ctx context.Context, d webhook.Delivery) error { return in.done(ctx, in.db, d) }

// DoneTx is Done inside your own transaction on the same database: the work's
// rows and its end become durable together. Roll back on ErrLeaseLost.
func (in *Inbox) DoneTx(ctx context.Context, tx *sql.Tx, d webhook.Delivery) error {
	return in.done(ctx, tx, d)
}

func (in *Inbox) done(ctx context.Context, q querier, d webhook.Delivery) error {
	err := settle(ctx, q, d, `UPDATE webhook_inbox SET state = 2, cause = '', settled_at = `+now)
	if err == nil {
		in.meter.Done()
	}
	return err
}

// Fail implements webhook.Inbox.
func (in *Inbox) Fail(ctx context.Context, d webhook.Delivery, f webhook.Failure) error {
	return in.fail(ctx, in.db, d, f)
}

// FailTx is Fail inside your own transaction on the same database.
func (in *Inbox) FailTx(ctx context.Context, tx *sql.Tx, d webhook.Delivery, f webhook.Failure) error {
	return in.fail(ctx, tx, d, f)
}

func (in *Inbox) fail(ctx context.Context, q querier, d webhook.Delivery, f webhook.Failure) (err error) {
	if f.Dead {
		err = settle(ctx, q, d, `UPDATE webhook_inbox SET state = 3, cause = ?, settled_at = `+now, f.Cause)
	} else {
		err = settle(ctx, q, d, `UPDATE webhook_inbox SET token = '', cause = ?, free_at = `+now+` + ?`, f.Cause, f.After.Milliseconds())
	}
	if err == nil {
		in.meter.Failed()
	}
	return err
}

// settle runs an update on the event if the delivery still owns it.
func settle(ctx context.Context, q querier, d webhook.Delivery, update string, args ...any) error {
	n, err := affected(q.ExecContext(ctx, update+` WHERE id = ? AND token = ? AND state = 1`, append(args, d.ID, d.Token)...))
	if err == nil && n == 0 {
		return webhook.ErrLeaseLost
	}
	return err
}

// Dead implements webhook.Inbox.
func (in *Inbox) Dead(ctx context.Context, after int64, limit int) ([]webhook.Delivery, error) {
	rows, err := in.db.QueryContext(ctx, `SELECT `+deliveryColumns+` FROM webhook_inbox
		WHERE state = 3 AND id > ? ORDER BY id LIMIT ?`, after, limit)
	return deliveries(rows, err)
}

// Requeue implements webhook.Inbox.
func (in *Inbox) Requeue(ctx context.Context, ids ...int64) (n int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	err = inTx(ctx, in.db.DB, func(tx *sql.Tx) error {
		list, err := json.Marshal(ids)
		if err != nil {
			return fmt.Errorf("sqlitestore: requeue: %w", err)
		}
		rows, err := tx.QueryContext(ctx, `UPDATE webhook_inbox
			SET state = 1, attempt = 0, token = '', settled_at = NULL, free_at = `+now+`
			WHERE state = 3 AND id IN (SELECT value FROM json_each(?))
			RETURNING `+deliveryColumns, string(list))
		requeued, err := deliveries(rows, err)
		if err != nil {
			return err
		}
		n = len(requeued)
		return in.runHook(ctx, tx, requeued)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// Stats implements webhook.Inbox.
func (in *Inbox) Stats(ctx context.Context) (webhook.InboxStats, error) {
	var s webhook.InboxStats
	var oldest int64
	err := in.db.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM webhook_inbox WHERE state = 1),
		(SELECT count(*) FROM webhook_inbox WHERE state = 3),
		(SELECT coalesce(`+now+` - min(received_at), 0) FROM webhook_inbox WHERE state = 1)`).
		Scan(&s.Pending, &s.Dead, &oldest)
	if err != nil {
		return s, fmt.Errorf("sqlitestore: stats: %w", err)
	}
	s.Oldest = time.Duration(max(oldest, 0)) * time.Millisecond
	in.meter.Fill(&s)
	return s, nil
}

// Purge implements webhook.Inbox.
func (in *Inbox) Purge(ctx context.Context, age time.Duration, limit int) (int, error) {
	return affected(in.db.ExecContext(ctx, `DELETE FROM webhook_inbox WHERE id IN
		(SELECT id FROM webhook_inbox WHERE state = 2 AND settled_at <= `+now+` - ? LIMIT ?)`, age.Milliseconds(), limit))
}

// deliveries reads rows in the order of their ids: RETURNING promises none.
func deliveries(rows *sql.Rows, err error) (all []webhook.Delivery, _ error) {
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		d, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqlitestore: %w", err)
	}
	slices.SortFunc(all, func(a, b webhook.Delivery) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

func scan(row interface{ Scan(...any) error }) (d webhook.Delivery, err error) {
	var key []byte
	var meta string
	var received int64
	if err := row.Scan(&d.ID, &key, &d.Source, &d.Body, &meta, &d.Attempt, &d.Token, &d.Cause, &received); err != nil {
		return d, fmt.Errorf("sqlitestore: %w", err)
	}
	d.Key, d.Received = string(key), time.UnixMilli(received)
	if meta != "" {
		err = json.NewDecoder(strings.NewReader(meta)).Decode(&d.Meta)
	}
	return d, err
}

func metaText(meta map[string]string) (string, error) {
	if len(meta) == 0 {
		return "", nil
	}
	text, err := json.Marshal(meta)
	if err != nil {
		return "", fmt.Errorf("sqlitestore: meta: %w", err)
	}
	return string(text), nil
}

func orInt(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}
