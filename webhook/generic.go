package webhook

import (
	"cmp"
	"crypto"
	"errors"
	"fmt"
	"time"
)

// HMACConfig describes a sender that signs with an HMAC in a way of its own.
// The zero value, but for the keys, is the lower-case hex HMAC-SHA256 of the
// body in the header X-Signature.
type HMACConfig struct {
	// Name is reported as the scheme; "hmac" when empty.
	Name string
	// Keys are shared secrets, their text taken as it is.
	Keys Keys
	// MinSecret refuses secrets with fewer bytes; zero sets no floor.
	MinSecret int
	// Header carries the signature; "X-Signature" when empty.
	Header string
	// Prefix precedes the signature in the header, "sha256=" for example.
	Prefix string
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
	// {timestamp}; TimeFormat says how it is written.
	TimeHeader string
	TimeFormat TimeFormat
	// Tolerance is how far the signed time may lie from the time of receipt,
	// in either direction and inclusive: five minutes when zero.
	Tolerance time.Duration
}

// NewHMAC builds the verifier of an HMAC that the configuration describes. It
// returns an error that matches ErrKey for unusable keys, and a plain one for
// a description that contradicts itself.
func NewHMAC(c HMACConfig) (Verifier, error) { return asVerifier(c.build()) }

// NewHMACSigner builds the sender's side of NewHMAC.
func NewHMACSigner(c HMACConfig) (Signer, error) { return asSigner(c.build()) }

func (c HMACConfig) build() (*macVerifier, error) {
	s := spec{
		scheme: Scheme(cmp.Or(c.Name, "hmac")), header: cmp.Or(c.Header, "X-Signature"),
		signed: cmp.Or(c.Signed, "{body}"), layout: layout{prefix: c.Prefix},
		hash: cmp.Or(c.Hash, crypto.SHA256), encoding: c.Encoding,
		idHeader: c.IDHeader, timeHeader: c.TimeHeader, timeFormat: c.TimeFormat,
		tolerance: defaultTolerance,
	}
	if s.hash != crypto.SHA256 && s.hash != crypto.SHA512 {
		return nil, fmt.Errorf("webhook: HMAC: hash %v is not supported", s.hash)
	}
	if err := checkTolerance(c.Tolerance); err != nil {
		return nil, err
	}
	text, err := parseTemplate(s.signed)
	if err != nil {
		return nil, err
	}
	if text.has(idField) != (c.IDHeader != "") {
		return nil, errors.New("webhook: HMAC: set IDHeader if, and only if, Signed uses {id}")
	}
	if text.has(timeField) != (c.TimeHeader != "") {
		return nil, errors.New("webhook: HMAC: set TimeHeader if, and only if, Signed uses {timestamp}")
	}
	if text.ambiguous(c.TimeFormat) {
		return nil, errors.New("webhook: HMAC: separate the placeholders of Signed by literals")
	}
	return s.build(SchemeConfig{Keys: c.Keys, MinSecret: c.MinSecret, Tolerance: c.Tolerance})
}

const defaultTolerance = 5 * time.Minute
