package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

func ExampleNewHMAC() {
	config := webhook.HMACConfig{Keys: webhook.OneKey("a-long-shared-secret")}
	verifier, err := webhook.NewHMAC(config)
	if err != nil {
		panic(err)
	}
	signer, err := webhook.NewHMACSigner(config)
	if err != nil {
		panic(err)
	}
	m := &webhook.Message{Body: []byte(`{"name":"Ada"}`)}
	if err := signer.Sign(m); err != nil {
		panic(err)
	}
	proof, err := verifier.Verify(m)
	fmt.Println(proof.Scheme, proof.Key, proof.BodyAuthenticated, err)
	m.Body = []byte(`{"name":"Eve"}`)
	_, err = verifier.Verify(m)
	fmt.Println(errors.Is(err, webhook.ErrMismatch), err)
	// Output:
	// hmac 1 true <nil>
	// true webhook: signature mismatch: header X-Signature
}

func ExampleNewStaticToken() {
	verifier, err := webhook.NewStaticToken(webhook.StaticTokenConfig{
		Header: "X-Callyzer-Signature",
		Keys: webhook.Keys{
			{Name: "autumn", Secret: webhook.NewSecret("new-token")},
			{Name: "summer", Secret: webhook.NewSecret("old-token"), NotAfter: time.Date(2026, 9, 30, 0, 0, 0, 0, time.UTC)},
		},
	})
	if err != nil {
		panic(err)
	}
	m := &webhook.Message{
		Header: http.Header{"X-Callyzer-Signature": {"old-token"}},
		Now:    time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC),
	}
	proof, err := verifier.Verify(m)
	fmt.Println(proof.Key, err)
	m.Now = m.Now.AddDate(0, 2, 0)
	_, err = verifier.Verify(m)
	fmt.Println(err)
	// Output:
	// summer <nil>
	// webhook: signature mismatch: token
}

func ExampleAnyOf() {
	signed, err := webhook.NewHMAC(webhook.HMACConfig{Keys: webhook.OneKey("a-long-shared-secret")})
	if err != nil {
		panic(err)
	}
	token, err := webhook.NewStaticToken(webhook.StaticTokenConfig{Keys: webhook.OneKey("a-long-token")})
	if err != nil {
		panic(err)
	}
	proof, err := webhook.AnyOf(signed, token).Verify(&webhook.Message{
		Header: http.Header{"X-Webhook-Token": {"a-long-token"}},
	})
	fmt.Println(proof.Scheme, proof.BodyAuthenticated, err)
	// Output: token false <nil>
}

func ExampleKeys_Check() {
	keys := webhook.OneKey("hush")
	_, err := keys.Check(16)
	fmt.Println(err)
	fmt.Println(keys)
	// Output:
	// webhook: unusable key: key "1" has 4 bytes, fewer than 16
	// [{ [redacted] 0001-01-01 00:00:00 +0000 UTC}]
}
