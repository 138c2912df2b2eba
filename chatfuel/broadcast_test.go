package chatfuel_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/chatfuel"
	"github.com/centrala-go/centrala/chatfuel/chatfueltest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// bundle is a client in front of a fake.
type bundle struct {
	srv *chatfueltest.Server
	c   *chatfuel.Client
}

func setup(t *testing.T, fake chatfueltest.Config, opts ...transport.Option) bundle {
	t.Helper()
	srv := chatfueltest.New(fake)
	c, err := chatfuel.New(chatfuel.Config{BotID: chatfueltest.BotID, Token: chatfueltest.Token, BaseURL: chatfueltest.URL},
		append([]transport.Option{transport.WithTransport(srv.Transport())}, opts...)...)
	require.NoError(t, err)
	return bundle{srv, c}
}

var hello = chatfuel.SendRequest{UserID: "42", BlockName: "Przypomnienie"}

func TestClient_Send(t *testing.T) {
	t.Parallel()
	b := setup(t, chatfueltest.Config{})
	res, err := b.c.Send(t.Context(), chatfuel.SendRequest{
		UserID: "a/42", BlockName: "Przypomnienie", MessageTag: "CONFIRMED_EVENT_UPDATE",
		Attributes: map[string]any{"first name": "Żaneta & syn", "visits": 3, "vip": true, "price": 12.5, "turnover": 12345678.0, "share": float32(0.1)},
		Tags:       []string{"klient", "vip"},
	})
	require.NoError(t, err)
	require.Equal(t, "ok", res.Result)
	m := b.srv.Messages()[0]
	require.Equal(t, "a/42", m.UserID)
	require.Equal(t, "Przypomnienie", m.Block)
	require.Equal(t, "CONFIRMED_EVENT_UPDATE", m.MessageTag)
	require.Equal(t, []string{"klient", "vip"}, m.Tags)
	require.Equal(t, map[string]string{"first name": "Żaneta & syn", "visits": "3", "vip": "true", "price": "12.5", "turnover": "12345678", "share": "0.1"}, m.Attributes)
	require.Equal(t, m.Attributes, b.srv.Attributes("a/42"))
	q := b.srv.Requests()[0]
	require.Equal(t, "POST /bots/chatfueltest-bot/users/a%2F42/send", q.Method+" "+q.URL.EscapedPath())
	require.Equal(t, "application/json", q.Header.Get("Content-Type"))
	require.Equal(t, chatfueltest.Token, q.URL.Query().Get("chatfuel_token"))
}

func TestClient_Send_Targets(t *testing.T) {
	t.Parallel()
	b := setup(t, chatfueltest.Config{Users: []string{"42"}, Blocks: []string{"b1"}, Flows: []string{"f1"}})
	for _, r := range []chatfuel.SendRequest{
		{UserID: "42", BlockID: "b1"}, {UserID: "42", FlowName: "f1"},
		{UserID: "42", Extra: url.Values{"chatfuel_block_id": {"b1"}}},
	} {
		_, err := b.c.Send(t.Context(), r)
		require.NoError(t, err)
	}
	for reason, r := range map[string]chatfuel.SendRequest{
		"User not found":  {UserID: "43", BlockID: "b1"},
		"Block not found": {UserID: "42", BlockName: "b2"},
		"Flow not found":  {UserID: "42", FlowName: "f2"},
	} {
		_, err := b.c.Send(t.Context(), r)
		var e *chatfuel.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, reason, e.Result)
		require.Equal(t, http.StatusOK, e.Status)
		require.ErrorIs(t, err, transport.ErrInvalid)
		require.Equal(t, transport.Rejected, e.Outcome)
	}
	require.Len(t, b.srv.Messages(), 3)
}

func TestClient_Send_Faults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault    transporttest.Fault
		want     transport.Outcome
		sent     int
		requests int
	}{
		"refused dial":           {transporttest.Fault{Refuse: true}, transport.Done, 1, 1},
		"reset before":           {transporttest.Fault{Reset: true}, transport.Unknown, 0, 1},
		"reset after":            {transporttest.Fault{Reset: true, After: true}, transport.Unknown, 1, 1},
		"stall after":            {transporttest.Fault{Stall: time.Hour, After: true}, transport.Unknown, 1, 1},
		"429":                    {transporttest.Fault{Status: 429}, transport.Done, 1, 2},
		"429 with success false": {transporttest.Fault{Status: 429, Body: `{"success":false,"result":"slow down"}`}, transport.Done, 1, 2},
		"500":                    {transporttest.Fault{Status: 500}, transport.Unknown, 0, 1},
		"500 after":              {transporttest.Fault{Status: 500, After: true}, transport.Unknown, 1, 1},
		"503 with a hint":        {transporttest.Fault{Status: 503, Header: http.Header{"Retry-After": {"1"}}}, transport.Unknown, 0, 1},
		"500 with success false": {transporttest.Fault{Status: 500, Body: `{"success":false,"result":"no"}`}, transport.Rejected, 0, 1},
		"200 with success false": {transporttest.Fault{Status: 200, Body: `{"success":false,"result":"no"}`}, transport.Rejected, 0, 1},
		"400 without a body":     {transporttest.Fault{Status: 400}, transport.Rejected, 0, 1},
		"empty answer, after":    {transporttest.Fault{Status: 200, After: true}, transport.Unknown, 1, 1},
		"page, after":            {transporttest.Fault{Status: 200, After: true, Body: "<html>"}, transport.Unknown, 1, 1},
		"cut answer, after":      {transporttest.Fault{Status: 200, After: true, Body: `{"success":tr`}, transport.Unknown, 1, 1},
		"no success, after":      {transporttest.Fault{Status: 200, After: true, Body: `{"result":"ok"}`}, transport.Unknown, 1, 1},
		"huge answer, after":     {transporttest.Fault{Status: 200, After: true, Body: strings.Repeat("x", 11<<20)}, transport.Unknown, 1, 1},
		"unreachable to the end": {transporttest.Fault{Refuse: true, Times: -1}, transport.NotSent, 0, 0},
		"throttled to the end":   {transporttest.Fault{Status: 429, Times: -1}, transport.Rejected, 0, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, chatfueltest.Config{})
				b.srv.Inject(tc.fault)
				_, err := b.c.Send(t.Context(), hello)
				require.Equal(t, tc.want, transport.OutcomeOf(err), "%v", err)
				require.Len(t, b.srv.Messages(), tc.sent)
				require.Len(t, b.srv.Requests(), tc.requests)
			})
		})
	}
}

func TestClient_Send_RefusesBadInput(t *testing.T) {
	t.Parallel()
	b := setup(t, chatfueltest.Config{})
	change := func(f func(*chatfuel.SendRequest)) chatfuel.SendRequest {
		r := hello
		f(&r)
		return r
	}
	for problem, r := range map[string]chatfuel.SendRequest{
		"UserID is empty":               {BlockName: "x"},
		"UserID":                        {UserID: "..", BlockName: "x"},
		"BlockName is empty":            {UserID: "42"},
		"BlockName is set besides":      {UserID: "42", BlockName: "x", FlowName: "y"},
		"Attributes[chatfuel_x] is a":   change(func(r *chatfuel.SendRequest) { r.Attributes = map[string]any{"chatfuel_x": 1} }),
		"Attributes[Chatfuel_Token] is": change(func(r *chatfuel.SendRequest) { r.Attributes = map[string]any{"Chatfuel_Token": 1} }),
		"Attributes[tags] is a name":    change(func(r *chatfuel.SendRequest) { r.Attributes = map[string]any{"tags": "a"} }),
		"Attributes[x] is not a text":   change(func(r *chatfuel.SendRequest) { r.Attributes = map[string]any{"x": nil} }),
		"Attributes has an empty name":  change(func(r *chatfuel.SendRequest) { r.Attributes = map[string]any{" ": 1} }),
		"Tags has a tag":                change(func(r *chatfuel.SendRequest) { r.Tags = []string{"a,b"} }),
		"Extra holds the token":         change(func(r *chatfuel.SendRequest) { r.Extra = url.Values{"chatfuel_token": {"x"}} }),
	} {
		_, err := b.c.Send(t.Context(), r)
		require.ErrorContains(t, err, problem)
		require.ErrorIs(t, err, transport.ErrNotSent)
	}
	require.Empty(t, b.srv.Requests())
}

func TestClient_Send_Limit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, chatfueltest.Config{})
		start := time.Now()
		for range 101 {
			_, err := b.c.Send(t.Context(), hello)
			require.NoError(t, err)
		}
		require.Equal(t, 4*time.Second, time.Since(start))
		require.Len(t, b.srv.Requests(), 101, "the vendor refused none")
	})
}

func TestClient_Send_OverTCP(t *testing.T) {
	t.Parallel()
	srv := chatfueltest.New(chatfueltest.Config{})
	base, stop, err := srv.Start()
	require.NoError(t, err)
	defer stop()
	c, err := chatfuel.New(chatfuel.Config{BotID: chatfueltest.BotID, Token: chatfueltest.Token, BaseURL: base})
	require.NoError(t, err)
	defer c.CloseIdleConnections()
	srv.Inject(transporttest.Fault{Reset: true, After: true})
	_, err = c.Send(t.Context(), hello)
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	require.NotContains(t, err.Error(), chatfueltest.Token)
	_, err = c.Send(t.Context(), hello)
	require.NoError(t, err)
	require.Len(t, srv.Messages(), 2)
}

func TestClient_SecretsStayInside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const token = "s3cr3t+bot/token"
		var out bytes.Buffer
		log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		srv := chatfueltest.New(chatfueltest.Config{Token: "another"})
		cfg := chatfuel.Config{BotID: chatfueltest.BotID, Token: token, BaseURL: chatfueltest.URL}
		c, err := chatfuel.New(cfg, transport.WithTransport(srv.Transport()), transport.WithLogger(log))
		require.NoError(t, err)
		values := []any{cfg, c, *c, struct{ C chatfuel.Config }{cfg}}
		for _, f := range []transporttest.Fault{
			{}, {Status: 403, Body: `{"success":false,"result":"bad chatfuel_token=` + url.QueryEscape(token) + `"}`},
			{Status: 502, Body: token}, {Reset: true}, {Refuse: true, Times: 4},
		} {
			srv.Inject(f)
			_, err := c.Send(t.Context(), hello)
			var e *chatfuel.Error
			require.ErrorAs(t, err, &e)
			var te *transport.Error
			require.ErrorAs(t, err, &te)
			values = append(values, err, *e, te, string(te.Body), te.URL)
		}
		for _, v := range values {
			fmt.Fprintf(&out, "%v %+v %#v %s %q", v, v, v, v, v)
			log.Info("value", "v", v)
			b, err := json.Marshal(v)
			require.NoError(t, err)
			out.Write(b)
		}
		for _, form := range []string{token, url.QueryEscape(token), url.PathEscape(token)} {
			require.NotContains(t, out.String(), form)
		}
		require.Contains(t, out.String(), "bad chatfuel_token=[redacted]")
	})
}

func TestClient_Do(t *testing.T) {
	t.Parallel()
	b := setup(t, chatfueltest.Config{})
	_, err := b.c.Do(t.Context(), transport.Op{Name: "chatfuel.raw"}, transport.Request{Method: http.MethodPost, Path: "/nothing"})
	require.ErrorIs(t, err, transport.ErrNotFound)
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	fn := transport.StaticCredential("t")
	for field, cfg := range map[string]chatfuel.Config{
		"Token is empty": {BotID: "b"},
		"Token is set":   {BotID: "b", Token: "t", TokenFunc: fn},
		"BotID":          {Token: "t"},
		"BotID is":       {Token: "t", BotID: ".."},
		"BaseURL":        {BotID: "b", Token: "t", BaseURL: "http://example.com"},
	} {
		_, err := chatfuel.New(cfg)
		require.ErrorContains(t, err, field)
		require.ErrorIs(t, err, transport.ErrInvalid)
	}
	_, err := chatfuel.New(chatfuel.Config{BotID: "b", TokenFunc: fn})
	require.NoError(t, err)
}
