package flow

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// insert writes a new flow with its steps; it returns false when its kind and
// key are taken.
func insert(ctx context.Context, s session, f *Flow) (bool, error) {
	r, err := s.query(ctx, `
		INSERT INTO flows (id, kind, key, fingerprint, input, created_at, updated_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT (kind, key) DO NOTHING RETURNING seq`,
		f.ID, f.Kind, f.Key, f.Fingerprint, string(f.Input), f.CreatedAt.UnixMilli())
	if err != nil {
		return false, err
	}
	defer r.close()
	if !r.Next() {
		return false, r.Err()
	}
	if err := r.Scan(&f.Seq); err != nil {
		return false, err
	}
	r.close()
	for i, st := range f.Steps {
		_, err := s.exec(ctx, `INSERT INTO flow_steps (flow_id, position, name, vendor, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)`,
			f.ID, i, st.Name, st.Vendor, f.CreatedAt.UnixMilli())
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

func selectOne(ctx context.Context, s session, where string, args ...any) (*Flow, error) {
	flows, err := selectFlows(ctx, s, where+" LIMIT 1", args...)
	switch {
	case err != nil:
		return nil, err
	case len(flows) == 0:
		return nil, ErrNotFound
	}
	return flows[0], nil
}

// selectFlows reads flows with their steps.
func selectFlows(ctx context.Context, s session, where string, args ...any) ([]*Flow, error) {
	r, err := s.query(ctx, `SELECT seq, id, kind, key, fingerprint, input, created_at, updated_at FROM flows WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer r.close()
	var flows []*Flow
	for r.Next() {
		f, created, updated, input := &Flow{}, int64(0), int64(0), ""
		if err := r.Scan(&f.Seq, &f.ID, &f.Kind, &f.Key, &f.Fingerprint, &input, &created, &updated); err != nil {
			return nil, err
		}
		f.Input, f.CreatedAt, f.UpdatedAt = []byte(input), time.UnixMilli(created), time.UnixMilli(updated)
		flows = append(flows, f)
	}
	if err := r.Err(); err != nil || len(flows) == 0 {
		return nil, err
	}
	r.close()
	return flows, selectSteps(ctx, s, flows)
}

// selectSteps reads the steps of flows, in order.
func selectSteps(ctx context.Context, s session, flows []*Flow) error {
	byID, marks, args := map[string]*Flow{}, make([]string, len(flows)), make([]any, len(flows))
	for i, f := range flows {
		byID[f.ID], marks[i], args[i] = f, fmt.Sprint("?", i+1), f.ID
	}
	r, err := s.query(ctx, `
		SELECT flow_id, name, vendor, state, attempts, ref, error, result, started_at, updated_at
		FROM flow_steps WHERE flow_id IN (`+strings.Join(marks, ", ")+`) ORDER BY flow_id, position`, args...)
	if err != nil {
		return err
	}
	defer r.close()
	for r.Next() {
		var st Step
		var id, result string
		var started, updated int64
		if err := r.Scan(&id, &st.Name, &st.Vendor, &st.State, &st.Attempts, &st.Ref, &st.Error, &result, &started, &updated); err != nil {
			return err
		}
		st.UpdatedAt = time.UnixMilli(updated)
		if started != 0 {
			st.StartedAt = time.UnixMilli(started)
		}
		if result != "" {
			st.Result = []byte(result)
		}
		byID[id].Steps = append(byID[id].Steps, st)
	}
	return r.Err()
}

// selectRefs reads the ids of what a vendor's steps have made since a time.
func selectRefs(ctx context.Context, s session, vendor string, since time.Time) ([]string, error) {
	r, err := s.query(ctx, `SELECT ref FROM flow_steps WHERE vendor = ?1 AND ref <> '' AND updated_at >= ?2`, vendor, since.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer r.close()
	var refs []string
	for r.Next() {
		var ref string
		if err := r.Scan(&ref); err != nil {
			return nil, err
		}
		refs = append(refs, ref)
	}
	return refs, r.Err()
}

// restStep marks a running step as waiting.
func restStep(ctx context.Context, s session, id, step, problem string, unsettled bool) error {
	_, err := s.exec(ctx, `
		UPDATE flow_steps SET state = 'pending', error = ?1, updated_at = ?2, sent = ?5
		WHERE flow_id = ?3 AND name = ?4 AND state = 'running'`, problem, time.Now().UnixMilli(), id, step, bit(unsettled))
	return err
}

// endStep writes a step's end and the steps it withholds.
func endStep(ctx context.Context, s session, d Decision) error {
	now, e := time.Now().UnixMilli(), d.Step
	_, err := s.exec(ctx, `
		UPDATE flow_steps SET state = ?1, ref = ?2, error = ?3, result = ?4, updated_at = ?5 WHERE flow_id = ?6 AND name = ?7`,
		string(e.State), e.Ref, e.Error, string(e.Result), now, e.FlowID, e.Name)
	if err != nil {
		return err
	}
	for _, name := range d.Withheld {
		_, err := s.exec(ctx, `
			UPDATE flow_steps SET state = 'failed', error = ?1, updated_at = ?2
			WHERE flow_id = ?3 AND name = ?4 AND state = 'pending'`, e.Reason, now, e.FlowID, name)
		if err != nil {
			return err
		}
	}
	_, err = s.exec(ctx, `UPDATE flows SET updated_at = ?1 WHERE id = ?2`, now, e.FlowID)
	return err
}

// reopenSteps makes all steps of a flow pending again.
func reopenSteps(ctx context.Context, s session, id string) error {
	_, err := s.exec(ctx, `UPDATE flow_steps SET state = 'pending', error = '', started_at = 0, sent = 0, updated_at = ?1 WHERE flow_id = ?2`,
		time.Now().UnixMilli(), id)
	return err
}
