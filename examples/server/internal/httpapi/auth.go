package httpapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"

	"github.com/centrala-go/centrala/examples/server/internal/config"
	"github.com/centrala-go/centrala/webhook"
)

// verifier accepts the callers of the chatbot routes: by token or by HMAC,
// whichever secret is configured; nil when none is.
func (s *Server) verifier() (webhook.Verifier, error) {
	var accepted []webhook.Verifier
	if s.config.WebhookToken.Set() {
		accepted = append(accepted, &rotating{secret: s.config.WebhookToken, build: func(secret string) (webhook.Verifier, error) {
			return webhook.NewStaticToken(webhook.StaticTokenConfig{Keys: webhook.OneKey(secret)})
		}})
	}
	if s.config.WebhookHMAC.Set() {
		accepted = append(accepted, &rotating{secret: s.config.WebhookHMAC, build: func(secret string) (webhook.Verifier, error) {
			return webhook.NewHMAC(webhook.HMACConfig{Keys: webhook.OneKey(secret)})
		}})
	}
	for _, v := range accepted {
		if _, err := v.(*rotating).current(context.Background()); err != nil {
			return nil, err
		}
	}
	switch len(accepted) {
	case 0:
		return nil, nil
	case 1:
		return accepted[0], nil
	}
	return webhook.AnyOf(accepted...), nil
}

// rotating is a verifier whose secret may change while the server runs.
type rotating struct {
	secret config.Secret
	build  func(string) (webhook.Verifier, error)

	mu   sync.Mutex
	last string
	v    webhook.Verifier
}

func (r *rotating) current(ctx context.Context) (webhook.Verifier, error) {
	secret, err := r.secret.Value(ctx)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.v == nil || r.last != secret {
		v, err := r.build(secret)
		if err != nil {
			return nil, err
		}
		r.v, r.last = v, secret
	}
	return r.v, nil
}

// Verify implements webhook.Verifier.
func (r *rotating) Verify(m *webhook.Message) (webhook.Verification, error) {
	v, err := r.current(context.Background())
	if err != nil {
		return webhook.Verification{}, err
	}
	return v.Verify(m)
}

// admin guards the read side: open in sandbox mode; in live mode it wants
// ADMIN_TOKEN, and does not exist without one.
func (s *Server) admin(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch token, err := s.config.AdminToken.Value(r.Context()); {
		case err != nil:
			s.fail(w, r, err, "")
		case !s.config.AdminToken.Set() && s.config.Sandbox:
			next(w, r)
		case !s.config.AdminToken.Set():
			webhook.Refuse(http.StatusNotFound, "the read side is off: ADMIN_TOKEN is not set").ServeHTTP(w, r)
		case sameToken(r, token):
			next(w, r)
		default:
			w.Header().Set("WWW-Authenticate", `Basic realm="centrala"`)
			webhook.Refuse(http.StatusUnauthorized, "not authorised").ServeHTTP(w, r)
		}
	})
}

// sameToken compares digests in constant time.
func sameToken(r *http.Request, want string) bool {
	scheme, got, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		_, got, _ = r.BasicAuth()
	}
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return want != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
