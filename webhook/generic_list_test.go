package webhook_test

import (
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// TestNewHMAC_DescribesVendors writes the schemes of vendors as descriptions:
// what the one side signs the other takes, both ways and up to the tolerance.
func TestNewHMAC_DescribesVendors(t *testing.T) {
	t.Parallel()
	const key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	for scheme, c := range map[webhook.Scheme]webhook.HMACConfig{
		webhook.Stripe: {Header: "Stripe-Signature", Signed: "{timestamp}.{body}", List: webhook.HMACList{Signature: "v1", Time: "t"}},
		webhook.Paddle: {Header: "Paddle-Signature", Signed: "{timestamp}:{body}",
			List: webhook.HMACList{Item: ";", Signature: "h1", Time: "ts"}},
		webhook.PagerDuty: {Header: "X-PagerDuty-Signature", List: webhook.HMACList{Signature: "v1"}},
		webhook.StandardWebhooks: {Header: "Webhook-Signature", Signed: "{id}.{timestamp}.{body}", Encoding: webhook.Base64,
			IDHeader: "Webhook-Id", TimeHeader: "Webhook-Timestamp", KeyFormat: webhook.Base64Key, KeyPrefix: "whsec_",
			List: webhook.HMACList{Item: " ", Pair: ",", Signature: "v1"}},
		webhook.Slack: {Header: "X-Slack-Signature", Prefix: "v0=", Signed: "v0:{timestamp}:{body}", TimeHeader: "X-Slack-Request-Timestamp"},
		webhook.HubSpotV3: {Header: "X-HubSpot-Signature-v3", Encoding: webhook.Base64, Signed: "{method}{url}{body}{timestamp}",
			TimeHeader: "X-HubSpot-Request-Timestamp", TimeFormat: webhook.UnixMillis},
		webhook.Linear: {Header: "Linear-Signature", TimeField: "webhookTimestamp", TimeFormat: webhook.UnixMillis, Tolerance: time.Minute},
		webhook.GitHub: {Header: "X-Hub-Signature-256", Prefix: "sha256="},
		webhook.LINE:   {Header: "X-Line-Signature", Encoding: webhook.Base64},
	} {
		t.Run(string(scheme), func(t *testing.T) {
			t.Parallel()
			c.Keys = webhook.OneKey(key)
			config := webhook.SchemeConfig{Keys: c.Keys}
			ours, err := scheme.Verifier(config)
			require.NoError(t, err)
			described, err := webhook.NewHMAC(c)
			require.NoError(t, err)
			sign, err := scheme.Signer(config)
			require.NoError(t, err)
			describe, err := webhook.NewHMACSigner(c)
			require.NoError(t, err)
			for _, signer := range []webhook.Signer{sign, describe} {
				m := message(`{"webhookTimestamp":1700000000000}`)
				m.URL, m.Now = hookURL, stamped
				require.NoError(t, signer.Sign(m))
				for _, after := range []time.Duration{0, time.Minute, 61 * time.Second, -61 * time.Second, 5 * time.Minute, -301 * time.Second} {
					m.Now = stamped.Add(after)
					want, wantErr := ours.Verify(m)
					got, err := described.Verify(m)
					require.Equal(t, wantErr == nil, err == nil, "%s: %v, not %v", after, err, wantErr)
					want.Scheme, got.Scheme = "", ""
					require.Equal(t, want, got)
				}
				m.Body, m.Now = append(m.Body, ' '), stamped
				_, err = described.Verify(m)
				require.ErrorIs(t, err, webhook.ErrMismatch)
			}
		})
	}
}

func TestNewHMAC_KeyFormats(t *testing.T) {
	t.Parallel()
	raw := []byte("\x00\xffkey")
	for name, c := range map[string]struct {
		format       webhook.KeyFormat
		prefix, text string
		want         error
	}{
		"raw":               {webhook.RawKey, "", string(raw), nil},
		"raw with a prefix": {webhook.RawKey, "k_", "k_" + string(raw), nil},
		"hex":               {webhook.HexKey, "", hex.EncodeToString(raw), nil},
		"base64":            {webhook.Base64Key, "", base64.StdEncoding.EncodeToString(raw), nil},
		"prefix left out":   {webhook.Base64Key, "k_", base64.StdEncoding.EncodeToString(raw), nil},
		"not hex":           {webhook.HexKey, "", "0g", webhook.ErrKey},
		"odd hex":           {webhook.HexKey, "", "000", webhook.ErrKey},
		"unpadded":          {webhook.Base64Key, "", base64.RawStdEncoding.EncodeToString(raw), webhook.ErrKey},
		"prefix alone":      {webhook.RawKey, "k_", "k_", webhook.ErrKey},
	} {
		config := webhook.HMACConfig{Keys: webhook.OneKey(c.text), KeyFormat: c.format, KeyPrefix: c.prefix}
		v, err := webhook.NewHMAC(config)
		require.ErrorIs(t, err, c.want, name)
		_, err = webhook.NewHMACSigner(config)
		require.ErrorIs(t, err, c.want, name)
		if c.want == nil {
			_, err = v.Verify(message(testBody, "X-Signature", hexMAC(string(raw), testBody)))
			require.NoError(t, err, name)
		}
	}
}

func TestNewHMAC_TimeField(t *testing.T) {
	t.Parallel()
	v, err := webhook.NewHMAC(webhook.HMACConfig{Keys: webhook.OneKey("s"), TimeField: "sent", TimeFormat: webhook.AnyTime})
	require.NoError(t, err)
	for body, want := range map[string]error{
		`{"sent":1700000000}`:                               nil,
		`{"sent":"2023-11-14T22:13:20Z"}`:                   nil,
		`{"data":{"sent":1},"sent":1700000000000}`:          nil,
		`{"sent":1,"sent":1700000000}`:                      nil,
		`{"data":{"sent":1700000000}}`:                      webhook.ErrMissing,
		`{"sent":null}`:                                     webhook.ErrMalformed,
		`{"sent":{}}`:                                       webhook.ErrMalformed,
		`{"sent":1699999699}`:                               webhook.ErrTooOld,
		`{"sent":1700000301}`:                               webhook.ErrTooNew,
		`[1700000000]`:                                      webhook.ErrMalformed,
		`{"sent":1700000000`:                                webhook.ErrMalformed,
		`{"Sent":1700000000}`:                               webhook.ErrMissing,
		`{"s\u0065nt":"1700000000"}`:                        nil,
		`{"sent":1700000000.0}`:                             webhook.ErrMalformed,
		`{"text":"\"sent\":1700000000","sent":"yesterday"}`: webhook.ErrMalformed,
	} {
		m := message(body, "X-Signature", hexMAC("s", body))
		m.Now = stamped
		proof, err := v.Verify(m)
		require.ErrorIs(t, err, want, body)
		require.Equal(t, want == nil, proof.Timestamp.Equal(stamped), body)
		m.Header = http.Header{"X-Signature": {hexMAC("x", body)}}
		_, err = v.Verify(m)
		require.ErrorIs(t, err, webhook.ErrMismatch, "the body is read only once it is proven")
	}
}

func TestNewHMAC_RefusesContradictions(t *testing.T) {
	t.Parallel()
	list := webhook.HMACList{Signature: "v1", Time: "t"}
	for name, c := range map[string]webhook.HMACConfig{
		"hash":                   {Hash: crypto.MD5},
		"list without signature": {List: webhook.HMACList{Time: "t"}, Signed: "{timestamp}.{body}"},
		"list and prefix":        {List: webhook.HMACList{Signature: "v1"}, Prefix: "v1="},
		"one name for both":      {List: webhook.HMACList{Signature: "t", Time: "t"}, Signed: "{timestamp}.{body}"},
		"list time unused":       {List: list},
		"two times":              {List: list, TimeHeader: "X-Time", Signed: "{timestamp}.{body}"},
		"time in the body too":   {List: list, TimeField: "sent", Signed: "{timestamp}.{body}"},
		"time field unsigned":    {TimeField: "sent", Signed: "{method}"},
		"negative tolerance":     {Tolerance: -time.Minute},
	} {
		c.Keys = webhook.OneKey("secret")
		_, err := webhook.NewHMAC(c)
		require.ErrorContains(t, err, "webhook: ", name)
		require.NotErrorIs(t, err, webhook.ErrKey, name)
	}
}
