package chatfuel

import (
	"context"
	"errors"
	"net/http"

	"github.com/centrala-go/centrala/transport"
)

// FailureReply is how a handler answers a call that failed, unless configured
// otherwise: it sets the attributes "success" to false, "error" to one word
// ("bad_request", "unauthorized", "timeout", "unknown_outcome", "conflict",
// "unavailable" or "failed") and "error_detail" to what an *InputError says,
// else to "". It shows nothing to the user and tells nothing about the inside.
func FailureReply(err error) Reply {
	detail := ""
	if e, ok := errors.AsType[*InputError](err); ok {
		detail = e.Problem
	}
	return Reply{SetAttributes: map[string]any{"success": false, "error": failureWord(err), "error_detail": detail}}
}

// unverified is a call whose sender is not proven.
type unverified struct{ cause error }

func (e *unverified) Error() string { return "chatfuel: call refused: " + e.cause.Error() }
func (e *unverified) Unwrap() error { return e.cause }

func failureWord(err error) string {
	if _, ok := errors.AsType[*unverified](err); ok {
		return "unauthorized"
	}
	if _, ok := errors.AsType[*InputError](err); ok {
		return "bad_request"
	}
	switch {
	case errors.Is(err, transport.ErrOutcomeUnknown):
		return "unknown_outcome"
	case errors.Is(err, ErrDeadline), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, transport.ErrConflict):
		return "conflict"
	case errors.Is(err, transport.ErrUnavailable), errors.Is(err, transport.ErrRateLimited):
		return "unavailable"
	}
	return "failed"
}

// statusOf is the HTTP status that fits a failure.
func statusOf(err error) int {
	if e, ok := errors.AsType[*InputError](err); ok {
		return e.Status
	}
	switch failureWord(err) {
	case "unauthorized":
		return http.StatusUnauthorized
	case "timeout", "unknown_outcome":
		return http.StatusGatewayTimeout
	case "conflict":
		return http.StatusConflict
	case "unavailable":
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
