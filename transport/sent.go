package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// newTransport returns the client's own transport: enough idle connections
// for a busy client, and connections that count what is written to them.
func newTransport(tlsConfig *tls.Config) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		TLSClientConfig:       tlsConfig.Clone(),
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &countingConn{Conn: conn}, nil
		},
	}
}

// countingConn counts the bytes that the kernel took. A write counts while it
// is under way, and what the kernel refused is taken back.
type countingConn struct {
	net.Conn
	written atomic.Int64
}

func (c *countingConn) Write(b []byte) (int, error) {
	c.written.Add(int64(len(b)))
	n, err := c.Conn.Write(b)
	c.written.Add(int64(n - len(b)))
	return n, err
}

// ReadFrom keeps sendfile for large bodies.
func (c *countingConn) ReadFrom(r io.Reader) (int64, error) {
	c.written.Add(1)
	return io.Copy(c.Conn, r)
}

// sentProof gathers what proves that an attempt was not sent. net/http tells
// it when it looks for a connection and when it has one; a RoundTripper that
// is not built on net/http tells nothing, and then nothing is proven.
type sentProof struct {
	mu     sync.Mutex
	asked  bool          // net/http looked for a connection
	got    bool          // and has one; it may go on to another and replay
	dirty  bool          // bytes may have gone out on a connection before conn
	conn   *countingConn // the newest connection, nil if its bytes are not counted
	before int64         // bytes on conn before this attempt
}

// reset prepares p for the next attempt.
func (p *sentProof) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.got, p.dirty, p.conn = false, false, false, nil
}

// listen returns a context that makes net/http report to p.
func (p *sentProof) listen(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GetConn: p.getConn, GotConn: p.gotConn})
}

func (p *sentProof) getConn(string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = true
}

func (p *sentProof) gotConn(info httptrace.GotConnInfo) {
	conn := counted(info.Conn)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dirty = p.dirty || (p.got && !p.clean())
	p.got, p.conn = true, conn
	if conn != nil {
		p.before = conn.written.Load()
	}
}

// counted returns the connection whose bytes belong to one request at a time,
// or nil: on HTTP/2 many requests share them.
func counted(conn net.Conn) *countingConn {
	if t, ok := conn.(*tls.Conn); ok {
		if t.ConnectionState().NegotiatedProtocol == "h2" {
			return nil
		}
		conn = t.NetConn()
	}
	c, _ := conn.(*countingConn)
	return c
}

// clean reports whether no byte went out on the newest connection.
func (p *sentProof) clean() bool {
	return p.conn != nil && p.conn.written.Load() == p.before
}

// unsent reports whether err proves that the vendor did not process the
// request: no connection was found, or not a byte went out on any, or the
// vendor refused the HTTP/2 stream, which RFC 9113 defines as not processed.
func (p *sentProof) unsent(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case refusedStream(err):
		return true
	case !p.asked:
		return dialError(err)
	case !p.got:
		return true // DNS, dial, proxy, TLS, or cancelled before a connection
	}
	return !p.dirty && p.clean()
}

// dialError reports whether err is of a type that only arises before a
// connection exists; it is the proof for foreign RoundTrippers.
func dialError(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op == "dial" || op.Op == "proxyconnect"
	}
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}

// streamError has the fields of net/http's unexported HTTP/2 stream error,
// which fills it through errors.As.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (streamError) Error() string { return "HTTP/2 stream error" }

// refusedStream reports whether err is the HTTP/2 error REFUSED_STREAM, also
// where net/http says only in words that it could not rewind the body.
func refusedStream(err error) bool {
	if e, ok := errors.AsType[streamError](err); ok {
		return e.Code == 7
	}
	text := stripURL(err).Error()
	return strings.HasPrefix(text, "http2: Transport: cannot retry err [stream error: ") &&
		strings.Contains(text, "; REFUSED_STREAM; received from peer]")
}
