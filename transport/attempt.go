package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// attempt sends the request once: wait, permits, credential, send, judge,
// settle. It returns what go-retryablehttp needs to see; the call keeps the
// rest in k.last.
func (k *call) attempt(req *http.Request, next http.RoundTripper) (*http.Response, error) {
	if err := sleep(k, k.pause); err != nil {
		return nil, k.cannotStart(err)
	}
	if err := k.acquire(); err != nil {
		return nil, k.cannotStart(err)
	}
	if k.keyForgotten(0) { // the limiters took that long
		k.settle(Feedback{})
		return nil, k.cannotStart(errKeyForgotten)
	}
	if err := k.enterCircuit(); err != nil {
		k.settle(Feedback{})
		return nil, k.cannotStart(err)
	}
	defer k.leaveCircuit()
	defer func() {
		if k.foreign == nil || !k.foreign.streams { // else the body's end releases them
			k.release()
		}
	}()
	start := k.clock()
	k.last = ended{unsent: true}
	resp := k.dispatch(req, next)
	k.noteDoubt(start)
	if id := k.last.verdict.RequestID; id != "" {
		k.last.verdict.RequestID = shorten(k.red().text(id), maxLabel)
	}
	k.observeSince(start, Event{Kind: EventAttempt, Status: k.status(), RequestID: k.last.verdict.RequestID, Err: k.last.err})
	if resp == nil {
		return nil, k.last.err
	}
	return resp, nil
}

// cannotStart records that no further attempt was made. What the vendor
// answered before is kept.
func (k *call) cannotStart(err error) error {
	k.last.stop = true
	k.last.err = k.red().err(err)
	for _, kind := range []error{ErrQuota, ErrUnavailable, ErrRateLimited} {
		if errors.Is(err, kind) {
			k.last.verdict.Kind = kind
			break
		}
	}
	if k.attempts == 0 && !errors.Is(err, ErrQuota) {
		k.last.verdict.Result = ResultRetry // nothing was sent, and a later call may pass
	}
	if late, ok := errors.AsType[*LimitError](err); ok && k.last.verdict.Wait == 0 {
		k.last.verdict.Wait = late.Wait
	}
	if open, ok := errors.AsType[*CircuitError](err); ok && k.last.verdict.Wait == 0 {
		k.last.verdict.Wait = open.Wait
	}
	return err
}

// acquire takes a permit from each limiter, or none at all.
func (k *call) acquire() error {
	limiters := k.client.limiters
	if len(limiters) == 0 {
		return nil
	}
	start := k.clock()
	k.permits = k.few[:0]
	for _, l := range limiters {
		p, err := l.Acquire(k.caller, k.cost())
		if err != nil {
			k.settle(Feedback{})
			return err
		}
		k.permits = append(k.permits, p)
	}
	if !start.IsZero() && time.Since(start) > time.Millisecond {
		k.observeSince(start, Event{Kind: EventLimited})
	}
	return nil
}

func (k *call) cost() int {
	if k.req.Cost > 0 {
		return k.req.Cost
	}
	return max(k.op.Cost, 1)
}

// release gives the permits back with what the attempt showed, also when a
// judge or a middleware panicked.
func (k *call) release() {
	if len(k.permits) == 0 {
		return
	}
	v := &k.last.verdict
	f := Feedback{
		Sent: !k.last.unsent, Wait: v.Wait, Cost: v.Cost, Budget: v.Budget,
		Throttled: v.Kind == ErrRateLimited, Exhausted: v.Kind == ErrQuota, //nolint:errorlint // kinds are values
	}
	if k.last.resp != nil {
		f.Header = k.last.resp.Header
	}
	k.settle(f)
}

func (k *call) settle(f Feedback) {
	for i, p := range k.permits {
		k.client.limiters[i].Settle(p, f)
	}
	k.permits = nil
}

func (k *call) dispatch(req *http.Request, next http.RoundTripper) *http.Response {
	if k.foreign != nil {
		return k.sendForeign(req, next)
	}
	return k.send(req, next)
}

// send makes the request and fills k.last; it returns nil without an answer.
func (k *call) send(req *http.Request, next http.RoundTripper) *http.Response {
	out, cancel := k.bounded(req)
	defer cancel()
	out.Host = k.url.Host
	k.attempts++
	header, err := k.prepare(out)
	if err != nil {
		k.last = ended{stop: true, unsent: true, err: k.red().err(err), verdict: Verdict{Kind: ErrInvalid}}
		if _, ok := errors.AsType[*credentialError](err); ok {
			k.last.verdict.Kind = ErrAuth
		}
		return nil
	}
	k.proof.reset()
	k.last.unsent = false // from here on it takes proof
	resp, err := next.RoundTrip(out)
	if err != nil {
		k.noAnswer(err)
		return nil
	}
	k.answer(resp)
	k.client.headers.giveBack(header, k.req.hasBody())
	resp.Body = http.NoBody
	return resp
}

// bounded returns the request of an attempt, with its own deadline. The first
// attempt without one can have the loop's request; a later one cannot, because
// an earlier one may still be reading it.
func (k *call) bounded(req *http.Request) (*http.Request, context.CancelFunc) {
	d := k.client.set.attemptTimeout
	switch {
	case d > 0:
		ctx, cancel := context.WithTimeout(k, d+max(k.op.Patience, 0))
		return req.WithContext(ctx), cancel
	case k.attempts > 0:
		return req.WithContext(k), func() {}
	}
	return req, func() {}
}

// prepare puts header, credential and body on an attempt's request.
func (k *call) prepare(out *http.Request) (*lent, error) {
	if !k.lends() {
		out.Header = make(http.Header, len(k.client.header)+len(k.req.Header)+4)
		return nil, k.complete(out)
	}
	draft := k.client.headers.draft()
	out.Header = draft
	if err := k.complete(out); err != nil {
		return nil, err
	}
	l := k.client.headers.lend(out.Header, k.req.hasBody())
	out.Header = l.given
	k.client.headers.tear(draft)
	return l, nil
}

func (k *call) complete(out *http.Request) error {
	k.fill(out.Header)
	if k.withAuth {
		if err := k.authorize(out); err != nil {
			return err
		}
	}
	return k.putBody(out)
}

func (k *call) putBody(out *http.Request) error {
	switch {
	case k.req.GetBody != nil:
		body, err := k.req.GetBody()
		if err != nil {
			return fmt.Errorf("transport: the request body cannot be read: %w", err)
		}
		out.Body, out.ContentLength, out.GetBody = body, k.req.ContentLength, k.req.GetBody
	case len(k.req.Body) > 0:
		out.Body, out.ContentLength, out.GetBody = memoryBody(k.req.Body), int64(len(k.req.Body)), k.getBody
	default:
		k.guardEmpty(out)
	}
	if !k.mayReplay() {
		out.GetBody = nil
	}
	return nil
}

func (k *call) getBody() (io.ReadCloser, error) { return memoryBody(k.req.Body), nil }

// memoryBody is a body of a type that net/http recognises: any other costs a
// packet of its own.
func memoryBody(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }

// noAnswer judges an attempt that ended in an error.
func (k *call) noAnswer(err error) {
	k.last.err = k.red().err(err)
	if !errors.Is(k.Err(), context.Canceled) {
		k.last.verdict.Kind = ErrUnavailable
	}
	if k.proof.unsent(err) {
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
