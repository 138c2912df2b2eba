package transport

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// maxErrorBody is how much of an answer an error keeps, maxMessage how much
// of the vendor's message, maxLabel of its code and its name for the request.
const (
	maxErrorBody = 64 << 10
	maxMessage   = 2 << 10
	maxLabel     = 256
)

// call is one call of an operation, through all its attempts. It is the
// context of its requests, which is how the loop and the attempts find it.
type call struct {
	context.Context
	caller  context.Context // the caller's own
	client  *Client
	op      *Op
	doubt   int64 // when the first attempt began whose outcome is unknown, Unix ns
	req     Request
	url     url.URL
	proof   sentProof
	foreign *foreignRequest // nil for a request of our own

	attempts  int           // attempts that reached the RoundTripper
	paid      uint16        // retries paid from the quota
	anySent   bool          // at least one attempt may have reached the vendor
	unsettled bool          // at least one attempt ended unclear and was not settled
	took      bool          // a status proved the effect, though the body broke off
	refreshed bool          // the credential was already renewed once
	withAuth  bool          // the credential goes along
	probe     bool          // the attempt is the one a half-open circuit waits for
	pause     time.Duration // before the next attempt
	last      ended         // how the newest attempt ended
	secrets   []string      // the credential of the newest attempt
	permits   []Permit      // of the attempt under way, one per limiter
	few       [1]Permit     // where permits often fit
}

// ended is how an attempt ended.
type ended struct {
	resp    *Response // nil without an answer
	verdict Verdict
	unsent  bool  // provably not sent
	stop    bool  // could not start, or must not go on
	err     error // why there is no answer, redacted
}

// start runs the call from its beginning to its end.
func (k *call) start() (*Response, error) {
	k.Context = k.listen(k.begin())
	return k.do()
}

// do runs the loop, and around it the look-ups of a LookUp operation.
func (k *call) do() (*Response, error) {
	for {
		k.run() //nolint:bodyclose // read whole and closed by the attempt
		if !k.needsLookUp() {
			return k.finish()
		}
		found, err := k.lookUp()
		switch {
		case err != nil:
			k.last.err = errors.Join(k.last.err, k.red().err(err))
			return k.finish()
		case found:
			return k.found(), nil
		}
		k.unsettled = false
		if k.took || !k.mayRetry() {
			return k.finish()
		}
	}
}

// run sends the request through the loop until it says stop. What happened is
// in k.last. The loop gets no body: each attempt makes its own.
func (k *call) run() *http.Response {
	req := retryablehttp.Request{Request: k.client.loop.blank.WithContext(k)}
	req.Method, req.URL = k.req.Method, &k.url // with a Host, http.Client would copy the URL
	req.Header = noHeader                      // http.Client copies it; each attempt makes its own
	resp, err := k.client.loop.retry.Do(&req)
	if err != nil {
		return nil
	}
	return resp
}

// noHeader is shared by all calls: net/http only reads it.
var noHeader = http.Header{}

// again decides, after an attempt, whether there will be another.
func (k *call) again() bool {
	if k.last.stop {
		return false
	}
	switch k.last.verdict.Result {
	case ResultDone:
		return false
	case ResultRefused:
		return k.renewed()
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

// renewed reports whether a refused credential has been replaced by another,
// so that the call may go on. It asks the Authorizer once per call.
func (k *call) renewed() bool {
	if k.status() != http.StatusUnauthorized || !k.withAuth || k.refreshed || k.op.Safety == Never {
		return false
	}
	k.refreshed = true
	if k.attempts >= k.attemptLimit() || !k.fresh() {
		return false
	}
	k.pause = 0
	k.observe(Event{Kind: EventRetry, Status: k.status()})
	return true
}

// mayRetry checks what every retry needs: an attempt left, time, the quota.
func (k *call) mayRetry() bool {
	s := k.client.set
	if k.attempts >= k.attemptLimit() || k.Err() != nil || k.last.verdict.Wait > s.maxWait {
		return false
	}
	wait := k.last.verdict.Wait + backoff(k.attempts, s.backoffMin, s.backoffMax)
	if d, ok := k.Deadline(); (ok && wait > time.Until(d)) || k.keyForgotten(wait) {
		return false
	}
	if !k.pay() {
		return false
	}
	k.pause = wait
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

// earn books a success with the quota.
func (k *call) earn() {
	if k.client.quota != nil {
		k.client.quota.succeed(int(k.paid))
	}
}

// finish turns the last attempt into the call's result.
func (k *call) finish() (*Response, error) {
	a := &k.last
	if a.err == nil && a.resp != nil && a.verdict.Result == ResultDone {
		k.earn()
		k.observe(Event{Kind: EventDone, Status: a.resp.Status, Outcome: Done, RequestID: a.verdict.RequestID})
		return a.resp, nil
	}
	err := k.failure()
	k.observe(Event{Kind: EventFailed, Status: err.Status, Outcome: err.Outcome, RequestID: err.RequestID, Err: err})
	return nil, err
}

func (k *call) failure() *Error {
	a, red := &k.last, k.red()
	e := &Error{
		Op: k.op.Name, Method: k.req.Method, URL: k.bareURL(),
		Outcome: k.outcome(), Kind: a.verdict.Kind, Attempts: k.attempts,
		Code: shorten(red.text(a.verdict.Code), maxLabel), Message: shorten(red.text(a.verdict.Message), maxMessage), RequestID: a.verdict.RequestID,
		RetryAfter: a.verdict.Wait, Temporary: a.verdict.Result == ResultRetry, Err: a.err,
	}
	if a.resp != nil {
		e.Status = a.resp.Status
		e.Body = red.bytes(a.resp.Body, maxErrorBody)
	}
	return e
}

// outcome follows from all attempts: one that ended unclear leaves the call
// unknown, whatever came after it, unless a later one is known to have taken
// effect.
func (k *call) outcome() Outcome {
	switch {
	case !k.anySent:
		return NotSent
	case k.op.Safety == Read:
		return Rejected
	case k.took:
		return Done
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

// clock returns the time, or none when nobody needs it.
func (k *call) clock() (now time.Time) {
	if len(k.client.set.observers) > 0 || k.op.KeyLife > 0 {
		now = time.Now()
	}
	return now
}

// observeSince is observe for an event that took from start until now.
func (k *call) observeSince(start time.Time, e Event) {
	if start.IsZero() {
		return
	}
	e.Duration = time.Since(start)
	k.observe(e)
}

// observe completes e with what the call knows and hands it to the observers.
func (k *call) observe(e Event) {
	if len(k.client.set.observers) == 0 {
		return
	}
	e.Op, e.Safety, e.Attempt = k.op.Name, k.op.Safety, k.attempts
	for _, o := range k.client.set.observers {
		o.Observe(k.caller, e)
	}
}
