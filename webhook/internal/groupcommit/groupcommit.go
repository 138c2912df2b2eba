// Package groupcommit lets many callers share one transaction: while one
// commit waits for the disk, the next batch gathers.
package groupcommit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Limits bound a Group. All are above zero.
type Limits struct {
	Batch   int           // items a transaction
	Items   int           // items waiting or being committed
	Bytes   int           // their size
	Workers int           // commits at once
	Timeout time.Duration // of one commit
}

// ErrFull means that the limits on waiting items or bytes are reached.
var ErrFull = errors.New("full")

// Alone marks an error of commit as one item's fault: the items of the batch
// are then committed call by call, so that a bad one fails alone.
func Alone(err error) error { return aloneError{err} }

type aloneError struct{ error }

func (e aloneError) Unwrap() error { return e.error }

// Group gathers items and commits them in batches. It needs no closing: its
// goroutines live only while there is work.
type Group[E, R any] struct {
	commit func(context.Context, []E) ([]R, error)
	size   func(E) int
	limits Limits

	mu      sync.Mutex
	queue   []*call[E, R]
	items   int
	bytes   int
	running int
}

// call is the items of one caller, at most a batch.
type call[E, R any] struct {
	ctx     context.Context
	items   []E
	bytes   int
	results []R
	err     error
	done    chan struct{}
}

// New returns a group. commit makes all its items durable or none and returns
// one result per item.
func New[E, R any](l Limits, size func(E) int, commit func(context.Context, []E) ([]R, error)) *Group[E, R] {
	return &Group[E, R]{commit: commit, size: size, limits: l}
}

// Do returns when the items are durable, with a result for each. Items beyond
// one batch take several transactions. When ctx ends, those not yet being
// committed are taken back; a commit that has begun is waited for, so that the
// items are the caller's again when Do returns.
func (g *Group[E, R]) Do(ctx context.Context, items []E) ([]R, error) {
	calls := g.split(ctx, items)
	if err := g.enqueue(calls); err != nil {
		return nil, err
	}
	results := make([]R, 0, len(items))
	for i, c := range calls {
		select {
		case <-c.done:
		case <-ctx.Done():
			g.takeBack(calls[i:], ctx.Err())
			<-c.done
		}
		if c.err != nil {
			g.takeBack(calls[i+1:], c.err)
			for _, later := range calls[i+1:] {
				<-later.done
			}
			return nil, c.err
		}
		results = append(results, c.results...)
	}
	return results, nil
}

// takeBack ends those of the calls that still wait in the queue.
func (g *Group[E, R]) takeBack(calls []*call[E, R], err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range calls {
		i := slices.Index(g.queue, c)
		if i < 0 {
			continue
		}
		g.queue = slices.Delete(g.queue, i, i+1)
		g.items, g.bytes = g.items-len(c.items), g.bytes-c.bytes
		c.err = err
		close(c.done)
	}
}

func (g *Group[E, R]) split(ctx context.Context, items []E) []*call[E, R] {
	var calls []*call[E, R]
	for len(items) > 0 {
		n := min(len(items), g.limits.Batch)
		c := &call[E, R]{ctx: ctx, items: items[:n], done: make(chan struct{})}
		for _, e := range c.items {
			c.bytes += g.size(e)
		}
		calls, items = append(calls, c), items[n:]
	}
	return calls
}

func (g *Group[E, R]) enqueue(calls []*call[E, R]) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	items, bytes := g.items, g.bytes
	for _, c := range calls {
		items, bytes = items+len(c.items), bytes+c.bytes
	}
	// A caller larger than the limits passes when it is alone.
	if g.items > 0 && (items > g.limits.Items || bytes > g.limits.Bytes) {
		return ErrFull
	}
	g.items, g.bytes, g.queue = items, bytes, append(g.queue, calls...)
	if len(calls) > 0 && g.running < g.limits.Workers {
		g.running++
		go g.work()
	}
	return nil
}

func (g *Group[E, R]) work() {
	for {
		batch := g.next()
		if batch == nil {
			return
		}
		g.settle(batch)
		g.mu.Lock()
		for _, c := range batch {
			g.items, g.bytes = g.items-len(c.items), g.bytes-c.bytes
		}
		g.mu.Unlock()
		for _, c := range batch {
			close(c.done)
		}
		// Callers with more to do come back before the next batch is taken: it
		// is nearly twice as large then, and each event a quarter cheaper.
		for range 2 {
			runtime.Gosched()
		}
	}
}

// next takes the calls of the next batch, or ends the worker.
func (g *Group[E, R]) next() (batch []*call[E, R]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for n := 0; len(g.queue) > 0; {
		c := g.queue[0]
		if n += len(c.items); n > g.limits.Batch {
			break
		}
		batch, g.queue[0] = append(batch, c), nil // what is done may be forgotten
		g.queue = g.queue[1:]
	}
	if batch == nil {
		g.running--
		g.queue = nil
	}
	return batch
}

func (g *Group[E, R]) settle(batch []*call[E, R]) {
	live := batch[:0:0]
	for _, c := range batch {
		if c.err = c.ctx.Err(); c.err == nil { // nobody waits for the others
			live = append(live, c)
		}
	}
	if len(live) == 0 {
		return
	}
	if err := g.try(live); !isAlone(err) || len(live) == 1 {
		return
	}
	for i := range live {
		if err := g.try(live[i : i+1]); err != nil && !isAlone(err) {
			for _, c := range live[i+1:] { // they would wait as long for the same
				c.err = err
			}
			return
		}
	}
}

func isAlone(err error) bool {
	_, ok := errors.AsType[aloneError](err)
	return ok
}

// try commits the calls' items as one and hands out results or the error.
func (g *Group[E, R]) try(calls []*call[E, R]) (err error) {
	var items []E
	for _, c := range calls {
		items = append(items, c.items...)
	}
	results, err := g.safely(context.WithoutCancel(calls[0].ctx), items)
	for _, c := range calls {
		if c.err = err; err == nil {
			c.results, results = results[:len(c.items)], results[len(c.items):]
		}
	}
	return err
}

// safely commits; a panic in commit, which runs a caller's hook, is an error.
func (g *Group[E, R]) safely(ctx context.Context, items []E) (results []R, err error) {
	ctx, cancel := context.WithTimeout(ctx, g.limits.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = Alone(fmt.Errorf("panic of type %T", p))
		}
	}()
	results, err = g.commit(ctx, items)
	if err == nil && len(results) != len(items) {
		err = fmt.Errorf("%d results for %d items", len(results), len(items))
	}
	return results, err
}
