package mondaytest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport/transporttest"
)

const hookURL = "https://hooks.example/monday"

// receiver is the other side of a webhook.
type receiver struct {
	mu     sync.Mutex
	deaf   bool // does not repeat challenges
	down   bool // refuses events
	events []map[string]any
	tokens []string
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	raw, _ := io.ReadAll(req.Body)
	if strings.Contains(string(raw), "challenge") {
		if !r.deaf {
			_, _ = w.Write(raw)
		}
		return
	}
	if r.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var body struct{ Event map[string]any }
	_ = json.Unmarshal(raw, &body)
	r.events = append(r.events, body.Event)
	r.tokens = append(r.tokens, req.Header.Get("Authorization"))
}

const subscribe = `mutation($b: ID!, $u: String!, $e: WebhookEventType!, $c: JSON) { create_webhook(board_id: $b, url: $u, event: $e, config: $c) { id } }`

func TestServer_Webhooks(t *testing.T) {
	t.Parallel()
	r := &receiver{deaf: true}
	srv := mondaytest.New(mondaytest.Config{Webhooks: transporttest.HandlerTransport(r), SigningSecret: "signing-secret-of-the-app"})
	vars := map[string]any{"b": mondaytest.BoardID, "u": hookURL, "e": "create_item"}
	_, out := post(t, srv, nil, subscribe, vars)
	require.Equal(t, "INTERNAL_SERVER_ERROR", code(out), "the challenge was not repeated")

	r.deaf = false
	_, out = post(t, srv, nil, subscribe, vars)
	require.Nil(t, out["errors"])
	vars["e"], vars["c"] = "change_specific_column_value", `{"columnId":"status"}`
	_, out = post(t, srv, nil, subscribe, vars)
	require.Nil(t, out["errors"])

	_, out = post(t, srv, nil, createOne, map[string]any{"b": mondaytest.BoardID})
	id := out["data"].(map[string]any)["create_item"].(map[string]any)["id"]
	const change = `mutation($b: ID!, $i: ID!, $c: JSON!) { change_multiple_column_values(board_id: $b, item_id: $i, column_values: $c) { id } }`
	r.down = true
	post(t, srv, nil, change, map[string]any{"b": mondaytest.BoardID, "i": id, "c": `{"text1":"x","status":{"label":"Done"}}`})
	require.Len(t, r.events, 1)
	require.Equal(t, 1, srv.Deliver(t.Context()), "still down")
	r.down = false
	require.Zero(t, srv.Deliver(t.Context()))

	require.Len(t, r.events, 2)
	require.Equal(t, "create_pulse", r.events[0]["type"])
	require.IsType(t, 1.0, r.events[0]["pulseId"], "ids are numbers")
	require.Equal(t, "update_column_value", r.events[1]["type"])
	require.Equal(t, "status", r.events[1]["columnId"])
	require.Equal(t, map[string]any{"label": "Done"}, r.events[1]["value"])
	require.NotEqual(t, r.events[0]["triggerUuid"], r.events[1]["triggerUuid"])

	token, err := jwt.Parse(r.tokens[0], func(*jwt.Token) (any, error) { return []byte("signing-secret-of-the-app"), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience(hookURL), jwt.WithExpirationRequired())
	require.NoError(t, err)
	require.True(t, token.Valid)
}

func TestServer_WebhooksUnsigned(t *testing.T) {
	t.Parallel()
	r := &receiver{}
	srv := mondaytest.New(mondaytest.Config{Webhooks: transporttest.HandlerTransport(r)})
	post(t, srv, nil, subscribe, map[string]any{"b": mondaytest.BoardID, "u": hookURL, "e": "create_item"})
	post(t, srv, nil, createOne, map[string]any{"b": mondaytest.BoardID})
	require.Equal(t, []string{""}, r.tokens)
	_, out := post(t, srv, nil, subscribe, map[string]any{"b": mondaytest.BoardID, "u": "https://x/" + strings.Repeat("x", 256), "e": "create_item"})
	require.Equal(t, "InvalidArgumentException", code(out))
}
