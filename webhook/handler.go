package webhook

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// Config says how a Handler receives the events of one source. Source and one
// of Verifier and AllowUnverified are required; the rest has defaults that work.
type Config struct {
	// Source names the sender: it keeps keys, limits and metrics apart.
	Source string
	// Verifier proves who sent a message.
	Verifier Verifier
	// AllowUnverified takes messages without proof when Verifier is nil.
	AllowUnverified bool
	// URL is the address the sender was given, for schemes that sign it.
	URL string
	// Handshake, when set, may answer a message by itself. It is asked before
	// verification (verified false; only for handshakes that carry no
	// signature, monday's) and after it (verified true). Nil means: go on.
	Handshake func(m *Message, verified bool) http.Handler

	// Methods default to POST.
	Methods []string
	// Allow lists who may send; empty means everybody. It adds to signatures
	// and never replaces them.
	Allow []netip.Prefix
	// TrustedProxies are the peers whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// IPLimit is asked per address (IPv6: per /64) before anything is read.
	IPLimit Limiter
	// SourceLimit is asked with Source once the sender is proven and, with
	// Replay, the message is no replay: those cost the source nothing.
	SourceLimit Limiter
	// MaxBody is the largest body in bytes. Zero means 1 MiB.
	MaxBody int64
	// MaxHeader is the largest header in bytes, path and query included. Zero
	// means 16 KiB.
	MaxHeader int
	// RequireHeaders are refused as unsigned when absent, before the body is
	// read. A handshake that comes unsigned lacks them too.
	RequireHeaders []string
	// ContentTypes are the media types of bodies taken; empty means all.
	ContentTypes []string
	// ReadTimeout is how long the body may take. Zero means 6 s.
	ReadTimeout time.Duration

	// Replay, when set, lets the same signed content through once within twice
	// Tolerance. A scheme without a signed time knows no window: behind it,
	// Dedupe or the Inbox is what stops a replay.
	Replay Store
	// Tolerance must not be below the verifier's. Zero means the verifier's, and
	// 5 minutes where that is less or unknown.
	Tolerance time.Duration
	// Dedupe, when set, lets each Key through once within DedupeTTL. Behind an
	// Inbox, which has its own unique keys, it is not needed.
	Dedupe Store
	// Key is what identifies an event; the handler puts Source in front. Nil, or
	// an empty text, means the signed id, else a digest of the content. An id
	// that the signature does not cover (GitHub's and Shopify's headers) can be
	// changed by whoever replays a message: join it with a digest of the body.
	Key func(e Event) string
	// DedupeTTL defaults to DefaultTTL. It must not be below RetryHorizon, how
	// long the sender repeats an event: repetitions after it would run again.
	DedupeTTL, RetryHorizon time.Duration

	// Inbox, when set, makes the events durable before they are acknowledged; it
	// stands in for the function of NewHandler.
	Inbox Inbox
	// Split cuts a body that carries many events into them, each with a key of
	// its own (Source comes from the handler where it is empty). Nil means that
	// a message is one event under Event.Key. An error is answered with 400, or
	// as the Refusal says that it is.
	Split func(e Event) ([]InboxEvent, error)

	// Success is the status of a taken or repeated event. Zero means 200, the
	// only one every sender accepts.
	Success int
	// RetryAfter goes with 503. Zero means 5 s.
	RetryAfter time.Duration
	// Observe, when set, is told about every request once it is answered.
	Observe func(Observation)
	// Logger gets failures. Nil means no log.
	Logger *slog.Logger
}

// Event is a message that passed the checks. Do not change what it refers to.
type Event struct {
	Source string
	// Key identifies the event for de-duplication; see Config.Key.
	Key    string
	Header http.Header
	Body   []byte
	Verification
	// Remote is the sender's address; see ClientIP.
	Remote   netip.Addr
	Received time.Time
	// Attempt is set behind Config.Dedupe: which attempt this is and whether an
	// earlier one may have taken effect.
	Attempt Attempt

	query string
}

// Observation is what became of one request.
type Observation struct {
	Source string
	// Result is accepted, duplicate, conflict (a known key with another body:
	// the first is kept), handshake, refused or failed.
	Result string
	// Reason says more of refused and failed: method, ip, rate, header, size,
	// type, body, missing, malformed, mismatch, too_old, too_new, in_flight,
	// full, panic, unavailable, or the Reason of the function's Refusal.
	Reason      string
	Status      int
	Scheme, Key string // of the Verification
	Bytes       int    // of the body
	Duration    time.Duration
}

// Handler receives the events of one source over HTTP. It checks method,
// address, rate, size, header and body before it computes anything, then
// verifies, drops repetitions and calls a function. The answer is sent when
// the function returns: make the event durable in it before returning nil.
type Handler struct {
	c    Config
	next func(context.Context, Event) error
}

// NewHandler checks the configuration. The function next, nil with
// Config.Inbox, may return a Refusal to choose the answer; ErrFull and any
// other error become 503 with Retry-After, so that the sender repeats.
func NewHandler(c Config, next func(context.Context, Event) error) (*Handler, error) {
	switch {
	case c.Source == "":
		return nil, errors.New("webhook: Source is empty")
	case (next == nil) == (c.Inbox == nil):
		return nil, errors.New("webhook: exactly one of next and Inbox must be set")
	case c.Verifier == nil && !c.AllowUnverified:
		return nil, errors.New("webhook: Verifier is nil; set AllowUnverified to take anything from anybody")
	case c.MaxBody < 0 || c.MaxHeader < 0 || c.ReadTimeout < 0 || c.Tolerance < 0 || c.DedupeTTL < 0:
		return nil, errors.New("webhook: a limit is negative")
	case c.Success != 0 && (c.Success < 200 || c.Success > 299):
		return nil, fmt.Errorf("webhook: Success is %d, want 200 to 299", c.Success)
	}
	c.setDefaults()
	if least := toleranceOf(c.Verifier); c.Replay != nil && c.Tolerance < least {
		return nil, fmt.Errorf("webhook: Tolerance %s is below the verifier's %s: late replays would run again", c.Tolerance, least)
	}
	if c.Dedupe != nil && c.DedupeTTL < c.RetryHorizon {
		return nil, fmt.Errorf("webhook: DedupeTTL %s is below RetryHorizon %s: late repetitions would run again", c.DedupeTTL, c.RetryHorizon)
	}
	return &Handler{c, next}, nil
}

func (c *Config) setDefaults() {
	if len(c.Methods) == 0 {
		c.Methods = []string{http.MethodPost}
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.MaxHeader == 0 {
		c.MaxHeader = 16 << 10
	}
	if c.Success == 0 {
		c.Success = http.StatusOK
	}
	c.ReadTimeout = orDefault(c.ReadTimeout, 6*time.Second)
	c.Tolerance = orDefault(c.Tolerance, max(defaultTolerance, toleranceOf(c.Verifier)))
	c.DedupeTTL = orDefault(c.DedupeTTL, DefaultTTL)
	c.RetryAfter = orDefault(c.RetryAfter, 5*time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

// ServeHTTP receives one message and answers it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(e Event) (result string, err error) {
		result, err = h.deliver(r, e)
		if err == nil {
			answer(w, h.c.Success, verdict{Success: true})
		}
		return result, err
	})
}

// Guard lets only verified messages reach an ordinary handler, which finds the
// whole body in the request and the Event in its context. It neither drops
// repetitions nor calls the function of NewHandler; put Idempotent behind it.
// Config.Observe is told about the admission, not about next's answer.
func (h *Handler) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.serve(w, r, func(e Event) (string, error) {
			if err := h.limit(r, h.c.SourceLimit, h.c.Source); err != nil {
				return "", err
			}
			r = withBody(r.WithContext(context.WithValue(r.Context(), eventKey{}, e)), e.Body)
			return "accepted", nil
		})
		if _, admitted := EventFrom(r.Context()); admitted {
			next.ServeHTTP(w, r)
		}
	})
}

type eventKey struct{}

// EventFrom returns the event that Guard verified.
func EventFrom(ctx context.Context) (Event, bool) {
	e, ok := ctx.Value(eventKey{}).(Event)
	return e, ok
}

// serve admits, lets do handle the event, answers refusals and observes.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, do func(Event) (string, error)) {
	o := Observation{Source: h.c.Source, Status: h.c.Success}
	began := time.Now()
	defer func() {
		o.Duration = time.Since(began)
		if h.c.Observe != nil {
			h.c.Observe(o)
		}
	}()
	err := h.guarded(func() (err error) {
		var e Event
		if e, err = h.admit(w, r); err == nil {
			o.Result, err = do(e)
		}
		o.Scheme, o.Key, o.Bytes = e.Scheme, e.Verification.Key, len(e.Body)
		return err
	})
	if err == nil {
		return
	}
	if shake, ok := errors.AsType[handshake](err); ok {
		o.Result = "handshake"
		seen := &statusWriter{w, http.StatusOK}
		shake.ServeHTTP(seen, r)
		o.Status = seen.status
		return
	}
	refusal := h.refusal(err)
	o.Result, o.Reason, o.Status = "refused", refusal.Reason, refusal.Status
	if refusal.Status >= 500 {
		o.Result = "failed"
		h.c.Logger.ErrorContext(r.Context(), "webhook failed", "source", h.c.Source, "error", err)
	}
	refusal.ServeHTTP(w, r)
}

// statusWriter keeps the status that a handshake answers with.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// guarded turns a panic into an error; the server's own abort passes.
func (h *Handler) guarded(do func() error) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(http.ErrAbortHandler)
		default:
			err = &Refusal{Status: http.StatusInternalServerError, Text: "internal error", Reason: "panic", Err: fmt.Errorf("panic of type %T", p)}
		}
	}()
	return do()
}

// refusal finds the answer to an error.
func (h *Handler) refusal(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	if k, ok := errors.AsType[*KeyError](err); ok && k.State == StateInFlight {
		return &Refusal{Status: http.StatusConflict, Text: "this event is being worked on", RetryAfter: min(max(k.RetryAfter, time.Second), h.c.RetryAfter), Reason: "in_flight", Err: err}
	}
	r := &Refusal{Status: http.StatusServiceUnavailable, Text: "temporarily unavailable", RetryAfter: h.c.RetryAfter, Reason: "unavailable", Err: err}
	if errors.Is(err, ErrFull) {
		r.Reason = "full"
	}
	return r
}

// deliver runs next, at most once per signed content and per key.
func (h *Handler) deliver(r *http.Request, e Event) (result string, err error) {
	run := func(ctx context.Context, a Attempt) (_ string, err error) {
		e.Attempt = a
		if h.c.Inbox != nil {
			return h.put(ctx, e)
		}
		return "accepted", h.next(ctx, e)
	}
	if h.c.Dedupe != nil {
		run = h.once(run, h.c.Dedupe, e.Key, OnceOptions{Fingerprint: Fingerprint(e.Body), TTL: h.c.DedupeTTL, Keep: h.c.DedupeTTL})
	}
	run = h.limited(run, r)
	if h.c.Replay != nil {
		key := JoinKey("replay", h.c.Source, hex.EncodeToString(e.digest()))
		run = h.once(run, h.c.Replay, key, OnceOptions{TTL: 2 * h.c.Tolerance, Keep: 2 * h.c.Tolerance})
	}
	return run(r.Context(), Attempt{})
}

// limited lets run through within the source's budget.
func (h *Handler) limited(run runFunc, r *http.Request) runFunc {
	return func(ctx context.Context, a Attempt) (string, error) {
		if err := h.limit(r, h.c.SourceLimit, h.c.Source); err != nil {
			return "", NotDone(err)
		}
		return run(ctx, a)
	}
}

type runFunc = func(context.Context, Attempt) (result string, err error)

// once lets run through once per key. What the store remembers instead is a
// repetition; only an error of run itself is the caller's.
func (h *Handler) once(run runFunc, s Store, key string, o OnceOptions) runFunc {
	return func(ctx context.Context, _ Attempt) (string, error) {
		ran := false
		result, err := Once(ctx, s, key, o, func(ctx context.Context, a Attempt) (string, error) {
			ran = true
			return run(ctx, a)
		})
		switch {
		case ran:
			return result, err
		case err == nil, errors.Is(err, ErrDead):
			return "duplicate", nil
		case errors.Is(err, ErrKeyReused):
			h.conflict(ctx, key)
			return "conflict", nil
		}
		return "", err
	}
}

// put stores the events of a message.
func (h *Handler) put(ctx context.Context, e Event) (result string, err error) {
	events := []InboxEvent{{Source: e.Source, Key: e.Key, Body: e.Body}}
	if h.c.Split != nil {
		if events, err = h.split(e); err != nil {
			return "", err
		}
	}
	receipts, err := h.c.Inbox.Put(ctx, events...)
	if len(receipts) == 0 {
		return "accepted", err
	}
	result = "duplicate"
	for i, r := range receipts {
		switch {
		case r.Conflict:
			h.conflict(ctx, events[i].Key)
			result = "conflict"
		case !r.Duplicate && result == "duplicate":
			result = "accepted"
		}
	}
	return result, err
}

func (h *Handler) split(e Event) ([]InboxEvent, error) {
	events, err := h.c.Split(e)
	for i := range events {
		if events[i].Source == "" {
			events[i].Source = e.Source
		}
		if err == nil {
			err = events[i].Validate()
		}
	}
	if _, ok := errors.AsType[*Refusal](err); err != nil && !ok {
		err = &Refusal{Status: http.StatusBadRequest, Text: "body not understood", Reason: "body", Err: err}
	}
	return events, err
}

func (h *Handler) conflict(ctx context.Context, key string) {
	h.c.Logger.WarnContext(ctx, "webhook key came with another body; the first is kept", "source", h.c.Source, "key", key)
}

// digest identifies the signed content: the same for every spelling of the
// signature, another for every other message.
func (e Event) digest() []byte {
	at := ""
	if !e.Timestamp.IsZero() {
		at = strconv.FormatInt(e.Timestamp.UnixNano(), 10)
	}
	content := e.content()
	if e.ID != "" && !e.BodyAuthenticated {
		content = nil // an id for a single use: whoever replays it could change the rest
	}
	return Fingerprint([]byte(e.Scheme), []byte(e.ID), []byte(at), content)
}

// content is the body, or the query of a message without one. A query beside a
// body does not count: most schemes leave it unsigned, and whoever replays a
// message could change it.
func (e Event) content() []byte {
	if len(e.Body) == 0 {
		return []byte(e.query)
	}
	return e.Body
}

// key is what identifies the event.
func (h *Handler) key(e Event) string {
	if h.c.Key != nil {
		if key := h.c.Key(e); key != "" {
			return JoinKey(h.c.Source, key)
		}
	}
	if e.ID != "" {
		return JoinKey(h.c.Source, e.ID)
	}
	return JoinKey(h.c.Source, hex.EncodeToString(Fingerprint(e.content())))
}

func (h *Handler) methodAllowed(method string) bool { return slices.Contains(h.c.Methods, method) }
