package transport

import (
	"container/list"
	"context"
	"sync"
	"time"
)

const (
	// maxPause bounds how long one answer can keep a limiter shut: a vendor
	// that means it will say so again.
	maxPause = 15 * time.Minute
	// backgroundTurn is which permit in a row goes to a background call.
	backgroundTurn = 10
)

// rule is what one kind of limiter knows. It is called with the line's mutex
// held.
type rule interface {
	// take takes cost units if they are free at now.
	take(now time.Time, cost int) bool
	// next returns the earliest instant at which that many units can have
	// become free; the zero time when only a settled permit can tell.
	next(now time.Time, units int) time.Time
}

// line is where attempts wait for a limiter, in order of arrival, background
// calls behind the others. Its zero value is ready for use.
type line struct {
	mu          sync.Mutex
	lanes       [2]lane // interactive, background
	turn        int     // permits given in a row to interactive calls
	pausedUntil time.Time
	timer       *time.Timer
}

type lane struct {
	waiting list.List
	cost    int
}

type waiter struct {
	cost  int
	lane  *lane
	place *list.Element // nil once granted
	ready chan struct{}
}

// acquire takes cost units, waiting for them if ctx leaves the time.
func (l *line) acquire(ctx context.Context, r rule, cost int) error {
	if err := ctx.Err(); err != nil {
		return &LimitError{Err: err}
	}
	now := time.Now()
	l.mu.Lock()
	if l.head() == nil && !now.Before(l.pausedUntil) && r.take(now, cost) {
		l.mu.Unlock()
		return nil
	}
	w, err := l.join(ctx, r, cost, now)
	l.mu.Unlock()
	if err != nil {
		return err
	}
	return l.await(ctx, r, w)
}

// join puts a new waiter into its lane, unless its turn would come after
// ctx's deadline.
func (l *line) join(ctx context.Context, r rule, cost int, now time.Time) (*waiter, error) {
	lane, ahead := &l.lanes[0], l.lanes[0].cost
	if ctx.Value(backgroundKey{}) != nil {
		lane, ahead = &l.lanes[1], ahead+l.lanes[1].cost
	}
	if d, ok := ctx.Deadline(); ok {
		if at := l.earliest(r, now, ahead+cost); at.After(d) {
			return nil, &LimitError{Wait: at.Sub(now), Err: context.DeadlineExceeded}
		}
	}
	w := &waiter{cost: cost, lane: lane, ready: make(chan struct{})}
	w.place = lane.waiting.PushBack(w)
	lane.cost += cost
	l.schedule(r, now)
	return w, nil
}

func (l *line) earliest(r rule, now time.Time, units int) time.Time {
	at := r.next(now, units)
	if l.pausedUntil.After(at) {
		return l.pausedUntil
	}
	return at
}

func (l *line) await(ctx context.Context, r rule, w *waiter) error {
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		if w.place == nil {
			return nil // granted in the same instant
		}
		w.leave()
		l.grant(r, time.Now())
		return &LimitError{Err: ctx.Err()}
	}
}

func (w *waiter) leave() {
	w.lane.waiting.Remove(w.place)
	w.lane.cost -= w.cost
	w.place = nil
}

// head returns whose turn it is, nil when nobody waits.
func (l *line) head() *waiter {
	first, second := l.lanes[0].waiting.Front(), l.lanes[1].waiting.Front()
	if first == nil || (second != nil && l.turn >= backgroundTurn-1) {
		first = second
	}
	if first == nil {
		return nil
	}
	return first.Value.(*waiter)
}

// grant serves the line for as long as there are units.
func (l *line) grant(r rule, now time.Time) {
	for !now.Before(l.pausedUntil) {
		w := l.head()
		if w == nil || !r.take(now, w.cost) {
			break
		}
		l.turn++
		if w.lane == &l.lanes[1] {
			l.turn = 0
		}
		w.leave()
		close(w.ready)
	}
	l.schedule(r, now)
}

// schedule arms the timer for the next instant at which the line may move.
func (l *line) schedule(r rule, now time.Time) {
	w := l.head()
	if w == nil {
		return
	}
	at := l.earliest(r, now, w.cost)
	if at.IsZero() {
		return // a running attempt will settle and call grant
	}
	if l.timer != nil {
		l.timer.Stop()
	}
	l.timer = time.AfterFunc(at.Sub(now), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.grant(r, time.Now())
	})
}

// pause keeps everybody waiting for as long as the vendor asked.
func (l *line) pause(now time.Time, f Feedback) {
	if !f.Throttled || f.Wait <= 0 {
		return
	}
	if until := now.Add(min(f.Wait, maxPause)); until.After(l.pausedUntil) {
		l.pausedUntil = until
	}
}
