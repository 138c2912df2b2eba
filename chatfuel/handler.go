package chatfuel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/webhook"
)

// DefaultDeadline is when an answer is due by default; Chatfuel gives up after
// ten seconds, the way included.
const DefaultDeadline = 8500 * time.Millisecond

// maxDeadline leaves half a second for the way.
const maxDeadline = 9500 * time.Millisecond

// ErrDeadline means that ReplyFunc had not answered when the reply was due.
var ErrDeadline = errors.New("chatfuel: no reply in time")

// ReplyFunc answers one call of a bot. Its context ends when the reply is due:
// what takes longer belongs into a durable job. An *InputError, such as
// Attributes.Require gives, is the caller's fault; any other error is ours.
type ReplyFunc func(ctx context.Context, in Attributes) (Reply, error)

// HandlerConfig describes a server for JSON API blocks.
type HandlerConfig struct {
	// Reply answers calls; required.
	Reply ReplyFunc
	// Verifier proves that a call comes from the bot: webhook.NewStaticToken
	// with a header that the block sets. Required unless Insecure.
	Verifier webhook.Verifier
	// Insecure accepts calls from anybody.
	Insecure bool
	// Deadline is when the answer is due; 0 means DefaultDeadline, more than
	// 9.5 s is refused.
	Deadline time.Duration
	// MaxBody is the largest body, in bytes; 0 means DefaultMaxBody.
	MaxBody int64
	// Failure builds the answer to a call that failed; nil means FailureReply.
	Failure func(error) Reply
	// Statuses answers failures with the HTTP status that fits. By default they
	// are answered with 200, because what a bot does with others is not
	// documented.
	Statuses bool
	// Report is told about every failure, and about replies that Validate
	// objects to, which are sent all the same; nil drops them. It must be safe
	// for concurrent use.
	Report func(ctx context.Context, err error)
}

// NewHandler returns a server for JSON API blocks: it takes GET and POST,
// verifies, reads attributes and answers with the reply, always before the
// deadline. A failure, a panic and a late ReplyFunc are answered with
// cfg.Failure. Only a call that is not verified (401) or has another method
// (405) is turned away with its status, since it is not the bot's. Chatfuel
// does not promise to call once: give effects a key of your own.
//
// With the default Failure the attribute "success" is set to true in replies
// that do not set it themselves, so that the bot can branch on it.
func NewHandler(cfg HandlerConfig) (http.Handler, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Deadline == 0 {
		cfg.Deadline = DefaultDeadline
	}
	return &handler{cfg}, nil
}

func (cfg HandlerConfig) check() error {
	invalid := func(field, problem string) error { return transport.Invalid("chatfuel.NewHandler", field, problem) }
	switch {
	case cfg.Reply == nil:
		return invalid("Reply", "is nil")
	case cfg.Verifier == nil && !cfg.Insecure:
		return invalid("Verifier", "is nil; set Insecure to accept calls from anybody")
	case cfg.Verifier != nil && cfg.Insecure:
		return invalid("Insecure", "is set besides Verifier")
	case cfg.Deadline < 0 || cfg.Deadline > maxDeadline:
		return invalid("Deadline", "is not between 0 and 9.5 s")
	case cfg.MaxBody < 0:
		return invalid("MaxBody", "is negative")
	}
	return nil
}

type handler struct{ cfg HandlerConfig }

// ServeHTTP answers one call.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), h.cfg.Deadline)
	defer cancel()
	in, err := h.receive(w, r)
	var out Reply
	if err == nil {
		out, err = h.run(ctx, in)
	}
	if err != nil {
		h.report(ctx, err)
		h.fail(w, err)
		return
	}
	if problem := out.Validate(); problem != nil {
		h.report(ctx, problem)
	}
	h.succeed(w, h.withSuccess(out))
}

// receive verifies the call and reads its attributes.
func (h *handler) receive(w http.ResponseWriter, r *http.Request) (Attributes, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return Attributes{}, &InputError{http.StatusMethodNotAllowed, "the method is neither GET nor POST"}
	}
	body, err := h.read(w, r)
	if err != nil {
		return Attributes{}, err
	}
	if h.cfg.Verifier != nil {
		m := &webhook.Message{Method: r.Method, RawQuery: r.URL.RawQuery, Header: r.Header, Body: body}
		if _, err := h.cfg.Verifier.Verify(m); err != nil {
			return Attributes{}, &unverified{err}
		}
	}
	return DecodeAttributes(r.URL.RawQuery, r.Header.Get("Content-Type"), body)
}

// read reads a body that must not trickle in beyond the deadline; not every
// ResponseWriter can see to that. The deadline stays when the body does not
// come, because net/http looks for the rest of it before it answers.
func (h *handler) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Now().Add(h.cfg.Deadline))
	body, err := readBody(r, h.cfg.MaxBody)
	if err == nil {
		_ = rc.SetReadDeadline(time.Time{})
	}
	return body, err
}

// run calls ReplyFunc and waits for it no longer than the deadline.
func (h *handler) run(ctx context.Context, in Attributes) (Reply, error) {
	type result struct {
		reply Reply
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var res result
		defer func() {
			if p := recover(); p != nil {
				res.err = fmt.Errorf("chatfuel: ReplyFunc panicked: %v\n%s", p, debug.Stack())
			}
			done <- res
		}()
		res.reply, res.err = h.cfg.Reply(ctx, in)
	}()
	select {
	case res := <-done:
		return res.reply, res.err
	case <-ctx.Done():
		return Reply{}, fmt.Errorf("%w: %w", ErrDeadline, ctx.Err())
	}
}

func (h *handler) report(ctx context.Context, err error) {
	if h.cfg.Report != nil {
		h.cfg.Report(context.WithoutCancel(ctx), err)
	}
}

func (h *handler) fail(w http.ResponseWriter, err error) {
	status := statusOf(err)
	turnedAway := status == http.StatusUnauthorized || status == http.StatusMethodNotAllowed
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", "GET, POST")
	}
	if !h.cfg.Statuses && !turnedAway {
		status = http.StatusOK
	}
	failure := FailureReply
	if h.cfg.Failure != nil {
		failure = h.cfg.Failure
	}
	body, encodeErr := json.Marshal(failure(err))
	if encodeErr != nil {
		body, _ = json.Marshal(FailureReply(err))
	}
	write(w, status, body)
}

func (h *handler) succeed(w http.ResponseWriter, out Reply) {
	body, err := json.Marshal(out)
	if err != nil {
		h.fail(w, err)
		return
	}
	write(w, http.StatusOK, body)
}

// withSuccess adds the attribute that FailureReply sets to false.
func (h *handler) withSuccess(out Reply) Reply {
	if h.cfg.Failure != nil {
		return out
	}
	attributes := map[string]any{"success": true}
	maps.Copy(attributes, out.SetAttributes)
	out.SetAttributes = attributes
	return out
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
