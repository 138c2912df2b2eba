package callyzer

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/centrala-go/centrala/transport"
)

// Client talks to one Callyzer account. It is safe for concurrent use; its
// requests leave one after the other.
type Client struct {
	http *transport.Client
	cfg  Config
}

// pace is the vendor's limit of one request in 2 s, with a margin: two
// requests that leave 2 s apart may arrive a little closer.
const pace = 2100 * time.Millisecond

// Limiters returns a new set of the limits that a client has by default: no
// two requests at once, and 2.1 s from one to the next. The vendor counts per
// account: give one set to all clients of an account by transport.WithLimiters.
func Limiters() []transport.Limiter {
	return []transport.Limiter{transport.NewConcurrency(1), transport.NewBucket(rate.Every(pace), 1)}
}

// New checks cfg and returns a client with the limits of [Limiters] for itself.
// Errors name the field at fault; nothing is sent.
func New(cfg Config, opts ...transport.Option) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	client, err := transport.New(transport.Config{
		Vendor:    "callyzer",
		BaseURL:   cfg.baseURL(),
		Authorize: transport.AuthBearer(cfg.credential()),
		Limiters:  Limiters(),
		Judge:     judge,
	}, opts...)
	if err != nil {
		return nil, err
	}
	cfg.Token, cfg.TokenFunc = "", nil
	return &Client{http: client, cfg: cfg}, nil
}

// RawRequest is a request to an endpoint that has no method of its own.
type RawRequest struct {
	// Name appears in errors and logs; Path when empty.
	Name string
	// Path follows the base URL: "/call-log/unique-clients".
	Path string
	// Method is POST when empty: Callyzer reads by POST too.
	Method string
	// Body is encoded as JSON; nil sends {}.
	Body any
	// Safety says what may be done after a failure. Set transport.Read for
	// reports; the zero value is transport.AtMostOnce, for effects.
	Safety transport.Safety
}

// Do carries out a request and decodes the answer's result into out, which may
// be nil. Limits, errors and the reading of answers are the same as for the
// typed methods; what may be repeated follows from req.Safety. An answer that
// out cannot hold is an error with outcome Done, unless the request is a read.
// A 2xx with a message instead of a result is a success: see Envelope.Message.
func (c *Client) Do(ctx context.Context, req RawRequest, out any) (Envelope, error) {
	name := req.Name
	if name == "" {
		name = req.Path
	}
	op := &transport.Op{Name: "callyzer." + name, Safety: req.Safety}
	if req.Safety == transport.Read {
		op.Judge = judgeRead
	}
	return c.do(ctx, op, req.Method, req.Path, req.Body, out)
}

// do sends in as JSON and decodes the answer's result into out.
func (c *Client) do(ctx context.Context, op *transport.Op, method, path string, in, out any) (Envelope, error) {
	if method == "" {
		method = http.MethodPost
	}
	if in == nil {
		in = struct{}{}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return Envelope{}, transport.Invalid(op.Name, "Body", "cannot be encoded: %v", err)
	}
	resp, err := c.http.Do(ctx, op, transport.Request{Method: method, Path: path, Body: body})
	if err != nil {
		return Envelope{}, wrap(err)
	}
	env, err := decodeEnvelope(resp.Body)
	if err != nil {
		return Envelope{}, unreadable(op, method, resp, err)
	}
	if out == nil || !env.hasResult() {
		return env, nil
	}
	if err := json.Unmarshal(env.Result, out); err != nil {
		return env, unreadable(op, method, resp, err)
	}
	return env, nil
}

// CloseIdleConnections closes connections that wait for their next request.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// Envelope is what Callyzer wraps around every result.
type Envelope struct {
	// Result is the result as it came.
	Result json.RawMessage
	// Message is "Success", or what went wrong.
	Message string
	// TotalRecords, PageNo and PageSize are set by lists, else 0.
	TotalRecords, PageNo, PageSize int
}

func (e Envelope) hasResult() bool {
	return len(e.Result) > 0 && !bytes.Equal(e.Result, []byte("null"))
}

// decodeEnvelope reads an answer; its numbers may be texts.
func decodeEnvelope(body []byte) (Envelope, error) {
	f, err := decodeFields(body)
	if err != nil {
		return Envelope{}, err
	}
	return Envelope{
		Result: f["result"], Message: f.text("message"),
		TotalRecords: f.int("total_records"), PageNo: f.int("page_no"), PageSize: f.int("page_size"),
	}, nil
}
