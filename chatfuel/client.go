package chatfuel

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/centrala-go/centrala/transport"
)

// DefaultBaseURL is where the Broadcasting API listens.
const DefaultBaseURL = "https://api.chatfuel.com"

// The vendor's limit: 25 requests a second for each bot.
const (
	limitRequests = 25
	limitWindow   = time.Second
)

// Config names the bot and how to speak for it.
type Config struct {
	// BotID is the bot's id, as in the address of its dashboard.
	BotID string
	// Token is the Broadcasting API token. Set it or TokenFunc.
	Token string
	// TokenFunc is asked before every attempt, for tokens that rotate.
	TokenFunc transport.CredentialFunc
	// BaseURL is where paths are appended; "" means DefaultBaseURL.
	BaseURL string
}

// Client sends blocks and flows to users of one bot. It is safe for concurrent
// use.
type Client struct {
	http *transport.Client
	bot  string
	base string
}

// New checks cfg and returns a client with the vendor's limit of 25 requests a
// second. The vendor counts per bot: clients of the same bot should share one
// limiter through transport.WithLimiters. Errors name the field.
func New(cfg Config, opts ...transport.Option) (*Client, error) {
	token, err := cfg.credential()
	if err != nil {
		return nil, err
	}
	if !segment(cfg.BotID) {
		return nil, transport.Invalid("chatfuel.New", "BotID", "is empty or not an id")
	}
	c := &Client{bot: cfg.BotID, base: cmp.Or(cfg.BaseURL, DefaultBaseURL)}
	c.http, err = transport.New(transport.Config{
		Vendor: "chatfuel", BaseURL: c.base, Judge: judge,
		Authorize: transport.AuthQuery("chatfuel_token", token),
		Limiters:  []transport.Limiter{transport.NewWindow(limitRequests, limitWindow)},
	}, opts...)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (cfg Config) credential() (transport.CredentialFunc, error) {
	switch {
	case cfg.Token != "" && cfg.TokenFunc != nil:
		return nil, transport.Invalid("chatfuel.New", "Token", "is set besides TokenFunc")
	case cfg.TokenFunc != nil:
		return cfg.TokenFunc, nil
	case cfg.Token == "":
		return nil, transport.Invalid("chatfuel.New", "Token", "is empty")
	}
	return transport.StaticCredential(cfg.Token), nil
}

// segment reports whether s can be one segment of a path.
func segment(s string) bool {
	return strings.TrimSpace(s) != "" && s != "." && s != ".." && !strings.ContainsFunc(s, unicode.IsControl)
}

// Do sends a request that is not typed here, with the same credential, limit,
// retries by op.Safety and errors. A nil op.Judge reads answers like Send does.
func (c *Client) Do(ctx context.Context, op transport.Op, req transport.Request) (*transport.Response, error) {
	resp, err := c.http.Do(ctx, &op, req)
	return resp, wrap(err)
}

// CloseIdleConnections closes connections that wait for their next request.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// String describes the configuration without the token.
func (cfg Config) String() string {
	return fmt.Sprintf("chatfuel.Config{BotID: %s, BaseURL: %s, Token: [redacted]}", cfg.BotID, bareURL(cmp.Or(cfg.BaseURL, DefaultBaseURL)))
}

// Format writes the same text for every verb.
func (cfg Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, cfg.String()) }

// LogValue logs the configuration without the token.
func (cfg Config) LogValue() slog.Value { return slog.StringValue(cfg.String()) }

// MarshalJSON encodes the configuration without the token.
func (cfg Config) MarshalJSON() ([]byte, error) { return json.Marshal(cfg.String()) }

// String describes the client without the token.
func (c *Client) String() string {
	return fmt.Sprintf("chatfuel.Client{BotID: %s, BaseURL: %s}", c.bot, bareURL(c.base))
}

// Format writes the same text for every verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue logs the client without the token.
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
