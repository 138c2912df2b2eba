package webhook_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

const formType = "application/x-www-form-urlencoded"

func twilioMAC(text string) string {
	return base64.StdEncoding.EncodeToString(sum(sha1.New, "12345", text))
}

func twilioVerifier(t *testing.T) webhook.Verifier {
	t.Helper()
	v, err := webhook.Twilio.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("12345")})
	require.NoError(t, err)
	return v
}

// TestTwilio_URLs gives each configured URL with the forms that Twilio or its
// libraries may sign, and forms they never sign.
func TestTwilio_URLs(t *testing.T) {
	t.Parallel()
	v := twilioVerifier(t)
	for configured, test := range map[string]struct{ signed, never []string }{
		"https://a.example/in?x=1": {
			[]string{"https://a.example/in?x=1", "https://a.example:443/in?x=1"},
			[]string{"http://a.example/in?x=1", "https://a.example:80/in?x=1", "https://a.example:8443/in?x=1",
				"https://b.example/in?x=1", "https://a.example/in?x=2", "https://a.example/in", "https://a.example/in?x=1#f"},
		},
		"https://a.example/in#rc=2": {[]string{"https://a.example/in"}, []string{"https://a.example/in#rc=2"}},
		"http://a.example:1234/in":  {[]string{"http://a.example:1234/in", "http://a.example/in"}, []string{"http://a.example:80/in"}},
		"http://a.example/in":       {[]string{"http://a.example:80/in"}, []string{"http://a.example:443/in"}},
		"https://u:p@a.example/in": {
			[]string{"https://u:p@a.example/in", "https://a.example/in", "https://u:p@a.example:443/in", "https://a.example:443/in"},
			[]string{"https://u@a.example/in"},
		},
		"https://a.example/in?b=It's+so":   {[]string{"https://a.example/in?b=It%27s+so", "https://a.example/in?b=It's%20so"}, nil},
		"https://a.example/in?b=It%27s+so": {[]string{"https://a.example/in?b=It's%20so"}, []string{"https://a.example/in?b=It's+so"}},
		"https://a.example/in?b=1&a&b=%7e": {[]string{"https://a.example/in?b=1&b=~&a="}, nil},
		"https://a.example/in?b=%zz\xc3":   {[]string{"https://a.example/in?b=%zz\xc3", "https://a.example/in?b=%zz%C3"}, nil},
		"https://a.example":                {[]string{"https://a.example/", "https://a.example:443"}, nil},
		"https://[::1]:8080/in":            {[]string{"https://[::1]/in"}, nil},
		"https://[::1]/in":                 {[]string{"https://[::1]:443/in"}, nil},
		"wss://a.example/in":               {[]string{"wss://a.example/in/", "wss://a.example:443/in"}, nil},
		"https://a.example/in/":            {nil, []string{"https://a.example/in", "https://a.example/in//"}},
	} {
		m := message("A=1", "Content-Type", formType)
		m.URL = configured
		for _, url := range test.signed {
			m.Header.Set("X-Twilio-Signature", twilioMAC(url+"A1"))
			_, err := v.Verify(m)
			require.NoError(t, err, "%s signed as %s", configured, url)
		}
		for _, url := range test.never {
			m.Header.Set("X-Twilio-Signature", twilioMAC(url+"A1"))
			_, err := v.Verify(m)
			require.ErrorIs(t, err, webhook.ErrMismatch, "%s signed as %s", configured, url)
		}
		require.LessOrEqual(t, len(webhook.TwilioURLs(configured)), 24)
	}
}

func TestTwilio_Forms(t *testing.T) {
	t.Parallel()
	v := twilioVerifier(t)
	const url = "https://a.example/in"
	for body, test := range map[string]struct {
		signed string
		want   error
	}{
		"b=2&a=1":             {"a1b2", nil},
		"a=1&B=2&_x=3":        {"B2_x3a1", nil},
		"a=2&a=1&a=2":         {"a1a2", nil},
		"a=+x%20%2B%c3%89&e=": {"a x +\u00c9e", nil},
		"a=1&&b=2&":           {"a1b2", nil},
		"a=1;b=2":             {"a1;b=2", nil},
		"a=b=c":               {"ab=c", nil},
		"a=%4":                {"a%4", webhook.ErrMalformed},
		"%zz=1":               {"%zz1", webhook.ErrMalformed},
		"a=1&b=2":             {"a1", webhook.ErrMismatch},
		"a=1":                 {"a1b2", webhook.ErrMismatch},
		"a=1&bodySHA256=abc":  {"a1bodySHA256abc", nil},
		"":                    {"", nil},
	} {
		m := message(body, "Content-Type", "Application/X-WWW-Form-Urlencoded ; charset=UTF-8", "X-Twilio-Signature", twilioMAC(url+test.signed))
		m.URL = url
		_, err := v.Verify(m)
		require.ErrorIs(t, err, test.want, body)
	}
}

// TestTwilio_ManyParameters bounds what an unproven form may cost: one of a
// mebibyte would otherwise become tens of megabytes of parameters.
func TestTwilio_ManyParameters(t *testing.T) {
	t.Parallel()
	v := twilioVerifier(t)
	const url = "https://a.example/in"
	for body, test := range map[string]struct {
		signed string
		want   error
	}{
		strings.Repeat("a=1&", 10_000):       {"a1", nil},
		strings.Repeat("a=1&", 10_001):       {"a1", webhook.ErrMalformed},
		strings.Repeat("&", 1<<20):           {"", nil},
		strings.Repeat("&", 1<<20) + "a=1":   {"a1", nil},
		strings.Repeat("a&", 1<<19) + "&b=1": {"a", webhook.ErrMalformed},
	} {
		m := message(body, "Content-Type", formType, "X-Twilio-Signature", twilioMAC(url+test.signed))
		m.URL = url
		_, err := v.Verify(m)
		require.ErrorIs(t, err, test.want, len(body))
	}
}

// TestTwilio_BodyHash covers bodies that are no form, and what becomes of them
// when someone changes the unsigned Content-Type or drops the body.
func TestTwilio_BodyHash(t *testing.T) {
	t.Parallel()
	v := twilioVerifier(t)
	hashOf := func(body string) string {
		h := sha256.Sum256([]byte(body))
		return hex.EncodeToString(h[:])
	}
	const body = `{"property": "value", "boolean": true}`
	url := "https://a.example/in?bodySHA256=" + hashOf(body) + "&x=1"
	for _, test := range []struct {
		name, url, body, contentType string
		want                         error
	}{
		{"valid", url, body, "application/json", nil},
		{"upper-case hash", "https://a.example/in?bodySHA256=" + strings.ToUpper(hashOf(body)), body, "application/json", nil},
		{"no content type", url, body, "", nil},
		{"body changed", url, body + " ", "application/json", webhook.ErrMismatch},
		{"body dropped", url, "", "application/json", webhook.ErrMismatch},
		{"sent as a form", url, body, formType, webhook.ErrMismatch},
		{"body dropped from a form", url, "", formType, webhook.ErrMismatch},
		{"no hash", "https://a.example/in?x=1", body, "application/json", webhook.ErrMissing},
		{"hash cut", url[:len(url)-5], body, "application/json", webhook.ErrMalformed},
		{"hash twice", url + "&bodySHA256=" + hashOf(body), body, "application/json", webhook.ErrMalformed},
	} {
		m := message(test.body, "X-Twilio-Signature", twilioMAC(test.url))
		m.URL = test.url
		if test.contentType != "" {
			m.Header.Set("Content-Type", test.contentType)
		}
		_, err := v.Verify(m)
		require.ErrorIs(t, err, test.want, test.name)
	}
	m := message("{}", "Content-Type", "application/json", "X-Twilio-Signature", twilioMAC(url))
	m.URL = strings.Replace(url, hashOf(body), hashOf("{}"), 1)
	_, err := v.Verify(m)
	require.ErrorIs(t, err, webhook.ErrMismatch, "hash computed anew without a new signature")
}

func TestTwilio_Signer(t *testing.T) {
	t.Parallel()
	v := twilioVerifier(t)
	s, err := webhook.Twilio.Signer(webhook.SchemeConfig{Keys: webhook.OneKey("12345")})
	require.NoError(t, err)
	for _, m := range []*webhook.Message{
		{URL: "https://a.example/in"},
		{URL: "https://a.example/in", Body: []byte("{}")},
		{URL: "https://a.example/in?x=1", Body: []byte("{}")},
		{URL: "https://a.example/in", RawQuery: "x=1", Body: []byte("{}")},
		{URL: "https://a.example/in", RawQuery: "x=1", Body: []byte("a=1"), Header: http.Header{"Content-Type": {formType}}},
	} {
		require.NoError(t, s.Sign(m))
		proof, err := v.Verify(m)
		require.NoError(t, err)
		require.True(t, proof.BodyAuthenticated)
	}
	require.Error(t, s.Sign(&webhook.Message{URL: "https://a.example/in", Body: []byte("%"), Header: http.Header{"Content-Type": {formType}}}))
}
