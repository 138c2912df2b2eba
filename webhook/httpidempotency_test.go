package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

func ExampleIdempotent() {
	orders := 0
	create := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		orders++
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "order %d", orders)
	})
	h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{Required: true})(create)
	for range 2 {
		r := httptest.NewRequest(http.MethodPost, "/orders", strings.NewReader(`{"item":"tea"}`))
		r.Header.Set("Idempotency-Key", `"8e03978e-40d5-43e8-bc93-6894a57f9324"`)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Printf("%d %s, replayed: %q\n", w.Code, w.Body, w.Header().Get("Idempotency-Replayed"))
	}
	// Output:
	// 201 order 1, replayed: ""
	// 201 order 1, replayed: "true"
}

// keyed is a request with an Idempotency-Key.
func keyed(key, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/orders?x=1", strings.NewReader(body))
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return r
}

// answers answers each run with the next status; the last one repeats.
type answers struct {
	statuses []int
	runs     int
	seen     []webhook.Attempt
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	attempt, _ := webhook.AttemptFrom(r.Context())
	a.seen = append(a.seen, attempt)
	status := a.statuses[min(a.runs, len(a.statuses)-1)]
	a.runs++
	w.Header().Set("X-Run", fmt.Sprint(a.runs))
	w.Header().Set("Set-Cookie", "session=1")
	if status != 200 { // 200 by silence
		w.WriteHeader(status)
	}
	body, _ := io.ReadAll(r.Body)
	_, _ = w.Write(body)
}

func TestIdempotent_Replays(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 201, 202, 302, 400, 404, 409, 422} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			a := &answers{statuses: []int{status}}
			h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{})(a)
			first, second := serve(h, keyed("k", "body")), serve(h, keyed(`"k"`, "body"))
			require.Equal(t, 1, a.runs)
			require.Equal(t, status, first.Code)
			require.Equal(t, status, second.Code)
			require.Equal(t, "body", first.Body.String())
			require.Equal(t, "body", second.Body.String())
			require.Equal(t, "1", second.Header().Get("X-Run"))
			require.Equal(t, "session=1", first.Header().Get("Set-Cookie"))
			require.Empty(t, second.Header().Get("Set-Cookie"), "a cookie is for one caller")
			require.Empty(t, first.Header().Get("Idempotency-Replayed"))
			require.Equal(t, "true", second.Header().Get("Idempotency-Replayed"))
		})
	}
}

func TestIdempotent_RunsAgain(t *testing.T) {
	t.Parallel()
	for status, unsettled := range map[int]bool{408: false, 425: false, 429: false, 500: true, 502: true, 503: true, 504: true} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			a := &answers{statuses: []int{status, 429, 200}}
			h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{})(a)
			require.Equal(t, status, serve(h, keyed("k", "")).Code)
			require.Equal(t, 429, serve(h, keyed("k", "")).Code)
			require.Equal(t, 200, serve(h, keyed("k", "")).Code)
			require.Equal(t, 200, serve(h, keyed("k", "")).Code)
			require.Equal(t, 3, a.runs)
			require.Equal(t, unsettled, a.seen[1].Unsettled)
			require.Equal(t, unsettled, a.seen[2].Unsettled, "a 429 settles nothing")
			require.Equal(t, 3, a.seen[2].Attempt)
		})
	}
}

func TestIdempotent_OtherRequest(t *testing.T) {
	t.Parallel()
	a := &answers{statuses: []int{200}}
	h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{})(a)
	require.Equal(t, 200, serve(h, keyed("k", "one")).Code)
	path, query, method := keyed("k", "one"), keyed("k", "one"), keyed("k", "one")
	path.URL.Path, query.URL.RawQuery, method.Method = "/other", "x=2", http.MethodPatch
	for _, r := range []*http.Request{keyed("k", "two"), path, query, method} {
		w := serve(h, r)
		require.Equal(t, 422, w.Code)
		require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
		require.JSONEq(t, `{"type":"about:blank","title":"Unprocessable Entity","status":422,"success":false,
			"detail":"Idempotency-Key was used for another request","error":"Idempotency-Key was used for another request"}`, w.Body.String())
	}
	require.Equal(t, 1, a.runs)
}

func TestIdempotent_Keys(t *testing.T) {
	t.Parallel()
	for key, status := range map[string]int{
		"": 400, `""`: 400, `"open`: 400, `"a"b`: 400, `"a\x"`: 400, `a b`: 400, `a,b`: 400, "ą": 400, `"a";p=1`: 400, `"a\`: 400,
		strings.Repeat("k", 256): 400, strings.Repeat("k", 255): 200, `"a \"b\" \\"`: 200, "7f9c-1": 200, `"x"`: 200,
	} {
		h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{Required: true})(&answers{statuses: []int{200}})
		require.Equal(t, status, serve(h, keyed(key, "")).Code, "%q", key)
	}
	twice := keyed("a", "")
	twice.Header.Add("Idempotency-Key", "b")
	h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{})(&answers{statuses: []int{200}})
	require.Equal(t, 400, serve(h, twice).Code)
}

func TestIdempotent_Unguarded(t *testing.T) {
	t.Parallel()
	a := &answers{statuses: []int{200}}
	h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{})(a)
	get := keyed("k", "")
	get.Method = http.MethodGet
	for _, r := range []*http.Request{keyed("", ""), keyed("", ""), get, get} {
		require.Equal(t, 200, serve(h, r).Code)
	}
	require.Equal(t, 4, a.runs)
}

func TestIdempotent_DeriveAndScope(t *testing.T) {
	t.Parallel()
	a := &answers{statuses: []int{200}}
	h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{
		Derive: func(_ *http.Request, body []byte) string { return string(body) },
		Scope:  func(r *http.Request) string { return r.Header.Get("X-Account") },
	})(a)
	other := keyed("", "user 1")
	other.Header.Set("X-Account", "b")
	for _, r := range []*http.Request{keyed("", "user 1"), keyed("", "user 1"), keyed("", "user 2"), other} {
		require.Equal(t, 200, serve(h, r).Code)
	}
	require.Equal(t, 3, a.runs)
}

func TestIdempotent_InFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		block, runs := make(chan struct{}), 0
		h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{})(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			runs++
			<-block
			w.WriteHeader(201)
		}))
		first := make(chan int)
		go func() { first <- serve(h, keyed("k", "")).Code }()
		synctest.Wait()
		time.Sleep(10 * time.Minute) // the heartbeat keeps the key
		w := serve(h, keyed("k", ""))
		require.Equal(t, 409, w.Code)
		require.NotEmpty(t, w.Header().Get("Retry-After"))
		close(block)
		require.Equal(t, 201, <-first)
		require.Equal(t, 201, serve(h, keyed("k", "")).Code)
		require.Equal(t, 1, runs)
	})
}

func TestIdempotent_Expires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &answers{statuses: []int{200}}
		h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{TTL: time.Hour})(a)
		serve(h, keyed("k", ""))
		time.Sleep(time.Hour)
		serve(h, keyed("k", ""))
		require.Equal(t, 2, a.runs)
	})
}

func TestIdempotent_Panic(t *testing.T) {
	t.Parallel()
	a := &answers{statuses: []int{200}}
	boom := true
	h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if boom {
			panic("boom")
		}
		a.ServeHTTP(w, r)
	}))
	require.Panics(t, func() { serve(h, keyed("k", "")) })
	boom = false
	require.Equal(t, 200, serve(h, keyed("k", "")).Code)
	require.True(t, a.seen[0].Unsettled)
}

// TestIdempotent_CallerGone runs a handler that stops without an answer because
// its caller hung up: nothing may be stored as its success.
func TestIdempotent_CallerGone(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]bool{"silent": false, "answers all the same": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen []webhook.Attempt
			h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				attempt, _ := webhook.AttemptFrom(r.Context())
				seen = append(seen, attempt)
				if r.Context().Err() == nil || says {
					w.WriteHeader(http.StatusCreated)
				}
			}))
			gone, hangUp := context.WithCancel(t.Context())
			hangUp()
			first := serve(h, keyed("k", "").WithContext(gone)).Code
			require.Equal(t, 201, serve(h, keyed("k", "")).Code)
			if says {
				require.Equal(t, 201, first)
				require.Len(t, seen, 1, "the answer was stored for the next time")
				return
			}
			require.Equal(t, 503, first, "whoever still listens")
			require.Len(t, seen, 2)
			require.True(t, seen[1].Unsettled)
		})
	}
}

func TestIdempotent_Sizes(t *testing.T) {
	t.Parallel()
	a := &answers{statuses: []int{200}}
	h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{MaxBody: 8, MaxReply: 4})(a)
	require.Equal(t, 413, serve(h, keyed("k", "123456789")).Code)
	w := serve(h, keyed("k", "12345678"))
	require.Equal(t, "12345678", w.Body.String())
	require.Equal(t, 409, serve(h, keyed("k", "12345678")).Code)
	require.Equal(t, 200, serve(h, keyed("j", "1234")).Code)
	require.Equal(t, "1234", serve(h, keyed("j", "1234")).Body.String())
	require.Equal(t, 2, a.runs)
}

func TestIdempotent_StoreDown(t *testing.T) {
	t.Parallel()
	a := &answers{statuses: []int{200}}
	w := serve(webhook.Idempotent(down{}, webhook.Idempotency{})(a), keyed("k", ""))
	require.Equal(t, 503, w.Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	require.NotContains(t, w.Body.String(), "10.1.2.3")
	require.Zero(t, a.runs)
	// Down only when the answer is to be stored: the effect took place, so say so.
	broken := &broken{Store: webhook.NewMemoryStore(), complete: errors.New("disk full")}
	require.Equal(t, 200, serve(webhook.Idempotent(broken, webhook.Idempotency{})(a), keyed("k", "")).Code)
}

// FuzzIdempotent_Key holds that a key is either refused or guards: whatever is
// sent twice runs once or, refused, not at all.
func FuzzIdempotent_Key(f *testing.F) {
	f.Add("k", "k")
	f.Add(`"a\"b"`, `"a`)
	f.Add(`"a\\"`, `a b`)
	f.Fuzz(func(t *testing.T, one, other string) {
		a := &answers{statuses: []int{200}}
		h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{Required: true})(a)
		send := func(key string) int {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header["Idempotency-Key"] = []string{key}
			return serve(h, r).Code
		}
		first := send(one)
		require.Contains(t, []int{200, 400}, first)
		require.Equal(t, first, send(one))
		if second := send(other); first == 200 && second == 200 {
			bare := func(key string) string { // the two spellings of one key
				if text, ok := strings.CutPrefix(strings.Trim(key, " \t"), `"`); ok {
					return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(strings.TrimSuffix(text, `"`))
				}
				return strings.Trim(key, " \t")
			}
			require.Equal(t, bare(one) == bare(other), a.runs == 1, "%q %q", one, other)
		}
	})
}

func TestIdempotent_NotDone(t *testing.T) {
	t.Parallel()
	a := &answers{statuses: []int{503, 500, 503, 200}}
	h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{NotDone: []int{503}})(a)
	for _, status := range a.statuses {
		require.Equal(t, status, serve(h, keyed("k", "body")).Code)
	}
	unsettled := []bool{}
	for _, run := range a.seen {
		unsettled = append(unsettled, run.Unsettled)
	}
	require.Equal(t, []bool{false, false, true, true}, unsettled, "a 503 settles nothing that came before it")
}
