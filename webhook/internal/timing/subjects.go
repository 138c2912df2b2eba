package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/centrala-go/centrala/internal/dudect"
	"github.com/centrala-go/centrala/webhook"
)

const secret = "a-shared-secret-of-32-characters"

// place says where a scheme puts its signature.
type place struct {
	header string // empty: the JSON field signature.signature of the body
	before string // what precedes the signature
	after  string // what follows it
	decode func(string) ([]byte, error)
	encode func([]byte) string
	public *span // set for signatures by a private key
}

// span is where a wrong byte keeps a signature by a private key well formed:
// from and to are what is wrong in the two classes. What their verification
// takes depends on the signature, which is no secret, so the classes are means
// over many messages.
type span struct{ from, to int }

var (
	edSpan  = &span{0, 31}  // R
	rawSpan = &span{1, 31}  // r, first of two numbers
	derSpan = &span{6, 33}  // r, in DER
	rsaSpan = &span{1, 255} // of 2,048 bits
)

func (p place) by(s *span) place {
	p.public = s
	return p
}

func inHex(header, before string) place {
	return place{header: header, before: before, decode: hex.DecodeString, encode: hex.EncodeToString}
}

func inBase64(header, before, after string) place {
	return place{
		header: header, before: before, after: after,
		decode: base64.StdEncoding.DecodeString, encode: base64.StdEncoding.EncodeToString,
	}
}

func asText(header, before string) place {
	return place{
		header: header, before: before,
		decode: func(s string) ([]byte, error) { return []byte(s), nil },
		encode: func(b []byte) string { return string(b) },
	}
}

// places holds every scheme of webhook.Schemes.
var places = map[webhook.Scheme]place{
	webhook.Discord:          inHex("X-Signature-Ed25519", "").by(edSpan),
	webhook.GitHub:           inHex("X-Hub-Signature-256", "sha256="),
	webhook.GitHubSHA1:       inHex("X-Hub-Signature", "sha1="),
	webhook.HubSpotV1:        inHex("X-Hubspot-Signature", ""),
	webhook.HubSpotV2:        inHex("X-Hubspot-Signature", ""),
	webhook.HubSpotV3:        inBase64("X-Hubspot-Signature-V3", "", ""),
	webhook.LINE:             inBase64("X-Line-Signature", "", ""),
	webhook.Linear:           inHex("Linear-Signature", ""),
	webhook.Mailgun:          {before: `"signature":"`, after: `"}`, decode: hex.DecodeString, encode: hex.EncodeToString},
	webhook.Paddle:           inHex("Paddle-Signature", "h1="),
	webhook.PagerDuty:        inHex("X-Pagerduty-Signature", "v1="),
	webhook.SendGrid:         inBase64("X-Twilio-Email-Event-Webhook-Signature", "", "").by(derSpan),
	webhook.Shopify:          inBase64("X-Shopify-Hmac-Sha256", "", ""),
	webhook.Slack:            inHex("X-Slack-Signature", "v0="),
	webhook.Square:           inBase64("X-Square-Hmacsha256-Signature", "", ""),
	webhook.StandardWebhooks: inBase64("Webhook-Signature", "v1,", ""),
	webhook.Stripe:           inHex("Stripe-Signature", "v1="),
	webhook.Svix:             inBase64("Svix-Signature", "v1,", ""),
	webhook.Twilio:           inBase64("X-Twilio-Signature", "", ""),
	webhook.Twitch:           inHex("Twitch-Eventsub-Message-Signature", "sha256="),
}

// builder gathers subjects and the first error.
type builder struct {
	messages int // most in each class
	subjects []dudect.Subject
	err      error
}

func subjects(messages int) ([]dudect.Subject, error) {
	b := &builder{messages: messages}
	for _, scheme := range webhook.Schemes() {
		at, ok := places[scheme]
		if !ok {
			return nil, fmt.Errorf("no place for scheme %q", scheme)
		}
		public, private, err := keysOf(scheme)
		if err != nil {
			return nil, err
		}
		v, err := scheme.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(public)})
		b.fail(err)
		s, err := scheme.Signer(webhook.SchemeConfig{Keys: webhook.OneKey(private)})
		b.fail(err)
		b.add(string(scheme), v, s, at)
	}
	b.addDescribed()
	b.addMessageSignatures()
	b.subjects = append(b.subjects, control())
	return b.subjects, b.err
}

func (b *builder) fail(err error) { b.err = errors.Join(b.err, err) }

// addDescribed adds the schemes that take a description, and v1a.
func (b *builder) addDescribed() {
	keys := webhook.OneKey(secret)
	v, err := webhook.NewHMAC(webhook.HMACConfig{Keys: keys})
	b.fail(err)
	s, err := webhook.NewHMACSigner(webhook.HMACConfig{Keys: keys})
	b.fail(err)
	b.add("hmac", v, s, inHex("X-Signature", ""))
	v, err = webhook.NewStaticToken(webhook.StaticTokenConfig{Keys: keys})
	b.fail(err)
	s, err = webhook.NewStaticTokenSigner(webhook.StaticTokenConfig{Keys: keys})
	b.fail(err)
	b.add("token", v, s, asText("X-Webhook-Token", ""))
	basic := webhook.BasicAuthConfig{Username: "ada", Keys: keys}
	v, err = webhook.NewBasicAuth(basic)
	b.fail(err)
	s, err = webhook.NewBasicAuthSigner(basic)
	b.fail(err)
	b.add("basic", v, s, inBase64("Authorization", "Basic ", ""))

	public, private, err := ed25519.GenerateKey(nil)
	b.fail(err)
	encode := base64.StdEncoding.EncodeToString
	v, err = webhook.StandardWebhooks.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("whpk_" + encode(public))})
	b.fail(err)
	s, err = webhook.StandardWebhooks.Signer(webhook.SchemeConfig{Keys: webhook.OneKey("whsk_" + encode(private))})
	b.fail(err)
	b.add("standard v1a", v, s, inBase64("Webhook-Signature", "v1a,", "").by(edSpan))
}

// addMessageSignatures adds RFC 9421 with every algorithm.
func (b *builder) addMessageSignatures() {
	_, ed, err := ed25519.GenerateKey(nil)
	b.fail(err)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.fail(err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	b.fail(err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	b.fail(err)
	shared := base64.StdEncoding.EncodeToString([]byte(secret))
	b.addMessageSignature("hmac-sha256", shared, shared, nil)
	b.addAsymmetric("ed25519", ed.Public(), ed, edSpan)
	b.addAsymmetric("ecdsa-p256-sha256", p256.Public(), p256, rawSpan)
	b.addAsymmetric("ecdsa-p384-sha384", p384.Public(), p384, rawSpan)
	b.addAsymmetric("rsa-pss-sha512", rsaKey.Public(), rsaKey, rsaSpan)
	b.addAsymmetric("rsa-v1_5-sha256", rsaKey.Public(), rsaKey, rsaSpan)
}

func (b *builder) addAsymmetric(algorithm string, public, private any, wrong *span) {
	spki, err := x509.MarshalPKIXPublicKey(public)
	b.fail(err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	b.fail(err)
	b.addMessageSignature(algorithm, base64.StdEncoding.EncodeToString(spki), base64.StdEncoding.EncodeToString(pkcs8), wrong)
}

func (b *builder) addMessageSignature(algorithm, public, private string, wrong *span) {
	v, err := webhook.NewMessageSignature(webhook.MessageSignatureConfig{Keys: webhook.OneKey(algorithm + ":" + public)})
	b.fail(err)
	s, err := webhook.NewMessageSigner(webhook.MessageSignerConfig{
		Key: webhook.Key{Secret: webhook.NewSecret(algorithm + ":" + private)},
	})
	b.fail(err)
	b.add("rfc9421 "+algorithm, v, s, inBase64("Signature", "sig1=:", ":").by(wrong))
}

// keysOf returns the verifier's and the signer's key of a scheme.
func keysOf(scheme webhook.Scheme) (public, private string, err error) {
	encode := base64.StdEncoding.EncodeToString
	switch scheme {
	case webhook.StandardWebhooks, webhook.Svix:
		key := encode([]byte(secret))
		return key, key, nil
	case webhook.Discord:
		public, private, err := ed25519.GenerateKey(nil)
		return hex.EncodeToString(public), hex.EncodeToString(private), err
	case webhook.SendGrid:
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return "", "", err
		}
		spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			return "", "", err
		}
		pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
		return encode(spki), encode(pkcs8), err
	default:
		return secret, secret, nil
	}
}

// add adds a subject that gets signatures with a wrong first or last byte.
func (b *builder) add(name string, v webhook.Verifier, s webhook.Signer, at place) {
	if b.err != nil {
		return
	}
	messages := b.messages
	if at.public == nil {
		messages = min(messages, 100) // alike, but for where they lie in memory
	}
	first, last := make([]*webhook.Message, messages), make([]*webhook.Message, messages)
	for i := range messages {
		m, err := signed(v, s, i)
		if err != nil {
			b.fail(fmt.Errorf("%s: %w", name, err))
			return
		}
		first[i], err = at.spoil(m, false)
		b.fail(err)
		last[i], err = at.spoil(m, true)
		b.fail(err)
	}
	b.subjects = append(b.subjects, dudect.Subject{
		Name: name, First: b.calls(name, v, first), Last: b.calls(name, v, last), Inputs: messages,
	})
}

// calls verifies the wrong messages.
func (b *builder) calls(name string, v webhook.Verifier, wrong []*webhook.Message) func(int) {
	if b.err != nil {
		return nil
	}
	for _, m := range wrong {
		if _, err := v.Verify(m); !errors.Is(err, webhook.ErrMismatch) {
			b.fail(fmt.Errorf("%s: a wrong signature gives %w", name, err))
		}
	}
	return func(i int) { _, _ = v.Verify(wrong[i]) }
}

// signed returns the i-th message, signed and verified.
func signed(v webhook.Verifier, s webhook.Signer, i int) (*webhook.Message, error) {
	now := time.Now()
	m := &webhook.Message{
		Method: http.MethodPost, URL: "https://hooks.example.com/in", Now: now,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body:   fmt.Appendf(nil, `{"n":%04d,"webhookTimestamp":%d}`, i+1000, now.UnixMilli()),
	}
	if err := s.Sign(m); err != nil {
		return nil, err
	}
	_, err := v.Verify(m)
	return m, err
}

// spoil returns m with one byte of its signature changed.
func (p place) spoil(m *webhook.Message, last bool) (*webhook.Message, error) {
	text := string(m.Body)
	if p.header != "" {
		text = m.Header.Get(p.header)
	}
	start, end := 0, len(text)
	if p.before != "" {
		start = strings.LastIndex(text, p.before) + len(p.before)
	}
	if p.after != "" {
		end = start + strings.Index(text[start:], p.after)
	}
	raw, err := p.decode(text[start:end])
	if err != nil {
		return nil, err
	}
	raw[p.wrong(len(raw), last)] ^= 1
	text = text[:start] + p.encode(raw) + text[end:]
	c := *m
	c.Header = m.Header.Clone()
	if p.header == "" {
		c.Body = []byte(text)
	} else {
		c.Header.Set(p.header, text)
	}
	return &c, nil
}

// wrong returns the place of the wrong byte in a signature of size bytes.
func (p place) wrong(size int, last bool) int {
	switch {
	case p.public != nil && last:
		return p.public.to
	case p.public != nil:
		return p.public.from
	case last:
		return size - 1
	}
	return 0
}

// control compares a token by ==.
func control() dudect.Subject {
	token := strings.Repeat(secret, 8)
	first, last := "b"+token[1:], token[:len(token)-1]+"b"
	var sink bool
	return dudect.Subject{Name: "control: token by ==", Leaks: true,
		First: func(int) { sink = token == first || sink },
		Last:  func(int) { sink = token == last || sink },
	}
}
