package mondaytest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// hook is a registered webhook.
type hook struct {
	id, board, url, event string
	config                map[string]any
	configText            string
}

func (h *hook) node() node {
	return node{"__typename": "Webhook", "id": h.id, "board_id": h.board, "event": h.event, "config": orNil(h.configText)}
}

// delivery is an event on its way to a webhook.
type delivery struct {
	url  string
	body []byte
}

const maxWebhookURL = 255

func createWebhook(x *run, args arguments) (any, error) {
	b, err := x.board(args.text("board_id"))
	if err != nil {
		return nil, err
	}
	h := &hook{id: x.s.id(), board: b.id, url: args.text("url"), event: args.text("event"), configText: args.text("config")}
	if len(h.url) > maxWebhookURL || !strings.HasPrefix(h.url, "http") {
		return nil, fail("InvalidArgumentException", "url is not valid")
	}
	if h.configText != "" && json.Unmarshal([]byte(h.configText), &h.config) != nil {
		return nil, fail("InvalidArgumentException", "config must be a JSON-encoded string")
	}
	if !x.s.challenge(h.url) {
		return nil, &failure{code: "INTERNAL_SERVER_ERROR", message: "Internal server error", inner: http.StatusInternalServerError}
	}
	x.s.hooks = append(x.s.hooks, h)
	return h.node(), nil
}

// challenge asks a URL to repeat a challenge, as monday does at registration.
func (s *Server) challenge(url string) bool {
	if s.cfg.Webhooks == nil {
		return true
	}
	sent := string(encode(map[string]string{"challenge": "challenge-" + s.id()}))
	resp, err := s.call(context.Background(), url, []byte(sent))
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	var want, got map[string]string
	_ = json.Unmarshal([]byte(sent), &want)
	return json.NewDecoder(resp.Body).Decode(&got) == nil && resp.StatusCode == http.StatusOK && got["challenge"] == want["challenge"]
}

func (s *Server) call(ctx context.Context, url string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if s.cfg.SigningSecret != "" {
		req.Header.Set("Authorization", SignWebhook(s.cfg.SigningSecret, url, time.Now()))
	}
	return s.cfg.Webhooks.RoundTrip(req)
}

// SignWebhook returns the JWT that monday puts into the Authorization header of
// a webhook call to url: HS256 with the app's signing secret, valid for 5
// minutes.
func SignWebhook(secret, url string, now time.Time) string {
	claims := map[string]any{
		"accountId": accountID, "userId": json.Number(userID), "aud": url, "iat": now.Unix(),
		"exp": now.Add(5 * time.Minute).Unix(), "shortLivedToken": "short-lived",
	}
	b64 := base64.RawURLEncoding
	text := b64.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + b64.EncodeToString(bytes.TrimSpace(encode(claims)))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + b64.EncodeToString(mac.Sum(nil))
}

func deleteWebhook(x *run, args arguments) (any, error) {
	for i, h := range x.s.hooks {
		if h.id == args.text("id") {
			x.s.hooks = slices.Delete(x.s.hooks, i, i+1)
			return h.node(), nil
		}
	}
	return nil, fail("ResourceNotFoundException", "The webhook was not found").with("resource_type", "webhook")
}

func listWebhooks(x *run, args arguments) (any, error) {
	return nodes(slices.DeleteFunc(slices.Clone(x.s.hooks), func(h *hook) bool { return h.board != args.text("board_id") })), nil
}

// emit queues an event for every webhook of its kind; the caller holds s.mu.
// kind is the name of the subscription, typ the older one inside the event.
func (s *Server) emit(kind, typ string, i *item, more map[string]any) {
	for _, h := range s.hooks {
		if h.board != i.board.id || !h.wants(kind, more) {
			continue
		}
		event := map[string]any{
			"app": "monday", "type": typ, "userId": json.Number(userID), "boardId": jsonID(i.board.id), "pulseId": jsonID(i.id),
			"pulseName": i.name, "groupId": i.group.id, "groupName": i.group.title, "triggerTime": time.Now().UTC().Format(time.RFC3339Nano),
			"subscriptionId": jsonID(h.id), "triggerUuid": "trigger-" + s.id(), "originalTriggerUuid": nil,
		}
		maps.Copy(event, more)
		s.pending = append(s.pending, &delivery{h.url, encode(map[string]any{"event": event})})
	}
}

// wants reports whether the webhook is for such an event.
func (h *hook) wants(kind string, more map[string]any) bool {
	switch h.event {
	case kind:
		return true
	case "change_specific_column_value", "change_status_column_value":
		return kind == "change_column_value" && h.config["columnId"] == more["columnId"]
	}
	return false
}

func jsonID(id string) json.Number { return json.Number(id) }

// Deliver calls the webhooks with what is pending, once each, in order, and
// returns how many events are still undelivered. The fake does this after
// every request by itself; call it for the retry that monday makes every
// minute.
func (s *Server) Deliver(ctx context.Context) (left int) {
	s.mu.Lock()
	queue := s.pending
	s.pending = nil
	s.mu.Unlock()
	var failed []*delivery
	for _, d := range queue {
		if !s.deliver(ctx, d) {
			failed = append(failed, d)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = append(failed, s.pending...)
	return len(s.pending)
}

func (s *Server) deliver(ctx context.Context, d *delivery) bool {
	if s.cfg.Webhooks == nil {
		return false
	}
	resp, err := s.call(ctx, d.url, d.body)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
