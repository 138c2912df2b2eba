package webhook

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"
)

// contentDigest is the header of RFC 9530.
const contentDigest = "Content-Digest"

// ContentDigest returns the value of the header Content-Digest (RFC 9530) for
// a body, with SHA-256.
func ContentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=" + byteSequence(sum[:])
}

// VerifyContentDigest checks the header Content-Digest (RFC 9530) of a message.
// Every SHA-256 and SHA-512 digest there must be right and one of them must be
// there; other algorithms are passed over. A digest shows that the body is
// whole, not who wrote it: that takes a signature which covers the header.
// The error matches ErrMissing, ErrMalformed or ErrMismatch.
func VerifyContentDigest(m *Message) error {
	value, err := m.HeaderValue(contentDigest)
	if err != nil {
		return err
	}
	known, right := 0, 0
	ok := eachBinary(value, func(name, text string) bool {
		var room [sha512.Size]byte
		sum := digest(name, m.Body, &room)
		if sum == nil {
			return true
		}
		var got [sha512.Size]byte
		ok := Base64.decode(got[:len(sum)], text)
		known++
		right += subtle.ConstantTimeCompare(sum, got[:len(sum)])
		return ok
	})
	switch {
	case !ok:
		return malformedHeader(contentDigest)
	case known == 0:
		return fmt.Errorf("%w: no SHA-256 or SHA-512 in header %s", ErrMissing, contentDigest)
	case right != known:
		return mismatchHeader(contentDigest)
	}
	return nil
}

// digest returns the digest called name, or nil if the name is unknown.
func digest(name string, body []byte, room *[sha512.Size]byte) []byte {
	switch name {
	case "sha-256":
		sum := sha256.Sum256(body)
		return append(room[:0], sum[:]...)
	case "sha-512":
		*room = sha512.Sum512(body)
		return room[:]
	}
	return nil
}
