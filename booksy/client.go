package booksy

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// DefaultBaseURL is the base URL of the guide's contract.
const DefaultBaseURL = "https://api.booksy.com/api/v1"

// The preset limit: 200 requests in any minute, the figure of the partner API.
const (
	limitRequests = 200
	limitWindow   = time.Minute
)

// Config says where the appointments live and how to get in. The zero values
// of all fields but the key work.
type Config struct {
	// APIKey is sent as "Authorization: Bearer <key>". Set it or APIKeyFunc.
	APIKey string
	// APIKeyFunc is asked before every attempt, for keys that rotate and for
	// access tokens that expire.
	APIKeyFunc transport.CredentialFunc
	// BaseURL is where paths are appended; "" means DefaultBaseURL.
	BaseURL string
	// Endpoints replace methods and paths.
	Endpoints Endpoints
	// Header is sent with every request, an Accept version for example.
	Header http.Header
	// Codec replaces the translation of bodies.
	Codec Codec
	// Settle is how long Create waits between its two look-ups after an
	// unknown outcome: longer than the vendor may still be working on a
	// request whose connection died. 0 means the attempt timeout.
	Settle time.Duration
}

// Client calls the contract's endpoints. It is safe for concurrent use.
type Client struct {
	http      *transport.Client
	endpoints Endpoints
	codec     Codec
	create    transport.Op
	base      string
}

// New checks cfg and returns a client with the preset limit of 200 requests in
// any minute; clients of the same key should share one by
// transport.WithLimiters. Errors name the field; nothing is sent.
func New(cfg Config, opts ...transport.Option) (*Client, error) {
	key, err := cfg.credential()
	if err != nil {
		return nil, err
	}
	if cfg.Settle < 0 {
		return nil, transport.Invalid("booksy.New", "Settle", "is negative")
	}
	endpoints, err := cfg.Endpoints.complete()
	if err != nil {
		return nil, err
	}
	c := &Client{endpoints: endpoints, codec: cfg.Codec.complete(), base: cmp.Or(cfg.BaseURL, DefaultBaseURL)}
	c.create = createOp(c, cfg.Settle)
	c.http, err = transport.New(transport.Config{
		Vendor: "booksy", BaseURL: c.base, Header: cfg.Header, Judge: judge,
		Authorize: transport.AuthBearer(key),
		Limiters:  []transport.Limiter{transport.NewWindow(limitRequests, limitWindow)},
	}, opts...)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (cfg Config) credential() (transport.CredentialFunc, error) {
	switch {
	case cfg.APIKey != "" && cfg.APIKeyFunc != nil:
		return nil, transport.Invalid("booksy.New", "APIKey", "is set besides APIKeyFunc")
	case cfg.APIKeyFunc != nil:
		return cfg.APIKeyFunc, nil
	case cfg.APIKey == "":
		return nil, transport.Invalid("booksy.New", "APIKey", "is empty")
	}
	return transport.StaticCredential(cfg.APIKey), nil
}

// Do sends a request that is not typed here, with the same credential, limit,
// retries by op.Safety and errors. A nil op.Judge reads answers like the typed
// methods do.
func (c *Client) Do(ctx context.Context, op transport.Op, req transport.Request) (*transport.Response, error) {
	resp, err := c.http.Do(ctx, &op, req)
	return resp, wrap(err)
}

// send makes the call of one endpoint. The id fills the template, where it
// has a place for it.
func (c *Client) send(ctx context.Context, op *transport.Op, ep Endpoint, id string, req transport.Request) (*transport.Response, error) {
	req.Method, req.Path = ep.Method, ep.path(id)
	resp, err := c.http.Do(ctx, op, req)
	return resp, wrap(err)
}

// CloseIdleConnections closes connections that wait for their next request.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// String describes the configuration without the key.
func (cfg Config) String() string {
	return fmt.Sprintf("booksy.Config{BaseURL: %s, APIKey: [redacted]}", bareURL(cmp.Or(cfg.BaseURL, DefaultBaseURL)))
}

// Format writes the same text for every verb.
func (cfg Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, cfg.String()) }

// LogValue logs the configuration without the key.
func (cfg Config) LogValue() slog.Value { return slog.StringValue(cfg.String()) }

// MarshalJSON encodes the configuration without the key.
func (cfg Config) MarshalJSON() ([]byte, error) { return json.Marshal(cfg.String()) }

// String describes the client without the key.
func (c *Client) String() string { return fmt.Sprintf("booksy.Client{BaseURL: %s}", bareURL(c.base)) }

// Format writes the same text for every verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue logs the client without the key.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// bareURL returns scheme, host and path: user information and query may hold
// secrets, and a text that is no URL may be one.
func bareURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "[invalid]"
	}
	return u.Scheme + "://" + u.Host + u.Path
}
