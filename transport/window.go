package transport

import (
	"context"
	"sync"
	"time"
)

// NewWindow returns a limiter for "limit units per window" quotas, whether the
// vendor counts in fixed or sliding windows and whether it counts requests or
// points. A permit is held from sending until the answer plus one window, so
// no window of that length, wherever it begins, ever holds more than limit
// units at the vendor: no request is refused, and on a 60 s window at least
// 99 % of the quota can be used. Waiters are served in order of arrival.
//
// It panics when limit or window is not positive: both are constants of the
// vendor's documentation.
func NewWindow(limit int, window time.Duration) *Window {
	if limit <= 0 || window <= 0 {
		panic("transport: NewWindow needs a positive limit and window")
	}
	return &Window{limit: limit, window: window}
}

// Window is a permit window; see [NewWindow].
type Window struct {
	window time.Duration

	mu          sync.Mutex
	limit       int
	used        int
	returns     []permitReturn // permits that come back at a known time, soonest first
	queue       []*waiter
	pausedUntil time.Time
	timer       *time.Timer
}

type waiter struct {
	cost  int
	ready chan struct{}
}

type permitReturn struct {
	at   time.Time
	cost int
}

// Acquire waits until cost units fit into the window. A cost above the limit
// counts as the limit.
func (w *Window) Acquire(ctx context.Context, cost int) (Permit, error) {
	if err := ctx.Err(); err != nil {
		return Permit{}, &LimitError{Err: err}
	}
	w.mu.Lock()
	cost = min(max(cost, 1), w.limit)
	w.advance(time.Now())
	if len(w.queue) == 0 && w.fits(cost, time.Now()) {
		w.used += cost
		w.mu.Unlock()
		return Permit{Cost: cost}, nil
	}
	self := &waiter{cost: cost, ready: make(chan struct{})}
	w.queue = append(w.queue, self)
	w.schedule()
	w.mu.Unlock()
	return w.await(ctx, self)
}

func (w *Window) await(ctx context.Context, self *waiter) (Permit, error) {
	if wait, late := w.tooLate(ctx); late {
		if w.leave(self) {
			return Permit{}, &LimitError{Wait: wait, Err: context.DeadlineExceeded}
		}
	}
	select {
	case <-self.ready:
		return Permit{Cost: self.cost}, nil
	case <-ctx.Done():
		if w.leave(self) {
			return Permit{}, &LimitError{Err: ctx.Err()}
		}
		return Permit{Cost: self.cost}, nil // granted in the same instant
	}
}

// tooLate reports whether the pause alone lasts beyond ctx's deadline.
func (w *Window) tooLate(ctx context.Context) (time.Duration, bool) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	earliest := w.pausedUntil
	if len(w.returns) > 0 && w.used >= w.limit {
		if at := w.returns[0].at; at.After(earliest) && w.used == w.returning() {
			earliest = at
		}
	}
	return time.Until(earliest), earliest.After(deadline)
}

// returning sums the units whose return time is known.
func (w *Window) returning() int {
	n := 0
	for _, r := range w.returns {
		n += r.cost
	}
	return n
}

// leave removes self from the queue; it returns false when self was granted.
func (w *Window) leave(self *waiter) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, q := range w.queue {
		if q == self {
			w.queue = append(w.queue[:i], w.queue[i+1:]...)
			w.grant(time.Now())
			return true
		}
	}
	return false
}

func (w *Window) fits(cost int, now time.Time) bool {
	return w.used+cost <= w.limit && !now.Before(w.pausedUntil)
}

// advance takes back the permits whose time has come.
func (w *Window) advance(now time.Time) {
	for len(w.returns) > 0 && !w.returns[0].at.After(now) {
		w.used -= w.returns[0].cost
		w.returns = w.returns[1:]
	}
}

// grant serves the head of the queue for as long as it fits.
func (w *Window) grant(now time.Time) {
	w.advance(now)
	for len(w.queue) > 0 && w.fits(w.queue[0].cost, now) {
		head := w.queue[0]
		w.queue = w.queue[1:]
		w.used += head.cost
		close(head.ready)
	}
	w.schedule()
}

// schedule arms the timer for the next instant at which the queue may move.
func (w *Window) schedule() {
	if len(w.queue) == 0 {
		return
	}
	var next time.Time
	if len(w.returns) > 0 {
		next = w.returns[0].at
	}
	if w.pausedUntil.After(time.Now()) && (next.IsZero() || w.pausedUntil.After(next)) {
		next = w.pausedUntil
	}
	if next.IsZero() {
		return // a running attempt will settle and call grant
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = time.AfterFunc(time.Until(next), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.grant(time.Now())
	})
}

// Settle holds the permit for one more window, or refunds it when the attempt
// was not sent. A throttled attempt pauses everybody for the vendor's wait.
func (w *Window) Settle(p Permit, f Feedback) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if f.Sent {
		w.returns = append(w.returns, permitReturn{now.Add(w.window), p.Cost})
	} else {
		w.used -= p.Cost
	}
	if f.Throttled && f.Wait > 0 {
		if until := now.Add(f.Wait); until.After(w.pausedUntil) {
			w.pausedUntil = until
		}
	}
	w.grant(now)
}
