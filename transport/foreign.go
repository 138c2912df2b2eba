package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// NewHTTPClient returns a plain *http.Client for other SDKs, with the limits,
// retries and observers of opts under it. It adds no credential.
//
// Bodies stream in both directions: WithAttemptTimeout bounds the time until
// the answer's header, with the beginning of its body if it is a failure, and
// permits are held until the answer's body is closed.
// Requests are sent again only where that is safe: reads and PUT and DELETE by
// their method, others when the attempt was provably not sent, when the vendor
// answered 429, or as an operation given by [WithOp] allows; and only when
// their body can be rewound (GetBody). Switch the other SDK's own retries off,
// or it will repeat what this client refuses to.
//
// An answer of any status is returned as it came. A failure is an *[Error]
// inside the *url.Error that net/http makes; query and secrets of the request
// are in neither, except for a secret in the path, which cannot be told.
// Redirects to another host are not followed: the answer is returned instead.
// WithCache has no effect.
func NewHTTPClient(opts ...Option) (*http.Client, error) {
	set := newSettings()
	if err := set.apply(opts); err != nil {
		return nil, err
	}
	c := &Client{&core{cfg: Config{Vendor: "http", Judge: judgeForeign}, set: set, limiters: set.limiters}}
	if !set.noQuota {
		c.quota = newQuota()
	}
	c.loop = newLoop(set)
	return &http.Client{Transport: foreign{c}, CheckRedirect: stayOnHost}, nil
}

// WithOp says what kind of operation the requests made with the returned
// context are; it is for requests of other SDKs that go through
// [NewHTTPClient]. A keyed operation needs its key header on the request.
// A look-up operation is treated as at most once: there is nobody to ask.
func WithOp(ctx context.Context, op *Op) context.Context {
	return context.WithValue(ctx, opKey{}, op)
}

type opKey struct{}

// judgeForeign trusts a 503 of an unknown vendor less than JudgeStatus does:
// a gateway may say it after the work was done.
func judgeForeign(r *Response) Verdict {
	v := JudgeStatus(r)
	if r.Status == http.StatusServiceUnavailable {
		v.Result = ResultUnclear
	}
	return v
}

func stayOnHost(req *http.Request, via []*http.Request) error {
	switch {
	case failureBehind(req) != nil:
		return nil //nolint:nilerr // RoundTrip returns it, without the address
	case len(via) >= 10:
		return errors.New("stopped after 10 redirects")
	case req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme:
		return http.ErrUseLastResponse
	}
	return nil
}

// foreign sends the requests of another SDK.
type foreign struct{ client *Client }

// foreignRequest is a request of another SDK; its answer streams.
type foreignRequest struct {
	*http.Request
	redact  *redactor
	streams bool // the answer's body is still being read
}

// readOnce reports whether the body cannot be sent a second time.
func (r *foreignRequest) readOnce() bool {
	return r.Body != nil && r.Body != http.NoBody && r.GetBody == nil
}

// RoundTrip carries out one request as a call.
func (f foreign) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := failureBehind(req); err != nil {
		return nil, err
	}
	k := &call{Context: req.Context(), caller: req.Context(), client: f.client, foreign: &foreignRequest{Request: req}, url: *req.URL, op: opFor(req),
		req: Request{Method: req.Method}}
	if err := k.checkForeign(); err != nil {
		closeBody(req)
		return hideURL(k, err)
	}
	k.Context = k.listen(k.begin())
	resp := k.run()
	if k.attempts == 0 {
		closeBody(req)
	}
	if resp != nil {
		k.observeForeign()
		return resp, nil
	}
	_, err := k.finish()
	return hideURL(k, err)
}

// CloseIdleConnections closes connections that wait for their next request; it
// is what http.Client's method of that name calls.
func (f foreign) CloseIdleConnections() { f.client.CloseIdleConnections() }

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

func opFor(req *http.Request) *Op {
	if op, ok := req.Context().Value(opKey{}).(*Op); ok {
		return op
	}
	op := &Op{Name: req.Method + " " + req.URL.Host}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, "":
		op.Safety = Read
	case http.MethodPut, http.MethodDelete:
		op.Safety = Idempotent
	}
	return op
}

func (k *call) checkForeign() error {
	if k.req.Method == "" {
		k.req.Method = http.MethodGet
	}
	if k.op.Safety == Keyed && k.foreign.Header.Get(k.op.KeyHeader) == "" {
		return Invalid(k.op.Name, "Header["+k.op.KeyHeader+"]", "is empty for a keyed operation")
	}
	return checkHeader(k.op.Name, k.foreign.Header)
}

// foreignBody puts the request's body on an attempt.
func (k *call) foreignBody(out *http.Request) error {
	src := k.foreign
	out.Body, out.ContentLength, out.GetBody = src.Body, src.ContentLength, src.GetBody
	if k.attempts > 1 && src.GetBody != nil {
		body, err := src.GetBody()
		if err != nil {
			return fmt.Errorf("transport: the request body cannot be read: %w", err)
		}
		out.Body = body
	}
	if out.Body == nil || out.Body == http.NoBody {
		k.guardEmpty(out)
	}
	// A key makes net/http replay on HTTP/1 too.
	if !k.mayReplay() || (!k.op.Safety.repeatable() && hasIdempotencyKey(src.Header)) {
		out.GetBody = nil
	}
	return nil
}

// untilHeader bounds an attempt whose answer streams: only until its header.
func (k *call) untilHeader() (ctx context.Context, arrived func(), cancel context.CancelFunc) {
	ctx, abort := context.WithCancelCause(k)
	cancel = func() { abort(context.Canceled) }
	d := k.client.set.attemptTimeout
	if d <= 0 {
		return ctx, func() {}, cancel
	}
	timer := time.AfterFunc(d, func() { abort(context.DeadlineExceeded) })
	return ctx, func() { timer.Stop() }, cancel
}

// sendForeign is send for another SDK's request.
func (k *call) sendForeign(req *http.Request, next http.RoundTripper) *http.Response {
	ctx, arrived, cancel := k.untilHeader()
	out := req.WithContext(ctx)
	out.Header, out.Host, out.Trailer, out.TransferEncoding = k.foreign.Header.Clone(), k.foreign.Host, k.foreign.Trailer, k.foreign.TransferEncoding
	k.attempts++
	if err := k.foreignBody(out); err != nil {
		cancel()
		k.last = ended{stop: true, unsent: true, err: k.red().err(err), verdict: Verdict{Kind: ErrInvalid}}
		return nil
	}
	k.proof.reset()
	k.last.unsent = false
	resp, err := next.RoundTrip(out)
	if err != nil {
		cancel()
		k.noAnswer(err)
		return nil
	}
	if resp.StatusCode < http.StatusBadRequest {
		arrived()
		k.foreignSuccess(resp, cancel)
		return resp
	}
	k.foreignFailure(resp, cancel)
	arrived()
	return resp
}

// foreignSuccess lets an answer stream on to the SDK.
func (k *call) foreignSuccess(resp *http.Response, cancel context.CancelFunc) {
	k.foreignAnswer(resp)
	k.unsettled, k.foreign.streams = false, true
	done := func() { cancel(); k.release() }
	if rw, ok := resp.Body.(io.ReadWriteCloser); ok { // after an upgrade
		resp.Body = &upgraded{Writer: rw, streamed: streamed{ReadCloser: rw, done: done}}
		return
	}
	resp.Body = &streamed{ReadCloser: resp.Body, done: done}
}

// foreignFailure judges an answer whose body is held in memory up to 64 KiB,
// so that the loop can let it go.
func (k *call) foreignFailure(resp *http.Response, cancel context.CancelFunc) {
	r := k.foreignAnswer(resp)
	r.Body, _ = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // a body cut short is handed on as it is
	rest := resp.Body
	resp.Body = &streamed{ReadCloser: joined{io.MultiReader(bytes.NewReader(r.Body), rest), rest}, done: cancel}
	k.last.verdict = k.judge()(r)
	k.hint(resp.Header)
	if k.last.verdict.Result == ResultUnclear {
		k.unsettled = true
	}
}

func (k *call) foreignAnswer(resp *http.Response) *Response {
	k.anySent = true
	k.last.resp = &Response{Status: resp.StatusCode, Header: resp.Header, Attempts: k.attempts, Unsettled: k.unsettled}
	return k.last.resp
}

type joined struct {
	io.Reader
	io.Closer
}

// streamed is an answer's body that tells when it is done with.
type streamed struct {
	io.ReadCloser
	once sync.Once
	done func()
}

// Read tells at the end, whether or not the body is closed later.
func (s *streamed) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err == io.EOF {
		s.once.Do(s.done)
	}
	return n, err
}

// Close tells too, for bodies that were not read to the end.
func (s *streamed) Close() error {
	defer s.once.Do(s.done)
	return s.ReadCloser.Close()
}

// upgraded is the body of a connection that speaks another protocol now.
type upgraded struct {
	io.Writer
	streamed
}

// observeForeign reports a call that ended with an answer.
func (k *call) observeForeign() {
	if k.last.verdict.Result == ResultDone {
		k.earn()
		k.observe(Event{Kind: EventDone, Status: k.status(), Outcome: Done})
		return
	}
	k.observe(Event{Kind: EventFailed, Status: k.status(), Outcome: k.outcome(), Err: k.failure()})
}

// hideURL hands an error to net/http without the request's URL. net/http would
// print that URL with its query, so the error takes a detour: an answer that
// redirects to the URL without query, where the next round trip fails.
func hideURL(k *call, err error) (*http.Response, error) {
	bare := k.bareURL()
	if bare == k.url.String() {
		return nil, err
	}
	return &http.Response{
		Status: "303 See Other", StatusCode: http.StatusSeeOther, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Location": {bare}}, Body: &failedBody{err: err}, Request: k.foreign.Request,
	}, nil
}

// failedBody is the empty body of an answer that stands for a failure.
type failedBody struct{ err error }

func (*failedBody) Read([]byte) (int, error) { return 0, io.EOF }
func (*failedBody) Close() error             { return nil }

// failureBehind returns the failure for which a redirected request stands.
func failureBehind(req *http.Request) error {
	if req.Response != nil {
		if f, ok := req.Response.Body.(*failedBody); ok {
			return f.err
		}
	}
	return nil
}

// red returns what removes secrets from this call's texts. The credentials of
// another SDK's request are looked for in the request itself.
func (k *call) red() *redactor {
	if k.foreign == nil {
		return &k.client.redact
	}
	if k.foreign.redact == nil {
		k.foreign.redact = &redactor{}
		k.foreign.redact.keep(secretsOf(k.foreign.Request))
	}
	return k.foreign.redact
}

// secretsOf collects what may be secret in a request: its query, user
// information, and the headers that carry credentials.
func secretsOf(req *http.Request) []string {
	var found []string
	for _, values := range req.URL.Query() {
		found = append(found, values...)
	}
	if u := req.URL.User; u != nil {
		password, _ := u.Password()
		found = append(found, password, u.Username())
	}
	for name, values := range req.Header {
		if carriesSecret(name) {
			for _, v := range values {
				scheme, rest, _ := strings.Cut(v, " ")
				found = append(found, v, rest, scheme)
			}
		}
	}
	return found
}

func carriesSecret(header string) bool {
	header = strings.ToLower(header)
	for _, part := range []string{"auth", "token", "key", "secret", "cookie", "signature"} {
		if strings.Contains(header, part) {
			return true
		}
	}
	return false
}
