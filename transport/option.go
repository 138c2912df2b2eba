package transport

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"
)

// Option is a setting that users share between clients: one slice configures
// every vendor package.
type Option interface{ apply(*settings) error }

type optionFunc func(*settings) error

func (f optionFunc) apply(s *settings) error { return f(s) }

// Options joins several options into one.
func Options(opts ...Option) Option {
	return optionFunc(func(s *settings) error {
		for _, o := range opts {
			if o == nil {
				continue
			}
			if err := o.apply(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// settings holds what options set, with the defaults of newSettings.
type settings struct {
	base           http.RoundTripper
	middleware     []func(http.RoundTripper) http.RoundTripper
	maxAttempts    int
	attemptTimeout time.Duration
	backoffMin     time.Duration
	backoffMax     time.Duration
	maxWait        time.Duration
	maxResponse    int64
	limiters       []Limiter
	limitersSet    bool
	noQuota        bool
	observers      []Observer
	beginners      []Beginner
	circuit        *Circuit
	cache          *CacheConfig
	userAgent      string
	tlsConfig      *tls.Config
}

func newSettings() *settings {
	return &settings{
		maxAttempts:    4,
		attemptTimeout: 15 * time.Second,
		backoffMin:     200 * time.Millisecond,
		backoffMax:     10 * time.Second,
		maxWait:        60 * time.Second,
		maxResponse:    10 << 20,
		userAgent:      "centrala-go",
	}
}

func (s *settings) apply(opts []Option) error {
	if err := Options(opts...).apply(s); err != nil {
		return err
	}
	if s.base != nil && s.tlsConfig != nil {
		return Invalid("transport.WithTLSConfig", "Config", "has no effect beside WithTransport; set it on that transport")
	}
	return nil
}

// WithTransport sets the RoundTripper that sends attempts: a fake, a recorder,
// a proxy-aware transport. Without it the client makes an *http.Transport of
// its own, and only then can it prove by counting bytes that a request was not
// sent; for a foreign RoundTripper the proof is a typed dial or DNS error.
// Retries and redirects of rt's own would be hidden from the client: pass one
// that has neither.
func WithTransport(rt http.RoundTripper) Option {
	return optionFunc(func(s *settings) error {
		if rt == nil {
			return Invalid("transport.WithTransport", "RoundTripper", "is nil")
		}
		s.base = rt
		return nil
	})
}

// WithTLSConfig sets the TLS configuration of the client's own transport: a
// client certificate for mutual TLS, a private root. It is cloned. Together
// with WithTransport it is an error.
func WithTLSConfig(cfg *tls.Config) Option {
	return optionFunc(func(s *settings) error {
		if cfg == nil {
			return Invalid("transport.WithTLSConfig", "Config", "is nil")
		}
		s.tlsConfig = cfg
		return nil
	})
}

// WithMiddleware wraps the RoundTripper that sends attempts. The first given
// is the outermost. It sees the credential; it must not wrap the request body,
// because net/http then sends it in a packet of its own. GetBody is nil where
// net/http could use it to repeat what may not be repeated.
func WithMiddleware(mw ...func(http.RoundTripper) http.RoundTripper) Option {
	return optionFunc(func(s *settings) error {
		for _, m := range mw {
			if m == nil {
				return Invalid("transport.WithMiddleware", "Middleware", "is nil")
			}
		}
		s.middleware = append(s.middleware, mw...)
		return nil
	})
}

// WithMaxAttempts sets how often a call is tried at most; the default is 4,
// and 1 turns retries off.
func WithMaxAttempts(n int) Option {
	return optionFunc(func(s *settings) error {
		if n < 1 {
			return Invalid("transport.WithMaxAttempts", "MaxAttempts", "is %d, want at least 1", n)
		}
		s.maxAttempts = n
		return nil
	})
}

// WithAttemptTimeout bounds each attempt, from the connection to the last byte
// of the answer; the default is 15 s, and 0 leaves only the caller's deadline.
func WithAttemptTimeout(d time.Duration) Option {
	return optionFunc(func(s *settings) error {
		if d < 0 {
			return Invalid("transport.WithAttemptTimeout", "AttemptTimeout", "is negative")
		}
		s.attemptTimeout = d
		return nil
	})
}

// WithBackoff sets the range of the waits between attempts: full jitter over
// base·2ⁿ, capped at limit. The defaults are 200 ms and 10 s.
func WithBackoff(base, limit time.Duration) Option {
	return optionFunc(func(s *settings) error {
		if base < 0 || limit < base {
			return Invalid("transport.WithBackoff", "Backoff", "wants 0 <= base <= limit")
		}
		s.backoffMin, s.backoffMax = base, limit
		return nil
	})
}

// WithMaxWait sets the longest wait that a vendor may ask for; a longer one
// ends the call at once, with the vendor's answer kept. The default is 60 s.
func WithMaxWait(d time.Duration) Option {
	return optionFunc(func(s *settings) error {
		if d < 0 {
			return Invalid("transport.WithMaxWait", "MaxWait", "is negative")
		}
		s.maxWait = d
		return nil
	})
}

// WithMaxResponseBytes sets the largest answer that is read; a larger one is
// an error that matches ErrTooLarge. The default is 10 MiB.
func WithMaxResponseBytes(n int64) Option {
	return optionFunc(func(s *settings) error {
		if n < 1 {
			return Invalid("transport.WithMaxResponseBytes", "MaxResponseBytes", "is %d, want at least 1", n)
		}
		s.maxResponse = n
		return nil
	})
}

// WithLimiters replaces the vendor's preset limits; without arguments there
// are none. Pass the same limiter to several clients to share a quota. A
// permit is acquired from each, in the order given.
func WithLimiters(l ...Limiter) Option {
	return optionFunc(func(s *settings) error {
		s.limiters, s.limitersSet = l, true
		return nil
	})
}

// WithoutRetryQuota lifts the budget that all retries of a client share.
func WithoutRetryQuota() Option {
	return optionFunc(func(s *settings) error {
		s.noQuota = true
		return nil
	})
}

// WithCircuit puts a circuit breaker in front of every attempt. Without it
// there is none.
func WithCircuit(c *Circuit) Option {
	return optionFunc(func(s *settings) error {
		if c == nil {
			return Invalid("transport.WithCircuit", "Circuit", "is nil")
		}
		s.circuit = c
		return nil
	})
}

// WithLogger logs attempts and calls at debug level, retries at info, failures
// at warn; never a header, a query or a body. Without it nothing is logged.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(s *settings) error {
		if l != nil {
			s.observers = append(s.observers, logObserver{l})
		}
		return nil
	})
}

// WithObserver adds an observer.
func WithObserver(o Observer) Option {
	return optionFunc(func(s *settings) error {
		if o == nil {
			return Invalid("transport.WithObserver", "Observer", "is nil")
		}
		s.observers = append(s.observers, o)
		if b, ok := o.(Beginner); ok {
			s.beginners = append(s.beginners, b)
		}
		return nil
	})
}

// WithUserAgent replaces the User-Agent header; the default is "centrala-go".
func WithUserAgent(ua string) Option {
	return optionFunc(func(s *settings) error {
		s.userAgent = ua
		return nil
	})
}
