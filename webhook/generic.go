package webhook

import (
	"cmp"
	"crypto"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// HMACConfig describes a sender that signs with an HMAC in a way of its own.
// The zero value, but for the keys, is the lower-case hex HMAC-SHA256 of the
// body in the header X-Signature.
type HMACConfig struct {
	// Name is reported as the scheme; "hmac" when empty.
	Name string
	// Keys are shared secrets, written as KeyFormat says.
	Keys Keys
	// KeyFormat says how a key's text becomes its bytes. KeyPrefix, "whsec_" for
	// example, is taken off before, where a key has it.
	KeyFormat KeyFormat
	KeyPrefix string
	// MinSecret refuses keys whose text has fewer bytes; zero sets no floor.
	MinSecret int
	// Header carries the signature; "X-Signature" when empty.
	Header string
	// Prefix precedes the signature in the header, "sha256=" for example.
	Prefix string
	// List, when its Signature is set, says that the header is a list of named
	// values instead.
	List HMACList
	// Hash is crypto.SHA256 or crypto.SHA512; zero means SHA-256.
	Hash     crypto.Hash
	Encoding Encoding
	// Signed is the shape of the signed text, with the placeholders {id},
	// {timestamp}, {method}, {url} and {body}; "{body}" when empty. Literals
	// must separate them, or bytes could move from one to the other; {url}, and
	// {timestamp} at the start or end, may stand beside another.
	Signed string
	// IDHeader carries the message id, and must be set where Signed uses {id}.
	IDHeader string
	// TimeHeader carries the signed time, and must be set where Signed uses
	// {timestamp} and List has no Time.
	TimeHeader string
	// TimeField names a member of a JSON body that is the signed time, where
	// Signed does without {timestamp}.
	TimeField string
	// TimeFormat says how the time is written.
	TimeFormat TimeFormat
	// Tolerance is how far the signed time may lie from the time of receipt,
	// in either direction and inclusive: five minutes when zero.
	Tolerance time.Duration
}

// HMACList describes a header like "t=1700000000,v1=aa,v1=bb". A message is
// right if one of the signatures, at most ten, is.
type HMACList struct {
	// Item separates the values, Pair name and value: "," and "=" when empty.
	Item, Pair string
	// Signature names the signatures: "v1". Other names are passed over.
	Signature string
	// Time names the signed time, "t" for example, in the place of TimeHeader.
	Time string
}

// KeyFormat says how the text of a shared secret becomes the bytes of a key.
type KeyFormat int

const (
	// RawKey takes the bytes of the text.
	RawKey KeyFormat = iota
	// HexKey decodes hexadecimal.
	HexKey
	// Base64Key decodes the standard alphabet with padding.
	Base64Key
)

// NewHMAC builds the verifier of an HMAC that the configuration describes. It
// returns an error that matches ErrKey for unusable keys, and a plain one for
// a description that contradicts itself.
func NewHMAC(c HMACConfig) (Verifier, error) { return asVerifier(c.build()) }

// NewHMACSigner builds the sender's side of NewHMAC.
func NewHMACSigner(c HMACConfig) (Signer, error) { return asSigner(c.build()) }

func (c HMACConfig) build() (*macVerifier, error) {
	s := spec{
		scheme: Scheme(cmp.Or(c.Name, "hmac")), header: cmp.Or(c.Header, "X-Signature"),
		signed: cmp.Or(c.Signed, "{body}"), layout: c.layout(),
		hash: cmp.Or(c.Hash, crypto.SHA256), encoding: c.Encoding, decodeKey: c.decodeKey,
		idHeader: c.IDHeader, timeHeader: c.TimeHeader, timeFormat: c.TimeFormat,
		tolerance: defaultTolerance,
	}
	if c.TimeField != "" {
		s.bodyTime = c.bodyTime
	}
	if err := c.check(s); err != nil {
		return nil, err
	}
	return s.build(SchemeConfig{Keys: c.Keys, MinSecret: c.MinSecret, Tolerance: c.Tolerance})
}

func (c HMACConfig) layout() layout {
	if c.List.Signature == "" {
		return layout{prefix: c.Prefix}
	}
	return layout{
		item: cmp.Or(c.List.Item, ","), pair: cmp.Or(c.List.Pair, "="),
		time: c.List.Time, signature: c.List.Signature,
	}
}

// check refuses a description that contradicts itself.
func (c HMACConfig) check(s spec) error {
	text, err := parseTemplate(s.signed)
	if err != nil {
		return err
	}
	times := 0
	for _, source := range []string{c.TimeHeader, c.List.Time, c.TimeField} {
		if source != "" {
			times++
		}
	}
	timed := c.TimeHeader != "" || c.List.Time != ""
	switch {
	case s.hash != crypto.SHA256 && s.hash != crypto.SHA512:
		return fmt.Errorf("webhook: HMAC: hash %v is not supported", s.hash)
	case c.List.Signature == "" && c.List != HMACList{}:
		return errors.New("webhook: HMAC: List.Signature is empty")
	case c.List.Signature != "" && (c.Prefix != "" || c.List.Signature == c.List.Time):
		return errors.New("webhook: HMAC: a List has no Prefix, and names of its own for signature and time")
	case text.has(idField) != (c.IDHeader != ""):
		return errors.New("webhook: HMAC: set IDHeader if, and only if, Signed uses {id}")
	case text.has(timeField) != timed:
		return errors.New("webhook: HMAC: set TimeHeader or List.Time if, and only if, Signed uses {timestamp}")
	case times > 1:
		return errors.New("webhook: HMAC: set one of TimeHeader, List.Time and TimeField")
	case c.TimeField != "" && !text.has(bodyField):
		return errors.New("webhook: HMAC: a TimeField is signed only where Signed uses {body}")
	case text.ambiguous(c.TimeFormat):
		return errors.New("webhook: HMAC: separate the placeholders of Signed by literals")
	}
	return checkTolerance(c.Tolerance)
}

func (c HMACConfig) decodeKey(k Key) ([]byte, error) {
	text := strings.TrimPrefix(k.Secret.Reveal(), c.KeyPrefix)
	var raw []byte
	ok := false
	switch c.KeyFormat {
	case RawKey:
		raw, ok = []byte(text), true
	case HexKey:
		decoded, err := hex.DecodeString(text)
		raw, ok = decoded, err == nil
	case Base64Key:
		raw, ok = decodeBase64(text)
	}
	if !ok || len(raw) == 0 {
		return nil, fmt.Errorf("%w: key %q is not written as KeyFormat says, or empty", ErrKey, k.Name)
	}
	return raw, nil
}

// bodyTime reads TimeField from a body whose signature is right.
func (c HMACConfig) bodyTime(body []byte) (time.Time, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return time.Time{}, fmt.Errorf("%w: the body is not a JSON object", ErrMalformed)
	}
	raw, ok := fields[c.TimeField]
	if !ok {
		return time.Time{}, fmt.Errorf("%w: field %s", ErrMissing, c.TimeField)
	}
	stamp := string(raw)
	if stamp[0] == '"' && json.Unmarshal(raw, &stamp) != nil {
		return time.Time{}, fmt.Errorf("%w: field %s", ErrMalformed, c.TimeField)
	}
	t, ok := c.TimeFormat.parse(stamp, false)
	if !ok {
		return time.Time{}, fmt.Errorf("%w: field %s", ErrMalformed, c.TimeField)
	}
	return t, nil
}

const defaultTolerance = 5 * time.Minute
