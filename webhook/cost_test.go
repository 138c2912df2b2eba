package webhook_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the vendor's choice
	"crypto/sha256"
	"hash"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSchemes_Allocations shows that no verifier allocates more than ten
// times, and none more for a larger body.
//
//nolint:paralleltest // counts allocations
func TestSchemes_Allocations(t *testing.T) {
	for _, f := range fixtures() {
		if strings.HasPrefix(f.name, "rfc9421-rsa") || strings.HasPrefix(f.name, "rfc9421-ecdsa") {
			continue // the primitive alone allocates more
		}
		var counts []float64
		for _, size := range []int{1 << 10, 20 << 10, 256 << 10} {
			m := f.sign(t, make([]byte, size/2)) // hex doubles it
			counts = append(counts, testing.AllocsPerRun(50, func() {
				if _, err := f.verifier.Verify(m); err != nil {
					t.Fatal(err)
				}
			}))
		}
		t.Logf("%-22s %v", f.name, counts)
		require.LessOrEqual(t, max(counts[0], counts[1], counts[2]), 10.0+poolSlack, f.name)
		require.LessOrEqual(t, counts[2], counts[0]+1+poolSlack, f.name)
	}
}

// BenchmarkVerify verifies messages of 20 KiB; compare with BenchmarkBare.
func BenchmarkVerify(b *testing.B) {
	for _, f := range fixtures() {
		body := make([]byte, 20<<10)
		if f.json || f.form {
			body = body[:10<<10]
		}
		m := f.sign(b, body)
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(m.Body)))
			for b.Loop() {
				if _, err := f.verifier.Verify(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBare runs the primitives of the schemes over 20 KiB.
func BenchmarkBare(b *testing.B) {
	body, key := make([]byte, 20<<10), make([]byte, 32)
	mac := func(b *testing.B, newHash func() hash.Hash) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			h := hmac.New(newHash, key)
			h.Write(body)
			h.Sum(nil)
		}
	}
	b.Run("hmac-sha256", func(b *testing.B) { mac(b, sha256.New) })
	b.Run("hmac-sha1", func(b *testing.B) { mac(b, sha1.New) })
	b.Run("sha256", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			sha256.Sum256(body)
		}
	})
	b.Run("ed25519", func(b *testing.B) {
		public, private, _ := ed25519.GenerateKey(nil)
		signature := ed25519.Sign(private, body)
		b.ReportAllocs()
		for b.Loop() {
			ed25519.Verify(public, body, signature)
		}
	})
	b.Run("ecdsa-p256", func(b *testing.B) {
		private, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		sum := sha256.Sum256(body)
		signature, _ := ecdsa.SignASN1(rand.Reader, private, sum[:])
		b.ReportAllocs()
		for b.Loop() {
			sum := sha256.Sum256(body)
			ecdsa.VerifyASN1(&private.PublicKey, sum[:], signature)
		}
	})
}
