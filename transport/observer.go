package transport

import (
	"context"
	"log/slog"
	"time"
)

// Event is what an Observer sees. It is a value and holds no secret.
type Event struct {
	// Kind says what happened.
	Kind EventKind
	// Op is the operation's name, Safety its class.
	Op     string
	Safety Safety
	// Attempt counts from 1; 0 before the first.
	Attempt int
	// Status is the answer's status code, 0 without an answer.
	Status int
	// Duration is how long the attempt or the wait takes or took.
	Duration time.Duration
	// Outcome is set on EventDone and EventFailed.
	Outcome Outcome
	// Circuit is the new state on EventCircuit.
	Circuit CircuitState
	// RequestID is the vendor's name for the request, where it gave one.
	RequestID string
	// Err is the failure, already redacted.
	Err error
}

// EventKind is the type of an Event.
type EventKind uint8

const (
	// EventAttempt: an attempt ended, with or without an answer.
	EventAttempt EventKind = iota
	// EventRetry: another attempt will be made after Duration.
	EventRetry
	// EventLimited: a permit took Duration to get.
	EventLimited
	// EventLookUp: an unknown outcome is about to be looked up.
	EventLookUp
	// EventDone: the call ended well.
	EventDone
	// EventFailed: the call ended with an error.
	EventFailed
	// EventCircuit: the circuit of WithCircuit changed its state.
	EventCircuit
)

var eventNames = [...]string{"attempt", "retry", "limited", "look-up", "done", "failed", "circuit"}

// String returns the name used in logs.
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return "event"
}

// Observer is told what a client does. Calls come from the goroutine that
// makes the request: it must not block and must be safe for concurrent use.
type Observer interface {
	Observe(ctx context.Context, e Event)
}

// ObserverFunc adapts a function to an Observer.
type ObserverFunc func(ctx context.Context, e Event)

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, e Event) { f(ctx, e) }

// logObserver writes events to a logger: progress at debug level, retries at
// info, unknown outcomes and failures at warn.
type logObserver struct{ log *slog.Logger }

func (l logObserver) Observe(ctx context.Context, e Event) {
	level := slog.LevelDebug
	switch e.Kind {
	case EventRetry, EventLookUp:
		level = slog.LevelInfo
	case EventFailed, EventCircuit:
		level = slog.LevelWarn
	default: // progress
	}
	if !l.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.String("op", e.Op), slog.Int("attempt", e.Attempt)}
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	if e.Duration != 0 {
		attrs = append(attrs, slog.Duration("duration", e.Duration))
	}
	if e.RequestID != "" {
		attrs = append(attrs, slog.String("request_id", e.RequestID))
	}
	if e.Kind == EventDone || e.Kind == EventFailed {
		attrs = append(attrs, slog.String("outcome", e.Outcome.String()))
	}
	if e.Kind == EventCircuit {
		attrs = append(attrs, slog.String("state", e.Circuit.String()))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	l.log.LogAttrs(ctx, level, "transport "+e.Kind.String(), attrs...)
}
