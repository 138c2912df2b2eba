package transport_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

// The tests of this file use real sockets and real time: they prove what
// net/http lets a client know about a connection. No test waits for a clock.

// quick keeps the waits between attempts short.
var quick = transport.WithBackoff(0, time.Millisecond)

func socketClient(t *testing.T, baseURL string, opts ...transport.Option) *transport.Client {
	t.Helper()
	c, err := transport.New(transport.Config{Vendor: "test", BaseURL: baseURL}, append([]transport.Option{quick}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// scripted is a server that plays one step per accepted connection.
func scripted(t *testing.T, steps ...func(conn net.Conn, r *bufio.Reader)) (addr string, accepted *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	accepted = new(atomic.Int32)
	ctx, stop := context.WithCancel(context.Background()) // outlives the test's own
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			i := min(int(accepted.Add(1)), len(steps)) - 1
			context.AfterFunc(ctx, func() { _ = conn.Close() })
			running.Go(func() {
				steps[i](conn, bufio.NewReader(conn))
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); stop(); running.Wait() })
	return l.Addr().String(), accepted
}

// readRequest consumes one request; it reports false when none came.
func readRequest(r *bufio.Reader) bool {
	req, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil
}

func reply(conn net.Conn, text string) { _, _ = io.WriteString(conn, text) }

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// serveOne returns a server that answers the first request of a connection and
// breaks the second one off, after having read it; broke counts those.
func serveOne() (serve func(conn net.Conn, r *bufio.Reader), broke *atomic.Int32) {
	broke = new(atomic.Int32)
	return func(conn net.Conn, r *bufio.Reader) {
		if readRequest(r) {
			reply(conn, ok)
		}
		if readRequest(r) {
			broke.Add(1)
		}
	}, broke
}

// untilReused makes pairs of calls until the second one went out on the
// connection of the first, and returns how many connections there were and
// what became of the second. On a busy machine net/http gives a connection up
// whose request it has not seen written soon after the answer.
func untilReused(t *testing.T, pair func(addr string) (first, second error)) (conns int32, second error) {
	t.Helper()
	for range 50 {
		serve, broke := serveOne()
		addr, accepted := scripted(t, serve)
		first, second := pair(addr)
		require.NoError(t, first)
		if broke.Load() > 0 {
			return accepted.Load(), second
		}
	}
	t.Fatal("no connection was used again")
	return 0, nil
}

func TestProof_NotSent(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no tunnels", http.StatusBadGateway)
	}))
	t.Cleanup(refusing.Close)
	proxy, err := url.Parse(refusing.URL)
	require.NoError(t, err)
	selfSigned := httptest.NewTLSServer(http.NotFoundHandler())
	selfSigned.Config.ErrorLog = nil
	t.Cleanup(selfSigned.Close)
	cut, _ := scripted(t, func(net.Conn, *bufio.Reader) {})
	foreign := &net.Dialer{}

	for _, tc := range []struct {
		name     string
		url      string
		opts     []transport.Option
		attempts int
	}{
		{name: "dial", url: "http://127.0.0.1:1", attempts: 3},
		{name: "DNS", url: "http://name.invalid.localhost:1", attempts: 3, opts: []transport.Option{
			transport.WithTransport(&http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.DNSError{Err: "no such host", Name: "name.invalid", IsNotFound: true}
			}}),
		}},
		{name: "proxy", url: "https://vendor.test", attempts: 3, opts: []transport.Option{
			transport.WithTransport(&http.Transport{Proxy: http.ProxyURL(proxy), DialContext: foreign.DialContext}),
		}},
		{name: "TLS certificate", url: selfSigned.URL, attempts: 1},
		{name: "TLS handshake", url: "https://" + cut, attempts: 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := socketClient(t, tc.url, append(tc.opts, transport.WithMaxAttempts(3))...)
			_, err := c.Do(t.Context(), &transport.Op{Name: "test.send"}, transport.Request{Body: []byte("{}")})
			require.ErrorIs(t, err, transport.ErrNotSent, "%v", err)
			var te *transport.Error
			require.ErrorAs(t, err, &te)
			require.Equal(t, tc.attempts, te.Attempts, "%v", err)
		})
	}
}

func TestProof_CancelledBeforeConnection(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	stuck := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		cancel()
		<-release
		return nil, net.ErrClosed
	}}
	c := socketClient(t, "http://127.0.0.1:1", transport.WithTransport(stuck))
	_, err := c.Do(ctx, &transport.Op{Name: "test.send"}, transport.Request{Body: []byte("{}")})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, transport.ErrNotSent)
	require.NotErrorIs(t, err, transport.ErrUnavailable)
}

func TestProof_BrokenAfterSending(t *testing.T) {
	t.Parallel()
	addr, accepted := scripted(t, func(_ net.Conn, r *bufio.Reader) { readRequest(r) })
	_, err := socketClient(t, "http://"+addr).Do(t.Context(), &transport.Op{Name: "test.send"}, transport.Request{Body: []byte("{}")})
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	require.EqualValues(t, 1, accepted.Load())
}

func TestProof_ReusedConnectionBreaks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		op      transport.Op
		req     transport.Request
		outcome transport.Outcome
		conns   int32 // one more than 1: somebody sent again
	}{
		{"POST", transport.Op{}, transport.Request{Body: []byte("{}")}, transport.Unknown, 1},
		{"GET with an effect", transport.Op{}, transport.Request{}, transport.Unknown, 1},
		{"keyed POST", transport.Op{Safety: transport.Keyed, KeyHeader: "Idempotency-Key"}, transport.Request{Body: []byte("{}"), Key: "k"}, transport.Done, 2},
		{"read", transport.Op{Safety: transport.Read}, transport.Request{}, transport.Done, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			op := tc.op
			op.Name = "test.send"
			conns, err := untilReused(t, func(addr string) (first, second error) {
				c := socketClient(t, "http://"+addr)
				_, first = c.Do(t.Context(), &op, tc.req)
				_, second = c.Do(t.Context(), &op, tc.req)
				return first, second
			})
			require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
			require.Equal(t, tc.conns, conns)
		})
	}
}

// The same for another SDK's request that carries the header by itself.
func TestProof_ForeignKeyIsNotReplayed(t *testing.T) {
	t.Parallel()
	conns, err := untilReused(t, func(addr string) (first, second error) {
		c, err := transport.NewHTTPClient(quick)
		require.NoError(t, err)
		t.Cleanup(c.CloseIdleConnections)
		send := func() error {
			req := request2(t.Context(), "POST", "http://"+addr, strings.NewReader("{}"))
			req.Header.Set("Idempotency-Key", "k")
			resp, err := c.Do(req)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, resp.Body)
			return errors.Join(err, resp.Body.Close())
		}
		return send(), send()
	})
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	require.EqualValues(t, 1, conns)
}

// A connection that the vendor closed while it was idle is noticed by
// net/http: the request goes out once, on another one.
func TestProof_IdleConnectionClosed(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	once := func(conn net.Conn, r *bufio.Reader) {
		if readRequest(r) {
			requests.Add(1)
			reply(conn, ok)
		}
	}
	addr, _ := scripted(t, once)
	c := socketClient(t, "http://"+addr)
	for range 20 {
		_, err := c.Do(t.Context(), &transport.Op{Name: "test.send"}, transport.Request{Body: []byte("{}")})
		if err != nil {
			// The vendor closed between our look and our write: then it must be
			// proven unsent or called unknown, never lost silently.
			require.NotEqual(t, transport.Done, transport.OutcomeOf(err))
		}
	}
	require.LessOrEqual(t, requests.Load(), int32(20))
}
