package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	crand "crypto/rand"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/redislimit"
)

// meter is a vendor's way of counting. It decides at the arrival of a request.
type meter interface {
	arrive(now time.Time, cost int) (ok bool, header http.Header)
	leave()
}

// vendorFar is a vendor behind a network: one way takes 40 ms in the median,
// with a long tail, and the work takes service.
type vendorFar struct {
	mu      sync.Mutex
	rand    *rand.Rand
	meter   meter
	service time.Duration
	refused int
	served  int
}

func (v *vendorFar) latency() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.rand.Float64() < 0.01 {
		return 400 * time.Millisecond
	}
	return time.Duration(float64(40*time.Millisecond) * math.Exp(0.3*v.rand.NormFloat64()))
}

func (v *vendorFar) RoundTrip(req *http.Request) (*http.Response, error) {
	cost, _ := strconv.Atoi(req.URL.Query().Get("cost"))
	<-time.After(v.latency())
	v.mu.Lock()
	ok, header := v.meter.arrive(time.Now(), max(cost, 1))
	resp := &http.Response{StatusCode: 200, Header: header, Body: http.NoBody, Request: req}
	if !ok {
		v.refused++
		resp.StatusCode = http.StatusTooManyRequests
	} else {
		v.served++
	}
	v.mu.Unlock()
	if ok {
		<-time.After(v.service)
		v.mu.Lock()
		v.meter.leave()
		v.mu.Unlock()
	}
	<-time.After(v.latency())
	return resp, nil
}

// slidingMeter allows limit units in any window.
type slidingMeter struct {
	limit  int
	window time.Duration
	seen   []arrival
	used   int
}

type arrival struct {
	at   time.Time
	cost int
}

func (m *slidingMeter) arrive(now time.Time, cost int) (bool, http.Header) {
	for len(m.seen) > 0 && now.Sub(m.seen[0].at) >= m.window {
		m.used -= m.seen[0].cost
		m.seen = m.seen[1:]
	}
	if m.used+cost > m.limit {
		return false, http.Header{}
	}
	m.used += cost
	m.seen = append(m.seen, arrival{now, cost})
	return true, http.Header{}
}

func (*slidingMeter) leave() {}

// fixedMeter allows limit units between two ticks of a clock and says so.
type fixedMeter struct {
	limit  int
	window time.Duration
	ends   time.Time
	used   int
	quiet  bool // tells no policy, only what remains
}

func (m *fixedMeter) arrive(now time.Time, cost int) (bool, http.Header) {
	if !now.Before(m.ends) {
		m.used, m.ends = 0, now.Truncate(m.window).Add(m.window)
	}
	ok := m.used+cost <= m.limit
	if ok {
		m.used += cost
	}
	h := http.Header{"X-Ratelimit-Remaining": {strconv.Itoa(m.limit - m.used)}, "X-Ratelimit-Reset": {strconv.FormatInt(m.ends.Unix(), 10)}}
	if !m.quiet {
		h = http.Header{
			"Ratelimit-Policy": {fmt.Sprintf(`"default";q=%d;w=%d`, m.limit, int(m.window.Seconds()))},
			"Ratelimit":        {fmt.Sprintf(`"default";r=%d;t=%d`, m.limit-m.used, int(math.Ceil(m.ends.Sub(now).Seconds())))},
		}
	}
	return ok, h
}

func (*fixedMeter) leave() {}

// bucketMeter is a token bucket.
type bucketMeter struct{ lim *rate.Limiter }

func (m *bucketMeter) arrive(now time.Time, _ int) (bool, http.Header) {
	return m.lim.AllowN(now, 1), http.Header{}
}
func (*bucketMeter) leave() {}

// slotMeter allows limit requests at once.
type slotMeter struct{ limit, busy int }

func (m *slotMeter) arrive(time.Time, int) (bool, http.Header) {
	if m.busy == m.limit {
		return false, http.Header{}
	}
	m.busy++
	return true, http.Header{}
}
func (m *slotMeter) leave() { m.busy-- }

// ideal is how long a FIFO of costs takes at least on a sliding window.
func ideal(costs []int, limit int, window time.Duration) time.Duration {
	var at time.Duration
	var seen []struct {
		at   time.Duration
		cost int
	}
	used := 0
	for _, c := range costs {
		for used+c > limit {
			at = max(at, seen[0].at+window)
			used -= seen[0].cost
			seen = seen[1:]
		}
		used += c
		seen = append(seen, struct {
			at   time.Duration
			cost int
		}{at, c})
	}
	return at
}

// drive sends all costs with 64 callers until each is served, and returns how
// long that took.
func drive(t *testing.T, v *vendorFar, costs []int, limiters ...transport.Limiter) time.Duration {
	t.Helper()
	c, err := transport.New(transport.Config{Vendor: "bench", BaseURL: "https://vendor.test"}, transport.WithTransport(v),
		transport.WithLimiters(limiters...), transport.WithMaxAttempts(1000), transport.WithoutRetryQuota())
	require.NoError(t, err)
	op := &transport.Op{Name: "bench.get", Safety: transport.Read}
	start := time.Now()
	var next atomic.Int64
	var callers sync.WaitGroup
	for range 64 {
		callers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(costs) {
					return
				}
				if _, err := c.Do(t.Context(), op, transport.Request{Path: "/?cost=" + strconv.Itoa(costs[i]), Cost: costs[i]}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	return time.Since(start)
}

func ones(n int) []int {
	costs := make([]int, n)
	for i := range costs {
		costs[i] = 1
	}
	return costs
}

// TestLimits measures, in fake time, how much of a quota a limiter uses and
// how often the vendor has to refuse.
func TestLimits(t *testing.T) {
	points := ones(300)
	draw := rand.New(rand.NewPCG(3, 4))
	for i := range points {
		points[i] = 10_000 + draw.IntN(190_000)
	}
	const service, rtt = 200 * time.Millisecond, 87 * time.Millisecond
	sliding := func(limit int, w time.Duration) func() meter {
		return func() meter { return &slidingMeter{limit: limit, window: w} }
	}
	fixed := func(quiet bool) func() meter {
		return func() meter { return &fixedMeter{limit: 60, window: time.Minute, quiet: quiet} }
	}
	for _, tc := range []struct {
		name    string
		meter   func() meter
		costs   []int
		best    time.Duration
		limiter func() []transport.Limiter
		gate    float64 // 0: a comparison
		service time.Duration
	}{
		{"sliding 60/60 s, no limiter", sliding(60, time.Minute), ones(600), 9 * time.Minute, nil, 0, 0},
		{"sliding 60/60 s, x/time/rate 1/s", sliding(60, time.Minute), ones(600), 9 * time.Minute, func() []transport.Limiter { return []transport.Limiter{transport.NewBucket(1, 1)} }, 0, 0},
		{"sliding 60/60 s, Window", sliding(60, time.Minute), ones(600), 9 * time.Minute, func() []transport.Limiter { return []transport.Limiter{transport.NewWindow(60, time.Minute)} }, 0.99, 0},
		{"fixed 60/60 s, Window", fixed(false), ones(600), 9 * time.Minute, func() []transport.Limiter {
			return []transport.Limiter{transport.NewWindow(60, time.Minute, transport.FixedWindow())}
		}, 0.99, 0},
		{"points 1e6/60 s, Window", sliding(1e6, time.Minute), points, ideal(points, 1e6, time.Minute), func() []transport.Limiter { return []transport.Limiter{transport.NewWindow(1e6, time.Minute)} }, 0.99, 0},
		{"sliding 60/1 s, Window", sliding(60, time.Second), ones(1800), 29 * time.Second, func() []transport.Limiter { return []transport.Limiter{transport.NewWindow(60, time.Second)} }, 0.83, 0},
		{"bucket 10/s of 20, Bucket", func() meter { return &bucketMeter{rate.NewLimiter(10, 20)} }, ones(3000), 298 * time.Second, func() []transport.Limiter { return []transport.Limiter{transport.NewBucket(10, 19)} }, 0.99, 0},
		{"40 at once, Concurrency", func() meter { return &slotMeter{limit: 40} }, ones(4000), 100 * service, func() []transport.Limiter { return []transport.Limiter{transport.NewConcurrency(40)} }, 0.97 * float64(service) / float64(service+rtt), service},
		{"fixed 60/60 s, unknown, Learned", fixed(true), ones(600), 9 * time.Minute, func() []transport.Limiter { return []transport.Limiter{transport.NewLearned(1, "")} }, 0.98, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			v := &vendorFar{rand: rand.New(rand.NewPCG(1, 2)), meter: tc.meter(), service: 60 * time.Millisecond}
			if tc.service > 0 {
				v.service = tc.service
			}
			var limiters []transport.Limiter
			if tc.limiter != nil {
				limiters = tc.limiter()
			}
			took := drive(t, v, tc.costs, limiters...)
			efficiency := float64(tc.best) / float64(took)
			t.Logf("| %-34s | %6.1f %% | %5d | gate %4.1f %% |", tc.name, 100*efficiency, v.refused, 100*tc.gate)
			if tc.gate > 0 {
				require.Zero(t, v.refused, tc.name)
				require.GreaterOrEqual(t, efficiency, tc.gate, tc.name)
			}
		})
	}
}

// slidingServer is a sliding window over real sockets.
func slidingServer(t *testing.T, limit int, window time.Duration) (url string, refused *atomic.Int64) {
	t.Helper()
	refused = new(atomic.Int64)
	m, mu := &slidingMeter{limit: limit, window: window}, sync.Mutex{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		if ok, _ := m.arrive(time.Now(), 1); !ok {
			refused.Add(1)
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, refused
}

// send makes n requests with 16 callers.
func sendAll(ctx context.Context, url string, n int, l transport.Limiter) error {
	c, err := transport.New(transport.Config{Vendor: "bench", BaseURL: url}, transport.WithLimiters(l), transport.WithMaxAttempts(100))
	if err != nil {
		return err
	}
	defer c.CloseIdleConnections()
	op := &transport.Op{Name: "bench.get", Safety: transport.Read}
	var next, failed atomic.Int64
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			for int(next.Add(1)) <= n {
				if _, err := c.Do(ctx, op, transport.Request{}); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	callers.Wait()
	if failed.Load() > 0 {
		return errors.New("calls failed")
	}
	return nil
}

const (
	socketLimit = 60
	socketCalls = 4 * socketLimit // the first quarter goes out at once: three windows at best
)

// socketWindow is the window of the runs over real sockets: 5 s, or what
// BENCH_WINDOW says.
func socketWindow(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("BENCH_WINDOW")
	if text == "" {
		return 5 * time.Second
	}
	window, err := time.ParseDuration(text)
	require.NoError(t, err, "BENCH_WINDOW")
	require.Positive(t, window, "BENCH_WINDOW")
	return window
}

func TestLimits_RealSockets(t *testing.T) {
	window := socketWindow(t)
	url, refused := slidingServer(t, socketLimit, window)
	start := time.Now()
	require.NoError(t, sendAll(t.Context(), url, socketCalls, transport.NewWindow(socketLimit, window)))
	efficiency := float64(3*window) / float64(time.Since(start))
	t.Logf("| %-34s | %6.1f %% | %5d |", fmt.Sprintf("sliding 60/%v, real sockets", window), 100*efficiency, refused.Load())
	require.Zero(t, refused.Load())
	require.GreaterOrEqual(t, efficiency, 0.99)
}

// TestLimits_RedisShared lets four processes share a limit through Redis.
func TestLimits_RedisShared(t *testing.T) {
	addr := os.Getenv("CENTRALA_TEST_REDIS")
	if addr == "" {
		t.Skip("CENTRALA_TEST_REDIS is not set")
	}
	window := socketWindow(t)
	if job := os.Getenv("BENCH_SHARE"); job != "" {
		url, key, _ := strings.Cut(job, " ")
		client := redis.NewClient(&redis.Options{Addr: addr})
		defer client.Close()
		l, err := redislimit.New(client, redislimit.Config{Key: key, Limit: socketLimit, Window: window, Processes: 4})
		require.NoError(t, err)
		require.NoError(t, sendAll(t.Context(), url, socketCalls/4, l))
		return
	}
	url, refused := slidingServer(t, socketLimit, window)
	key := "bench:" + crand.Text()
	client := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() {
		client.Del(context.Background(), "{"+key+"}:permits", "{"+key+"}:used", "{"+key+"}:pause")
		_ = client.Close()
	})
	start := time.Now()
	var processes sync.WaitGroup
	for range 4 {
		processes.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLimits_RedisShared$")
			cmd.Env = append(os.Environ(), "BENCH_SHARE="+url+" "+key)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	processes.Wait()
	efficiency := float64(3*window) / float64(time.Since(start))
	t.Logf("| %-34s | %6.1f %% | %5d |", fmt.Sprintf("sliding 60/%v, 4 processes, Redis", window), 100*efficiency, refused.Load())
	require.Zero(t, refused.Load())
	require.GreaterOrEqual(t, efficiency, 0.97)
}
