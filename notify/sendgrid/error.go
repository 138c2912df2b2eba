package sendgrid

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

// Problem is one reason why SendGrid refused a request.
type Problem struct {
	// Message says what is wrong.
	Message string `json:"message"`
	// Field is the part of the request it is about, "from.email" for example;
	// empty where SendGrid names none.
	Field string `json:"field"`
	// Help is a link or an object with one, as SendGrid sent it.
	Help json.RawMessage `json:"help"`
}

// Error is a failed call. It matches transport's kinds, and
// notify.ErrInvalidRecipient or notify.ErrSender where SendGrid's problems say
// so; it unwraps to the *transport.Error that tells outcome, status and body.
type Error struct {
	// Problems are SendGrid's, empty when it gave none.
	Problems []Problem
	// ID is SendGrid's name for the failure, "" when it gave none.
	ID string

	kind error
	err  *transport.Error
}

// Error returns the text of the *transport.Error.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the *transport.Error.
func (e *Error) Unwrap() error { return e.err }

// Is reports whether target is the error's kind among notify's.
func (e *Error) Is(target error) bool { return target != nil && target == e.kind }

// wrap gives a failure of the transport SendGrid's meaning. It is the only
// place where an Error is made.
func wrap(err error) error {
	t, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}
	answer := decodeProblems(t.Body)
	return &Error{Problems: answer.Errors, ID: answer.ID, kind: kindOf(t.Status, answer.Errors), err: t}
}

var recipientField = regexp.MustCompile(`^personalizations(\.\d+)?\.(to|cc|bcc)\b`)

// kindOf finds notify's kind of a refusal, nil for none.
func kindOf(status int, found []Problem) error {
	if status != http.StatusBadRequest && status != http.StatusForbidden {
		return nil
	}
	for _, p := range found {
		switch {
		case recipientField.MatchString(p.Field):
			return notify.ErrInvalidRecipient
		case p.Field == "from", strings.HasPrefix(p.Field, "from."):
			return notify.ErrSender
		}
	}
	return nil
}
