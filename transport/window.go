package transport

import (
	"context"
	"time"
)

// NewWindow returns a limiter for "limit units per window" quotas, whether the
// vendor counts in fixed or sliding windows and whether it counts requests or
// points. A permit is held from sending until the answer plus one window, so
// no window of that length, wherever it begins, ever holds more than limit
// units at the vendor: no request is refused, and on a 60 s window at least
// 99 % of the quota can be used. Waiters are served in order of arrival.
//
// An attempt of an operation that costs points takes its cost, and settles by
// the true cost where the vendor's answer tells it. Wrap the window with
// [PerRequest] when it counts requests of such operations.
//
// It panics when limit or window is not positive: both are constants of the
// vendor's documentation.
func NewWindow(limit int, window time.Duration, opts ...WindowOption) *Window {
	if limit <= 0 || window <= 0 {
		panic("transport: NewWindow needs a positive limit and window") //nolint:forbidigo // a constant of the program is wrong
	}
	w := &Window{full: limit, window: window, share: 1}
	for _, o := range opts {
		o(w)
	}
	w.full = portion(limit, w.share)
	w.limit = w.full
	return w
}

// portion is a share of a limit, at least 1.
func portion(limit int, share float64) int { return max(int(float64(limit)*share), 1) }

// Window is a permit window; see [NewWindow].
type Window struct {
	line   line
	window time.Duration
	share  float64
	fixed  bool   // reset hints end a window
	learns bool   // the vendor's limit replaces ours
	policy string // whose fields count, "" for the first

	full    int // what may be used when all is well
	limit   int // what is used now
	used    int
	returns returns
	known   int       // units among used whose return time is known
	cut     time.Time // when the vendor last refused, or limit last grew again
}

// WindowOption changes how a [Window] counts.
type WindowOption func(*Window)

// FixedWindow says that the vendor counts in windows that begin at fixed
// instants and tells in each answer when the next begins (RateLimit,
// RateLimit-Reset, X-RateLimit-Reset, or [Budget].Reset of a verdict). All
// permits come back then, instead of one window after their answer.
func FixedWindow() WindowOption { return func(w *Window) { w.fixed = true } }

// Learn lets the vendor's answers change limit and window (RateLimit-Policy,
// RateLimit-Limit, X-RateLimit-Limit, or [Budget]), and leaves to other users
// of the quota what they have taken of it. Name the policy when the vendor
// states several; "" takes the first.
func Learn(policy string) WindowOption {
	return func(w *Window) { w.learns, w.policy = true, policy }
}

// Share uses only a fraction of the quota, for a limit that other programs use
// too. It is clamped to the range from 0 to 1; at least one unit remains.
func Share(fraction float64) WindowOption {
	return func(w *Window) { w.share = min(max(fraction, 0), 1) }
}

// Acquire waits until cost units fit into the window. A cost above the limit
// counts as the limit.
func (w *Window) Acquire(ctx context.Context, cost int) (Permit, error) {
	cost = min(max(cost, 1), w.whole())
	if err := w.line.acquire(ctx, w, cost); err != nil {
		return Permit{}, err
	}
	return Permit{Cost: cost}, nil
}

// Settle holds the permit for one more window, or refunds it when the attempt
// was not sent. A throttled attempt pauses everybody for the vendor's wait, at
// most 15 minutes, and lowers the limit by a tenth; it grows back by a
// hundredth each window.
func (w *Window) Settle(p Permit, f Feedback) {
	now := time.Now()
	w.line.mu.Lock()
	defer w.line.mu.Unlock()
	w.advance(now)
	if f.Sent {
		w.hold(now, p.Cost, f)
	} else {
		w.used -= p.Cost
	}
	if f.Throttled && now.Sub(w.cut) >= w.window {
		w.limit, w.cut = max(w.limit*9/10, 1), now
	}
	w.line.pause(now, f)
	w.line.grant(w, now)
}

// whole is the most that one attempt can take.
func (w *Window) whole() int {
	if !w.learns {
		return w.full // never changes
	}
	w.line.mu.Lock()
	defer w.line.mu.Unlock()
	return w.full
}

// hold keeps the permit's units until the vendor no longer counts them.
func (w *Window) hold(now time.Time, units int, f Feedback) {
	if f.Cost > 0 {
		cost := min(f.Cost, max(w.full, units)) // more than all of it holds nobody longer
		w.used += cost - units
		units = cost
	}
	var b Budget
	if w.fixed || w.learns {
		b = f.budget(w.policy, now)
	}
	w.adopt(b)
	at := now.Add(w.window)
	if w.fixed && b.Reset > 0 {
		at = now.Add(min(b.Reset, w.window))
	}
	w.known += units
	w.returns.add(at, units)
	w.leaveToOthers(b, at)
}

// adopt takes over what the vendor says about its limit.
func (w *Window) adopt(b Budget) {
	if !w.learns {
		return
	}
	if b.Window > 0 {
		w.window = b.Window
	}
	if full := portion(b.Limit, w.share); b.Limit > 0 && full != w.full {
		w.limit, w.full = full, full
	}
}

// leaveToOthers counts what other users of the quota have taken as used.
func (w *Window) leaveToOthers(b Budget, until time.Time) {
	if !w.learns || !b.Known || w.share != 1 {
		return
	}
	flying := w.used - w.known // may or may not be counted in b.Remaining
	if taken := (w.limit - w.used) - (b.Remaining - flying); taken > 0 {
		w.used += taken
		w.known += taken
		w.returns.add(until, taken)
	}
}

// advance takes back the units whose time has come, and lets a lowered limit
// grow again.
func (w *Window) advance(now time.Time) {
	back := w.returns.due(now)
	w.used -= back
	w.known -= back
	if w.limit < w.full && now.Sub(w.cut) >= w.window {
		w.limit, w.cut = min(w.limit+max(w.full/100, 1), w.full), now
	}
}

func (w *Window) take(now time.Time, cost int) bool {
	w.advance(now)
	// A cost above a lowered limit waits for an empty window.
	if w.used > 0 && w.used+cost > w.limit {
		return false
	}
	w.used += cost
	return true
}

func (w *Window) next(now time.Time, units int) time.Time {
	need := units - (w.limit - w.used)
	if need <= 0 {
		return now
	}
	rounds := (need - 1) / w.limit
	at := w.returns.after(need-rounds*w.limit, now.Add(w.window))
	return at.Add(time.Duration(rounds) * w.window)
}
