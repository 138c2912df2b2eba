package transport

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// fileCheck is how often a credential file is looked at: at most once in this
// long, and always when the vendor has refused what it held.
const fileCheck = time.Second

// CredentialFile returns a CredentialFunc that reads the secret from a file,
// without the white space around it, and reads it again when the file has
// changed: mounted secrets of a container platform, a key rotated by hand. A
// change is seen within a second. An empty or unreadable file is an error of
// the call, which is then not sent.
func CredentialFile(path string) CredentialFunc {
	f := &credentialFile{path: path}
	return f.secret
}

type credentialFile struct {
	path string

	mu      sync.Mutex
	held    string
	changed time.Time
	size    int64
	checked time.Time
}

func (f *credentialFile) secret(ctx context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	refused := RefusedCredential(ctx, f.held)
	if f.held != "" && now.Sub(f.checked) < fileCheck && !refused {
		return f.held, nil
	}
	info, err := os.Stat(f.path)
	if err != nil {
		return "", err
	}
	f.checked = now
	if f.held != "" && !refused && info.ModTime().Equal(f.changed) && info.Size() == f.size {
		return f.held, nil
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" {
		return "", fmt.Errorf("file %s is empty", f.path)
	}
	f.held, f.changed, f.size = secret, info.ModTime(), info.Size()
	return secret, nil
}

// CachedCredential returns a CredentialFunc that keeps what fetch returns
// until a minute before it expires (the zero time: for good), and fetches
// anew when the vendor refuses it. Concurrent calls share one fetch. It is for
// tokens that cost a request: a login, a token endpoint. The attempt that needs
// the token holds its permits meanwhile, so the fetch must not wait for one of
// the same concurrency limit.
func CachedCredential(fetch func(ctx context.Context) (secret string, expires time.Time, err error)) CredentialFunc {
	c := &cachedCredential{fetch: fetch, busy: make(chan struct{}, 1)}
	return c.secret
}

// early is how long before its end a token is replaced.
const early = time.Minute

type cachedCredential struct {
	fetch func(context.Context) (string, time.Time, error)
	busy  chan struct{} // a mutex that a waiting caller can give up

	held    string
	expires time.Time
}

func (c *cachedCredential) secret(ctx context.Context) (string, error) {
	select {
	case c.busy <- struct{}{}:
		defer func() { <-c.busy }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	current := c.expires.IsZero() || time.Until(c.expires) > early
	if c.held != "" && current && !RefusedCredential(ctx, c.held) {
		return c.held, nil
	}
	secret, expires, err := c.fetch(ctx)
	if err != nil {
		return "", err
	}
	c.held, c.expires = secret, expires
	return secret, nil
}
