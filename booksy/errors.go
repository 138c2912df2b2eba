package booksy

import (
	"errors"
	"net/http"

	"github.com/centrala-go/centrala/transport"
)

// ErrSlotTaken means that the time is booked already and that this call did
// not book it.
var ErrSlotTaken = errors.New("booksy: slot taken")

// Error is a call that failed at the vendor or on the way to it. It unwraps to
// the *transport.Error with attempts and body, and matches the error kinds of
// package transport.
type Error struct {
	// Outcome says what became of the effect.
	Outcome transport.Outcome
	// Status is the answer's status code, 0 without an answer.
	Status int
	// Code and Message are the vendor's, where it gave them.
	Code, Message string

	cause *transport.Error
}

// Error returns one line without secrets.
func (e *Error) Error() string { return e.cause.Error() }

// Unwrap returns the *transport.Error.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is ErrSlotTaken and the vendor refused with 409. A
// 409 after an attempt in doubt does not match: that attempt may have booked.
func (e *Error) Is(target error) bool {
	return target == ErrSlotTaken && e.Status == http.StatusConflict && e.Outcome == transport.Rejected
}

// wrap gives a transport error this package's face; others pass.
func wrap(err error) error {
	cause, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}
	return &Error{Outcome: cause.Outcome, Status: cause.Status, Code: cause.Code, Message: cause.Message, cause: cause}
}

// malformed reports an answer whose status is good and whose body is not.
func malformed(op *transport.Op, r *transport.Response, outcome transport.Outcome, err error) error {
	return wrap(&transport.Error{
		Op: op.Name, Outcome: outcome, Kind: transport.ErrUnavailable, Attempts: r.Attempts, Status: r.Status, Err: err,
	})
}

// unsettled is an unknown outcome of Create: whether the appointment is there
// could not be found out. What the vendor refused with, if anything, is kept.
func (c *Client) unsettled(refused *transport.Error, why error) error {
	doubt := transport.Error{Op: c.create.Name, Kind: transport.ErrUnavailable}
	if refused != nil {
		doubt = *refused
	}
	doubt.Outcome, doubt.Err = transport.Unknown, why
	return wrap(&doubt)
}
