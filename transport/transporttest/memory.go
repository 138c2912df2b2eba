package transporttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"syscall"
)

// Transport returns a RoundTripper that serves requests in memory, without
// connections, also under testing/synctest. Injected faults become the errors
// a network would give: a refused dial, a reset connection, a deadline.
func (v *Vendor) Transport() http.RoundTripper { return memory{v} }

// HandlerTransport returns a RoundTripper that serves requests with any
// handler in memory.
func HandlerTransport(h http.Handler) http.RoundTripper { return memory{NewVendor(h)} }

type memory struct{ v *Vendor }

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		closeBody(req)
		return nil, notSent(err)
	}
	in, body, err := inbound(req)
	if err != nil {
		return nil, err
	}
	f := m.v.take(in, body)
	in.Body = io.NopCloser(bytes.NewReader(body)) // a matcher may have read it
	if f != nil && f.Refuse {
		return nil, dialError(syscall.ECONNREFUSED)
	}
	m.v.record(in, body)
	return m.answer(in, req, f)
}

// answer plays the fault and the handler out.
func (m memory) answer(in, req *http.Request, f *Fault) (*http.Response, error) {
	var rec *recording
	if f == nil || f.After || (f.Status == 0 && !f.broken()) {
		if f != nil && !f.After && stall(in, f.Stall) {
			return nil, req.Context().Err()
		}
		rec = serve(m.v.handler, in)
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if f == nil {
		return rec.response(req), nil
	}
	if (f.After || f.Status != 0 || f.broken()) && stall(in, f.Stall) {
		return nil, req.Context().Err()
	}
	if f.broken() {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}
	if f.Status != 0 {
		rec = &recording{httptest.NewRecorder()}
		f.write(rec)
	}
	return rec.response(req), nil
}

// inbound turns a client's request into a server's.
func inbound(req *http.Request) (in *http.Request, body []byte, err error) {
	if req.Body != nil {
		defer req.Body.Close()
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, nil, fmt.Errorf("transporttest: reading the request body: %w", err)
		}
	}
	in = req.Clone(req.Context())
	in.Body = io.NopCloser(bytes.NewReader(body))
	in.ContentLength = int64(len(body))
	in.RequestURI = req.URL.RequestURI()
	in.RemoteAddr = "192.0.2.1:1234"
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	return in, body, nil
}

type recording struct{ *httptest.ResponseRecorder }

// serve runs the handler and records its answer.
func serve(h http.Handler, r *http.Request) *recording {
	rec := &recording{httptest.NewRecorder()}
	h.ServeHTTP(rec, r)
	return rec
}

func (r *recording) response(req *http.Request) *http.Response {
	resp := r.Result()
	resp.Request = req
	resp.ContentLength = int64(r.Body.Len())
	return resp
}

func (r *recording) copyTo(w http.ResponseWriter) {
	resp := r.Result()
	maps.Copy(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(r.Body.Bytes())
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// notSent marks a failure before anything could be sent.
func notSent(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return dialError(err)
	}
	return err
}

func dialError(err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: err}
}
