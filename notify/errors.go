package notify

import (
	"errors"

	"github.com/centrala-go/centrala/transport"
)

// The kinds of failure that messages add to transport's. An error that matches
// one of these also matches one of transport's.
var (
	// ErrInvalidRecipient: the address or number is malformed, does not exist
	// or cannot be reached by this kind of message.
	ErrInvalidRecipient = errors.New("invalid recipient")
	// ErrOptedOut: the recipient has asked for no more messages.
	ErrOptedOut = errors.New("recipient has opted out")
	// ErrSender: the sender is unknown, unverified or not allowed to send this.
	ErrSender = errors.New("sender not allowed")
)

// InvalidRecipient returns a *transport.FieldError that also matches
// [ErrInvalidRecipient], for recipients that are refused before anything is
// sent. The problem is formatted like fmt.Sprintf.
func InvalidRecipient(op, field, problem string, args ...any) error {
	return &fieldError{transport.Invalid(op, field, problem, args...), ErrInvalidRecipient}
}

// InvalidSender is [InvalidRecipient] for senders: it matches [ErrSender].
func InvalidSender(op, field, problem string, args ...any) error {
	return &fieldError{transport.Invalid(op, field, problem, args...), ErrSender}
}

// fieldError is a *transport.FieldError with a kind of this package.
type fieldError struct {
	error
	kind error
}

func (e *fieldError) Is(target error) bool { return target == e.kind }

func (e *fieldError) Unwrap() error { return e.error }
