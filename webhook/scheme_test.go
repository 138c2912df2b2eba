package webhook_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

const hookURL = "https://hooks.example.com/in?shop=7"

// fixture is a scheme with a verifier and signer that belong together.
type fixture struct {
	name      string
	verifier  webhook.Verifier
	signer    webhook.Signer
	headers   []string                       // that the verifier reads, its signed ones first
	signed    int                            // how many of the headers are part of the signed tuple
	tolerance time.Duration                  // default of the scheme, 0: no signed time
	url, body bool                           // whether they are part of the signed tuple
	extra     func(*webhook.Message) []field // the signed tuple, where it is none of these
	resign    func(*webhook.Message)         // signs again without randomness
	json      bool                           // the body must be a JSON object
	form      bool                           // the body is sent as a form
	slow      bool                           // signing takes about a millisecond
}

// fixtures holds every scheme of the package.
var fixtures = sync.OnceValue(func() []fixture {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	edPrivate := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	edPublic := edPrivate.Public().(ed25519.PublicKey)
	ec, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	must(err)
	ec384, err := ecdsa.ParseRawPrivateKey(elliptic.P384(), bytes.Repeat([]byte{7}, 48))
	must(err)
	rsaKey, err := rsa.GenerateKey(crand.Reader, 2048)
	must(err)
	spki := func(key any) string {
		der, err := x509.MarshalPKIXPublicKey(key)
		must(err)
		return base64.StdEncoding.EncodeToString(der)
	}
	pkcs8 := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		must(err)
		return base64.StdEncoding.EncodeToString(der)
	}
	b64 := base64.StdEncoding.EncodeToString
	const raw = "a-shared-secret-of-32-characters"
	shared := b64([]byte(raw))

	var all []fixture
	add := func(s webhook.Scheme, verify, sign string, f fixture) {
		var err error
		f.verifier, err = s.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(verify)})
		must(err)
		f.signer, err = s.Signer(webhook.SchemeConfig{Keys: webhook.OneKey(sign)})
		must(err)
		if f.name == "" {
			f.name = string(s)
		}
		all = append(all, f)
	}
	const five = 5 * time.Minute
	standard := []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"}
	svix := []string{"Svix-Id", "Svix-Timestamp", "Svix-Signature"}
	whpk, whsk := "whpk_"+b64(edPublic), "whsk_"+b64(edPrivate)
	add(webhook.StandardWebhooks, "whsec_"+shared, shared, fixture{headers: standard, signed: 2, tolerance: five, body: true})
	add(webhook.StandardWebhooks, whpk, whsk, fixture{name: "standard-v1a", headers: standard, signed: 2, tolerance: five, body: true})
	add(webhook.Svix, shared, shared, fixture{headers: svix, signed: 2, tolerance: five, body: true})
	add(webhook.Stripe, raw, raw, fixture{headers: []string{"Stripe-Signature"}, tolerance: five, body: true})
	add(webhook.GitHub, raw, raw, fixture{headers: []string{"X-Hub-Signature-256"}, body: true})
	add(webhook.GitHubSHA1, raw, raw, fixture{headers: []string{"X-Hub-Signature"}, body: true})
	add(webhook.Slack, raw, raw, fixture{headers: []string{"X-Slack-Request-Timestamp", "X-Slack-Signature"}, signed: 1, tolerance: five, body: true})
	add(webhook.Shopify, raw, raw, fixture{headers: []string{"X-Shopify-Hmac-Sha256"}, body: true})
	add(webhook.Twilio, raw, raw, fixture{headers: []string{"X-Twilio-Signature"}, url: true, body: true, form: true})
	add(webhook.SendGrid, spki(&ec.PublicKey), pkcs8(ec), fixture{body: true, signed: 1, headers: []string{
		"X-Twilio-Email-Event-Webhook-Timestamp", "X-Twilio-Email-Event-Webhook-Signature"}})
	add(webhook.Square, raw, raw, fixture{headers: []string{"X-Square-Hmacsha256-Signature"}, url: true, body: true})
	add(webhook.Paddle, raw, raw, fixture{headers: []string{"Paddle-Signature"}, tolerance: five, body: true})
	add(webhook.Discord, hex.EncodeToString(edPublic), hex.EncodeToString(edPrivate), fixture{
		headers: []string{"X-Signature-Timestamp", "X-Signature-Ed25519"}, signed: 1, tolerance: five, body: true})
	add(webhook.PagerDuty, raw, raw, fixture{headers: []string{"X-Pagerduty-Signature"}, body: true})
	add(webhook.Twitch, raw, raw, fixture{tolerance: 2 * five, body: true, signed: 2, headers: []string{
		"Twitch-Eventsub-Message-Id", "Twitch-Eventsub-Message-Timestamp", "Twitch-Eventsub-Message-Signature"}})
	add(webhook.HubSpotV1, raw, raw, fixture{headers: []string{"X-Hubspot-Signature"}, body: true})
	add(webhook.HubSpotV2, raw, raw, fixture{headers: []string{"X-Hubspot-Signature"}, url: true, body: true})
	add(webhook.HubSpotV3, raw, raw, fixture{tolerance: five, url: true, body: true, signed: 1, headers: []string{
		"X-Hubspot-Request-Timestamp", "X-Hubspot-Signature-V3"}})
	add(webhook.Linear, raw, raw, fixture{headers: []string{"Linear-Signature"}, tolerance: time.Minute, body: true, json: true})
	add(webhook.Mailgun, raw, raw, fixture{
		json: true, extra: mailgunFields, resign: func(m *webhook.Message) { mailgunFields(m) }})
	add(webhook.LINE, raw, raw, fixture{headers: []string{"X-Line-Signature"}, body: true})

	generic := webhook.HMACConfig{Keys: webhook.OneKey(raw)}
	f := fixture{name: "hmac", headers: []string{"X-Signature"}, body: true}
	f.verifier, err = webhook.NewHMAC(generic)
	must(err)
	f.signer, err = webhook.NewHMACSigner(generic)
	must(err)
	all = append(all, f)

	long := strings.Repeat("0123456789", 20)
	token := webhook.StaticTokenConfig{Keys: webhook.OneKey(long)}
	f = fixture{name: "token", headers: []string{"X-Webhook-Token"}, signed: 1}
	f.verifier, err = webhook.NewStaticToken(token)
	must(err)
	f.signer, err = webhook.NewStaticTokenSigner(token)
	must(err)
	all = append(all, f)

	basic := webhook.BasicAuthConfig{Username: "ada", Keys: webhook.OneKey(long)}
	f = fixture{name: "basic", headers: []string{"Authorization"}, extra: basicFields}
	f.verifier, err = webhook.NewBasicAuth(basic)
	must(err)
	f.signer, err = webhook.NewBasicAuthSigner(basic)
	must(err)
	all = append(all, f)

	for _, k := range []struct {
		algorithm, public, private string
		slow                       bool
	}{
		{"hmac-sha256", shared, shared, false},
		{"ed25519", spki(edPublic), pkcs8(edPrivate), false},
		{"ecdsa-p256-sha256", spki(&ec.PublicKey), pkcs8(ec), false},
		{"ecdsa-p384-sha384", spki(&ec384.PublicKey), pkcs8(ec384), true},
		{"rsa-pss-sha512", spki(&rsaKey.PublicKey), pkcs8(rsaKey), true},
		{"rsa-v1_5-sha256", spki(&rsaKey.PublicKey), pkcs8(rsaKey), true},
	} {
		f = fixture{name: "rfc9421-" + k.algorithm, tolerance: five, url: true, body: true, slow: k.slow,
			headers: []string{"Content-Digest", "Signature-Input", "Signature"}, signed: 2}
		if k.algorithm == "hmac-sha256" {
			f.resign = resignMessage
		}
		f.verifier, err = webhook.NewMessageSignature(webhook.MessageSignatureConfig{
			Keys: webhook.OneKey(k.algorithm + ":" + k.public)})
		must(err)
		f.signer, err = webhook.NewMessageSigner(webhook.MessageSignerConfig{
			Key: webhook.Key{Secret: webhook.NewSecret(k.algorithm + ":" + k.private)}})
		must(err)
		all = append(all, f)
	}
	return all
})

var signedAt = time.Unix(1_760_000_000, 0)

// sign returns a signed message whose body is made from the given bytes.
func (f fixture) sign(tb testing.TB, body []byte) *webhook.Message {
	tb.Helper()
	m := &webhook.Message{Method: http.MethodPost, URL: hookURL, Header: http.Header{}, Body: body, Now: signedAt}
	if f.json {
		m.Body = []byte(`{"text":` + strconv.QuoteToASCII(hex.EncodeToString(body)) + `,"webhookTimestamp":` +
			strconv.FormatInt(signedAt.UnixMilli(), 10) + `}`)
	}
	if f.signed > 1 && strings.HasSuffix(f.headers[0], "-Id") {
		m.Header.Set(f.headers[0], "msg_2026-11")
	}
	if f.form {
		m.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		m.Body = []byte("Body=" + hex.EncodeToString(body))
	}
	require.NoError(tb, f.signer.Sign(m))
	return m
}

func clone(m *webhook.Message) *webhook.Message {
	c := *m
	c.Header = m.Header.Clone()
	c.Body = bytes.Clone(m.Body)
	return &c
}

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
			random := rand.NewChaCha8([32]byte{7})
			numbers := rand.New(random)
			n := 10_000
			if f.slow {
				n = 100
			}
			for range n {
				body := make([]byte, numbers.IntN(600))
				_, _ = random.Read(body)
				m := f.sign(t, body)
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

// field is one part of a signed tuple.
type field struct {
	name, text string
	set        func(*webhook.Message, string)
}

func (f fixture) fields(m *webhook.Message) (all []field) {
	if f.extra != nil {
		return f.extra(m)
	}
	if f.url {
		all = append(all, field{"url", m.URL, func(m *webhook.Message, s string) { m.URL = s }})
	}
	for _, name := range f.headers[:f.signed] {
		all = append(all, field{name, m.Header.Get(name), func(m *webhook.Message, s string) { m.Header[name] = []string{s} }})
	}
	if f.body {
		all = append(all, field{"body", string(m.Body), func(m *webhook.Message, s string) { m.Body = []byte(s) }})
	}
	return all
}

// resignMessage signs by RFC 9421 with a fixed nonce.
func resignMessage(m *webhook.Message) {
	const input = `("@method" "@target-uri" "content-digest");created=1760000000;nonce="n1"`
	sum, _ := hex.DecodeString(hexMAC("a-shared-secret-of-32-characters", `"@method": POST`+"\n"+`"@target-uri": `+m.URL+"\n"+
		`"content-digest": `+m.Header.Get("Content-Digest")+"\n"+`"@signature-params": `+input))
	m.Header.Set("Signature-Input", "sig1="+input)
	m.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(sum)+":")
}

func basicFields(m *webhook.Message) []field {
	encoded := strings.TrimPrefix(m.Header.Get("Authorization"), "Basic ")
	pair, _ := base64.StdEncoding.DecodeString(encoded)
	return []field{{"credentials", string(pair), func(m *webhook.Message, s string) {
		m.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(s)))
	}}}
}

// mailgunFields replaces the signer's token by one that makes a tuple of 200
// bytes, and signs again.
func mailgunFields(m *webhook.Message) []field {
	type signature struct {
		Timestamp string `json:"timestamp"`
		Token     string `json:"token"`
		Signature string `json:"signature"`
	}
	stamp, token := strconv.FormatInt(signedAt.Unix(), 10), strings.Repeat("0123456789", 19)
	sum := hexMAC("a-shared-secret-of-32-characters", stamp+token)
	write := func(m *webhook.Message, stamp, token string) {
		m.Body, _ = json.Marshal(map[string]any{"signature": signature{stamp, token, sum}})
	}
	write(m, stamp, token)
	return []field{
		{"timestamp", stamp, func(m *webhook.Message, s string) { write(m, s, token) }},
		{"token", token, func(m *webhook.Message, s string) { write(m, stamp, s) }},
	}
}

// tuple signs a message whose signed fields have at least size bytes.
func (f fixture) tuple(t *testing.T, size int) *webhook.Message {
	t.Helper()
	var m *webhook.Message
	for n := range size + 1 {
		total := 0
		m = f.sign(t, bytes.Repeat([]byte("x"), n))
		for _, field := range f.fields(m) {
			total += len(field.text)
		}
		if total >= size {
			break
		}
	}
	return m
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
