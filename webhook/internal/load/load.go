// Package load drives benchmarks of durable acknowledgements with many clients
// at once and reports events a second and how long the slowest waited.
package load

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

// Clients is how many callers post to an inbox at once.
const Clients = 64

// B is a *testing.B.
type B interface {
	Helper()
	Fatal(args ...any)
	Context() context.Context
	ResetTimer()
	StopTimer()
	ReportMetric(n float64, unit string)
}

// Run calls do n times, with 0 to n-1, from as many clients at once.
func Run(b B, clients, n int, do func(ctx context.Context, i int) error) {
	b.Helper()
	took := make([]time.Duration, n)
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	b.ResetTimer()
	began := time.Now()
	for range clients {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				start := time.Now()
				if err := do(b.Context(), i); err != nil {
					failed.Store(&err)
					return
				}
				took[i] = time.Since(start)
			}
		})
	}
	all.Wait()
	total := time.Since(began)
	b.StopTimer()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	slices.Sort(took)
	b.ReportMetric(float64(n)/total.Seconds(), "events/s")
	b.ReportMetric(ms(took[n/2]), "p50-ms")
	b.ReportMetric(ms(took[n*99/100]), "p99-ms")
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

var body = []byte(strings.Repeat("x", 1024))

// Event is event i of a source that repeats every fifth one.
func Event(i int) webhook.InboxEvent {
	return webhook.InboxEvent{Source: "load", Key: webhook.JoinKey("load", strconv.Itoa(i-i%5/4)), Body: body}
}

// HTTP posts events of 1 KiB to a Handler in front of an inbox, over TCP.
func HTTP(b B, n int, in webhook.Inbox) {
	b.Helper()
	h, err := webhook.NewHandler(webhook.Config{
		Source: "load", AllowUnverified: true, Inbox: in,
		Key: func(e webhook.Event) string { return e.Header.Get("X-Key") },
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: Clients}
	defer transport.CloseIdleConnections()
	Run(b, Clients, n, func(ctx context.Context, i int) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader(string(body)))
		if err != nil {
			return err
		}
		r.Header.Set("X-Key", strconv.Itoa(i-i%5/4))
		resp, err := transport.RoundTrip(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	})
}
