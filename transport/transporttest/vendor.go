package transporttest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Vendor wraps the handler of a fake vendor with a record of requests and a
// queue of faults. It is an http.Handler itself. The zero value is not usable;
// call [NewVendor]. It is safe for concurrent use.
type Vendor struct {
	handler http.Handler
	// State describes what took effect, for people and programs outside the
	// process: GET /_fake/state answers it as JSON. Set it before serving.
	State func() any

	mu       sync.Mutex
	requests []Request
	faults   []*armed
}

// Request is a request as it arrived, before any fault.
type Request struct {
	Method string
	// URL has no host: path and query as received.
	URL    *url.URL
	Header http.Header
	Body   []byte
	At     time.Time
}

// NewVendor returns a Vendor in front of handler.
func NewVendor(handler http.Handler) *Vendor { return &Vendor{handler: handler} }

// Requests returns what has arrived so far, including requests that a fault
// kept from the handler; refused dials never arrive.
func (v *Vendor) Requests() []Request {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.requests)
}

// Reset forgets recorded requests and pending faults.
func (v *Vendor) Reset() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.requests, v.faults = nil, nil
}

// ServeHTTP records the request, applies the fault that matches it, if any,
// and serves it. Over TCP a reset closes the connection, and a refused dial,
// which only a client in memory can be given, is a reset before the effect.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if v.control(w, r) {
		return
	}
	f, err := v.receive(r)
	if err != nil {
		http.Error(w, "the body broke off", http.StatusBadRequest)
		return
	}
	if f == nil {
		v.handler.ServeHTTP(w, r)
		return
	}
	if f.After {
		rec := serve(v.handler, r)
		if f.Status == 0 && !f.broken() {
			stall(r, f.Stall)
			rec.copyTo(w)
			return
		}
	}
	if stall(r, f.Stall) {
		panic(http.ErrAbortHandler) // the client is gone
	}
	if f.broken() {
		reset(w)
		return
	}
	if f.Status == 0 {
		v.handler.ServeHTTP(w, r)
		return
	}
	f.write(w)
}

// receive records r and takes its fault.
func (v *Vendor) receive(r *http.Request) (*Fault, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	v.record(r, body)
	f := v.take(r, body)
	r.Body = io.NopCloser(bytes.NewReader(body)) // a matcher may have read it
	return f, nil
}

func (v *Vendor) record(r *http.Request, body []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.requests = append(v.requests, Request{
		Method: r.Method, URL: &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery},
		Header: r.Header.Clone(), Body: body, At: time.Now(),
	})
}

// Start serves v on a free loopback port and returns its base URL and a
// function that stops it.
func (v *Vendor) Start() (baseURL string, stop func(), err error) {
	return Listen("127.0.0.1:0", v)
}

// Listen serves h on addr and returns its base URL and a function that closes
// the listener and all connections.
func Listen(addr string, h http.Handler) (baseURL string, stop func(), err error) {
	l, err := net.Listen("tcp", addr) //nolint:noctx // a fake's listener lives until stop
	if err != nil {
		return "", nil, fmt.Errorf("transporttest: %w", err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // returns when closed
	}()
	return "http://" + l.Addr().String(), func() { _ = srv.Close(); <-done }, nil
}

// stall waits for d or until the client is gone; it reports whether it is.
func stall(r *http.Request, d time.Duration) (gone bool) {
	if d <= 0 {
		return r.Context().Err() != nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-r.Context().Done():
		return true
	}
}

// reset closes the connection under w so that the client sees a reset.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
