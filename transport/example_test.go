package transport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// vendor is a fake that answers every request with a small JSON object.
func vendor() *transporttest.Vendor {
	return transporttest.NewVendor(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"id":"42"}`))
	}))
}

// must keeps the examples short.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ExampleNew() {
	fake := vendor()
	c, err := transport.New(transport.Config{
		Vendor:    "acme",
		BaseURL:   "https://api.acme.test/v1",
		Authorize: transport.AuthBearer(transport.StaticCredential("s3cr3t-token")),
		Judge:     transport.JudgeStatus,
	},
		transport.WithTransport(fake.Transport()),
		transport.WithMaxAttempts(3),
		transport.WithAttemptTimeout(5*time.Second),
		transport.WithBackoff(100*time.Millisecond, 5*time.Second),
		transport.WithMaxWait(30*time.Second),
		transport.WithMaxResponseBytes(1<<20),
		transport.WithUserAgent("example"),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	create := &transport.Op{Name: "acme.create_thing"} // at most once: the careful default
	resp, err := c.Do(context.Background(), create, transport.Request{Path: "/things", Body: []byte(`{}`)})
	fmt.Println(resp.Status, string(resp.Body), err)

	_, err = transport.New(transport.Config{Vendor: "acme", BaseURL: "api.acme.test"})
	fmt.Println(err)
	// Output:
	// 200 {"id":"42"} <nil>
	// acme.New: BaseURL is not an absolute URL
}

// A connection that breaks after sending leaves the outcome unknown: an
// operation without any protection is not sent again.
func ExampleClient_Do() {
	fake := vendor()
	fake.Inject(transporttest.Fault{Reset: true, After: true, Match: transporttest.PathIs("/pay")})
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"}, transport.WithTransport(fake.Transport())))

	_, err := c.Do(context.Background(), &transport.Op{Name: "acme.pay"}, transport.Request{Path: "/pay", Body: []byte(`{}`)})
	fmt.Println(errors.Is(err, transport.ErrOutcomeUnknown), transport.OutcomeOf(err))
	fmt.Println("requests:", len(fake.Requests()))
	// Output:
	// true unknown
	// requests: 1
}

func ExampleClient_CloseIdleConnections() {
	fake := vendor()
	base, stop, err := fake.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stop()
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: base}))
	defer c.CloseIdleConnections()

	resp, err := c.Do(context.Background(), &transport.Op{Name: "acme.get", Safety: transport.Read}, transport.Request{Path: "/things/42"})
	fmt.Println(resp.Status, err)
	// Output: 200 <nil>
}

// What all clients of a program have in common.
func ExampleOptions() {
	shared := transport.Options(transport.WithMaxAttempts(2), transport.WithUserAgent("shop/1.0"))
	_, err := transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"}, shared)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleOutcomeOf() {
	fmt.Println(transport.OutcomeOf(nil))
	fmt.Println(transport.OutcomeOf(transport.Invalid("acme.Send", "To", "%q is no address", "x")))
	fmt.Println(transport.OutcomeOf(errors.New("somebody else's error")))
	// Output:
	// done
	// not-sent
	// unknown
}

func ExamplePath() {
	fmt.Println(transport.Path("items", "a/b c"))
	fmt.Println(transport.Path("items", ".."))
	// Output:
	// /items/a%2Fb%20c <nil>
	//  transport.Path: segment ".." is not a path segment
}

func ExampleRetryAfter() {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, v := range []string{"1.5", "Fri, 01 May 2026 12:01:00 GMT", "soon"} {
		fmt.Println(transport.RetryAfter(http.Header{"Retry-After": {v}}, now))
	}
	fmt.Println(transport.Seconds(0.25), transport.Seconds(-1))
	// Output:
	// 1.5s
	// 1m0s
	// 0s
	// 250ms 0s
}

func ExampleKindOfStatus() {
	fmt.Println(transport.KindOfStatus(http.StatusConflict))
	fmt.Println(transport.KindOfStatus(http.StatusBadGateway))
	// Output:
	// conflict
	// unavailable
}

// A judge reads what the status does not tell.
func ExampleJudgeFunc() {
	judge := func(r *transport.Response) transport.Verdict {
		var body struct{ Error string }
		if json.Unmarshal(r.Body, &body) == nil && body.Error != "" {
			return transport.Verdict{Result: transport.ResultRefused, Kind: transport.ErrInvalid, Message: body.Error}
		}
		return transport.JudgeStatus(r)
	}
	fake := transporttest.HandlerTransport(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"error":"no such board"}`))
	}))
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test", Judge: judge}, transport.WithTransport(fake)))
	_, err := c.Do(context.Background(), &transport.Op{Name: "acme.get", Safety: transport.Read}, transport.Request{})
	fmt.Println(err)
	// Output: acme.get: invalid request, status 200: no such board (rejected after 1 attempt(s))
}

func ExampleWithLogger() {
	fake := vendor()
	fake.Inject(transporttest.Fault{Status: 503, Match: transporttest.MethodIs("GET")})
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelInfo,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" {
				return slog.Attr{}
			}
			return a
		},
	}))
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"},
		transport.WithTransport(fake.Transport()), transport.WithLogger(log),
		transport.WithBackoff(0, 0), transport.WithoutRetryQuota()))
	_, err := c.Do(context.Background(), &transport.Op{Name: "acme.get", Safety: transport.Read}, transport.Request{})
	fmt.Println(err)
	// Output:
	// level=INFO msg="transport retry" op=acme.get attempt=1 status=503
	// <nil>
}

func ExampleWithObserver() {
	fake := vendor()
	fake.Inject(transporttest.Fault{Refuse: true})
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"},
		transport.WithTransport(fake.Transport()), transport.WithBackoff(0, 0),
		transport.WithObserver(transport.ObserverFunc(func(_ context.Context, e transport.Event) {
			fmt.Println(e.Kind, e.Op, "attempt", e.Attempt)
		}))))
	_, _ = c.Do(context.Background(), &transport.Op{Name: "acme.send"}, transport.Request{Body: []byte("{}")})
	// Output:
	// attempt acme.send attempt 1
	// retry acme.send attempt 1
	// attempt acme.send attempt 2
	// done acme.send attempt 2
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func ExampleWithMiddleware() {
	fake := vendor()
	tag := func(next http.RoundTripper) http.RoundTripper {
		return roundTripFunc(func(r *http.Request) (*http.Response, error) {
			r.Header.Set("X-Tenant", "north")
			return next.RoundTrip(r)
		})
	}
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"},
		transport.WithTransport(fake.Transport()), transport.WithMiddleware(tag)))
	_, err := c.Do(context.Background(), &transport.Op{Name: "acme.get", Safety: transport.Read}, transport.Request{})
	fmt.Println(fake.Requests()[0].Header.Get("X-Tenant"), err)
	// Output: north <nil>
}
