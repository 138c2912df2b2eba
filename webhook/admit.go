package webhook

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
)

// unsigned is the one answer to every failed proof: it tells an attacker
// nothing about which check failed.
const unsigned = "signature not accepted"

// Admit is the pipeline as a plain function, for routers that are no
// http.Handler: it checks and verifies a request and returns its event. An
// error is a *Refusal, or a handshake to answer with; both are http.Handlers,
// and so is every error that Admit returns. w may be nil; with it, read
// deadlines are set and oversized connections closed.
func (h *Handler) Admit(w http.ResponseWriter, r *http.Request) (Event, error) {
	e, err := h.admit(w, r)
	if err == nil {
		err = h.limit(r, h.c.SourceLimit, h.c.Source)
	}
	return e, err
}

// admit is Admit without the source's limit.
func (h *Handler) admit(w http.ResponseWriter, r *http.Request) (Event, error) {
	e := Event{Source: h.c.Source, Header: r.Header, Received: time.Now()}
	var err error
	setDeadline(w, time.Now().Add(h.c.ReadTimeout))
	if e.Remote, err = h.door(r); err != nil {
		return e, closing(err)
	}
	if e.Body, err = h.read(w, r); err != nil {
		return e, closing(err)
	}
	// A deadline left behind would end the request's context. After a refusal
	// it stays: the server still reads some of what the sender has not sent.
	setDeadline(w, time.Time{})
	e.query = r.URL.RawQuery
	m := &Message{Method: r.Method, URL: h.c.URL, RawQuery: e.query, Header: r.Header, Body: e.Body, Now: e.Received}
	if err := h.verify(m, &e); err != nil {
		return e, err
	}
	e.Key = h.key(e)
	return e, nil
}

// door holds the checks that read nothing of the body.
func (h *Handler) door(r *http.Request) (remote netip.Addr, err error) {
	if !h.methodAllowed(r.Method) {
		allow := http.Header{"Allow": {strings.Join(h.c.Methods, ", ")}}
		return remote, &Refusal{Status: http.StatusMethodNotAllowed, Text: "method not allowed", Header: allow, Reason: "method"}
	}
	remote, err = ClientIP(r, h.c.TrustedProxies)
	if (err != nil && (len(h.c.Allow) > 0 || h.c.IPLimit != nil)) || len(h.c.Allow) > 0 && !contains(h.c.Allow, remote) {
		return remote, &Refusal{Status: http.StatusForbidden, Text: "address not allowed", Reason: "ip", Err: err}
	}
	if err := h.limit(r, h.c.IPLimit, limitKey(remote)); err != nil {
		return remote, err
	}
	if r.ContentLength > h.c.MaxBody {
		return remote, tooLarge()
	}
	return remote, h.header(r)
}

func (h *Handler) limit(r *http.Request, l Limiter, key string) error {
	if l == nil {
		return nil
	}
	wait, err := l.Take(r.Context(), key)
	if err != nil {
		h.c.Logger.WarnContext(r.Context(), "webhook limiter unavailable", "source", h.c.Source, "error", err)
		return nil
	}
	if wait > 0 {
		return &Refusal{Status: http.StatusTooManyRequests, Text: "too many requests", RetryAfter: wait, Reason: "rate"}
	}
	return nil
}

func (h *Handler) header(r *http.Request) error {
	size := len(r.URL.Path) + len(r.URL.RawQuery)
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v) + 4
		}
	}
	if size > h.c.MaxHeader {
		return &Refusal{Status: http.StatusRequestHeaderFieldsTooLarge, Text: "header too large", Reason: "header"}
	}
	for _, name := range h.c.RequireHeaders {
		if r.Header.Get(name) == "" {
			return &Refusal{Status: http.StatusUnauthorized, Text: unsigned, Reason: "missing", Err: ErrMissing}
		}
	}
	if len(h.c.ContentTypes) == 0 || r.ContentLength == 0 {
		return nil
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(h.c.ContentTypes, media) {
		return &Refusal{Status: http.StatusUnsupportedMediaType, Text: "media type not supported", Reason: "type"}
	}
	return nil
}

// deadline bounds the reading, where the server lets it; zero ends the bound.
func setDeadline(w http.ResponseWriter, at time.Time) {
	if w != nil {
		_ = http.NewResponseController(w).SetReadDeadline(at)
	}
}

// read reads the body within its limit of bytes and time.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := readBody(http.MaxBytesReader(w, r.Body, h.c.MaxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &Refusal{Status: http.StatusRequestTimeout, Text: "body came too slowly", Reason: "body", Err: err}
	}
	if err != nil {
		return nil, &Refusal{Status: http.StatusBadRequest, Text: "body not readable", Reason: "body", Err: err}
	}
	return body, nil
}

func tooLarge() *Refusal {
	return &Refusal{Status: http.StatusRequestEntityTooLarge, Text: "body too large", Reason: "size"}
}

// closing ends the connection with the answer: the rest of the body would
// otherwise be read just to throw it away.
func closing(err error) error {
	if r, ok := errors.AsType[*Refusal](err); ok {
		if r.Header == nil {
			r.Header = http.Header{}
		}
		r.Header.Set("Connection", "close")
	}
	return err
}

func (h *Handler) verify(m *Message, e *Event) error {
	if err := h.shake(m, false); err != nil {
		return err
	}
	if h.c.Verifier == nil {
		e.Verification = Verification{Scheme: "none"}
		return h.shake(m, true)
	}
	v, err := h.c.Verifier.Verify(m)
	if err != nil {
		return &Refusal{Status: http.StatusUnauthorized, Text: unsigned, Reason: reason(err), Err: err}
	}
	e.Verification = v
	return h.shake(m, true)
}

func reason(err error) string {
	for word, sentinel := range map[string]error{
		"missing": ErrMissing, "malformed": ErrMalformed, "too_old": ErrTooOld, "too_new": ErrTooNew,
	} {
		if errors.Is(err, sentinel) {
			return word
		}
	}
	return "mismatch"
}

// handshake is the answer to a handshake, travelling as an error.
type handshake struct{ http.Handler }

func (handshake) Error() string { return "webhook: handshake" }

func (h *Handler) shake(m *Message, verified bool) error {
	if h.c.Handshake == nil {
		return nil
	}
	if reply := h.c.Handshake(m, verified); reply != nil {
		return handshake{reply}
	}
	return nil
}

// withBody returns the request with a body that was read already.
func withBody(r *http.Request, body []byte) *http.Request {
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.TransferEncoding = nil
	return r
}

// Harden sets the limits of an http.Server that are still unset to what a
// receiver of webhooks needs: 3 s for the header, 6 s for the request, 60 s
// idle, 16 KiB of header.
func Harden(s *http.Server) {
	s.ReadHeaderTimeout = orDefault(s.ReadHeaderTimeout, 3*time.Second)
	s.ReadTimeout = orDefault(s.ReadTimeout, 6*time.Second)
	s.IdleTimeout = orDefault(s.IdleTimeout, time.Minute)
	if s.MaxHeaderBytes == 0 {
		s.MaxHeaderBytes = 16 << 10
	}
}
