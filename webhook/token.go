package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// StaticTokenConfig describes a token that every request carries as it is:
// X-Gitlab-Token, Callyzer's X-Callyzer-Signature, a header set in Chatfuel.
type StaticTokenConfig struct {
	// Keys are the tokens.
	Keys Keys
	// MinSecret refuses tokens with fewer bytes; zero sets no floor.
	MinSecret int
	// Header carries the token; "X-Webhook-Token" when Header and Query are empty.
	Header string
	// Prefix precedes the token in the header, "Bearer " for example.
	Prefix string
	// Query names the query parameter that carries the token instead of a
	// header. URLs end up in the logs of proxies: prefer a header.
	Query string
}

// NewStaticToken builds the verifier of a static token. The token proves who
// knows it and nothing about the body, so BodyAuthenticated is false. Tokens
// are kept and compared as SHA-256 digests, in constant time.
func NewStaticToken(c StaticTokenConfig) (Verifier, error) {
	keys, err := c.check()
	if err != nil {
		return nil, err
	}
	return &tokenVerifier{scheme: "token", read: c.read, tokens: digestKeys(keys)}, nil
}

// NewStaticTokenSigner builds the sender's side: it sets the first live token.
func NewStaticTokenSigner(c StaticTokenConfig) (Signer, error) {
	keys, err := c.check()
	if err != nil {
		return nil, err
	}
	return signerFunc(func(m *Message) error {
		key, err := keys.firstLive(m.now())
		if err != nil {
			return err
		}
		if c.Query != "" {
			m.RawQuery = url.Values{c.Query: {key.Secret.Reveal()}}.Encode()
			return nil
		}
		m.setHeader(c.Header, c.Prefix+key.Secret.Reveal())
		return nil
	}), nil
}

func (c *StaticTokenConfig) check() (Keys, error) {
	if c.Header != "" && c.Query != "" {
		return nil, errors.New("webhook: static token: set Header or Query, not both")
	}
	if c.Header == "" && c.Query == "" {
		c.Header = "X-Webhook-Token"
	}
	return c.Keys.Check(c.MinSecret)
}

func (c *StaticTokenConfig) read(m *Message, room []byte) ([]byte, error) {
	if c.Query != "" {
		value, err := m.queryValue(c.Query)
		return append(room, value...), err
	}
	value, err := m.HeaderValue(c.Header)
	if err != nil {
		return room, err
	}
	token, ok := strings.CutPrefix(value, c.Prefix)
	if !ok || token == "" {
		return room, malformedHeader(c.Header)
	}
	return append(room, token...), nil
}

// queryValue returns the value of a parameter that must be there exactly once.
func (m *Message) queryValue(name string) (string, error) {
	query, err := url.ParseQuery(m.RawQuery)
	if err != nil {
		return "", fmt.Errorf("%w: query", ErrMalformed)
	}
	values := query[name]
	switch {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return "", fmt.Errorf("%w: query parameter %s", ErrMissing, name)
	case len(values) > 1 || len(values[0]) > maxHeader:
		return "", fmt.Errorf("%w: query parameter %s", ErrMalformed, name)
	}
	return values[0], nil
}

// tokenVerifier compares what read finds, in room, with the digests of the keys.
type tokenVerifier struct {
	scheme string
	read   func(m *Message, room []byte) ([]byte, error)
	tokens []digestKey
}

type digestKey struct {
	Key
	digest [sha256.Size]byte
}

func digestKeys(keys Keys) []digestKey {
	digests := make([]digestKey, len(keys))
	for i, k := range keys {
		digests[i] = digestKey{k, sha256.Sum256([]byte(k.Secret.Reveal()))}
		digests[i].Secret = Secret{}
	}
	return digests
}

func (v *tokenVerifier) Verify(m *Message) (Verification, error) {
	room := texts.Get().(*[]byte)
	defer texts.Put(room)
	token, err := v.read(m, (*room)[:0])
	keepRoom(room, token)
	if err != nil {
		return Verification{}, err
	}
	digest, now := sha256.Sum256(token), m.now()
	for _, k := range v.tokens {
		if k.Live(now) && subtle.ConstantTimeCompare(digest[:], k.digest[:]) == 1 {
			return Verification{Scheme: v.scheme, Key: k.Name}, nil
		}
	}
	return Verification{}, fmt.Errorf("%w: %s", ErrMismatch, v.scheme)
}
