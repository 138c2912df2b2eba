package bench

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

// failing answers 503 to a share of the attempts.
type failing struct {
	share float64
	rand  *rand.Rand
	sent  int
}

func (f *failing) RoundTrip(req *http.Request) (*http.Response, error) {
	f.sent++
	status := 200
	if f.rand.Float64() < f.share {
		status = 503
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

var read = &transport.Op{Name: "bench.get", Safety: transport.Read}

// TestOutage makes 6,000 reads, 20 a second, against a vendor that fails a
// share of all attempts.
func TestOutage(t *testing.T) {
	const calls = 6000
	for _, share := range []float64{0.05, 0.10, 0.20, 0.50, 1} {
		synctest.Test(t, func(t *testing.T) {
			v := &failing{share: share, rand: rand.New(rand.NewPCG(5, 6))}
			c, err := transport.New(transport.Config{Vendor: "bench", BaseURL: "https://vendor.test"}, transport.WithTransport(v))
			require.NoError(t, err)
			ok := 0
			for range calls {
				if _, err := c.Do(t.Context(), read, transport.Request{}); err == nil {
					ok++
				}
				<-time.After(50 * time.Millisecond)
			}
			perCall, succeeded := float64(v.sent)/calls, float64(ok)/calls
			t.Logf("| %3.0f %% | %.2f | %6.2f %% |", 100*share, perCall, 100*succeeded)
			if share == 1 {
				require.LessOrEqual(t, perCall, 1.05)
			}
			if share <= 0.20 {
				require.GreaterOrEqual(t, succeeded, 0.99)
			}
		})
	}
}

// TestDeadline asks a vendor over TCP that wants us to wait longer than the
// caller can.
func TestDeadline(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer srv.Close()
	c, err := transport.New(transport.Config{Vendor: "bench", BaseURL: srv.URL})
	require.NoError(t, err)
	defer c.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, _ = c.Do(ctx, read, transport.Request{}) // connects
	start := time.Now()
	_, err = c.Do(ctx, read, transport.Request{})
	took := time.Since(start)
	var te *transport.Error
	require.ErrorAs(t, err, &te)
	require.Equal(t, 429, te.Status)
	require.Equal(t, 30*time.Second, te.RetryAfter)
	t.Logf("returned after %v with status %d", took, te.Status)
	require.Less(t, took, 10*time.Millisecond)
}

// TestPool shows that failures do not cost connections, nor goroutines.
func TestPool(t *testing.T) {
	before := runtime.NumGoroutine()
	var opened, arrived atomic.Int32
	var fail atomic.Bool
	together := make(chan struct{})
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if fail.Load() {
			w.WriteHeader(500)
			_, _ = w.Write(bytes.Repeat([]byte("e"), 8<<10))
			return
		}
		if n := arrived.Add(1); n == 32 {
			close(together)
		} else if n > 32 {
			return
		}
		<-together
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	c, err := transport.New(transport.Config{Vendor: "bench", BaseURL: srv.URL}, transport.WithBackoff(0, time.Millisecond))
	require.NoError(t, err)
	wave := func() {
		var callers sync.WaitGroup
		for range 32 {
			callers.Go(func() { _, _ = c.Do(t.Context(), read, transport.Request{}) })
		}
		callers.Wait()
	}
	wave() // 32 connections, now idle
	require.EqualValues(t, 32, opened.Load())
	fail.Store(true)
	for range 20 {
		_, err = c.Do(t.Context(), read, transport.Request{})
		require.Error(t, err)
	}
	fail.Store(false)
	arrived.Store(0)
	together = make(chan struct{})
	wave()
	require.EqualValues(t, 32, opened.Load(), "all idle connections survived 20 failed calls")
	c.CloseIdleConnections()
	srv.Close()
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 5*time.Second, 10*time.Millisecond)
	t.Logf("32 of 32 connections kept after 20 failed calls with 8 KiB bodies; goroutines %d before, %d after", before, runtime.NumGoroutine())
}
