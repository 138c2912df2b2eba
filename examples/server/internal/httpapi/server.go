// Package httpapi is the reference server's outside: the routes a chatbot
// calls, the read side and the dashboard.
package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/centrala-go/centrala/examples/server/internal/config"
	"github.com/centrala-go/centrala/examples/server/internal/effect"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/webhook"
)

// maxBody is the largest request body.
const maxBody = 1 << 20

// Server serves the routes of the contract. Create one with New.
type Server struct {
	config  config.Config
	engine  *flow.Engine
	store   flow.Store
	vendors effect.Vendors
	log     *slog.Logger
}

// New returns the server's handler.
func New(c config.Config, engine *flow.Engine, store flow.Store, v effect.Vendors, log *slog.Logger) (http.Handler, error) {
	s := &Server{config: c, engine: engine, store: store, vendors: v, log: log}
	guard, err := s.guard()
	if err != nil {
		return nil, fmt.Errorf("chatbot routes: %w", err)
	}
	once := webhook.Idempotent(store.Claims(), webhook.Idempotency{
		TTL: keyLifetime, Lease: c.StepLease, MaxBody: maxBody, Logger: log, Scope: path,
		NotDone: []int{http.StatusBadGateway, http.StatusServiceUnavailable}, // as classify has it
	})
	mux := http.NewServeMux()
	for route, h := range s.direct() {
		mux.Handle(route, guard(once(h)))
	}
	mux.Handle("/flows/booking", guard(http.HandlerFunc(s.booking)))
	mux.Handle("/flows/contact", guard(http.HandlerFunc(s.contact)))
	for route, h := range map[string]http.Handler{
		"/healthz": http.HandlerFunc(healthy), "/readyz": http.HandlerFunc(s.ready), "/{$}": s.admin(s.dashboard),
		"/api/flows": s.admin(s.listFlows), "/api/flows/{id}": s.admin(s.oneFlow),
	} {
		mux.Handle(route, reading(h))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		webhook.Refuse(http.StatusNotFound, "there is no route "+r.URL.Path).ServeHTTP(w, r)
	})
	return s.recovering(mux), nil
}

func path(r *http.Request) string { return r.URL.Path }

// reading lets only GET and HEAD pass.
func reading(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Allow", "GET, HEAD")
		webhook.Refuse(http.StatusMethodNotAllowed, "method not allowed").ServeHTTP(w, r)
	})
}

// recovering answers a panic like any other failure.
func (s *Server) recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recovered(w, r)
		next.ServeHTTP(w, r)
	})
}

// recovered is deferred.
func (s *Server) recovered(w http.ResponseWriter, r *http.Request) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		// The value may hold what must not be logged; the stack shows where.
		s.log.ErrorContext(r.Context(), "panic", "path", r.URL.Path, "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		webhook.Refuse(http.StatusInternalServerError, "internal error").ServeHTTP(w, r)
	}
}

// guard builds the receive pipeline of the chatbot routes: address, size, type
// and proof, before a route sees the request.
func (s *Server) guard() (func(http.Handler) http.Handler, error) {
	verifier, err := s.verifier()
	if err != nil {
		return nil, err
	}
	h, err := webhook.NewHandler(webhook.Config{
		Source: "chatbot", Verifier: verifier, AllowUnverified: verifier == nil,
		Allow: s.config.AllowedIPs, TrustedProxies: s.config.TrustedProxies,
		MaxBody: maxBody, ContentTypes: []string{"application/json"}, Logger: s.log,
	}, func(context.Context, webhook.Event) error { return nil })
	if err != nil {
		return nil, err
	}
	return func(next http.Handler) http.Handler {
		guarded := h.Guard(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// A secret that cannot be read now is not the caller's fault.
			_, token := s.config.WebhookToken.Value(r.Context())
			_, mac := s.config.WebhookHMAC.Value(r.Context())
			if err := errors.Join(token, mac); err != nil {
				s.fail(w, r, err, "")
				return
			}
			guarded.ServeHTTP(w, r)
		})
	}, nil
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		s.fail(w, r, err, "")
		return
	}
	reply(w, http.StatusOK, map[string]string{"status": "ready"})
}

func reply(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"success":false,"error":"the answer could not be encoded"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the caller may be gone
}

// body returns the request's body, which guard has read and bounded already.
func body(r *http.Request) (*input, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, webhook.Refuse(http.StatusBadRequest, "the body cannot be read")
	}
	in, err := parse(b)
	if err != nil {
		return nil, err
	}
	in.key, err = idempotencyKey(r)
	return in, err
}

// idempotencyKey reads the header Idempotency-Key, quoted as the draft wants
// or bare; "" means that there is none.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	key := strings.Trim(values[0], " \t")
	if inside, ok := strings.CutPrefix(key, `"`); ok {
		key = strings.TrimSuffix(inside, `"`)
	}
	odd := strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' })
	if len(values) > 1 || key == "" || len(key) > webhook.MaxKey || odd {
		return "", webhook.Refuse(http.StatusBadRequest, fmt.Sprintf("Idempotency-Key is not one key of 1 to %d plain characters", webhook.MaxKey))
	}
	return key, nil
}
