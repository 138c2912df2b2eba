package bench

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

// TestRatio times blocks of calls in turn, so that a busy machine slows all
// clients alike, and reports the median ratio to net/http. It is a
// measurement: times are no gate.
func TestRatio(t *testing.T) {
	const rounds, block = 41, 200
	rt := pooled()
	defer rt.CloseIdleConnections()
	base := loopback(t)
	onTCP := posters(t, base, rt)
	onTCP["centrala"] = ours(t, base, nil)
	onTCP["centrala without attempt timeout"] = ours(t, base, nil, transport.WithAttemptTimeout(0))
	inMemory := posters(t, "https://vendor.test", memory{200, createdJSON})
	inMemory["centrala without attempt timeout"] = ours(t, "https://vendor.test", memory{200, createdJSON}, transport.WithAttemptTimeout(0))
	for where, all := range map[string]map[string]poster{"loopback": onTCP, "memory": inMemory} {
		ratios := map[string][]float64{}
		for range rounds {
			var naive time.Duration
			for _, name := range posterNames {
				start := time.Now()
				for range block {
					_, err := all[name](context.Background())
					require.NoError(t, err, name)
				}
				took := time.Since(start)
				if name == "net/http" {
					naive = took
				}
				ratios[name] = append(ratios[name], float64(took)/float64(naive))
			}
		}
		for _, name := range posterNames {
			slices.Sort(ratios[name])
			t.Logf("| %-8s | %-32s | %.2f |", where, name, ratios[name][rounds/2])
		}
	}
}
