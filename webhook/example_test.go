package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

func ExampleNewHandler() {
	prefixes, err := webhook.ParsePrefixes("192.0.2.0/24", "2001:db8::7")
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := webhook.NewHandler(webhook.Config{
		Source:      "shop",
		Verifier:    token("s3cret"),
		Allow:       prefixes,
		IPLimit:     webhook.NewRateLimiter(10, 100),
		SourceLimit: webhook.NewRateLimiter(100, 1000),
		Replay:      webhook.NewMemoryStore(),
	}, func(_ context.Context, e webhook.Event) error {
		if len(e.Body) == 0 {
			return webhook.Refuse(http.StatusBadRequest, "body is empty")
		}
		return nil // stored: only now is the event acknowledged
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, body := range []string{"event", ""} {
		r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(body))
		r.Header.Set("X-Token", "s3cret")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	server := &http.Server{Addr: ":8080", Handler: h}
	webhook.Harden(server)
	fmt.Println(server.ReadHeaderTimeout)
	// Output:
	// 200 {"success":true}
	// 400 {"success":false,"error":"body is empty"}
	// 3s
}

func ExampleHandler_Guard() {
	h, err := webhook.NewHandler(webhook.Config{Source: "bot", Verifier: token("s3cret")},
		func(context.Context, webhook.Event) error { return nil })
	if err != nil {
		fmt.Println(err)
		return
	}
	greet := h.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, _ := webhook.EventFrom(r.Context())
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s, verified by %s", body, e.Scheme)
	}))
	r := httptest.NewRequest(http.MethodPost, "/greet", strings.NewReader("hello"))
	r.Header.Set("X-Token", "s3cret")
	w := httptest.NewRecorder()
	greet.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: hello, verified by token
}

// Admit serves routers whose handlers are no http.Handler.
func ExampleHandler_Admit() {
	h, err := webhook.NewHandler(webhook.Config{Source: "bot", Verifier: token("s3cret")},
		func(context.Context, webhook.Event) error { return nil })
	if err != nil {
		fmt.Println(err)
		return
	}
	route := func(w http.ResponseWriter, r *http.Request) error {
		e, err := h.Admit(w, r)
		if answer, ok := err.(http.Handler); ok {
			answer.ServeHTTP(w, r)
			return nil
		}
		_, err = fmt.Fprintf(w, "got %s", e.Body)
		return err
	}
	for _, secret := range []string{"s3cret", "guess"} {
		r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader("hello"))
		r.Header.Set("X-Token", secret)
		w := httptest.NewRecorder()
		fmt.Println(route(w, r), w.Code, w.Body)
	}
	// Output:
	// <nil> 200 got hello
	// <nil> 401 {"success":false,"error":"signature not accepted"}
}

func ExampleClientIP() {
	proxies, err := webhook.ParsePrefixes("10.0.0.0/8")
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest(http.MethodPost, "/hook", nil)
	r.RemoteAddr = "10.0.0.1:4711"
	r.Header.Set("X-Forwarded-For", "6.6.6.6, 198.51.100.7") // the client wrote the first
	fmt.Println(webhook.ClientIP(r, proxies))
	// Output: 198.51.100.7 <nil>
}

func ExampleNewRateLimiter() {
	ctx, l := context.Background(), webhook.NewRateLimiter(0.1, 2)
	for range 3 {
		wait, err := l.Take(ctx, "198.51.100.7")
		fmt.Println(wait.Round(time.Second), err)
	}
	// Output:
	// 0s <nil>
	// 0s <nil>
	// 10s <nil>
}

func ExampleAttemptFrom() {
	pay := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, _ := webhook.AttemptFrom(r.Context()); a.Unsettled {
			fmt.Fprint(w, "found the payment of attempt 1")
			return
		}
		w.WriteHeader(http.StatusGatewayTimeout) // nobody knows whether it was made
	})
	h := webhook.Idempotent(webhook.NewMemoryStore(), webhook.Idempotency{})(pay)
	for range 2 {
		r := httptest.NewRequest(http.MethodPost, "/payments", nil)
		r.Header.Set("Idempotency-Key", `"k1"`)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Printf("%d %q\n", w.Code, w.Body)
	}
	// Output:
	// 504 ""
	// 200 "found the payment of attempt 1"
}

// A claim by hand: what Once does, for work that needs the pieces.
func ExampleNewMemoryStore() {
	ctx, s := context.Background(), webhook.NewMemoryStore()
	body := []byte(`{"order":1}`)
	ask := func() webhook.Outcome {
		o, err := s.Begin(ctx, webhook.BeginRequest{
			Key: webhook.JoinKey("shop", "evt_1"), Fingerprint: webhook.Fingerprint(body),
		})
		if err != nil {
			fmt.Println(err)
		}
		return o
	}
	mine := ask()
	fmt.Println(mine.State, mine.Claim.Attempt, ask().State)
	fmt.Println(s.Extend(ctx, mine.Claim, time.Minute))
	fmt.Println(s.Release(ctx, mine.Claim, webhook.Release{Final: true, Cause: "refused"}))
	fmt.Println(s.Complete(ctx, mine.Claim, nil, 0))
	fmt.Println(ask().Cause, s.Reopen(ctx, "shop/evt_1"))
	again := ask()
	fmt.Println(again.State, again.Claim.Attempt, s.Complete(ctx, again.Claim, []byte("result"), time.Hour))
	fmt.Printf("%s\n", ask().Result)

	outcomes, err := s.BeginBatch(ctx, []webhook.BeginRequest{{Key: "shop/evt_1"}, {Key: "shop/evt_2"}})
	fmt.Println(outcomes[0].State, outcomes[1].State, err)
	fmt.Println(s.Purge(ctx, 1000))
	// Output:
	// acquired 1 in flight
	// <nil>
	// <nil>
	// webhook: lease lost
	// refused <nil>
	// acquired 2 <nil>
	// result
	// done acquired <nil>
	// 0 <nil>
}

func ExampleHeartbeat() {
	ctx, s := context.Background(), webhook.NewMemoryStore()
	o, err := s.Begin(ctx, webhook.BeginRequest{Key: "report", Lease: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	live, stop := webhook.Heartbeat(ctx, s, o.Claim, time.Minute)
	fmt.Println("working as long as it takes:", live.Err())
	stop()
	fmt.Println(s.Complete(ctx, o.Claim, nil, 0))
	// Output:
	// working as long as it takes: <nil>
	// <nil>
}

func ExampleGiveUp() {
	refused := errors.New("number is not in service")
	for _, err := range []error{
		refused,
		webhook.NotDone(refused),
		webhook.RetryIn(webhook.NotDone(refused), time.Minute),
		webhook.GiveUp(webhook.NotDone(refused)),
	} {
		r := webhook.JudgeError(err)
		fmt.Printf("%v: may have taken effect %t, rests %s, given up %t\n", err, r.Unsettled, r.After, r.Final)
	}
	// Output:
	// number is not in service: may have taken effect true, rests 0s, given up false
	// number is not in service: may have taken effect false, rests 0s, given up false
	// number is not in service: may have taken effect false, rests 1m0s, given up false
	// number is not in service: may have taken effect false, rests 0s, given up true
}
