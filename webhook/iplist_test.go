package webhook_test

import (
	"net/http"
	"net/netip"
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

// TestClientIP_MappedPrefix trusts a prefix of mapped IPv4 addresses that did
// not come through ParsePrefixes.
func TestClientIP_MappedPrefix(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104")}
	for peer, want := range map[string]string{"10.9.9.9:80": "198.51.100.1", "[::ffff:10.9.9.9]:80": "198.51.100.1", "11.0.0.1:80": "11.0.0.1"} {
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {"198.51.100.1"}}}
		got, err := webhook.ClientIP(r, trusted)
		require.NoError(t, err)
		require.Equal(t, want, got.String(), peer)
	}
}

// FuzzClientIP holds that a peer that is no trusted proxy is the client, and
// that a trusted one is never beaten by an address it did not vouch for.
func FuzzClientIP(f *testing.F) {
	f.Add("203.0.113.9:80", "198.51.100.1, 10.0.0.1")
	f.Add("10.0.0.1:80", "1.1.1.1, [::1]:80,, 10.0.0.2")
	f.Add("[::ffff:10.0.0.1%eth0]:80", "unknown")
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		direct, err := webhook.ClientIP(r, nil)
		if err != nil {
			return
		}
		got, err := webhook.ClientIP(r, trusted)
		switch {
		case !trusted[0].Contains(direct):
			require.NoError(t, err)
			require.Equal(t, direct, got)
		case err == nil:
			require.False(t, got.Is4In6() || got.Zone() != "")
			r.Header.Set("X-Forwarded-For", "6.6.6.6, "+forwarded)
			again, err := webhook.ClientIP(r, trusted)
			require.NoError(t, err)
			if got != again { // only where every hop was a proxy may one more show
				require.True(t, trusted[0].Contains(got))
			}
		}
	})
}
