package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/gojek/heimdall/v7/httpclient"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"
	"resty.dev/v3"

	"github.com/centrala-go/centrala/transport"
)

// flaky is a vendor on loopback that resets a tenth of the requests, half of
// them after the effect, answers a twentieth with 503, and stalls a fiftieth
// after the effect. It counts effects by id.
type flaky struct {
	mu        sync.Mutex
	rand      *rand.Rand
	healthy   bool
	effects   map[string]int
	keys      map[string]bool
	ambiguous int // faults after which nobody outside can know
	honours   bool
}

func newFlaky(healthy, honours bool) *flaky {
	return &flaky{rand: rand.New(rand.NewPCG(1, 2)), healthy: healthy, honours: honours, effects: map[string]int{}, keys: map[string]bool{}}
}

const (
	faultNone = iota
	faultResetBefore
	faultResetAfter
	faultBusy
	faultStall
)

// plan draws a fault and books the effect.
func (f *flaky) plan(id, key string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault := faultNone
	if x := f.rand.Float64(); !f.healthy {
		switch {
		case x < 0.05:
			fault = faultResetBefore
		case x < 0.10:
			fault = faultResetAfter
		case x < 0.15:
			fault = faultBusy
		case x < 0.17:
			fault = faultStall
		}
	}
	if fault == faultResetBefore || fault == faultResetAfter || fault == faultStall {
		f.ambiguous++
	}
	if fault == faultResetBefore || fault == faultBusy {
		return fault
	}
	if f.honours && key != "" {
		if f.keys[key] {
			return fault
		}
		f.keys[key] = true
	}
	f.effects[id]++
	return fault
}

func (f *flaky) has(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.effects[id] > 0
}

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct{ ID string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	switch f.plan(body.ID, r.Header.Get("Idempotency-Key")) {
	case faultResetBefore, faultResetAfter:
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
	case faultBusy:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	case faultStall:
		<-r.Context().Done()
	default:
		_, _ = io.WriteString(w, createdJSON)
	}
}

// sender makes the effect with this id happen once.
type sender func(ctx context.Context, id string) error

const stallTimeout = 300 * time.Millisecond

// tallied is what became of all effects.
type tallied struct{ ok, failed, unknown, lost, doubled, falseAlarm, silent int }

// run sends n effects with 16 callers and compares with what the vendor saw.
func run(t *testing.T, f *flaky, n int, send sender) tallied {
	t.Helper()
	errs := make([]error, n)
	var next atomic.Int64
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				errs[i] = send(t.Context(), strconv.Itoa(i))
			}
		})
	}
	callers.Wait()
	var out tallied
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, err := range errs {
		count := f.effects[strconv.Itoa(i)]
		unknown := errors.Is(err, transport.ErrOutcomeUnknown)
		switch {
		case err == nil:
			out.ok++
		case unknown:
			out.unknown++
		default:
			out.failed++
		}
		if count == 0 {
			out.lost++
		}
		if count > 1 {
			out.doubled++
		}
		if count > 0 && err != nil && !unknown {
			out.falseAlarm++
		}
		if count == 0 && err == nil {
			out.silent++
		}
	}
	return out
}

func (r tallied) row(name string) string {
	return fmt.Sprintf("| %-34s | %4d | %4d | %4d | %4d | %4d | %4d |", name, r.ok, r.failed, r.unknown, r.lost, r.doubled, r.falseAlarm)
}

const faultHead = "| client                             |   ok | fail | unkn | lost | dbl  | done but failed |"

func payload(id string) []byte { return []byte(`{"id":"` + id + `"}`) }

func post(ctx context.Context, url, id, key string) *http.Request {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(payload(id)))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	return req
}

func status(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode >= 300 {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// peerSenders are the peers with five tries where they retry at all.
func peerSenders(t *testing.T, url string, rt http.RoundTripper) map[string]sender {
	t.Helper()
	plain := &http.Client{Transport: rt, Timeout: stallTimeout}
	rh := retryablehttp.NewClient()
	rh.Logger, rh.HTTPClient, rh.RetryWaitMin, rh.RetryMax = nil, plain, 20*time.Millisecond, 4
	fs := &http.Client{Timeout: 5 * time.Second, Transport: failsafehttp.NewRoundTripper(timeoutEach{rt},
		failsafehttp.NewRetryPolicyBuilder().WithMaxRetries(4).Build())}
	hd := httpclient.NewClient(httpclient.WithHTTPClient(plain), httpclient.WithRetryCount(4))
	rs := resty.New().SetTransport(rt).SetTimeout(stallTimeout).SetRetryCount(4).SetRetryWaitTime(20 * time.Millisecond).SetRetryAllowNonIdempotent(true).
		AddRetryConditions(func(r *resty.Response, err error) bool { return err != nil || r.StatusCode() >= 500 })
	t.Cleanup(func() { _ = rs.Close() })
	ai := openai.NewClient(option.WithBaseURL(url), option.WithAPIKey("k"), option.WithHTTPClient(plain), option.WithMaxRetries(4))
	return map[string]sender{
		"net/http, no retry": func(ctx context.Context, id string) error { return status(plain.Do(post(ctx, url, id, ""))) },
		"go-retryablehttp": func(ctx context.Context, id string) error {
			req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, url, payload(id))
			if err != nil {
				return err
			}
			return status(rh.Do(req))
		},
		"failsafe-go": func(ctx context.Context, id string) error { return status(fs.Do(post(ctx, url, id, ""))) },
		"heimdall":    func(ctx context.Context, id string) error { return status(hd.Do(post(ctx, url, id, ""))) },
		"resty v3, told to retry POST and 5xx": func(ctx context.Context, id string) error {
			resp, err := rs.R().SetContext(ctx).SetHeader("Content-Type", "application/json").SetBody(payload(id)).Post(url)
			if err == nil && resp.StatusCode() >= 300 {
				err = errors.New(resp.Status())
			}
			return err
		},
		"openai-go": func(ctx context.Context, id string) error {
			return ai.Post(ctx, "", map[string]string{"id": id}, nil)
		},
	}
}

// timeoutEach bounds each try, which failsafe's retries need.
type timeoutEach struct{ next http.RoundTripper }

func (t timeoutEach) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), stallTimeout)
	context.AfterFunc(ctx, cancel)
	return t.next.RoundTrip(req.WithContext(ctx))
}

// ourSender is a transport client; f answers its look-ups.
func ourSender(t *testing.T, f *flaky, url string, safety transport.Safety, rt http.RoundTripper) sender {
	t.Helper()
	opts := []transport.Option{transport.WithAttemptTimeout(stallTimeout), transport.WithMaxAttempts(8), transport.WithBackoff(20*time.Millisecond, time.Second)}
	if rt != nil {
		opts = append(opts, transport.WithTransport(rt))
	}
	c, err := transport.New(transport.Config{Vendor: "bench", BaseURL: url}, opts...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	op := &transport.Op{Name: "bench.create", Safety: safety, KeyHeader: "Idempotency-Key"}
	return func(ctx context.Context, id string) error {
		_, err := c.Do(ctx, op, transport.Request{Body: payload(id), Key: "key-" + id,
			LookUp: func(context.Context) (bool, error) { return f.has(id), nil }})
		return err
	}
}

var classes = []struct {
	name    string
	safety  transport.Safety
	honours bool
}{
	{"centrala, keyed", transport.Keyed, true},
	{"centrala, look-up", transport.LookUp, false},
	{"centrala, at most once", transport.AtMostOnce, false},
}

const effectsCount = 2000

// TestFaults sends 2,000 effects through each client over a bad network.
func TestFaults(t *testing.T) {
	t.Log(faultHead)
	for _, name := range []string{"net/http, no retry", "go-retryablehttp", "failsafe-go", "heimdall", "resty v3, told to retry POST and 5xx", "openai-go"} {
		f := newFlaky(false, false)
		srv := httptest.NewServer(f)
		rt := pooled()
		t.Log(run(t, f, effectsCount, peerSenders(t, srv.URL, rt)[name]).row(name))
		rt.CloseIdleConnections()
		srv.Close()
	}
	for _, class := range classes {
		f := newFlaky(false, class.honours)
		srv := httptest.NewServer(f)
		got := run(t, f, effectsCount, ourSender(t, f, srv.URL, class.safety, nil))
		t.Log(got.row(class.name))
		require.Zero(t, got.doubled, class.name)
		require.Zero(t, got.silent, class.name)
		require.Zero(t, got.falseAlarm, class.name)
		if class.safety != transport.AtMostOnce {
			require.Zero(t, got.lost, class.name)
			require.Equal(t, effectsCount, got.ok, class.name)
		} else {
			require.LessOrEqual(t, got.unknown, f.ambiguous)
			require.Equal(t, effectsCount, got.ok+got.unknown)
		}
		srv.Close()
	}
}

// refusingDialer refuses a tenth of all dials.
func refusingDialer() *http.Transport {
	var n atomic.Int64
	dialer := &net.Dialer{}
	return &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if n.Add(1)%10 == 0 {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return dialer.DialContext(ctx, network, addr)
	}}
}

// TestDialFaults refuses a tenth of the dials: what was not sent is sent again
// in every class, and only once.
func TestDialFaults(t *testing.T) {
	t.Log(faultHead)
	for _, name := range []string{"net/http, no retry", "go-retryablehttp", "openai-go"} {
		f := newFlaky(true, false)
		srv := httptest.NewServer(f)
		t.Log(run(t, f, effectsCount, peerSenders(t, srv.URL, refusingDialer())[name]).row(name))
		srv.Close()
	}
	for _, class := range classes {
		f := newFlaky(true, class.honours)
		srv := httptest.NewServer(f)
		got := run(t, f, effectsCount, ourSender(t, f, srv.URL, class.safety, refusingDialer()))
		t.Log(got.row(class.name))
		require.Equal(t, tallied{ok: effectsCount}, got, class.name)
		srv.Close()
	}
}
