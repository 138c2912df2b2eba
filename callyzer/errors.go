package callyzer

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// ErrSubscription means that the account's subscription has expired, which is
// what Callyzer's 403 says. Nothing but a payment helps.
var ErrSubscription = errors.New("callyzer: the subscription has expired")

// Error is a request that Callyzer refused or did not answer. It unwraps to
// *transport.Error and matches its kinds, and ErrSubscription besides.
type Error struct {
	// Outcome says what became of the effect.
	Outcome transport.Outcome
	// Status is the answer's status code, 0 without an answer.
	Status int
	// Message is Callyzer's own, where the answer had one.
	Message string
	// Body is the start of the answer.
	Body []byte
	err  *transport.Error
}

// Error returns one line.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the *transport.Error with outcome, attempts and cause.
func (e *Error) Unwrap() error { return e.err }

// Is reports whether target is ErrSubscription and the status says so.
func (e *Error) Is(target error) bool {
	return target == ErrSubscription && e.Status == http.StatusForbidden
}

// wrap gives an error of the transport this package's type; refused input
// stays what it is.
func wrap(err error) error {
	if e, ok := errors.AsType[*transport.Error](err); ok {
		return &Error{Outcome: e.Outcome, Status: e.Status, Message: e.Message, Body: e.Body, err: e}
	}
	return err
}

// unreadable reports a success whose body could not be decoded: an operation
// with an effect was carried out.
func unreadable(op *transport.Op, method string, resp *transport.Response, cause error) error {
	outcome := transport.Done
	if op.Safety == transport.Read {
		outcome = transport.Rejected
	}
	return wrap(&transport.Error{
		Op: op.Name, Method: method, Outcome: outcome, Kind: transport.ErrUnavailable, Attempts: resp.Attempts,
		Status: resp.Status, Message: "the answer is not of Callyzer's shape", Err: cause,
	})
}

// retryPause is how long to stay away after a 429 that does not say it.
const retryPause = 2 * time.Second

// judge reads answers of operations with an effect. Only 429 promises that
// nothing was done: a 503 does not, whatever its headers.
func judge(r *transport.Response) transport.Verdict {
	v := transport.JudgeStatus(r)
	if env, err := decodeEnvelope(r.Body); err == nil && v.Result != transport.ResultDone {
		v.Message = env.Message
	}
	switch r.Status {
	case http.StatusTooManyRequests:
		v.Wait = retryPause
	case http.StatusServiceUnavailable:
		v.Result = transport.ResultUnclear
	}
	return v
}

// judgeRead reads answers of reads. Two of them are worth another try: a 400
// that carries the text of a database driver's exception, after which the same
// request passes, and a 2xx that is not Callyzer's answer at all.
func judgeRead(r *transport.Response) transport.Verdict {
	v := judge(r)
	switch {
	case r.Status == http.StatusBadRequest && driverException(r.Body):
		return transport.Verdict{Result: transport.ResultRetry, Kind: transport.ErrUnavailable, Message: v.Message, Wait: retryPause}
	case v.Result == transport.ResultDone:
		if env, err := decodeEnvelope(r.Body); err != nil || env.Result == nil && !strings.EqualFold(env.Message, "success") {
			return transport.Verdict{Result: transport.ResultUnclear, Kind: transport.ErrUnavailable, Message: "the answer is not Callyzer's"}
		}
	}
	return v
}

// driverException recognises the raw exception of Callyzer's database layer.
func driverException(body []byte) bool {
	lower := bytes.ToLower(body)
	for _, mark := range []string{"jdbc", "java.sql", "sqlexception"} {
		if bytes.Contains(lower, []byte(mark)) {
			return true
		}
	}
	return false
}
