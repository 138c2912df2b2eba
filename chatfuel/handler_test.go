package chatfuel_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/chatfuel"
	"github.com/centrala-go/centrala/chatfuel/chatfueltest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/webhook"
)

const hookToken = "s3cr3t-hook-token"

// newBot returns a bot that calls a handler for cfg.
func newBot(t *testing.T, cfg chatfuel.HandlerConfig) *chatfueltest.Bot {
	t.Helper()
	cfg.Insecure = cfg.Verifier == nil
	h, err := chatfuel.NewHandler(cfg)
	require.NoError(t, err)
	return chatfueltest.NewBot(h, map[string]string{"first name": "Żaneta", "phone": "+48600100200"})
}

func greet(_ context.Context, in chatfuel.Attributes) (chatfuel.Reply, error) {
	return chatfuel.Reply{Messages: []chatfuel.Message{chatfuel.Text(in.UserID() + " " + in.Get("first_name") + " " + in.Get("phone"))}}, nil
}

func TestHandler_EveryForm(t *testing.T) {
	t.Parallel()
	bot := newBot(t, chatfuel.HandlerConfig{Reply: greet})
	names := []string{"messenger user id", "first name", "phone"}
	for name, call := range map[string]func() (chatfueltest.Result, error){
		"get":     func() (chatfueltest.Result, error) { return bot.Get(t.Context(), names...) },
		"form":    func() (chatfueltest.Result, error) { return bot.PostForm(t.Context(), names...) },
		"profile": func() (chatfueltest.Result, error) { return bot.PostProfile(t.Context()) },
		"json": func() (chatfueltest.Result, error) {
			return bot.PostJSON(t.Context(), `{"messengerUserId":"{{messenger user id}}","firstName":"{{first name}}","phone":"{{phone}}"}`)
		},
	} {
		res, err := call()
		require.NoError(t, err, name)
		require.Equal(t, http.StatusOK, res.Status)
		require.Equal(t, "1234567890123456 Żaneta +48600100200", res.Reply.Messages[0].Text, name)
		require.Equal(t, true, bot.Attributes()["success"], name)
	}
	bot.PlusSpaces = true
	res, err := bot.Get(t.Context(), names...)
	require.NoError(t, err)
	require.Contains(t, res.Reply.Messages[0].Text, "Żaneta")
}

func TestHandler_Deadline(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]func(context.Context){
		"heeds its context":   func(ctx context.Context) { <-ctx.Done() },
		"ignores its context": func(context.Context) { <-time.After(time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var reported error
				bot := newBot(t, chatfuel.HandlerConfig{
					Reply: func(ctx context.Context, _ chatfuel.Attributes) (chatfuel.Reply, error) {
						wait(ctx)
						return chatfuel.Reply{}, ctx.Err()
					},
					Report: func(_ context.Context, err error) { reported = err },
				})
				res, err := bot.PostProfile(t.Context())
				require.NoError(t, err)
				require.Equal(t, chatfuel.DefaultDeadline, res.Took)
				require.Equal(t, http.StatusOK, res.Status)
				require.Equal(t, "timeout", res.Reply.SetAttributes["error"])
				require.ErrorIs(t, reported, context.DeadlineExceeded)
				time.Sleep(time.Minute) // until the stubborn one returns
			})
		})
	}
}

func TestHandler_Failures(t *testing.T) {
	t.Parallel()
	fails := func(err error) chatfuel.ReplyFunc {
		return func(context.Context, chatfuel.Attributes) (chatfuel.Reply, error) { return chatfuel.Reply{}, err }
	}
	for name, tc := range map[string]struct {
		reply  chatfuel.ReplyFunc
		word   string
		status int
	}{
		"error": {fails(errors.New("database at 10.0.0.1 is down")), "failed", 500},
		"panic": {func(context.Context, chatfuel.Attributes) (chatfuel.Reply, error) { panic("boom") }, "failed", 500},
		"missing": {func(_ context.Context, in chatfuel.Attributes) (chatfuel.Reply, error) {
			return chatfuel.Reply{}, in.Require("email")
		}, "bad_request", 400},
		"unknown":   {fails(&transport.Error{Outcome: transport.Unknown}), "unknown_outcome", 504},
		"conflict":  {fails(&transport.Error{Outcome: transport.Rejected, Kind: transport.ErrConflict}), "conflict", 409},
		"down":      {fails(&transport.Error{Outcome: transport.NotSent, Kind: transport.ErrUnavailable}), "unavailable", 503},
		"throttled": {fails(&transport.Error{Outcome: transport.Rejected, Kind: transport.ErrRateLimited}), "unavailable", 503},
		"not JSON": {func(context.Context, chatfuel.Attributes) (chatfuel.Reply, error) {
			return chatfuel.Reply{Extra: map[string]any{"x": func() {}}}, nil
		}, "failed", 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, statuses := range []bool{false, true} {
				bot := newBot(t, chatfuel.HandlerConfig{Reply: tc.reply, Statuses: statuses})
				res, err := bot.PostProfile(t.Context())
				require.NoError(t, err)
				require.Equal(t, map[bool]int{false: 200, true: tc.status}[statuses], res.Status)
				require.Equal(t, false, res.Reply.SetAttributes["success"])
				require.Equal(t, tc.word, res.Reply.SetAttributes["error"])
				require.NotContains(t, string(res.Body), "10.0.0.1")
			}
		})
	}
}

func TestHandler_BadCalls(t *testing.T) {
	t.Parallel()
	h, err := chatfuel.NewHandler(chatfuel.HandlerConfig{Reply: greet, Insecure: true, MaxBody: 10, Statuses: true})
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		method, contentType, body string
		status                    int
	}{
		"too large": {"POST", "application/json", `{"a":"0123456789"}`, 413},
		"malformed": {"POST", "application/json", `{`, 400},
		"type":      {"POST", "application/xml", `<a/>`, 415},
		"method":    {"PUT", "", "", 405},
	} {
		r := httptest.NewRequestWithContext(t.Context(), tc.method, "/", strings.NewReader(tc.body))
		r.Header.Set("Content-Type", tc.contentType)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, tc.status, w.Code, name)
		require.Contains(t, w.Body.String(), `"error":"bad_request"`, name)
		require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
	}
}

func TestHandler_Verifies(t *testing.T) {
	t.Parallel()
	verifier, err := webhook.NewStaticToken(webhook.StaticTokenConfig{Keys: webhook.Keys{{Secret: webhook.NewSecret(hookToken)}}})
	require.NoError(t, err)
	calls := 0
	var reported error
	bot := newBot(t, chatfuel.HandlerConfig{
		Verifier: verifier,
		Reply: func(context.Context, chatfuel.Attributes) (chatfuel.Reply, error) {
			calls++
			return chatfuel.Reply{}, nil
		},
		Report: func(_ context.Context, err error) { reported = err },
	})
	for _, token := range []string{"", "wrong"} {
		bot.Header.Set("X-Webhook-Token", token)
		res, err := bot.PostProfile(t.Context())
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, res.Status)
		require.Equal(t, "unauthorized", res.Reply.SetAttributes["error"])
		require.NotContains(t, reported.Error()+string(res.Body), hookToken)
	}
	require.ErrorIs(t, reported, webhook.ErrMismatch)
	require.Zero(t, calls)
	bot.Header.Set("X-Webhook-Token", hookToken)
	res, err := bot.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.Status)
	require.Equal(t, 1, calls)
}

func TestHandler_ReportsLimits(t *testing.T) {
	t.Parallel()
	var reported error
	bot := newBot(t, chatfuel.HandlerConfig{
		Reply: func(context.Context, chatfuel.Attributes) (chatfuel.Reply, error) {
			return chatfuel.Reply{Messages: []chatfuel.Message{chatfuel.Text(strings.Repeat("x", 2001))}}, nil
		},
		Report: func(_ context.Context, err error) { reported = err },
	})
	res, err := bot.Get(t.Context())
	require.NoError(t, err)
	require.Len(t, res.Reply.Messages[0].Text, 2001, "sent as it is")
	require.ErrorContains(t, reported, "messages[0].text")
}

func TestHandler_OwnFailure(t *testing.T) {
	t.Parallel()
	fail := true
	bot := newBot(t, chatfuel.HandlerConfig{
		Reply: func(context.Context, chatfuel.Attributes) (chatfuel.Reply, error) {
			if fail {
				return chatfuel.Reply{}, errors.New("no")
			}
			return chatfuel.Reply{}, nil
		},
		Failure: func(error) chatfuel.Reply { return chatfuel.Reply{RedirectToBlocks: []string{"Awaria"}} },
	})
	res, err := bot.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"Awaria"}, res.Reply.RedirectToBlocks)
	fail = false
	res, err = bot.Get(t.Context())
	require.NoError(t, err)
	require.JSONEq(t, `{}`, string(res.Body), "nothing is added to replies then")
}

func TestHandler_OwnSuccess(t *testing.T) {
	t.Parallel()
	bot := newBot(t, chatfuel.HandlerConfig{Reply: func(context.Context, chatfuel.Attributes) (chatfuel.Reply, error) {
		return chatfuel.Reply{SetAttributes: map[string]any{"success": "almost"}}, nil
	}})
	res, err := bot.Get(t.Context())
	require.NoError(t, err)
	require.JSONEq(t, `{"set_attributes":{"success":"almost"}}`, string(res.Body))
}

// A body that never arrives does not hold the call beyond the deadline.
func TestHandler_BodyStalls(t *testing.T) {
	t.Parallel()
	h, err := chatfuel.NewHandler(chatfuel.HandlerConfig{Reply: greet, Insecure: true, Deadline: 50 * time.Millisecond, Statuses: true})
	require.NoError(t, err)
	srv := httptest.NewServer(h)
	defer srv.Close()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
}

func TestNewHandler_Refuses(t *testing.T) {
	t.Parallel()
	verifier := webhook.AnyOf()
	for field, cfg := range map[string]chatfuel.HandlerConfig{
		"Reply":    {Insecure: true},
		"Verifier": {Reply: greet},
		"Insecure": {Reply: greet, Insecure: true, Verifier: verifier},
		"Deadline": {Reply: greet, Insecure: true, Deadline: 10 * time.Second},
		"MaxBody":  {Reply: greet, Insecure: true, MaxBody: -1},
	} {
		_, err := chatfuel.NewHandler(cfg)
		require.ErrorContains(t, err, "chatfuel.NewHandler: "+field)
	}
}

func TestHandler_OverTCP(t *testing.T) {
	t.Parallel()
	h, err := chatfuel.NewHandler(chatfuel.HandlerConfig{Reply: greet, Insecure: true})
	require.NoError(t, err)
	srv := httptest.NewServer(h)
	defer srv.Close()
	bot := chatfueltest.NewRemoteBot(srv.URL+"/?first%20name={{first name}}", map[string]string{"first name": "Jan Ż"})
	for range 2 {
		res, err := bot.PostForm(t.Context(), "messenger user id", "phone")
		require.NoError(t, err)
		require.Equal(t, "1234567890123456 Jan Ż ", res.Reply.Messages[0].Text)
	}
}
