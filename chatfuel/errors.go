package chatfuel

import (
	"errors"

	"github.com/centrala-go/centrala/transport"
)

// Error is a call of Client that failed at the vendor or on the way to it. It
// unwraps to the *transport.Error with attempts and body, and matches the
// error kinds of package transport.
type Error struct {
	// Outcome says what became of the effect.
	Outcome transport.Outcome
	// Status is the answer's status code, 0 without an answer. A refusal may
	// come with 200.
	Status int
	// Result is the vendor's reason, where it gave one.
	Result string

	cause *transport.Error
}

// Error returns one line without secrets.
func (e *Error) Error() string { return e.cause.Error() }

// Unwrap returns the *transport.Error.
func (e *Error) Unwrap() error { return e.cause }

// wrap gives a transport error this package's face; others pass.
func wrap(err error) error {
	cause, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}
	return &Error{Outcome: cause.Outcome, Status: cause.Status, Result: cause.Message, cause: cause}
}
