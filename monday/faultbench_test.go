package monday_test

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// The faults of the transport's bench. A request is offered to each in turn:
// the later ones see fewer and hit a larger share of them.
var (
	// 10 % resets, half of them after the effect; 5 % 503 with Retry-After; 2 %
	// stalls after the effect, until the client gives up.
	sickVendor = []transporttest.Fault{
		{Reset: true, Probability: 0.05},
		{Reset: true, After: true, Probability: 0.05 / 0.95},
		{Status: 503, Header: http.Header{"Retry-After": {"1"}}, Probability: 0.05 / 0.90},
		{Stall: time.Hour, After: true, Probability: 0.02 / 0.85},
	}
	// 10 % of the dials fail, and the vendor is well.
	badNetwork = []transporttest.Fault{{Refuse: true, Probability: 0.10}}
)

// benched returns a client with so many tries that no run of bad luck ends
// them, in front of a vendor with those faults.
func benched(t *testing.T, faults []transporttest.Fault) (*monday.Client, *mondaytest.Server) {
	t.Helper()
	c, srv := setup(t, mondaytest.Config{Latency: 40 * time.Millisecond}, transport.WithMaxAttempts(40), transport.WithoutRetryQuota())
	srv.InjectSeeded(7, faults...)
	return c, srv
}

// 2,000 items, created one by one by 16 callers; the vendor counts.
func TestClient_CreateItem_FaultBench(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]transporttest.Fault{"sick vendor": sickVendor, "bad network": badNetwork} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, srv := benched(t, faults)
				var attempts atomic.Int64
				work := make(chan monday.CreateItemRequest)
				var callers sync.WaitGroup
				for range 16 {
					callers.Go(func() {
						for r := range work {
							r.Meta = new(monday.Meta)
							item, err := c.CreateItem(t.Context(), r)
							if err != nil || item.Name != r.Name {
								t.Errorf("%s: %q, %v", r.Name, item.Name, err)
							}
							attempts.Add(int64(r.Meta.Attempts))
						}
					})
				}
				for r := range leads(2000) {
					work <- r
				}
				close(work)
				callers.Wait()
				exactly(t, srv, 2000)
				require.Greater(t, attempts.Load(), int64(2100), "the faults were there")
			})
		})
	}
}

// The same in batches, several at once.
func TestClient_CreateItems_FaultBench(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]transporttest.Fault{"sick vendor": sickVendor, "bad network": badNetwork} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, srv := benched(t, faults)
				report, err := c.CreateItems(t.Context(), slices.Values(slices.Collect(leads(2000))), monday.Bulk{BatchSize: 5, Parallel: 4})
				require.NoError(t, err)
				require.Empty(t, report.Failed())
				require.Equal(t, 400, report.Calls)
				exactly(t, srv, 2000)
			})
		})
	}
}
