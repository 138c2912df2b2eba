package webhook

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// The longest challenge answered, and the longest body searched for one.
const (
	maxChallenge     = 512
	maxChallengeBody = 8 << 10
)

// MondayHandshake answers the challenge that monday.com posts when a webhook
// is created, with the challenge and nothing else. It comes unsigned. Use it
// as Config.Handshake. ("Webhooks: URL verification")
func MondayHandshake(m *Message, verified bool) http.Handler {
	c, ok := readChallenge(m)
	if verified || !ok || c.Event != nil {
		return nil
	}
	return c.asJSON()
}

// SlackHandshake answers Slack's url_verification once its signature has been
// verified. Use it as Config.Handshake. ("url_verification event")
func SlackHandshake(m *Message, verified bool) http.Handler {
	if !verified {
		return nil
	}
	c, ok := readChallenge(m)
	if !ok || c.Type != "url_verification" {
		return nil
	}
	return c.asJSON()
}

// TwitchHandshake answers the challenge of a new EventSub subscription, as
// text, once its signature has been verified. Use it as Config.Handshake.
// ("Responding to a challenge request")
func TwitchHandshake(m *Message, verified bool) http.Handler {
	if !verified || m.Header.Get("Twitch-Eventsub-Message-Type") != "webhook_callback_verification" {
		return nil
	}
	c, ok := readChallenge(m)
	if !ok {
		return nil
	}
	return challengeReply("text/plain", []byte(c.Challenge))
}

type challenge struct {
	Challenge string          `json:"challenge"`
	Type      string          `json:"type"`
	Event     json.RawMessage `json:"event"`
}

func readChallenge(m *Message) (c challenge, ok bool) {
	if m.Method != http.MethodPost || len(m.Body) > maxChallengeBody || json.Unmarshal(m.Body, &c) != nil {
		return c, false
	}
	return c, c.Challenge != "" && len(c.Challenge) <= maxChallenge
}

func (c challenge) asJSON() http.Handler {
	body, err := json.Marshal(map[string]string{"challenge": c.Challenge})
	if err != nil {
		return nil
	}
	return challengeReply("application/json", body)
}

func challengeReply(contentType string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(body)
	})
}

// CloudEventsConsent says who may deliver CloudEvents, and how fast.
type CloudEventsConsent struct {
	// Origins are the DNS names of senders that may deliver; "*" admits all.
	Origins []string
	// Rate is the most requests per minute granted to a sender that asks for a
	// rate; zero grants any. Enforce it with Config.SourceLimit.
	Rate int
}

// Handshake answers a sender's OPTIONS request for permission. Consent lies in
// the headers WebHook-Allowed-Origin and WebHook-Allowed-Rate, never in the
// status; a sender that is not admitted gets 405 without them. It comes
// unsigned. Use it as Config.Handshake, with OPTIONS among Config.Methods.
// ("HTTP 1.1 Web Hooks for Event Delivery", section 4)
func (c CloudEventsConsent) Handshake(m *Message, verified bool) http.Handler {
	if verified || m.Method != http.MethodOptions {
		return nil
	}
	origin, err := m.HeaderValue("WebHook-Request-Origin")
	allowed := err == nil && slices.Contains(c.Origins, origin)
	if err == nil && slices.Contains(c.Origins, "*") {
		origin, allowed = "*", true
	}
	rate, asked := c.grant(m.Header.Get("WebHook-Request-Rate"))
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", http.MethodPost)
		if !allowed {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("WebHook-Allowed-Origin", origin)
		if asked {
			w.Header().Set("WebHook-Allowed-Rate", rate)
		}
	})
}

// grant returns the rate to allow a sender that asked for one.
func (c CloudEventsConsent) grant(requested string) (rate string, asked bool) {
	n, ok := canonicalUint(requested, 9, false)
	switch {
	case requested == "":
		return "", false
	case c.Rate == 0:
		return "*", true
	case ok && n > 0 && n < int64(c.Rate):
		return requested, true
	}
	return strconv.Itoa(c.Rate), true
}
