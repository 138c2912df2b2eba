package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Idempotency tunes Idempotent. The zero value works.
type Idempotency struct {
	// Required refuses requests without an Idempotency-Key (400). Without it
	// they pass unguarded, unless Derive gives them a key.
	Required bool
	// Derive gives a key to a request that brings none; "" means no key.
	Derive func(r *http.Request, body []byte) string
	// Scope keeps the keys of one caller apart from another's: an account id,
	// say. Nil means that all callers share one space of keys.
	Scope func(r *http.Request) string
	// Methods guarded; the others pass. Nil means POST and PATCH.
	Methods []string
	// TTL is how long an answer is replayed. Zero means 24 hours.
	TTL time.Duration
	// Lease is how long a crashed request blocks its key. Zero means DefaultLease.
	Lease time.Duration
	// MaxBody is the largest request body in bytes, MaxReply the largest answer
	// kept. Zero means 1 MiB each. A larger answer reaches its caller, but a
	// repetition is told that the answer was not kept (409).
	MaxBody, MaxReply int
	// NotDone names the statuses of 500 and above with which the handler says
	// that nothing took effect, such as a 503 for a dependency that was not even
	// asked: the next run of the key may act at once. Nil means none.
	NotDone []int
	// Logger gets failures of the store. Nil means no log.
	Logger *slog.Logger
}

// Idempotent guards your own API after draft-ietf-httpapi-idempotency-key-header:
// a request that repeats a key gets the first one's answer with the header
// Idempotency-Replayed, and the handler behind does not run again. The key is
// taken as the quoted string of the draft or bare, up to 255 bytes.
//
// Answers of 400: key absent where required, unreadable or sent twice. 409 with
// Retry-After: the first request still runs. 422: the key came with another
// method, path, query or body. 503 with Retry-After: the store is down; nothing
// ran. Errors are application/problem+json with the members success and error
// besides.
//
// A final answer is stored: any status but 408, 425, 429 and 5xx. After those,
// and after a handler that returned without one because its context had ended,
// the same key runs again, and AttemptFrom tells the handler whether the earlier
// run may have taken effect (a 5xx not in NotDone, no answer, a panic, a crash).
func Idempotent(s Store, o Idempotency) func(http.Handler) http.Handler {
	if o.Methods == nil {
		o.Methods = []string{http.MethodPost, http.MethodPatch}
	}
	if o.MaxBody == 0 {
		o.MaxBody = 1 << 20
	}
	if o.MaxReply == 0 {
		o.MaxReply = 1 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.TTL = orDefault(o.TTL, 24*time.Hour)
	return func(next http.Handler) http.Handler {
		return &idempotent{s, o, next}
	}
}

type attemptKey struct{}

// AttemptFrom returns the attempt behind Idempotent.
func AttemptFrom(ctx context.Context) (Attempt, bool) {
	a, ok := ctx.Value(attemptKey{}).(Attempt)
	return a, ok
}

type idempotent struct {
	store Store
	Idempotency
	next http.Handler
}

// reply is a stored answer.
type reply struct {
	Status int         `json:"status"`
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"body,omitempty"`
	Cut    bool        `json:"cut,omitempty"` // the body was too large to keep
}

func (h *idempotent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(h.Methods, r.Method) {
		h.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(h.MaxBody)))
	if err != nil {
		status := http.StatusBadRequest
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status = http.StatusRequestEntityTooLarge
		}
		problem(w, status, 0, "request body not readable within its limit")
		return
	}
	r = withBody(r, body)
	key, err := h.key(r, body)
	switch {
	case err != nil:
		problem(w, http.StatusBadRequest, 0, err.Error())
	case key == "":
		h.next.ServeHTTP(w, r)
	default:
		h.serve(w, r, key, body)
	}
}

// key finds the key of a request, scoped to caller and path.
func (h *idempotent) key(r *http.Request, body []byte) (string, error) {
	key, err := idempotencyKey(r.Header)
	if err != nil {
		return "", err
	}
	if key == "" && h.Derive != nil {
		key = h.Derive(r, body)
	}
	if key == "" && h.Required {
		return "", errors.New("Idempotency-Key is required")
	}
	if key == "" {
		return "", nil
	}
	scope := ""
	if h.Scope != nil {
		scope = h.Scope(r)
	}
	return JoinKey("http", scope, key), nil
}

// idempotencyKey reads the header: a structured-field string, or bare.
func idempotencyKey(h http.Header) (string, error) {
	values := h.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	malformed := errors.New("Idempotency-Key is malformed")
	if len(values) > 1 {
		return "", malformed
	}
	key := strings.Trim(values[0], " \t")
	if strings.HasPrefix(key, `"`) {
		unquoted, ok := unquote(key)
		if !ok {
			return "", malformed
		}
		key = unquoted
	} else if strings.ContainsAny(key, " \t\",;") {
		return "", malformed
	}
	if key == "" || len(key) > MaxKey || strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) {
		return "", malformed
	}
	return key, nil
}

// unquote reads a string of RFC 8941, section 3.3.3.
func unquote(text string) (string, bool) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			return b.String(), i == len(text)-1
		case '\\':
			if i++; i == len(text) || text[i] != '"' && text[i] != '\\' {
				return "", false
			}
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

var (
	// errTransient ends an attempt whose answer is not kept.
	errTransient = errors.New("webhook: answer not final")
	// errSilent ends one that stopped without a word: silence is no 200 then.
	errSilent = errors.New("webhook: no answer")
)

func (h *idempotent) serve(w http.ResponseWriter, r *http.Request, key string, body []byte) {
	var rec *recorder
	o := OnceOptions{
		Fingerprint: Fingerprint([]byte(r.Method), []byte(r.URL.Path), []byte(r.URL.RawQuery), body),
		Lease:       h.Lease, TTL: h.TTL, Keep: h.TTL,
	}
	first, err := Once(r.Context(), h.store, key, o, func(ctx context.Context, a Attempt) (reply, error) {
		rec = &recorder{out: w, header: http.Header{}, limit: h.MaxReply}
		h.next.ServeHTTP(rec, r.WithContext(context.WithValue(ctx, attemptKey{}, a)))
		if rec.kept.Status == 0 && ctx.Err() != nil {
			return reply{}, errSilent
		}
		return rec.reply(a, h.NotDone)
	})
	switch {
	case errors.Is(err, errSilent):
		problem(w, http.StatusServiceUnavailable, 5*time.Second, "temporarily unavailable")
	case rec != nil: // it ran: answer, whatever became of the record
		rec.send()
		if err != nil && !errors.Is(err, errTransient) {
			h.Logger.ErrorContext(r.Context(), "idempotent answer not stored", "error", err)
		}
	case err == nil:
		first.replay(w)
	default:
		h.refuse(w, r, err)
	}
}

func (h *idempotent) refuse(w http.ResponseWriter, r *http.Request, err error) {
	k, ok := errors.AsType[*KeyError](err)
	switch {
	case !ok:
		h.Logger.ErrorContext(r.Context(), "idempotency store failed", "error", err)
		problem(w, http.StatusServiceUnavailable, 5*time.Second, "temporarily unavailable")
	case k.State == StateMismatch:
		problem(w, http.StatusUnprocessableEntity, 0, "Idempotency-Key was used for another request")
	default:
		problem(w, http.StatusConflict, max(k.RetryAfter, time.Second), "a request with this Idempotency-Key is being worked on")
	}
}

// recorder holds an answer back until it is stored, so that a caller who
// repeats a request the moment it is answered gets the same answer. An answer
// beyond its limit is passed on as it comes.
type recorder struct {
	out    http.ResponseWriter
	header http.Header
	limit  int
	kept   reply
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.kept.Status == 0 && status >= 200 { // 1xx are no answers
		w.kept.Status, w.kept.Header = status, w.header.Clone()
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if !w.kept.Cut && len(w.kept.Body)+len(p) > w.limit {
		w.send()
		w.kept.Cut, w.kept.Body = true, nil
	}
	if w.kept.Cut {
		return w.out.Write(p)
	}
	w.kept.Body = append(w.kept.Body, p...)
	return len(p), nil
}

// send passes the answer held back on.
func (w *recorder) send() {
	if w.kept.Cut {
		return
	}
	w.WriteHeader(http.StatusOK)
	w.kept.write(w.out)
}

// reply is what is stored of the answer, or an error where it is not final.
func (w *recorder) reply(a Attempt, notDone []int) (reply, error) {
	w.WriteHeader(http.StatusOK)
	switch s := w.kept.Status; {
	case s >= 500 && !slices.Contains(notDone, s):
		return reply{}, errTransient
	case s >= 500, s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests:
		if a.Unsettled {
			return reply{}, errTransient // still nobody knows about the earlier run
		}
		return reply{}, NotDone(errTransient)
	}
	stored := w.kept
	stored.Header = stored.Header.Clone()
	for _, name := range []string{"Date", "Connection", "Set-Cookie", "Transfer-Encoding", "Content-Length"} {
		stored.Header.Del(name)
	}
	return stored, nil
}

func (p reply) replay(w http.ResponseWriter) {
	if p.Cut {
		problem(w, http.StatusConflict, 0, "the first request was answered, and its answer was too large to keep")
		return
	}
	w.Header().Set("Idempotency-Replayed", "true")
	p.write(w)
}

func (p reply) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.Header)
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.Body) // the caller may be gone; there is nobody to tell
}

// problem answers with RFC 9457's members and those of every other refusal.
func problem(w http.ResponseWriter, status int, wait time.Duration, detail string) {
	body, err := json.Marshal(map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail,
		"success": false, "error": detail,
	})
	if err != nil { // cannot be: texts and numbers
		w.WriteHeader(status)
		return
	}
	retryAfter(w.Header(), wait)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may be gone; there is nobody to tell
}
