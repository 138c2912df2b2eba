package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const messageSignature = "rfc9421"

// MessageSignatureConfig describes a sender of HTTP message signatures
// (RFC 9421).
type MessageSignatureConfig struct {
	// Keys are written "<algorithm>:<key>", where the algorithm is
	// hmac-sha256, ed25519, ecdsa-p256-sha256, ecdsa-p384-sha384,
	// rsa-pss-sha512 or rsa-v1_5-sha256, and the key is base64 of a shared
	// secret or of a public key's DER form (SubjectPublicKeyInfo, for RSA also
	// PKCS #1), or PEM. A signature with a keyid that is the Name of a key is
	// tried with that key only, any other with all keys.
	Keys Keys
	// MinSecret refuses shared secrets with fewer bytes; zero sets no floor.
	MinSecret int
	// Label chooses one signature; empty means that any of them will do.
	Label string
	// Require lists the components a signature must cover, "content-digest"
	// or `@query-param;name="id"` for example. Nil stands for what a webhook
	// needs: @method, @target-uri (or @authority and @path) and, unless the
	// body is empty, content-digest. An empty list that is not nil requires
	// nothing: then any part of a message may have been changed.
	Require []string
	// Tolerance is how far the parameter created may lie from the time of
	// receipt, in either direction and inclusive: five minutes when zero.
	// NoTolerance accepts signatures without it. Expires always counts.
	Tolerance time.Duration
}

// NewMessageSignature builds a verifier of HTTP message signatures (RFC 9421)
// on requests. A covered Content-Digest (RFC 9530) must fit the body, and only
// then BodyAuthenticated is true. Verification.ID is the parameter nonce.
// Target, authority, scheme and path are those of Message.URL, the query that
// of Message.RawQuery if set. Signature-Input must be in canonical form; of
// component parameters only @query-param's name is supported.
func NewMessageSignature(c MessageSignatureConfig) (Verifier, error) {
	keys, err := c.Keys.Check(0)
	if err == nil {
		err = checkTolerance(c.Tolerance)
	}
	if err != nil {
		return nil, err
	}
	v := &messageVerifier{
		label: c.Label, tolerance: SchemeConfig{Tolerance: c.Tolerance}.tolerance(defaultTolerance),
		standard: c.Require == nil,
	}
	for _, component := range c.Require {
		v.require = append(v.require, componentID(component))
	}
	for _, k := range keys {
		key, err := newMessageKey(k, c.MinSecret)
		if err != nil {
			return nil, err
		}
		v.keys = append(v.keys, key)
	}
	return v, nil
}

var errNoLabel = fmt.Errorf("%w: no such label in header Signature-Input", ErrMissing)

type messageVerifier struct {
	keys      []messageKey
	label     string
	require   []string // component ids
	standard  bool     // requires what a webhook needs
	tolerance time.Duration
}

// Verify reads all of Signature-Input, at most ten signatures, and tries them
// in their order until one is right.
func (v *messageVerifier) Verify(m *Message) (Verification, error) {
	inputs, err := m.HeaderValue("Signature-Input")
	if err != nil {
		return Verification{}, err
	}
	var proof Verification
	verdict := errNoLabel
	s := scanner{inputs}
	for range maxSignatures {
		label, ok := s.key()
		var in signatureInput
		if !ok || !s.take("=") || !s.signatureInput(&in) {
			return Verification{}, malformedHeader("Signature-Input")
		}
		more, ok := s.next()
		if !ok {
			return Verification{}, malformedHeader("Signature-Input")
		}
		if verdict != nil && (v.label == "" || v.label == label) {
			proof, verdict = v.furthest(m, label, &in, verdict)
		}
		if !more {
			return proof, verdict
		}
	}
	return Verification{}, malformedHeader("Signature-Input")
}

// furthest verifies one signature and returns its error unless an earlier one
// came further.
func (v *messageVerifier) furthest(m *Message, label string, in *signatureInput, earlier error) (Verification, error) {
	proof, err := v.verify(m, label, in)
	if err != nil && progress(err) < progress(earlier) {
		err = earlier
	}
	return proof, err
}

func (v *messageVerifier) verify(m *Message, label string, in *signatureInput) (Verification, error) {
	room := texts.Get().(*[]byte)
	defer texts.Put(room)
	signature, err := m.signatureOf(label, room)
	if err != nil {
		return Verification{}, err
	}
	if err := v.check(m, in); err != nil {
		return Verification{}, err
	}
	key, err := v.match(m, in, signature)
	if err != nil {
		return Verification{}, err
	}
	proof := Verification{Scheme: messageSignature, Key: key, ID: in.nonce}
	if in.hasCreated {
		proof.Timestamp = time.Unix(in.created, 0)
	}
	if proof.BodyAuthenticated = in.covers(`"content-digest"`); proof.BodyAuthenticated {
		err = VerifyContentDigest(m)
	}
	if err != nil {
		return Verification{}, err
	}
	return proof, nil
}

// signatureOf returns the bytes of the signature called label, in room.
func (m *Message) signatureOf(label string, room *[]byte) (signature []byte, err error) {
	value, err := m.HeaderValue("Signature")
	if err != nil {
		return nil, err
	}
	found := false
	ok := eachBinary(value, func(key, text string) (ok bool) {
		if key != label {
			return true
		}
		found = true
		*room = slices.Grow((*room)[:0], base64.StdEncoding.DecodedLen(len(text)))
		signature, ok = base64Into((*room)[:cap(*room)], text)
		return ok
	})
	if !ok {
		return nil, malformedHeader("Signature")
	}
	if !found {
		return nil, fmt.Errorf("%w: no such label in header Signature", ErrMissing)
	}
	return signature, nil
}

// check looks at everything but the signature.
func (v *messageVerifier) check(m *Message, in *signatureInput) error {
	for _, id := range v.require {
		if !in.covers(id) {
			return fmt.Errorf("%w: %s is not covered", ErrMissing, id)
		}
	}
	if v.standard && !in.coversWebhook(len(m.Body) > 0) {
		return fmt.Errorf("%w: method, target or content-digest is not covered", ErrMissing)
	}
	now := m.now()
	if in.hasExpires && now.After(time.Unix(in.expires, 0)) {
		return fmt.Errorf("%w: past the parameter expires", ErrTooOld)
	}
	if v.tolerance < 0 {
		return nil
	}
	if !in.hasCreated {
		return fmt.Errorf("%w: parameter created", ErrMissing)
	}
	return checkWindow(time.Unix(in.created, 0), now, v.tolerance)
}

func (v *messageVerifier) match(m *Message, in *signatureInput, signature []byte) (name string, err error) {
	room := texts.Get().(*[]byte)
	defer texts.Put(room)
	base, err := in.appendBase((*room)[:0], m)
	if err != nil {
		return "", err
	}
	keepRoom(room, base)
	now := m.now()
	named := slices.ContainsFunc(v.keys, func(k messageKey) bool { return k.Name == in.keyID })
	for _, k := range v.keys {
		fits := (!named || k.Name == in.keyID) && (in.algorithm == "" || in.algorithm == k.algorithm)
		if fits && k.Live(now) && k.verify(base, signature) {
			return k.Name, nil
		}
	}
	return "", mismatchHeader("Signature")
}

// MessageSignerConfig describes the sender's side of RFC 9421.
type MessageSignerConfig struct {
	// Key is written as in MessageSignatureConfig, with the PKCS #8 form of a
	// private key in the place of a public one. Its Name is sent as keyid.
	Key Key
	// Label names the signature; "sig1" when empty.
	Label string
	// Covered lists the components to sign; nil stands for @method,
	// @target-uri and content-digest.
	Covered []string
}

// NewMessageSigner builds a signer of requests. It adds created, a random
// nonce and, where content-digest is covered, that header.
func NewMessageSigner(c MessageSignerConfig) (Signer, error) {
	if _, err := (Keys{c.Key}).Check(0); err != nil {
		return nil, err
	}
	algorithm, sign, err := newMessageSigner(c.Key)
	if err != nil {
		return nil, err
	}
	if c.Label == "" {
		c.Label = "sig1"
	}
	if c.Covered == nil {
		c.Covered = []string{"@method", "@target-uri", "content-digest"}
	}
	var ids []string
	for _, component := range c.Covered {
		ids = append(ids, componentID(component))
	}
	return c.Key.signer(func(m *Message) error {
		if slices.Contains(ids, `"content-digest"`) {
			m.setHeader(contentDigest, ContentDigest(m.Body))
		}
		parameters := ";created=" + strconv.FormatInt(m.now().Unix(), 10)
		if c.Key.Name != "" {
			parameters += `;keyid="` + c.Key.Name + `"`
		}
		input := "(" + strings.Join(ids, " ") + ")" + parameters + `;alg="` + algorithm + `";nonce="` + rand.Text() + `"`
		s := scanner{input}
		var in signatureInput
		if !s.signatureInput(&in) || s.rest != "" {
			return errors.New("webhook: rfc9421: the key's name or a covered component cannot be written")
		}
		base, err := in.appendBase(nil, m)
		if err != nil {
			return err
		}
		signature, err := sign(base)
		if err != nil {
			return fmt.Errorf("webhook: rfc9421: %w", err)
		}
		m.setHeader("Signature-Input", c.Label+"="+input)
		m.setHeader("Signature", c.Label+"="+byteSequence(signature))
		return nil
	}), nil
}
