package transporttest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport/transporttest"
)

// echo counts effects and answers with the request's body.
func echo() (*transporttest.Vendor, *atomic.Int32) {
	n := new(atomic.Int32)
	return transporttest.NewVendor(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		_, _ = io.Copy(w, r.Body)
	})), n
}

func send(ctx context.Context, rt http.RoundTripper, url, body string) (status int, answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

func TestVendor_Faults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault    transporttest.Fault
		status   int
		err      error
		effects  int
		requests int
	}{
		"none":         {fault: transporttest.Fault{Match: transporttest.PathIs("/other")}, status: 200, effects: 1, requests: 1},
		"refuse":       {fault: transporttest.Fault{Refuse: true}, err: syscall.ECONNREFUSED},
		"reset before": {fault: transporttest.Fault{Reset: true}, err: syscall.ECONNRESET, requests: 1},
		"reset after":  {fault: transporttest.Fault{Reset: true, After: true}, err: syscall.ECONNRESET, effects: 1, requests: 1},
		"status":       {fault: transporttest.Fault{Status: 503}, status: 503, requests: 1},
		"status after": {fault: transporttest.Fault{Status: 503, After: true}, status: 503, effects: 1, requests: 1},
		"stall":        {fault: transporttest.Fault{Stall: time.Hour}, err: context.DeadlineExceeded, requests: 1},
		"stall after":  {fault: transporttest.Fault{Stall: time.Hour, After: true}, err: context.DeadlineExceeded, effects: 1, requests: 1},
		"late":         {fault: transporttest.Fault{Stall: time.Second}, status: 200, effects: 1, requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v, effects := echo()
				v.Inject(tc.fault)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				status, _, err := send(ctx, v.Transport(), "https://vendor.test/x", "hello")
				require.ErrorIs(t, err, tc.err)
				require.Equal(t, tc.status, status)
				require.EqualValues(t, tc.effects, effects.Load())
				require.Len(t, v.Requests(), tc.requests)
			})
		})
	}
}

// A matcher may read the body: the handler still gets it whole.
func TestVendor_MatchReadsBody(t *testing.T) {
	t.Parallel()
	v, _ := echo()
	holds := func(text string) func(*http.Request) bool {
		return func(r *http.Request) bool {
			body, err := io.ReadAll(r.Body)
			return err == nil && bytes.Contains(body, []byte(text))
		}
	}
	v.Inject(transporttest.Fault{Refuse: true, Match: holds("bad")}, transporttest.Fault{Status: 418, Match: holds("worse")})
	_, answer, err := send(t.Context(), v.Transport(), "https://vendor.test/", "good")
	require.NoError(t, err)
	require.Equal(t, "good", answer)
	require.Equal(t, "good", string(v.Requests()[0].Body))
	status, _, err := send(t.Context(), v.Transport(), "https://vendor.test/", "worse")
	require.NoError(t, err)
	require.Equal(t, 418, status)
	_, _, err = send(t.Context(), v.Transport(), "https://vendor.test/", "bad")
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestVendor_TimesAndProbability(t *testing.T) {
	t.Parallel()
	v, _ := echo()
	v.Inject(transporttest.Fault{Status: 500, Times: 2})
	v.InjectSeeded(7, transporttest.Fault{Status: 503, Probability: 0.25})
	counts := map[int]int{}
	for range 1000 {
		status, _, err := send(t.Context(), v.Transport(), "https://vendor.test/", "x")
		require.NoError(t, err)
		counts[status]++
	}
	require.Equal(t, 2, counts[500])
	require.InDelta(t, 250, counts[503], 50)
	v.Reset()
	require.Empty(t, v.Requests())
	status, _, err := send(t.Context(), v.Transport(), "https://vendor.test/", "x")
	require.NoError(t, err)
	require.Equal(t, 200, status)
}

func TestVendor_OverTCP(t *testing.T) {
	t.Parallel()
	v, effects := echo()
	v.State = func() any { return map[string]int32{"effects": effects.Load()} }
	base, stop, err := v.Start()
	require.NoError(t, err)
	t.Cleanup(stop)
	rt := &http.Transport{}
	t.Cleanup(rt.CloseIdleConnections)

	status, _, err := send(t.Context(), rt, base+"/_fake/faults", `{"status":503,"header":{"retry-after":"7"},"method":"POST","path":"/x"}`)
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, status)
	resp, err := (&http.Client{Transport: rt}).Post(base+"/x", "text/plain", strings.NewReader("hello"))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 503, resp.StatusCode)
	require.Equal(t, "7", resp.Header.Get("Retry-After"))

	v.Inject(transporttest.Fault{Reset: true, After: true})
	_, _, err = send(t.Context(), rt, base+"/x", "hello")
	require.Error(t, err)
	require.EqualValues(t, 1, effects.Load())

	for _, bad := range []string{"not json", `{"status":42}`} {
		status, _, err = send(t.Context(), rt, base+"/_fake/faults", bad)
		require.NoError(t, err)
		require.Equal(t, http.StatusBadRequest, status)
	}
	status, _, err = send(t.Context(), rt, base+"/_fake/reset", "")
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, status)
	require.Empty(t, v.Requests())
	_, _, err = transporttest.Listen("256.0.0.1:0", v)
	require.Error(t, err)
}
