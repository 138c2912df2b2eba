package pgstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/internal/groupcommit"
	"github.com/centrala-go/centrala/webhook/internal/meter"
)

// InboxConfig tunes an Inbox. The zero value works.
type InboxConfig struct {
	// Schema holds the tables of Migrate; "" means the search path.
	Schema string
	// Hook runs inside the transaction that inserts events, with the new ones
	// only, in the order of their ids, and inside the one that requeues dead
	// letters. Enqueue jobs in it: one per event, or one for all of them, whose
	// worker calls webhook.WorkIDs. Its error rolls the transaction back and is
	// the error of Put or Requeue, and a panic that of Put; events of others
	// in the same batch are then tried without it.
	// Do not call the network inside: the batch waits.
	Hook func(ctx context.Context, tx pgx.Tx, events []webhook.Delivery) error
	// Batch, Queue and QueueBytes default to webhook.InboxBatch, InboxQueue and
	// InboxBytes.
	Batch, Queue, QueueBytes int
	// Workers is how many batches may be on their way at once. Zero means 2:
	// while one waits for the disk, the next is filled.
	Workers int
}

// Inbox is a webhook.Inbox in PostgreSQL. It needs the tables of Migrate.
// Events of concurrent callers share a transaction.
type Inbox struct {
	pool  *pgxpool.Pool
	hook  func(context.Context, pgx.Tx, []webhook.Delivery) error
	group *groupcommit.Group[webhook.InboxEvent, webhook.Receipt]
	meter meter.Inbox
	sql   inboxSQL
}

var _ webhook.Inbox = (*Inbox)(nil)

// NewInbox returns an inbox on a pool.
func NewInbox(pool *pgxpool.Pool, c InboxConfig) *Inbox {
	in := &Inbox{pool: pool, hook: c.Hook, sql: inboxStatements(c.Schema)}
	in.group = groupcommit.New(groupcommit.Limits{
		Batch: orInt(c.Batch, webhook.InboxBatch), Items: orInt(c.Queue, webhook.InboxQueue),
		Bytes: orInt(c.QueueBytes, webhook.InboxBytes), Workers: orInt(c.Workers, 2), Timeout: 30 * time.Second,
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
		return nil, fmt.Errorf("pgstore: put: %w", err)
	}
	return receipts, nil
}

// insert makes a batch durable.
func (in *Inbox) insert(ctx context.Context, events []webhook.InboxEvent) ([]webhook.Receipt, error) {
	receipts := make([]webhook.Receipt, len(events))
	err := pgx.BeginFunc(ctx, in.pool, func(tx pgx.Tx) error {
		fresh, err := in.insertAll(ctx, tx, events, receipts)
		if err != nil {
			return err
		}
		return in.runHook(ctx, tx, fresh)
	})
	if err != nil {
		return nil, err
	}
	in.meter.Receipts(receipts)
	return receipts, nil
}

func (in *Inbox) insertAll(ctx context.Context, tx pgx.Tx, events []webhook.InboxEvent, receipts []webhook.Receipt) ([]webhook.Delivery, error) {
	ids, received, err := in.insertRows(ctx, tx, events)
	if err != nil {
		return nil, err
	}
	var fresh []webhook.Delivery
	var known []int
	for i, e := range events {
		id, isNew := ids[e.Key]
		if !isNew {
			known = append(known, i)
			continue
		}
		delete(ids, e.Key) // the key's other events in this batch are duplicates
		receipts[i].ID = id
		fresh = append(fresh, webhook.Delivery{InboxEvent: e, ID: id, Received: received})
	}
	return fresh, in.recognise(ctx, tx, events, known, receipts)
}

// insertRows inserts what is new and returns the ids by key, and the time.
func (in *Inbox) insertRows(ctx context.Context, tx pgx.Tx, events []webhook.InboxEvent) (ids map[string]int64, received time.Time, err error) {
	keys, bodies := make([][]byte, len(events)), make([][]byte, len(events))
	sources, metas := make([]string, len(events)), make([]string, len(events))
	for i, e := range events {
		keys[i], bodies[i], sources[i] = []byte(e.Key), notNull(e.Body), e.Source
		meta, err := metaText(e.Meta)
		if err != nil {
			return nil, received, err
		}
		metas[i] = meta
	}
	rows, err := tx.Query(ctx, in.sql.insert, keys, sources, bodies, metas)
	if err != nil {
		return nil, received, fmt.Errorf("insert: %w", err)
	}
	ids = make(map[string]int64, len(events))
	var id int64
	var key []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &key, &received}, func() error {
		ids[string(key)] = id
		return nil
	})
	if err != nil {
		return nil, received, fmt.Errorf("insert: %w", err)
	}
	return ids, received, nil
}

// recognise writes the receipts of the events that were there already.
func (in *Inbox) recognise(ctx context.Context, tx pgx.Tx, events []webhook.InboxEvent, known []int, receipts []webhook.Receipt) error {
	if len(known) == 0 {
		return nil
	}
	keys := make([][]byte, len(known))
	for i, n := range known {
		keys[i] = []byte(events[n].Key)
	}
	rows, err := tx.Query(ctx, in.sql.known, keys)
	if err != nil {
		return fmt.Errorf("read duplicates: %w", err)
	}
	type row struct {
		id  int64
		sum [sha256.Size]byte
	}
	found := make(map[string]row, len(known))
	var id int64
	var key, sum []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &key, &sum}, func() error {
		found[string(key)] = row{id, [sha256.Size]byte(sum)}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read duplicates: %w", err)
	}
	for _, n := range known {
		first, ok := found[events[n].Key] // absent: purged this moment
		receipts[n] = webhook.Receipt{ID: first.id, Duplicate: true, Conflict: ok && first.sum != sha256.Sum256(events[n].Body)}
	}
	return nil
}

func (in *Inbox) runHook(ctx context.Context, tx pgx.Tx, events []webhook.Delivery) error {
	if in.hook == nil || len(events) == 0 {
		return nil
	}
	if err := in.hook(ctx, tx, events); err != nil {
		return groupcommit.Alone(fmt.Errorf("hook: %w", err))
	}
	return nil
}

// Take implements webhook.Inbox.
func (in *Inbox) Take(ctx context.Context, limit int, lease time.Duration) ([]webhook.Delivery, error) {
	return in.deliveries(ctx, in.pool, in.sql.take, limit, rand.Text(), orDefault(lease, webhook.DefaultLease).Milliseconds())
}

// TakeIDs implements webhook.Inbox.
func (in *Inbox) TakeIDs(ctx context.Context, lease time.Duration, ids ...int64) ([]webhook.Delivery, error) {
	return in.deliveries(ctx, in.pool, in.sql.takeIDs, ids, rand.Text(), orDefault(lease, webhook.DefaultLease).Milliseconds())
}

// Load implements webhook.Inbox.
func (in *Inbox) Load(ctx context.Context, id int64) (webhook.Delivery, error) {
	return in.load(ctx, in.pool, id)
}

// LoadTx is Load inside your own transaction on the same database.
func (in *Inbox) LoadTx(ctx context.Context, tx pgx.Tx, id int64) (webhook.Delivery, error) {
	return in.load(ctx, tx, id)
}

func (in *Inbox) load(ctx context.Context, q querier, id int64) (webhook.Delivery, error) {
	d, err := scan(q.QueryRow(ctx, in.sql.load, id))
	if notFound(err) {
		return d, webhook.ErrNotFound
	}
	return d, err
}

// Done implements webhook.Inbox.
func (in *Inbox) Done(ctx context.Context, d webhook.Delivery) error {
	return in.settle(ctx, in.pool, d, 2, webhook.Failure{})
}

// DoneTx is Done inside your own transaction on the same database: the work's
// rows and its end become durable together. Roll back on ErrLeaseLost.
func (in *Inbox) DoneTx(ctx context.Context, tx pgx.Tx, d webhook.Delivery) error {
	return in.settle(ctx, tx, d, 2, webhook.Failure{})
}

// Fail implements webhook.Inbox.
func (in *Inbox) Fail(ctx context.Context, d webhook.Delivery, f webhook.Failure) error {
	return in.fail(ctx, in.pool, d, f)
}

// FailTx is Fail inside your own transaction on the same database.
func (in *Inbox) FailTx(ctx context.Context, tx pgx.Tx, d webhook.Delivery, f webhook.Failure) error {
	return in.fail(ctx, tx, d, f)
}

func (in *Inbox) fail(ctx context.Context, q querier, d webhook.Delivery, f webhook.Failure) error {
	if f.Dead {
		return in.settle(ctx, q, d, 3, f)
	}
	return in.settle(ctx, q, d, 1, f)
}

func (in *Inbox) settle(ctx context.Context, q querier, d webhook.Delivery, state int, f webhook.Failure) error {
	n, err := affected(q.Exec(ctx, in.sql.settle, d.ID, d.Token, state, plain(f.Cause), f.After.Milliseconds()))
	switch {
	case err != nil:
		return err
	case n == 0:
		return webhook.ErrLeaseLost
	case state == 2:
		in.meter.Done()
	default:
		in.meter.Failed()
	}
	return nil
}

// Dead implements webhook.Inbox.
func (in *Inbox) Dead(ctx context.Context, after int64, limit int) ([]webhook.Delivery, error) {
	return in.deliveries(ctx, in.pool, in.sql.dead, after, limit)
}

// Requeue implements webhook.Inbox.
func (in *Inbox) Requeue(ctx context.Context, ids ...int64) (n int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	err = pgx.BeginFunc(ctx, in.pool, func(tx pgx.Tx) error {
		requeued, err := in.deliveries(ctx, tx, in.sql.requeue, ids)
		if err != nil {
			return err
		}
		n = len(requeued)
		return in.runHook(ctx, tx, requeued)
	})
	if err != nil {
		return 0, fmt.Errorf("pgstore: requeue: %w", err)
	}
	return n, nil
}

// Stats implements webhook.Inbox.
func (in *Inbox) Stats(ctx context.Context) (webhook.InboxStats, error) {
	var s webhook.InboxStats
	var oldest int64
	if err := in.pool.QueryRow(ctx, in.sql.stats).Scan(&s.Pending, &s.Dead, &oldest); err != nil {
		return s, fmt.Errorf("pgstore: stats: %w", err)
	}
	s.Oldest = time.Duration(max(oldest, 0)) * time.Millisecond
	in.meter.Fill(&s)
	return s, nil
}

// Purge implements webhook.Inbox.
func (in *Inbox) Purge(ctx context.Context, age time.Duration, limit int) (int, error) {
	return affected(in.pool.Exec(ctx, in.sql.purge, age.Milliseconds(), limit))
}

// deliveries reads rows in the order of their ids: RETURNING promises none.
func (in *Inbox) deliveries(ctx context.Context, q querier, query string, args ...any) ([]webhook.Delivery, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("pgstore: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (webhook.Delivery, error) { return scan(row) })
	if err != nil {
		return nil, fmt.Errorf("pgstore: %w", err)
	}
	slices.SortFunc(all, func(a, b webhook.Delivery) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

func scan(row pgx.Row) (d webhook.Delivery, err error) {
	var key []byte
	var meta string
	if err := row.Scan(&d.ID, &key, &d.Source, &d.Body, &meta, &d.Attempt, &d.Token, &d.Cause, &d.Received); err != nil {
		return d, fmt.Errorf("pgstore: %w", err)
	}
	d.Key = string(key)
	if meta != "" {
		err = json.Unmarshal([]byte(meta), &d.Meta)
	}
	return d, err
}

func metaText(meta map[string]string) (string, error) {
	if len(meta) == 0 {
		return "", nil
	}
	text, err := json.Marshal(meta)
	if err != nil {
		return "", fmt.Errorf("meta: %w", err)
	}
	return string(text), nil
}

func orInt(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}
