package transport_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

// Attempts may be lent the header map of an earlier one. The tests of this
// file show that nobody notices: run them with the race detector.

// callerKey is where a call of these tests keeps its number.
type callerKey struct{}

// perCaller is a credential that differs from call to call.
func perCaller(ctx context.Context) (string, error) {
	return fmt.Sprint("credential-", ctx.Value(callerKey{})), nil
}

// manyCalls makes calls from several goroutines; each third one has a
// credential of its own, each second one a body.
func manyCalls(t *testing.T, c *transport.Client) {
	t.Helper()
	var callers sync.WaitGroup
	for caller := range 8 {
		callers.Go(func() {
			for i := range 60 {
				number := 0
				if i%3 == 0 {
					number = caller*1000 + i
				}
				ctx := context.WithValue(t.Context(), callerKey{}, number)
				req := transport.Request{}
				if i%2 == 0 {
					req.Body = []byte("{}")
				}
				if _, err := c.Do(ctx, &transport.Op{Name: "test.do"}, req); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
}

// wantHeader checks that a request has exactly the header it should have.
func wantHeader(t *testing.T, r *http.Request) {
	t.Helper()
	number, want := r.Context().Value(callerKey{}), 3
	if r.Method == http.MethodPost {
		want = 4
	}
	if len(r.Header) != want || r.Header.Get("Authorization") != fmt.Sprint("Bearer credential-", number) ||
		r.Header.Get("X-Fixed") != "1" || (want == 4) != (r.Header.Get("Content-Type") == "application/json") {
		t.Errorf("%s of call %v has the header %v", r.Method, number, r.Header)
	}
}

func headerClient(t *testing.T, baseURL string, opts ...transport.Option) *transport.Client {
	t.Helper()
	c, err := transport.New(transport.Config{BaseURL: baseURL, Authorize: transport.AuthBearer(perCaller), Header: http.Header{"X-Fixed": {"1"}}}, opts...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

var emptyAnswer = http.Response{StatusCode: http.StatusOK, Body: http.NoBody}

// What writes into the header of an attempt changes that attempt only.
func TestHeader_WritesStayInTheAttempt(t *testing.T) {
	t.Parallel()
	var nth atomic.Int64
	writing := map[string]func(http.Header){
		"adds": func(h http.Header) { h.Add("X-Trace", "1") },
		"adds now and then": func(h http.Header) {
			if nth.Add(1)%5 == 0 {
				h.Add("X-Trace", "1")
			}
		},
		"sets":            func(h http.Header) { h.Set("X-Fixed", "2") },
		"deletes":         func(h http.Header) { h.Del("Authorization") },
		"changes a value": func(h http.Header) { h["Authorization"] = []string{"Bearer other"} },
		"replaces one":    func(h http.Header) { h.Del("X-Fixed"); h.Set("X-Other", "1") },
		"nothing":         func(http.Header) {},
	}
	for name, write := range writing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			below := roundTripFunc(func(r *http.Request) (*http.Response, error) {
				wantHeader(t, r)
				write(r.Header)
				resp := emptyAnswer
				return &resp, nil
			})
			manyCalls(t, headerClient(t, "https://vendor.test", transport.WithTransport(below)))
		})
		t.Run(name+", middleware", func(t *testing.T) {
			t.Parallel()
			middleware := func(next http.RoundTripper) http.RoundTripper {
				return roundTripFunc(func(r *http.Request) (*http.Response, error) {
					wantHeader(t, r)
					write(r.Header)
					return next.RoundTrip(r)
				})
			}
			below := roundTripFunc(func(*http.Request) (*http.Response, error) { resp := emptyAnswer; return &resp, nil })
			manyCalls(t, headerClient(t, "https://vendor.test", transport.WithTransport(below), transport.WithMiddleware(middleware)))
		})
	}
}

// An Authorizer may put a map of its own in the place of the header's; it
// stays as it is.
func TestHeader_OfTheAuthorizer(t *testing.T) {
	t.Parallel()
	own := http.Header{"X-Signature": {"s"}}
	e := newEffects()
	c, err := transport.New(transport.Config{BaseURL: "https://vendor.test", Authorize: func(r *http.Request) ([]string, error) {
		r.Header = own
		return nil, nil
	}}, transport.WithTransport(e.Transport()))
	require.NoError(t, err)
	for range 3 {
		_, err = c.Do(t.Context(), get, transport.Request{})
		require.NoError(t, err)
	}
	require.Equal(t, http.Header{"X-Signature": {"s"}}, own)
	for _, r := range e.Requests() {
		require.Equal(t, own, r.Header)
	}
}

// net/http may still read the header of a request that has been answered, or
// given up: the race detector would see a write.
func TestHeader_NetHTTPReadsOn(t *testing.T) {
	t.Parallel()
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer credential-") || r.Header.Get("X-Fixed") != "1" {
			t.Errorf("header %v", r.Header)
		}
		_, _ = io.WriteString(w, "{}")
	})
	t.Run("HTTP/1", func(t *testing.T) {
		t.Parallel()
		srv := httptest.NewServer(serve)
		t.Cleanup(srv.Close)
		manyCalls(t, headerClient(t, srv.URL, quick))
	})
	t.Run("HTTP/2", func(t *testing.T) {
		t.Parallel()
		srv := httptest.NewUnstartedServer(serve)
		srv.EnableHTTP2 = true
		srv.StartTLS()
		t.Cleanup(srv.Close)
		manyCalls(t, headerClient(t, srv.URL, quick, transport.WithTLSConfig(srv.Client().Transport.(*http.Transport).TLSClientConfig)))
	})
	t.Run("answers that do not wait for the request", func(t *testing.T) {
		t.Parallel()
		addr, _ := scripted(t, func(conn net.Conn, r *bufio.Reader) { reply(conn, ok); readRequest(r) })
		c := headerClient(t, "http://"+addr, quick)
		for range 100 {
			_, _ = c.Do(t.Context(), get, transport.Request{}) // net/http takes some of them for unsolicited
		}
	})
}
