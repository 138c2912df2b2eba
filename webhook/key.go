package webhook

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"
)

// ErrKey means that a verifier or signer was not built because a key cannot be
// used: it is empty, outside its scheme's format or shorter than the floor.
var ErrKey = errors.New("webhook: unusable key")

// maxKeys bounds the work an unauthenticated message can cause.
const maxKeys = 5

// Secret is the text of a key: a shared secret, or a public or private key in
// the notation of its scheme. No fmt verb, log handler or encoder prints it,
// at any depth of another value. The zero value is the empty secret, which
// every scheme refuses.
type Secret struct{ text func() string }

// NewSecret wraps text. Nothing is trimmed.
func NewSecret(text string) Secret { return Secret{func() string { return text }} }

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return s.text()
}

const redacted = "[redacted]"

// Format writes a placeholder, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue logs a placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText encodes a placeholder.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Key is one of the keys a source may sign with.
type Key struct {
	// Name is reported when the key matches; empty means its place in the
	// set, "1" for the first.
	Name   string
	Secret Secret
	// NotAfter is the last moment at which the key is accepted; zero means
	// for ever. Compared with the time of receipt.
	NotAfter time.Time
}

// Keys are the keys of one source, at most five: usually one, and two while a
// secret is being replaced. Names must differ.
type Keys []Key

// OneKey is the set of a single unnamed key without an end.
func OneKey(secret string) Keys { return Keys{{Secret: NewSecret(secret)}} }

// Live says whether the key may be used at the time now.
func (k Key) Live(now time.Time) bool {
	return k.NotAfter.IsZero() || !now.After(k.NotAfter)
}

// Check returns a copy of the set with every name filled in. It returns an
// error that matches ErrKey when the set is empty or too large, when two names
// are equal, or when a secret is empty or shorter than floor bytes (zero: no
// floor). Errors name the key, never its secret. Every constructor of a
// verifier calls it: call it for your own verifiers, or with a floor to find
// out which secrets are weak without refusing them.
func (ks Keys) Check(floor int) (Keys, error) {
	if len(ks) == 0 || len(ks) > maxKeys {
		return nil, fmt.Errorf("%w: a set holds 1 to %d keys, not %d", ErrKey, maxKeys, len(ks))
	}
	named := make(Keys, len(ks))
	seen := make(map[string]bool, len(ks))
	for i, k := range ks {
		if k.Name == "" {
			k.Name = strconv.Itoa(i + 1)
		}
		if seen[k.Name] {
			return nil, fmt.Errorf("%w: two keys are named %q", ErrKey, k.Name)
		}
		if n := len(k.Secret.Reveal()); n == 0 {
			return nil, fmt.Errorf("%w: key %q is empty", ErrKey, k.Name)
		} else if n < floor {
			return nil, fmt.Errorf("%w: key %q has %d bytes, fewer than %d", ErrKey, k.Name, n, floor)
		}
		seen[k.Name] = true
		named[i] = k
	}
	return named, nil
}

var errNoLiveKey = fmt.Errorf("%w: every key is past its NotAfter", ErrKey)

// firstLive returns the key a signer signs with.
func (ks Keys) firstLive(now time.Time) (Key, error) {
	for _, k := range ks {
		if k.Live(now) {
			return k, nil
		}
	}
	return Key{}, errNoLiveKey
}
