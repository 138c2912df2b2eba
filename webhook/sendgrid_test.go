package webhook_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

func TestSendGrid_Rules(t *testing.T) {
	t.Parallel()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	require.NoError(t, err)
	signature := func(stamp string) []byte {
		digest := sha256.Sum256([]byte(stamp + testBody))
		for {
			signature, err := ecdsa.SignASN1(rand.Reader, private, digest[:])
			require.NoError(t, err)
			if len(signature) < 72 { // leaves room for a byte behind it
				return signature
			}
		}
	}
	type pair struct{ R, S *big.Int }
	var rs pair
	_, err = asn1.Unmarshal(signature(stamp), &rs)
	require.NoError(t, err)
	marshal := func(r, s *big.Int) []byte {
		raw, err := asn1.Marshal(pair{r, s})
		require.NoError(t, err)
		return raw
	}
	encode := base64.StdEncoding.EncodeToString
	with := func(stamp string, signature []byte) []string {
		return []string{"X-Twilio-Email-Event-Webhook-Timestamp", stamp, "X-Twilio-Email-Event-Webhook-Signature", encode(signature)}
	}
	otherHalf := new(big.Int).Sub(elliptic.P256().Params().N, rs.S)
	hold(t, webhook.SendGrid, encode(der), []rule{
		{"valid", with(stamp, signature(stamp)), nil},
		{"the other s", with(stamp, marshal(rs.R, otherHalf)), nil},
		{"bytes behind", with(stamp, append(signature(stamp), 0)), webhook.ErrMismatch},
		{"far too long", with(stamp, make([]byte, 200)), webhook.ErrMalformed},
		{"raw", with(stamp, append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...)), webhook.ErrMismatch},
		{"zeros", with(stamp, marshal(new(big.Int), new(big.Int))), webhook.ErrMismatch},
		{"empty", with(stamp, nil), webhook.ErrMissing},
		{"nine digits", with(stamp[:9], signature(stamp[:9])), webhook.ErrMalformed},
		{"eleven digits", with(stamp+"1", signature(stamp+"1")), webhook.ErrMalformed},
		{"not base64", []string{"X-Twilio-Email-Event-Webhook-Timestamp", stamp, "X-Twilio-Email-Event-Webhook-Signature", "?"}, webhook.ErrMalformed},
		{"no time", []string{"X-Twilio-Email-Event-Webhook-Signature", encode(signature(stamp))}, webhook.ErrMissing},
	})
	hold(t, webhook.SendGrid, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), []rule{
		{"PEM", with(stamp, signature(stamp)), nil},
	})
	v, err := webhook.SendGrid.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(encode(der)), Tolerance: 10 * time.Minute})
	require.NoError(t, err)
	m := message(testBody, with(stamp, signature(stamp))...)
	for after, want := range map[time.Duration]error{
		10 * time.Minute: nil, 10*time.Minute + time.Second: webhook.ErrTooOld, -10*time.Minute - time.Second: webhook.ErrTooNew,
	} {
		m.Now = stamped.Add(after)
		_, err = v.Verify(m)
		require.ErrorIs(t, err, want, after)
	}
}

func TestSendGrid_Keys(t *testing.T) {
	t.Parallel()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	edPublic, edPrivate, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	spki := func(key any) string {
		der, err := x509.MarshalPKIXPublicKey(key)
		require.NoError(t, err)
		return base64.StdEncoding.EncodeToString(der)
	}
	for name, key := range map[string]string{
		"another type": spki(edPublic), "another curve": spki(&p384.PublicKey), "no key": "AAAA", "not base64": "?", "broken PEM": "-----BEGIN PUBLIC KEY-----",
	} {
		_, err := webhook.SendGrid.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(key)})
		require.ErrorIs(t, err, webhook.ErrKey, name)
	}
	der, err := x509.MarshalPKCS8PrivateKey(edPrivate)
	require.NoError(t, err)
	for _, key := range []string{base64.StdEncoding.EncodeToString(der), spki(edPublic), "?"} {
		_, err := webhook.SendGrid.Signer(webhook.SchemeConfig{Keys: webhook.OneKey(key)})
		require.ErrorIs(t, err, webhook.ErrKey)
	}
}
