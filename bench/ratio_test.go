package bench

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

// TestRatio times blocks of calls in turn, so that a busy machine slows all
// clients alike, in another order each round, so that nobody always clears up
// after the same neighbour, and reports the median ratio to net/http. It is a
// measurement: times are no gate.
func TestRatio(t *testing.T) {
	const rounds = 101
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
			took := inTurn(t, all)
			for name, d := range took {
				ratios[name] = append(ratios[name], float64(d)/float64(took["net/http"]))
			}
		}
		for _, name := range posterNames {
			slices.Sort(ratios[name])
			t.Logf("| %-8s | %-32s | %.2f |", where, name, ratios[name][rounds/2])
		}
	}
}

// inTurn times a block of calls of each client.
func inTurn(t *testing.T, all map[string]poster) map[string]time.Duration {
	t.Helper()
	const block = 100
	names := slices.Clone(posterNames)
	rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	took := map[string]time.Duration{}
	for _, name := range names {
		start := time.Now()
		for range block {
			_, err := all[name](context.Background())
			require.NoError(t, err, name)
		}
		took[name] = time.Since(start)
	}
	return took
}
