package webhook

import (
	"crypto/hmac"
	"crypto/subtle"
	"hash"
	"sync"
)

// maxDigest is the size of the longest signature of a keyed hash, in bytes.
const maxDigest = 64

// maxSignatures is how many signatures of one message are tried.
const maxSignatures = 10

// signatures are the decoded signatures of one message, all of one size.
type signatures struct {
	n     int
	bytes [maxSignatures][maxDigest]byte
}

// add decodes another signature of size bytes.
func (s *signatures) add(e Encoding, size int, text string) bool {
	if s.n == maxSignatures || !e.decode(s.bytes[s.n][:size], text) {
		return false
	}
	s.n++
	return true
}

// contains compares sum with every signature, in constant time.
func (s *signatures) contains(sum []byte) bool {
	found := 0
	for i := range s.n {
		found |= subtle.ConstantTimeCompare(sum, s.bytes[i][:len(sum)])
	}
	return found == 1
}

// macKey is a key with its keyed hashes, made once and used again.
type macKey struct {
	Key
	pool sync.Pool
}

// mac is a keyed hash and the room it works in.
type mac struct {
	hash hash.Hash
	text []byte // not yet hashed
	sum  []byte
}

// newMACKey keeps the secret inside the closure: printing the key shows none.
func newMACKey(k Key, newHash func(secret []byte) hash.Hash, secret []byte) *macKey {
	k.Secret = Secret{}
	return &macKey{Key: k, pool: sync.Pool{New: func() any {
		return &mac{hash: newHash(secret), text: make([]byte, 0, 512), sum: make([]byte, 0, maxDigest)}
	}}}
}

// sum hashes what write writes and hands the result to use.
func (k *macKey) sum(write func(*mac), use func(sum []byte)) {
	w := k.pool.Get().(*mac)
	defer k.pool.Put(w)
	w.hash.Reset()
	write(w)
	w.flush()
	use(w.hash.Sum(w.sum[:0]))
}

func (w *mac) writeString(s string) { w.text = append(w.text, s...) }

// write gathers short pieces and hashes long ones where they are.
func (w *mac) write(b []byte) {
	if len(w.text)+len(b) <= cap(w.text) {
		w.text = append(w.text, b...)
		return
	}
	w.flush()
	_, _ = w.hash.Write(b)
}

func (w *mac) flush() {
	_, _ = w.hash.Write(w.text)
	w.text = w.text[:0]
}

// hmacOf keys newHash as RFC 2104 has it.
func hmacOf(newHash func() hash.Hash) func([]byte) hash.Hash {
	return func(secret []byte) hash.Hash { return hmac.New(newHash, secret) }
}

// prefixOf keys newHash by hashing the secret first.
func prefixOf(newHash func() hash.Hash) func([]byte) hash.Hash {
	return func(secret []byte) hash.Hash { return prefixHash{newHash(), secret} }
}

type prefixHash struct {
	hash.Hash
	secret []byte
}

func (h prefixHash) Reset() {
	h.Hash.Reset()
	_, _ = h.Write(h.secret)
}
