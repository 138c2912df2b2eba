package transport

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// maxErrorBody is how much of an answer an error keeps.
const maxErrorBody = 64 << 10

// call is one call of an operation, through all its attempts. It is the
// context of its requests, which is how the loop and the attempts find it.
type call struct {
	context.Context
	client   *Client
	op       *Op
	req      *Request
	url      *url.URL
	withAuth bool

	attempts  int       // attempts that reached the RoundTripper
	paid      int       // retries paid from the quota
	anySent   bool      // at least one attempt may have reached the vendor
	unsettled bool      // at least one attempt ended unclear and was not settled
	notBefore time.Time // earliest time of the next attempt
	last      ended     // how the newest attempt ended
}

// ended is how an attempt ended.
type ended struct {
	resp    *Response // nil without an answer
	verdict Verdict
	unsent  bool          // provably not sent
	stop    bool          // could not start, or must not go on
	wait    time.Duration // the vendor's hint
	err     error         // why there is no answer, redacted
}

// do runs the loop, and around it the look-ups of a LookUp operation.
func (k *call) do() (*Response, error) {
	for {
		if err := k.run(); err != nil {
			return nil, err
		}
		if !k.needsLookUp() {
			return k.finish()
		}
		found, err := k.lookUp()
		switch {
		case err != nil:
			k.last.err = errors.Join(k.last.err, k.client.redact.err(err))
			return k.finish()
		case found:
			k.observe(Event{Kind: EventDone, Outcome: Done})
			return &Response{Attempts: k.attempts, LookedUp: true}, nil
		}
		k.unsettled = false
		if !k.mayRetry() {
			return k.finish()
		}
	}
}

// run sends the request through the loop until it says stop.
func (k *call) run() error {
	req := &retryablehttp.Request{Request: k.client.loop.blank.WithContext(k)}
	req.Method, req.URL, req.Host = k.method(), k.url, k.url.Host
	req.Header = k.header()
	if err := k.setBody(req); err != nil {
		return Invalid(k.op.Name, "Body", "cannot be read: %v", err)
	}
	resp, err := k.client.loop.retry.Do(req)
	if err == nil {
		_ = resp.Body.Close() // read whole by the attempt
	}
	return nil // what happened is in k.last
}

func (k *call) method() string {
	switch {
	case k.req.Method != "":
		return k.req.Method
	case k.req.Body != nil || k.req.GetBody != nil:
		return http.MethodPost
	}
	return http.MethodGet
}

func (k *call) setBody(req *retryablehttp.Request) error {
	switch {
	case k.req.GetBody != nil:
		if err := req.SetBody(retryablehttp.ReaderFunc(bodyFunc(k.req.GetBody))); err != nil {
			return err
		}
		req.ContentLength, req.GetBody = k.req.ContentLength, k.req.GetBody
	case k.req.Body != nil:
		return req.SetBody(k.req.Body)
	}
	return nil
}

// header builds the call's header; the credential is added per attempt.
func (k *call) header() http.Header {
	h := make(http.Header, len(k.client.cfg.Header)+len(k.req.Header)+4)
	if ua := k.client.set.userAgent; ua != "" {
		h["User-Agent"] = []string{ua}
	}
	if k.req.Body != nil || k.req.GetBody != nil {
		h["Content-Type"] = []string{cmp.Or(k.req.ContentType, "application/json")}
	}
	if k.op.Safety == Keyed {
		h.Set(k.op.KeyHeader, k.req.Key)
	}
	maps.Copy(h, k.client.cfg.Header)
	maps.Copy(h, k.req.Header)
	return h
}

// again decides, after an attempt, whether there will be another.
func (k *call) again() bool {
	if k.last.stop {
		return false
	}
	switch k.last.verdict.Result {
	case ResultDone, ResultRefused:
		return false
	case ResultUnclear:
		if !k.op.Safety.repeatable() {
			return false
		}
	case ResultRetry:
		if k.op.Safety == Never {
			return false
		}
	}
	return k.mayRetry()
}

// mayRetry checks what every retry needs: an attempt left, time, the quota.
func (k *call) mayRetry() bool {
	s := k.client.set
	limit := s.maxAttempts
	if k.op.MaxAttempts > 0 {
		limit = min(limit, k.op.MaxAttempts)
	}
	if k.attempts >= limit || k.Err() != nil || k.last.wait > s.maxWait {
		return false
	}
	wait := k.last.wait + backoff(k.attempts, s.backoffMin, s.backoffMax)
	at := time.Now().Add(wait)
	if d, ok := k.Deadline(); ok && at.After(d) {
		return false
	}
	if !k.pay() {
		return false
	}
	k.notBefore = at
	k.observe(Event{Kind: EventRetry, Duration: wait, Status: k.status(), Err: k.last.err})
	return true
}

// pay takes a retry from the quota. A throttled attempt costs nothing: the
// limiter already paces it.
func (k *call) pay() bool {
	if k.client.quota == nil || k.last.verdict.Kind == ErrRateLimited { //nolint:errorlint // kinds are values
		return true
	}
	if !k.client.quota.take() {
		return false
	}
	k.paid++
	return true
}

// needsLookUp reports whether the effect has to be looked for.
func (k *call) needsLookUp() bool {
	return k.op.Safety == LookUp && k.unsettled && k.Err() == nil &&
		(k.last.stop || k.last.verdict.Result != ResultDone)
}

// lookUp looks for the effect, lets the vendor settle and looks once more.
func (k *call) lookUp() (bool, error) {
	k.observe(Event{Kind: EventLookUp})
	found, err := k.req.LookUp(k.Context)
	if found || err != nil {
		return found, err
	}
	settle := cmp.Or(k.op.Settle, k.client.set.attemptTimeout)
	if err := sleep(k, time.Now().Add(settle)); err != nil {
		return false, err
	}
	return k.req.LookUp(k.Context)
}

// finish turns the last attempt into the call's result.
func (k *call) finish() (*Response, error) {
	a := &k.last
	if a.err == nil && a.resp != nil && a.verdict.Result == ResultDone {
		if k.client.quota != nil {
			k.client.quota.succeed(k.paid)
		}
		k.observe(Event{Kind: EventDone, Status: a.resp.Status, Outcome: Done, RequestID: a.verdict.RequestID})
		return a.resp, nil
	}
	err := k.failure()
	k.observe(Event{Kind: EventFailed, Status: err.Status, Outcome: err.Outcome, RequestID: err.RequestID, Err: err})
	return nil, err
}

func (k *call) failure() *Error {
	a, red := &k.last, &k.client.redact
	e := &Error{
		Op: k.op.Name, Method: k.method(), URL: red.text(k.url.Scheme + "://" + k.url.Host + k.url.EscapedPath()),
		Outcome: k.outcome(), Kind: a.verdict.Kind, Attempts: k.attempts,
		Code: red.text(a.verdict.Code), Message: red.text(a.verdict.Message), RequestID: red.text(a.verdict.RequestID),
		RetryAfter: a.wait, Err: a.err,
	}
	if a.resp != nil {
		e.Status = a.resp.Status
		e.Body = red.bytes(a.resp.Body, maxErrorBody)
	}
	return e
}

// outcome follows from all attempts: one that ended unclear leaves the call
// unknown, whatever came after it.
func (k *call) outcome() Outcome {
	switch {
	case !k.anySent:
		return NotSent
	case k.op.Safety == Read:
		return Rejected
	case k.last.resp != nil && k.last.verdict.Result == ResultDone:
		return Done // a success whose answer could not be read
	case k.unsettled:
		return Unknown
	}
	return Rejected
}

func (k *call) status() int {
	if k.last.resp == nil {
		return 0
	}
	return k.last.resp.Status
}

// observe completes e with what the call knows and hands it to the observers.
func (k *call) observe(e Event) {
	if len(k.client.set.observers) == 0 {
		return
	}
	e.Op, e.Safety, e.Attempt = k.op.Name, k.op.Safety, k.attempts
	for _, o := range k.client.set.observers {
		o.Observe(k.Context, e)
	}
}

// bodyFunc adapts a GetBody function to what go-retryablehttp calls once per
// attempt.
func bodyFunc(get func() (io.ReadCloser, error)) func() (io.Reader, error) {
	return func() (io.Reader, error) { return get() }
}
