package flow

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

// Create implements Store.
func (s *SQLite) Create(ctx context.Context, f *Flow, first []string) (*Flow, bool, error) {
	created := false
	err := s.tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO flows (id, kind, key, fingerprint, input, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, key) DO NOTHING`,
			f.ID, f.Kind, f.Key, f.Fingerprint, string(f.Input), f.CreatedAt.UnixMilli(), f.UpdatedAt.UnixMilli())
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		created = true
		if f.Seq, err = res.LastInsertId(); err != nil {
			return err
		}
		for i, st := range f.Steps {
			_, err := tx.ExecContext(ctx, `INSERT INTO flow_steps (flow_id, position, name, vendor, updated_at) VALUES (?, ?, ?, ?, ?)`,
				f.ID, i, st.Name, st.Vendor, f.CreatedAt.UnixMilli())
			if err != nil {
				return err
			}
		}
		return s.enqueue(ctx, tx, f.ID, first)
	})
	if err != nil || created {
		return f, created, err
	}
	got, err := s.one(ctx, s.db, "kind = ? AND key = ?", f.Kind, f.Key)
	return got, false, err
}

// Flow implements Store.
func (s *SQLite) Flow(ctx context.Context, id string) (*Flow, error) {
	return s.one(ctx, s.db, "id = ?", id)
}

// queryer is what *sql.DB and *sql.Tx have in common.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func (s *SQLite) one(ctx context.Context, q queryer, where string, args ...any) (*Flow, error) {
	flows, err := flowsWhere(ctx, q, where+" LIMIT 1", args...)
	switch {
	case err != nil:
		return nil, err
	case len(flows) == 0:
		return nil, ErrNotFound
	}
	return flows[0], nil
}

// List implements Store.
func (s *SQLite) List(ctx context.Context, limit int, before int64) ([]*Flow, error) {
	return flowsWhere(ctx, s.db, "(?1 = 0 OR seq < ?1) ORDER BY seq DESC LIMIT ?2", before, limit)
}

// flowsWhere reads flows with their steps.
func flowsWhere(ctx context.Context, q queryer, where string, args ...any) ([]*Flow, error) {
	rows, err := q.QueryContext(ctx, `SELECT seq, id, kind, key, fingerprint, input, created_at, updated_at FROM flows WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var flows []*Flow
	byID := map[string]*Flow{}
	for rows.Next() {
		f, created, updated, input := &Flow{}, int64(0), int64(0), ""
		if err := rows.Scan(&f.Seq, &f.ID, &f.Kind, &f.Key, &f.Fingerprint, &input, &created, &updated); err != nil {
			return nil, err
		}
		f.Input, f.CreatedAt, f.UpdatedAt = []byte(input), time.UnixMilli(created), time.UnixMilli(updated)
		flows, byID[f.ID] = append(flows, f), f
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(flows) == 0 {
		return flows, err
	}
	return flows, readSteps(ctx, q, byID)
}

func readSteps(ctx context.Context, q queryer, flows map[string]*Flow) error {
	args := make([]any, 0, len(flows))
	for id := range flows {
		args = append(args, id)
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(args)), ",")
	rows, err := q.QueryContext(ctx, `
		SELECT flow_id, name, vendor, state, attempts, ref, error, result, started_at, updated_at
		FROM flow_steps WHERE flow_id IN (`+marks+`) ORDER BY flow_id, position`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var s Step
		var id, result string
		var started, updated int64
		if err := rows.Scan(&id, &s.Name, &s.Vendor, &s.State, &s.Attempts, &s.Ref, &s.Error, &result, &started, &updated); err != nil {
			return err
		}
		s.UpdatedAt = time.UnixMilli(updated)
		if started != 0 {
			s.StartedAt = time.UnixMilli(started)
		}
		if result != "" {
			s.Result = []byte(result)
		}
		flows[id].Steps = append(flows[id].Steps, s)
	}
	return rows.Err()
}

// Claim implements Store. A step that is final is answered as done.
func (s *SQLite) Claim(ctx context.Context, id, step string, lease time.Duration) (f *Flow, out webhook.Outcome, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		out, err = s.claims.BeginTx(ctx, tx, webhook.BeginRequest{Key: claimKey(id, step), Lease: lease})
		if err != nil || out.State != webhook.StateAcquired {
			return err
		}
		now := time.Now().UnixMilli()
		res, err := tx.ExecContext(ctx, `
			UPDATE flow_steps SET state = 'running', attempts = attempts + 1, updated_at = ?1,
			       started_at = CASE started_at WHEN 0 THEN ?1 ELSE started_at END
			WHERE flow_id = ?2 AND name = ?3 AND state IN ('pending', 'running')`, now, id, step)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			out = webhook.Outcome{State: webhook.StateDone}
			return errors.Join(err, errFinal)
		}
		f, err = s.one(ctx, tx, "id = ?", id)
		return err
	})
	if errors.Is(err, errFinal) {
		return nil, out, nil // rolled back, the claim with it
	}
	return f, out, err
}

var errFinal = errors.New("the step is final")

// Rest implements Store.
func (s *SQLite) Rest(ctx context.Context, id, step string, c webhook.Claim, r webhook.Release, problem string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if err := s.claims.ReleaseTx(ctx, tx, c, r); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE flow_steps SET state = 'pending', error = ?1, updated_at = ?2
			WHERE flow_id = ?3 AND name = ?4 AND state = 'running'`, problem, time.Now().UnixMilli(), id, step)
		return err
	})
}

// endStep writes a step's end and the steps it withholds.
func endStep(ctx context.Context, tx *sql.Tx, d Decision) error {
	now, e := time.Now().UnixMilli(), d.Step
	_, err := tx.ExecContext(ctx, `
		UPDATE flow_steps SET state = ?1, ref = ?2, error = ?3, result = ?4, updated_at = ?5 WHERE flow_id = ?6 AND name = ?7`,
		e.State, e.Ref, e.Error, string(e.Result), now, e.FlowID, e.Name)
	if err != nil {
		return err
	}
	for _, name := range d.Withheld {
		_, err := tx.ExecContext(ctx, `
			UPDATE flow_steps SET state = 'failed', error = ?1, updated_at = ?2
			WHERE flow_id = ?3 AND name = ?4 AND state = 'pending'`, e.Reason, now, e.FlowID, name)
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE flows SET updated_at = ?1 WHERE id = ?2`, now, e.FlowID)
	return err
}

// Reopen implements Store. The claims of failed steps are free already.
func (s *SQLite) Reopen(ctx context.Context, id string, first []string) (bool, error) {
	reopened := false
	err := s.tx(ctx, func(tx *sql.Tx) error {
		f, err := s.one(ctx, tx, "id = ?", id)
		if err != nil || f.State() != Failed || anyEffect(f) {
			return err
		}
		reopened = true
		now := time.Now().UnixMilli()
		if _, err := tx.ExecContext(ctx, `
			UPDATE flow_steps SET state = 'pending', error = '', started_at = 0, updated_at = ?1 WHERE flow_id = ?2`, now, id); err != nil {
			return err
		}
		return s.enqueue(ctx, tx, id, first)
	})
	return reopened, err
}
