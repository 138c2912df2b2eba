package pgstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/centrala-go/centrala/webhook"
)

// Store is a webhook.Store in PostgreSQL. It needs the tables of Migrate.
type Store struct {
	pool                     *pgxpool.Pool
	begin, set, reopen, wipe string
}

var _ webhook.Store = (*Store)(nil)

// New returns a store on the tables of a schema; "" means the search path.
func New(pool *pgxpool.Pool, schema string) *Store {
	return &Store{
		pool: pool, begin: qualify(beginSQL, schema), set: qualify(setSQL, schema),
		reopen: qualify(reopenSQL, schema), wipe: qualify(wipeSQL, schema),
	}
}

// The states of a key; 1 is claimed.
const (
	released = 2
	done     = 3
	dead     = 4
)

// beginSQL looks at a key and, where it can be had, claims it: inserts it,
// starts an expired one afresh, or takes over one that is free. It tells both
// what it won and what it saw; neither means that somebody else was faster.
const beginSQL = `
WITH seen AS (
    SELECT state, result, cause, unsettled, free_at - statement_timestamp() AS wait,
           fingerprint <> $2 AND fingerprint <> '' AND $2::bytea <> '' AS other
    FROM {schema}webhook_keys WHERE key = $1 AND expires_at > statement_timestamp()
), won AS (
    INSERT INTO {schema}webhook_keys AS k (key, fingerprint, state, token, attempt, free_at, expires_at)
    SELECT $1, $2, 1, $3, 1, statement_timestamp() + $4::bigint * interval '1 ms',
           statement_timestamp() + ($4::bigint + $5::bigint) * interval '1 ms'
    WHERE NOT EXISTS (SELECT FROM seen WHERE other OR state > 2 OR wait > interval '0')
    ON CONFLICT (key) DO UPDATE SET
        fingerprint = CASE WHEN k.expires_at <= statement_timestamp() THEN excluded.fingerprint ELSE k.fingerprint END,
        attempt     = CASE WHEN k.expires_at <= statement_timestamp() THEN 1 ELSE k.attempt + 1 END,
        unsettled   = k.expires_at > statement_timestamp() AND (k.unsettled OR k.state = 1),
        state       = 1,
        token       = excluded.token,
        result      = NULL,
        cause       = '',
        free_at     = excluded.free_at,
        expires_at  = excluded.expires_at
    WHERE k.expires_at <= statement_timestamp()
       OR (k.state IN (1, 2) AND k.free_at <= statement_timestamp()
           AND (k.fingerprint = excluded.fingerprint OR k.fingerprint = '' OR excluded.fingerprint = ''))
    RETURNING k.attempt, k.unsettled
)
SELECT coalesce(won.attempt, 0), coalesce(won.unsettled, false), coalesce(seen.state, 0), coalesce(seen.other, false),
       seen.result, coalesce(seen.cause, ''), coalesce(seen.unsettled, false),
       coalesce(ceil(extract(epoch FROM seen.wait) * 1000), 0)::bigint
FROM (SELECT 1) AS one LEFT JOIN won ON true LEFT JOIN seen ON true`

// querier is what a pool and a transaction have in common.
type querier interface {
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// Begin implements webhook.Store.
func (s *Store) Begin(ctx context.Context, r webhook.BeginRequest) (webhook.Outcome, error) {
	if err := r.Validate(); err != nil {
		return webhook.Outcome{}, err
	}
	return s.begun(ctx, s.pool, r)
}

// BeginTx is Begin inside your own transaction on the same database: the claim
// and your rows become durable together or not at all.
func (s *Store) BeginTx(ctx context.Context, tx pgx.Tx, r webhook.BeginRequest) (webhook.Outcome, error) {
	if err := r.Validate(); err != nil {
		return webhook.Outcome{}, err
	}
	return s.begun(ctx, tx, r)
}

func (s *Store) begun(ctx context.Context, q querier, r webhook.BeginRequest) (webhook.Outcome, error) {
	for range 3 {
		token, args := s.beginArgs(r)
		o, err := outcome(q.QueryRow(ctx, s.begin, args...), r.Key, token)
		if err != nil || o.State != 0 {
			return o, err
		}
	}
	return webhook.Outcome{State: webhook.StateInFlight, RetryAfter: time.Second}, nil
}

func (s *Store) beginArgs(r webhook.BeginRequest) (token string, args []any) {
	token = rand.Text()
	return token, []any{[]byte(r.Key), notNull(r.Fingerprint), token, r.Lease.Milliseconds(), r.Keep.Milliseconds()}
}

func outcome(row pgx.Row, key, token string) (webhook.Outcome, error) {
	c := webhook.Claim{Key: key, Token: token}
	var o webhook.Outcome
	var state int
	var other bool
	var wait int64
	err := row.Scan(&c.Attempt, &c.Unsettled, &state, &other, &o.Result, &o.Cause, &o.Unsettled, &wait)
	switch {
	case err != nil:
		return o, fmt.Errorf("pgstore: begin: %w", err)
	case c.Attempt > 0:
		return webhook.Outcome{State: webhook.StateAcquired, Claim: c}, nil
	case other:
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

// BeginBatch implements webhook.Store, in one transaction and one round trip.
func (s *Store) BeginBatch(ctx context.Context, rs []webhook.BeginRequest) ([]webhook.Outcome, error) {
	rs = slices.Clone(rs)
	order := make([]int, len(rs))
	for i := range rs {
		if err := rs[i].Validate(); err != nil {
			return nil, err
		}
		order[i] = i
	}
	// Two batches that lock keys in the same order cannot wait for each other.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rs[a].Key, rs[b].Key) })
	outcomes := make([]webhook.Outcome, len(rs))
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		for _, i := range order {
			token, args := s.beginArgs(rs[i])
			batch.Queue(s.begin, args...).QueryRow(func(row pgx.Row) (err error) {
				outcomes[i], err = outcome(row, rs[i].Key, token)
				return err
			})
		}
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return nil, fmt.Errorf("pgstore: begin batch: %w", err)
	}
	for i := range outcomes { // somebody else was faster
		if outcomes[i].State == 0 {
			outcomes[i] = webhook.Outcome{State: webhook.StateInFlight, RetryAfter: time.Second}
		}
	}
	return outcomes, nil
}

// setSQL changes a key if the claim still owns it. NULLs leave a column as it
// is; free_at and expires_at move by milliseconds from now.
const setSQL = `
UPDATE {schema}webhook_keys SET
    state      = $3::int,
    unsettled  = coalesce($4::boolean, unsettled),
    result     = coalesce($5::bytea, result),
    cause      = coalesce($6::text, cause),
    free_at    = coalesce(statement_timestamp() + $7::bigint * interval '1 ms', free_at),
    expires_at = statement_timestamp() + coalesce($8::bigint * interval '1 ms', expires_at - free_at + $7::bigint * interval '1 ms')
WHERE key = $1 AND token = $2 AND state = 1 AND expires_at > statement_timestamp()`

// Complete implements webhook.Store.
func (s *Store) Complete(ctx context.Context, c webhook.Claim, result []byte, ttl time.Duration) error {
	return s.complete(ctx, s.pool, c, result, ttl)
}

// CompleteTx is Complete inside your own transaction on the same database: the
// result and your rows become durable together or not at all. Roll back when
// it returns webhook.ErrLeaseLost.
func (s *Store) CompleteTx(ctx context.Context, tx pgx.Tx, c webhook.Claim, result []byte, ttl time.Duration) error {
	return s.complete(ctx, tx, c, result, ttl)
}

func (s *Store) complete(ctx context.Context, q querier, c webhook.Claim, result []byte, ttl time.Duration) error {
	if ttl < 0 {
		return errors.New("pgstore: ttl must not be negative")
	}
	return s.owned(ctx, q, c, done, false, notNull(result), nil, nil, orDefault(ttl, webhook.DefaultTTL).Milliseconds())
}

// Release implements webhook.Store.
func (s *Store) Release(ctx context.Context, c webhook.Claim, r webhook.Release) error {
	return s.release(ctx, s.pool, c, r)
}

// ReleaseTx is Release inside your own transaction on the same database. Roll
// back when it returns webhook.ErrLeaseLost.
func (s *Store) ReleaseTx(ctx context.Context, tx pgx.Tx, c webhook.Claim, r webhook.Release) error {
	return s.release(ctx, tx, c, r)
}

func (s *Store) release(ctx context.Context, q querier, c webhook.Claim, r webhook.Release) error {
	if err := r.Validate(); err != nil {
		return err
	}
	state, after := released, r.After.Milliseconds()
	if r.Final {
		state = dead
	}
	return s.owned(ctx, q, c, state, r.Unsettled, nil, plain(r.Cause), after, after+r.Keep.Milliseconds())
}

// Extend implements webhook.Store.
func (s *Store) Extend(ctx context.Context, c webhook.Claim, lease time.Duration) error {
	if lease < 0 {
		return errors.New("pgstore: lease must not be negative")
	}
	return s.owned(ctx, s.pool, c, 1, nil, nil, nil, orDefault(lease, webhook.DefaultLease).Milliseconds(), nil)
}

// owned runs setSQL with the arguments from $3 on.
func (s *Store) owned(ctx context.Context, q querier, c webhook.Claim, args ...any) error {
	n, err := affected(q.Exec(ctx, s.set, append([]any{[]byte(c.Key), c.Token}, args...)...))
	if err == nil && n == 0 {
		return webhook.ErrLeaseLost
	}
	return err
}

const reopenSQL = `UPDATE {schema}webhook_keys SET state = 2, free_at = statement_timestamp(),
    expires_at = statement_timestamp() + $2::bigint * interval '1 ms'
WHERE key = $1 AND state = 4 AND expires_at > statement_timestamp()`

// Reopen implements webhook.Store.
func (s *Store) Reopen(ctx context.Context, key string) error {
	n, err := affected(s.pool.Exec(ctx, s.reopen, []byte(key), webhook.DefaultTTL.Milliseconds()))
	if err == nil && n == 0 {
		return webhook.ErrNotFound
	}
	return err
}

const wipeSQL = `DELETE FROM {schema}webhook_keys WHERE key = ANY(ARRAY(
    SELECT key FROM {schema}webhook_keys WHERE expires_at <= statement_timestamp() LIMIT $1 FOR UPDATE SKIP LOCKED))`

// Purge implements webhook.Store.
func (s *Store) Purge(ctx context.Context, limit int) (int, error) {
	return affected(s.pool.Exec(ctx, s.wipe, limit))
}

func affected(tag pgconn.CommandTag, err error) (int, error) {
	if err != nil {
		return 0, fmt.Errorf("pgstore: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// plain is text as PostgreSQL takes it.
func plain(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}

func notFound(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

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
