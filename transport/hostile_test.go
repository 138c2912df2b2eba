package transport_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// The tests of this file are about what a vendor, a network or a setting may
// do at worst.

// claiming answers with a length that its body does not have.
func claiming(length int64) http.RoundTripper {
	return roundTripFunc(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), ContentLength: length, Request: r}, nil
	})
}

func TestHostile_Lengths(t *testing.T) {
	t.Parallel()
	for _, limit := range []int64{1, 2, 3, math.MaxInt64} {
		for _, length := range []int64{-1, 1, 2, 3, 5 << 20, math.MaxInt64 - 1, math.MaxInt64} {
			c, err := transport.New(transport.Config{BaseURL: "https://vendor.test"}, transport.WithTransport(claiming(length)),
				transport.WithMaxResponseBytes(limit), transport.WithMaxAttempts(1))
			require.NoError(t, err)
			resp, err := c.Do(t.Context(), get, transport.Request{})
			switch {
			case limit < 2:
				require.ErrorIs(t, err, transport.ErrTooLarge, "%d of %d", length, limit)
			case length > 2:
				require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%d of %d", length, limit)
			default:
				require.NoError(t, err, "%d of %d", length, limit)
				require.Equal(t, "{}", string(resp.Body), "%d of %d", length, limit)
			}
		}
	}
}

// A judge that passes on an absurd wait does not make the client hurry.
func TestHostile_Waits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		judge := func(*transport.Response) transport.Verdict {
			return transport.Verdict{Result: transport.ResultRetry, Kind: transport.ErrRateLimited, Wait: math.MaxInt64}
		}
		op := &transport.Op{Name: "test.do", Judge: judge}
		c := newClient(t, e, transport.WithMaxWait(math.MaxInt64), transport.WithBackoff(math.MaxInt64, math.MaxInt64))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := c.Do(ctx, op, transport.Request{})
		require.ErrorIs(t, err, transport.ErrRateLimited)
		require.Len(t, e.Requests(), 1)
	})
}

// A cost beyond all reason holds the window as long as any other.
func TestHostile_Cost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := transport.NewWindow(10, time.Minute)
		for range 3 {
			p, err := w.Acquire(t.Context(), 1)
			require.NoError(t, err)
			start := time.Now()
			w.Settle(p, transport.Feedback{Sent: true, Cost: math.MaxInt})
			next, err := w.Acquire(t.Context(), 1)
			require.NoError(t, err)
			require.Equal(t, time.Minute, time.Since(start))
			w.Settle(next, transport.Feedback{})
		}
	})
}

// A reset in a far future is not waited for.
func TestHostile_Reset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := transport.NewLearned(1, "")
		p, err := l.Acquire(t.Context(), 1)
		require.NoError(t, err)
		start := time.Now()
		l.Settle(p, transport.Feedback{Sent: true, Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"99999999999"}}})
		_, err = l.Acquire(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, 24*time.Hour, time.Since(start))
	})
}

// The body of a failure that stalls ends with the attempt timeout.
func TestHostile_ForeignFailureStalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stuck := roundTripFunc(func(r *http.Request) (*http.Response, error) {
			body, vendor := io.Pipe()
			context.AfterFunc(r.Context(), func() { _ = vendor.CloseWithError(r.Context().Err()) })
			return &http.Response{StatusCode: 400, Header: http.Header{}, Body: body, ContentLength: -1, Request: r}, nil
		})
		c, err := transport.NewHTTPClient(transport.WithTransport(stuck), transport.WithAttemptTimeout(time.Second))
		require.NoError(t, err)
		start := time.Now()
		resp, err := c.Do(request2(t.Context(), http.MethodPost, "https://sdk.test/", strings.NewReader("{}")))
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(start))
		require.NoError(t, resp.Body.Close())
	})
}

// A connection that speaks another protocol after status 101 can be written to.
func TestHTTPClient_Upgrades(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, r, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		reply(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		line, _ := r.ReadString('\n')
		reply(conn, line)
	}))
	t.Cleanup(srv.Close)
	slots := transport.NewConcurrency(1)
	c, err := transport.NewHTTPClient(transport.WithLimiters(slots))
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	req := request2(t.Context(), http.MethodGet, srv.URL, nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "echo")
	resp, err := c.Do(req)
	require.NoError(t, err)
	conn, ok := resp.Body.(io.ReadWriteCloser)
	require.True(t, ok)
	_, err = io.WriteString(conn, "hello\n")
	require.NoError(t, err)
	line, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "hello\n", line)
	require.NoError(t, conn.Close())
	_, err = slots.Acquire(t.Context(), 1) // the permit is back
	require.NoError(t, err)
}

// An attempt from before the circuit opened may end while a probe is under
// way; it does not let a second one through.
func TestCircuit_LateAttemptIsNoProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(transporttest.Fault{Stall: 90 * time.Second, Status: 500}, broken, transporttest.Fault{Stall: time.Minute})
		c := newClient(t, e, transport.WithCircuit(transport.NewCircuit(1, time.Minute)), transport.WithMaxAttempts(1), transport.WithAttemptTimeout(0))
		do := func(ctx context.Context) error {
			_, err := c.Do(ctx, get, transport.Request{})
			return err
		}
		late, giveUp := context.WithCancel(t.Context())
		var callers sync.WaitGroup
		callers.Go(func() { _ = do(late) })
		synctest.Wait()
		require.Error(t, do(t.Context())) // opens the circuit
		<-time.After(time.Minute)
		callers.Go(func() { _ = do(t.Context()) }) // probes for a minute
		synctest.Wait()
		giveUp()
		synctest.Wait()
		require.ErrorIs(t, do(t.Context()), transport.ErrNotSent)
		require.Len(t, e.Requests(), 3)
		callers.Wait()
	})
}

// Calls that wait for another one's request share its failure, unless that
// call was given up by its own caller.
func TestCache_WaitersShareFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(transporttest.Fault{Stall: time.Hour, Times: -1})
		c := newClient(t, e, transport.WithCache(boards), transport.WithMaxAttempts(1))
		var callers sync.WaitGroup
		for range 5 {
			callers.Go(func() {
				if _, err := c.Do(t.Context(), get, transport.Request{}); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
		}
		callers.Wait()
		require.Len(t, e.Requests(), 1)

		first, giveUp := context.WithCancel(t.Context())
		callers.Go(func() { _, _ = c.Do(first, get, transport.Request{}) })
		synctest.Wait()
		callers.Go(func() { _, _ = c.Do(t.Context(), get, transport.Request{}) })
		synctest.Wait()
		giveUp()
		callers.Wait()
		require.Len(t, e.Requests(), 3)
	})
}

// What could not begin may be tried later; a used-up quota or a credential
// that cannot be had is another matter.
func TestError_TemporaryWhenNothingWasSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		window, daily := transport.NewWindow(1, time.Hour), transport.NewDaily(1, nil)
		for name, tc := range map[string]struct {
			limiter   transport.Limiter
			temporary bool
		}{"window": {window, true}, "daily": {daily, false}} {
			c := newClient(t, newEffects(), transport.WithLimiters(tc.limiter))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_, err := c.Do(ctx, get, transport.Request{})
			require.NoError(t, err)
			_, err = c.Do(ctx, get, transport.Request{})
			cancel()
			var te *transport.Error
			require.ErrorAs(t, err, &te)
			require.Equal(t, transport.NotSent, te.Outcome, name)
			require.Equal(t, tc.temporary, te.Temporary, name)
		}
	})
}
