package webhook_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

func TestClientIP(t *testing.T) {
	t.Parallel()
	trusted, err := webhook.ParsePrefixes("10.0.0.0/8", "fd00::/8")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		peer    string
		forward []string
		want    string
	}{
		"direct":                  {"203.0.113.9:80", nil, "203.0.113.9"},
		"untrusted peer":          {"203.0.113.9:80", []string{"198.51.100.1"}, "203.0.113.9"},
		"one proxy":               {"10.0.0.1:80", []string{"198.51.100.1"}, "198.51.100.1"},
		"forged left end":         {"10.0.0.1:80", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		"two proxies":             {"10.0.0.1:80", []string{"198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
		"two fields":              {"10.0.0.1:80", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
		"proxy without header":    {"10.0.0.1:80", nil, "10.0.0.1"},
		"all trusted":             {"10.0.0.1:80", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"mapped peer":             {"[::ffff:10.0.0.1]:80", []string{"198.51.100.1"}, "198.51.100.1"},
		"mapped client":           {"10.0.0.1:80", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"IPv6":                    {"[fd00::1]:80", []string{"[2001:db8::5]:443"}, "2001:db8::5"},
		"zone":                    {"[fe80::1%eth0]:80", nil, "fe80::1"},
		"garbage left of client":  {"10.0.0.1:80", []string{"<script>, 198.51.100.1"}, "198.51.100.1"},
		"garbage where due":       {"10.0.0.1:80", []string{"198.51.100.1, unknown"}, ""},
		"peer without an address": {"pipe", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.forward}}
			got, err := webhook.ClientIP(r, trusted)
			if c.want == "" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got.String())
		})
	}
}

func TestParsePrefixes(t *testing.T) {
	t.Parallel()
	got, err := webhook.ParsePrefixes(" 192.0.2.7", "", "2001:db8::1", "198.51.100.77/24", "::ffff:192.0.2.0/120")
	require.NoError(t, err)
	var texts []string
	for _, p := range got {
		texts = append(texts, p.String())
	}
	require.Equal(t, []string{"192.0.2.7/32", "2001:db8::1/128", "198.51.100.0/24", "192.0.2.0/24"}, texts)
	for _, bad := range []string{"example.com", "1.2.3.4/33", "fe80::1%eth0", "::ffff:0:0/90"} {
		_, err := webhook.ParsePrefixes(bad)
		require.ErrorContains(t, err, bad)
	}
}
