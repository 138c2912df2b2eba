package sendgrid

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

// DefaultBaseURL is SendGrid's global host. Regional subusers of the European
// Union use https://api.eu.sendgrid.com.
const DefaultBaseURL = "https://api.sendgrid.com"

// Config is what a client needs to know about the account. One of APIKey and
// APIKeyFunc is required.
type Config struct {
	// APIKey is the secret that begins with "SG.".
	APIKey string
	// APIKeyFunc returns the API key, once per attempt, for keys that rotate.
	APIKeyFunc transport.CredentialFunc
	// BaseURL is where the API is; "" means DefaultBaseURL.
	BaseURL string
	// From is the sender of mails that name none.
	From notify.Address
	// OnBehalfOf is the subuser to act for; "" for none.
	OnBehalfOf string
	// Sandbox makes SendGrid check every mail and deliver none.
	Sandbox bool
}

// String names the settings that are no secret.
func (c Config) String() string {
	return fmt.Sprintf("sendgrid.Config{BaseURL: %q, From: %q}", c.BaseURL, c.From.Email)
}

// Format keeps the API key out of every verb.
func (c Config) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(c.String())) }

// LogValue keeps the API key out of logs.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON keeps the API key out of JSON.
func (c Config) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "{%q:%q,%q:%q}", "base_url", c.BaseURL, "from", c.From.Email), nil
}

// Client sends mail for one account. It is safe for concurrent use.
type Client struct {
	transport *transport.Client
	from      notify.Address
	sandbox   bool
}

var _ notify.EmailSender = (*Client)(nil)

// New returns a client, or an error that names the field that is wrong.
// Nothing is sent. SendGrid publishes no limits, so the client paces itself by
// the X-RateLimit headers of the answers; transport.WithLimiters replaces that.
func New(cfg Config, opts ...transport.Option) (*Client, error) {
	const op = "sendgrid.New"
	key, err := credential(op, cfg)
	if err != nil {
		return nil, err
	}
	if cfg.From != (notify.Address{}) {
		if err := checkSender(op, "From", cfg.From); err != nil {
			return nil, err
		}
	}
	if strings.ContainsAny(cfg.OnBehalfOf, "\r\n") {
		return nil, transport.Invalid(op, "OnBehalfOf", "holds a line break")
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	header := http.Header{"Accept": {"application/json"}}
	if cfg.OnBehalfOf != "" {
		header.Set("On-Behalf-Of", cfg.OnBehalfOf)
	}
	t, err := transport.New(transport.Config{
		Vendor: "sendgrid", BaseURL: cfg.BaseURL, Authorize: transport.AuthBearer(key),
		Header: header, Limiters: []transport.Limiter{newPace()}, Judge: judge,
	}, opts...)
	if err != nil {
		return nil, err
	}
	return &Client{transport: t, from: cfg.From, sandbox: cfg.Sandbox}, nil
}

func credential(op string, cfg Config) (transport.CredentialFunc, error) {
	switch {
	case cfg.APIKey != "" && cfg.APIKeyFunc != nil:
		return nil, transport.Invalid(op, "APIKey", "and APIKeyFunc are both set")
	case cfg.APIKey != "":
		return transport.StaticCredential(cfg.APIKey), nil
	case cfg.APIKeyFunc != nil:
		return cfg.APIKeyFunc, nil
	}
	return nil, transport.Invalid(op, "APIKey", "is empty")
}

// Do makes a call that this package has no method for, with the same retries,
// limits and errors. The caller states the operation's safety.
func (c *Client) Do(ctx context.Context, op *transport.Op, req transport.Request) (*transport.Response, error) {
	resp, err := c.transport.Do(ctx, op, req)
	return resp, wrap(err)
}

// CloseIdleConnections closes connections that wait for their next request.
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// String names the client without its credential.
func (c *Client) String() string { return "sendgrid.Client" }

// Format keeps the credential out of every verb.
func (c *Client) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(c.String())) }

// LogValue keeps the credential out of logs.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON keeps the credential out of JSON.
func (c *Client) MarshalJSON() ([]byte, error) { return []byte(`"sendgrid.Client"`), nil }
