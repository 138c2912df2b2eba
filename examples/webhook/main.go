// Command webhook receives signed events the safe way: verified, each one
// handled once, acknowledged only after it was handled. It sends itself a few
// and needs no credentials:
//
//	go run ./examples/webhook
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/centrala-go/centrala/webhook"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	// Two keys at once let a secret be replaced without losing a delivery.
	keys := webhook.Keys{
		{Name: "new", Secret: webhook.NewSecret("a-new-secret-of-32-characters-xx")},
		{Name: "old", Secret: webhook.NewSecret("the-old-secret-of-32-characters-")},
	}
	verifier, err := webhook.NewHMAC(webhook.HMACConfig{Keys: keys})
	if err != nil {
		return err
	}
	receive, err := webhook.NewHandler(webhook.Config{Source: "shop", Verifier: verifier, Dedupe: webhook.NewMemoryStore()},
		func(_ context.Context, e webhook.Event) error {
			_, err := fmt.Fprintf(out, "handled %s, signed with the %s key\n", e.Body, e.Verification.Key)
			return err
		})
	if err != nil {
		return err
	}
	send := func(body string, keys webhook.Keys) error {
		m := &webhook.Message{Method: http.MethodPost, Header: http.Header{}, Body: []byte(body)}
		signer, err := webhook.NewHMACSigner(webhook.HMACConfig{Keys: keys})
		if err != nil {
			return err
		}
		if err := signer.Sign(m); err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s: status %d\n", body, deliver(ctx, receive, m))
		return err
	}
	for _, event := range []struct {
		body string
		keys webhook.Keys
	}{
		{`{"order":1}`, keys[:1]},
		{`{"order":1}`, keys[:1]}, // the sender repeats: acknowledged, not handled again
		{`{"order":2}`, keys[1:]},
		{`{"order":3}`, webhook.OneKey("somebody-else's-secret")},
	} {
		if err := send(event.body, event.keys); err != nil {
			return err
		}
	}
	return nil
}

// deliver serves a message in memory and returns the answer's status.
func deliver(ctx context.Context, h http.Handler, m *webhook.Message) int {
	req := httptest.NewRequestWithContext(ctx, m.Method, "/shop", bytes.NewReader(m.Body))
	req.Header = m.Header
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec.Code
}
