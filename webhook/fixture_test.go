package webhook_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/http"
	"net/url"
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
	method    bool                           // whether it is
	inList    string                         // name of the signed time in the list that headers[0] is
	extra     func(*webhook.Message) []field // the signed tuple, where it is none of these
	resign    func(*webhook.Message)         // signs again without randomness
	json      bool                           // the body must be a JSON object
	form      bool                           // the body is sent as a form
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
	rsaKey, err := fixedRSA()
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
	add(webhook.Stripe, raw, raw, fixture{headers: []string{"Stripe-Signature"}, inList: "t=", tolerance: five, body: true})
	add(webhook.GitHub, raw, raw, fixture{headers: []string{"X-Hub-Signature-256"}, body: true})
	add(webhook.GitHubSHA1, raw, raw, fixture{headers: []string{"X-Hub-Signature"}, body: true})
	add(webhook.Slack, raw, raw, fixture{headers: []string{"X-Slack-Request-Timestamp", "X-Slack-Signature"}, signed: 1, tolerance: five, body: true})
	add(webhook.Shopify, raw, raw, fixture{headers: []string{"X-Shopify-Hmac-Sha256"}, body: true})
	add(webhook.Twilio, raw, raw, fixture{headers: []string{"X-Twilio-Signature"}, url: true, body: true, form: true})
	add(webhook.SendGrid, spki(&ec.PublicKey), pkcs8(ec), fixture{body: true, signed: 1, headers: []string{
		"X-Twilio-Email-Event-Webhook-Timestamp", "X-Twilio-Email-Event-Webhook-Signature"}})
	add(webhook.Square, raw, raw, fixture{headers: []string{"X-Square-Hmacsha256-Signature"}, url: true, body: true})
	add(webhook.Paddle, raw, raw, fixture{headers: []string{"Paddle-Signature"}, inList: "ts=", tolerance: five, body: true})
	add(webhook.Discord, hex.EncodeToString(edPublic), hex.EncodeToString(edPrivate), fixture{
		headers: []string{"X-Signature-Timestamp", "X-Signature-Ed25519"}, signed: 1, tolerance: five, body: true})
	add(webhook.PagerDuty, raw, raw, fixture{headers: []string{"X-Pagerduty-Signature"}, body: true})
	add(webhook.Twitch, raw, raw, fixture{tolerance: 2 * five, body: true, signed: 2, headers: []string{
		"Twitch-Eventsub-Message-Id", "Twitch-Eventsub-Message-Timestamp", "Twitch-Eventsub-Message-Signature"}})
	add(webhook.HubSpotV1, raw, raw, fixture{headers: []string{"X-Hubspot-Signature"}, body: true})
	add(webhook.HubSpotV2, raw, raw, fixture{headers: []string{"X-Hubspot-Signature"}, method: true, url: true, body: true})
	add(webhook.HubSpotV3, raw, raw, fixture{tolerance: five, method: true, url: true, body: true, signed: 1, headers: []string{
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

	for _, k := range []struct{ algorithm, public, private string }{
		{"hmac-sha256", shared, shared},
		{"ed25519", spki(edPublic), pkcs8(edPrivate)},
		{"ecdsa-p256-sha256", spki(&ec.PublicKey), pkcs8(ec)},
		{"ecdsa-p384-sha384", spki(&ec384.PublicKey), pkcs8(ec384)},
		{"rsa-pss-sha512", spki(&rsaKey.PublicKey), pkcs8(rsaKey)},
		{"rsa-v1_5-sha256", spki(&rsaKey.PublicKey), pkcs8(rsaKey)},
	} {
		f = fixture{name: "rfc9421-" + k.algorithm, tolerance: five, method: true, url: true, body: true,
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

// fixedRSA returns a key that is the same in every process, as the fuzzer's
// must be.
func fixedRSA() (*rsa.PrivateKey, error) {
	random := rand.NewChaCha8([32]byte{9})
	prime := func() *big.Int {
		for {
			raw := make([]byte, 128)
			_, _ = random.Read(raw)
			raw[0] |= 0xC0
			raw[127] |= 1
			if p := new(big.Int).SetBytes(raw); p.ProbablyPrime(20) {
				return p
			}
		}
	}
	one := big.NewInt(1)
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{E: 65537}, Primes: []*big.Int{prime(), prime()}}
	p, q := key.Primes[0], key.Primes[1]
	key.N = new(big.Int).Mul(p, q)
	totient := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key.D = new(big.Int).ModInverse(big.NewInt(65537), totient)
	key.Precompute()
	return key, key.Validate()
}

// sign returns a signed message whose body is made from the given bytes.
func (f fixture) sign(tb testing.TB, body []byte) *webhook.Message {
	tb.Helper()
	m := f.message(body)
	require.NoError(tb, f.signer.Sign(m))
	return m
}

// message returns what sign signs.
func (f fixture) message(body []byte) *webhook.Message {
	m := &webhook.Message{Method: http.MethodPost, URL: hookURL, Header: http.Header{}, Body: body, Now: signedAt}
	if f.json {
		m.Body = []byte(`{"text":` + strconv.QuoteToASCII(hex.EncodeToString(body)) + `,"webhookTimestamp":` +
			strconv.FormatInt(signedAt.UnixMilli(), 10) + `}`)
	}
	if f.id() != "" {
		m.Header.Set(f.id(), "msg_2026-11")
	}
	if f.form {
		m.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		m.Body = []byte("Body=" + hex.EncodeToString(body))
	}
	return m
}

// random returns a message with random content wherever the scheme takes any.
func (f fixture) random(numbers *rand.Rand) *webhook.Message {
	text := func(longest int) string {
		raw := make([]byte, numbers.IntN(longest))
		for i := range raw {
			raw[i] = byte(numbers.Uint32())
		}
		return string(raw)
	}
	m := f.message([]byte(text(600)))
	m.URL = "https://hooks.example.com/" + url.PathEscape(text(20)) + "?" + url.Values{"x": {text(20)}}.Encode()
	switch {
	case f.json:
		quoted, _ := json.Marshal(text(600))
		m.Body = fmt.Appendf(nil, `{"webhookTimestamp":%d,"text":%s}`, signedAt.UnixMilli(), quoted)
	case f.form:
		m.Body = []byte(url.Values{text(20): {text(200), text(200)}, text(20): {text(200)}}.Encode())
	case m.Header.Get(f.id()) != "":
		m.Header.Set(f.id(), "msg_"+hex.EncodeToString([]byte(text(40))))
	}
	return m
}

// id is the header of the signed id, "" where there is none.
func (f fixture) id() string {
	if f.signed > 1 && strings.HasSuffix(f.headers[0], "-Id") {
		return f.headers[0]
	}
	return ""
}

func clone(m *webhook.Message) *webhook.Message {
	c := *m
	c.Header = m.Header.Clone()
	c.Body = bytes.Clone(m.Body)
	return &c
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
	if f.method {
		all = append(all, field{"method", m.Method, func(m *webhook.Message, s string) { m.Method = s }})
	}
	if f.inList != "" {
		list := m.Header.Get(f.headers[0])
		_, text, _ := strings.Cut(list, f.inList)
		text = text[:10]
		all = append(all, field{"time", text, func(m *webhook.Message, s string) {
			m.Header.Set(f.headers[0], strings.Replace(list, f.inList+text, f.inList+s, 1))
		}})
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
	_, encoded, _ := strings.Cut(m.Header.Get("Authorization"), " ")
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
