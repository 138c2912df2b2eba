package transport

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// The kinds of failure that all vendor packages share. Test for them with
// errors.Is; an error matches its kind, and ErrOutcomeUnknown or ErrNotSent
// besides when its outcome says so.
var (
	// ErrRateLimited: the vendor's limit, or ours on its behalf, is used up for now.
	ErrRateLimited = errors.New("rate limited")
	// ErrAuth: the credential is missing, wrong, expired or lacks a permission.
	ErrAuth = errors.New("not authorised")
	// ErrNotFound: what the request names does not exist.
	ErrNotFound = errors.New("not found")
	// ErrInvalid: the request is wrong and would be refused again.
	ErrInvalid = errors.New("invalid request")
	// ErrConflict: the request collides with something: a taken slot, a key in use.
	ErrConflict = errors.New("conflict")
	// ErrQuota: a daily or paid quota is used up; waiting a little does not help.
	ErrQuota = errors.New("quota used up")
	// ErrUnavailable: the vendor or the way to it is down.
	ErrUnavailable = errors.New("unavailable")
	// ErrOutcomeUnknown: the effect may or may not have taken place.
	ErrOutcomeUnknown = errors.New("outcome unknown")
	// ErrTooLarge: the request, or the vendor's answer, is over a size limit.
	ErrTooLarge = errors.New("too large")
	// ErrNotSent: the request provably never left this process.
	ErrNotSent = errors.New("not sent")
)

// Error is a failed call. Vendor packages wrap it in an error of their own
// that adds what the vendor says. It never holds the request, a credential or
// a query string.
type Error struct {
	// Op names the operation, Method and URL the request; the URL has neither
	// user information nor query.
	Op, Method, URL string
	// Outcome says what became of the effect.
	Outcome Outcome
	// Kind is one of this package's Err values, or nil.
	Kind error
	// Attempts is how many attempts were made, 0 when none could start.
	Attempts int
	// Status is the last answer's status code, 0 without an answer.
	Status int
	// Code, Message and RequestID are the vendor's, where it gave them.
	Code, Message, RequestID string
	// RetryAfter is how long the vendor asked to wait, 0 when it did not say.
	RetryAfter time.Duration
	// Temporary says that the vendor did nothing and that a later call may
	// pass, or that nothing was sent: attempts, time or the quota ran out first.
	Temporary bool
	// Body is the start of the answer, at most 64 KiB, secrets removed.
	Body []byte
	// Err is the cause when there was no answer: a network error, a context's.
	Err error
}

// Error returns one line: operation, what happened, outcome.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteString(": ")
	b.WriteString(e.what())
	if e.Code != "" {
		fmt.Fprintf(&b, " [%s]", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request %s)", e.RequestID)
	}
	fmt.Fprintf(&b, " (%s after %d attempt(s))", e.Outcome, e.Attempts)
	return oneLine(b.String())
}

// oneLine puts a blank where the vendor's text would break or hide a line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return ' '
		}
		return r
	}, s)
}

func (e *Error) what() string {
	switch {
	case e.Kind != nil && e.Status != 0:
		return fmt.Sprintf("%v, status %d", e.Kind, e.Status)
	case e.Kind != nil:
		return e.Kind.Error()
	case e.Status != 0:
		return fmt.Sprintf("status %d", e.Status)
	default:
		return "failed"
	}
}

// Is reports whether target is the error's kind or names its outcome.
func (e *Error) Is(target error) bool {
	switch target {
	case nil:
		return false
	case ErrOutcomeUnknown:
		return e.Outcome == Unknown
	case ErrNotSent:
		return e.Outcome == NotSent
	}
	return target == e.Kind
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout reports whether the cause was a deadline, as net.Error has it.
func (e *Error) Timeout() bool {
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](e.Err)
	return ok && t.Timeout()
}

// LogValue keeps the body out of logs.
func (e *Error) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("op", e.Op), slog.String("outcome", e.Outcome.String()),
		slog.Int("attempts", e.Attempts), slog.Int("status", e.Status),
		slog.String("code", e.Code), slog.String("request_id", e.RequestID),
		slog.String("error", e.Error()))
}

// MarshalJSON writes what LogValue logs: never the body, and the cause only as
// the text that Error gives.
func (e *Error) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Op        string `json:"op"`
		Outcome   string `json:"outcome"`
		Attempts  int    `json:"attempts"`
		Status    int    `json:"status,omitzero"`
		Code      string `json:"code,omitzero"`
		RequestID string `json:"request_id,omitzero"`
		Error     string `json:"error"`
	}{e.Op, e.Outcome.String(), e.Attempts, e.Status, e.Code, e.RequestID, e.Error()})
}

// FieldError is an input that the vendor is known to refuse, found before
// anything was sent. It matches ErrInvalid and ErrNotSent.
type FieldError struct {
	// Op names the operation or constructor.
	Op string
	// Field is the field as the caller wrote it: "Email", "Columns[date]".
	Field string
	// Problem completes the sentence "<field> …": "is empty".
	Problem string
}

// Invalid returns a FieldError whose problem is formatted like fmt.Sprintf.
// The problem must not repeat secret values.
func Invalid(op, field, problem string, args ...any) error {
	if len(args) > 0 {
		problem = fmt.Sprintf(problem, args...)
	}
	return &FieldError{Op: op, Field: field, Problem: problem}
}

// Error returns "op: field problem".
func (e *FieldError) Error() string { return e.Op + ": " + e.Field + " " + e.Problem }

// Is reports whether target is ErrInvalid or ErrNotSent.
func (e *FieldError) Is(target error) bool { return target == ErrInvalid || target == ErrNotSent }

// OutcomeOf tells what became of the effect of a call that returned err: Done
// for nil, NotSent for refused input, what the Error says, and Unknown for an
// error this package did not make.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return Done
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Outcome
	}
	if _, ok := errors.AsType[*FieldError](err); ok {
		return NotSent
	}
	return Unknown
}

// stripURL removes what net/http adds around a cause: the URL with its query.
// What wrapped the *url.Error goes too, because its text repeats the URL.
func stripURL(err error) error {
	for {
		u, ok := errors.AsType[*url.Error](err)
		switch {
		case !ok:
			return err
		case u.Err == nil:
			return errors.New(u.Op + " failed")
		}
		err = u.Err
	}
}
