package transport

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// CacheConfig says what [WithCache] keeps.
type CacheConfig struct {
	// Ops names the read operations whose answers may be kept: "monday.boards".
	// Operations of another class are never cached.
	Ops []string
	// TTL is how long an answer is used; it must be positive.
	TTL time.Duration
	// Entries is how many answers are kept, the least recently used goes first;
	// 0 means 1,000.
	Entries int
	// MaxBytes is the largest body that is kept; 0 means 256 KiB.
	MaxBytes int
}

// WithCache keeps the answers of named read operations, and makes concurrent
// calls that ask for the same thing share one request. The same means the same
// operation, URL, header, body and credential. Errors are never kept. A cached
// answer has Attempts 0.
func WithCache(cfg CacheConfig) Option {
	return optionFunc(func(s *settings) error {
		switch {
		case len(cfg.Ops) == 0:
			return Invalid("transport.WithCache", "Ops", "is empty")
		case cfg.TTL <= 0:
			return Invalid("transport.WithCache", "TTL", "is not positive")
		case cfg.Entries < 0 || cfg.MaxBytes < 0:
			return Invalid("transport.WithCache", "Entries", "or MaxBytes is negative")
		}
		if cfg.Entries == 0 {
			cfg.Entries = 1000
		}
		if cfg.MaxBytes == 0 {
			cfg.MaxBytes = 256 << 10
		}
		s.cache = &cfg
		return nil
	})
}

type cacheKey [sha256.Size]byte

// cache belongs to one client.
type cache struct {
	cfg CacheConfig

	mu      sync.Mutex
	entries map[cacheKey]*list.Element
	recent  list.List // of *kept, newest first
	flights map[cacheKey]*flight
}

type kept struct {
	key  cacheKey
	resp *Response
	ends time.Time
}

// flight is a request that others wait for.
type flight struct {
	done  chan struct{}
	resp  *Response
	err   error
	alone bool // err is because its own caller gave up
}

func newCache(cfg CacheConfig) *cache {
	return &cache{cfg: cfg, entries: map[cacheKey]*list.Element{}, flights: map[cacheKey]*flight{}}
}

func (c *cache) covers(op *Op) bool { return op.Safety == Read && slices.Contains(c.cfg.Ops, op.Name) }

// do answers from the cache, joins a flight, or flies itself.
func (c *cache) do(ctx context.Context, key cacheKey, fetch func() (*Response, error)) (*Response, error) {
	for {
		c.mu.Lock()
		if resp := c.lookup(key, time.Now()); resp != nil {
			c.mu.Unlock()
			return resp, nil
		}
		f, flying := c.flights[key]
		if !flying {
			f = &flight{done: make(chan struct{})}
			c.flights[key] = f
		}
		c.mu.Unlock()
		if !flying {
			return c.fly(ctx, key, f, fetch)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, fmt.Errorf("transport: waiting for the same request of another call: %w", ctx.Err())
		}
		switch {
		case f.err == nil:
			return f.resp.copied(0), nil
		case !f.alone:
			return nil, f.err
		}
	}
}

func (c *cache) fly(ctx context.Context, key cacheKey, f *flight, fetch func() (*Response, error)) (*Response, error) {
	f.err = errors.New("transport: the call that was waited for panicked")
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.flights, key)
		if f.err == nil && len(f.resp.Body) <= c.cfg.MaxBytes {
			c.keep(key, f.resp.copied(0), time.Now().Add(c.cfg.TTL))
		}
		close(f.done)
	}()
	resp, err := fetch()
	f.err, f.alone = err, ctx.Err() != nil
	if err == nil {
		f.resp = resp.copied(resp.Attempts) // the caller may change its own
	}
	return resp, err
}

func (c *cache) lookup(key cacheKey, now time.Time) *Response {
	e, ok := c.entries[key]
	if !ok {
		return nil
	}
	k := e.Value.(*kept)
	if !now.Before(k.ends) {
		c.drop(e)
		return nil
	}
	c.recent.MoveToFront(e)
	return k.resp.copied(0)
}

func (c *cache) keep(key cacheKey, resp *Response, ends time.Time) {
	if e, ok := c.entries[key]; ok {
		c.drop(e)
	}
	c.entries[key] = c.recent.PushFront(&kept{key, resp, ends})
	for c.recent.Len() > c.cfg.Entries {
		c.drop(c.recent.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	delete(c.entries, c.recent.Remove(e).(*kept).key)
}

// copied returns a copy that shares nothing.
func (r *Response) copied(attempts int) *Response {
	return &Response{Status: r.Status, Header: r.Header.Clone(), Body: bytes.Clone(r.Body), Attempts: attempts}
}

// cached asks the cache before the vendor.
func (k *call) cached() (*Response, error) {
	key, err := k.cacheKey()
	if err != nil {
		return k.start() // fails on the credential, and says so
	}
	return k.client.cache.do(k.caller, key, k.start)
}

// cacheKey names what the call asks for, and who asks.
func (k *call) cacheKey() (cacheKey, error) {
	h := sha256.New()
	if k.withAuth {
		probe := (&http.Request{Method: k.req.Method, URL: &k.url, Header: http.Header{}}).WithContext(k.caller)
		secrets, err := k.client.cfg.Authorize(probe)
		if err != nil {
			return cacheKey{}, err
		}
		fmt.Fprintf(h, "%q", secrets)
	}
	fmt.Fprintf(h, "%q %q %q %q ", k.op.Name, k.req.Method, &k.url, k.req.ContentType)
	_ = k.req.Header.Write(h) // sorted by name
	fmt.Fprintf(h, "%q", k.req.Body)
	return cacheKey(h.Sum(nil)), nil
}
