package bench

import (
	"context"
	"net/http"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

// allocations are exact where times are not: these are the gates that a test
// can hold.
func allocations(t *testing.T, do func()) float64 {
	t.Helper()
	do()
	return testing.AllocsPerRun(200, do)
}

func TestGate_Allocations(t *testing.T) {
	post := ours(t, "https://vendor.test", memory{200, createdJSON}, transport.WithAttemptTimeout(0))
	got := allocations(t, func() { _, _ = post(context.Background()) })
	t.Logf("generic POST: %v allocations", got)
	require.LessOrEqual(t, got, 34.0)
	for name, limit := range map[string]float64{"Twilio": 40, "SendGrid": 27, "GraphQL": 121} {
		for _, tc := range typed {
			if tc.name != name {
				continue
			}
			call := tc.make(t)["centrala"]
			require.NoError(t, call(t.Context()))
			got := allocations(t, func() { _ = call(context.Background()) })
			t.Logf("%s: %v allocations, gate %v", name, got, limit)
			require.LessOrEqual(t, got, limit, name)
		}
	}
	w := transport.NewWindow(1<<40, 1)
	require.Zero(t, allocations(t, func() {
		p, err := w.Acquire(context.Background(), 1)
		if err == nil {
			w.Settle(p, transport.Feedback{Sent: true})
		}
	}))
}

// bytesPerCall is how many bytes a call allocates.
func bytesPerCall(do func()) uint64 {
	const calls = 1000
	do()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		do()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / calls
}

// A call with limit, quota, outcome and redaction takes less memory than the
// same call by hand. The limiter is one that remembers no calls.
func TestGate_Bytes(t *testing.T) {
	rt := memory{200, createdJSON}
	post := ours(t, "https://vendor.test", rt, transport.WithAttemptTimeout(0), transport.WithLimiters(transport.NewConcurrency(1)))
	byHand := httpPoster(&http.Client{Transport: rt}, "https://vendor.test")
	got := bytesPerCall(func() { _, _ = post(context.Background()) })
	want := bytesPerCall(func() { _, _ = byHand(context.Background()) })
	t.Logf("generic POST: %d bytes, net/http by hand %d", got, want)
	require.LessOrEqual(t, got, uint64(2400))
	require.Less(t, got, want)
}
