package webhook

import (
	"crypto/ed25519"
	"fmt"
	"time"
)

// Discord signs time and body with ed25519, with nothing between them: the
// time has exactly ten digits. A verifier's key is the application's public
// key in hex; a signer's is the 64-byte private key in hex. Tolerance: five
// minutes. ("Interactions: Receiving and Responding")
const Discord Scheme = "discord"

const (
	discordSignature = "X-Signature-Ed25519"
	discordTime      = "X-Signature-Timestamp"
)

type discordVerifier struct {
	keys      []edKey
	tolerance time.Duration
}

func newDiscord(c SchemeConfig) (Verifier, error) {
	keys, err := c.Keys.Check(c.MinSecret)
	if err != nil {
		return nil, err
	}
	v := &discordVerifier{tolerance: c.tolerance(defaultTolerance)}
	for _, k := range keys {
		raw, err := decodeHexKey(k)
		if err != nil {
			return nil, err
		}
		key, err := newEdKey(k, raw)
		if err != nil {
			return nil, err
		}
		v.keys = append(v.keys, key)
	}
	return v, nil
}

func (v *discordVerifier) Verify(m *Message) (Verification, error) {
	signature, err := m.HeaderValue(discordSignature)
	if err != nil {
		return Verification{}, err
	}
	stamp, signed, err := m.timeHeader(discordTime, UnixSeconds, true)
	if err != nil {
		return Verification{}, err
	}
	var s signatures
	if !s.add(Hex, ed25519.SignatureSize, signature) {
		return Verification{}, malformedHeader(discordSignature)
	}
	if err := checkWindow(signed, m.now(), v.tolerance); err != nil {
		return Verification{}, err
	}
	key, ok := matchEd(v.keys, m.now(), &s, []byte(stamp), m.Body)
	if !ok {
		return Verification{}, mismatchHeader(discordSignature)
	}
	return Verification{Scheme: string(Discord), Key: key, Timestamp: signed, BodyAuthenticated: true}, nil
}

func newDiscordSigner(c SchemeConfig) (Signer, error) {
	keys, err := c.Keys.Check(c.MinSecret)
	if err != nil {
		return nil, err
	}
	raw, err := decodeHexKey(keys[0])
	if err != nil {
		return nil, err
	}
	private, err := newEdPrivate(keys[0], raw)
	if err != nil {
		return nil, err
	}
	return keys[0].signer(func(m *Message) error {
		stamp := UnixSeconds.format(m.now())
		m.setHeader(discordTime, stamp)
		m.setHeader(discordSignature, Hex.encode(ed25519.Sign(private, fmt.Append(nil, stamp, string(m.Body)))))
		return nil
	}), nil
}
