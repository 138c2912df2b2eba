// Package redislimit shares a transport limit among processes through Redis.
//
// A permit is held in Redis from sending until the answer plus one window, as
// [transport.NewWindow] does in memory, so that all processes together never
// exceed the vendor's limit. Redis's own clock counts. A process that dies
// leaves its permits behind; they end after [Config.Lease] and one window.
//
// When Redis is away each process goes on with its part of the limit, after one
// window and one lease in which the permits of before may still count, also if
// it never saw Redis: the sum stays under the limit. When Redis is back, that
// part remains a second bound for just as long.
package redislimit

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/centrala-go/centrala/transport"
)

// Config describes a shared limit.
type Config struct {
	// Key names the limit in Redis; all processes that share it use the same.
	Key string
	// Limit units in any window of length Window.
	Limit  int
	Window time.Duration
	// Processes is how many share the limit at most; each has its part of it
	// when Redis is away. 0 means 1.
	Processes int
	// Lease is how long an attempt may take; 0 means 15 s, the attempt timeout
	// of a client.
	Lease time.Duration
	// Timeout bounds each question to Redis; 0 means 250 ms.
	Timeout time.Duration
}

const (
	// poll is how often the process's first waiter looks for permits that
	// others gave back early.
	poll = 100 * time.Millisecond
	// retry is how often an absent Redis is asked again.
	retry = time.Second
	// maxPause is the longest pause that one answer can cause.
	maxPause = 15 * time.Minute
)

// New checks cfg and returns a limiter. It does not ask Redis.
func New(client redis.Scripter, cfg Config) (*Limiter, error) {
	switch {
	case client == nil:
		return nil, transport.Invalid("redislimit.New", "Client", "is nil")
	case cfg.Key == "":
		return nil, transport.Invalid("redislimit.New", "Key", "is empty")
	case cfg.Limit <= 0 || cfg.Window < time.Millisecond:
		return nil, transport.Invalid("redislimit.New", "Limit", "or Window is not positive")
	case cfg.Processes < 0 || cfg.Lease < 0 || cfg.Timeout < 0:
		return nil, transport.Invalid("redislimit.New", "Processes", "Lease or Timeout is negative")
	}
	cfg.Processes = max(cfg.Processes, 1)
	if cfg.Lease == 0 {
		cfg.Lease = 15 * time.Second
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 250 * time.Millisecond
	}
	return &Limiter{
		store: &store{client: client, cfg: cfg, name: rand.Text()},
		local: transport.NewWindow(max(cfg.Limit/cfg.Processes, 1), cfg.Window),
		turn:  transport.NewConcurrency(1),
		held:  map[uint64]holding{},
	}, nil
}

// Limiter is a [transport.Limiter] shared through Redis; see [New].
type Limiter struct {
	store *store
	local *transport.Window
	turn  transport.Limiter // held by the process's first waiter: callers queue here
	next  atomic.Uint64

	mu       sync.Mutex
	held     map[uint64]holding
	awaySeen bool
	lastGood time.Time // when Redis last answered, or was first found absent
	asked    time.Time // when an absent Redis was last asked
	careful  time.Time // until then the local part bounds too
}

// holding is where a permit was taken.
type holding struct {
	shared  bool
	isLocal bool
	local   transport.Permit
}

// Acquire waits for cost units. A cost above the limit counts as the limit.
// The callers of a process are served in order of arrival, background calls
// behind the others; among processes there is no order.
func (l *Limiter) Acquire(ctx context.Context, cost int) (transport.Permit, error) {
	turn, err := l.turn.Acquire(ctx, 1)
	if err != nil {
		return transport.Permit{}, err
	}
	defer l.turn.Settle(turn, transport.Feedback{})
	p := transport.Permit{Cost: min(max(cost, 1), l.store.cfg.Limit), Token: l.next.Add(1)}
	for {
		if err := ctx.Err(); err != nil {
			return transport.Permit{}, &transport.LimitError{Err: err}
		}
		h, wait, err := l.try(ctx, p)
		if err != nil {
			return transport.Permit{}, err
		}
		if wait == 0 {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.held[p.Token] = h
			return p, nil
		}
		if d, ok := ctx.Deadline(); ok && time.Now().Add(min(wait, l.store.cfg.Window)).After(d) {
			return transport.Permit{}, &transport.LimitError{Wait: wait, Err: context.DeadlineExceeded}
		}
		if err := pause(ctx, min(wait, poll)); err != nil {
			return transport.Permit{}, &transport.LimitError{Err: err}
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// try asks Redis, or the local part when Redis is away. A wait of 0 means that
// the permit was given.
func (l *Limiter) try(ctx context.Context, p transport.Permit) (h holding, wait time.Duration, err error) {
	if l.skipRedis() {
		return l.tryLocal(ctx, p)
	}
	wait, err = l.store.take(ctx, p)
	if err != nil {
		if ctx.Err() != nil {
			return holding{}, 0, &transport.LimitError{Err: ctx.Err()}
		}
		l.lost()
		return l.tryLocal(ctx, p)
	}
	careful := l.found()
	if wait > 0 || !careful {
		return holding{shared: true}, wait, nil
	}
	h, wait, err = l.tryLocal(ctx, p)
	if wait > 0 || err != nil {
		l.store.refund(p)
	}
	h.shared = true
	return h, wait, err
}

// tryLocal takes a permit of this process's own part, once the permits given
// before the outage no longer count.
func (l *Limiter) tryLocal(ctx context.Context, p transport.Permit) (holding, time.Duration, error) {
	if quiet := time.Until(l.quietUntil()); quiet > 0 {
		return holding{}, quiet, nil
	}
	local, err := l.local.Acquire(ctx, p.Cost)
	return holding{isLocal: true, local: local}, 0, err
}

func (l *Limiter) quietUntil() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.awaySeen {
		return time.Time{}
	}
	return l.lastGood.Add(l.store.cfg.Window + l.store.cfg.Lease)
}

// skipRedis reports whether Redis was found absent a moment ago.
func (l *Limiter) skipRedis() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.awaySeen && time.Since(l.asked) < retry
}

func (l *Limiter) lost() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awaySeen, l.asked = true, time.Now()
	if l.lastGood.IsZero() { // others may have taken permits until now
		l.lastGood = l.asked
	}
}

// found notes that Redis answered and reports whether the local part bounds.
func (l *Limiter) found() (careful bool) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.awaySeen {
		l.awaySeen, l.careful = false, now.Add(l.store.cfg.Window+l.store.cfg.Lease)
	}
	l.lastGood = now
	return now.Before(l.careful)
}

// Settle holds the permit for one more window, or gives it back when the
// attempt was not sent. A throttled attempt pauses all processes for the
// vendor's wait, at most 15 minutes.
func (l *Limiter) Settle(p transport.Permit, f transport.Feedback) {
	l.mu.Lock()
	h := l.held[p.Token]
	delete(l.held, p.Token)
	l.mu.Unlock()
	if h.isLocal {
		l.local.Settle(h.local, f)
	}
	if h.shared {
		l.store.settle(p, f)
	}
}

// store is the limit in Redis.
type store struct {
	client redis.Scripter
	cfg    Config
	name   string // tells this process's permits apart
}

// keys lie in one slot of a cluster.
func (s *store) keys() []string {
	return []string{"{" + s.cfg.Key + "}:permits", "{" + s.cfg.Key + "}:used", "{" + s.cfg.Key + "}:pause"}
}

func (s *store) member(p transport.Permit, cost int) string {
	return s.name + ":" + strconv.FormatUint(p.Token, 10) + "|" + strconv.Itoa(cost)
}

// take returns how long to wait, 0 when the permit was given.
func (s *store) take(ctx context.Context, p transport.Permit) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	lease := s.cfg.Lease + s.cfg.Window
	ms, err := takeScript.Run(ctx, s.client, s.keys(), p.Cost, s.cfg.Limit, lease.Milliseconds(), s.member(p, p.Cost)).Int64()
	if err != nil {
		return 0, fmt.Errorf("redislimit: %w", err)
	}
	return time.Duration(ms) * time.Millisecond, nil
}

func (s *store) refund(p transport.Permit) { s.settle(p, transport.Feedback{}) }

// settle tells Redis how the attempt ended. When Redis does not hear it, the
// permit's lease ends by itself.
func (s *store) settle(p transport.Permit, f transport.Feedback) {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Timeout)
	defer cancel()
	cost, hold, stop := p.Cost, int64(0), int64(0)
	if f.Sent {
		hold = s.cfg.Window.Milliseconds() + 1
		if f.Cost > 0 {
			cost = f.Cost
		}
	}
	if f.Throttled {
		stop = min(f.Wait, maxPause).Milliseconds()
	}
	_ = settleScript.Run(ctx, s.client, s.keys(), s.member(p, p.Cost), s.member(p, cost), p.Cost, cost, hold, stop).Err()
}
