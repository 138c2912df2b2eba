package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"
)

// attempt sends the request once: wait, permits, credential, send, judge,
// settle. It returns what go-retryablehttp needs to see; the call keeps the
// rest in k.last.
func (k *call) attempt(req *http.Request, next http.RoundTripper) (*http.Response, error) {
	if err := sleep(k, k.notBefore); err != nil {
		return nil, k.cannotStart(err)
	}
	permits, err := k.acquire()
	if err != nil {
		return nil, k.cannotStart(err)
	}
	start := time.Now()
	k.last = ended{}
	resp := k.send(req, next)
	k.settle(permits)
	k.observe(Event{
		Kind: EventAttempt, Status: k.status(), Duration: time.Since(start),
		RequestID: k.last.verdict.RequestID, Err: k.last.err,
	})
	if resp == nil {
		return nil, k.last.err
	}
	return resp, nil
}

// cannotStart records that no further attempt was made. What the vendor
// answered before is kept.
func (k *call) cannotStart(err error) error {
	k.last.stop = true
	k.last.err = k.client.redact.err(err)
	if errors.Is(err, ErrRateLimited) {
		k.last.verdict.Kind = ErrRateLimited
	}
	return err
}

// acquire takes a permit from each limiter, or none at all.
func (k *call) acquire() ([]Permit, error) {
	limiters := k.client.limiters
	if len(limiters) == 0 {
		return nil, nil
	}
	start := time.Now()
	permits := make([]Permit, 0, len(limiters))
	for _, l := range limiters {
		p, err := l.Acquire(k, k.cost())
		if err != nil {
			for i, p := range permits {
				limiters[i].Settle(p, Feedback{})
			}
			return nil, err
		}
		permits = append(permits, p)
	}
	if waited := time.Since(start); waited > time.Millisecond {
		k.observe(Event{Kind: EventLimited, Duration: waited})
	}
	return permits, nil
}

func (k *call) cost() int {
	return max(k.req.Cost, k.op.Cost, 1)
}

// settle gives the permits back with what the attempt showed.
func (k *call) settle(permits []Permit) {
	if len(permits) == 0 {
		return
	}
	f := Feedback{Sent: !k.last.unsent, Throttled: k.last.verdict.Kind == ErrRateLimited, Wait: k.last.wait} //nolint:errorlint // kinds are values
	if k.last.resp != nil {
		f.Header = k.last.resp.Header
	}
	for i, p := range permits {
		k.client.limiters[i].Settle(p, f)
	}
}

// send makes the request and fills k.last.
func (k *call) send(req *http.Request, next http.RoundTripper) *http.Response {
	ctx, cancel := context.Context(k), context.CancelFunc(func() {})
	if d := k.client.set.attemptTimeout; d > 0 {
		ctx, cancel = context.WithTimeout(k, d)
	}
	defer cancel()
	proof := &sentProof{}
	out := req.WithContext(httptrace.WithClientTrace(proof.context(ctx), proof.trace()))
	if k.attempts > 0 {
		out.Header = req.Header.Clone() // the previous attempt may still be reading it
	}
	k.attempts++
	if err := k.authorize(out); err != nil {
		k.last = ended{stop: true, unsent: true, err: k.client.redact.err(err), verdict: Verdict{Kind: ErrAuth}}
		closeBody(out)
		return nil
	}
	resp, err := next.RoundTrip(out)
	if err != nil {
		k.noAnswer(proof, err)
		return nil
	}
	k.answer(resp)
	resp.Body = http.NoBody
	return resp
}

func (k *call) authorize(req *http.Request) error {
	if !k.withAuth {
		return nil
	}
	secrets, err := k.client.cfg.Authorize(req)
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	for _, s := range secrets {
		if strings.ContainsAny(s, "\r\n") {
			return errors.New("credential: contains a line break")
		}
	}
	k.client.redact.learn(secrets)
	return nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// noAnswer judges an attempt that ended in an error.
func (k *call) noAnswer(proof *sentProof, err error) {
	k.last.err = k.client.redact.err(err)
	k.last.verdict.Kind = ErrUnavailable
	if proof.unsent(err) {
		k.last.unsent = true
		k.last.verdict.Result = ResultRetry
		if _, bad := errors.AsType[*tls.CertificateVerificationError](err); bad {
			k.last.verdict.Result = ResultRefused
		}
		k.last.stop = k.Err() != nil
		return
	}
	k.anySent, k.unsettled = true, true
	k.last.verdict.Result = ResultUnclear
}

// answer reads and judges an answer.
func (k *call) answer(resp *http.Response) {
	k.anySent = true
	r := &Response{Status: resp.StatusCode, Header: resp.Header, Attempts: k.attempts, Unsettled: k.unsettled}
	body, err := readBody(resp, k.client.set.maxResponse)
	r.Body = body
	k.last.resp = r
	if err != nil {
		k.unreadable(r, err)
		return
	}
	k.last.verdict = k.judge()(r)
	k.last.wait = max(k.last.verdict.Wait, RetryAfter(resp.Header, time.Now()))
	if k.last.verdict.RequestID == "" {
		k.last.verdict.RequestID = resp.Header.Get("X-Request-Id")
	}
	switch k.last.verdict.Result {
	case ResultUnclear:
		k.unsettled = true
	case ResultDone:
		k.unsettled = false
	}
}

func (k *call) judge() JudgeFunc {
	if k.op.Judge != nil {
		return k.op.Judge
	}
	return k.client.cfg.Judge
}

// unreadable judges an answer whose body broke off or is too large. The status
// alone decides only where it may: for a judge that looks into bodies a 200
// can be a failure.
func (k *call) unreadable(r *Response, err error) {
	k.last.err = k.client.redact.err(err)
	k.last.verdict = Verdict{Result: ResultUnclear, Kind: ErrUnavailable}
	if errors.Is(err, ErrTooLarge) {
		k.last.verdict.Kind, k.last.stop = ErrTooLarge, true
	}
	status := JudgeStatus(r)
	switch {
	case status.Result == ResultRefused:
		k.last.verdict = status
	case status.Result == ResultDone && k.op.Safety == AtMostOnce && k.op.Judge == nil && !k.client.judgesBodies:
		k.last.verdict.Result = ResultDone
		k.last.stop = true
		return
	}
	if k.last.verdict.Result == ResultUnclear {
		k.unsettled = true
	}
}

// readBody reads the answer whole, up to limit bytes.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	defer resp.Body.Close()
	if n := resp.ContentLength; n >= 0 && n <= limit {
		body := make([]byte, n)
		got, err := io.ReadFull(resp.Body, body)
		return body[:got], err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if int64(len(body)) > limit {
		return body[:limit], fmt.Errorf("answer over %d bytes: %w", limit, ErrTooLarge)
	}
	return body, err
}
