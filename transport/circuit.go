package transport

import (
	"fmt"
	"sync"
	"time"
)

// NewCircuit returns a circuit breaker for [WithCircuit]. It opens after that
// many attempts in a row without a usable answer (no answer at all, or a
// status of 500 and above), and then fails every attempt at once for the given
// time. After that a single attempt is let through: its success closes the
// circuit, its failure opens it again.
//
// Share one circuit between clients of the same vendor. The retry quota
// already keeps a dead vendor from being stormed; a circuit adds that callers
// learn of it without waiting.
func NewCircuit(failures int, open time.Duration) *Circuit {
	return &Circuit{limit: max(failures, 1), pause: max(open, time.Millisecond)}
}

// Circuit is a circuit breaker; see [NewCircuit]. It is safe for concurrent use.
type Circuit struct {
	limit int
	pause time.Duration

	mu       sync.Mutex
	failures int
	until    time.Time // open before it
	probing  bool
}

// CircuitState is the state of a [Circuit].
type CircuitState uint8

// The states of a circuit.
const (
	CircuitClosed   CircuitState = iota // attempts pass
	CircuitOpen                         // attempts fail at once
	CircuitHalfOpen                     // one attempt at a time finds out
)

var circuitNames = [...]string{"closed", "open", "half-open"}

// String returns the name used in logs, "half-open" for example.
func (s CircuitState) String() string {
	if int(s) < len(circuitNames) {
		return circuitNames[s]
	}
	return fmt.Sprintf("CircuitState(%d)", uint8(s))
}

// CircuitError says that an attempt was not made because the circuit is open.
// It matches ErrUnavailable.
type CircuitError struct {
	// Wait is how long the circuit stays open.
	Wait time.Duration
}

// Error says for how long.
func (e *CircuitError) Error() string {
	return fmt.Sprintf("transport: circuit open for another %v", e.Wait)
}

// Is reports whether target is ErrUnavailable.
func (e *CircuitError) Is(target error) bool { return target == ErrUnavailable }

// State returns the state at this moment.
func (c *Circuit) State() CircuitState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state(time.Now())
}

func (c *Circuit) state(now time.Time) CircuitState {
	switch {
	case c.failures < c.limit:
		return CircuitClosed
	case now.Before(c.until):
		return CircuitOpen
	}
	return CircuitHalfOpen
}

// enter lets an attempt pass or returns why not. A probe is the one attempt
// that a half-open circuit waits for.
func (c *Circuit) enter(now time.Time) (probe bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state(now) {
	case CircuitOpen:
		return false, &CircuitError{Wait: c.until.Sub(now)}
	case CircuitHalfOpen:
		if c.probing {
			return false, &CircuitError{}
		}
		c.probing = true
		return true, nil
	default: // closed
		return false, nil
	}
}

// attemptEnd is what an attempt says about its vendor.
type attemptEnd uint8

const (
	endedWell attemptEnd = iota
	endedBadly
	endedEarly // by the caller: it says nothing
)

// leave books an attempt and reports the state if it changed. An attempt that
// began before the circuit opened may end while a probe is under way.
func (c *Circuit) leave(now time.Time, end attemptEnd, probe bool) (state CircuitState, changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.state(now)
	c.probing = c.probing && !probe
	switch end {
	case endedWell:
		c.failures = 0
	case endedBadly:
		if c.failures++; c.failures >= c.limit {
			c.until = now.Add(c.pause)
		}
	default: // ended early: says nothing
	}
	after := c.state(now)
	return after, after != before
}

// enterCircuit and leaveCircuit do nothing without a circuit.
func (k *call) enterCircuit() (err error) {
	if k.client.set.circuit != nil {
		k.probe, err = k.client.set.circuit.enter(time.Now())
	}
	return err
}

func (k *call) leaveCircuit() {
	if k.client.set.circuit == nil {
		return
	}
	end := endedWell
	switch {
	case k.last.resp == nil && k.Err() != nil:
		end = endedEarly
	case k.last.resp == nil || k.last.resp.Status >= 500:
		end = endedBadly
	}
	if state, changed := k.client.set.circuit.leave(time.Now(), end, k.probe); changed {
		k.observe(Event{Kind: EventCircuit, Circuit: state, Status: k.status(), Err: k.last.err})
	}
}
