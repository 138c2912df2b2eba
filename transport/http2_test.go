package transport_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

// The tests of this file speak HTTP/2 with net/http in memory and in fake
// time: they prove which ends of a stream count as not sent, what net/http
// sends again by itself, and what nobody can know.

// http2Vendor speaks just enough HTTP/2 to end each request as its answers
// say, one after the other; the last one stays.
type http2Vendor struct {
	tls     *tls.Config
	trust   *tls.Config
	answers []http2Answer

	closes int // connections that end before the first request

	mu    sync.Mutex
	got   int // requests
	conns []net.Conn
}

// http2Answer ends a stream. It reports whether the connection stays open.
type http2Answer func(conn net.Conn, stream uint32) bool

// frame writes an HTTP/2 frame.
func frame(conn net.Conn, kind, flags byte, stream uint32, payload ...byte) {
	head := make([]byte, 9, 9+len(payload))
	head[2], head[3], head[4] = byte(len(payload)), kind, flags
	binary.BigEndian.PutUint32(head[5:], stream)
	_, _ = conn.Write(append(head, payload...))
}

// done answers with status 200.
func done(conn net.Conn, stream uint32) bool {
	frame(conn, 1, 5, stream, 0x88) // HEADERS ":status 200", END_STREAM
	return true
}

// silent never answers.
func silent(net.Conn, uint32) bool { return true }

// hangUp closes the connection.
func hangUp(net.Conn, uint32) bool { return false }

// reset ends the stream with an error code.
func reset(code byte) http2Answer {
	return func(conn net.Conn, stream uint32) bool {
		frame(conn, 3, 0, stream, 0, 0, 0, code)
		return true
	}
}

// goAway says that streams after the last one, here none or this one, were
// not processed, and hangs up.
func goAway(code byte, covers bool) http2Answer {
	return func(conn net.Conn, stream uint32) bool {
		last := []byte{0, 0, 0, 0}
		if covers {
			binary.BigEndian.PutUint32(last, stream)
		}
		frame(conn, 7, 0, 0, append(last, 0, 0, 0, code)...)
		return false
	}
}

func newHTTP2Vendor(answers ...http2Answer) *http2Vendor {
	donor := httptest.NewTLSServer(http.NotFoundHandler())
	defer donor.Close()
	return &http2Vendor{
		answers: answers,
		tls:     &tls.Config{Certificates: donor.TLS.Certificates, NextProtos: []string{"h2"}, SessionTicketsDisabled: true},
		trust:   donor.Client().Transport.(*http.Transport).TLSClientConfig,
	}
}

// dial connects to the vendor.
func (v *http2Vendor) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.conns = append(v.conns, client)
	serve := v.serve
	if len(v.conns) <= v.closes {
		serve = closeEarly
	}
	go serve(tls.Server(server, v.tls))
	return client, nil
}

// closeEarly lets a client connect and no more.
func closeEarly(conn net.Conn) {
	_, _ = conn.Read(make([]byte, 1024)) // preface and settings
	_ = conn.Close()
}

func (v *http2Vendor) serve(conn net.Conn) {
	streams := make(chan uint32, 16) // read while an answer is being written: a pipe has no buffer
	go func() {
		defer close(streams)
		readStreams(conn, streams)
	}()
	frame(conn, 4, 0, 0) // SETTINGS
	for stream := range streams {
		if stream == 0 {
			frame(conn, 4, 1, 0) // acknowledge SETTINGS
			continue
		}
		if !v.next()(conn, stream) {
			break
		}
	}
	_ = conn.Close()
	for range streams { // until the reader has ended
	}
}

// next counts a request and returns what becomes of it.
func (v *http2Vendor) next() http2Answer {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.got++
	return v.answers[min(v.got, len(v.answers))-1]
}

// requests returns how many there were.
func (v *http2Vendor) requests() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.got
}

// readStreams sends the number of each request, and 0 for settings.
func readStreams(conn net.Conn, streams chan<- uint32) {
	r := bufio.NewReader(conn)
	if _, err := r.Discard(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")); err != nil {
		return
	}
	for {
		var head [9]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		if _, err := r.Discard(int(head[0])<<16 | int(head[1])<<8 | int(head[2])); err != nil {
			return
		}
		switch stream := binary.BigEndian.Uint32(head[5:]); {
		case head[3] == 4 && head[4]&1 == 0:
			streams <- 0
		case head[3] <= 1 && head[4]&1 == 1: // END_STREAM
			streams <- stream
		}
	}
}

// transport returns net/http's own transport to the vendor.
func (v *http2Vendor) transport() *http.Transport {
	return &http.Transport{TLSClientConfig: v.trust.Clone(), ForceAttemptHTTP2: true, DialContext: v.dial}
}

// stop closes all connections.
func (v *http2Vendor) stop() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, conn := range v.conns {
		_ = conn.Close()
	}
}

var (
	once       = transport.Op{Name: "test.once"}
	lookUp     = transport.Op{Name: "test.look_up", Safety: transport.LookUp}
	keyed      = transport.Op{Name: "test.keyed", Safety: transport.Keyed, KeyHeader: "Idempotency-Key"}
	single     = transport.Op{Name: "test.single", Safety: transport.Keyed, KeyHeader: "Idempotency-Key", MaxAttempts: 1}
	idempotent = transport.Op{Name: "test.idempotent", Safety: transport.Idempotent}

	refusedStream = reset(7)
	protocolError = reset(1)
)

// many stands for as often as net/http cares to.
const many = 0

const (
	post  = "body"
	empty = "POST"
	plain = "GET"
)

func TestHTTP2_WhatIsKnown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		op       transport.Op
		request  string
		answers  []http2Answer
		outcome  transport.Outcome
		attempts int
		requests int
	}{
		// Provably not processed: the loop sends again.
		"refused":                      {once, post, []http2Answer{refusedStream, done}, transport.Done, 2, 2},
		"refused for good":             {once, post, []http2Answer{refusedStream}, transport.NotSent, 4, 4},
		"refused, look-up":             {lookUp, post, []http2Answer{refusedStream, done}, transport.Done, 2, 2},
		"refused, GET with an effect":  {once, plain, []http2Answer{refusedStream, done}, transport.Done, 2, 2},
		"GOAWAY":                       {once, post, []http2Answer{goAway(0, false), done}, transport.Done, 2, 2},
		"GOAWAY for good":              {once, post, []http2Answer{goAway(0, false)}, transport.NotSent, 4, 4},
		"GOAWAY with an error":         {once, post, []http2Answer{goAway(11, false), done}, transport.Done, 2, 2},
		"GOAWAY, GET with an effect":   {once, plain, []http2Answer{goAway(0, false), done}, transport.Done, 2, 2},
		"never sent on a closed one":   {once, post, []http2Answer{done}, transport.Done, 1, 1},
		"refused, then reset":          {once, post, []http2Answer{refusedStream, reset(2)}, transport.Unknown, 2, 2},
		"GOAWAY that covers it":        {once, post, []http2Answer{goAway(0, true), done}, transport.Unknown, 1, 1},
		"GOAWAY, error, that covers":   {once, post, []http2Answer{goAway(2, true), done}, transport.Unknown, 1, 1},
		"PROTOCOL_ERROR":               {once, post, []http2Answer{protocolError, done}, transport.Unknown, 1, 1},
		"PROTOCOL_ERROR, GET":          {once, plain, []http2Answer{protocolError, done}, transport.Unknown, 1, 1},
		"INTERNAL_ERROR":               {once, post, []http2Answer{reset(2), done}, transport.Unknown, 1, 1},
		"CANCEL":                       {once, post, []http2Answer{reset(8), done}, transport.Unknown, 1, 1},
		"connection closed":            {once, post, []http2Answer{hangUp, done}, transport.Unknown, 1, 1},
		"no answer in time":            {once, post, []http2Answer{silent}, transport.Unknown, 1, 1},
		"refused, net/http replays":    {idempotent, post, []http2Answer{refusedStream, refusedStream, done}, transport.Done, 1, 3},
		"PROTOCOL_ERROR, replayed":     {keyed, post, []http2Answer{protocolError, done}, transport.Done, 1, 2},
		"GOAWAY, replayed":             {keyed, post, []http2Answer{goAway(0, false), done}, transport.Done, 1, 2},
		"INTERNAL_ERROR, keyed":        {keyed, post, []http2Answer{reset(2), done}, transport.Done, 2, 2},
		"PROTOCOL_ERROR, then refused": {single, post, []http2Answer{protocolError, refusedStream}, transport.Unknown, 1, many},
		// The client does not know the protocol yet, and there is no body to
		// keep net/http from replaying.
		"first request, empty POST": {once, empty, []http2Answer{protocolError, done}, transport.Done, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newHTTP2Vendor(tc.answers...)
			synctest.Test(t, func(t *testing.T) {
				attempts, err := v.call(t, tc.op, tc.request)
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Equal(t, tc.attempts, attempts, "%v", err)
				if tc.requests == many {
					require.Greater(t, v.requests(), 2)
					return
				}
				require.Equal(t, tc.requests, v.requests())
			})
		})
	}
}

// A connection that the vendor closes before it carries a request has carried
// none. The trace holds the request back until net/http has seen the end.
func TestHTTP2_ClosedBeforeFirstRequest(t *testing.T) {
	t.Parallel()
	v := newHTTP2Vendor(done)
	v.closes = 2
	synctest.Test(t, func(t *testing.T) {
		defer v.stop()
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { <-time.After(time.Second) }})
		resp, err := v.client(t).Do(ctx, &once, transport.Request{Body: []byte("{}")})
		require.NoError(t, err)
		require.Equal(t, 3, resp.Attempts)
		require.Equal(t, 1, v.requests())
	})
}

// Once the client knows that the vendor speaks HTTP/2 an empty POST is not
// replayed either.
func TestHTTP2_EmptyPOST(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answers  []http2Answer
		outcome  transport.Outcome
		requests int
	}{
		"PROTOCOL_ERROR": {[]http2Answer{done, protocolError, done}, transport.Unknown, 2},
		"refused":        {[]http2Answer{done, refusedStream, done}, transport.Done, 3},
		"GOAWAY":         {[]http2Answer{done, goAway(0, false), done}, transport.Done, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newHTTP2Vendor(tc.answers...)
			synctest.Test(t, func(t *testing.T) {
				defer v.stop()
				c := v.client(t)
				_, err := c.Do(t.Context(), &once, transport.Request{})
				require.NoError(t, err)
				_, err = c.Do(t.Context(), &once, transport.Request{Method: http.MethodPost})
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Equal(t, tc.requests, v.requests())
			})
		})
	}
}

// The same for another SDK's POST.
func TestHTTP2_Foreign(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answers  []http2Answer
		outcome  transport.Outcome
		requests int
	}{
		"PROTOCOL_ERROR": {[]http2Answer{protocolError, done}, transport.Unknown, 1},
		"refused":        {[]http2Answer{refusedStream, done}, transport.Done, 2},
		"GOAWAY":         {[]http2Answer{goAway(0, false), done}, transport.Done, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newHTTP2Vendor(tc.answers...)
			synctest.Test(t, func(t *testing.T) {
				defer v.stop()
				c, err := transport.NewHTTPClient(transport.WithTransport(v.transport()))
				require.NoError(t, err)
				req := request2(t.Context(), http.MethodPost, "https://example.com/", strings.NewReader("{}"))
				req.Header.Set("Idempotency-Key", "k")
				resp, err := c.Do(req)
				if err == nil {
					require.NoError(t, resp.Body.Close())
				}
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Equal(t, tc.requests, v.requests())
			})
		})
	}
}

func (v *http2Vendor) client(t *testing.T) *transport.Client {
	t.Helper()
	c, err := transport.New(transport.Config{BaseURL: "https://example.com"}, transport.WithTransport(v.transport()), transport.WithAttemptTimeout(2*time.Minute))
	require.NoError(t, err)
	return c
}

// call makes one call and returns the number of attempts.
func (v *http2Vendor) call(t *testing.T, op transport.Op, kind string) (attempts int, err error) {
	t.Helper()
	defer v.stop()
	c := v.client(t)
	req := transport.Request{Key: "k", LookUp: func(context.Context) (bool, error) { return false, nil }}
	switch kind {
	case post:
		req.Body = []byte("{}")
	case empty:
		req.Method = http.MethodPost
	}
	resp, err := c.Do(t.Context(), &op, req)
	if err == nil {
		return resp.Attempts, nil
	}
	var te *transport.Error
	require.ErrorAs(t, err, &te)
	return te.Attempts, err
}
