package transport

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// Config is what a vendor package knows about its vendor.
type Config struct {
	// Vendor is the vendor's short name, "monday".
	Vendor string
	// BaseURL is where paths are appended. Plain http is refused for hosts
	// other than loopback when there is an Authorizer.
	BaseURL string
	// Authorize puts the credential on an attempt; nil for none.
	Authorize Authorizer
	// Header is sent with every request.
	Header http.Header
	// Limiters are the vendor's published limits, in the order of acquisition;
	// WithLimiters replaces them.
	Limiters []Limiter
	// Judge reads answers; nil means JudgeStatus.
	Judge JudgeFunc
	// Secrets are texts to keep out of errors and logs besides credentials.
	Secrets []string
}

// Format writes the vendor and the URL, whatever the verb: never a secret.
func (c Config) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "transport.Config{Vendor: %s, BaseURL: %s}", c.Vendor, bareURL(c.BaseURL))
}

// LogValue is what a logger writes of c.
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// bareURL is a URL without user information and query.
func bareURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "?"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// Client sends one vendor's requests. It is safe for concurrent use.
type Client struct{ *core }

// core lies behind a pointer so that no verb of fmt finds its way into it,
// not even from a struct that holds a Client in an unexported field.
type core struct {
	cfg      Config
	set      *settings
	base     *url.URL
	loop     *loop
	quota    *quota
	cache    *cache
	redact   redactor
	header   http.Header // sent with every request
	headers  headers
	speaks   atomic.Uint32 // the protocol of the newest connection
	limiters []Limiter
	// judgesBodies says that a 2xx alone does not mean success.
	judgesBodies bool
}

// New checks cfg and opts and returns a client; errors name the field.
func New(cfg Config, opts ...Option) (*Client, error) {
	set := newSettings()
	if err := set.apply(opts); err != nil {
		return nil, err
	}
	base, err := parseBase(cfg)
	if err != nil {
		return nil, err
	}
	c := &Client{&core{cfg: cfg, set: set, base: base, limiters: cfg.Limiters, judgesBodies: cfg.Judge != nil}}
	if c.header, err = staticHeader(cfg, set.userAgent); err != nil {
		return nil, err
	}
	if cfg.Judge == nil {
		c.cfg.Judge = JudgeStatus
	}
	if set.limitersSet {
		c.limiters = set.limiters
	}
	if !set.noQuota {
		c.quota = newQuota()
	}
	c.redact.keep(cfg.Secrets)
	c.cfg.Secrets = nil // nothing that prints the client may print them
	if set.cache != nil {
		c.cache = newCache(*set.cache)
	}
	c.loop = newLoop(set)
	c.headers.off.Store(len(set.middleware) > 0)
	return c, nil
}

// staticHeader is what every request of a client carries.
func staticHeader(cfg Config, userAgent string) (http.Header, error) {
	h := make(http.Header, len(cfg.Header)+1)
	if userAgent != "" {
		h["User-Agent"] = []string{userAgent}
	}
	for name, values := range cfg.Header {
		h[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	return h, checkHeader(cfg.Vendor+".New", h)
}

func parseBase(cfg Config) (*url.URL, error) {
	field := cfg.Vendor + ".New"
	u, err := url.Parse(cfg.BaseURL)
	switch {
	case cfg.BaseURL == "":
		return nil, Invalid(field, "BaseURL", "is empty")
	case err != nil || u.Host == "":
		return nil, Invalid(field, "BaseURL", "is not an absolute URL")
	case u.User != nil:
		return nil, Invalid(field, "BaseURL", "holds user information; set the credential's own field")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, Invalid(field, "BaseURL", "has scheme %q, want https", u.Scheme)
	case u.Scheme == "http" && cfg.Authorize != nil && !loopback(u.Hostname()):
		return nil, Invalid(field, "BaseURL", "would send the credential over plain http")
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	u.RawPath = strings.TrimSuffix(u.RawPath, "/")
	return u, nil
}

// loopback also accepts the reserved names that never leave the machine, so
// that fakes may be given readable hosts.
func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".test") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Do carries out one call: it waits for permits, sends, judges, retries as
// op.Safety allows, and returns the answer or an *Error. Bad requests are
// refused with a *FieldError before anything is sent.
func (c *Client) Do(ctx context.Context, op *Op, req Request) (*Response, error) {
	k := &call{Context: ctx, caller: ctx, client: c, op: op, req: req}
	if err := k.check(); err != nil {
		return nil, err
	}
	if c.cache != nil && c.cache.covers(op) && k.req.GetBody == nil {
		return k.cached()
	}
	return k.start()
}

// own reports whether the credential may go to u.
func (c *Client) own(u *url.URL) bool {
	return u.Scheme == c.base.Scheme && u.Host == c.base.Host
}

// Format writes the vendor and the URL, whatever the verb: never a secret.
func (c *Client) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "transport.Client{Vendor: %s, BaseURL: %s}", c.cfg.Vendor, bareURL(c.cfg.BaseURL))
}

// LogValue is what a logger writes of c.
func (c *Client) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// CloseIdleConnections closes connections that wait for their next request.
func (c *Client) CloseIdleConnections() { c.loop.closeIdle() }
