package mondaytest

import (
	"bytes"
	"math"
	"net/http"
	"time"
)

const (
	replayWindow  = 30 * time.Minute
	maxReplayBody = 1 << 20
)

// keyed is what is remembered under an idempotency key.
type keyed struct {
	body     []byte
	answer   *answer
	answered time.Time // when the first request is answered
	expires  time.Time
}

// once executes a mutation at most once per key: a repetition gets the first
// answer, or a conflict while the first is still under way. Queries and
// requests without a key are simply executed.
//
// monday does not say what becomes of another body under a known key. The fake
// refuses it, because it is a mistake in any case.
func (s *Server) once(key string, mutation func() bool, body []byte, run func() *answer) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key == "" || !mutation() {
		return run()
	}
	now := time.Now()
	if k := s.keys[key]; k != nil && now.Before(k.expires) {
		return k.repeat(body, now)
	}
	a := run()
	if a.status < http.StatusInternalServerError && a.status != http.StatusTooManyRequests && len(a.body) <= maxReplayBody {
		s.keys[key] = &keyed{body: body, answer: a, answered: now.Add(s.cfg.Latency), expires: now.Add(replayWindow)}
	}
	return a
}

func (k *keyed) repeat(body []byte, now time.Time) *answer {
	if !bytes.Equal(k.body, body) {
		return refuse(&failure{
			code: "IDEMPOTENCY_KEY_REUSED", message: "the key was used for another request", status: http.StatusUnprocessableEntity,
		})
	}
	if wait := k.answered.Sub(now); wait > 0 {
		return refuse(&failure{
			code: "IDEMPOTENCY_CONFLICT", message: "a request with this key is being processed",
			status: http.StatusConflict, retryAfter: int(math.Ceil(wait.Seconds())),
		})
	}
	a := &answer{status: k.answer.status, header: k.answer.header.Clone(), body: k.answer.body}
	a.header.Set("Idempotency-Replayed", "true")
	return a
}
