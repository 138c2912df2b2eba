package webhook_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// replyOf returns the recorded reply of a handshake, nil if it gave none.
func replyOf(h http.Handler) *httptest.ResponseRecorder {
	if h == nil {
		return nil
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, nil)
	return w
}

func TestConformance_Handshakes(t *testing.T) {
	t.Parallel()
	var vectors []struct {
		Name    string `json:"name"`
		Request struct {
			Method  string            `json:"method"`
			Headers map[string]string `json:"headers"`
			Body    string            `json:"body"`
		} `json:"request"`
		Response struct {
			Status  int               `json:"status"`
			Headers map[string]string `json:"headers"`
			Body    string            `json:"body"`
		} `json:"response"`
		Note, Source string
	}
	conformance(t, "webhook/handshakes.json", &vectors)
	require.NotEmpty(t, vectors)
	shakes := map[string]func(*webhook.Message, bool) http.Handler{
		"monday": webhook.MondayHandshake, "slack": webhook.SlackHandshake, "twitch": webhook.TwitchHandshake,
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			vendor, _, _ := strings.Cut(v.Name, "-")
			m := message(v.Request.Body)
			m.Method = v.Request.Method
			for name, value := range v.Request.Headers {
				m.Header.Set(name, value)
			}
			signed := vendor != "monday"
			require.Nil(t, replyOf(shakes[vendor](m, !signed)), "asked at the wrong moment")
			w := replyOf(shakes[vendor](m, signed))
			require.NotNil(t, w)
			require.Equal(t, v.Response.Status, w.Code)
			require.Equal(t, v.Response.Body, w.Body.String())
			for name, value := range v.Response.Headers {
				require.Equal(t, value, w.Header().Get(name))
			}
		})
	}
}

func TestHandshakes_LeaveOtherMessages(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 513)
	for name, body := range map[string]string{
		"no JSON":        "challenge",
		"no challenge":   `{"event":{}}`,
		"empty":          `{"challenge":""}`,
		"not a string":   `{"challenge":1}`,
		"long challenge": `{"challenge":"` + long + `","type":"url_verification"}`,
		"long body":      `{"challenge":"x","type":"url_verification","pad":"` + strings.Repeat(long, 20) + `"}`,
	} {
		m := message(body, "Twitch-Eventsub-Message-Type", "webhook_callback_verification")
		require.Nil(t, webhook.MondayHandshake(m, false), name)
		require.Nil(t, webhook.SlackHandshake(m, true), name)
		require.Nil(t, webhook.TwitchHandshake(m, true), name)
	}
	require.Nil(t, webhook.MondayHandshake(message(`{"challenge":"x","event":{"type":"create_pulse"}}`), false))
	require.Nil(t, webhook.SlackHandshake(message(`{"challenge":"x","type":"event_callback"}`), true))
	require.Nil(t, webhook.TwitchHandshake(message(`{"challenge":"x"}`, "Twitch-Eventsub-Message-Type", "notification"), true))
	get := message(`{"challenge":"x"}`)
	get.Method = http.MethodGet
	require.Nil(t, webhook.MondayHandshake(get, false))
}

func TestCloudEventsConsent_Handshake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		consent      webhook.CloudEventsConsent
		origin, rate string
		status       int
		allowedOrigin,
		allowedRate string
	}{
		{"admitted", webhook.CloudEventsConsent{Origins: []string{"a.example"}}, "a.example", "", 200, "a.example", ""},
		{"any rate", webhook.CloudEventsConsent{Origins: []string{"a.example"}}, "a.example", "120", 200, "a.example", "*"},
		{"lower rate", webhook.CloudEventsConsent{Origins: []string{"*"}, Rate: 60}, "a.example", "120", 200, "*", "60"},
		{"asked for less", webhook.CloudEventsConsent{Origins: []string{"*"}, Rate: 60}, "a.example", "12", 200, "*", "12"},
		{"any rate asked", webhook.CloudEventsConsent{Origins: []string{"*"}, Rate: 60}, "a.example", "*", 200, "*", "60"},
		{"not admitted", webhook.CloudEventsConsent{Origins: []string{"a.example"}}, "b.example", "12", 405, "", ""},
		{"no origin", webhook.CloudEventsConsent{Origins: []string{"*"}}, "", "", 405, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := &webhook.Message{Method: http.MethodOptions, Header: http.Header{}}
			m.Header.Set("WebHook-Request-Origin", test.origin)
			m.Header.Set("WebHook-Request-Rate", test.rate)
			w := replyOf(test.consent.Handshake(m, false))
			require.NotNil(t, w)
			require.Equal(t, test.status, w.Code)
			require.Equal(t, test.allowedOrigin, w.Header().Get("WebHook-Allowed-Origin"))
			require.Equal(t, test.allowedRate, w.Header().Get("WebHook-Allowed-Rate"))
			require.Nil(t, test.consent.Handshake(m, true))
			m.Method = http.MethodPost
			require.Nil(t, test.consent.Handshake(m, false))
		})
	}
}
