package webhook_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the vendor's choice
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v75/github"
	"github.com/sendgrid/sendgrid-go/helpers/eventwebhook"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	stripe "github.com/stripe/stripe-go/v85/webhook"
	svix "github.com/svix/svix-webhooks/go"
	twilio "github.com/twilio/twilio-go/client"

	"github.com/centrala-go/centrala/webhook"
)

const (
	hookURL = "https://hooks.example.com/in"
	secret  = "a-shared-secret-of-32-characters"
)

var (
	whsec    = "whsec_" + base64.StdEncoding.EncodeToString([]byte(secret))
	errWrong = errors.New("refused")
)

// peer is a sender's own library beside our verifier of the same scheme.
type peer struct {
	name           string
	scheme         webhook.Scheme
	public, secret string // the verifier's and the signer's key
	form           bool
	// verifier prepares the peer once, as a receiver would at its start.
	verifier func(tb testing.TB, m *webhook.Message) func(m *webhook.Message) error
	// bare is the work that the scheme cannot do without.
	bare func(m *webhook.Message) func() error
}

func peers(tb testing.TB) []peer {
	tb.Helper()
	public, private := ecdsaPair(tb)
	return []peer{
		{"standard-webhooks", webhook.StandardWebhooks, whsec, whsec, false, standardPeer, bareSHA256},
		{"svix-webhooks", webhook.Svix, whsec, whsec, false, svixPeer, bareSHA256},
		{"stripe-go", webhook.Stripe, secret, secret, false, stripePeer, bareSHA256},
		{"go-github", webhook.GitHub, secret, secret, false, githubPeer, bareSHA256},
		{"twilio-go, JSON", webhook.Twilio, secret, secret, false, twilioJSONPeer, bareTwilioJSON},
		{"twilio-go, form", webhook.Twilio, secret, secret, true, twilioFormPeer, bareTwilioForm},
		{"twilio-go, form parsed before", webhook.Twilio, secret, secret, true, twilioParsedPeer, bareTwilioForm},
		{"sendgrid-go", webhook.SendGrid, public, private, false, sendgridPeer(public), bareECDSA},
	}
}

func ecdsaPair(tb testing.TB) (public, private string) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(tb, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(tb, err)
	return base64.StdEncoding.EncodeToString(spki), base64.StdEncoding.EncodeToString(pkcs8)
}

// message is one that both sides get, with a body of about size bytes.
func (p peer) message(tb testing.TB, size int) *webhook.Message {
	tb.Helper()
	m := &webhook.Message{
		Method: http.MethodPost, URL: hookURL, Now: time.Now(),
		Header: http.Header{"Content-Type": {"application/json"}, "Webhook-Id": {"msg_1"}, "Svix-Id": {"msg_1"}},
		Body:   []byte(`{"data":"` + strings.Repeat("x", size-11) + `"}`),
	}
	if p.form {
		m.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		m.Body = formBody(size)
	}
	signer, err := p.scheme.Signer(webhook.SchemeConfig{Keys: webhook.OneKey(p.secret)})
	require.NoError(tb, err)
	require.NoError(tb, signer.Sign(m))
	m.Now = time.Time{} // from here on it is the clock's
	return m
}

// formBody is a form with twenty parameters.
func formBody(size int) []byte {
	const parameters = 20
	pairs := make([]string, parameters)
	for i := range pairs {
		pairs[i] = fmt.Sprintf("Field%02d=%s", i, strings.Repeat("x", size/parameters-9))
	}
	return []byte(strings.Join(pairs, "&"))
}

func (p peer) ours(tb testing.TB) webhook.Verifier {
	tb.Helper()
	v, err := p.scheme.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(p.public)})
	require.NoError(tb, err)
	return v
}

func standardPeer(tb testing.TB, _ *webhook.Message) func(*webhook.Message) error {
	tb.Helper()
	w, err := standardwebhooks.NewWebhook(whsec)
	require.NoError(tb, err)
	return func(m *webhook.Message) error { return w.Verify(m.Body, m.Header) }
}

func svixPeer(tb testing.TB, _ *webhook.Message) func(*webhook.Message) error {
	tb.Helper()
	w, err := svix.NewWebhook(whsec)
	require.NoError(tb, err)
	return func(m *webhook.Message) error { return w.Verify(m.Body, m.Header) }
}

func stripePeer(testing.TB, *webhook.Message) func(*webhook.Message) error {
	return func(m *webhook.Message) error {
		return stripe.ValidatePayload(m.Body, m.Header.Get("Stripe-Signature"), secret)
	}
}

func githubPeer(testing.TB, *webhook.Message) func(*webhook.Message) error {
	key := []byte(secret)
	return func(m *webhook.Message) error {
		return github.ValidateSignature(m.Header.Get("X-Hub-Signature-256"), m.Body, key)
	}
}

func twilioJSONPeer(testing.TB, *webhook.Message) func(*webhook.Message) error {
	v := twilio.NewRequestValidator(secret)
	return func(m *webhook.Message) error {
		return verdict(v.ValidateBody(m.URL, m.Body, m.Header.Get("X-Twilio-Signature")))
	}
}

// twilioFormPeer begins, as ours does, with the body as received.
func twilioFormPeer(testing.TB, *webhook.Message) func(*webhook.Message) error {
	v := twilio.NewRequestValidator(secret)
	return func(m *webhook.Message) error {
		return verdict(v.Validate(m.URL, parameters(m.Body), m.Header.Get("X-Twilio-Signature")))
	}
}

func twilioParsedPeer(_ testing.TB, m *webhook.Message) func(*webhook.Message) error {
	v, parsed := twilio.NewRequestValidator(secret), parameters(m.Body)
	return func(m *webhook.Message) error {
		return verdict(v.Validate(m.URL, parsed, m.Header.Get("X-Twilio-Signature")))
	}
}

func parameters(body []byte) map[string]string {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	flat := make(map[string]string, len(values))
	for name := range values {
		flat[name] = values.Get(name)
	}
	return flat
}

func sendgridPeer(public string) func(testing.TB, *webhook.Message) func(*webhook.Message) error {
	return func(tb testing.TB, _ *webhook.Message) func(*webhook.Message) error {
		tb.Helper()
		key, err := eventwebhook.ConvertPublicKeyBase64ToECDSA(public)
		require.NoError(tb, err)
		return func(m *webhook.Message) error {
			ok, err := eventwebhook.VerifySignature(key, m.Body, m.Header.Get("X-Twilio-Email-Event-Webhook-Signature"),
				m.Header.Get("X-Twilio-Email-Event-Webhook-Timestamp"))
			return errors.Join(err, verdict(ok))
		}
	}
}

func verdict(ok bool) error {
	if !ok {
		return errWrong
	}
	return nil
}

func bareSHA256(m *webhook.Message) func() error { return bareMAC(sha256.New, m.Body) }

func bareMAC(newHash func() hash.Hash, parts ...[]byte) func() error {
	want := make([]byte, 0, sha256.Size)
	return func() error {
		h := hmac.New(newHash, []byte(secret))
		for _, part := range parts {
			h.Write(part)
		}
		hmac.Equal(h.Sum(want), want)
		return nil
	}
}

func bareTwilioJSON(m *webhook.Message) func() error {
	mac := bareMAC(sha1.New, []byte(m.URL))
	return func() error {
		sha256.Sum256(m.Body)
		return mac()
	}
}

func bareTwilioForm(m *webhook.Message) func() error {
	names := parameters(m.Body)
	parts := [][]byte{[]byte(m.URL)}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		parts = append(parts, []byte(name), []byte(names[name]))
	}
	return bareMAC(sha1.New, slices.Concat(parts...))
}

func bareECDSA(m *webhook.Message) func() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return func() error { return err }
	}
	sum := sha256.Sum256(m.Body)
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	return func() error {
		sum := sha256.Sum256(m.Body)
		return errors.Join(err, verdict(ecdsa.VerifyASN1(&key.PublicKey, sum[:], signature)))
	}
}
