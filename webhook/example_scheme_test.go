package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

func ExampleScheme_Verifier() {
	verifier, err := webhook.Stripe.Verifier(webhook.SchemeConfig{
		Keys: webhook.Keys{
			{Name: "november", Secret: webhook.NewSecret("whsec_new")},
			{Name: "october", Secret: webhook.NewSecret("whsec_old"), NotAfter: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)},
		},
		Tolerance: time.Minute,
	})
	if err != nil {
		panic(err)
	}
	_, err = verifier.Verify(&webhook.Message{
		Header: http.Header{"Stripe-Signature": {"t=1700000000,v0=00"}},
		Body:   []byte(`{"id":"evt_1"}`),
	})
	fmt.Println(err)
	_, err = webhook.Stripe.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("")})
	fmt.Println(errors.Is(err, webhook.ErrKey), err)
	// Output:
	// webhook: signature malformed: no readable signature in header Stripe-Signature
	// true webhook: unusable key: key "1" is empty
}

func ExampleScheme_Signer() {
	config := webhook.SchemeConfig{Keys: webhook.OneKey("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")}
	signer, err := webhook.StandardWebhooks.Signer(config)
	if err != nil {
		panic(err)
	}
	m := &webhook.Message{
		Header: http.Header{"Webhook-Id": {"msg_1"}},
		Body:   []byte(`{"type":"lead.created"}`),
		Now:    time.Unix(1_700_000_000, 0),
	}
	if err := signer.Sign(m); err != nil {
		panic(err)
	}
	fmt.Println(m.Header.Get("Webhook-Timestamp"))
	verifier, err := webhook.StandardWebhooks.Verifier(config)
	if err != nil {
		panic(err)
	}
	proof, err := verifier.Verify(m)
	fmt.Println(proof.ID, proof.Timestamp.Unix(), err)
	m.Now = m.Now.Add(301 * time.Second)
	_, err = verifier.Verify(m)
	fmt.Println(err)
	// Output:
	// 1700000000
	// msg_1 1700000000 <nil>
	// webhook: message too old: signed more than 5m0s ago
}

func ExampleSchemes() {
	for _, s := range webhook.Schemes()[:3] {
		fmt.Println(s)
	}
	// Output:
	// discord
	// github
	// github-sha1
}

func ExampleNewSecret() {
	secret := webhook.NewSecret("hush")
	fmt.Printf("%v %q %x\n", secret, secret, secret)
	// Output: [redacted] [redacted] [redacted]
}

func ExampleSecret_Reveal() {
	fmt.Println(webhook.NewSecret("hush").Reveal())
	// Output: hush
}

func ExampleOneKey() {
	verifier, err := webhook.GitHub.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("It's a Secret to Everybody")})
	fmt.Println(verifier != nil, err)
	// Output: true <nil>
}

func ExampleKey_Live() {
	end := time.Date(2026, 9, 30, 0, 0, 0, 0, time.UTC)
	old := webhook.Key{Name: "summer", NotAfter: end}
	fmt.Println(old.Live(end), old.Live(end.Add(time.Second)))
	// Output: true false
}

func ExampleMessage_HeaderValue() {
	m := &webhook.Message{Header: http.Header{"X-Signature": {"a", "b"}}}
	_, err := m.HeaderValue("X-Signature")
	fmt.Println(err)
	// Output: webhook: signature malformed: header X-Signature is repeated
}

func ExampleNewHMACSigner() {
	signer, err := webhook.NewHMACSigner(webhook.HMACConfig{
		Keys:       webhook.OneKey("a-long-shared-secret"),
		Signed:     "{timestamp}.{body}",
		TimeHeader: "X-Time",
		Encoding:   webhook.Base64,
	})
	if err != nil {
		panic(err)
	}
	m := &webhook.Message{Body: []byte("{}"), Now: time.Unix(1_700_000_000, 0)}
	err = signer.Sign(m)
	fmt.Println(m.Header.Get("X-Time"), m.Header.Get("X-Signature"), err)
	// Output: 1700000000 u/An8v4M40E5xtZ7k1KOET/GfkYa2SXCUF9yZHJEe5w= <nil>
}

func ExampleNewStaticTokenSigner() {
	signer, err := webhook.NewStaticTokenSigner(webhook.StaticTokenConfig{Keys: webhook.OneKey("a-long-token"), Query: "token"})
	if err != nil {
		panic(err)
	}
	var m webhook.Message
	err = signer.Sign(&m)
	fmt.Println(m.RawQuery, err)
	// Output: token=a-long-token <nil>
}

func ExampleNewBasicAuth() {
	verifier, err := webhook.NewBasicAuth(webhook.BasicAuthConfig{Username: "postmark", Keys: webhook.OneKey("a-long-password")})
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	r.SetBasicAuth("postmark", "a-long-password")
	proof, err := verifier.Verify(&webhook.Message{Header: r.Header})
	fmt.Println(proof.Scheme, proof.BodyAuthenticated, err)
	// Output: basic false <nil>
}

func ExampleNewBasicAuthSigner() {
	signer, err := webhook.NewBasicAuthSigner(webhook.BasicAuthConfig{Username: "ada", Keys: webhook.OneKey("pass")})
	if err != nil {
		panic(err)
	}
	var m webhook.Message
	err = signer.Sign(&m)
	fmt.Println(m.Header.Get("Authorization"), err)
	// Output: Basic YWRhOnBhc3M= <nil>
}

func ExampleNewMessageSignature() {
	key := webhook.Key{Name: "crm", Secret: webhook.NewSecret("hmac-sha256:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")}
	verifier, err := webhook.NewMessageSignature(webhook.MessageSignatureConfig{Keys: webhook.Keys{key}})
	if err != nil {
		panic(err)
	}
	signer, err := webhook.NewMessageSigner(webhook.MessageSignerConfig{Key: key})
	if err != nil {
		panic(err)
	}
	m := &webhook.Message{Method: http.MethodPost, URL: "https://hooks.example.com/crm", Body: []byte(`{"lead":1}`)}
	if err := signer.Sign(m); err != nil {
		panic(err)
	}
	proof, err := verifier.Verify(m)
	fmt.Println(proof.Key, proof.BodyAuthenticated, err)
	m.Body = []byte(`{"lead":2}`)
	_, err = verifier.Verify(m)
	fmt.Println(err)
	// Output:
	// crm true <nil>
	// webhook: signature mismatch: header Content-Digest
}

func ExampleNewMessageSigner() {
	signer, err := webhook.NewMessageSigner(webhook.MessageSignerConfig{
		Key:     webhook.Key{Secret: webhook.NewSecret("hmac-sha256:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")},
		Covered: []string{"@method", "@authority", "content-type"},
	})
	if err != nil {
		panic(err)
	}
	err = signer.Sign(&webhook.Message{Method: http.MethodPost, URL: "https://hooks.example.com/crm"})
	fmt.Println(err)
	// Output: webhook: signature missing: a covered header
}

func ExampleContentDigest() {
	fmt.Println(webhook.ContentDigest([]byte(`{"hello": "world"}`)))
	// Output: sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:
}

func ExampleVerifyContentDigest() {
	m := &webhook.Message{
		Header: http.Header{"Content-Digest": {"sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"}},
		Body:   []byte(`{"hello": "world"}`),
	}
	fmt.Println(webhook.VerifyContentDigest(m))
	m.Body = []byte(`{"hello": "World"}`)
	fmt.Println(webhook.VerifyContentDigest(m))
	// Output:
	// <nil>
	// webhook: signature mismatch: header Content-Digest
}

func ExampleMondayHandshake() {
	m := &webhook.Message{Method: http.MethodPost, Body: []byte(`{"challenge":"3eZbrw1aBm2r"}`)}
	w := httptest.NewRecorder()
	webhook.MondayHandshake(m, false).ServeHTTP(w, nil)
	fmt.Println(w.Code, w.Body)
	// Output: 200 {"challenge":"3eZbrw1aBm2r"}
}

func ExampleSlackHandshake() {
	m := &webhook.Message{Method: http.MethodPost, Body: []byte(`{"type":"url_verification","challenge":"3eZbrw1aBm2r"}`)}
	fmt.Println(webhook.SlackHandshake(m, false) == nil)
	w := httptest.NewRecorder()
	webhook.SlackHandshake(m, true).ServeHTTP(w, nil)
	fmt.Println(w.Code, w.Body)
	// Output:
	// true
	// 200 {"challenge":"3eZbrw1aBm2r"}
}

func ExampleTwitchHandshake() {
	m := &webhook.Message{
		Method: http.MethodPost,
		Header: http.Header{"Twitch-Eventsub-Message-Type": {"webhook_callback_verification"}},
		Body:   []byte(`{"challenge":"pogchamp-kappa-360noscope-vohiyo","subscription":{}}`),
	}
	w := httptest.NewRecorder()
	webhook.TwitchHandshake(m, true).ServeHTTP(w, nil)
	fmt.Println(w.Code, w.Body)
	// Output: 200 pogchamp-kappa-360noscope-vohiyo
}

func ExampleCloudEventsConsent_Handshake() {
	consent := webhook.CloudEventsConsent{Origins: []string{"eventemitter.example.com"}, Rate: 60}
	m := &webhook.Message{Method: http.MethodOptions, Header: http.Header{}}
	m.Header.Set("WebHook-Request-Origin", "eventemitter.example.com")
	m.Header.Set("WebHook-Request-Rate", "120")
	w := httptest.NewRecorder()
	consent.Handshake(m, false).ServeHTTP(w, nil)
	fmt.Println(w.Code, w.Header().Get("WebHook-Allowed-Origin"), w.Header().Get("WebHook-Allowed-Rate"))
	// Output: 200 eventemitter.example.com 60
}
