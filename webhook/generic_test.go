package webhook_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

const testBody = `{"lead":"Ada"}`

func hexMAC(secret, text string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

func message(body string, header ...string) *webhook.Message {
	m := &webhook.Message{Method: http.MethodPost, Body: []byte(body), Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		m.Header.Add(header[i], header[i+1])
	}
	return m
}

func TestNewHMAC_Default(t *testing.T) {
	t.Parallel()
	v, err := webhook.NewHMAC(webhook.HMACConfig{Keys: webhook.OneKey("secret")})
	require.NoError(t, err)
	good := hexMAC("secret", testBody)
	tests := []struct {
		name string
		m    *webhook.Message
		want error
	}{
		{"valid", message(testBody, "X-Signature", good), nil},
		{"upper-case hex", message(testBody, "X-Signature", strings.ToUpper(good)), nil},
		{"valid, empty body", message("", "X-Signature", hexMAC("secret", "")), nil},
		{"valid, not UTF-8", message("\xff\xfe", "X-Signature", hexMAC("secret", "\xff\xfe")), nil},
		{"no header", message(testBody), webhook.ErrMissing},
		{"nil header map", &webhook.Message{}, webhook.ErrMissing},
		{"empty header", message(testBody, "X-Signature", ""), webhook.ErrMissing},
		{"repeated", message(testBody, "X-Signature", good, "X-Signature", good), webhook.ErrMalformed},
		{"over-long", message(testBody, "X-Signature", strings.Repeat("a", 1<<20)), webhook.ErrMalformed},
		{"short", message(testBody, "X-Signature", good[:62]), webhook.ErrMalformed},
		{"long", message(testBody, "X-Signature", good+"00"), webhook.ErrMalformed},
		{"not hex", message(testBody, "X-Signature", "zz"+good[2:]), webhook.ErrMalformed},
		{"space", message(testBody, "X-Signature", good+" "), webhook.ErrMalformed},
		{"body extended", message(testBody+"\n", "X-Signature", good), webhook.ErrMismatch},
		{"BOM", message("\ufeff"+testBody, "X-Signature", good), webhook.ErrMismatch},
		{"other key", message(testBody, "X-Signature", hexMAC("Secret", testBody)), webhook.ErrMismatch},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			proof, err := v.Verify(test.m)
			require.ErrorIs(t, err, test.want)
			if test.want == nil {
				require.Equal(t, webhook.Verification{Scheme: "hmac", Key: "1", BodyAuthenticated: true}, proof)
			} else {
				require.Zero(t, proof)
				require.NotContains(t, err.Error(), good[:16])
			}
		})
	}
}

func TestNewHMAC_SHA512Base64Prefix(t *testing.T) {
	t.Parallel()
	h := hmac.New(sha512.New, []byte("secret"))
	h.Write([]byte(testBody))
	good := base64.StdEncoding.EncodeToString(h.Sum(nil))
	v, err := webhook.NewHMAC(webhook.HMACConfig{
		Name: "convoy", Keys: webhook.OneKey("secret"), Header: "X-Convoy-Signature",
		Prefix: "sha512=", Hash: crypto.SHA512, Encoding: webhook.Base64,
	})
	require.NoError(t, err)
	proof, err := v.Verify(message(testBody, "x-convoy-signature", "sha512="+good))
	require.NoError(t, err)
	require.Equal(t, "convoy", proof.Scheme)
	for name, value := range map[string]string{
		"prefix missing": good,
		"line break":     "sha512=" + good[:40] + "\n" + good[41:],
		"URL alphabet":   "sha512=" + base64.URLEncoding.EncodeToString(h.Sum(nil)),
		"unpadded":       "sha512=" + strings.TrimRight(good, "="),
		"tail bits":      "sha512=" + good[:85] + "R==",
	} {
		_, err := v.Verify(message(testBody, "X-Convoy-Signature", value))
		require.ErrorIs(t, err, webhook.ErrMalformed, name)
	}
}

func TestNewHMAC_SignedTime(t *testing.T) {
	t.Parallel()
	c := webhook.HMACConfig{
		Keys: webhook.OneKey("secret"), Signed: "{id}.{timestamp}.{body}",
		IDHeader: "X-Id", TimeHeader: "X-Time",
	}
	v, err := webhook.NewHMAC(c)
	require.NoError(t, err)
	s, err := webhook.NewHMACSigner(c)
	require.NoError(t, err)
	signed := time.Unix(1_700_000_000, 0)
	m := message(testBody, "X-Id", "evt:1")
	m.Now = signed
	require.NoError(t, s.Sign(m))
	require.Equal(t, hexMAC("secret", "evt:1.1700000000."+testBody), m.Header.Get("X-Signature"))
	for seconds, want := range map[int]error{
		-301: webhook.ErrTooNew, -300: nil, 0: nil, 300: nil, 301: webhook.ErrTooOld,
	} {
		m.Now = signed.Add(time.Duration(seconds) * time.Second)
		proof, err := v.Verify(m)
		require.ErrorIs(t, err, want, seconds)
		if want == nil {
			require.Equal(t, "evt:1", proof.ID)
			require.True(t, signed.Equal(proof.Timestamp))
		}
	}
	for _, id := range []string{"evt.1", "evt 1", "évt", strings.Repeat("a", 256)} {
		m := message(testBody, "X-Id", id)
		require.ErrorIs(t, s.Sign(m), webhook.ErrMalformed)
		m.Header.Set("X-Time", "1700000000")
		m.Header.Set("X-Signature", hexMAC("secret", id+".1700000000."+testBody))
		m.Now = signed
		_, err := v.Verify(m)
		require.ErrorIs(t, err, webhook.ErrMalformed, id)
	}
}

func TestNewHMAC_Refuses(t *testing.T) {
	t.Parallel()
	keys := webhook.OneKey("secret")
	for name, c := range map[string]webhook.HMACConfig{
		"no key":             {},
		"empty secret":       {Keys: webhook.OneKey("")},
		"floor":              {Keys: keys, MinSecret: 7},
		"hash":               {Keys: keys, Hash: crypto.SHA1},
		"placeholder":        {Keys: keys, Signed: "{nonce}"},
		"unclosed":           {Keys: keys, Signed: "{body"},
		"id unset":           {Keys: keys, Signed: "{id}.{body}"},
		"id unused":          {Keys: keys, IDHeader: "X-Id"},
		"time unset":         {Keys: keys, Signed: "{timestamp}.{body}"},
		"time header alone":  {Keys: keys, TimeHeader: "X-Time"},
		"id beside body":     {Keys: keys, Signed: "{id}{body}", IDHeader: "X-Id"},
		"id beside time":     {Keys: keys, Signed: "{id}{timestamp}.{body}", IDHeader: "X-Id", TimeHeader: "X-Time"},
		"method and body":    {Keys: keys, Signed: "{method}{body}"},
		"time in the middle": {Keys: keys, Signed: "{body}{timestamp}{method}", TimeHeader: "X-Time"},
		"width unknown":      {Keys: keys, Signed: "{timestamp}{body}", TimeHeader: "X-Time", TimeFormat: webhook.AnyTime},
	} {
		v, err := webhook.NewHMAC(c)
		require.Error(t, err, name)
		require.Nil(t, v, name)
		s, err := webhook.NewHMACSigner(c)
		require.Error(t, err, name)
		require.Nil(t, s, name)
	}
}

func TestNewHMAC_Rotation(t *testing.T) {
	t.Parallel()
	end := time.Unix(1_700_000_000, 0)
	v, err := webhook.NewHMAC(webhook.HMACConfig{Keys: webhook.Keys{
		{Name: "new", Secret: webhook.NewSecret("bbb")},
		{Name: "old", Secret: webhook.NewSecret("aaa"), NotAfter: end},
	}})
	require.NoError(t, err)
	old := message(testBody, "X-Signature", hexMAC("aaa", testBody))
	old.Now = end
	proof, err := v.Verify(old)
	require.NoError(t, err)
	require.Equal(t, "old", proof.Key)
	old.Now = end.Add(time.Nanosecond)
	_, err = v.Verify(old)
	require.ErrorIs(t, err, webhook.ErrMismatch)
	proof, err = v.Verify(message(testBody, "X-Signature", hexMAC("bbb", testBody)))
	require.NoError(t, err)
	require.Equal(t, "new", proof.Key)
}
