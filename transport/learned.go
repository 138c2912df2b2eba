package transport

import (
	"context"
	"time"
)

// NewLearned returns a limiter for a vendor whose limit is not known but told
// in its answers (RateLimit, RateLimit-Remaining, X-RateLimit-Remaining, or
// [Budget]). It sends what the vendor says remains, waits for the reset, at
// most a day, asks with a single attempt, and goes on. As long as no answer has
// told anything, start attempts may be under way at once.
func NewLearned(start int, policy string) *Learned {
	return &Learned{start: max(start, 1), policy: policy}
}

// maxReset is how long an answer is believed: after it a single attempt asks.
const maxReset = 24 * time.Hour

// Learned is a limit learned from answers; see [NewLearned].
type Learned struct {
	line   line
	start  int
	policy string

	flying int       // attempts under way
	taught bool      // an answer has told the limit
	left   int       // what may still be sent before reset
	reset  time.Time // when left is out of date
}

// Acquire waits for an attempt that the vendor will accept; the cost is not
// used.
func (l *Learned) Acquire(ctx context.Context, _ int) (Permit, error) {
	if err := l.line.acquire(ctx, l, 1); err != nil {
		return Permit{}, err
	}
	return Permit{Cost: 1}, nil
}

// Settle learns from the answer. A throttled attempt pauses everybody for the
// vendor's wait, at most 15 minutes.
func (l *Learned) Settle(_ Permit, f Feedback) {
	now := time.Now()
	l.line.mu.Lock()
	defer l.line.mu.Unlock()
	l.flying--
	b := f.budget(l.policy, now)
	switch fresh := !l.taught || !now.Before(l.reset); {
	case b.Known && fresh:
		l.taught, l.left, l.reset = true, b.Remaining-l.flying, now.Add(min(b.Reset, maxReset))
	case b.Known:
		// Within one window the number only falls: answers may overtake each other.
		l.left = min(l.left, b.Remaining-l.flying)
	case !f.Sent && !fresh:
		l.left++
	}
	l.line.pause(now, f)
	l.line.grant(l, now)
}

func (l *Learned) take(now time.Time, _ int) bool {
	switch {
	case !l.taught:
		if l.flying >= l.start {
			return false
		}
	case !now.Before(l.reset): // what remains is unknown again: ask
		if l.flying > 0 {
			return false
		}
	case l.left <= 0:
		return false
	}
	l.left--
	l.flying++
	return true
}

func (l *Learned) next(now time.Time, _ int) time.Time {
	if l.taught && now.Before(l.reset) {
		return l.reset
	}
	return time.Time{} // the answer to the attempt under way
}
