package monday

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"time"

	"github.com/centrala-go/centrala/transport"
)

const (
	// DefaultBaseURL is monday's API endpoint.
	DefaultBaseURL = "https://api.monday.com/v2"
	// DefaultAPIVersion is the API version that is asked for unless
	// Config.APIVersion or Call.APIVersion names another.
	DefaultAPIVersion = "2026-10"
)

// serverTimeout is how long monday works on one call before its gateway gives
// up, with a little room for the way back.
const serverTimeout = 65 * time.Second

// Config says which account is used and how. Exactly one of Token and
// TokenFunc is set.
type Config struct {
	// Token is a personal API token or an app's OAuth token, as monday shows
	// it, without "Bearer".
	Token string
	// TokenFunc replaces Token for tokens that rotate; it is asked before every
	// attempt.
	TokenFunc transport.CredentialFunc
	// BaseURL is the endpoint; "" means DefaultBaseURL. Files go to BaseURL
	// + "/file".
	BaseURL string
	// APIVersion is "YYYY-MM" with a quarter's first month, or "dev"; "" means
	// DefaultAPIVersion. The typed operations are valid from 2025-10 to 2026-10;
	// those that need a newer version say so.
	APIVersion string
	// Limits are those of the account's plan. What is zero starts at the lowest
	// plan; all are then learned from monday's answers.
	Limits Limits
	// CheckColumns checks column ids, types and labels against the board before
	// an item is created, changed or upserted, in batches too; see BoardSchema.
	// Subitems and imports are not checked. It costs one read for a board in 10
	// minutes, and delays the use of labels that others create in that time.
	CheckColumns bool
}

// Client calls the monday.com API. It is safe for concurrent use.
type Client struct {
	http    *transport.Client
	version string
	costs   callCosts
	cost    itemCost
	checks  bool

	reshaped reshapes
}

// New checks cfg and returns a client. Options are those shared by all
// clients of this module; an attempt may by default take 65 s, because monday
// itself works on a call for up to 60 s.
func New(cfg Config, opts ...transport.Option) (*Client, error) {
	cred, err := cfg.credential()
	if err != nil {
		return nil, err
	}
	version, err := checkVersion("monday.New", cfg.APIVersion)
	if err != nil {
		return nil, err
	}
	if err := cfg.Limits.validate(); err != nil {
		return nil, err
	}
	base := cfg.BaseURL
	if base == "" {
		base = DefaultBaseURL
	}
	h, err := transport.New(transport.Config{
		Vendor:    "monday",
		BaseURL:   base,
		Authorize: transport.AuthHeader("Authorization", "", cred),
		Header:    http.Header{"Accept": {"application/json"}},
		Limiters:  cfg.Limits.limiters(),
		Judge:     judgeRead,
	}, append([]transport.Option{transport.WithAttemptTimeout(serverTimeout), schemaCache()}, opts...)...)
	if err != nil {
		return nil, err
	}
	return &Client{http: h, version: version, checks: cfg.CheckColumns}, nil
}

func (cfg Config) credential() (transport.CredentialFunc, error) {
	switch {
	case cfg.Token != "" && cfg.TokenFunc != nil:
		return nil, transport.Invalid("monday.New", "Token", "is set beside TokenFunc; set one of them")
	case cfg.TokenFunc != nil:
		return cfg.TokenFunc, nil
	case cfg.Token == "":
		return nil, transport.Invalid("monday.New", "Token", "is empty")
	}
	return transport.StaticCredential(cfg.Token), nil
}

var versionForm = regexp.MustCompile(`^(\d{4}-(01|04|07|10)|dev)$`)

// checkVersion refuses what monday would silently replace by another version.
func checkVersion(op, version string) (string, error) {
	if version == "" {
		return DefaultAPIVersion, nil
	}
	if !versionForm.MatchString(version) {
		return "", transport.Invalid(op, "APIVersion", "is %q, want YYYY-01, -04, -07 or -10, or dev", version)
	}
	return version, nil
}

// Call is what every request may set for itself; embed it as
// monday.Call{IdempotencyKey: key}. The zero value is fine.
type Call struct {
	// IdempotencyKey identifies a mutation: monday keeps its answer for 30
	// minutes and repeats it instead of doing the work again. Use one key for
	// one intent, a webhook's event id for example, and never for another body;
	// a request that was refused and is corrected wants a new one. monday does
	// not keep answers over 1 MB. "" means a fresh random key. Queries ignore it.
	IdempotencyKey string
	// APIVersion replaces the client's for this call.
	APIVersion string
	// Meta, when set, receives what the answer says about itself.
	Meta *Meta
}

// inBatch refuses what a request sets for itself where it is one of many.
func (c Call) inBatch(op string) error {
	switch {
	case c.IdempotencyKey != "":
		return transport.Invalid(op, "IdempotencyKey", "is set for an item of a batch, which has one key for all: use Bulk.Key")
	case c.APIVersion != "":
		return transport.Invalid(op, "APIVersion", "is set for an item of a batch: use Bulk.APIVersion")
	}
	return nil
}

// CloseIdleConnections closes connections that wait for their next request.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// String names the configuration without its token.
func (cfg Config) String() string {
	return fmt.Sprintf("monday.Config{Token: %s, BaseURL: %q, APIVersion: %q}", hidden(cfg), cfg.BaseURL, cfg.APIVersion)
}

func hidden(cfg Config) string {
	switch {
	case cfg.TokenFunc != nil:
		return "[function]"
	case cfg.Token == "":
		return "[none]"
	}
	return "[redacted]"
}

// Format keeps the token out of every verb of package fmt.
func (cfg Config) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, cfg.String()) }

// LogValue keeps the token out of logs.
func (cfg Config) LogValue() slog.Value { return slog.StringValue(cfg.String()) }

// MarshalJSON keeps the token out of JSON.
func (cfg Config) MarshalJSON() ([]byte, error) { return json.Marshal(cfg.String()) }

// String names the client without its token.
func (c *Client) String() string { return "monday.Client{APIVersion: " + c.version + "}" }

// Format keeps the token out of every verb of package fmt.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, c.String()) }

// LogValue keeps the token out of logs.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON keeps the token out of JSON.
func (c *Client) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

var _ interface {
	fmt.Formatter
	slog.LogValuer
} = (*Client)(nil)

// do sends one document and decodes the data of the answer into out.
func (c *Client) do(ctx context.Context, op *operation, vars map[string]any, call Call, out any) (told, error) {
	req, err := c.request(op, vars, call)
	if err != nil {
		return told{}, err
	}
	return c.send(ctx, op, req, call, out)
}
