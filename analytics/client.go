package analytics

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/centrala-go/centrala/transport"
)

// Client sends hits to one data stream. It is safe for concurrent use.
type Client struct {
	http   *transport.Client
	stream url.Values
	rules  Rules
	mode   Mode
}

// concurrency bounds the requests under way. Google publishes no rate limit
// for the Measurement Protocol; this is a courtesy.
const concurrency = 8

// New checks cfg and returns a client with at most 8 requests under way. Errors
// name the field at fault; nothing is sent, and Google never says that the
// secret is wrong.
func New(cfg Config, opts ...transport.Option) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	c := &Client{stream: url.Values{}, mode: cfg.Mode, rules: cfg.rules()}
	if cfg.FirebaseAppID != "" {
		c.stream.Set("firebase_app_id", cfg.FirebaseAppID)
	} else {
		c.stream.Set("measurement_id", cfg.MeasurementID)
	}
	var err error
	c.http, err = transport.New(transport.Config{
		Vendor:    "analytics",
		BaseURL:   cfg.baseURL(),
		Authorize: transport.AuthQuery("api_secret", cfg.credential()),
		Limiters:  []transport.Limiter{transport.NewConcurrency(concurrency)},
		Judge:     judge,
	}, opts...)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Receipt is what Send knows about an accepted hit.
type Receipt struct {
	// Findings are what local validation noticed and let pass: warnings, and
	// in [Warn] mode errors too.
	Findings []Finding
}

// opCollect has no retry after any answer: Google asks to correct a refused
// request, not to repeat it.
var opCollect = &transport.Op{Name: "analytics.collect", Safety: transport.AtMostOnce}

// Send sends one request with its events ("Sending events"). In [Strict] mode
// it is checked first and a broken rule is an *InvalidError: nothing was sent
// then.
//
// A nil error means that Google answered 2xx, which says that the hit arrived,
// not that it will be processed: a wrong secret gets 2xx too. A 4xx is
// transport.Rejected. A 5xx, a timeout or a broken connection is
// transport.Unknown: the events may have been counted, and sending them again
// could count them twice. Only a hit that provably was not sent is retried.
func (c *Client) Send(ctx context.Context, req Request) (Receipt, error) {
	payload, err := req.encode()
	if err != nil {
		return Receipt{}, err
	}
	return c.collect(ctx, payload)
}

// Do is Send for a payload that the caller encoded, for fields that Request
// does not have ("Measurement Protocol reference"). It is validated like any
// other, sent without the white space around its values, and tried again no
// more than Send does.
func (c *Client) Do(ctx context.Context, payload json.RawMessage) (Receipt, error) {
	return c.collect(ctx, compact(payload))
}

func (c *Client) collect(ctx context.Context, payload []byte) (Receipt, error) {
	findings, err := c.check(payload)
	if err != nil {
		return Receipt{}, err
	}
	_, err = c.http.Do(ctx, opCollect, transport.Request{
		Method: http.MethodPost, Path: "/mp/collect", Query: c.stream, Body: payload,
	})
	if err != nil && !accepted(err) {
		return Receipt{}, wrap(err)
	}
	return Receipt{Findings: findings}, nil
}

// CloseIdleConnections closes connections that wait for their next request.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// check validates as the mode says.
func (c *Client) check(payload []byte) ([]Finding, error) {
	if c.mode == Off {
		return nil, nil
	}
	findings := c.rules.Check(payload)
	if c.mode == Strict {
		if err := refuse(findings); err != nil {
			return nil, err
		}
	}
	return findings, nil
}

// accepted reports whether the failure is only about the body of a 2xx
// answer, which means nothing here: the status line has said it all.
func accepted(err error) bool {
	e, ok := errors.AsType[*transport.Error](err)
	return ok && e.Status >= 200 && e.Status < 300
}

// judge makes every status final. Google documents no status that promises
// that nothing happened and asks for a repetition, not even 429.
func judge(r *transport.Response) transport.Verdict {
	switch kind := transport.KindOfStatus(r.Status); {
	case r.Status >= 200 && r.Status < 300:
		return transport.Verdict{Result: transport.ResultDone}
	case r.Status == http.StatusRequestTimeout || r.Status >= 500:
		return transport.Verdict{Result: transport.ResultUnclear, Kind: kind}
	default:
		return transport.Verdict{Result: transport.ResultRefused, Kind: kind}
	}
}
