package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func TestClient_Do_RefusesBadRequests(t *testing.T) {
	t.Parallel()
	e := newEffects()
	c := newClient(t, e)
	once := transport.Op{Name: "test.do"}
	for field, tc := range map[string]struct {
		op  transport.Op
		req transport.Request
	}{
		"Key":             {transport.Op{Safety: transport.Keyed, KeyHeader: "K"}, transport.Request{}},
		"Key ":            {transport.Op{Safety: transport.Keyed, KeyHeader: "K"}, transport.Request{Key: "a\nb"}},
		"LookUp":          {transport.Op{Safety: transport.LookUp}, transport.Request{}},
		"Method":          {once, transport.Request{Method: "GET /"}},
		"Path":            {once, transport.Request{Path: "things"}},
		"Path ":           {once, transport.Request{Path: "/a/%2e%2e/b"}},
		"Path  ":          {once, transport.Request{Path: "/a/%zz"}},
		"URL":             {once, transport.Request{URL: "/relative"}},
		"URL ":            {once, transport.Request{URL: "https://user:pass@vendor.example/"}},
		"Header":          {once, transport.Request{Header: http.Header{"A b": {"x"}}}},
		"Header[X-A]":     {once, transport.Request{Header: http.Header{"X-A": {"a\r\nInjected: yes"}}}},
		"Idempotency-Key": {once, transport.Request{Header: http.Header{"Idempotency-Key": {"k"}}}},
	} {
		_, err := c.Do(t.Context(), &tc.op, tc.req)
		require.ErrorIs(t, err, transport.ErrInvalid, field)
		require.ErrorIs(t, err, transport.ErrNotSent, field)
		require.ErrorContains(t, err, strings.TrimSpace(field))
	}
	require.Empty(t, e.Requests())
	_, err := transport.New(transport.Config{BaseURL: "https://vendor.test", Header: http.Header{"X": {"\n"}}})
	require.ErrorContains(t, err, "Header[X]")
}

func TestClient_Do_BuildsURLs(t *testing.T) {
	t.Parallel()
	fake := vendor()
	c, err := transport.New(transport.Config{BaseURL: "https://vendor.test/a%2Fb/?version=2"}, transport.WithTransport(fake.Transport()))
	require.NoError(t, err)
	for path, want := range map[string]string{
		"": "/a%2Fb?version=2", "/x": "/a%2Fb/x?version=2", "/x%2Fy?q=1": "/a%2Fb/x%2Fy?version=2&q=1", "/.well-known/x": "/a%2Fb/.well-known/x?version=2",
	} {
		fake.Reset()
		_, err := c.Do(t.Context(), get, transport.Request{Path: path})
		require.NoError(t, err)
		require.Equal(t, want, fake.Requests()[0].URL.String())
	}
}

func TestClient_Do_CredentialStaysHome(t *testing.T) {
	t.Parallel()
	e := newEffects()
	c := newClient(t, e)
	for url, want := range map[string]string{
		"https://vendor.example/x": "Bearer " + secret, "https://VENDOR.example.evil/x": "", "http://vendor.example/x": "", "https://vendor.example:8443/x": "",
	} {
		e.Reset()
		_, err := c.Do(t.Context(), get, transport.Request{URL: url})
		require.NoError(t, err)
		require.Equal(t, want, e.Requests()[0].Header.Get("Authorization"), url)
	}
}

func TestClient_Do_KeepsRedirects(t *testing.T) {
	t.Parallel()
	e := newEffects()
	e.Inject(transporttest.Fault{Status: 307, Header: http.Header{"Location": {"https://evil.example/"}}})
	_, err := newClient(t, e).Do(t.Context(), get, transport.Request{})
	var te *transport.Error
	require.ErrorAs(t, err, &te)
	require.Equal(t, 307, te.Status)
	require.Len(t, e.Requests(), 1)
}

// Each attempt has a header map of its own: a transport may still read the
// one of an attempt that failed.
func TestClient_Do_HeadersAreNotShared(t *testing.T) {
	t.Parallel()
	var seen []http.Header
	rt := roundTripFunc(func(r *http.Request) (*http.Response, error) {
		seen = append(seen, r.Header)
		r.Header.Add("X-Trace", fmt.Sprint(len(seen)))
		return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
	})
	c, err := transport.New(transport.Config{BaseURL: "https://vendor.test", Header: http.Header{"X-Fixed": {"1"}}},
		transport.WithTransport(rt), transport.WithBackoff(0, 0), transport.WithMaxAttempts(3))
	require.NoError(t, err)
	own := http.Header{"X-Own": {"1"}}
	_, err = c.Do(t.Context(), get, transport.Request{Header: own})
	require.ErrorIs(t, err, transport.ErrNotSent)
	require.Len(t, seen, 3)
	for i, h := range seen {
		require.Equal(t, []string{fmt.Sprint(i + 1)}, h["X-Trace"])
	}
	require.Equal(t, http.Header{"X-Own": {"1"}}, own)
}

func TestClient_Do_GetBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(throttled)
		c := newClient(t, e)
		calls := 0
		req := transport.Request{ContentLength: 5, ContentType: "text/plain", GetBody: func() (io.ReadCloser, error) {
			calls++
			return io.NopCloser(strings.NewReader("hello")), nil
		}}
		_, err := c.Do(t.Context(), &transport.Op{Name: "test.upload"}, req)
		require.NoError(t, err)
		require.Equal(t, 2, calls)
		for _, r := range e.Requests() {
			require.Equal(t, "hello", string(r.Body))
			require.Equal(t, "POST", r.Method)
			require.Equal(t, "text/plain", r.Header.Get("Content-Type"))
		}
		lost := errors.New("file is gone")
		req.GetBody = func() (io.ReadCloser, error) { return nil, lost }
		_, err = c.Do(t.Context(), &transport.Op{Name: "test.upload"}, req)
		require.ErrorIs(t, err, lost)
		require.ErrorIs(t, err, transport.ErrNotSent)
	})
}

func TestClient_Do_Head(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1000") }))
	t.Cleanup(srv.Close)
	resp, err := socketClient(t, srv.URL).Do(t.Context(), get, transport.Request{Method: "HEAD"})
	require.NoError(t, err)
	require.Empty(t, resp.Body)
}

// cutShort answers 200 with a body that breaks off, as often as told.
func cutShort(times int, effects *int) http.RoundTripper {
	return roundTripFunc(func(r *http.Request) (*http.Response, error) {
		*effects++
		body := io.NopCloser(strings.NewReader("{}"))
		resp := &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, ContentLength: 2, Request: r}
		if *effects <= times {
			resp.ContentLength = 50
		}
		return resp, nil
	})
}

func TestClient_Do_UnreadableSuccess(t *testing.T) {
	t.Parallel()
	judge := func(r *transport.Response) transport.Verdict { return transport.JudgeStatus(r) }
	for _, tc := range []struct {
		name    string
		op      transport.Op
		times   int
		outcome transport.Outcome
		sent    int
		fails   bool
	}{
		{"at most once", transport.Op{}, 1, transport.Done, 1, true},
		{"never", transport.Op{Safety: transport.Never}, 1, transport.Done, 1, true},
		{"at most once, body decides", transport.Op{Judge: judge}, 1, transport.Unknown, 1, true},
		{"read", transport.Op{Safety: transport.Read}, 1, transport.Done, 2, false},
		{"keyed", transport.Op{Safety: transport.Keyed, KeyHeader: "K"}, 1, transport.Done, 2, false},
		{"keyed, always", transport.Op{Safety: transport.Keyed, KeyHeader: "K"}, 9, transport.Done, 4, true},
		{"keyed, always, body decides", transport.Op{Safety: transport.Keyed, KeyHeader: "K", Judge: judge}, 9, transport.Unknown, 4, true},
		{"look-up", transport.Op{Safety: transport.LookUp}, 1, transport.Done, 1, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				c, err := transport.New(transport.Config{BaseURL: "https://vendor.test"}, transport.WithTransport(cutShort(tc.times, &sent)))
				require.NoError(t, err)
				op := tc.op
				op.Name = "test.do"
				_, err = c.Do(t.Context(), &op, transport.Request{Key: "k", Body: []byte("{}"),
					LookUp: func(context.Context) (bool, error) { return sent > 0, nil }})
				require.Equal(t, tc.fails, err != nil, "%v", err)
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Equal(t, tc.sent, sent)
			})
		})
	}
}

func TestClient_Do_TooLarge(t *testing.T) {
	t.Parallel()
	for _, length := range []string{"declared", "chunked"} {
		big := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 5000)) })
		rt := transporttest.HandlerTransport(big)
		c, err := transport.New(transport.Config{BaseURL: "https://vendor.test"}, transport.WithMaxResponseBytes(4096),
			transport.WithTransport(roundTripFunc(func(r *http.Request) (*http.Response, error) {
				resp, err := rt.RoundTrip(r)
				if length == "chunked" {
					resp.ContentLength = -1
				}
				return resp, err
			})))
		require.NoError(t, err)
		_, err = c.Do(t.Context(), get, transport.Request{})
		require.ErrorIs(t, err, transport.ErrTooLarge, length)
		_, err = c.Do(t.Context(), &transport.Op{Name: "test.do"}, transport.Request{Body: []byte("{}")})
		require.Equal(t, transport.Done, transport.OutcomeOf(err), length)
	}
}

func TestClient_LookUp(t *testing.T) {
	t.Parallel()
	broken := errors.New("search is down")
	for _, tc := range []struct {
		name     string
		answers  []error // of the look-ups: nil is "not found", io.EOF "found"
		deadline time.Duration
		outcome  transport.Outcome
		sent     int
		took     time.Duration
	}{
		{"found at once", []error{io.EOF}, 0, transport.Done, 1, 0},
		{"found after settling", []error{nil, io.EOF}, 0, transport.Done, 1, 10 * time.Second},
		{"not found: sent again", []error{nil, nil}, 0, transport.Done, 2, 10 * time.Second},
		{"look-up fails", []error{broken}, 0, transport.Unknown, 1, 0},
		{"second look-up fails", []error{nil, broken}, 0, transport.Unknown, 1, 10 * time.Second},
		{"no time to settle", []error{nil}, 5 * time.Second, transport.Unknown, 1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := newEffects()
				e.Inject(resetBefore)
				c := newClient(t, e, transport.WithBackoff(0, 0))
				ctx := t.Context()
				if tc.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.deadline)
					defer cancel()
				}
				start, nth := time.Now(), 0
				_, err := c.Do(ctx, &transport.Op{Name: "test.do", Safety: transport.LookUp, Settle: 10 * time.Second}, transport.Request{
					Body: []byte("{}"),
					LookUp: func(context.Context) (bool, error) {
						answer := tc.answers[nth]
						nth++
						if answer == io.EOF {
							return true, nil
						}
						return false, answer
					},
				})
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Len(t, e.Requests(), tc.sent)
				require.Equal(t, tc.took, time.Since(start))
				require.NotErrorIs(t, err, transport.ErrRateLimited)
			})
		})
	}
}

func TestClient_LookUp_ExhaustedIsRejected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(transporttest.Fault{Reset: true, Times: -1})
		_, err := newClient(t, e, transport.WithMaxAttempts(2)).Do(t.Context(), &transport.Op{Name: "test.do", Safety: transport.LookUp},
			transport.Request{Body: []byte("{}"), LookUp: func(context.Context) (bool, error) { return false, nil }})
		require.Equal(t, transport.Rejected, transport.OutcomeOf(err))
		require.Zero(t, e.count)
	})
}

func TestClient_Credential_RefreshedOnce(t *testing.T) {
	t.Parallel()
	unauthorised := transporttest.Fault{Status: 401, Times: -1}
	for name, tc := range map[string]struct {
		cred transport.CredentialFunc
		sent int
	}{
		"static": {transport.StaticCredential(secret), 1},
		"rotating": {func() transport.CredentialFunc {
			n := 0
			return func(context.Context) (string, error) { n++; return fmt.Sprint(secret, n), nil }
		}(), 2},
	} {
		e := newEffects()
		e.Inject(unauthorised)
		c, err := transport.New(transport.Config{BaseURL: "https://vendor.test", Authorize: transport.AuthBearer(tc.cred)}, transport.WithTransport(e.Transport()))
		require.NoError(t, err)
		_, err = c.Do(t.Context(), &transport.Op{Name: "test.do"}, transport.Request{Body: []byte("{}")})
		require.ErrorIs(t, err, transport.ErrAuth, name)
		require.Equal(t, transport.Rejected, transport.OutcomeOf(err), name)
		require.Len(t, e.Requests(), tc.sent, name)
	}
}

func TestClient_Credential_Fails(t *testing.T) {
	t.Parallel()
	down := errors.New("vault is sealed")
	for _, cred := range []transport.CredentialFunc{
		func(context.Context) (string, error) { return "", down },
		transport.StaticCredential("a\r\nb"),
	} {
		e := newEffects()
		c, err := transport.New(transport.Config{BaseURL: "https://vendor.test", Authorize: transport.AuthBearer(cred)}, transport.WithTransport(e.Transport()))
		require.NoError(t, err)
		_, err = c.Do(t.Context(), get, transport.Request{})
		require.ErrorIs(t, err, transport.ErrAuth)
		require.ErrorIs(t, err, transport.ErrNotSent)
		require.Empty(t, e.Requests())
	}
}

func TestCredentialFile_FollowsTheFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "token")
		cred := transport.CredentialFile(file)
		_, err := cred(t.Context())
		require.ErrorIs(t, err, os.ErrNotExist)
		for _, want := range []string{"first", "other", "a longer one"} {
			require.NoError(t, os.WriteFile(file, []byte(" "+want+"\n"), 0o600))
			<-time.After(time.Second)
			got, err := cred(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		require.NoError(t, os.WriteFile(file, nil, 0o600))
		<-time.After(time.Second)
		_, err = cred(t.Context())
		require.ErrorContains(t, err, "is empty")
	})
}

func TestCachedCredential_SharesOneFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int32
		cred := transport.CachedCredential(func(context.Context) (string, time.Time, error) {
			<-time.After(time.Second)
			return fmt.Sprint("token", fetched.Add(1)), time.Now().Add(10 * time.Minute), nil
		})
		for range 5 {
			go func() { _, _ = cred(t.Context()) }()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := cred(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		got, err := cred(t.Context())
		require.NoError(t, err)
		require.Equal(t, "token1", got)
		<-time.After(9*time.Minute + time.Second)
		got, err = cred(t.Context())
		require.NoError(t, err)
		require.Equal(t, "token2", got)
	})
}

func TestClient_PanicReleasesPermits(t *testing.T) {
	t.Parallel()
	slots := transport.NewConcurrency(1)
	c := newClient(t, newEffects(), transport.WithLimiters(slots))
	require.Panics(t, func() {
		_, _ = c.Do(t.Context(), &transport.Op{Name: "x", Judge: func(*transport.Response) transport.Verdict { panic("judge") }}, transport.Request{})
	})
	_, err := c.Do(t.Context(), get, transport.Request{})
	require.NoError(t, err)
}

func TestClient_Outage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(transporttest.Fault{Status: 500, Times: -1})
		c := newClient(t, e)
		const calls = 4000
		for range calls {
			_, err := c.Do(t.Context(), get, transport.Request{})
			require.ErrorIs(t, err, transport.ErrUnavailable)
		}
		require.LessOrEqual(t, len(e.Requests()), calls*105/100)
	})
}

// pipes is a listener in memory.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p <- server
	return client, nil
}

func TestClient_PoolSurvivesFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conns, nth := 0, 0
		vendor := pipes(make(chan net.Conn))
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if nth++; nth%3 != 0 {
				w.WriteHeader(500)
			}
			_, _ = w.Write(bytes.Repeat([]byte("e"), 8<<10))
		})}
		go func() { _ = srv.Serve(vendor) }()
		rt := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conns++
			return vendor.dial(ctx, network, addr)
		}}
		c, err := transport.New(transport.Config{BaseURL: "http://vendor.test"}, transport.WithTransport(rt), transport.WithMaxAttempts(2))
		require.NoError(t, err)
		failed := 0
		for range 20 {
			if _, err := c.Do(t.Context(), get, transport.Request{}); err != nil {
				failed++
			}
		}
		require.Equal(t, 10, failed)
		require.Equal(t, 1, conns)
		rt.CloseIdleConnections()
		close(vendor)
		require.NoError(t, srv.Close())
	})
}
