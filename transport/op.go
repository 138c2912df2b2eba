package transport

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Op describes one operation of a vendor. It is static: a vendor package
// declares one per method and passes it to every call.
type Op struct {
	// Name appears in errors, logs and spans: "monday.create_item".
	Name string
	// Safety says what may be done after a failure.
	Safety Safety
	// Cost is what one attempt takes from limiters that count points; 0 means 1.
	Cost int
	// KeyHeader is the header that carries Request.Key of a Keyed operation.
	// Name it only for vendors that honour it: net/http by itself replays
	// requests that carry Idempotency-Key.
	KeyHeader string
	// KeyLife is how long the vendor remembers a key of a Keyed operation; 0
	// means for good. Once an attempt's outcome is unknown, no other is sent
	// when that much time has passed since it: the key would protect nothing.
	KeyLife time.Duration
	// Judge reads the vendor's answer; nil means the client's judge.
	Judge JudgeFunc
	// Settle is how long a LookUp operation waits between its two look-ups. It
	// must exceed the longest time the vendor may still be working on a
	// request whose connection died; 0 means the client's attempt timeout.
	Settle time.Duration
	// MaxAttempts lowers the client's limit for this operation; 0 keeps it.
	MaxAttempts int
	// Patience is added to the client's attempt timeout: a large body takes its
	// time on the way.
	Patience time.Duration
}

// Request is one call of an operation.
type Request struct {
	// Method is the HTTP method; "" means GET, or POST when there is a body.
	Method string
	// Path is appended to the client's base URL. Build it with [Path] when it
	// holds anything that comes from outside.
	Path string
	// URL replaces base URL and Path. The client's credential is sent along
	// only when it has the scheme and host of the base URL.
	URL string
	// Query is added to whatever query the path has.
	Query url.Values
	// Header is sent besides the client's own headers.
	Header http.Header
	// Body is the whole body. The caller must not change it during the call.
	Body []byte
	// GetBody replaces Body for large bodies: it is called once per attempt.
	// ContentLength is its length, -1 when unknown.
	GetBody       func() (io.ReadCloser, error)
	ContentLength int64
	// ContentType is the body's type; "" means application/json.
	ContentType string
	// Key is the idempotency key of a Keyed operation: the same for every
	// attempt of one intent, new for every new intent.
	Key string
	// LookUp reads back whether the effect of a LookUp operation took place.
	// It is called with the caller's context and may call the client itself.
	LookUp func(ctx context.Context) (found bool, err error)
	// Cost overrides the operation's cost for limiters that count points.
	Cost int
}

func (r *Request) hasBody() bool { return r.Body != nil || r.GetBody != nil }

// Response is a vendor's answer, read whole.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// Attempts is how many times the request was sent or tried.
	Attempts int
	// Unsettled says that an earlier attempt of the same call may have taken
	// effect. A judge can use it: a delete that now finds nothing is done.
	Unsettled bool
	// LookedUp says that the effect was found by Request.LookUp; there is no
	// status, header or body then.
	LookedUp bool
}

// Result is what an answer means for the loop.
type Result uint8

const (
	// ResultDone: the vendor did what was asked.
	ResultDone Result = iota
	// ResultRefused: the vendor did nothing and would refuse again.
	ResultRefused
	// ResultRetry: the vendor did nothing, and a later attempt may pass: rate
	// limits, locks, a key in use.
	ResultRetry
	// ResultUnclear: the vendor may or may not have done it.
	ResultUnclear
)

// Verdict is a judge's reading of an answer.
type Verdict struct {
	Result Result
	// Kind is one of this package's Err values, nil when done.
	Kind error
	// Code and Message are the vendor's own; RequestID its name for the request.
	Code, Message, RequestID string
	// Wait is the vendor's hint for the next attempt, from wherever it keeps
	// it; the Retry-After header is read by the client itself.
	Wait time.Duration
	// Cost is what the attempt really cost, where the answer tells; limiters
	// that count points settle by it. 0 means as estimated.
	Cost int
	// Budget is what the vendor says about the limit in its body; headers are
	// read by the limiters themselves.
	Budget Budget
}

// JudgeFunc reads an answer of any status. It is called once per answered
// attempt, must not keep r.Body, and must not panic whatever the body holds.
type JudgeFunc func(r *Response) Verdict

// JudgeStatus is the judge for vendors whose status codes mean what HTTP says:
// 2xx is done; 429, and 503 with a Retry-After, did nothing and may be
// retried; 408 and other 5xx are unclear; everything else is refused.
func JudgeStatus(r *Response) Verdict {
	switch s := r.Status; {
	case s >= 200 && s < 300:
		return Verdict{Result: ResultDone}
	case s == http.StatusTooManyRequests:
		return Verdict{Result: ResultRetry, Kind: ErrRateLimited}
	case s == http.StatusServiceUnavailable && r.Header.Get("Retry-After") != "":
		return Verdict{Result: ResultRetry, Kind: ErrUnavailable}
	case s == http.StatusRequestTimeout || s >= 500:
		return Verdict{Result: ResultUnclear, Kind: ErrUnavailable}
	default:
		return Verdict{Result: ResultRefused, Kind: KindOfStatus(s)}
	}
}

// KindOfStatus maps a status code to the error kind it usually means.
func KindOfStatus(status int) error {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return ErrAuth
	case http.StatusPaymentRequired:
		return ErrQuota
	case http.StatusNotFound, http.StatusGone:
		return ErrNotFound
	case http.StatusConflict, http.StatusLocked:
		return ErrConflict
	case http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	case http.StatusTooManyRequests:
		return ErrRateLimited
	}
	if status == http.StatusRequestTimeout || status >= 500 {
		return ErrUnavailable
	}
	return ErrInvalid
}
