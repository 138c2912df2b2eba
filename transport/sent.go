package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// newTransport returns the client's own transport: enough idle connections
// for a busy client, and connections that count what is written to them.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 256, 64
	t.TLSHandshakeTimeout = 10 * time.Second
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &countingConn{Conn: conn}, nil
	}
	return t
}

// countingConn counts the bytes handed to the kernel.
type countingConn struct {
	net.Conn
	written atomic.Int64
}

func (c *countingConn) Write(b []byte) (int, error) {
	c.written.Add(int64(len(b)))
	return c.Conn.Write(b)
}

// ReadFrom keeps sendfile for large bodies.
func (c *countingConn) ReadFrom(r io.Reader) (int64, error) {
	c.written.Add(1)
	return io.Copy(c.Conn, r)
}

// tracked marks that an attempt entered the client's own transport, below all
// middleware: only from there on does the absence of a connection prove
// anything.
type tracked struct{ *http.Transport }

func (t tracked) RoundTrip(req *http.Request) (*http.Response, error) {
	if p, ok := req.Context().Value(proofKey{}).(*sentProof); ok {
		p.entered.Store(true)
	}
	return t.Transport.RoundTrip(req)
}

type proofKey struct{}

// sentProof gathers what proves that an attempt was not sent.
type sentProof struct {
	entered atomic.Bool
	conns   atomic.Int32 // connections got; net/http may replay on a second one
	conn    atomic.Pointer[countingConn]
	before  atomic.Int64 // bytes written on conn before this attempt
}

func (p *sentProof) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, proofKey{}, p)
}

func (p *sentProof) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{GotConn: p.gotConn}
}

func (p *sentProof) gotConn(info httptrace.GotConnInfo) {
	p.conns.Add(1)
	conn := info.Conn
	if t, ok := conn.(*tls.Conn); ok {
		if t.ConnectionState().NegotiatedProtocol == "h2" {
			return // shared by many requests: its byte count proves nothing
		}
		conn = t.NetConn()
	}
	if c, ok := conn.(*countingConn); ok {
		p.before.Store(c.written.Load())
		p.conn.Store(c)
	}
}

// unsent reports whether err proves that the vendor never saw the request.
func (p *sentProof) unsent(err error) bool {
	if !p.entered.Load() {
		return dialError(err)
	}
	switch p.conns.Load() {
	case 0:
		return true // DNS, dial, proxy, TLS, or cancelled before a connection
	case 1:
		c := p.conn.Load()
		return c != nil && c.written.Load() == p.before.Load()
	}
	return false
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
