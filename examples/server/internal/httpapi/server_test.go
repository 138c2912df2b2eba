package httpapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/examples/server/internal/config"
	"github.com/centrala-go/centrala/examples/server/internal/effect"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/examples/server/internal/httpapi"
	"github.com/centrala-go/centrala/webhook"
)

// broken is a store whose health check panics with what nobody may see.
type broken struct{ flow.Store }

func (broken) Claims() webhook.Store      { return webhook.NewMemoryStore() }
func (broken) Ping(context.Context) error { panic("hidden-secret") }

func TestServer_AnswersAPanic(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	c := config.Config{Sandbox: true, WebhookToken: config.NewSecret("webhook-token-of-the-tests")}
	h, err := httpapi.New(c, nil, broken{}, effect.Vendors{}, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody))
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.JSONEq(t, `{"success":false,"error":"internal error"}`, w.Body.String())
	require.Contains(t, log.String(), "panic")
	require.NotContains(t, log.String(), "hidden-secret")
}
