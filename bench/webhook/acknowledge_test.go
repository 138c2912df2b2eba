package webhook_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// job is what the inbox's hook enqueues per event: its worker loads the event.
type job struct {
	Event int64 `json:"event"`
}

func (job) Kind() string { return "event" }

func params(events []webhook.Delivery) []river.InsertManyParams {
	all := make([]river.InsertManyParams, len(events))
	for i, e := range events {
		all[i] = river.InsertManyParams{Args: job{e.ID}}
	}
	return all
}

// acknowledger is a store under test: an inbox whose hook enqueues a River job
// in the inserting transaction, beside group commits of plain INSERTs.
type acknowledger struct {
	inbox webhook.Inbox
	bare  *bareGroup
	// jobs counts the jobs stored.
	jobs func(b *testing.B) int64
}

// round is how many events one iteration puts in each way.
const round = 5000

// BenchmarkAcknowledge makes events of 1 KiB durable, inbox row and River job
// in one transaction, in turn with as many plain INSERTs in group commits, and
// ends with a table. One iteration is a round of 5,000 events each:
// -benchtime 15x takes the medians of 15 rounds.
func BenchmarkAcknowledge(b *testing.B) {
	t := newTable("store", "way", "clients", "bare events/s", "bare p99 ms", "events/s", "p50 ms", "p99 ms", "worst p99 ms", "of bare")
	for _, s := range []struct {
		name string
		open func(*testing.B) acknowledger
	}{{"SQLite FULL", openSQLite}, {"PostgreSQL", openPostgres}} {
		for _, w := range []way{{"in process", 64, inProcess}, {"in process", 32, inProcess}, {"HTTP", 64, post}} {
			b.Run(fmt.Sprintf("%s/%s/%d", s.name, w.name, w.clients), func(b *testing.B) {
				bare, ours := w.alternate(b, s.open(b))
				report(b, t, []string{s.name, w.name, fmt.Sprint(w.clients)}, bare, ours)
			})
		}
	}
	fmt.Println(t)
}

// way is how events reach the inbox.
type way struct {
	name    string
	clients int
	putter  func(b *testing.B, in webhook.Inbox, clients int) putFunc
}

func (w way) alternate(b *testing.B, a acknowledger) (bare, ours []pace) {
	b.Helper()
	put, n := w.putter(b, a.inbox, w.clients), 0
	for b.Loop() {
		bare = append(bare, drive(b, w.clients, n, a.bare.put))
		ours = append(ours, drive(b, w.clients, n, put))
		n += round
	}
	stats, err := a.inbox.Stats(b.Context())
	require.NoError(b, err)
	require.EqualValues(b, n, stats.Stored+stats.Duplicates)
	require.EqualValues(b, stats.Pending, a.jobs(b), "a job for each event and no other")
	return bare, ours
}

func report(b *testing.B, t *table, name []string, bare, ours []pace) {
	b.Helper()
	i := -1
	share := median(ours, func(p pace) float64 { i++; return p.perSecond / bare[i].perSecond })
	speed := func(p pace) float64 { return p.perSecond }
	p50 := func(p pace) float64 { return ms(p.p50) }
	p99 := func(p pace) float64 { return ms(p.p99) }
	b.ReportMetric(median(ours, speed), "events/s")
	b.ReportMetric(median(ours, p99), "p99-ms")
	b.ReportMetric(share, "of-bare")
	worst := slices.MaxFunc(ours, func(a, b pace) int { return cmp.Compare(a.p99, b.p99) })
	t.add(append(name, whole(median(bare, speed)), tenth(median(bare, p99)), whole(median(ours, speed)), tenth(median(ours, p50)),
		tenth(median(ours, p99)), tenth(p99(worst)), whole(share*100)+" %")...)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func tenth(n float64) string { return fmt.Sprintf("%.1f", n) }
