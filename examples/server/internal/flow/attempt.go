package flow

import (
	"context"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

// attempt is one attempt of a step: first what is known before it is started,
// then what the database says.
type attempt struct {
	flowID, step, boot string
	watched            bool

	number    int
	startedAt time.Time
	// unsettled says that an earlier attempt may have taken effect: before the
	// start as the claim has it, afterwards in the light of what was announced.
	unsettled bool
}

// startSQL marks a step as running and decides whether an earlier attempt may
// have taken effect. So it may when it ended with its outcome unknown (pending,
// sent) or lapsed (running), whatever has become of its claim by now; unless it
// lapsed watched, in this boot, and nothing was announced. The number of
// attempts is the fence between them: each claim raises it.
const startSQL = `
UPDATE flow_steps SET state = 'running', attempts = attempts + 1, updated_at = ?1,
    started_at = CASE started_at WHEN 0 THEN ?1 ELSE started_at END,
    sent       = CASE WHEN state = 'running' AND sent = 0 AND watched = attempts AND boot = ?4 THEN 0
                      WHEN state = 'running' OR sent = 1 OR ?5 = 1 THEN 1 ELSE 0 END,
    watched    = CASE WHEN ?6 = 1 THEN attempts + 1 ELSE 0 END,
    boot       = ?4
WHERE flow_id = ?2 AND name = ?3 AND state IN ('pending', 'running')
RETURNING attempts, started_at, sent`

// start starts the attempt, or returns errFinal.
func (a *attempt) start(ctx context.Context, s session) error {
	r, err := s.query(ctx, startSQL, time.Now().UnixMilli(), a.flowID, a.step, a.boot, bit(a.unsettled), bit(a.watched))
	if err != nil {
		return err
	}
	defer r.close()
	if !r.Next() {
		if err := r.Err(); err != nil {
			return err
		}
		return errFinal
	}
	var started, sent int64
	if err := r.Scan(&a.number, &started, &sent); err != nil {
		return err
	}
	a.startedAt, a.unsettled = time.UnixMilli(started), sent == 1
	r.close()
	return r.Err()
}

// announce notes that a request of the given attempt is about to be sent, if
// that attempt is still the step's newest.
func announce(ctx context.Context, s session, id, step string, number int) error {
	n, err := s.exec(ctx, `UPDATE flow_steps SET sent = 1 WHERE flow_id = ?1 AND name = ?2 AND attempts = ?3 AND state = 'running'`,
		id, step, number)
	if err == nil && n == 0 {
		return webhook.ErrLeaseLost
	}
	return err
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
