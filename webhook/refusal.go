package webhook

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strconv"
	"time"
)

// Refusal is an error that says how to answer a request. Return one from the
// function behind a Handler to choose the answer; Text is shown to the sender.
type Refusal struct {
	Status     int
	Text       string
	RetryAfter time.Duration
	// Header is added to the answer, Allow for example.
	Header http.Header
	// Reason is a short word for metrics: method, ip, rate, size, signature …
	Reason string
	// Err is the cause. It is logged, never shown.
	Err error
}

// Refuse returns a Refusal with a status and the text shown to the sender.
func Refuse(status int, text string) *Refusal {
	return &Refusal{Status: status, Text: text, Reason: "refused"}
}

// Error says the status, the text and the cause.
func (e *Refusal) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("webhook: %d %s: %v", e.Status, e.Text, e.Err)
	}
	return fmt.Sprintf("webhook: %d %s", e.Status, e.Text)
}

// Unwrap returns the cause.
func (e *Refusal) Unwrap() error { return e.Err }

// ServeHTTP answers with the refusal: {"success":false,"error":"…"}.
func (e *Refusal) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	maps.Copy(h, e.Header)
	retryAfter(h, e.RetryAfter)
	answer(w, e.Status, verdict{Error: e.Text})
}

// verdict is the body of an answer.
type verdict struct {
	Success bool   `json:"success"`
	Error   string `json:"error,omitempty"`
}

func retryAfter(h http.Header, d time.Duration) {
	if d > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(d.Seconds()))))
	}
}

func answer(w http.ResponseWriter, status int, v verdict) {
	body, err := json.Marshal(v)
	if err != nil || status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the sender may be gone; there is nobody to tell
}
