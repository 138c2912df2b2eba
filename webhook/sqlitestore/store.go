package sqlitestore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

// Store is a webhook.Store in SQLite. It needs the tables of Migrate.
type Store struct {
	db *kept
}

var _ webhook.Store = (*Store)(nil)

// New returns a store on db, preferably one that Open returned.
func New(db *sql.DB) *Store { return &Store{keep(db)} }

// now is the database's clock in milliseconds.
const now = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`

// The states of a key; 1 is claimed.
const (
	released = 2
	done     = 3
	dead     = 4
)

// beginSQL inserts a key, starts an expired one afresh, or takes over one that
// is free. The row it returns is the caller's claim; no row, no claim.
const beginSQL = `
INSERT INTO webhook_keys AS k (key, fingerprint, state, token, attempt, free_at, expires_at)
VALUES (?1, ?2, 1, ?3, 1, ` + now + ` + ?4, ` + now + ` + ?4 + ?5)
ON CONFLICT (key) DO UPDATE SET
    fingerprint = CASE WHEN k.expires_at <= ` + now + ` THEN excluded.fingerprint ELSE k.fingerprint END,
    attempt     = CASE WHEN k.expires_at <= ` + now + ` THEN 1 ELSE k.attempt + 1 END,
    unsettled   = CASE WHEN k.expires_at <= ` + now + ` THEN 0 ELSE k.unsettled OR k.state = 1 END,
    state       = 1,
    token       = excluded.token,
    result      = NULL,
    cause       = '',
    free_at     = excluded.free_at,
    expires_at  = excluded.expires_at
WHERE k.expires_at <= ` + now + `
   OR (k.state IN (1, 2) AND k.free_at <= ` + now + `
       AND (k.fingerprint = excluded.fingerprint OR k.fingerprint = x'' OR excluded.fingerprint = x''))
RETURNING attempt, unsettled`

const peekSQL = `
SELECT state, fingerprint, result, cause, unsettled, free_at - ` + now + `
FROM webhook_keys WHERE key = ?1 AND expires_at > ` + now

// querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Begin implements webhook.Store.
func (s *Store) Begin(ctx context.Context, r webhook.BeginRequest) (webhook.Outcome, error) {
	if err := r.Validate(); err != nil {
		return webhook.Outcome{}, err
	}
	return begin(ctx, s.db, r)
}

// BeginTx is Begin inside your own transaction on the same database: the claim
// and your rows become durable together or not at all.
func (s *Store) BeginTx(ctx context.Context, tx *sql.Tx, r webhook.BeginRequest) (webhook.Outcome, error) {
	if err := r.Validate(); err != nil {
		return webhook.Outcome{}, err
	}
	return begin(ctx, tx, r)
}

// BeginBatch implements webhook.Store, in one transaction.
func (s *Store) BeginBatch(ctx context.Context, rs []webhook.BeginRequest) ([]webhook.Outcome, error) {
	rs = slices.Clone(rs)
	for i := range rs {
		if err := rs[i].Validate(); err != nil {
			return nil, err
		}
	}
	outcomes := make([]webhook.Outcome, len(rs))
	err := inTx(ctx, s.db.DB, func(tx *sql.Tx) (err error) {
		for i := 0; i < len(rs) && err == nil; i++ {
			outcomes[i], err = begin(ctx, tx, rs[i])
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// begin looks before it writes: repetitions are the cheap case. Whoever claims
// the key in between is seen on the next round.
func begin(ctx context.Context, q querier, r webhook.BeginRequest) (o webhook.Outcome, err error) {
	for range 3 {
		o, err = peek(ctx, q, r)
		if err != nil || o.State != 0 {
			return o, err
		}
		o, err = claim(ctx, q, r)
		if err == nil || !errors.Is(err, sql.ErrNoRows) {
			return o, err
		}
	}
	return webhook.Outcome{State: webhook.StateInFlight, RetryAfter: time.Second}, nil
}

func claim(ctx context.Context, q querier, r webhook.BeginRequest) (webhook.Outcome, error) {
	c := webhook.Claim{Key: r.Key, Token: rand.Text()}
	err := q.QueryRowContext(ctx, beginSQL, []byte(r.Key), notNull(r.Fingerprint), c.Token,
		r.Lease.Milliseconds(), r.Keep.Milliseconds()).Scan(&c.Attempt, &c.Unsettled)
	if err != nil {
		return webhook.Outcome{}, fmt.Errorf("sqlitestore: begin: %w", err)
	}
	return webhook.Outcome{State: webhook.StateAcquired, Claim: c}, nil
}

// peek tells why the key cannot be claimed; no state means that it can.
func peek(ctx context.Context, q querier, r webhook.BeginRequest) (o webhook.Outcome, err error) {
	var state int
	var fingerprint []byte
	var wait int64
	err = q.QueryRowContext(ctx, peekSQL, []byte(r.Key)).
		Scan(&state, &fingerprint, &o.Result, &o.Cause, &o.Unsettled, &wait)
	if errors.Is(err, sql.ErrNoRows) {
		return o, nil
	}
	if err != nil {
		return o, fmt.Errorf("sqlitestore: begin: %w", err)
	}
	switch {
	case len(fingerprint) > 0 && len(r.Fingerprint) > 0 && !slices.Equal(fingerprint, r.Fingerprint):
		return webhook.Outcome{State: webhook.StateMismatch}, nil
	case state == done:
		return webhook.Outcome{State: webhook.StateDone, Result: o.Result}, nil
	case state == dead:
		return webhook.Outcome{State: webhook.StateDead, Cause: o.Cause, Unsettled: o.Unsettled}, nil
	case wait > 0:
		return webhook.Outcome{State: webhook.StateInFlight, RetryAfter: time.Duration(wait) * time.Millisecond}, nil
	}
	return webhook.Outcome{}, nil
}

const ownedSQL = ` WHERE key = ? AND token = ? AND state = 1 AND expires_at > ` + now

// Complete implements webhook.Store.
func (s *Store) Complete(ctx context.Context, c webhook.Claim, result []byte, ttl time.Duration) error {
	return complete(ctx, s.db, c, result, ttl)
}

// CompleteTx is Complete inside your own transaction on the same database: the
// result and your rows become durable together or not at all. Roll back when
// it returns webhook.ErrLeaseLost.
func (s *Store) CompleteTx(ctx context.Context, tx *sql.Tx, c webhook.Claim, result []byte, ttl time.Duration) error {
	return complete(ctx, tx, c, result, ttl)
}

func complete(ctx context.Context, q querier, c webhook.Claim, result []byte, ttl time.Duration) error {
	if ttl < 0 {
		return errors.New("sqlitestore: ttl must not be negative")
	}
	return owned(ctx, q, c, `UPDATE webhook_keys SET state = 3, unsettled = 0, result = ?, expires_at = `+now+` + ?`,
		notNull(result), orDefault(ttl, webhook.DefaultTTL).Milliseconds())
}

// Release implements webhook.Store.
func (s *Store) Release(ctx context.Context, c webhook.Claim, r webhook.Release) error {
	return release(ctx, s.db, c, r)
}

// ReleaseTx is Release inside your own transaction on the same database. Roll
// back when it returns webhook.ErrLeaseLost.
func (s *Store) ReleaseTx(ctx context.Context, tx *sql.Tx, c webhook.Claim, r webhook.Release) error {
	return release(ctx, tx, c, r)
}

func release(ctx context.Context, q querier, c webhook.Claim, r webhook.Release) error {
	if err := r.Validate(); err != nil {
		return err
	}
	state, after := released, r.After.Milliseconds()
	if r.Final {
		state = dead
	}
	return owned(ctx, q, c, `UPDATE webhook_keys SET state = ?, unsettled = ?, cause = ?,
		free_at = `+now+` + ?, expires_at = `+now+` + ?`,
		state, r.Unsettled, r.Cause, after, after+r.Keep.Milliseconds())
}

// Extend implements webhook.Store.
func (s *Store) Extend(ctx context.Context, c webhook.Claim, lease time.Duration) error {
	if lease < 0 {
		return errors.New("sqlitestore: lease must not be negative")
	}
	ms := orDefault(lease, webhook.DefaultLease).Milliseconds()
	return owned(ctx, s.db, c, `UPDATE webhook_keys SET free_at = `+now+` + ?,
		expires_at = `+now+` + ? + expires_at - free_at`, ms, ms)
}

// owned runs an update on the key if the claim still owns it.
func owned(ctx context.Context, q querier, c webhook.Claim, update string, args ...any) error {
	n, err := affected(q.ExecContext(ctx, update+ownedSQL, append(args, []byte(c.Key), c.Token)...))
	if err == nil && n == 0 {
		return webhook.ErrLeaseLost
	}
	return err
}

// Reopen implements webhook.Store.
func (s *Store) Reopen(ctx context.Context, key string) error {
	n, err := affected(s.db.ExecContext(ctx, `UPDATE webhook_keys SET state = 2, free_at = `+now+`, expires_at = `+now+` + ?
		WHERE key = ? AND state = 4 AND expires_at > `+now, webhook.DefaultTTL.Milliseconds(), []byte(key)))
	if err == nil && n == 0 {
		return webhook.ErrNotFound
	}
	return err
}

// Purge implements webhook.Store.
func (s *Store) Purge(ctx context.Context, limit int) (int, error) {
	return affected(s.db.ExecContext(ctx, `DELETE FROM webhook_keys WHERE key IN
		(SELECT key FROM webhook_keys WHERE expires_at <= `+now+` LIMIT ?)`, limit))
}

func affected(res sql.Result, err error) (int, error) {
	if err != nil {
		return 0, fmt.Errorf("sqlitestore: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("sqlitestore: %w", err)
	}
	return int(n), nil
}

// inTx rolls back after a panic too: whoever recovers it needs the connection.
func inTx(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqlitestore: begin transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing is left to roll back after the commit
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("sqlitestore: commit: %w", err)
	}
	return nil
}

func notNull(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
