package transport

import (
	"context"
	"sync"
	"time"
)

// NewDaily returns a limiter for quotas of limit units a day that end at
// midnight in loc; nil means UTC. It refuses instead of waiting: beyond the
// quota a call fails at once with an error that matches ErrQuota and says how
// long until midnight. What was used is forgotten when the process ends.
//
// It panics when limit is not positive.
func NewDaily(limit int, loc *time.Location) *Daily {
	if limit <= 0 {
		panic("transport: NewDaily needs a positive limit") //nolint:forbidigo // a constant of the program is wrong
	}
	if loc == nil {
		loc = time.UTC
	}
	return &Daily{limit: limit, loc: loc}
}

// Daily is a daily quota; see [NewDaily].
type Daily struct {
	limit int
	loc   *time.Location

	mu   sync.Mutex
	used int
	ends time.Time
}

// Acquire takes cost units of today's quota, or refuses.
func (d *Daily) Acquire(ctx context.Context, cost int) (Permit, error) {
	if err := ctx.Err(); err != nil {
		return Permit{}, &LimitError{Err: err}
	}
	cost = max(cost, 1)
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.today(now)
	if d.used+cost > d.limit {
		return Permit{}, &LimitError{Wait: d.ends.Sub(now), Err: ErrQuota}
	}
	d.used += cost
	return Permit{Cost: cost, Token: uint64(d.ends.Unix())}, nil //nolint:gosec // after 1970
}

// today begins a new day when the old one is over.
func (d *Daily) today(now time.Time) {
	if now.Before(d.ends) {
		return
	}
	y, m, day := now.In(d.loc).Date()
	d.used, d.ends = 0, time.Date(y, m, day+1, 0, 0, 0, 0, d.loc)
}

// Settle books the true cost, gives back what was not sent, and closes the day
// when the vendor says that its quota is used up.
func (d *Daily) Settle(p Permit, f Feedback) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.today(time.Now())
	if p.Token != uint64(d.ends.Unix()) { //nolint:gosec // after 1970
		return // of yesterday
	}
	switch {
	case f.Exhausted:
		d.used = max(d.used, d.limit)
	case !f.Sent:
		d.used -= p.Cost
	case f.Cost > 0:
		d.used += f.Cost - p.Cost
	}
}
