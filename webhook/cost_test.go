package webhook_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSchemes_Allocations shows that no verifier allocates more than ten times
// or, where the primitive alone does so, more than twice beside it, and none
// more for a larger body.
//
//nolint:paralleltest // counts allocations
func TestSchemes_Allocations(t *testing.T) {
	for _, f := range fixtures() {
		primitive := testing.AllocsPerRun(50, bare(f.name, make([]byte, 1<<10)))
		var counts []float64
		for _, size := range []int{1 << 10, 20 << 10, 256 << 10} {
			m := f.sign(t, make([]byte, size/2)) // hex doubles it
			counts = append(counts, testing.AllocsPerRun(50, func() {
				if _, err := f.verifier.Verify(m); err != nil {
					t.Fatal(err)
				}
			}))
		}
		t.Logf("%-25s %v, primitive alone %v", f.name, counts, primitive)
		require.LessOrEqual(t, max(counts[0], counts[1], counts[2]), max(10, primitive+2)+poolSlack, f.name)
		require.LessOrEqual(t, counts[2], counts[0]+1+poolSlack, f.name)
	}
}

// TestSchemes_HostileBodies gives every verifier bodies of a mebibyte that are
// made to be taken apart at great cost before they are refused.
//
//nolint:paralleltest // counts bytes of the whole process
func TestSchemes_HostileBodies(t *testing.T) {
	const size, bound = 1 << 20, 8 << 20
	repeat := func(text string) []byte { return []byte(strings.Repeat(text, size/len(text))) }
	for media, bodies := range map[string][][]byte{
		"application/x-www-form-urlencoded": {repeat("&"), repeat("a&"), repeat("%41=&"), repeat("token=&")},
		"multipart/form-data; boundary=b":   {repeat("--b\r\n\r\n\r\n"), append([]byte("--b\r\n"), repeat("a:\r\n")...)},
		"application/json": {repeat("["), repeat(`{"signature":`), append([]byte(`{"a":[`), repeat("0,")...),
			append([]byte(`{"signature":{"token":"`), repeat("a")...)},
	} {
		for _, body := range bodies {
			for _, f := range fixtures() {
				m := f.sign(t, []byte("body"))
				m.Body = body
				m.Header.Set("Content-Type", media)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, err := f.verifier.Verify(m)
				runtime.ReadMemStats(&after)
				if f.body {
					require.Error(t, err, f.name)
				}
				require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(bound), "%s: %s %.20q", f.name, media, body)
			}
		}
	}
}

// BenchmarkVerify verifies messages of 20 KiB and runs the bare primitive of
// their scheme over the same bytes, in turn, so that a busy machine slows both.
// It reports the median of each and their ratio.
func BenchmarkVerify(b *testing.B) {
	for _, f := range fixtures() {
		body := make([]byte, 20<<10)
		if f.json || f.form {
			body = body[:10<<10] // hex doubles it
		}
		m := f.sign(b, body)
		primitive := bare(f.name, m.Body)
		b.Run(f.name, func(b *testing.B) {
			var verify, alone []time.Duration
			for b.Loop() {
				began := time.Now()
				_, err := f.verifier.Verify(m)
				verified := time.Now()
				primitive()
				verify, alone = append(verify, verified.Sub(began)), append(alone, time.Since(verified))
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(median(verify), "ns/verify")
			b.ReportMetric(median(alone), "ns/bare")
			b.ReportMetric(median(verify)/median(alone), "x-bare")
		})
	}
}

func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2])
}

// bare returns the work that a scheme cannot do without.
func bare(name string, body []byte) func() {
	switch {
	case name == "twilio", name == "github-sha1":
		return bareMAC(sha1.New, body)
	case name == "hubspot-v1", name == "hubspot-v2":
		return func() { sha256.Sum256(body) }
	case name == "mailgun":
		return bareMAC(sha256.New, body[:50])
	case name == "token", name == "basic":
		return func() { sha256.Sum256(body[:200]) }
	case name == "standard-v1a", name == "discord":
		return bareEd25519(body)
	case name == "sendgrid":
		return bareECDSA(elliptic.P256(), body)
	case strings.HasPrefix(name, "rfc9421-"):
		signature := bareSignature(strings.TrimPrefix(name, "rfc9421-"), body[:300])
		return func() {
			sha256.Sum256(body) // of Content-Digest
			signature()
		}
	}
	return bareMAC(sha256.New, body)
}

func bareSignature(algorithm string, base []byte) func() {
	switch algorithm {
	case "ed25519":
		return bareEd25519(base)
	case "ecdsa-p256-sha256":
		return bareECDSA(elliptic.P256(), base)
	case "ecdsa-p384-sha384":
		return bareECDSA(elliptic.P384(), base)
	case "rsa-pss-sha512":
		private, _ := rsa.GenerateKey(rand.Reader, 2048)
		sum, options := sha512.Sum512(base), &rsa.PSSOptions{SaltLength: 64}
		signature, _ := rsa.SignPSS(rand.Reader, private, crypto.SHA512, sum[:], options)
		return func() { _ = rsa.VerifyPSS(&private.PublicKey, crypto.SHA512, sum[:], signature, options) }
	case "rsa-v1_5-sha256":
		private, _ := rsa.GenerateKey(rand.Reader, 2048)
		sum := sha256.Sum256(base)
		signature, _ := rsa.SignPKCS1v15(nil, private, crypto.SHA256, sum[:])
		return func() { _ = rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, sum[:], signature) }
	}
	return bareMAC(sha256.New, base)
}

func bareMAC(newHash func() hash.Hash, text []byte) func() {
	key := make([]byte, 32)
	return func() {
		h := hmac.New(newHash, key)
		h.Write(text)
		h.Sum(nil)
	}
}

func bareEd25519(text []byte) func() {
	public, private, _ := ed25519.GenerateKey(nil)
	signature := ed25519.Sign(private, text)
	return func() { ed25519.Verify(public, text, signature) }
}

func bareECDSA(curve elliptic.Curve, text []byte) func() {
	private, _ := ecdsa.GenerateKey(curve, rand.Reader)
	sum := sha256.Sum256(text)
	signature, _ := ecdsa.SignASN1(rand.Reader, private, sum[:])
	return func() {
		sum := sha256.Sum256(text)
		ecdsa.VerifyASN1(&private.PublicKey, sum[:], signature)
	}
}
