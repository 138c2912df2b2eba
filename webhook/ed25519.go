package webhook

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"time"
)

// edKey is a public key of a set.
type edKey struct {
	Key
	public ed25519.PublicKey
}

// newEdKey refuses keys of the wrong length and the all-zero key, under which
// anyone can sign some messages.
func newEdKey(k Key, public []byte) (edKey, error) {
	if len(public) != ed25519.PublicKeySize {
		return edKey{}, fmt.Errorf("%w: key %q is not a 32-byte ed25519 public key", ErrKey, k.Name)
	}
	if [ed25519.PublicKeySize]byte(public) == [ed25519.PublicKeySize]byte{} {
		return edKey{}, fmt.Errorf("%w: key %q is all zero", ErrKey, k.Name)
	}
	k.Secret = Secret{}
	return edKey{k, public}, nil
}

// newEdPrivate checks a 64-byte private key against its public half.
func newEdPrivate(k Key, private []byte) (ed25519.PrivateKey, error) {
	if len(private) != ed25519.PrivateKeySize ||
		!ed25519.NewKeyFromSeed(private[:ed25519.SeedSize]).Equal(ed25519.PrivateKey(private)) {
		return nil, fmt.Errorf("%w: key %q is not a 64-byte ed25519 private key", ErrKey, k.Name)
	}
	return private, nil
}

// matchEd returns the name of a live key under which one of the signatures of
// the concatenated parts is right.
func matchEd(keys []edKey, now time.Time, s *signatures, parts ...[]byte) (string, bool) {
	room := texts.Get().(*[]byte)
	defer texts.Put(room)
	text := (*room)[:0]
	for _, p := range parts {
		text = append(text, p...)
	}
	keepRoom(room, text)
	for _, k := range keys {
		if !k.Live(now) {
			continue
		}
		for i := range s.n {
			if ed25519.Verify(k.public, text, s.bytes[i][:]) {
				return k.Name, true
			}
		}
	}
	return "", false
}

func decodeHexKey(k Key) ([]byte, error) {
	raw, err := hex.DecodeString(k.Secret.Reveal())
	if err != nil {
		return nil, fmt.Errorf("%w: key %q is not hexadecimal", ErrKey, k.Name)
	}
	return raw, nil
}
