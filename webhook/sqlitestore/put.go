package sqlitestore

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/internal/groupcommit"
)

// insert makes a batch durable.
func (in *Inbox) insert(ctx context.Context, events []webhook.InboxEvent) ([]webhook.Receipt, error) {
	s, err := in.batches(ctx)
	if err != nil {
		return nil, err
	}
	receipts := make([]webhook.Receipt, len(events))
	err = inTx(ctx, in.db.DB, func(tx *sql.Tx) error {
		fresh, err := insertAll(ctx, tx, s, events, receipts)
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

// insertAll writes the receipts and returns the events that are new.
func insertAll(ctx context.Context, tx *sql.Tx, s []rows, events []webhook.InboxEvent, receipts []webhook.Receipt) ([]webhook.Delivery, error) {
	first, keys := make(map[string]int, len(events)), make([]int, 0, len(events))
	for i, e := range events {
		if _, again := first[e.Key]; !again {
			first[e.Key], keys = i, append(keys, i)
		}
	}
	for some := range slices.Chunk(keys, s[len(s)-1].n) {
		n, _ := slices.BinarySearchFunc(s, len(some), func(r rows, n int) int { return cmp.Compare(r.n, n) })
		if err := s[n].put(ctx, tx, events, some, receipts); err != nil {
			return nil, err
		}
	}
	fresh, received := make([]webhook.Delivery, 0, len(keys)), time.Now()
	for i, e := range events {
		f := first[e.Key]
		if f == i && !receipts[f].Duplicate {
			fresh = append(fresh, webhook.Delivery{InboxEvent: e, ID: receipts[i].ID, Received: received})
			continue
		}
		body := events[f].Body
		if receipts[f].Duplicate {
			if err := tx.QueryRowContext(ctx, `SELECT body FROM webhook_inbox WHERE id = ?`, receipts[f].ID).Scan(&body); err != nil {
				return nil, fmt.Errorf("read duplicate: %w", err)
			}
		}
		receipts[i] = webhook.Receipt{ID: receipts[f].ID, Duplicate: true, Conflict: !bytes.Equal(body, e.Body)}
	}
	return fresh, nil
}

// rows are statements for up to n events at once, which cost half of n single
// ones. What is left of n is bound as NULL.
type rows struct {
	n            int
	insert, find *sql.Stmt
}

const (
	insertSQL = `WITH event (key, source, body, meta) AS (VALUES %s)
INSERT INTO webhook_inbox (key, source, body, meta, received_at, free_at)
SELECT key, source, body, meta, (SELECT ` + now + `), (SELECT ` + now + `) FROM event WHERE key IS NOT NULL
ON CONFLICT (key) DO NOTHING`

	findSQL = `WITH event (key) AS (VALUES %s)
SELECT inbox.id, inbox.key FROM event CROSS JOIN webhook_inbox AS inbox ON inbox.key = event.key ORDER BY inbox.id`
)

// put inserts the events of the places given, whose keys differ, and writes
// their receipts, as far as id and Duplicate.
func (r rows) put(ctx context.Context, tx *sql.Tx, events []webhook.InboxEvent, places []int, receipts []webhook.Receipt) error {
	const columns = 4
	args := make([]any, columns*r.n)
	for i, p := range places {
		e := &events[p]
		meta, err := metaText(e.Meta)
		if err != nil {
			return err
		}
		copy(args[columns*i:], []any{[]byte(e.Key), e.Source, notNull(e.Body), meta})
	}
	res, err := tx.StmtContext(ctx, r.insert).ExecContext(ctx, args...)
	n, err := affected(res, err)
	if err != nil {
		return err
	}
	if n < len(places) {
		return r.tell(ctx, tx, events, places, n, receipts)
	}
	last, err := res.LastInsertId()
	if err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	for i, p := range places { // AUTOINCREMENT counts up by one where no row was left out
		receipts[p].ID = last - int64(len(places)-1-i)
	}
	return nil
}

// tell writes the receipts of events of which only n are new: those with the
// highest ids, for ids only rise.
func (r rows) tell(ctx context.Context, tx *sql.Tx, events []webhook.InboxEvent, places []int, n int, receipts []webhook.Receipt) error {
	args, place := make([]any, r.n), make(map[string]int, len(places))
	for i, p := range places {
		args[i], place[events[p].Key] = []byte(events[p].Key), p
	}
	found, err := tx.StmtContext(ctx, r.find).QueryContext(ctx, args...)
	if err != nil {
		return fmt.Errorf("read duplicates: %w", err)
	}
	defer found.Close()
	seen := 0
	for ; found.Next(); seen++ {
		var id int64
		var key []byte
		if err := found.Scan(&id, &key); err != nil {
			return fmt.Errorf("read duplicates: %w", err)
		}
		receipts[place[string(key)]] = webhook.Receipt{ID: id, Duplicate: seen < len(places)-n}
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("read duplicates: %w", err)
	}
	if seen != len(places) {
		return fmt.Errorf("read duplicates: %d of %d events are there", seen, len(places))
	}
	return nil
}

// batches prepares the statements, before a transaction takes the connection.
func (in *Inbox) batches(ctx context.Context) ([]rows, error) {
	all := make([]rows, len(batchSQL))
	for i, text := range batchSQL {
		insert, err := in.db.prepare(ctx, text.insert)
		if err != nil {
			return nil, fmt.Errorf("prepare: %w", err)
		}
		find, err := in.db.prepare(ctx, text.find)
		if err != nil {
			return nil, fmt.Errorf("prepare: %w", err)
		}
		all[i] = rows{text.n, insert, find}
	}
	return all, nil
}

var batchSQL = []rowsText{textFor(1), textFor(8), textFor(32), textFor(128)}

type rowsText struct {
	n            int
	insert, find string
}

func textFor(n int) rowsText {
	tuples := func(tuple string) string { return strings.Repeat(tuple+",", n-1) + tuple }
	return rowsText{n, fmt.Sprintf(insertSQL, tuples("(?,?,?,?)")), fmt.Sprintf(findSQL, tuples("(?)"))}
}

func (in *Inbox) runHook(ctx context.Context, tx *sql.Tx, events []webhook.Delivery) error {
	if in.hook == nil || len(events) == 0 {
		return nil
	}
	if err := in.hook(ctx, tx, events); err != nil {
		return groupcommit.Alone(fmt.Errorf("hook: %w", err))
	}
	return nil
}
