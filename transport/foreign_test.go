package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func foreignClient(t *testing.T, e *effects, opts ...transport.Option) *http.Client {
	t.Helper()
	c, err := transport.NewHTTPClient(append([]transport.Option{transport.WithTransport(e.Transport()), quick}, opts...)...)
	require.NoError(t, err)
	return c
}

func request2(ctx context.Context, method, url string, body io.Reader) *http.Request {
	return must(http.NewRequestWithContext(ctx, method, url, body))
}

func TestHTTPClient_Safety(t *testing.T) {
	t.Parallel()
	keyed := &transport.Op{Name: "sdk.create", Safety: transport.Keyed, KeyHeader: "Idempotency-Key"}
	for _, tc := range []struct {
		name    string
		method  string
		op      *transport.Op
		fault   transporttest.Fault
		status  int // 0: an error
		sent    int
		outcome transport.Outcome
	}{
		{"GET, reset", "GET", nil, resetAfter, 200, 2, transport.Done},
		{"PUT, reset", "PUT", nil, resetAfter, 200, 2, transport.Done},
		{"POST, reset", "POST", nil, resetAfter, 0, 1, transport.Unknown},
		{"POST, refused", "POST", nil, refused, 200, 1, transport.Done},
		{"POST, throttled", "POST", nil, transporttest.Fault{Status: 429}, 200, 2, transport.Done},
		{"POST, 503 with a hint", "POST", nil, busy, 503, 1, transport.Done},
		{"POST, 500", "POST", nil, broken, 500, 1, transport.Done},
		{"keyed POST, reset", "POST", keyed, resetAfter, 200, 2, transport.Done},
		{"GET, 500", "GET", nil, broken, 200, 2, transport.Done},
		{"GET, 404", "GET", nil, transporttest.Fault{Status: 404, Body: "none"}, 404, 1, transport.Done},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e := newEffects()
			e.Inject(tc.fault)
			ctx := t.Context()
			if tc.op != nil {
				ctx = transport.WithOp(ctx, tc.op)
			}
			req := request2(ctx, tc.method, "https://api.sdk.test/v1", strings.NewReader("hello"))
			req.Header.Set("Idempotency-Key", "k1")
			resp, err := foreignClient(t, e).Do(req)
			require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
			require.Len(t, e.Requests(), tc.sent)
			for _, r := range e.Requests() {
				require.Equal(t, "hello", string(r.Body))
			}
			if tc.status == 0 {
				return
			}
			require.NoError(t, err)
			defer resp.Body.Close()
			require.Equal(t, tc.status, resp.StatusCode)
			text, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			if tc.status >= 400 {
				require.Equal(t, tc.fault.Body, string(text))
			}
		})
	}
}

func TestHTTPClient_HidesSecrets(t *testing.T) {
	t.Parallel()
	e := newEffects()
	for _, fault := range []transporttest.Fault{resetAfter, {Refuse: true, Times: -1}} {
		e.Inject(fault)
		req := request2(t.Context(), "POST", "https://user:"+secret+"@api.sdk.test/v1/x?key="+secret+"&page=2", nil)
		req.Header.Set("Authorization", "Bearer "+secret)
		_, err := foreignClient(t, e).Do(req)
		var ue *url.Error
		require.ErrorAs(t, err, &ue)
		require.Equal(t, "https://api.sdk.test/v1/x", ue.URL)
		require.Equal(t, "Post", ue.Op)
		require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), secret)
		var te *transport.Error
		require.ErrorAs(t, err, &te)
	}
	require.Len(t, e.Requests(), 1, "the detour sends nothing")
	// Also through a client of the caller's own.
	plain := &http.Client{Transport: foreignClient(t, e).Transport}
	_, err := plain.Get("https://api.sdk.test/v1?key=" + secret)
	require.ErrorIs(t, err, transport.ErrNotSent)
	require.NotContains(t, err.Error(), secret)
	// And for requests that are refused at once.
	bad := request2(transport.WithOp(t.Context(), &transport.Op{Name: "sdk.create", Safety: transport.Keyed, KeyHeader: "K"}), "POST", "https://api.sdk.test/?key="+secret, nil)
	_, err = plain.Do(bad)
	require.ErrorIs(t, err, transport.ErrInvalid)
	require.NotContains(t, err.Error(), secret)
}

func TestHTTPClient_ReadOnceBody(t *testing.T) {
	t.Parallel()
	e := newEffects()
	e.Inject(refused)
	req := request2(t.Context(), "POST", "https://api.sdk.test/", io.MultiReader(strings.NewReader("once")))
	_, err := foreignClient(t, e).Do(req)
	require.ErrorIs(t, err, transport.ErrNotSent)
	require.Empty(t, e.Requests())
}

func TestHTTPClient_Streams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rt := roundTripFunc(func(r *http.Request) (*http.Response, error) {
			pr, pw := io.Pipe()
			go func() {
				for range 3 {
					<-time.After(time.Minute) // far beyond the attempt timeout
					_, _ = io.WriteString(pw, "chunk ")
				}
				_ = pw.Close()
			}()
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: pr, ContentLength: -1, Request: r}, nil
		})
		slots := transport.NewConcurrency(1)
		c, err := transport.NewHTTPClient(transport.WithTransport(rt), transport.WithLimiters(slots), transport.WithAttemptTimeout(time.Second))
		require.NoError(t, err)
		resp, err := c.Do(request2(t.Context(), "GET", "https://api.sdk.test/stream", nil))
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = slots.Acquire(ctx, 1)
		require.ErrorIs(t, err, transport.ErrRateLimited, "the permit is held while the body streams")
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, "chunk chunk chunk ", string(text))
		require.NoError(t, resp.Body.Close())
		_, err = slots.Acquire(t.Context(), 1)
		require.NoError(t, err)
	})
}

func TestHTTPClient_TimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(transporttest.Fault{Stall: time.Hour, After: true})
		start := time.Now()
		_, err := foreignClient(t, e, transport.WithAttemptTimeout(5*time.Second)).Do(request2(t.Context(), "POST", "https://api.sdk.test/", nil))
		require.Equal(t, 5*time.Second, time.Since(start))
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	})
}

func TestHTTPClient_Redirects(t *testing.T) {
	t.Parallel()
	e := newEffects()
	c := foreignClient(t, e)
	e.Inject(transporttest.Fault{Status: 302, Header: http.Header{"Location": {"/next"}}}, transporttest.Fault{Status: 302, Header: http.Header{"Location": {"https://evil.test/"}}})
	resp, err := c.Do(request2(t.Context(), "GET", "https://api.sdk.test/", nil))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 302, resp.StatusCode)
	require.Len(t, e.Requests(), 2)
}

func TestCallOptions(t *testing.T) {
	t.Parallel()
	e := newEffects()
	e.Inject(transporttest.Fault{Status: 500, Times: 3})
	c := newClient(t, e, quick)
	keyed := &transport.Op{Name: "test.create", Safety: transport.Keyed, KeyHeader: "Idempotency-Key"}
	ctx := transport.WithCallOptions(t.Context(), transport.CallOptions{MaxAttempts: 1, IdempotencyKey: "intent-1"})
	for range 2 { // the same intent again
		_, err := c.Do(ctx, keyed, transport.Request{Key: "generated", Body: []byte("{}")})
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	}
	_, err := c.Do(ctx, keyed, transport.Request{Key: "generated", Body: []byte(`{"other":1}`)})
	require.ErrorIs(t, err, transport.ErrNotSent)
	require.ErrorContains(t, err, "IdempotencyKey")
	require.Len(t, e.Requests(), 2)
	for _, r := range e.Requests() {
		require.Equal(t, "intent-1", r.Header.Get("Idempotency-Key"))
	}
}

func ExampleNewHTTPClient() {
	fake := vendor()
	fake.Inject(transporttest.Fault{Reset: true, After: true})
	client, err := transport.NewHTTPClient(transport.WithTransport(fake.Transport()), transport.WithLimiters(transport.NewConcurrency(4)))
	if err != nil {
		fmt.Println(err)
		return
	}
	// Hand client to another SDK, and switch that SDK's own retries off.
	_, err = client.Post("https://api.sdk.test/v1/pay?key=s3cr3t-token", "application/json", strings.NewReader("{}"))
	fmt.Println(errors.Is(err, transport.ErrOutcomeUnknown), strings.Contains(err.Error(), "s3cr3t"))
	// Output: true false
}

func ExampleWithOp() {
	fake := vendor()
	fake.Inject(transporttest.Fault{Reset: true, After: true})
	client := must(transport.NewHTTPClient(transport.WithTransport(fake.Transport()), transport.WithBackoff(0, 0)))
	ctx := transport.WithOp(context.Background(), &transport.Op{Name: "sdk.create", Safety: transport.Keyed, KeyHeader: "Idempotency-Key"})
	req := must(http.NewRequestWithContext(ctx, http.MethodPost, "https://api.sdk.test/v1/things", strings.NewReader("{}")))
	req.Header.Set("Idempotency-Key", "intent-1")
	resp, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.StatusCode, "after", len(fake.Requests()), "requests")
	// Output: 200 after 2 requests
}

func ExampleWithCallOptions() {
	fake := vendor()
	fake.Inject(transporttest.Fault{Status: 500})
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"}, transport.WithTransport(fake.Transport())))
	ctx := transport.WithCallOptions(context.Background(), transport.CallOptions{MaxAttempts: 1})
	_, err := c.Do(ctx, &transport.Op{Name: "acme.get", Safety: transport.Read}, transport.Request{})
	fmt.Println(err)
	// Output: acme.get: unavailable, status 500 (rejected after 1 attempt(s))
}

func ExampleInfoFrom() {
	fake := vendor()
	fake.Inject(transporttest.Fault{Refuse: true})
	show := func(next http.RoundTripper) http.RoundTripper {
		return roundTripFunc(func(r *http.Request) (*http.Response, error) {
			info, ok := transport.InfoFrom(r.Context())
			fmt.Println(info.Op, info.Safety, info.Attempt, ok)
			return next.RoundTrip(r)
		})
	}
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"},
		transport.WithTransport(fake.Transport()), transport.WithMiddleware(show), transport.WithBackoff(0, 0)))
	_, err := c.Do(context.Background(), &transport.Op{Name: "acme.get", Safety: transport.Read}, transport.Request{})
	fmt.Println(err)
	// Output:
	// acme.get read 1 true
	// acme.get read 2 true
	// <nil>
}
