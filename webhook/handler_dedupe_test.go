package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

func TestHandler_Dedupe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newReceiver(t, func(c *webhook.Config) { c.Dedupe = webhook.NewMemoryStore() })
		post := func(body, id string) string {
			require.Equal(t, 200, serve(h, request(body, "X-Id", id)).Code)
			return h.seen[len(h.seen)-1].Result
		}
		require.Equal(t, "accepted", post("a", "1"))
		require.Equal(t, "duplicate", post("a", "1"))
		require.Equal(t, "conflict", post("b", "1"))
		require.Equal(t, "accepted", post("a", "2"))
		require.Equal(t, "accepted", post("a", ""), "no id: the body counts")
		require.Equal(t, "duplicate", post("a", ""))
		require.Len(t, h.events, 3)
		time.Sleep(webhook.DefaultTTL)
		require.Equal(t, "accepted", post("a", "1"))
	})
}

// TestHandler_OwnKeyErrors holds that an error of the function is never taken
// for a repetition: the event would be acknowledged and lost.
func TestHandler_OwnKeyErrors(t *testing.T) {
	t.Parallel()
	for _, state := range []webhook.State{webhook.StateDead, webhook.StateMismatch, webhook.StateInFlight} {
		h := newReceiver(t, func(c *webhook.Config) { c.Dedupe, c.Replay = webhook.NewMemoryStore(), webhook.NewMemoryStore() })
		h.fail = &webhook.KeyError{Key: "its own", State: state}
		require.GreaterOrEqual(t, serve(h, request("a")).Code, 409, "%s", state)
		h.fail = nil
		require.Equal(t, 200, serve(h, request("a")).Code)
		require.Len(t, h.events, 2)
	}
}

func TestHandler_Keys(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, func(c *webhook.Config) {
		c.Key = func(e webhook.Event) string { return e.Header.Get("X-Delivery") }
	})
	serve(h, request("a", "X-Id", "1", "X-Delivery", "d/1"))
	serve(h, request("a", "X-Id", "1"))
	serve(h, request("a"))
	serve(h, request("b"))
	require.Equal(t, "shop/d%2F1", h.events[0].Key)
	require.Equal(t, "shop/1", h.events[1].Key, "without a key of its own the signed id counts")
	require.NotEqual(t, h.events[2].Key, h.events[3].Key)
}

func TestHandler_FailedEventRunsAgain(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, func(c *webhook.Config) { c.Dedupe = webhook.NewMemoryStore(); c.Replay = webhook.NewMemoryStore() })
	h.fail = errors.New("database down")
	require.Equal(t, 503, serve(h, request("a", "X-Id", "1")).Code)
	h.fail = nil
	require.Equal(t, 200, serve(h, request("a", "X-Id", "1")).Code)
	require.Equal(t, 200, serve(h, request("a", "X-Id", "1")).Code)
	require.Len(t, h.events, 2)
	require.Equal(t, 2, h.events[1].Attempt.Attempt)
	require.True(t, h.events[1].Attempt.Unsettled)
}

func TestHandler_Replay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newReceiver(t, func(c *webhook.Config) { c.Replay, c.Tolerance = webhook.NewMemoryStore(), time.Minute })
		for range 100 {
			require.Equal(t, 200, serve(h, request("a", "X-Id", "1")).Code)
		}
		require.Len(t, h.events, 1)
		time.Sleep(2 * time.Minute)
		require.Equal(t, 200, serve(h, request("a", "X-Id", "1")).Code)
		require.Len(t, h.events, 2, "past the window the verifier's clock refuses, not the cache")
	})
}

// TestHandler_Captured sends one captured message again and again.
func TestHandler_Captured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		keys := webhook.SchemeConfig{Keys: webhook.OneKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}
		verifier, err := webhook.StandardWebhooks.Verifier(keys)
		require.NoError(t, err)
		signer, err := webhook.StandardWebhooks.Signer(keys)
		require.NoError(t, err)
		h := newReceiver(t, func(c *webhook.Config) { c.Verifier, c.Replay = verifier, webhook.NewMemoryStore() })
		captured := &webhook.Message{Header: http.Header{"Webhook-Id": {"msg_1"}}, Body: []byte("{}"), Now: time.Now()}
		require.NoError(t, signer.Sign(captured))
		replay := func() int {
			r := request("{}")
			r.Header = captured.Header.Clone()
			return serve(h, r).Code
		}
		for range 10_000 {
			require.Equal(t, 200, replay())
		}
		time.Sleep(5 * time.Minute)
		require.Equal(t, 200, replay())
		require.Len(t, h.events, 1)
		time.Sleep(time.Second)
		require.Equal(t, 401, replay())
		require.Len(t, h.events, 1)
	})
}

// TestHandler_ReplayWindow holds that replays are remembered as long as the
// verifier would take them, whatever its tolerance.
func TestHandler_ReplayWindow(t *testing.T) {
	t.Parallel()
	keys := webhook.OneKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	for name, c := range map[string]struct {
		scheme webhook.Scheme
		own    time.Duration // the verifier's, zero for the scheme's default
		window time.Duration
	}{
		"five minutes":     {webhook.StandardWebhooks, 0, 5 * time.Minute},
		"of its own":       {webhook.StandardWebhooks, time.Hour, time.Hour},
		"the scheme's":     {webhook.Twitch, 0, 10 * time.Minute},
		"in a list":        {webhook.Stripe, 30 * time.Minute, 30 * time.Minute},
		"time in the body": {webhook.Linear, 20 * time.Minute, 20 * time.Minute},
		"no default":       {webhook.Mailgun, 20 * time.Minute, 20 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				config := webhook.SchemeConfig{Keys: keys, Tolerance: c.own}
				time.Sleep(3 * 365 * 24 * time.Hour) // to where Unix times have ten digits
				verifier, err := c.scheme.Verifier(config)
				require.NoError(t, err)
				signer, err := c.scheme.Signer(config)
				require.NoError(t, err)
				h := newReceiver(t, func(config *webhook.Config) {
					config.Verifier, config.Replay = webhook.AnyOf(token("good"), verifier), webhook.NewMemoryStore()
				})
				signed := time.Now().Add(c.window) // by a clock that is ahead
				captured := &webhook.Message{Header: http.Header{}, Now: signed,
					Body: fmt.Appendf(nil, `{"webhookTimestamp":%d}`, signed.UnixMilli())}
				require.NoError(t, signer.Sign(captured))
				replay := func() int {
					r := request(string(captured.Body))
					r.Header = captured.Header.Clone()
					return serve(h, r).Code
				}
				require.Equal(t, 200, replay())
				time.Sleep(2*c.window - time.Second) // a second before the verifier refuses it
				require.Equal(t, 200, replay())
				require.Len(t, h.events, 1)
				time.Sleep(2 * time.Second)
				require.Equal(t, 401, replay())
			})
			verifier, err := c.scheme.Verifier(webhook.SchemeConfig{Keys: keys, Tolerance: c.own})
			require.NoError(t, err)
			_, err = webhook.NewHandler(webhook.Config{
				Source: "s", Verifier: verifier, Replay: webhook.NewMemoryStore(), Tolerance: c.window - time.Second,
			}, func(context.Context, webhook.Event) error { return nil })
			require.ErrorContains(t, err, "below the verifier's")
		})
	}
}

// TestHandler_TokenOfOneUse holds that a signed id which does not bind the body
// counts once, whatever body comes with it again.
func TestHandler_TokenOfOneUse(t *testing.T) {
	t.Parallel()
	verifier, err := webhook.Mailgun.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("s")})
	require.NoError(t, err)
	h := newReceiver(t, func(c *webhook.Config) { c.Verifier, c.Replay = verifier, webhook.NewMemoryStore() })
	member := `{"signature":{"timestamp":"` + stamp + `","token":"tok","signature":"` + hexMAC("s", stamp+"tok") + `"},"event-data":`
	for _, event := range []string{`1}`, `1}`, `"forged"}`} {
		require.Equal(t, 200, serve(h, request(member+event)).Code)
	}
	require.Len(t, h.events, 1)
	require.Equal(t, "duplicate", h.seen[2].Result)
}

// TestHandler_ReplaysCostTheSourceNothing sends one message again and again:
// who captured it must not use up the source's budget.
func TestHandler_ReplaysCostTheSourceNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newReceiver(t, func(c *webhook.Config) {
			c.Replay, c.SourceLimit = webhook.NewMemoryStore(), webhook.NewRateLimiter(1, 2)
		})
		for range 10 {
			require.Equal(t, 200, serve(h, request("a", "X-Id", "1")).Code)
		}
		require.Equal(t, 200, serve(h, request("b", "X-Id", "2")).Code)
		w := serve(h, request("c", "X-Id", "3"))
		require.Equal(t, 429, w.Code)
		require.Equal(t, "1", w.Header().Get("Retry-After"))
		time.Sleep(time.Second)
		require.Equal(t, 200, serve(h, request("c", "X-Id", "3")).Code)
		require.Len(t, h.events, 3)
		require.False(t, h.events[2].Attempt.Unsettled, "a refusal has no effect")
	})
}

func TestHandler_ReplayWithoutBody(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, func(c *webhook.Config) { c.Replay = webhook.NewMemoryStore() })
	for _, c := range []struct {
		body, query string
		events      int
	}{{"", "a=1", 1}, {"", "a=1", 1}, {"", "a=2", 2}, {"b", "a=1", 3}, {"b", "a=2", 3}} {
		r := request(c.body)
		r.URL.RawQuery = c.query
		require.Equal(t, 200, serve(h, r).Code)
		require.Len(t, h.events, c.events)
	}
}

func TestHandler_ConcurrentDuplicate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		block, runs := make(chan struct{}), 0
		h, err := webhook.NewHandler(webhook.Config{Source: "s", AllowUnverified: true, Dedupe: webhook.NewMemoryStore()},
			func(context.Context, webhook.Event) error { runs++; <-block; return nil })
		require.NoError(t, err)
		first := make(chan int)
		go func() { first <- serve(h, request("a")).Code }()
		synctest.Wait()
		w := serve(h, request("a"))
		require.Equal(t, 409, w.Code)
		require.NotEmpty(t, w.Header().Get("Retry-After"))
		close(block)
		require.Equal(t, 200, <-first)
		require.Equal(t, 1, runs)
	})
}
