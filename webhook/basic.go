package webhook

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
)

// BasicAuthConfig describes a sender that proves itself with HTTP basic
// authentication (RFC 7617).
type BasicAuthConfig struct {
	// Username must not contain a colon.
	Username string
	// Keys are the passwords.
	Keys Keys
	// MinSecret refuses passwords with fewer bytes; zero sets no floor.
	MinSecret int
}

// NewBasicAuth builds the verifier of a user name and password. They prove
// nothing about the body, so BodyAuthenticated is false. Both are compared
// together, as a SHA-256 digest, in constant time. Join several users by AnyOf.
func NewBasicAuth(c BasicAuthConfig) (Verifier, error) {
	keys, err := c.pairs()
	if err != nil {
		return nil, err
	}
	return &tokenVerifier{scheme: "basic", read: readBasic, tokens: digestKeys(keys)}, nil
}

// NewBasicAuthSigner builds the sender's side: it sets the first live password.
func NewBasicAuthSigner(c BasicAuthConfig) (Signer, error) {
	keys, err := c.pairs()
	if err != nil {
		return nil, err
	}
	return signerFunc(func(m *Message) error {
		key, err := keys.firstLive(m.now())
		if err != nil {
			return err
		}
		m.setHeader("Authorization", "Basic "+Base64.encode([]byte(key.Secret.Reveal())))
		return nil
	}), nil
}

// pairs returns the keys with "username:password" as their secrets.
func (c BasicAuthConfig) pairs() (Keys, error) {
	if c.Username == "" || strings.Contains(c.Username, ":") {
		return nil, errors.New("webhook: basic auth: Username must not be empty or contain a colon")
	}
	keys, err := c.Keys.Check(c.MinSecret)
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		keys[i].Secret = NewSecret(c.Username + ":" + k.Secret.Reveal())
	}
	return keys, nil
}

func readBasic(m *Message, room []byte) ([]byte, error) {
	value, err := m.HeaderValue("Authorization")
	if err != nil {
		return room, err
	}
	const scheme = "Basic " // its case does not matter
	if len(value) < len(scheme) || !strings.EqualFold(value[:len(scheme)], scheme) {
		return room, malformedHeader("Authorization")
	}
	text := value[len(scheme):]
	room = slices.Grow(room, base64.StdEncoding.DecodedLen(len(text)))
	pair, ok := base64Into(room[:cap(room)], text)
	if !ok {
		return room, malformedHeader("Authorization")
	}
	return pair, nil
}
