package webhook

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"hash"
	"slices"
	"time"
)

// SendGrid (signed Event Webhook) signs time and body with ECDSA on P-256,
// with nothing between them: the time has exactly ten digits. A verifier's key
// is the public key as SendGrid shows it, base64 of its DER form, or PEM; a
// signer's is a PKCS #8 private key in the same notations. SendGrid states no
// tolerance and repeats deliveries for a day, so none is set: choose one if
// repeated deliveries of yours carry fresh times. ("Getting Started with the
// Event Webhook Security Features")
const SendGrid Scheme = "sendgrid"

const (
	sendgridSignature = "X-Twilio-Email-Event-Webhook-Signature"
	sendgridTime      = "X-Twilio-Email-Event-Webhook-Timestamp"
)

type sendgridVerifier struct {
	keys      []ecKey
	tolerance time.Duration
}

type ecKey struct {
	Key
	public *ecdsa.PublicKey
}

func newSendGrid(c SchemeConfig) (Verifier, error) {
	keys, err := c.Keys.Check(c.MinSecret)
	if err != nil {
		return nil, err
	}
	v := &sendgridVerifier{tolerance: c.tolerance(NoTolerance)}
	for _, k := range keys {
		der, err := k.der()
		if err != nil {
			return nil, err
		}
		parsed, _ := x509.ParsePKIXPublicKey(der)
		public, ok := parsed.(*ecdsa.PublicKey)
		if !ok || public.Curve != elliptic.P256() {
			return nil, fmt.Errorf("%w: key %q is not an ECDSA P-256 public key", ErrKey, k.Name)
		}
		k.Secret = Secret{}
		v.keys = append(v.keys, ecKey{k, public})
	}
	return v, nil
}

func (v *sendgridVerifier) Verify(m *Message) (Verification, error) {
	text, err := m.HeaderValue(sendgridSignature)
	if err != nil {
		return Verification{}, err
	}
	stamp, signed, err := m.timeHeader(sendgridTime, UnixSeconds, true)
	if err != nil {
		return Verification{}, err
	}
	room := texts.Get().(*[]byte)
	defer texts.Put(room)
	keepRoom(room, slices.Grow((*room)[:0], maxDER))
	signature, ok := base64Into((*room)[:maxDER], text)
	if !ok {
		return Verification{}, malformedHeader(sendgridSignature)
	}
	if err := checkWindow(signed, m.now(), v.tolerance); err != nil {
		return Verification{}, err
	}
	now, name := m.now(), ""
	timedDigest(stamp, m.Body, func(digest []byte) {
		for _, k := range v.keys {
			if k.Live(now) && ecdsa.VerifyASN1(k.public, digest, signature) {
				name = k.Name
				return
			}
		}
	})
	if name == "" {
		return Verification{}, mismatchHeader(sendgridSignature)
	}
	return Verification{Scheme: string(SendGrid), Key: name, Timestamp: signed, BodyAuthenticated: true}, nil
}

func newSendGridSigner(c SchemeConfig) (Signer, error) {
	keys, err := c.Keys.Check(c.MinSecret)
	if err != nil {
		return nil, err
	}
	der, err := keys[0].der()
	if err != nil {
		return nil, err
	}
	parsed, _ := x509.ParsePKCS8PrivateKey(der)
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || private.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w: key %q is not an ECDSA P-256 private key", ErrKey, keys[0].Name)
	}
	return keys[0].signer(func(m *Message) error {
		stamp := UnixSeconds.format(m.now())
		var signature []byte
		var err error
		timedDigest(stamp, m.Body, func(digest []byte) {
			signature, err = ecdsa.SignASN1(rand.Reader, private, digest)
		})
		if err != nil {
			return fmt.Errorf("webhook: sendgrid: %w", err)
		}
		m.setHeader(sendgridTime, stamp)
		m.setHeader(sendgridSignature, Base64.encode(signature))
		return nil
	}), nil
}

// maxDER is the size of the longest signature on P-256 in DER form.
const maxDER = 72

// unkeyed is SHA-256 without a key, pooled as the keyed hashes are.
var unkeyed = newMACKey(Key{}, func([]byte) hash.Hash { return sha256.New() }, nil)

func timedDigest(stamp string, body []byte, use func(digest []byte)) {
	unkeyed.sum(func(w *mac) {
		w.writeString(stamp)
		w.write(body)
	}, use)
}

// der decodes a key written in base64 or PEM.
func (k Key) der() ([]byte, error) {
	text := k.Secret.Reveal()
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return block.Bytes, nil
	}
	der, ok := decodeBase64(text)
	if !ok {
		return nil, fmt.Errorf("%w: key %q is neither base64 nor PEM", ErrKey, k.Name)
	}
	return der, nil
}
