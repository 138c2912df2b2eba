package webhook_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

func TestSchemes_AreInFixtures(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, f := range fixtures() {
		known[f.name] = true
	}
	for _, s := range webhook.Schemes() {
		require.True(t, known[string(s)], s)
	}
	_, err := webhook.Scheme("nosuch").Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("x")})
	require.ErrorContains(t, err, `unknown scheme "nosuch"`)
	_, err = webhook.Scheme("nosuch").Signer(webhook.SchemeConfig{Keys: webhook.OneKey("x")})
	require.ErrorContains(t, err, `unknown scheme "nosuch"`)
}

func TestSchemes_RefuseEmptyKeys(t *testing.T) {
	t.Parallel()
	for _, s := range webhook.Schemes() {
		for _, keys := range []webhook.Keys{nil, webhook.OneKey(""), append(webhook.OneKey("x"), webhook.Key{})} {
			v, err := s.Verifier(webhook.SchemeConfig{Keys: keys})
			require.ErrorIs(t, err, webhook.ErrKey, s)
			require.Nil(t, v, s)
			signer, err := s.Signer(webhook.SchemeConfig{Keys: keys})
			require.ErrorIs(t, err, webhook.ErrKey, s)
			require.Nil(t, signer, s)
		}
	}
}

// TestSchemes_RefuseNegativeTolerance holds that a slip of the sign does not
// switch the check of the time off.
func TestSchemes_RefuseNegativeTolerance(t *testing.T) {
	t.Parallel()
	keys := webhook.OneKey("x")
	for _, s := range webhook.Schemes() {
		_, err := s.Verifier(webhook.SchemeConfig{Keys: keys, Tolerance: -5 * time.Minute})
		require.ErrorContains(t, err, "Tolerance", s)
		_, err = s.Signer(webhook.SchemeConfig{Keys: keys, Tolerance: -5 * time.Minute})
		require.ErrorContains(t, err, "Tolerance", s)
	}
	_, err := webhook.NewHMAC(webhook.HMACConfig{Keys: keys, Tolerance: -time.Second})
	require.ErrorContains(t, err, "Tolerance")
	_, err = webhook.NewMessageSignature(webhook.MessageSignatureConfig{Keys: keys, Tolerance: -time.Second})
	require.ErrorContains(t, err, "Tolerance")
}

// TestSchemes_RoundTrip verifies what was signed, for 10,000 random messages
// of every scheme.
func TestSchemes_RoundTrip(t *testing.T) {
	t.Parallel()
	for _, f := range fixtures() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			numbers := rand.New(rand.NewChaCha8([32]byte{7}))
			for range 10_000 {
				m := f.random(numbers)
				require.NoError(t, f.signer.Sign(m))
				proof, err := f.verifier.Verify(m)
				if err != nil || proof.Key != "1" {
					t.Fatalf("%+v, %v: %+v", proof, err, m)
				}
			}
		})
	}
}

func TestSchemes_Tolerance(t *testing.T) {
	t.Parallel()
	for _, f := range fixtures() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			m := f.sign(t, []byte("body"))
			proof, err := f.verifier.Verify(m)
			require.NoError(t, err)
			if f.tolerance == 0 {
				m.Now = m.Now.AddDate(5, 0, 0)
				_, err = f.verifier.Verify(m)
				require.NoError(t, err)
				return
			}
			require.True(t, proof.Timestamp.Equal(signedAt), proof.Timestamp)
			for _, edge := range []struct {
				now  time.Duration
				want error
			}{
				{f.tolerance, nil}, {-f.tolerance, nil},
				{f.tolerance + time.Second, webhook.ErrTooOld}, {-f.tolerance - time.Second, webhook.ErrTooNew},
				{290 * 365 * 24 * time.Hour, webhook.ErrTooOld},
			} {
				m.Now = signedAt.Add(edge.now)
				_, err = f.verifier.Verify(m)
				require.ErrorIs(t, err, edge.want, "%v", edge.now)
			}
		})
	}
}

// TestSchemes_BitFlips flips every bit of a signed tuple of 200 bytes.
func TestSchemes_BitFlips(t *testing.T) {
	t.Parallel()
	for _, f := range fixtures() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			m := f.tuple(t, 200)
			_, err := f.verifier.Verify(m)
			require.NoError(t, err)
			flips := 0
			for _, field := range f.fields(m) {
				for i := range field.text {
					for bit := range 8 {
						changed := []byte(field.text)
						changed[i] ^= 1 << bit
						c := clone(m)
						field.set(c, string(changed))
						_, err := f.verifier.Verify(c)
						require.Error(t, err, "%s: byte %d, bit %d", field.name, i, bit)
						flips++
					}
				}
			}
			require.GreaterOrEqual(t, flips, 1600)
		})
	}
}

// TestSchemes_Concurrent verifies right and wrong messages at the same time.
func TestSchemes_Concurrent(t *testing.T) {
	t.Parallel()
	for _, f := range fixtures() {
		var group sync.WaitGroup
		for i := range 8 {
			right := f.sign(t, []byte{byte(i)})
			wrong := clone(right)
			for _, name := range f.headers {
				wrong.Header.Del(name)
			}
			if len(f.headers) == 0 {
				wrong.Body = nil
			}
			group.Go(func() {
				for range 20 {
					_, err := f.verifier.Verify(right)
					require.NoError(t, err, f.name)
					_, err = f.verifier.Verify(wrong)
					require.Error(t, err, f.name)
				}
			})
		}
		group.Wait()
	}
}

// TestSchemes_ExpiredKeys verifies and signs until the last moment of a key.
func TestSchemes_ExpiredKeys(t *testing.T) {
	t.Parallel()
	whsec := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for s, secret := range map[webhook.Scheme]string{
		webhook.Stripe: "s", webhook.Slack: "s", webhook.Twilio: "s", webhook.Mailgun: "s", webhook.StandardWebhooks: whsec,
	} {
		config := webhook.SchemeConfig{Keys: webhook.Keys{{Secret: webhook.NewSecret(secret), NotAfter: signedAt}}}
		v, err := s.Verifier(config)
		require.NoError(t, err)
		signer, err := s.Signer(config)
		require.NoError(t, err)
		m := &webhook.Message{Method: http.MethodPost, URL: hookURL, Body: []byte("{}"), Now: signedAt}
		require.NoError(t, signer.Sign(m), s)
		_, err = v.Verify(m)
		require.NoError(t, err, s)
		m.Now = signedAt.Add(time.Second)
		_, err = v.Verify(m)
		require.ErrorIs(t, err, webhook.ErrMismatch, s)
		require.ErrorIs(t, signer.Sign(m), webhook.ErrKey, s)
	}
}

// TestSchemes_ExpiredPublicKeys does so for keys of which a verifier has the
// public half.
func TestSchemes_ExpiredPublicKeys(t *testing.T) {
	t.Parallel()
	edPrivate := ed25519.NewKeyFromSeed(make([]byte, 32))
	edPublic := edPrivate.Public().(ed25519.PublicKey)
	b64 := base64.StdEncoding.EncodeToString
	for s, halves := range map[webhook.Scheme][2]string{
		webhook.Discord:          {hex.EncodeToString(edPublic), hex.EncodeToString(edPrivate)},
		webhook.StandardWebhooks: {"whpk_" + b64(edPublic), "whsk_" + b64(edPrivate)},
	} {
		keys := func(secret string) webhook.SchemeConfig {
			return webhook.SchemeConfig{Keys: webhook.Keys{{Secret: webhook.NewSecret(secret), NotAfter: signedAt}}}
		}
		v, err := s.Verifier(keys(halves[0]))
		require.NoError(t, err)
		signer, err := s.Signer(keys(halves[1]))
		require.NoError(t, err)
		m := &webhook.Message{Body: []byte("{}"), Now: signedAt}
		require.NoError(t, signer.Sign(m), s)
		_, err = v.Verify(m)
		require.NoError(t, err, s)
		m.Now = signedAt.Add(time.Second)
		_, err = v.Verify(m)
		require.ErrorIs(t, err, webhook.ErrMismatch, s)
		require.ErrorIs(t, signer.Sign(m), webhook.ErrKey, s)
	}
}
