// Command timing looks for timing leaks in the verification of monday's JWT:
// it gets signatures that are wrong in their first and in their last byte. The
// exit status is 1 if it leaks.
//
//	go run ./monday/internal/timing
package main

import (
	"encoding/base64"
	"errors"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/centrala-go/centrala/internal/dudect"
	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/webhook"
)

func main() {
	plan := dudect.Plan{Rounds: 20_000, Batch: 200, Round: 200 * time.Microsecond}
	s, err := subject()
	if err != nil {
		log.Fatal(err)
	}
	if !plan.Report(os.Stdout, []dudect.Subject{s}) {
		os.Exit(1)
	}
}

func subject() (dudect.Subject, error) {
	const endpoint = "https://hooks.example.com/monday"
	keys := webhook.OneKey("a-shared-secret-of-32-characters")
	v, err := monday.NewWebhookVerifier(monday.WebhookConfig{Keys: keys, Audience: endpoint})
	if err != nil {
		return dudect.Subject{}, err
	}
	s, err := monday.NewWebhookSigner(monday.WebhookSignerConfig{Key: keys[0], Audience: endpoint})
	if err != nil {
		return dudect.Subject{}, err
	}
	m := &webhook.Message{Now: time.Now()}
	if err := s.Sign(m); err != nil {
		return dudect.Subject{}, err
	}
	wrong := func(i int) *webhook.Message {
		token := m.Header.Get("Authorization")
		at := strings.LastIndexByte(token, '.') + 1
		sum, err := base64.RawURLEncoding.DecodeString(token[at:])
		if err != nil {
			log.Fatal(err)
		}
		sum[i] ^= 1
		token = token[:at] + base64.RawURLEncoding.EncodeToString(sum)
		return &webhook.Message{Now: m.Now, Header: http.Header{"Authorization": {token}}}
	}
	first, last := wrong(0), wrong(31)
	if _, err := v.Verify(last); !errors.Is(err, webhook.ErrMismatch) {
		return dudect.Subject{}, errors.New("the wrong signature is not a mismatch")
	}
	return dudect.Subject{
		Name:  "monday",
		First: func() { _, _ = v.Verify(first) },
		Last:  func() { _, _ = v.Verify(last) },
	}, nil
}
