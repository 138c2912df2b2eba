package webhook

import (
	"crypto"
	_ "crypto/sha1" //nolint:gosec // links the hash of two vendors' schemes
	_ "crypto/sha256"
	_ "crypto/sha512"
	"fmt"
	"time"
)

// spec describes a scheme that signs a text with a keyed hash. Most schemes
// are a spec and nothing else.
type spec struct {
	scheme   Scheme
	header   string // carries the signatures
	signed   string // template of the signed text
	layout   layout
	hash     crypto.Hash
	encoding Encoding
	prefix   bool // hash(secret, text), open to length extension, instead of HMAC

	idHeader   string
	timeHeader string
	timeFormat TimeFormat
	tolerance  time.Duration // where the user sets none

	// signedURL turns the configured URL into the one that is signed, where they
	// may differ.
	signedURL func(string) string
	// bodyTime reads the signed time from a body whose signature is right.
	bodyTime  func(body []byte) (time.Time, error)
	maxSecret int // bytes, 0: no limit
	// decodeKey turns a key's text into bytes; nil takes those of the text.
	decodeKey func(Key) ([]byte, error)
}

// layout says where the signatures stand in their header.
type layout struct {
	prefix string // of a header that holds one signature and nothing else
	// A list of named values: "t=1,v1=aa,v1=bb" has item ",", pair "=", time
	// "t" and signature "v1".
	item, pair, time, signature string
}

// macVerifier verifies and signs by a spec.
type macVerifier struct {
	spec
	text      template
	fixedTime bool
	keys      []*macKey
}

func (s spec) build(c SchemeConfig) (*macVerifier, error) {
	keys, err := c.Keys.Check(c.MinSecret)
	if err != nil {
		return nil, err
	}
	s.tolerance = c.tolerance(s.tolerance)
	v, err := s.buildText()
	if err != nil {
		return nil, err
	}
	keyed := hmacOf
	if s.prefix {
		keyed = prefixOf
	}
	for _, k := range keys {
		secret := []byte(k.Secret.Reveal())
		if s.decodeKey != nil {
			if secret, err = s.decodeKey(k); err != nil {
				return nil, err
			}
		}
		if s.maxSecret > 0 && len(secret) > s.maxSecret {
			return nil, fmt.Errorf("%w: key %q has more than %d bytes", ErrKey, k.Name, s.maxSecret)
		}
		v.keys = append(v.keys, newMACKey(k, keyed(s.hash.New), secret))
	}
	return v, nil
}

// buildText builds the verifier without keys.
func (s spec) buildText() (*macVerifier, error) {
	text, err := parseTemplate(s.signed)
	if err != nil {
		return nil, err
	}
	return &macVerifier{spec: s, text: text, fixedTime: text.touches(timeField)}, nil
}

// Verify reads the headers, checks the time, then the signature.
func (v *macVerifier) Verify(m *Message) (Verification, error) {
	var e envelope
	if err := v.read(m, &e); err != nil {
		return Verification{}, err
	}
	now := m.now()
	if v.timed() {
		if err := checkWindow(e.time, now, v.tolerance); err != nil {
			return Verification{}, err
		}
	}
	key, ok := v.match(m, &e, now)
	if !ok && v.signedURL != nil {
		e.url = v.signedURL(m.URL)
		key, ok = v.match(m, &e, now)
	}
	if !ok {
		return Verification{}, mismatchHeader(v.header)
	}
	if v.bodyTime != nil {
		if err := v.checkBodyTime(m, &e, now); err != nil {
			return Verification{}, err
		}
	}
	return Verification{
		Scheme: string(v.scheme), Key: key, ID: e.id, Timestamp: e.time,
		BodyAuthenticated: v.text.has(bodyField) && !v.prefix,
	}, nil
}

func (v *macVerifier) checkBodyTime(m *Message, e *envelope, now time.Time) (err error) {
	if e.time, err = v.bodyTime(m.Body); err != nil {
		return err
	}
	return checkWindow(e.time, now, v.tolerance)
}

func (v *macVerifier) timed() bool { return v.text.has(timeField) }

func (v *macVerifier) match(m *Message, e *envelope, now time.Time) (string, bool) {
	for _, k := range v.keys {
		found := false
		if k.Live(now) {
			k.sum(func(w *mac) { v.write(w, m, e) }, func(sum []byte) { found = e.contains(sum) })
		}
		if found {
			return k.Name, true
		}
	}
	return "", false
}

// write writes the signed text.
func (v *macVerifier) write(w *mac, m *Message, e *envelope) {
	for _, p := range v.text {
		switch p.field {
		case literal:
			w.writeString(p.text)
		case idField:
			w.writeString(e.id)
		case timeField:
			w.writeString(e.stamp)
		case urlField:
			w.writeString(e.url)
		case methodField:
			w.writeString(m.Method)
		case bodyField:
			w.write(m.Body)
		}
	}
}

// asVerifier and asSigner keep a nil pointer from becoming a non-nil interface.
func asVerifier(v *macVerifier, err error) (Verifier, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

func asSigner(v *macVerifier, err error) (Signer, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}
