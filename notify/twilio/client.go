package twilio

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

// DefaultBaseURL is Twilio's host for the region us1. Others are
// https://api.{edge}.{region}.twilio.com.
const DefaultBaseURL = "https://api.twilio.com"

// concurrency is how many requests a client has under way at most. Twilio
// limits how many an account may have, without publishing the number.
const concurrency = 20

// Config is what a client needs to know about the account. AccountSID is
// required, and one of AuthToken and AuthTokenFunc.
type Config struct {
	// AccountSID names the account, "AC…".
	AccountSID string
	// AuthToken is the account's secret or, with APIKeySID, the key's secret.
	AuthToken string
	// AuthTokenFunc returns the secret, once per attempt, for ones that rotate.
	AuthTokenFunc transport.CredentialFunc
	// APIKeySID is the user name of an API key, "SK…"; "" authenticates as the
	// account.
	APIKeySID string
	// BaseURL is where the API is; "" means DefaultBaseURL.
	BaseURL string
	// From is the sender of messages that name none: a number, a short code, an
	// alphanumeric id or a channel address.
	From string
	// MessagingServiceSID, "MG…", is the service of messages that name neither
	// it nor a sender.
	MessagingServiceSID string
	// StatusCallback is where Twilio reports the progress of messages that name
	// no other place; "" for nowhere.
	StatusCallback string
	// Settle is how long SendMessage waits between its two looks for a message
	// whose request died; 0 means the client's attempt timeout. It must exceed
	// the time Twilio may still be working on such a request.
	Settle time.Duration
}

// String names the settings that are no secret.
func (c Config) String() string {
	return fmt.Sprintf("twilio.Config{AccountSID: %q, BaseURL: %q, From: %q}", c.AccountSID, c.BaseURL, c.From)
}

// Format keeps the secret out of every verb.
func (c Config) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(c.String())) }

// LogValue keeps the secret out of logs.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON keeps the secret out of JSON.
func (c Config) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "{%q:%q,%q:%q,%q:%q}", "account_sid", c.AccountSID, "base_url", c.BaseURL, "from", c.From), nil
}

// Client sends messages for one account. It is safe for concurrent use.
type Client struct {
	transport *transport.Client
	account   string // its path
	messages  string // the path of its messages
	defaults  Config // without the secret
	opSend    *transport.Op
	claims    claims
}

var _ notify.SMSSender = (*Client)(nil)

// New returns a client, or an error that names the field that is wrong.
// Nothing is sent. The client has at most 20 requests under way, because
// Twilio limits concurrency and not rate; transport.WithLimiters with a
// transport.NewConcurrency replaces that.
func New(cfg Config, opts ...transport.Option) (*Client, error) {
	secret, err := credential(cfg)
	if err != nil {
		return nil, err
	}
	if err := checkConfig(cfg); err != nil {
		return nil, err
	}
	user := cfg.AccountSID
	if cfg.APIKeySID != "" {
		user = cfg.APIKeySID
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	t, err := transport.New(transport.Config{
		Vendor: "twilio", BaseURL: cfg.BaseURL, Authorize: transport.AuthBasic(user, secret),
		Limiters: []transport.Limiter{transport.NewConcurrency(concurrency)}, Judge: judge,
	}, opts...)
	if err != nil {
		return nil, err
	}
	cfg.AuthToken, cfg.AuthTokenFunc = "", nil
	send := *opSend
	send.Settle = cfg.Settle
	account := "/2010-04-01/Accounts/" + cfg.AccountSID
	return &Client{transport: t, account: account, messages: account + "/Messages.json", defaults: cfg, opSend: &send}, nil
}

func credential(cfg Config) (transport.CredentialFunc, error) {
	switch {
	case cfg.AuthToken != "" && cfg.AuthTokenFunc != nil:
		return nil, transport.Invalid("twilio.New", "AuthToken", "and AuthTokenFunc are both set")
	case cfg.AuthToken != "":
		return transport.StaticCredential(cfg.AuthToken), nil
	case cfg.AuthTokenFunc != nil:
		return cfg.AuthTokenFunc, nil
	}
	return nil, transport.Invalid("twilio.New", "AuthToken", "is empty")
}

func checkConfig(cfg Config) error {
	const op = "twilio.New"
	switch {
	case !isSID(cfg.AccountSID, "AC"):
		return transport.Invalid(op, "AccountSID", "is not AC followed by letters and digits")
	case cfg.APIKeySID != "" && !isSID(cfg.APIKeySID, "SK"):
		return transport.Invalid(op, "APIKeySID", "is not SK followed by letters and digits")
	case cfg.MessagingServiceSID != "" && !isSID(cfg.MessagingServiceSID, "MG"):
		return transport.Invalid(op, "MessagingServiceSID", "is not MG followed by letters and digits")
	case cfg.Settle < 0:
		return transport.Invalid(op, "Settle", "is negative")
	}
	if cfg.From != "" {
		if problem := senderProblem(cfg.From); problem != "" {
			return notify.InvalidSender(op, "From", problem)
		}
	}
	return checkCallback(op, cfg.StatusCallback)
}

// isSID checks what makes a SID safe to use; its length is Twilio's to judge.
func isSID(s, prefix string) bool {
	rest, found := strings.CutPrefix(s, prefix)
	return found && rest != "" && !strings.ContainsFunc(rest, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// Do makes a call that this package has no method for, with the same retries,
// limits and errors. The caller states the operation's safety. Paths begin with
// /2010-04-01/Accounts/ and the account's SID.
func (c *Client) Do(ctx context.Context, op *transport.Op, req transport.Request) (*transport.Response, error) {
	resp, err := c.transport.Do(ctx, op, req)
	return resp, wrap(err)
}

// CloseIdleConnections closes connections that wait for their next request.
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// String names the client without its credential.
func (c *Client) String() string { return "twilio.Client" }

// Format keeps the credential out of every verb.
func (c *Client) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(c.String())) }

// LogValue keeps the credential out of logs.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON keeps the credential out of JSON.
func (c *Client) MarshalJSON() ([]byte, error) { return []byte(`"twilio.Client"`), nil }
