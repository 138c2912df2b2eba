package flow

import (
	"context"
	"fmt"
	"net"
	"net/http"
)

// announceKey is the context key of the function that announces a request.
type announceKey struct{}

// announcing returns a context whose requests are announced before they leave.
func announcing(ctx context.Context, announce func(context.Context) error) context.Context {
	return context.WithValue(ctx, announceKey{}, announce)
}

// Announced wraps the RoundTripper that sends: every request of an effect that
// cannot settle is announced in the store first, and one that cannot be
// announced is not sent. So a killed attempt that announced nothing provably
// sent nothing, and the next one may act as if it were the first.
//
// Every client of such an effect needs it, as transport.WithMiddleware.
func Announced(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		announce, ok := req.Context().Value(announceKey{}).(func(context.Context) error)
		if !ok {
			return next.RoundTrip(req)
		}
		if err := announce(req.Context()); err != nil {
			if req.Body != nil {
				_ = req.Body.Close() // as every RoundTripper must
			}
			// A connection that was never made: to the transport this proves that
			// the request was not sent.
			return nil, &net.OpError{Op: "dial", Err: fmt.Errorf("announcing the request: %w", err)}
		}
		return next.RoundTrip(req)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
