package transport_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/oauth2"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// sentWith makes one request with an Authorizer and shows what arrived.
func sentWith(auth transport.Authorizer) {
	fake := vendor()
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test", Authorize: auth}, transport.WithTransport(fake.Transport())))
	_, err := c.Do(context.Background(), &transport.Op{Name: "acme.get", Safety: transport.Read}, transport.Request{Path: "/me"})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := fake.Requests()[0]
	fmt.Println(r.URL, r.Header.Get("Authorization")+r.Header.Get("X-Api-Key"))
}

func ExampleAuthHeader() {
	secret := transport.StaticCredential("s3cr3t-token")
	sentWith(transport.AuthHeader("X-API-Key", "", secret))
	sentWith(transport.AuthBearer(secret))
	sentWith(transport.AuthBasic("user", secret))
	sentWith(transport.AuthQuery("key", secret))
	// Output:
	// /me s3cr3t-token
	// /me Bearer s3cr3t-token
	// /me Basic dXNlcjpzM2NyM3QtdG9rZW4=
	// /me?key=s3cr3t-token
}

func ExampleAuthOAuth2() {
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "s3cr3t-token", TokenType: "Bearer"})
	sentWith(transport.AuthOAuth2(source))
	// Output: /me Bearer s3cr3t-token
}

func ExampleCredentialFile() {
	dir, err := os.MkdirTemp("", "secrets")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "token")
	if err := os.WriteFile(file, []byte("s3cr3t-token\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	sentWith(transport.AuthBearer(transport.CredentialFile(file)))
	// Output: /me Bearer s3cr3t-token
}

// The vendor revokes the first token before its time: the call renews it once
// and goes on.
func ExampleCachedCredential() {
	tokens := []string{"first-token", "second-token"}
	login := func(context.Context) (string, time.Time, error) {
		token := tokens[0]
		tokens = tokens[1:]
		return token, time.Now().Add(time.Hour), nil
	}
	fake := vendor()
	fake.Inject(transporttest.Fault{Status: http.StatusUnauthorized})
	c := must(transport.New(transport.Config{
		Vendor: "acme", BaseURL: "https://api.acme.test", Authorize: transport.AuthBearer(transport.CachedCredential(login)),
	}, transport.WithTransport(fake.Transport())))
	_, err := c.Do(context.Background(), &transport.Op{Name: "acme.send"}, transport.Request{Body: []byte("{}")})
	for _, r := range fake.Requests() {
		fmt.Println(r.Header.Get("Authorization"))
	}
	fmt.Println(err)
	// Output:
	// Bearer first-token
	// Bearer second-token
	// <nil>
}

// A credential function that keeps its secret learns when the vendor refuses it.
func ExampleRefusedCredential() {
	held := "first-token"
	cred := func(ctx context.Context) (string, error) {
		if transport.RefusedCredential(ctx, held) {
			held = "second-token"
		}
		return held, nil
	}
	fake := vendor()
	fake.Inject(transporttest.Fault{Status: http.StatusUnauthorized})
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test", Authorize: transport.AuthBearer(cred)},
		transport.WithTransport(fake.Transport())))
	resp, err := c.Do(context.Background(), &transport.Op{Name: "acme.get", Safety: transport.Read}, transport.Request{})
	fmt.Println(resp.Attempts, held, err)
	// Output: 2 second-token <nil>
}

func ExampleWithTLSConfig() {
	// In a program: Certificates holds the client certificate.
	c, err := transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"},
		transport.WithTLSConfig(&tls.Config{MinVersion: tls.VersionTLS13}))
	fmt.Println(c != nil, err)
	// Output: true <nil>
}
