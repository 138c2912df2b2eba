package webhook_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// BenchmarkVerify verifies the same signed message with the bare primitive,
// with ours and with the sender's own library, in turn, and ends with a table.
// One iteration is a round of 200 calls each: -benchtime 41x takes the medians
// of 41 rounds.
func BenchmarkVerify(b *testing.B) {
	t := newTable("scheme", "size", "bare ns", "ours ns", "ours B", "ours allocs", "ours / bare", "peer", "peer ns", "peer B", "peer allocs", "peer / bare")
	for _, p := range peers(b) {
		for _, kib := range []int{1, 20} {
			b.Run(fmt.Sprintf("%s/%dKiB", p.name, kib), func(b *testing.B) {
				costs := p.compare(b, kib<<10)
				bare, ours, theirs := costs[0], costs[1], costs[2]
				b.ReportMetric(ours.share, "ours-x-bare")
				b.ReportMetric(theirs.share, "peer-x-bare")
				t.add(string(p.scheme), fmt.Sprint(kib, " KiB"), whole(bare.ns), whole(ours.ns), whole(ours.bytes), whole(ours.allocs), ratio(ours.share),
					p.name, whole(theirs.ns), whole(theirs.bytes), whole(theirs.allocs), ratio(theirs.share))
			})
		}
	}
	fmt.Println(t)
}

func whole(n float64) string { return fmt.Sprintf("%.0f", n) }

func ratio(n float64) string { return fmt.Sprintf("%.2f", n) }

func (p peer) compare(b *testing.B, size int) []cost {
	b.Helper()
	m := p.message(b, size)
	v, theirs := p.ours(b), p.verifier(b, m)
	return alternate(b, []side{
		{"bare", p.bare(m)},
		{"ours", func() error { _, err := v.Verify(m); return err }},
		{p.name, func() error { return theirs(m) }},
	})
}

// TestPeers_Agree shows that both sides of each pair do the same work: they
// take the message and refuse it with one bit changed.
func TestPeers_Agree(t *testing.T) {
	t.Parallel()
	for _, p := range peers(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			m := p.message(t, 1<<10)
			v := p.ours(t)
			_, err := v.Verify(m)
			require.NoError(t, err)
			require.NoError(t, p.verifier(t, m)(m))

			m.Body[len(m.Body)/2] ^= 1
			_, err = v.Verify(m)
			require.ErrorIs(t, err, webhook.ErrMismatch)
			require.Error(t, p.verifier(t, m)(m))
		})
	}
}
