package webhook_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// token is a verifier for tests: the X-Token header proves the sender, X-Id is
// the signed id.
type token string

func (s token) Verify(m *webhook.Message) (webhook.Verification, error) {
	switch m.Header.Get("X-Token") {
	case "":
		return webhook.Verification{}, webhook.ErrMissing
	case "old":
		return webhook.Verification{}, webhook.ErrTooOld
	case string(s):
		return webhook.Verification{Scheme: "token", Key: "main", ID: m.Header.Get("X-Id"), BodyAuthenticated: true}, nil
	}
	return webhook.Verification{}, webhook.ErrMismatch
}

func ExampleHandler() {
	h, err := webhook.NewHandler(webhook.Config{
		Source:   "shop",
		Verifier: token("s3cret"),
		Dedupe:   webhook.NewMemoryStore(),
	}, func(_ context.Context, e webhook.Event) error {
		fmt.Printf("%s: %s\n", e.Key, e.Body)
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(`{"order":1}`))
		r.Header.Set("X-Token", "s3cret")
		r.Header.Set("X-Id", "evt_1")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// shop/evt_1: {"order":1}
	// 200 {"success":true}
	// 200 {"success":true}
}

// receiver is a handler under test with what it saw.
type receiver struct {
	*webhook.Handler
	mu     sync.Mutex
	events []webhook.Event
	seen   []webhook.Observation
	fail   error
}

func newReceiver(t *testing.T, set func(*webhook.Config)) *receiver {
	t.Helper()
	r := &receiver{}
	c := webhook.Config{Source: "shop", Verifier: token("good"), Observe: func(o webhook.Observation) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seen = append(r.seen, o)
	}}
	if set != nil {
		set(&c)
	}
	h, err := webhook.NewHandler(c, func(_ context.Context, e webhook.Event) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, e)
		return r.fail
	})
	require.NoError(t, err)
	r.Handler = h
	return r
}

// request is a signed request; pairs of header name and value change it.
func request(body string, pairs ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(body))
	r.Header.Set("X-Token", "good")
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHandler_Refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set     func(*webhook.Config)
		request func() *http.Request
		status  int
		text    string
		reason  string
	}{
		"method":       {nil, func() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }, 405, "method not allowed", "method"},
		"unsigned":     {nil, func() *http.Request { return request("{}", "X-Token", "") }, 401, "signature not accepted", "missing"},
		"forged":       {nil, func() *http.Request { return request("{}", "X-Token", "bad") }, 401, "signature not accepted", "mismatch"},
		"stale":        {nil, func() *http.Request { return request("{}", "X-Token", "old") }, 401, "signature not accepted", "too_old"},
		"not required": {func(c *webhook.Config) { c.RequireHeaders = []string{"X-Sig"} }, func() *http.Request { return request("{}") }, 401, "signature not accepted", "missing"},
		"address":      {allow("10.0.0.0/8"), func() *http.Request { return request("{}") }, 403, "address not allowed", "ip"},
		"length":       {maxBody(3), func() *http.Request { return request("1234") }, 413, "body too large", "size"},
		"chunked": {maxBody(3), func() *http.Request {
			r := request("1234")
			r.ContentLength = -1
			return r
		}, 413, "body too large", "size"},
		"header": {nil, func() *http.Request { return request("{}", "X-Pad", strings.Repeat("x", 17<<10)) }, 431, "header too large", "header"},
		"query": {nil, func() *http.Request {
			r := request("{}")
			r.URL.RawQuery = strings.Repeat("x", 17<<10)
			return r
		}, 431, "header too large", "header"},
		"media": {func(c *webhook.Config) { c.ContentTypes = []string{"application/json"} },
			func() *http.Request { return request("{}", "Content-Type", "text/plain") }, 415, "media type not supported", "type"},
		"broken body": {nil, func() *http.Request {
			r := request("")
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("x"), errReader{}))
			return r
		}, 400, "body not readable", "body"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newReceiver(t, c.set)
			w := serve(h, c.request())
			require.Equal(t, c.status, w.Code)
			require.JSONEq(t, fmt.Sprintf(`{"success":false,"error":%q}`, c.text), w.Body.String())
			require.Equal(t, c.status, h.seen[0].Status)
			require.Equal(t, "refused", h.seen[0].Result)
			require.Equal(t, c.reason, h.seen[0].Reason)
			require.Empty(t, h.events)
			if c.status == 405 {
				require.Equal(t, "POST", w.Header().Get("Allow"))
			}
		})
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("reset") }

func maxBody(n int64) func(*webhook.Config) {
	return func(c *webhook.Config) { c.MaxBody = n }
}

func allow(prefix string) func(*webhook.Config) {
	return func(c *webhook.Config) { c.Allow, _ = webhook.ParsePrefixes(prefix) }
}

func TestHandler_ReadsNothingItNeedNot(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*webhook.Config){
		"address": allow("10.0.0.0/8"), "length": maxBody(1),
		"required header": func(c *webhook.Config) { c.RequireHeaders = []string{"X-Sig"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request("body")
			r.Body = io.NopCloser(untouchable{t})
			w := serve(newReceiver(t, set), r)
			require.GreaterOrEqual(t, w.Code, 400)
			require.Equal(t, "close", w.Header().Get("Connection"))
		})
	}
}

type untouchable struct{ t *testing.T }

func (u untouchable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestHandler_Accepts(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, func(c *webhook.Config) { c.MaxBody = 4; c.ContentTypes = []string{"application/json"} })
	w := serve(h, request("1234", "X-Id", "e1", "Content-Type", "application/json; charset=utf-8"))
	require.Equal(t, 200, w.Code)
	require.JSONEq(t, `{"success":true}`, w.Body.String())
	require.Len(t, h.events, 1)
	e := h.events[0]
	require.Equal(t, "shop/e1", e.Key)
	require.Equal(t, "1234", string(e.Body))
	require.Equal(t, "192.0.2.1", e.Remote.String())
	o := h.seen[0]
	o.Duration = 0
	require.Equal(t, webhook.Observation{Source: "shop", Result: "accepted", Status: 200, Scheme: "token", Key: "main", Bytes: 4}, o)
}

// TestHandler_Bodies reads bodies around the sizes of the pieces, in one go and
// in small reads, whole and cut short.
func TestHandler_Bodies(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, nil)
	for _, size := range []int{0, 1, 4095, 4096, 4097, 36863, 36864, 36865, 100_000, 1 << 20} {
		for _, wrap := range []func(io.Reader) io.Reader{
			func(r io.Reader) io.Reader { return r }, iotest.HalfReader, iotest.DataErrReader,
		} {
			body := make([]byte, size)
			_, err := rand.Read(body)
			require.NoError(t, err)
			r := request("")
			r.Body, r.ContentLength = io.NopCloser(wrap(bytes.NewReader(body))), -1
			require.Equal(t, 200, serve(h, r).Code)
			require.True(t, bytes.Equal(body, h.events[len(h.events)-1].Body), "%d", size)

			r = request("")
			r.Body = io.NopCloser(io.MultiReader(wrap(bytes.NewReader(body)), iotest.ErrReader(io.ErrUnexpectedEOF)))
			require.Equal(t, 400, serve(h, r).Code, "cut short")
		}
	}
}

func TestHandler_SuccessCode(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, func(c *webhook.Config) { c.Success = 204 })
	w := serve(h, request("{}"))
	require.Equal(t, 204, w.Code)
	require.Empty(t, w.Body.String())
}

func TestHandler_Failures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		status int
		retry  string
		text   string
		reason string
	}{
		"any":     {errors.New("password=hunter2"), 503, "5", "temporarily unavailable", "unavailable"},
		"refusal": {webhook.Refuse(422, "field amount is negative"), 422, "", "field amount is negative", "refused"},
		"wrapped": {fmt.Errorf("x: %w", &webhook.Refusal{Status: 429, Text: "later", RetryAfter: 1500 * time.Millisecond}), 429, "2", "later", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newReceiver(t, nil)
			h.fail = c.err
			w := serve(h, request("{}"))
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.retry, w.Header().Get("Retry-After"))
			require.JSONEq(t, fmt.Sprintf(`{"success":false,"error":%q}`, c.text), w.Body.String())
			require.Equal(t, c.reason, h.seen[0].Reason)
		})
	}
}

func TestHandler_Panic(t *testing.T) {
	t.Parallel()
	h, err := webhook.NewHandler(webhook.Config{Source: "s", AllowUnverified: true}, func(context.Context, webhook.Event) error { panic("secret") })
	require.NoError(t, err)
	w := serve(h, request("{}"))
	require.Equal(t, 500, w.Code)
	require.NotContains(t, w.Body.String(), "secret")
}

type down struct{ webhook.Store }

func (down) Begin(context.Context, webhook.BeginRequest) (webhook.Outcome, error) {
	return webhook.Outcome{}, errors.New("connection refused to 10.1.2.3")
}

func TestHandler_StoreDown(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, func(c *webhook.Config) { c.Dedupe = down{} })
	w := serve(h, request("a"))
	require.Equal(t, 503, w.Code)
	require.Equal(t, "5", w.Header().Get("Retry-After"))
	require.NotContains(t, w.Body.String(), "10.1.2.3")
	require.Empty(t, h.events)
}

func TestHandler_Limits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newReceiver(t, func(c *webhook.Config) {
			c.IPLimit = webhook.NewRateLimiter(1, 3)
			c.SourceLimit = webhook.NewRateLimiter(1, 2)
		})
		require.Equal(t, 401, serve(h, request("{}", "X-Token", "bad")).Code, "does not cost the source's budget")
		require.Equal(t, 200, serve(h, request("1")).Code)
		require.Equal(t, 200, serve(h, request("2")).Code)
		w := serve(h, request("3"))
		require.Equal(t, 429, w.Code)
		require.Equal(t, "1", w.Header().Get("Retry-After"))
		other := request("{}")
		other.RemoteAddr = "198.51.100.7:4"
		require.Equal(t, 429, serve(h, other).Code, "another address, the same source")
		time.Sleep(time.Second)
		require.Equal(t, 200, serve(h, request("4")).Code)
	})
}

func TestHandler_LimiterDown(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, func(c *webhook.Config) { c.IPLimit = brokenLimiter{} })
	require.Equal(t, 200, serve(h, request("{}")).Code)
}

type brokenLimiter struct{}

func (brokenLimiter) Take(context.Context, string) (time.Duration, error) {
	return time.Hour, errors.New("no connection")
}

func TestHandler_Guard(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, nil)
	guarded := h.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, ok := webhook.EventFrom(r.Context())
		body, err := io.ReadAll(r.Body)
		if !ok || err != nil || !bytes.Equal(body, e.Body) {
			t.Error("the handler behind needs event and body")
		}
		w.WriteHeader(http.StatusTeapot)
	}))
	require.Equal(t, http.StatusTeapot, serve(guarded, request("body")).Code)
	require.Equal(t, 401, serve(guarded, request("body", "X-Token", "bad")).Code)
	require.Empty(t, h.events)
	_, ok := webhook.EventFrom(t.Context())
	require.False(t, ok)
	boom := h.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))
	require.PanicsWithValue(t, "boom", func() { serve(boom, request("body")) }, "the server's to answer: something may be written")
}

func TestHandler_Admit(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, nil)
	e, err := h.Admit(nil, request("body"))
	require.NoError(t, err)
	require.Equal(t, "body", string(e.Body))
	_, err = h.Admit(nil, request("body", "X-Token", "bad"))
	require.ErrorIs(t, err, webhook.ErrMismatch)
	refusal, ok := errors.AsType[*webhook.Refusal](err)
	require.True(t, ok)
	require.Equal(t, 401, refusal.Status)
	_, ok = err.(http.Handler)
	require.True(t, ok)
}

func TestHandler_Handshake(t *testing.T) {
	t.Parallel()
	say := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
	}
	h := newReceiver(t, func(c *webhook.Config) {
		c.Handshake = func(m *webhook.Message, verified bool) http.Handler {
			if string(m.Body) == "early" && !verified || string(m.Body) == "late" && verified {
				return say(string(m.Body))
			}
			return nil
		}
	})
	require.Equal(t, "early", serve(h, request("early", "X-Token", "bad")).Body.String())
	require.Equal(t, 401, serve(h, request("late", "X-Token", "bad")).Code)
	require.Equal(t, "late", serve(h, request("late")).Body.String())
	require.Equal(t, "handshake", h.seen[2].Result)
	require.Empty(t, h.events)
	require.Equal(t, 200, serve(h, request("event")).Code)
	require.Len(t, h.events, 1)
}

// TestHandler_CloudEvents lets the unsigned request for permission through all
// checks, and observes how it was answered.
func TestHandler_CloudEvents(t *testing.T) {
	t.Parallel()
	h := newReceiver(t, func(c *webhook.Config) {
		c.Methods = []string{http.MethodPost, http.MethodOptions}
		c.ContentTypes = []string{"application/cloudevents+json"}
		c.Handshake = webhook.CloudEventsConsent{Origins: []string{"a.example"}}.Handshake
	})
	for origin, status := range map[string]int{"a.example": 200, "b.example": 405} {
		r := httptest.NewRequest(http.MethodOptions, "/hook", nil)
		r.Header.Set("WebHook-Request-Origin", origin)
		require.Equal(t, status, serve(h, r).Code)
		require.Equal(t, "handshake", h.seen[len(h.seen)-1].Result)
		require.Equal(t, status, h.seen[len(h.seen)-1].Status)
	}
	require.Equal(t, 415, serve(h, request("{}")).Code)
	require.Equal(t, 200, serve(h, request("{}", "Content-Type", "application/cloudevents+json")).Code)
}

// TestHandler_CompressedBody hands a body on as it came: its bytes are what the
// sender signed.
func TestHandler_CompressedBody(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write(bytes.Repeat([]byte("bomb"), 1<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	verifier, err := webhook.GitHub.Verifier(webhook.SchemeConfig{Keys: webhook.OneKey("s")})
	require.NoError(t, err)
	h := newReceiver(t, func(c *webhook.Config) { c.Verifier = verifier })
	r := request(packed.String(), "Content-Encoding", "gzip", "X-Hub-Signature-256", "sha256="+hexMAC("s", packed.String()))
	require.Equal(t, 200, serve(h, r).Code)
	require.Equal(t, packed.Bytes(), h.events[0].Body)
}

func TestNewHandler_Refuses(t *testing.T) {
	t.Parallel()
	next := func(context.Context, webhook.Event) error { return nil }
	for field, c := range map[string]webhook.Config{
		"Source":       {AllowUnverified: true},
		"Verifier":     {Source: "s"},
		"negative":     {Source: "s", AllowUnverified: true, MaxBody: -1},
		"Success":      {Source: "s", AllowUnverified: true, Success: 302},
		"RetryHorizon": {Source: "s", AllowUnverified: true, Dedupe: webhook.NewMemoryStore(), DedupeTTL: time.Hour, RetryHorizon: 2 * time.Hour},
	} {
		_, err := webhook.NewHandler(c, next)
		require.ErrorContains(t, err, field)
	}
	_, err := webhook.NewHandler(webhook.Config{Source: "s", AllowUnverified: true}, nil)
	require.ErrorContains(t, err, "next and Inbox")
	_, err = webhook.NewHandler(webhook.Config{Source: "s", AllowUnverified: true, Inbox: &mapInbox{}}, next)
	require.ErrorContains(t, err, "next and Inbox")
}
