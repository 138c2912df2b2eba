package transport_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

const secret = "s3cr3t-token-value"

// effects is a vendor that counts what took effect.
type effects struct {
	*transporttest.Vendor
	count int
}

func newEffects() *effects {
	e := &effects{}
	e.Vendor = transporttest.NewVendor(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		e.count++
		_, _ = w.Write([]byte(`{"ok":true}`))
	}))
	return e
}

func newClient(t *testing.T, e *effects, opts ...transport.Option) *transport.Client {
	t.Helper()
	c, err := transport.New(transport.Config{
		Vendor: "test", BaseURL: "https://vendor.example/v1",
		Authorize: transport.AuthBearer(transport.StaticCredential(secret)),
	}, append([]transport.Option{transport.WithTransport(e.Transport())}, opts...)...)
	require.NoError(t, err)
	return c
}

// request returns a request fit for the class: a key, a look-up.
func request(op *transport.Op, e *effects) transport.Request {
	req := transport.Request{Path: "/things", Body: []byte(`{}`)}
	switch op.Safety {
	case transport.Keyed:
		op.KeyHeader, req.Key = "Idempotency-Key", "k1"
	case transport.LookUp:
		req.LookUp = func(context.Context) (bool, error) { return e.count > 0, nil }
	}
	return req
}

var (
	resetBefore = transporttest.Fault{Reset: true}
	resetAfter  = transporttest.Fault{Reset: true, After: true}
	refused     = transporttest.Fault{Refuse: true}
	throttled   = transporttest.Fault{Status: 429, Header: http.Header{"Retry-After": {"60"}}}
	broken      = transporttest.Fault{Status: 500, Body: "broken"}
	busy        = transporttest.Fault{Status: 503, Header: http.Header{"Retry-After": {"1"}}}
	invalid     = transporttest.Fault{Status: 422, Body: `{"error":"no"}`}
)

func TestClient_Safety(t *testing.T) {
	t.Parallel()
	const (
		read, idempotent, keyed = transport.Read, transport.Idempotent, transport.Keyed
		lookUp, once, never     = transport.LookUp, transport.AtMostOnce, transport.Never
		done, notSent, rejected = transport.Done, transport.NotSent, transport.Rejected
		unknown                 = transport.Unknown
	)
	for _, tc := range []struct {
		name     string
		safety   transport.Safety
		fault    transporttest.Fault
		outcome  transport.Outcome
		requests int // that reached the vendor
	}{
		{"read, reset", read, resetAfter, done, 2},
		{"idempotent, reset", idempotent, resetAfter, done, 2},
		{"keyed, reset", keyed, resetAfter, done, 2},
		{"look-up, reset after the effect", lookUp, resetAfter, done, 1},
		{"look-up, reset before the effect", lookUp, resetBefore, done, 2},
		{"at most once, reset after", once, resetAfter, unknown, 1},
		{"at most once, reset before", once, resetBefore, unknown, 1},
		{"never, reset", never, resetBefore, unknown, 1},
		{"read, refused", read, refused, done, 1},
		{"at most once, refused", once, refused, done, 1},
		{"keyed, refused", keyed, refused, done, 1},
		{"never, refused", never, refused, notSent, 0},
		{"at most once, throttled", once, throttled, done, 2},
		{"never, throttled", never, throttled, rejected, 1},
		{"at most once, 500", once, broken, unknown, 1},
		{"keyed, 500", keyed, broken, done, 2},
		{"look-up, 500", lookUp, broken, done, 2},
		{"at most once, 503 with a hint", once, busy, done, 2},
		{"read, 422", read, invalid, rejected, 1},
		{"at most once, 422", once, invalid, rejected, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := newEffects()
				e.Inject(tc.fault)
				op := &transport.Op{Name: "test.do", Safety: tc.safety}
				_, err := newClient(t, e).Do(t.Context(), op, request(op, e))
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Len(t, e.Requests(), tc.requests)
			})
		})
	}
}

func TestClient_WaitsAsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(throttled, busy)
		start := time.Now()
		resp, err := newClient(t, e).Do(t.Context(), &transport.Op{Name: "test.do"}, transport.Request{Body: []byte("{}")})
		require.NoError(t, err)
		require.Equal(t, 3, resp.Attempts)
		require.GreaterOrEqual(t, time.Since(start), 61*time.Second)
		require.LessOrEqual(t, time.Since(start), 62*time.Second)
	})
}

func TestClient_WaitBeyondDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(throttled)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		_, err := newClient(t, e).Do(ctx, &transport.Op{Name: "test.do"}, transport.Request{Body: []byte("{}")})
		require.Zero(t, time.Since(start))
		require.ErrorIs(t, err, transport.ErrRateLimited)
		var te *transport.Error
		require.ErrorAs(t, err, &te)
		require.Equal(t, 429, te.Status)
		require.Equal(t, time.Minute, te.RetryAfter)
	})
}

func TestClient_CancelInWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(throttled)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		start := time.Now()
		_, err := newClient(t, e).Do(ctx, &transport.Op{Name: "test.do"}, transport.Request{Body: []byte("{}")})
		require.Equal(t, 5*time.Second, time.Since(start))
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, transport.Rejected, transport.OutcomeOf(err))
	})
}

func TestError_Temporary(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{429: true, 422: false, 500: false} {
		e := newEffects()
		e.Inject(transporttest.Fault{Status: status, Times: -1})
		_, err := newClient(t, e, transport.WithMaxAttempts(1)).Do(t.Context(), &transport.Op{Name: "test.do"}, transport.Request{Body: []byte("{}")})
		var te *transport.Error
		require.ErrorAs(t, err, &te)
		require.Equal(t, want, te.Temporary, status)
	}
}

func TestClient_StallLeavesUnknown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(transporttest.Fault{Stall: time.Hour, After: true})
		_, err := newClient(t, e).Do(t.Context(), &transport.Op{Name: "test.do"}, transport.Request{Body: []byte("{}")})
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.Equal(t, 1, e.count)
		var te *transport.Error
		require.ErrorAs(t, err, &te)
		require.True(t, te.Timeout())
	})
}

func TestClient_SecretsStayInside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(transporttest.Fault{Status: 401, Body: "bad token " + secret, Header: http.Header{"X-Request-Id": {"r1"}}})
		_, err := newClient(t, e).Do(t.Context(), &transport.Op{Name: "test.do"}, transport.Request{Path: "/x?q=1"})
		var te *transport.Error
		require.ErrorAs(t, err, &te)
		require.NotContains(t, err.Error()+string(te.Body)+te.URL, secret)
		require.NotContains(t, te.URL, "q=1")
		require.Contains(t, string(te.Body), "[redacted]")
		require.Equal(t, "r1", te.RequestID)
	})
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	auth := transport.AuthBearer(transport.StaticCredential(secret))
	for name, cfg := range map[string]transport.Config{
		"empty":      {},
		"relative":   {BaseURL: "/v1"},
		"user info":  {BaseURL: "https://a:b@vendor.example"},
		"plain http": {BaseURL: "http://vendor.example", Authorize: auth},
		"scheme":     {BaseURL: "ftp://vendor.example"},
	} {
		_, err := transport.New(cfg)
		require.ErrorIs(t, err, transport.ErrInvalid, name)
		require.ErrorContains(t, err, "BaseURL", name)
	}
	_, err := transport.New(transport.Config{BaseURL: "http://127.0.0.1:1", Authorize: auth})
	require.NoError(t, err)
}

func TestWindow_NeverOverfills(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		c := newClient(t, e, transport.WithLimiters(transport.NewWindow(10, time.Second)))
		start := time.Now()
		for range 35 {
			_, err := c.Do(t.Context(), &transport.Op{Name: "test.get", Safety: transport.Read}, transport.Request{})
			require.NoError(t, err)
		}
		require.Equal(t, 3*time.Second, time.Since(start))
	})
}

func TestClient_Middleware_SeesHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(broken)
		var hosts []string
		see := func(next http.RoundTripper) http.RoundTripper {
			return roundTripFunc(func(req *http.Request) (*http.Response, error) {
				hosts = append(hosts, req.Host)
				return next.RoundTrip(req)
			})
		}
		_, err := newClient(t, e, transport.WithMiddleware(see)).Do(t.Context(), &transport.Op{Name: "test.read", Safety: transport.Read}, transport.Request{})
		require.NoError(t, err)
		require.Equal(t, []string{"vendor.example", "vendor.example"}, hosts)
	})
}
