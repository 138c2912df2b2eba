package callyzer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"github.com/centrala-go/centrala/transport"
)

// The known base addresses. The version is part of the address.
const (
	DefaultBaseURL = "https://api1.callyzer.co/api/v2.2"
	// BaseURLv21 is the version without call methods and modes: set
	// Config.OmitChannel with it.
	BaseURLv21 = "https://api1.callyzer.co/api/v2.1"
	SandboxURL = "https://sandbox.api.callyzer.co/api/v2.1"
)

// Config says whose account to use. Exactly one of Token and TokenFunc is needed.
type Config struct {
	// Token is the account-wide API token.
	Token string
	// TokenFunc is asked for the token at every attempt, for rotation.
	TokenFunc transport.CredentialFunc
	// BaseURL is [DefaultBaseURL] when empty.
	BaseURL string
	// OmitChannel leaves call_method and call_mode out of requests that do not
	// name a channel. By default [PhoneVoice] is asked for, because version
	// 2.2 is said to insist on one.
	OmitChannel bool
	// EmployeesByPost fetches the roster by POST instead of GET with a body,
	// which some proxies strip. Integrations have seen both work.
	EmployeesByPost bool
	// GetBatch is how many ids one request of Get carries, 20 when 0.
	GetBatch int
}

const defaultGetBatch = 20

func (c Config) check() error {
	const op = "callyzer.New"
	switch {
	case c.Token == "" && c.TokenFunc == nil:
		return transport.Invalid(op, "Token", "is empty")
	case c.Token != "" && c.TokenFunc != nil:
		return transport.Invalid(op, "TokenFunc", "is set besides Token")
	case c.GetBatch < 0:
		return transport.Invalid(op, "GetBatch", "is negative")
	}
	return nil
}

func (c Config) baseURL() string { return cmp.Or(c.BaseURL, DefaultBaseURL) }

func (c Config) credential() transport.CredentialFunc {
	if c.TokenFunc != nil {
		return c.TokenFunc
	}
	return transport.StaticCredential(c.Token)
}

// String names the address, never the token.
func (c Config) String() string { return "callyzer.Config{" + c.baseURL() + "}" }

// Format prints String for every verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue logs String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON encodes String: a Config holds a secret and functions, and is
// not meant to be stored.
func (c Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// String names the address.
func (c *Client) String() string { return "callyzer.Client{" + c.cfg.baseURL() + "}" }

// Format prints String for every verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue logs String.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON encodes String.
func (c *Client) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }
