package webhook_test

import (
	"context"
	"errors"
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
