package httpapi

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/centrala-go/centrala/booksy"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/webhook"
)

// fail answers with what went wrong: a refusal as it is, a vendor's failure as
// the status that tells the caller whether trying again can help. The
// reference names the attempt in logs and on the dashboard.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error, reference string) {
	if refusal, ok := errors.AsType[*webhook.Refusal](err); ok {
		refusal.ServeHTTP(w, r)
		return
	}
	status, text := classify(err)
	body := map[string]any{"success": false, "error": text}
	if reference != "" {
		body["reference"] = reference
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", retryAfter(err))
	}
	s.log.WarnContext(r.Context(), "request failed", "path", r.URL.Path, "status", status, "reference", reference, "error", err)
	reply(w, status, body)
}

// classify turns a vendor's failure into a status and a text for the caller.
func classify(err error) (int, string) {
	switch {
	case errors.Is(err, flow.ErrKeyReused):
		return http.StatusUnprocessableEntity, "the Idempotency-Key was used for another body"
	case errors.Is(err, booksy.ErrSlotTaken):
		return http.StatusConflict, "the slot is taken"
	case errors.Is(err, transport.ErrOutcomeUnknown), errors.Is(err, flow.ErrCannotSettle):
		return http.StatusGatewayTimeout, "outcome unknown: the vendor may or may not have carried this out; it was not sent again"
	case errors.Is(err, transport.ErrRateLimited), errors.Is(err, transport.ErrQuota):
		return http.StatusTooManyRequests, "the vendor's limit is used up for now; nothing was done"
	case errors.Is(err, transport.ErrNotSent) && errors.Is(err, transport.ErrAuth):
		return http.StatusServiceUnavailable, "the vendor's credential cannot be read; nothing was done"
	case errors.Is(err, transport.ErrUnavailable),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, "the vendor is not available; nothing was done"
	case errors.Is(err, transport.ErrNotSent) && errors.Is(err, transport.ErrInvalid):
		return http.StatusBadRequest, err.Error()
	}
	if _, ok := errors.AsType[*transport.Error](err); ok {
		return http.StatusBadGateway, "the vendor refused: " + err.Error()
	}
	return http.StatusServiceUnavailable, "the server cannot do this now; nothing was done"
}

// retryAfter says in whole seconds when to try again.
func retryAfter(err error) string {
	wait := 5 * time.Second
	if errors.Is(err, transport.ErrQuota) {
		wait = time.Hour
	}
	if e, ok := errors.AsType[*transport.Error](err); ok && e.RetryAfter > 0 {
		wait = e.RetryAfter
	}
	return strconv.Itoa(int(math.Ceil(wait.Seconds())))
}

// off refuses a request that needs a vendor without credentials.
func off(vendor string) error {
	return &webhook.Refusal{
		Status: http.StatusServiceUnavailable, Reason: "off", RetryAfter: 5 * time.Minute,
		Text: vendor + " is switched off: its credentials are not configured",
	}
}
