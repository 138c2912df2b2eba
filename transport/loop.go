package transport

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// manyRetries is the loop's own limit; the real one is each call's.
const manyRetries = 1 << 20

// loop is go-retryablehttp reduced to what it does well: running a request
// again. When, how long after and whether are decided by the call.
type loop struct {
	retry *retryablehttp.Client
	own   *http.Transport // nil when the user brought a RoundTripper
	blank *http.Request   // copied for every call
}

func newLoop(set *settings) *loop {
	l := &loop{blank: &http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}}
	rt := set.base
	if rt == nil {
		l.own = newTransport(set.tlsConfig)
		rt = l.own
	}
	for _, wrap := range slices.Backward(set.middleware) {
		rt = wrap(rt)
	}
	l.retry = &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: attempts{rt},
			// A redirect would be one more request past every limit, and could
			// carry the credential to another host: the vendor's answer is kept.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     manyRetries,
		Backoff:      func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 },
		CheckRetry:   func(ctx context.Context, _ *http.Response, _ error) (bool, error) { return ctx.(*call).again(), nil },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return l
}

// attempts hands each attempt to the call it belongs to. It does not have
// CloseIdleConnections, so that go-retryablehttp cannot empty the pool when a
// call fails.
type attempts struct{ next http.RoundTripper }

func (a attempts) RoundTrip(req *http.Request) (*http.Response, error) {
	return req.Context().(*call).attempt(req, a.next)
}

func (l *loop) closeIdle() {
	if l.own != nil {
		l.own.CloseIdleConnections()
	}
}
