package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/gojek/heimdall/v7/httpclient"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"resty.dev/v3"

	"github.com/centrala-go/centrala/transport"
)

const secret = "s3cr3t-token-value"

// thing is what all generic clients send: 200 bytes of JSON. The answer has 100.
type thing struct {
	ID    string   `json:"id,omitempty"`
	Name  string   `json:"name"`
	Email string   `json:"email"`
	Tags  []string `json:"tags"`
	Notes string   `json:"notes"`
}

var sample = thing{Name: "Ada Lovelace", Email: "ada@example.com", Tags: []string{"lead", "north"}, Notes: strings.Repeat("n", 116)}

type created struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Created string `json:"created"`
}

const createdJSON = `{"id":"0123456789","status":"created","created":"2026-05-01T12:00:00Z","url":"/things/012345678901"}`

var jsonHeader = http.Header{"Content-Type": {"application/json"}}

// memory answers every request without a network, as cheaply as it can.
type memory struct {
	status int
	body   string
}

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	return &http.Response{StatusCode: m.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: jsonHeader,
		Body: io.NopCloser(strings.NewReader(m.body)), ContentLength: int64(len(m.body)), Request: req}, nil
}

// a poster sends sample to baseURL+"/things" and returns the new id.
type poster func(ctx context.Context) (id string, err error)

// posters are the ways to make the same POST, all with the same transport.
func posters(tb testing.TB, baseURL string, rt http.RoundTripper) map[string]poster {
	tb.Helper()
	all := map[string]poster{
		"net/http": httpPoster(&http.Client{Transport: rt}, baseURL),
		"failsafe-go": httpPoster(&http.Client{Transport: failsafehttp.NewRoundTripper(rt,
			failsafehttp.NewRetryPolicyBuilder().Build())}, baseURL),
	}
	rh := retryablehttp.NewClient()
	rh.Logger, rh.HTTPClient = nil, &http.Client{Transport: rt}
	all["go-retryablehttp"] = func(ctx context.Context) (string, error) {
		body, err := json.Marshal(&sample)
		if err != nil {
			return "", err
		}
		req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, baseURL+"/things", body)
		if err != nil {
			return "", err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+secret)
		resp, err := rh.Do(req)
		return decode(resp, err)
	}
	hd := httpclient.NewClient(httpclient.WithHTTPClient(&http.Client{Transport: rt}), httpclient.WithRetryCount(2))
	all["heimdall"] = func(ctx context.Context) (string, error) {
		req, err := newRequest(ctx, baseURL)
		if err != nil {
			return "", err
		}
		resp, err := hd.Do(req)
		return decode(resp, err)
	}
	rs := resty.New().SetTransport(rt).SetRetryCount(2).SetLoggerWarnLevel(true) // true: no line per call
	tb.Cleanup(func() { _ = rs.Close() })
	all["resty v3"] = func(ctx context.Context) (string, error) {
		var out created
		resp, err := rs.R().SetContext(ctx).SetAuthToken(secret).SetBody(&sample).SetResult(&out).Post(baseURL + "/things")
		if err == nil && resp.IsStatusFailure() {
			err = fmt.Errorf("status %d", resp.StatusCode())
		}
		return out.ID, err
	}
	ai := openai.NewClient(option.WithBaseURL(baseURL), option.WithAPIKey(secret), option.WithHTTPClient(&http.Client{Transport: rt}))
	all["openai-go"] = func(ctx context.Context) (string, error) {
		var out created
		err := ai.Post(ctx, "things", &sample, &out)
		return out.ID, err
	}
	all["centrala"] = ours(tb, baseURL, rt)
	return all
}

func newRequest(ctx context.Context, baseURL string) (*http.Request, error) {
	body, err := json.Marshal(&sample)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, baseURL+"/things", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+secret)
	return req, nil
}

func httpPoster(c *http.Client, baseURL string) poster {
	return func(ctx context.Context) (string, error) {
		req, err := newRequest(ctx, baseURL)
		if err != nil {
			return "", err
		}
		resp, err := c.Do(req)
		return decode(resp, err)
	}
}

func decode(resp *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode >= 300 {
		return "", fmt.Errorf("status %d", resp.StatusCode)
	}
	var out created
	err = json.Unmarshal(body, &out)
	return out.ID, err
}

// ours is the same call through a transport client with limit, quota, outcome
// and redaction, as every vendor package makes it.
func ours(tb testing.TB, baseURL string, rt http.RoundTripper, opts ...transport.Option) poster {
	tb.Helper()
	opts = append([]transport.Option{transport.WithLimiters(transport.NewWindow(1<<30, time.Second))}, opts...)
	if rt != nil {
		opts = append(opts, transport.WithTransport(rt))
	}
	c, err := transport.New(transport.Config{
		Vendor: "bench", BaseURL: baseURL, Authorize: transport.AuthBearer(transport.StaticCredential(secret)),
	}, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	op := &transport.Op{Name: "bench.create"}
	return func(ctx context.Context) (string, error) {
		body, err := json.Marshal(&sample)
		if err != nil {
			return "", err
		}
		resp, err := c.Do(ctx, op, transport.Request{Path: "/things", Body: body})
		if err != nil {
			return "", err
		}
		var out created
		err = json.Unmarshal(resp.Body, &out)
		return out.ID, err
	}
}

// loopback serves the same answer over TCP.
func loopback(tb testing.TB) string {
	tb.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, createdJSON)
	}))
	tb.Cleanup(srv.Close)
	return srv.URL
}

// pooled is net/http's default transport with room for idle connections, as
// the transport that centrala makes by itself.
func pooled() *http.Transport {
	rt := http.DefaultTransport.(*http.Transport).Clone()
	rt.MaxIdleConns, rt.MaxIdleConnsPerHost = 256, 64
	return rt
}
