package webhook_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// TestHandler_Order sends a request with which everything is wrong, and mends
// one thing after the other: the reasons must come in the order of the checks.
func TestHandler_Order(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, func(c *webhook.Config) {
		c.Allow, _ = webhook.ParsePrefixes("192.0.2.0/24")
		c.IPLimit, c.SourceLimit = webhook.NewRateLimiter(1e-9, 7), webhook.NewRateLimiter(1e-9, 1)
		c.MaxBody, c.MaxHeader = 8, 1<<10
		c.RequireHeaders, c.ContentTypes = []string{"X-Token"}, []string{"application/json"}
	})
	r := request("too long a body")
	r.Method, r.RemoteAddr = http.MethodGet, "198.51.100.1:1"
	r.Header = http.Header{"X-Pad": {strings.Repeat("x", 2<<10)}, "Content-Type": {"text/plain"}}
	body := func(reader io.Reader, length int64) { r.Body, r.ContentLength = io.NopCloser(reader), length }
	reasons := []string{}
	for _, mend := range []func(){
		func() {},
		func() { r.Method = http.MethodPost },
		func() { r.RemoteAddr = "192.0.2.9:1" },
		func() { body(iotest.ErrReader(io.ErrUnexpectedEOF), 8) },
		func() { r.Header.Del("X-Pad") },
		func() { r.Header.Set("X-Token", "old") },
		func() { r.Header.Set("Content-Type", "application/json") },
		func() { body(strings.NewReader("{}"), 2) },
		func() { r.Header.Set("X-Token", "good"); body(strings.NewReader("{}"), 2) },
		func() { r.RemoteAddr = "192.0.2.10:1"; body(strings.NewReader("{}"), 2) },
	} {
		mend()
		serve(h, r)
		reasons = append(reasons, h.seen[len(h.seen)-1].Reason)
	}
	// Method and address cost no permit: the seventh of this address is the one
	// that is taken, and the next request meets the source's limit.
	require.Equal(t, []string{"method", "ip", "size", "header", "missing", "type", "body", "too_old", "", "rate"}, reasons)
	require.Len(t, h.events, 1)

	r.RemoteAddr, r.ContentLength = "192.0.2.9:1", 99
	require.Equal(t, 429, serve(h, r).Code, "the address's limit comes before the length")
}

// TestHandler_SlowWork lets the work take longer than the body may: the deadline
// of the reading must not end the request behind it. Without a body the server
// watches the connection from the start, and meets the deadline.
func TestHandler_SlowWork(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}"} {
		synctest.Test(t, func(t *testing.T) {
			ended := errors.New("never ran")
			h, err := webhook.NewHandler(webhook.Config{Source: "s", AllowUnverified: true}, func(ctx context.Context, _ webhook.Event) error {
				time.Sleep(time.Minute)
				ended = ctx.Err()
				return nil
			})
			require.NoError(t, err)
			code, err := overPipe(t, h, fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
			require.NoError(t, err)
			require.Equal(t, 200, code)
			require.NoError(t, ended)
		})
	}
}

// TestHandler_SlowBody is told why it is cut off.
func TestHandler_SlowBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newReceiver(t, nil)
		began := time.Now()
		code, err := overPipe(t, h, slowHead+"{")
		require.NoError(t, err)
		require.Equal(t, 408, code)
		require.Equal(t, 6*time.Second, time.Since(began))
		require.Equal(t, "body", h.seen[0].Reason)
	})
}

// overPipe sends text to a server in memory and returns the status it answers.
func overPipe(t *testing.T, h http.Handler, text string) (int, error) {
	t.Helper()
	l := newPipes()
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	conn := l.dial()
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

func TestHandler_Abort(t *testing.T) {
	t.Parallel()
	h, err := webhook.NewHandler(webhook.Config{Source: "s", AllowUnverified: true}, func(context.Context, webhook.Event) error {
		panic(http.ErrAbortHandler)
	})
	require.NoError(t, err)
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { serve(h, request("{}")) }, "the server ends the connection")
}

// TestHandler_SubscribersLimit counts the addresses of one /64 together: who has
// one has them all.
func TestHandler_SubscribersLimit(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, func(c *webhook.Config) { c.IPLimit = webhook.NewRateLimiter(1e-9, 1) })
	for _, c := range []struct {
		from string
		code int
	}{
		{"[2001:db8:1:2::1]:1", 200}, {"[2001:db8:1:2:ffff::9]:1", 429}, {"[2001:db8:1:3::1]:1", 200},
		{"192.0.2.1:1", 200}, {"192.0.2.2:1", 200}, {"[::ffff:192.0.2.1]:1", 429}, {"192.0.2.1:2", 429},
	} {
		r := request("{}")
		r.RemoteAddr = c.from
		require.Equal(t, c.code, serve(h, r).Code, c.from)
	}
}
