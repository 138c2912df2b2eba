package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
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

// listen returns a context that makes net/http report to the call.
func (k *call) listen(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GetConn: k.getConn, GotConn: k.gotConn})
}

func (k *call) getConn(string) {
	k.proof.mu.Lock()
	defer k.proof.mu.Unlock()
	k.proof.asked = true
}

func (k *call) gotConn(info httptrace.GotConnInfo) {
	conn, version := counted(info.Conn)
	if k.client.speaks.Load() != version {
		k.client.speaks.Store(version)
	}
	p := &k.proof
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dirty = p.dirty || (p.got && !p.clean())
	p.got, p.conn = true, conn
	if conn != nil {
		p.before = conn.written.Load()
	}
}

// counted returns the connection if its bytes belong to one request at a time,
// and the protocol: on HTTP/2 many requests share them.
func counted(conn net.Conn) (*countingConn, protocol) {
	if t, ok := conn.(*tls.Conn); ok {
		if t.ConnectionState().NegotiatedProtocol == "h2" {
			return nil, http2
		}
		conn = t.NetConn()
	}
	c, _ := conn.(*countingConn)
	return c, http1
}

// clean reports whether no byte went out on the newest connection.
func (p *sentProof) clean() bool {
	return p.conn != nil && p.conn.written.Load() == p.before
}

// unsent reports whether err proves that the vendor did not process the
// request: no connection was found, or not a byte went out on any, or the
// vendor refused the only HTTP/2 stream on which it went out.
func (p *sentProof) unsent(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.asked:
		return dialError(err)
	case !p.got:
		return true // DNS, dial, proxy, TLS, or cancelled before a connection
	}
	return !p.dirty && (p.clean() || refusedStream(err))
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
