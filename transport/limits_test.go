package transport_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

// slidingLog is a vendor that refuses more than n requests in any window.
type slidingLog struct {
	mu      sync.Mutex
	n       int
	window  time.Duration
	seen    []time.Time
	refused int
}

func (s *slidingLog) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for len(s.seen) > 0 && now.Sub(s.seen[0]) >= s.window {
		s.seen = s.seen[1:]
	}
	if len(s.seen) >= s.n {
		s.refused++
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	s.seen = append(s.seen, now)
}

var get = &transport.Op{Name: "test.get", Safety: transport.Read}

func TestWindow_NoRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &slidingLog{n: 10, window: time.Minute}
		c := handlerClient(t, log, transport.WithLimiters(transport.NewWindow(10, time.Minute)))
		start := time.Now()
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				for range 5 {
					_, err := c.Do(t.Context(), get, transport.Request{})
					require.NoError(t, err)
				}
			})
		}
		callers.Wait()
		require.Zero(t, log.refused)
		require.Equal(t, 3*time.Minute, time.Since(start))
	})
}

func TestWindow_RefundsWhatWasNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := transport.NewWindow(1, time.Hour)
		e := newEffects()
		e.Inject(refused)
		c := newClient(t, e, transport.WithLimiters(w), transport.WithMaxAttempts(1))
		_, err := c.Do(t.Context(), get, transport.Request{})
		require.ErrorIs(t, err, transport.ErrNotSent)
		_, err = c.Do(t.Context(), get, transport.Request{})
		require.NoError(t, err)
	})
}

func TestWindow_Points(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := transport.NewWindow(100, time.Minute)
		judge := func(r *transport.Response) transport.Verdict {
			return transport.Verdict{Cost: 5, Result: transport.JudgeStatus(r).Result}
		}
		c := newClient(t, newEffects(), transport.WithLimiters(w))
		op := &transport.Op{Name: "test.query", Safety: transport.Read, Cost: 50, Judge: judge}
		start := time.Now()
		for range 11 { // 5 points each: the estimate of 50 fits until 50 are used
			_, err := c.Do(t.Context(), op, transport.Request{})
			require.NoError(t, err)
		}
		require.Zero(t, time.Since(start))
		_, err := c.Do(t.Context(), op, transport.Request{})
		require.NoError(t, err)
		require.Equal(t, time.Minute, time.Since(start))
	})
}

// A limit of requests beside one of points counts each attempt once, whatever
// it cost.
func TestPerRequest_BesidePoints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		judge := func(r *transport.Response) transport.Verdict {
			return transport.Verdict{Cost: 20, Budget: transport.Budget{Known: true}, Result: transport.JudgeStatus(r).Result}
		}
		c := newClient(t, newEffects(), transport.WithLimiters(transport.PerRequest(transport.NewWindow(3, time.Minute, transport.Learn(""))), transport.NewWindow(1000, time.Minute)))
		op := &transport.Op{Name: "test.query", Safety: transport.Read, Cost: 50, Judge: judge}
		start := time.Now()
		for range 3 {
			_, err := c.Do(t.Context(), op, transport.Request{})
			require.NoError(t, err)
		}
		require.Zero(t, time.Since(start))
		_, err := c.Do(t.Context(), op, transport.Request{})
		require.NoError(t, err)
		require.Equal(t, time.Minute, time.Since(start))
	})
}

func TestWindow_CostAboveLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, newEffects(), transport.WithLimiters(transport.NewWindow(10, time.Minute)))
		for range 2 {
			_, err := c.Do(t.Context(), get, transport.Request{Cost: 1000})
			require.NoError(t, err)
		}
	})
}

func TestWindow_DeadlineKnownTooShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := transport.NewWindow(2, time.Minute)
		for range 2 {
			p, err := w.Acquire(t.Context(), 1)
			require.NoError(t, err)
			w.Settle(p, transport.Feedback{Sent: true})
		}
		var waiting sync.WaitGroup
		for range 2 {
			waiting.Go(func() {
				_, err := w.Acquire(t.Context(), 1)
				require.NoError(t, err)
			})
		}
		synctest.Wait()
		// Two stand in line for the permits of 1:00; the third's comes at 2:00.
		ctx, cancel := context.WithTimeout(t.Context(), 110*time.Second)
		defer cancel()
		start := time.Now()
		_, err := w.Acquire(ctx, 1)
		require.Zero(t, time.Since(start))
		require.ErrorIs(t, err, transport.ErrRateLimited)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var le *transport.LimitError
		require.ErrorAs(t, err, &le)
		require.Equal(t, 2*time.Minute, le.Wait)
		require.Contains(t, err.Error(), "2m0s")
		waiting.Wait()
	})
}

func TestWindow_CancelLeavesTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := transport.NewWindow(1, time.Minute)
		p, err := w.Acquire(t.Context(), 1)
		require.NoError(t, err)
		w.Settle(p, transport.Feedback{Sent: true})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = w.Acquire(ctx, 1)
		require.ErrorIs(t, err, context.Canceled)
		_, err = w.Acquire(ctx, 1)
		require.ErrorIs(t, err, context.Canceled)
		start := time.Now()
		_, err = w.Acquire(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, 59*time.Second, time.Since(start))
	})
}

func TestWindow_FixedReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := transport.NewWindow(1, time.Minute, transport.FixedWindow())
		for _, h := range []http.Header{
			{"Ratelimit-Policy": {`"d";q=1;w=60`}, "Ratelimit": {`"d";r=0;t=9`}},                        // rounded down: 10 s
			{"X-Ratelimit-Reset": {strconv.FormatInt(time.Now().Add(20*time.Second).Unix(), 10)}},       // absolute
			{"X-Ratelimit-Reset": {"10s"}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Limit": {"60"}}, // a duration
		} {
			start := time.Now()
			p, err := w.Acquire(t.Context(), 1)
			require.NoError(t, err)
			w.Settle(p, transport.Feedback{Sent: true, Header: h})
			_, err = w.Acquire(t.Context(), 1)
			require.NoError(t, err)
			require.Equal(t, 10*time.Second, time.Since(start), "%v", h)
			w.Settle(p, transport.Feedback{})
		}
	})
}

func TestWindow_LearnsLimitAndOthersUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := transport.NewWindow(1, time.Hour, transport.Learn("minute"))
		p, err := w.Acquire(t.Context(), 1)
		require.NoError(t, err)
		w.Settle(p, transport.Feedback{Sent: true, Header: http.Header{
			"Ratelimit-Policy": {`"day";q=9;w=86400`, `"minute";q=10;w=60`}, "Ratelimit": {`"minute";r=3;t=60`},
		}})
		start := time.Now()
		for range 3 { // others have taken six of ten
			_, err := w.Acquire(t.Context(), 1)
			require.NoError(t, err)
		}
		require.Zero(t, time.Since(start))
		_, err = w.Acquire(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, time.Minute, time.Since(start))
	})
}

func TestWindow_ThrottledPausesAndShrinks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := transport.NewWindow(10, time.Minute)
		p, err := w.Acquire(t.Context(), 1)
		require.NoError(t, err)
		w.Settle(p, transport.Feedback{Sent: true, Throttled: true, Wait: 1000 * time.Hour})
		start := time.Now()
		for range 9 {
			_, err := w.Acquire(t.Context(), 1)
			require.NoError(t, err)
		}
		require.Equal(t, 15*time.Minute, time.Since(start), "a pause is capped")
	})
}

func TestLimiters_BackgroundStandsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slots := transport.NewConcurrency(1)
		p, err := slots.Acquire(t.Context(), 1)
		require.NoError(t, err)
		var order []string
		var callers sync.WaitGroup
		queue := func(name string, ctx context.Context) {
			callers.Go(func() {
				p, err := slots.Acquire(ctx, 1)
				require.NoError(t, err)
				order = append(order, name)
				slots.Settle(p, transport.Feedback{Sent: true})
			})
			synctest.Wait()
		}
		for range 2 {
			queue("b", transport.AsBackground(t.Context()))
		}
		for range 12 {
			queue("i", t.Context())
		}
		slots.Settle(p, transport.Feedback{Sent: true})
		callers.Wait()
		require.Equal(t, []string{"i", "i", "i", "i", "i", "i", "i", "i", "i", "b", "i", "i", "i", "b"}, order)
	})
}

func TestBucket_Paces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := transport.NewBucket(10, 3)
		start := time.Now()
		for range 23 {
			_, err := b.Acquire(t.Context(), 1)
			require.NoError(t, err)
		}
		require.InDelta(t, 2, time.Since(start).Seconds(), 1e-6)
		b.Settle(transport.Permit{}, transport.Feedback{}) // not sent
		start = time.Now()
		_, err := b.Acquire(t.Context(), 1)
		require.NoError(t, err)
		require.Zero(t, time.Since(start))
		b.Settle(transport.Permit{}, transport.Feedback{Sent: true, Throttled: true, Wait: time.Minute})
		_, err = b.Acquire(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, time.Minute, time.Since(start))
	})
}

func TestDaily_RefusesUntilMidnight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zone := time.FixedZone("", 3600)
		d := transport.NewDaily(2, zone)
		c := newClient(t, newEffects(), transport.WithLimiters(d))
		for range 2 {
			_, err := c.Do(t.Context(), get, transport.Request{})
			require.NoError(t, err)
		}
		start := time.Now()
		_, err := c.Do(t.Context(), get, transport.Request{})
		require.Zero(t, time.Since(start))
		require.ErrorIs(t, err, transport.ErrQuota)
		require.ErrorIs(t, err, transport.ErrNotSent)
		require.NotErrorIs(t, err, transport.ErrRateLimited)
		var te *transport.Error
		require.ErrorAs(t, err, &te)
		y, m, day := start.In(zone).Date()
		require.Equal(t, time.Date(y, m, day+1, 0, 0, 0, 0, zone).Sub(start), te.RetryAfter)
		<-time.After(te.RetryAfter)
		_, err = c.Do(t.Context(), get, transport.Request{})
		require.NoError(t, err)
	})
}

func TestDaily_Settles(t *testing.T) {
	t.Parallel()
	d := transport.NewDaily(10, nil)
	p, err := d.Acquire(t.Context(), 10)
	require.NoError(t, err)
	d.Settle(p, transport.Feedback{Sent: true, Cost: 4})
	p, err = d.Acquire(t.Context(), 6)
	require.NoError(t, err)
	d.Settle(p, transport.Feedback{})
	p, err = d.Acquire(t.Context(), 1)
	require.NoError(t, err)
	d.Settle(p, transport.Feedback{Sent: true, Exhausted: true})
	_, err = d.Acquire(t.Context(), 1)
	require.ErrorIs(t, err, transport.ErrQuota)
}

func TestDaily_YesterdaysPermits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := transport.NewDaily(1, nil)
		yesterday, err := d.Acquire(t.Context(), 1)
		require.NoError(t, err)
		<-time.After(24 * time.Hour)
		_, err = d.Acquire(t.Context(), 1)
		require.NoError(t, err)
		d.Settle(yesterday, transport.Feedback{}) // gives nothing back to today
		_, err = d.Acquire(t.Context(), 1)
		require.ErrorIs(t, err, transport.ErrQuota)
	})
}

// Answers overtake each other: an older one tells of more than there is.
func TestLearned_OldAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := transport.NewLearned(2, "")
		told := func(remaining string) transport.Feedback {
			return transport.Feedback{Sent: true, Header: http.Header{"X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset": {"60s"}}}
		}
		first, err := l.Acquire(t.Context(), 1)
		require.NoError(t, err)
		second, err := l.Acquire(t.Context(), 1)
		require.NoError(t, err)
		l.Settle(second, told("1"))
		l.Settle(first, told("2"))
		start := time.Now()
		for range 2 {
			_, err = l.Acquire(t.Context(), 1)
			require.NoError(t, err)
			l.Settle(first, transport.Feedback{Sent: true})
		}
		require.Equal(t, time.Minute, time.Since(start))
	})
}

func TestLearned_AsksAfterReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, ends := 0, time.Now().Add(30*time.Second)
		refused := 0
		fixed := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for !time.Now().Before(ends) {
				n, ends = 0, ends.Add(30*time.Second)
			}
			n++
			w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(max(10-n, 0)))
			w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(ends.Unix(), 10))
			if n > 10 {
				refused++
				w.WriteHeader(http.StatusTooManyRequests)
			}
		})
		c := handlerClient(t, fixed, transport.WithLimiters(transport.NewLearned(1, "")))
		start := time.Now()
		for range 35 {
			_, err := c.Do(t.Context(), get, transport.Request{})
			require.NoError(t, err)
		}
		require.Zero(t, refused)
		require.Equal(t, 90*time.Second, time.Since(start))
	})
}

func TestBudgetFromHeader(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	date := now.Add(-time.Hour).UTC().Format(http.TimeFormat) // the vendor's clock is slow
	for name, tc := range map[string]struct {
		header http.Header
		policy string
		want   transport.Budget
	}{
		"none":         {http.Header{}, "", transport.Budget{}},
		"draft 11":     {http.Header{"Ratelimit": {`"a;b,c";r=5;t=30`}}, "a;b,c", transport.Budget{Remaining: 5, Known: true, Reset: 31 * time.Second}},
		"other policy": {http.Header{"Ratelimit": {`"x";r=5;t=30`}}, "y", transport.Budget{}},
		"draft 7":      {http.Header{"Ratelimit": {"limit=100, remaining=0, reset=5"}}, "", transport.Budget{Limit: 100, Known: true, Reset: 6 * time.Second}},
		"draft 3": {http.Header{"Ratelimit-Limit": {"100, 100;w=60"}, "Ratelimit-Remaining": {"7"}, "Ratelimit-Reset": {"60"}}, "",
			transport.Budget{Limit: 100, Remaining: 7, Known: true, Window: time.Minute, Reset: time.Minute}},
		"slow clock":   {http.Header{"X-Ratelimit-Reset": {"1799996410"}, "Date": {date}}, "", transport.Budget{Reset: 10 * time.Second}},
		"milliseconds": {http.Header{"X-Ratelimit-Reset": {"1800000010000"}}, "", transport.Budget{Reset: 10 * time.Second}},
		"past":         {http.Header{"X-Ratelimit-Reset": {"1700000000"}}, "", transport.Budget{}},
		"nonsense":     {http.Header{"X-Ratelimit-Reset": {"-1"}, "X-Ratelimit-Remaining": {"-1"}, "X-Ratelimit-Limit": {"1e9"}, "Ratelimit": {`",;="`}}, "", transport.Budget{}},
	} {
		require.Equal(t, tc.want, transport.BudgetFromHeader(tc.header, tc.policy, now), name)
	}
}

func FuzzBudgetFromHeader(f *testing.F) {
	f.Add(`"default";r=50;t=30`, `"burst";q=100;w=60,"daily";q=1000;w=86400`, "12", "1800000010", "burst")
	f.Add(`limit=100, remaining=0, reset=5`, `"a\"b";q=1;w=1`, "100, 100;w=60", "6m0s", "")
	f.Fuzz(func(t *testing.T, state, policies, limit, reset, policy string) {
		b := transport.BudgetFromHeader(http.Header{
			"Ratelimit": {state}, "Ratelimit-Policy": {policies, policies},
			"X-Ratelimit-Limit": {limit}, "X-Ratelimit-Remaining": {limit}, "X-Ratelimit-Reset": {reset},
		}, policy, time.Unix(1_800_000_000, 0))
		if b.Limit < 0 || b.Remaining < 0 || b.Window < 0 || b.Reset < 0 || (b.Window > 0 && b.Reset > b.Window) {
			t.Errorf("%+v", b)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, v := range []string{"60", "1.5", "9223372037", "-1", "0x10", "1e9", "Inf", "Fri, 01 May 2026 12:01:00 GMT", "Friday, 01-May-26 12:01:00 GMT"} {
		f.Add(v)
	}
	now := time.Unix(1_800_000_000, 0)
	f.Fuzz(func(t *testing.T, v string) {
		if d := transport.RetryAfter(http.Header{"Retry-After": {v}}, now); d < 0 || d > 11*365*24*time.Hour {
			t.Errorf("%q: %v", v, d)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "60": time.Minute, " 1.5 ": 1500 * time.Millisecond, "-5": 0, "1e3": 0, "0x1F": 0, "NaN": 0,
		"Fri, 01 May 2026 12:00:10 GMT": 10 * time.Second, "Friday, 01-May-26 12:00:10 GMT": 10 * time.Second,
		"Fri May  1 12:00:10 2026": 10 * time.Second, "Fri, 01 May 2026 11:00:00 GMT": 0,
	} {
		require.Equal(t, want, transport.RetryAfter(http.Header{"Retry-After": {v}}, now), v)
	}
	for _, v := range []string{"9223372037", "99999999999999999999999999"} {
		require.Greater(t, transport.RetryAfter(http.Header{"Retry-After": {v}}, now), 1000*time.Hour, v)
	}
}
