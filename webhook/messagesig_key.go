package webhook

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"crypto/x509"
	"fmt"
	"hash"
	"strings"
)

// The algorithms of RFC 9421, section 3.3.
const (
	hmacSHA256  = "hmac-sha256"
	edDSA       = "ed25519"
	ecdsaP256   = "ecdsa-p256-sha256"
	ecdsaP384   = "ecdsa-p384-sha384"
	rsaPSS      = "rsa-pss-sha512"
	rsaPKCS1v15 = "rsa-v1_5-sha256"
)

// messageKey verifies signatures of one algorithm.
type messageKey struct {
	Key
	algorithm string
	verify    func(base, signature []byte) bool
}

func newMessageKey(k Key, floor int) (messageKey, error) {
	algorithm, raw, err := k.algorithm()
	if err != nil {
		return messageKey{}, err
	}
	var verify func(base, signature []byte) bool
	if algorithm == hmacSHA256 {
		if len(raw) < max(floor, 1) {
			return messageKey{}, fmt.Errorf("%w: key %q has %d bytes, fewer than %d", ErrKey, k.Name, len(raw), max(floor, 1))
		}
		verify = verifyHMAC(k, raw)
	} else {
		verify = verifyPublic(algorithm, parsePublic(raw))
	}
	if verify == nil {
		return messageKey{}, fmt.Errorf("%w: key %q is no key of its algorithm", ErrKey, k.Name)
	}
	k.Secret = Secret{}
	return messageKey{k, algorithm, verify}, nil
}

// algorithm splits "<algorithm>:<key>" and decodes the key.
func (k Key) algorithm() (string, []byte, error) {
	algorithm, text, _ := strings.Cut(k.Secret.Reveal(), ":")
	raw, err := Key{Name: k.Name, Secret: NewSecret(text)}.der()
	return algorithm, raw, err
}

func verifyHMAC(k Key, secret []byte) func(base, signature []byte) bool {
	key := newMACKey(k, hmacOf(crypto.SHA256.New), secret)
	return func(base, signature []byte) (right bool) {
		key.sum(func(w *mac) { w.write(base) }, func(sum []byte) {
			right = subtle.ConstantTimeCompare(sum, signature) == 1
		})
		return right
	}
}

// parsePublic returns nil for what is no public key. PEM calls the RSA form
// without SubjectPublicKeyInfo "RSA PUBLIC KEY".
func parsePublic(der []byte) any {
	if public, err := x509.ParsePKIXPublicKey(der); err == nil {
		return public
	}
	if public, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return public
	}
	return nil
}

// verifyPublic returns nil if the key does not belong to the algorithm.
func verifyPublic(algorithm string, public any) func(base, signature []byte) bool {
	switch key := public.(type) {
	case ed25519.PublicKey:
		if algorithm == edDSA && !key.Equal(make(ed25519.PublicKey, ed25519.PublicKeySize)) {
			return func(base, signature []byte) bool { return ed25519.Verify(key, base, signature) }
		}
	case *ecdsa.PublicKey:
		if size := curveSize(algorithm, key.Curve); size > 0 {
			return hashed(algorithm, func(digest, signature []byte) bool {
				var room [maxRawDER]byte
				return len(signature) == 2*size &&
					ecdsa.VerifyASN1(key, digest, appendDER(room[:0], signature[:size], signature[size:]))
			})
		}
	case *rsa.PublicKey:
		return verifyRSA(algorithm, key)
	}
	return nil
}

func verifyRSA(algorithm string, key *rsa.PublicKey) func(base, signature []byte) bool {
	switch {
	case key.Size() < 256:
		return nil
	case algorithm == rsaPSS:
		return hashed(algorithm, func(digest, signature []byte) bool {
			return rsa.VerifyPSS(key, crypto.SHA512, digest, signature, pssOptions) == nil
		})
	case algorithm == rsaPKCS1v15:
		return hashed(algorithm, func(digest, signature []byte) bool {
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest, signature) == nil
		})
	}
	return nil
}

// curveSize is the size of half a signature, zero for another algorithm's curve.
func curveSize(algorithm string, curve elliptic.Curve) int {
	switch {
	case algorithm == ecdsaP256 && curve == elliptic.P256():
		return 32
	case algorithm == ecdsaP384 && curve == elliptic.P384():
		return 48
	}
	return 0
}

var pssOptions = &rsa.PSSOptions{SaltLength: 64}

// hashOf returns the algorithm's hash.
func hashOf(algorithm string) crypto.Hash {
	switch algorithm {
	case ecdsaP384:
		return crypto.SHA384
	case rsaPSS:
		return crypto.SHA512
	}
	return crypto.SHA256
}

// hashed verifies by the digest of the base.
func hashed(algorithm string, verify func(digest, signature []byte) bool) func(base, signature []byte) bool {
	key := newMACKey(Key{}, func([]byte) hash.Hash { return hashOf(algorithm).New() }, nil)
	return func(base, signature []byte) (right bool) {
		key.sum(func(w *mac) { w.write(base) }, func(digest []byte) { right = verify(digest, signature) })
		return right
	}
}

// maxRawDER is the size of the longest signature on P-384 in DER form.
const maxRawDER = 2 + 2*(2+1+48)

// appendDER appends the DER form of a signature: crypto/ecdsa verifies it with
// half the allocations that two big.Int take.
func appendDER(dst, r, s []byte) []byte {
	r, s = derNumber(r), derNumber(s)
	dst = append(dst, 0x30, derLength(r)+derLength(s)+4)
	for _, n := range [...][]byte{r, s} {
		dst = append(dst, 0x02, derLength(n))
		if n[0] > 0x7F {
			dst = append(dst, 0) // or the number would be negative
		}
		dst = append(dst, n...)
	}
	return dst
}

// derNumber takes leading zeros off.
func derNumber(n []byte) []byte {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	return n
}

// derLength is how many bytes a number of a signature takes.
func derLength(n []byte) byte {
	return byte(len(n)) + n[0]>>7 //nolint:gosec // at most 48 bytes
}

// newMessageSigner returns the algorithm of a private key and its signing.
func newMessageSigner(k Key) (string, func(base []byte) ([]byte, error), error) {
	algorithm, raw, err := k.algorithm()
	if err != nil {
		return "", nil, err
	}
	if algorithm == hmacSHA256 && len(raw) > 0 {
		return algorithm, func(base []byte) ([]byte, error) {
			h := hmacOf(crypto.SHA256.New)(raw)
			_, _ = h.Write(base)
			return h.Sum(nil), nil
		}, nil
	}
	private, _ := x509.ParsePKCS8PrivateKey(raw)
	if sign := signPrivate(algorithm, private); sign != nil {
		return algorithm, sign, nil
	}
	return "", nil, fmt.Errorf("%w: key %q is no private key of its algorithm", ErrKey, k.Name)
}

func digestOf(algorithm string, base []byte) []byte {
	h := hashOf(algorithm).New()
	_, _ = h.Write(base)
	return h.Sum(nil)
}

// signPrivate returns nil if the key does not belong to the algorithm.
func signPrivate(algorithm string, private any) func(base []byte) ([]byte, error) {
	switch key := private.(type) {
	case ed25519.PrivateKey:
		if algorithm == edDSA {
			return func(base []byte) ([]byte, error) { return ed25519.Sign(key, base), nil }
		}
	case *ecdsa.PrivateKey:
		if size := curveSize(algorithm, key.Curve); size > 0 {
			return func(base []byte) ([]byte, error) {
				r, s, err := ecdsa.Sign(rand.Reader, key, digestOf(algorithm, base))
				if err != nil {
					return nil, err
				}
				signature := make([]byte, 2*size)
				r.FillBytes(signature[:size])
				s.FillBytes(signature[size:])
				return signature, nil
			}
		}
	case *rsa.PrivateKey:
		switch algorithm {
		case rsaPSS:
			return func(base []byte) ([]byte, error) {
				return rsa.SignPSS(rand.Reader, key, crypto.SHA512, digestOf(algorithm, base), pssOptions)
			}
		case rsaPKCS1v15:
			return func(base []byte) ([]byte, error) {
				return rsa.SignPKCS1v15(nil, key, crypto.SHA256, digestOf(algorithm, base))
			}
		}
	}
	return nil
}
