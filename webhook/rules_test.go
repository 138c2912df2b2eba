package webhook_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// The signatures here are computed from the vendors' descriptions, not by the
// signers.

const stamp = "1700000000"

var stamped = time.Unix(1_700_000_000, 0)

func sum(newHash func() hash.Hash, secret, text string) []byte {
	h := hmac.New(newHash, []byte(secret))
	h.Write([]byte(text))
	return h.Sum(nil)
}

func base64MAC(secret, text string) string {
	return base64.StdEncoding.EncodeToString(sum(sha256.New, secret, text))
}

func hexHash(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// rule is a message and what a verifier makes of it.
type rule struct {
	name   string
	header []string
	want   error
}

// hold checks rules about messages with testBody, received at stamped.
func hold(t *testing.T, s webhook.Scheme, key string, rules []rule) {
	t.Helper()
	v, err := s.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(key)})
	require.NoError(t, err)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			m := message(testBody, r.header...)
			m.URL, m.Now = hookURL, stamped
			proof, err := v.Verify(m)
			require.ErrorIs(t, err, r.want)
			if r.want == nil {
				require.NoError(t, err)
				require.Equal(t, string(s), proof.Scheme)
			} else {
				require.Zero(t, proof)
			}
		})
	}
}

func TestStandardWebhooks_Rules(t *testing.T) {
	t.Parallel()
	raw := strings.Repeat("k", 24)
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte(raw))
	good := "v1," + base64MAC(raw, "msg_1."+stamp+"."+testBody)
	bad := "v1," + base64MAC("other", "x")
	with := func(id, stamp, signature string) []string {
		return []string{"webhook-id", id, "webhook-timestamp", stamp, "webhook-signature", signature}
	}
	hold(t, webhook.StandardWebhooks, secret, []rule{
		{"valid", with("msg_1", stamp, good), nil},
		{"among others", with("msg_1", stamp, bad+" v2,xx v1 v1,? v9 "+good), nil},
		{"unknown version", with("msg_1", stamp, "v2,"+good[3:]), webhook.ErrMalformed},
		{"upper-case version", with("msg_1", stamp, "V1,"+good[3:]), webhook.ErrMalformed},
		{"no version", with("msg_1", stamp, good[3:]), webhook.ErrMalformed},
		{"commas", with("msg_1", stamp, bad+","+good), webhook.ErrMalformed},
		{"text after", with("msg_1", stamp, good+",x"), webhook.ErrMalformed},
		{"v1a label", with("msg_1", stamp, "v1a,"+good[3:]), webhook.ErrMalformed},
		{"truncated", with("msg_1", stamp, good[:len(good)-4]), webhook.ErrMalformed},
		{"eleventh", with("msg_1", stamp, strings.Repeat(bad+" ", 10)+good), webhook.ErrMismatch},
		{"dotted id", with("msg_1."+stamp, stamp, good), webhook.ErrMalformed},
		{"empty id", with("", stamp, good), webhook.ErrMissing},
		{"plus sign", with("msg_1", "+"+stamp, good), webhook.ErrMalformed},
		{"leading zero", with("msg_1", "0"+stamp, good), webhook.ErrMalformed},
		{"smallest int64", with("msg_1", "-9223372036854775808", good), webhook.ErrMalformed},
		{"largest int64", with("msg_1", "9223372036854775807", good), webhook.ErrMalformed},
		{"twelve digits", with("msg_1", "999999999999", good), webhook.ErrTooNew},
		{"zero", with("msg_1", "0", good), webhook.ErrTooOld},
		{"fraction", with("msg_1", stamp+".5", good), webhook.ErrMalformed},
		{"id twice", append(with("msg_1", stamp, good), "webhook-id", "msg_1"), webhook.ErrMalformed},
		{"svix family", []string{"svix-id", "msg_1", "svix-timestamp", stamp, "svix-signature", good}, webhook.ErrMissing},
	})
}

func TestStandardWebhooks_Keys(t *testing.T) {
	t.Parallel()
	encode := base64.StdEncoding.EncodeToString
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	other := append(private[:32:32], make([]byte, 32)...)
	for name, key := range map[string]string{
		"whsec_ alone":       "whsec_",
		"23 bytes":           "whsec_" + encode(make([]byte, 23)),
		"65 bytes":           "whsec_" + encode(make([]byte, 65)),
		"URL alphabet":       "whsec_" + base64.URLEncoding.EncodeToString([]byte(strings.Repeat("\xff", 24))),
		"line break":         "whsec_" + encode(make([]byte, 24))[:10] + "\n" + encode(make([]byte, 24))[10:],
		"private key":        "whsk_" + encode(private),
		"short public key":   "whpk_" + encode(public[:31]),
		"all-zero key":       "whpk_" + encode(make([]byte, 32)),
		"unknown prefix":     "whxx_" + encode(make([]byte, 32)),
		"Stripe-like secret": "whsec_test_secret",
	} {
		_, err := webhook.StandardWebhooks.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(key)})
		require.ErrorIs(t, err, webhook.ErrKey, name)
	}
	for name, key := range map[string]string{
		"public key": "whpk_" + encode(public), "halves differ": "whsk_" + encode(other), "seed alone": "whsk_" + encode(private[:32]),
	} {
		_, err := webhook.StandardWebhooks.Signer(webhook.SchemeConfig{Keys: webhook.OneKey(key)})
		require.ErrorIs(t, err, webhook.ErrKey, name)
	}
}

// TestStandardWebhooks_Mixed joins a shared and a public key in one set: each
// counts only for signatures of its own version.
func TestStandardWebhooks_Mixed(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	encode := base64.StdEncoding.EncodeToString
	shared := strings.Repeat("s", 32)
	v, err := webhook.StandardWebhooks.Verifier(webhook.SchemeConfig{Keys: webhook.Keys{
		{Name: "shared", Secret: webhook.NewSecret("whsec_" + encode([]byte(shared)))},
		{Name: "public", Secret: webhook.NewSecret("whpk_" + encode(public))},
	}})
	require.NoError(t, err)
	text := "msg_1." + stamp + "." + testBody
	signature := ed25519.Sign(private, []byte(text))
	for value, want := range map[string]string{
		"v1," + base64MAC(shared, text):                               "shared",
		"v1a," + encode(signature):                                    "public",
		"v1,xx v1a," + encode(signature):                              "public",
		"v1a," + encode(signature) + " v1," + base64MAC(shared, text): "shared",
		"v1," + base64MAC(string(public), text):                       "",
		"v1a," + encode(signature[:63]):                               "",
		"v1a," + encode(make([]byte, 64)):                             "",
	} {
		m := message(testBody, "webhook-id", "msg_1", "webhook-timestamp", stamp, "webhook-signature", value)
		m.Now = stamped
		proof, err := v.Verify(m)
		require.Equal(t, want, proof.Key, value)
		require.Equal(t, want == "", err != nil)
	}
}

func TestSvix_Families(t *testing.T) {
	t.Parallel()
	raw := strings.Repeat("k", 24)
	good := "v1," + base64MAC(raw, "msg_1."+stamp+"."+testBody)
	hold(t, webhook.Svix, base64.StdEncoding.EncodeToString([]byte(raw)), []rule{
		{"svix", []string{"svix-id", "msg_1", "svix-timestamp", stamp, "svix-signature", good}, nil},
		{"webhook", []string{"webhook-id", "msg_1", "webhook-timestamp", stamp, "webhook-signature", good}, nil},
		{"mixed id", []string{"svix-id", "msg_1", "webhook-timestamp", stamp, "webhook-signature", good}, webhook.ErrMissing},
		{"mixed signature", []string{"webhook-id", "msg_1", "webhook-timestamp", stamp, "svix-signature", good}, webhook.ErrMissing},
		{"stray beside webhook", []string{"svix-id", "msg_1", "webhook-id", "msg_1", "webhook-timestamp", stamp, "webhook-signature", good}, webhook.ErrMissing},
		{"none", nil, webhook.ErrMissing},
	})
}

func TestStripe_Rules(t *testing.T) {
	t.Parallel()
	const key = "whsec_c2VjcmV0"
	good := "v1=" + hexMAC(key, stamp+"."+testBody)
	bad := "v1=" + hexMAC("other", stamp+"."+testBody)
	header := func(value string) []string { return []string{"Stripe-Signature", value} }
	hold(t, webhook.Stripe, key, []rule{
		{"valid", header("t=" + stamp + "," + good), nil},
		{"order", header(good + ",t=" + stamp), nil},
		{"rolled", header("t=" + stamp + "," + bad + "," + good), nil},
		{"unreadable beside", header("t=" + stamp + ",v1=zz,v0=1," + good), nil},
		{"upper case", header("t=" + stamp + ",v1=" + strings.ToUpper(good[3:])), nil},
		{"decoded key", header("t=" + stamp + ",v1=" + hexMAC("secret", stamp+"."+testBody)), webhook.ErrMismatch},
		{"v0 only", header("t=" + stamp + ",v0=" + good[3:]), webhook.ErrMalformed},
		{"no t", header(good), webhook.ErrMalformed},
		{"empty t", header("t=," + good), webhook.ErrMalformed},
		{"two t", header("t=" + stamp + ",t=" + stamp + "," + good), webhook.ErrMalformed},
		{"empty t, then t", header("t=,t=" + stamp + "," + good), webhook.ErrMalformed},
		{"no equals sign", header("t=" + stamp + ",x," + good), webhook.ErrMalformed},
		{"trailing comma", header("t=" + stamp + "," + good + ","), webhook.ErrMalformed},
		{"future", header("t=1700000301," + good), webhook.ErrTooNew},
	})
	v, err := webhook.Stripe.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(key), Tolerance: webhook.NoTolerance})
	require.NoError(t, err)
	m := message(testBody, header("t="+stamp+","+good)...)
	_, err = v.Verify(m)
	require.NoError(t, err)
	m.Header.Set("Stripe-Signature", "v1="+hexMAC(key, "-62135596800."+testBody))
	_, err = v.Verify(m)
	require.ErrorIs(t, err, webhook.ErrMalformed)
}

func TestGitHub_Rules(t *testing.T) {
	t.Parallel()
	good, old := hexMAC("s", testBody), hex.EncodeToString(sum(sha1.New, "s", testBody))
	const now, legacy = "X-Hub-Signature-256", "X-Hub-Signature"
	hold(t, webhook.GitHub, "s", []rule{
		{"valid", []string{now, "sha256=" + good}, nil},
		{"no prefix", []string{now, good}, webhook.ErrMalformed},
		{"sha1 in the -256 header", []string{now, "sha1=" + old}, webhook.ErrMalformed},
		{"sha1 not opted in", []string{legacy, "sha1=" + old}, webhook.ErrMissing},
	})
	hold(t, webhook.GitHub, "s", nil)
	v, err := webhook.GitHubSHA1.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("s")})
	require.NoError(t, err)
	for _, r := range []rule{
		{"both", []string{now, "sha256=" + good, legacy, "sha1=" + old}, nil},
		{"legacy", []string{legacy, "sha1=" + old}, nil},
		{"no downgrade", []string{now, "sha256=" + good[:63] + "x", legacy, "sha1=" + old}, webhook.ErrMalformed},
		{"no downgrade from a wrong one", []string{now, "sha256=" + hexMAC("x", ""), legacy, "sha1=" + old}, webhook.ErrMismatch},
		{"wrong legacy", []string{legacy, "sha1=" + old[:39] + "x"}, webhook.ErrMalformed},
		{"neither", nil, webhook.ErrMissing},
	} {
		_, err := v.Verify(message(testBody, r.header...))
		require.ErrorIs(t, err, r.want, r.name)
	}
}

func TestBodySchemes_Rules(t *testing.T) {
	t.Parallel()
	hold(t, webhook.Slack, "s", []rule{
		{"slack", []string{"X-Slack-Request-Timestamp", stamp, "X-Slack-Signature", "v0=" + hexMAC("s", "v0:"+stamp+":"+testBody)}, nil},
		{"slack v1", []string{"X-Slack-Request-Timestamp", stamp, "X-Slack-Signature", "v1=" + hexMAC("s", "v0:"+stamp+":"+testBody)}, webhook.ErrMalformed},
	})
	hold(t, webhook.Shopify, "s", []rule{
		{"shopify", []string{"X-Shopify-Hmac-Sha256", base64MAC("s", testBody)}, nil},
		{"shopify events", []string{"Shopify-Hmac-Sha256", base64MAC("s", testBody)}, nil},
		{"shopify both, first wrong", []string{"X-Shopify-Hmac-Sha256", base64MAC("x", ""), "Shopify-Hmac-Sha256", base64MAC("s", testBody)}, webhook.ErrMismatch},
		{"shopify hex", []string{"X-Shopify-Hmac-Sha256", hexMAC("s", testBody)}, webhook.ErrMalformed},
		{"shopify line break", []string{"X-Shopify-Hmac-Sha256", base64MAC("s", testBody)[:43] + "\n"}, webhook.ErrMalformed},
	})
	hold(t, webhook.Square, "s", []rule{
		{"square", []string{"X-Square-HmacSha256-Signature", base64MAC("s", hookURL+testBody)}, nil},
	})
	hold(t, webhook.Paddle, "s", []rule{
		{"paddle", []string{"Paddle-Signature", "ts=" + stamp + ";h1=" + hexMAC("s", stamp+":"+testBody)}, nil},
		{"paddle rotated", []string{"Paddle-Signature", "ts=" + stamp + ";h1=" + hexMAC("x", "") + ";h1=" + hexMAC("s", stamp+":"+testBody)}, nil},
		{"paddle commas", []string{"Paddle-Signature", "ts=" + stamp + ",h1=" + hexMAC("s", stamp+":"+testBody)}, webhook.ErrMalformed},
	})
	hold(t, webhook.PagerDuty, "s", []rule{
		{"pagerduty", []string{"X-PagerDuty-Signature", "v1=" + hexMAC("x", "") + ",v1=" + hexMAC("s", testBody)}, nil},
		{"pagerduty no version", []string{"X-PagerDuty-Signature", hexMAC("s", testBody)}, webhook.ErrMalformed},
		{"pagerduty v2", []string{"X-PagerDuty-Signature", "v2=" + hexMAC("s", testBody)}, webhook.ErrMalformed},
	})
	hold(t, webhook.LINE, "s", []rule{{"line", []string{"X-Line-Signature", base64MAC("s", testBody)}, nil}})
	hold(t, webhook.HubSpotV1, "s", []rule{{"hubspot 1", []string{"X-HubSpot-Signature", hexHash("s" + testBody)}, nil}})
	hold(t, webhook.HubSpotV2, "s", []rule{
		{"hubspot 2", []string{"X-HubSpot-Signature", hexHash("sPOST" + hookURL + testBody)}, nil},
		{"hubspot 2 with 1", []string{"X-HubSpot-Signature", hexHash("s" + testBody)}, webhook.ErrMismatch},
	})
	const millis = stamp + "000"
	three := func(stamp string) []string {
		return []string{"X-HubSpot-Request-Timestamp", stamp, "X-HubSpot-Signature-v3", base64MAC("s", "POST"+hookURL+testBody+stamp)}
	}
	hold(t, webhook.HubSpotV3, "s", []rule{
		{"hubspot 3", three(millis), nil},
		{"hubspot 3 seconds", three(stamp), webhook.ErrMalformed},
		{"hubspot 3 old", three("1699999699999"), webhook.ErrTooOld},
	})
}

// TestHubSpotV3_URLs signs a configured URL as it is and as HubSpot decodes it.
func TestHubSpotV3_URLs(t *testing.T) {
	t.Parallel()
	const configured, stamp = "https://a.example/in%2fcrm?at=10%3A30&to=a%40b%2Cc&p=50%25&q=%22", "1700000000000"
	v, err := webhook.HubSpotV3.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("s")})
	require.NoError(t, err)
	for url, want := range map[string]error{
		configured: nil,
		"https://a.example/in/crm?at=10:30&to=a@b,c&p=50%25&q=%22":         nil,
		"https://a.example/in/crm?at=10:30&to=a@b,c&p=50%&q=%22":           webhook.ErrMismatch,
		"https://a.example/in/crm?at=10:30&to=a@b,c&p=50%25&q=\"":          webhook.ErrMismatch,
		"https://a.example/in%2fcrm?at=10:30&to=a%40b%2Cc&p=50%25&q=%22":   webhook.ErrMismatch,
		"https://b.example/in%2fcrm?at=10%3A30&to=a%40b%2Cc&p=50%25&q=%22": webhook.ErrMismatch,
	} {
		m := message(testBody, "X-HubSpot-Request-Timestamp", stamp, "X-HubSpot-Signature-v3", base64MAC("s", "POST"+url+testBody+stamp))
		m.URL, m.Now = configured, stamped
		_, err := v.Verify(m)
		require.ErrorIs(t, err, want, url)
	}
}

func TestHubSpot_OnlyV3BindsTheBody(t *testing.T) {
	t.Parallel()
	for _, f := range fixtures() {
		if strings.HasPrefix(f.name, "hubspot") {
			proof, err := f.verifier.Verify(f.sign(t, nil))
			require.NoError(t, err)
			require.Equal(t, f.name == "hubspot-v3", proof.BodyAuthenticated, f.name)
		}
	}
}

func TestTwitch_Rules(t *testing.T) {
	t.Parallel()
	const at = "2023-11-14T22:13:20.123456789Z"
	with := func(id, stamp string) []string {
		return []string{"Twitch-Eventsub-Message-Id", id, "Twitch-Eventsub-Message-Timestamp", stamp,
			"Twitch-Eventsub-Message-Signature", "sha256=" + hexMAC("s3cRe7", id+stamp+testBody)}
	}
	hold(t, webhook.Twitch, "s3cRe7", []rule{
		{"valid", with("e76c6bd4-55c9-4987-8304-da1588d8988b", at), nil},
		{"base64 id", with("VoIQLaZoQOmMlBNsTkYb4aLfB3dgqg9WnQDpvJb3F_k=", at), nil},
		{"standard base64 id", with("VoIQ+aZ/QOmMlA==", at), nil},
		{"id swallows time", with("e76c2023-11-14T22:13:20Z", at), webhook.ErrMalformed},
		{"id swallows body", with(`e76c2023-11-14T22:13:20Z{"a":"`, at), webhook.ErrMalformed},
		{"leap second", with("e76c", "2023-11-14T23:59:60Z"), webhook.ErrMalformed},
		{"no zone", with("e76c", "2023-11-14T22:13:20"), webhook.ErrMalformed},
		{"comma", with("e76c", "2023-11-14T22:13:20,5Z"), webhook.ErrMalformed},
		{"hour of one digit", with("e76c", "2023-11-14T2:13:20Z"), webhook.ErrMalformed},
	})
	_, err := webhook.Twitch.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(strings.Repeat("x", 101))})
	require.ErrorIs(t, err, webhook.ErrKey)
	_, err = webhook.Twitch.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("s3cRe7"), MinSecret: 10})
	require.ErrorIs(t, err, webhook.ErrKey)
}

func TestDiscord_Rules(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	with := func(stamp string) []string {
		return []string{"X-Signature-Timestamp", stamp, "X-Signature-Ed25519", hex.EncodeToString(ed25519.Sign(private, []byte(stamp+testBody)))}
	}
	hold(t, webhook.Discord, hex.EncodeToString(public), []rule{
		{"valid", with(stamp), nil},
		{"nine digits", with(stamp[:9]), webhook.ErrMalformed},
		{"eleven digits", with(stamp + "0"), webhook.ErrMalformed},
		{"short", []string{"X-Signature-Timestamp", stamp, "X-Signature-Ed25519", "00"}, webhook.ErrMalformed},
	})
	for _, key := range []string{"zz", hex.EncodeToString(public[:31]), hex.EncodeToString(private), strings.Repeat("00", 32)} {
		_, err := webhook.Discord.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(key)})
		require.ErrorIs(t, err, webhook.ErrKey, key)
	}
	_, err = webhook.Discord.Signer(webhook.SchemeConfig{Keys: webhook.OneKey(hex.EncodeToString(public))})
	require.ErrorIs(t, err, webhook.ErrKey)
}

func TestLinear_Rules(t *testing.T) {
	t.Parallel()
	v, err := webhook.Linear.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("s")})
	require.NoError(t, err)
	for body, want := range map[string]error{
		`{"action":"create","webhookTimestamp":1700000000000}`:                nil,
		`{"webhookTimestamp" : 1700000000000 , "webhookId":"x"}` + "\n":       nil,
		`{"webhookTimestamp":1700000000000,"data":{"a":[1]}}`:                 nil,
		`{"webhookTimestamp":1,"webhookTimestamp":1700000000000}`:             nil,
		`{"text":"\"webhookTimestamp\":1,","webhookTimestamp":1700000000000}`: nil,
		`{"webhookTimestamp":1700000000000,"webhookTimestamp":1}`:             webhook.ErrTooOld,
		`{"data":{"webhookTimestamp":1700000000000}}`:                         webhook.ErrMalformed,
		`{"data":{"webhookTimestamp":1700000000000},"webhookTimestamp":1}`:    webhook.ErrTooOld,
		`{"webhookTimestamp":1699999939999}`:                                  webhook.ErrTooOld,
		`{"webhookTimestamp":1700000060001}`:                                  webhook.ErrTooNew,
		`{"webhookTimestamp":1700000000}`:                                     webhook.ErrTooOld,
		`{"webhookTimestamp":"1700000000000"}`:                                webhook.ErrMalformed,
		`{"webhookTimestamp":1.7e12}`:                                         webhook.ErrMalformed,
		`{"webhookTimestamp":null}`:                                           webhook.ErrMalformed,
		`{"action":"create"}`:                                                 webhook.ErrMissing,
		`"webhookTimestamp"`:                                                  webhook.ErrMissing,
		``:                                                                    webhook.ErrMissing,
	} {
		m := message(body, "Linear-Signature", hexMAC("s", body), "Linear-Timestamp", "1700000000000")
		m.Now = stamped
		_, err := v.Verify(m)
		require.ErrorIs(t, err, want, body)
	}
}

func TestNewBasicAuth_Rules(t *testing.T) {
	t.Parallel()
	v, err := webhook.NewBasicAuth(webhook.BasicAuthConfig{Username: "ada", Keys: webhook.OneKey("a:b")})
	require.NoError(t, err)
	encode := base64.StdEncoding.EncodeToString
	for value, want := range map[string]error{
		"Basic " + encode([]byte("ada:a:b")):                         nil,
		"basic " + encode([]byte("ada:a:b")):                         nil,
		"Basic " + encode([]byte("Ada:a:b")):                         webhook.ErrMismatch,
		"Basic " + encode([]byte("ada:a:")):                          webhook.ErrMismatch,
		"Basic " + encode([]byte("ada")):                             webhook.ErrMismatch,
		"Basic":                                                      webhook.ErrMalformed,
		"Bearer " + encode([]byte("ada:a:b")):                        webhook.ErrMalformed,
		"Basic " + strings.TrimRight(encode([]byte("ada:a:b")), "="): webhook.ErrMalformed,
		"Basic  " + encode([]byte("ada:a:b")):                        webhook.ErrMalformed,
	} {
		_, err := v.Verify(message("", "Authorization", value))
		require.ErrorIs(t, err, want, value)
	}
	for _, c := range []webhook.BasicAuthConfig{
		{Keys: webhook.OneKey("x")}, {Username: "a:b", Keys: webhook.OneKey("x")}, {Username: "a"}, {Username: "a", Keys: webhook.OneKey("")},
	} {
		_, err := webhook.NewBasicAuth(c)
		require.Error(t, err)
		_, err = webhook.NewBasicAuthSigner(c)
		require.Error(t, err)
	}
}

func TestSchemes_NeedTheURL(t *testing.T) {
	t.Parallel()
	for _, f := range fixtures() {
		if f.url {
			m := f.sign(t, []byte("body"))
			m.URL = ""
			_, err := f.verifier.Verify(m)
			require.ErrorIs(t, err, webhook.ErrMissing, f.name)
			require.Error(t, f.signer.Sign(&webhook.Message{Method: http.MethodPost}), f.name)
		}
	}
}
