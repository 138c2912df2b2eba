package bench

import (
	"context"
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
