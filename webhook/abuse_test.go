package webhook_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/internal/load"
)

// zeros is a body without end that watches the memory while it is read.
type zeros struct{ peak *atomic.Uint64 }

func (z zeros) Read(p []byte) (int, error) {
	for now := resident(); ; {
		if old := z.peak.Load(); now <= old || z.peak.CompareAndSwap(old, now) {
			return len(p), nil
		}
	}
}

// resident is the memory that the runtime holds, in bytes.
func resident() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// flood posts chunked bodies of 64 MiB side by side; it returns how far memory
// grew and how often the handler came to each status. What the clients see is
// left to chance: a refusal may be lost to the connection that ends with it.
func flood(t *testing.T, maxBody int64, bodies int) (grown uint64, statuses map[int]int) {
	t.Helper()
	var mu sync.Mutex
	statuses = map[int]int{}
	h, err := webhook.NewHandler(webhook.Config{Source: "s", AllowUnverified: true, MaxBody: maxBody, ReadTimeout: time.Hour,
		Observe: func(o webhook.Observation) {
			mu.Lock()
			defer mu.Unlock()
			statuses[o.Status]++
		}}, func(context.Context, webhook.Event) error { return nil })
	require.NoError(t, err)
	server := httptest.NewServer(h)
	debug.FreeOSMemory()
	var peak atomic.Uint64
	before := resident()
	var all sync.WaitGroup
	for range bodies {
		all.Go(func() {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, io.LimitReader(zeros{&peak}, 64<<20))
			if err != nil {
				t.Error(err)
				return
			}
			if resp, err := server.Client().Do(r); err == nil {
				_ = resp.Body.Close()
			}
		})
	}
	all.Wait()
	server.Close() // once every request is answered
	return peak.Load() - min(before, peak.Load()), statuses
}

// Not parallel: it measures the memory of the whole process. The bound is far
// above what the bodies can take, 1 MiB each whenever memory is collected, and
// far below what the control needs.
func TestHandler_HugeBodies(t *testing.T) { //nolint:paralleltest // see above
	const bound = 32 << 20
	grown, statuses := flood(t, 0, 16)
	t.Logf("16 bodies of 64 MiB: memory grew by %.1f MiB", float64(grown)/(1<<20))
	require.LessOrEqual(t, grown, uint64(bound))
	require.Equal(t, map[int]int{413: 16}, statuses)

	grown, statuses = flood(t, 1<<30, 2)
	t.Logf("control, 2 bodies without a limit: memory grew by %.1f MiB", float64(grown)/(1<<20))
	require.Equal(t, map[int]int{200: 2}, statuses)
	require.Greater(t, grown, uint64(bound), "the measurement sees what an unlimited receiver takes")
}

// pipes is a listener whose connections are in memory, so that time can be fake.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), ended: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.ended) }); return nil }
func (p *pipes) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "192.0.2.1:1" }

// peer gives a pipe's end the address that a server wants to see.
type peer struct{ net.Conn }

func (peer) RemoteAddr() net.Addr { return pipeAddr{} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.conns <- peer{theirs}
	return ours
}

const slowHead = "POST / HTTP/1.1\r\nHost: h\r\nX-Token: good\r\nContent-Length: 1000\r\n\r\n"

func TestHandler_SlowClients(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serverTimeouts bool
		first          string // what a client sends at once; then a byte a second
		limit          time.Duration
	}{
		"body, handler's own deadline": {false, slowHead, 6 * time.Second},
		"body, hardened server":        {true, slowHead, 6 * time.Second},
		"body, refused unread":         {false, strings.Replace(slowHead, "1000", "9999999", 1), 6 * time.Second},
		"header":                       {true, "POST / HTTP/1.1\r\nX-Slow: ", 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newPipes()
				server := &http.Server{Handler: newReceiver(t, nil)}
				if c.serverTimeouts {
					webhook.Harden(server)
				}
				go func() { _ = server.Serve(l) }()
				began := time.Now()
				var slow sync.WaitGroup
				for range 1000 {
					conn := l.dial()
					slow.Go(func() { trickle(conn, c.first) })
				}
				good := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return l.dial(), nil }}
				for range 20 {
					time.Sleep(100 * time.Millisecond)
					start := time.Now()
					r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://h/", strings.NewReader("{}"))
					require.NoError(t, err)
					r.Header.Set("X-Token", "good")
					resp, err := good.RoundTrip(r)
					require.NoError(t, err)
					require.NoError(t, resp.Body.Close())
					require.Equal(t, 200, resp.StatusCode)
					require.Less(t, time.Since(start), 50*time.Millisecond)
				}
				slow.Wait()
				require.LessOrEqual(t, time.Since(began), c.limit+time.Second)
				good.CloseIdleConnections()
				require.NoError(t, server.Close())
			})
		})
	}
}

// trickle sends first, then a byte a second until the server hangs up.
func trickle(c net.Conn, first string) {
	defer c.Close()
	go func() { _, _ = io.Copy(io.Discard, c) }() // the answer, if any
	drip(c, first)
}

func drip(c net.Conn, first string) {
	if _, err := io.WriteString(c, first); err != nil {
		return
	}
	for {
		<-time.After(time.Second)
		if _, err := io.WriteString(c, "x"); err != nil {
			return
		}
	}
}

func TestHandler_ParallelCopies(t *testing.T) {
	t.Parallel()
	const ids, copies = 250, 64
	var runs [ids]atomic.Int32
	h, err := webhook.NewHandler(webhook.Config{
		Source: "s", Verifier: token("good"), Dedupe: webhook.NewMemoryStore(), Replay: webhook.NewMemoryStore(),
	}, func(_ context.Context, e webhook.Event) error {
		var id int
		if _, err := fmt.Sscan(e.ID, &id); err != nil {
			return err
		}
		runs[id].Add(1)
		return nil
	})
	require.NoError(t, err)
	var all sync.WaitGroup
	for range copies {
		all.Go(func() {
			for id := range ids {
				if code := serve(h, request("{}", "X-Id", fmt.Sprint(id))).Code; code != 200 && code != 409 {
					t.Errorf("status %d", code)
				}
			}
		})
	}
	all.Wait()
	for id := range runs {
		require.EqualValues(t, 1, runs[id].Load())
	}
}

// BenchmarkHandler_SlowClients measures good requests over TCP while a thousand
// others trickle their bodies, and how long those are borne.
func BenchmarkHandler_SlowClients(b *testing.B) {
	h, err := webhook.NewHandler(webhook.Config{Source: "s", Verifier: token("good")},
		func(context.Context, webhook.Event) error { return nil })
	require.NoError(b, err)
	server := httptest.NewUnstartedServer(h)
	webhook.Harden(server.Config)
	server.Start()
	defer server.Close()
	var slow sync.WaitGroup
	longest := make(chan time.Duration, 1)
	longest <- 0
	for range 1000 {
		conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", server.Listener.Addr().String())
		require.NoError(b, err)
		began := time.Now()
		go drip(conn, slowHead)
		slow.Go(func() {
			defer conn.Close()
			_, _ = io.Copy(io.Discard, conn) // ends when the server hangs up
			longest <- max(<-longest, time.Since(began))
		})
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 4}
	defer transport.CloseIdleConnections()
	load.Run(b, 4, b.N, func(ctx context.Context, _ int) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader("{}"))
		if err != nil {
			return err
		}
		r.Header.Set("X-Token", "good")
		resp, err := transport.RoundTrip(r)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
	slow.Wait()
	b.ReportMetric((<-longest).Seconds(), "slow-gone-s")
}
