package webhook_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

func TestNewStaticToken_Header(t *testing.T) {
	t.Parallel()
	v, err := webhook.NewStaticToken(webhook.StaticTokenConfig{Keys: webhook.Keys{
		{Name: "new", Secret: webhook.NewSecret("tok-2")},
		{Name: "old", Secret: webhook.NewSecret("tok-1"), NotAfter: time.Unix(100, 0)},
	}})
	require.NoError(t, err)
	const header = "X-Webhook-Token"
	tests := []struct {
		name string
		m    *webhook.Message
		at   int64
		key  string
		want error
	}{
		{"new", message("{}", header, "tok-2"), 200, "new", nil},
		{"old, in time", message("{}", header, "tok-1"), 100, "old", nil},
		{"old, too late", message("{}", header, "tok-1"), 101, "", webhook.ErrMismatch},
		{"absent", message("{}"), 0, "", webhook.ErrMissing},
		{"empty", message("{}", header, ""), 0, "", webhook.ErrMissing},
		{"repeated", message("{}", header, "tok-2", header, "tok-2"), 0, "", webhook.ErrMalformed},
		{"prefix of a token", message("{}", header, "tok-"), 0, "", webhook.ErrMismatch},
		{"extended", message("{}", header, "tok-2 "), 0, "", webhook.ErrMismatch},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.m.Now = time.Unix(test.at, 0)
			proof, err := v.Verify(test.m)
			require.ErrorIs(t, err, test.want)
			require.Equal(t, test.key, proof.Key)
			require.False(t, proof.BodyAuthenticated)
		})
	}
}

func TestNewStaticToken_Query(t *testing.T) {
	t.Parallel()
	c := webhook.StaticTokenConfig{Keys: webhook.OneKey("a b&c"), Query: "secret"}
	v, err := webhook.NewStaticToken(c)
	require.NoError(t, err)
	for query, want := range map[string]error{
		"x=1&secret=a+b%26c":            nil,
		"secret=a%20b%26c":              nil,
		"":                              webhook.ErrMissing,
		"secret=":                       webhook.ErrMissing,
		"Secret=a+b%26c":                webhook.ErrMissing,
		"secret=a+b%26c&secret=a+b%26c": webhook.ErrMalformed,
		"secret=%zz":                    webhook.ErrMalformed,
		"secret=a+b":                    webhook.ErrMismatch,
	} {
		_, err := v.Verify(&webhook.Message{RawQuery: query})
		require.ErrorIs(t, err, want, query)
	}
	s, err := webhook.NewStaticTokenSigner(c)
	require.NoError(t, err)
	var m webhook.Message
	require.NoError(t, s.Sign(&m))
	_, err = v.Verify(&m)
	require.NoError(t, err)
}

func TestNewStaticToken_Bearer(t *testing.T) {
	t.Parallel()
	c := webhook.StaticTokenConfig{Keys: webhook.OneKey("tok"), Header: "Authorization", Prefix: "Bearer "}
	v, err := webhook.NewStaticToken(c)
	require.NoError(t, err)
	for value, want := range map[string]error{
		"Bearer tok": nil, "tok": webhook.ErrMalformed, "Bearer ": webhook.ErrMalformed, "Bearer tik": webhook.ErrMismatch,
	} {
		_, err := v.Verify(message("", "Authorization", value))
		require.ErrorIs(t, err, want, value)
	}
}

func TestNewStaticToken_Refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]webhook.StaticTokenConfig{
		"no key": {},
		"empty":  {Keys: webhook.OneKey("")},
		"floor":  {Keys: webhook.OneKey("short"), MinSecret: 16},
		"both":   {Keys: webhook.OneKey("tok"), Header: "X-Token", Query: "token"},
	} {
		v, err := webhook.NewStaticToken(c)
		require.Error(t, err, name)
		require.Nil(t, v, name)
		s, err := webhook.NewStaticTokenSigner(c)
		require.Error(t, err, name)
		require.Nil(t, s, name)
	}
}

func TestNewStaticTokenSigner_ExpiredKeys(t *testing.T) {
	t.Parallel()
	keys := webhook.Keys{{Secret: webhook.NewSecret("tok"), NotAfter: time.Unix(1, 0)}}
	s, err := webhook.NewStaticTokenSigner(webhook.StaticTokenConfig{Keys: keys})
	require.NoError(t, err)
	require.ErrorIs(t, s.Sign(&webhook.Message{}), webhook.ErrKey)
}

func TestAnyOf(t *testing.T) {
	t.Parallel()
	token, err := webhook.NewStaticToken(webhook.StaticTokenConfig{Keys: webhook.OneKey("tok")})
	require.NoError(t, err)
	signed, err := webhook.NewHMAC(webhook.HMACConfig{Keys: webhook.OneKey("secret")})
	require.NoError(t, err)
	either := webhook.AnyOf(token, signed)
	tests := []struct {
		name   string
		m      *webhook.Message
		scheme string
		want   error
	}{
		{"first", message(testBody, "X-Webhook-Token", "tok"), "token", nil},
		{"second", message(testBody, "X-Signature", hexMAC("secret", testBody)), "hmac", nil},
		{"second after a bad first", message(testBody, "X-Webhook-Token", "tik", "X-Signature", hexMAC("secret", testBody)), "hmac", nil},
		{"neither", message(testBody), "", webhook.ErrMissing},
		{"furthest", message(testBody, "X-Signature", hexMAC("other", testBody)), "", webhook.ErrMismatch},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			proof, err := either.Verify(test.m)
			require.ErrorIs(t, err, test.want)
			require.Equal(t, test.scheme, proof.Scheme)
		})
	}
	_, err = webhook.AnyOf().Verify(message(testBody))
	require.ErrorIs(t, err, webhook.ErrMissing)
}

func TestNewStaticToken_OverLong(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]error{4096: nil, 4097: webhook.ErrMalformed} {
		token := strings.Repeat("x", size)
		for _, c := range []webhook.StaticTokenConfig{{}, {Query: "token"}} {
			c.Keys = webhook.OneKey(token)
			v, err := webhook.NewStaticToken(c)
			require.NoError(t, err)
			m := message("", "X-Webhook-Token", token)
			m.RawQuery = "token=" + token
			_, err = v.Verify(m)
			require.ErrorIs(t, err, want, size)
		}
	}
}
