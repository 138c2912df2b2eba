package webhook_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// vector is one sample of webhook/vectors.json.
type vector struct {
	Name       string                     `json:"name"`
	Scheme     string                     `json:"scheme"`
	Secret     string                     `json:"secret"`
	Secrets    []string                   `json:"secrets"`
	Method     string                     `json:"method"`
	URL        string                     `json:"url"`
	Headers    map[string]json.RawMessage `json:"headers"`
	Body       string                     `json:"body"`
	BodyBase64 string                     `json:"body_base64"`
	Now        int64                      `json:"now"`
	Tolerance  *int64                     `json:"tolerance_s"`
	Options    struct {
		AllowSHA1     bool     `json:"allow_sha1"`
		ConfiguredURL string   `json:"configured_url"`
		Hash          string   `json:"hash"`
		Encoding      string   `json:"encoding"`
		Header        string   `json:"header"`
		Prefix        string   `json:"prefix"`
		Require       []string `json:"require"`
		Audience      string   `json:"audience"` // of monday, which lives with its vendor
	} `json:"options"`
	Expect string `json:"expect"`
	Why    string `json:"why"`
	// Not needed here; named so that nothing in the file is passed over unseen.
	Level, Origin, Source string
}

// conformance reads a file of published vectors, and fails on a field that the
// test does not know.
func conformance(t *testing.T, file string, into any) {
	t.Helper()
	folder := os.Getenv("CENTRALA_CONFORMANCE")
	if folder == "" {
		t.Skip("CENTRALA_CONFORMANCE does not name the folder of published vectors")
	}
	raw, err := os.ReadFile(filepath.Join(folder, file))
	require.NoError(t, err)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(into))
}

func (v vector) message(t *testing.T) *webhook.Message {
	t.Helper()
	m := &webhook.Message{Method: v.Method, URL: v.URL, Body: []byte(v.Body), Header: http.Header{}, Now: time.Unix(v.Now, 0)}
	if v.BodyBase64 != "" {
		raw, err := base64.StdEncoding.DecodeString(v.BodyBase64)
		require.NoError(t, err)
		m.Body = raw
	}
	if v.Options.ConfiguredURL != "" {
		m.URL = v.Options.ConfiguredURL
	}
	for name, raw := range v.Headers {
		var values []string
		if json.Unmarshal(raw, &values) != nil {
			values = make([]string, 1)
			require.NoError(t, json.Unmarshal(raw, &values[0]))
		}
		for _, value := range values {
			m.Header.Add(name, value)
		}
	}
	return m
}

func (v vector) keys() (keys webhook.Keys) {
	for _, secret := range v.Secrets {
		keys = append(keys, webhook.Key{Secret: webhook.NewSecret(secret)})
	}
	if len(keys) == 0 {
		return webhook.OneKey(v.Secret)
	}
	return keys
}

func (v vector) verifier() (webhook.Verifier, error) {
	tolerance := webhook.NoTolerance
	if v.Tolerance != nil && *v.Tolerance >= 0 {
		tolerance = time.Duration(*v.Tolerance) * time.Second
	}
	o := v.Options
	switch v.Scheme {
	case "generic":
		c := webhook.HMACConfig{Keys: v.keys(), Header: o.Header, Prefix: o.Prefix}
		if o.Hash == "sha512" {
			c.Hash = crypto.SHA512
		}
		if o.Encoding == "base64" {
			c.Encoding = webhook.Base64
		}
		return webhook.NewHMAC(c)
	case "token":
		return webhook.NewStaticToken(webhook.StaticTokenConfig{Keys: v.keys(), Header: o.Header})
	case "rfc9421":
		require := append([]string{}, o.Require...)
		return webhook.NewMessageSignature(webhook.MessageSignatureConfig{Keys: v.keys(), Require: require, Tolerance: tolerance})
	case "github":
		if o.AllowSHA1 {
			return webhook.GitHubSHA1.Verifier(webhook.SchemeConfig{Keys: v.keys()})
		}
	}
	return webhook.Scheme(v.Scheme).Verifier(webhook.SchemeConfig{Keys: v.keys(), Tolerance: tolerance})
}

func TestConformance_Vectors(t *testing.T) {
	t.Parallel()
	var vectors []vector
	conformance(t, "webhook/vectors.json", &vectors)
	require.NotEmpty(t, vectors)
	for _, v := range vectors {
		if v.Scheme == "monday" { // lives with its vendor
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, []string{"valid", "invalid"}, v.Expect)
			err := v.verdict(t)
			require.Equal(t, v.Expect == "valid", err == nil, "%s: %v", v.Why, err)
			if err != nil && !errors.Is(err, webhook.ErrKey) {
				oneKind(t, err) // neither a scheme unknown here nor an option misread
			}
		})
	}
}

// verdict is what verifying the vector's message comes to.
func (v vector) verdict(t *testing.T) error {
	t.Helper()
	if v.Scheme == "rfc9530" {
		return webhook.VerifyContentDigest(v.message(t))
	}
	verifier, err := v.verifier()
	if err != nil {
		require.ErrorIs(t, err, webhook.ErrKey, "only a key is refused at construction")
		return err
	}
	_, err = verifier.Verify(v.message(t))
	return err
}

func TestConformance_Twilio(t *testing.T) {
	t.Parallel()
	var file struct {
		Note    string
		Vectors []struct {
			Note, Source string
			NPMTwilio    any                 `json:"npm_twilio"` // what another library says
			Name         string              `json:"name"`
			Kind         string              `json:"kind"`
			Token        string              `json:"token"`
			URL          string              `json:"url"`
			Params       map[string][]string `json:"params"`
			Body         string              `json:"body"`
			Signature    string              `json:"signature"`
			Valid        bool                `json:"valid"`
		} `json:"vectors"`
	}
	conformance(t, "twilio/signatures.json", &file)
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			m := message(v.Body, "X-Twilio-Signature", v.Signature, "Content-Type", "application/json")
			m.URL = v.URL
			if v.Kind == "form" {
				m.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
				m.Body = []byte(url.Values(v.Params).Encode())
			}
			verifier, err := webhook.Twilio.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(v.Token)})
			require.NoError(t, err)
			_, err = verifier.Verify(m)
			require.Equal(t, v.Valid, err == nil, "%v", err)
			if err != nil {
				oneKind(t, err)
			}
			before, query, _ := strings.Cut(v.URL, "?")
			m.URL, m.RawQuery = before+"?other=1", query
			_, err = verifier.Verify(m)
			require.Equal(t, v.Valid && query != "", err == nil, "query received: %v", err)
		})
	}
}

func TestConformance_SendGrid(t *testing.T) {
	t.Parallel()
	var file struct {
		Note    string
		Vectors []struct {
			Note, Source string
			NPM          any    `json:"npm_eventwebhook"` // what another library says
			Name         string `json:"name"`
			PublicKey    string `json:"public_key"`
			Signature    string `json:"signature"`
			Timestamp    string `json:"timestamp"`
			Payload      string `json:"payload"`
			Valid        bool   `json:"valid"`
		} `json:"vectors"`
	}
	conformance(t, "sendgrid/signatures.json", &file)
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			verifier, err := webhook.SendGrid.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey(v.PublicKey)})
			require.NoError(t, err)
			_, err = verifier.Verify(message(v.Payload,
				"X-Twilio-Email-Event-Webhook-Signature", v.Signature,
				"X-Twilio-Email-Event-Webhook-Timestamp", v.Timestamp))
			require.Equal(t, v.Valid, err == nil, "%v", err)
		})
	}
}
