package monday

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// ErrCursorExpired: the cursor of an items page is older than 60 minutes. Read
// on from a new first page; see ItemsParams.
var ErrCursorExpired = errors.New("monday: the cursor has expired")

// Error is a call that monday answered with errors, or that failed on the way.
// It matches the shared kinds of package transport, and through Unwrap the
// *transport.Error with outcome, status and attempts.
type Error struct {
	// Code and Message are those of the first problem that decided.
	Code, Message string
	// RequestID is monday's name for the request, for their support.
	RequestID string
	// Problems are all errors of the answer.
	Problems []Problem
	// Data is the data that came beside the errors, nil without. A mutation
	// that returned data took effect.
	Data json.RawMessage

	cause *transport.Error
	// expired marks an expired cursor.
	expired bool
}

// Error returns one line: operation, kind, code, message, request, outcome.
func (e *Error) Error() string { return e.cause.Error() }

// Is reports whether target is ErrCursorExpired and the cursor has expired.
func (e *Error) Is(target error) bool { return target == ErrCursorExpired && e.expired }

// Unwrap returns the *transport.Error.
func (e *Error) Unwrap() error { return e.cause }

// Attempts is how many times the request was sent or tried.
func (e *Error) Attempts() int { return e.cause.Attempts }

// LogValue keeps bodies out of logs.
func (e *Error) LogValue() slog.Value { return e.cause.LogValue() }

// wrap turns a failed call into an Error; refused input stays what it is.
func wrap(err error) error {
	cause, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}
	return newError(cause, parseFrame(cause.Body))
}

func newError(cause *transport.Error, f frame) *Error {
	if cause.RequestID == "" {
		cause.RequestID = f.requestID
	}
	return &Error{
		Code: cause.Code, Message: cause.Message, RequestID: cause.RequestID,
		Problems: f.errors, Data: f.data, cause: cause, expired: cursorExpired(f.errors),
	}
}

// partial makes the error of an answer that carries data as well.
func partial(op *operation, t told, f frame) *Error {
	c, p := worst(f.errors, t.status)
	return newError(answered(op, t, f.wait, c.kind, p), f)
}

// answered is the transport's error for an answer that it took for a success.
func answered(op *operation, t told, wait time.Duration, kind error, p Problem) *transport.Error {
	outcome := transport.Done
	if op.Safety == transport.Read {
		outcome = transport.Rejected
	}
	return &transport.Error{
		Op: op.Name, Method: http.MethodPost, Outcome: outcome, Kind: kind, Attempts: t.attempts, Status: t.status,
		Code: p.Code, Message: p.Message, RequestID: t.requestID, RetryAfter: wait,
	}
}

// undecodable makes the error of an answer whose data is not what the
// operation returns: the effect took place, its description is unreadable.
func undecodable(op *operation, t told, f frame, err error) *Error {
	cause := answered(op, t, f.wait, transport.ErrUnavailable, Problem{})
	cause.Err = fmt.Errorf("reading the answer: %w", err)
	return newError(cause, f)
}

// missing makes the error of an answer without errors and without what was
// asked for: an id that names nothing, or a mutation that does not say what it
// did.
func missing(op *operation, t told, what string) *Error {
	cause := answered(op, t, 0, transport.ErrNotFound, Problem{Message: "the answer holds no " + what})
	if op.Safety != transport.Read {
		cause.Outcome, cause.Kind = transport.Unknown, transport.ErrUnavailable
	}
	return newError(cause, frame{})
}
