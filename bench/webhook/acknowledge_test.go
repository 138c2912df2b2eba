package webhook_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// job is for one event: its worker loads it.
type job struct {
	Event int64 `json:"event"`
}

func (job) Kind() string { return "event" }

// group is for all new events of a transaction: its worker calls WorkIDs.
type group struct {
	Events []int64 `json:"events"`
}

func (group) Kind() string { return "events" }

// hook makes the jobs of a transaction's new events.
type hook struct {
	name    string
	jobs    func(events []webhook.Delivery) []river.InsertManyParams
	grouped bool // their arguments are group, else job
}

var hooks = []hook{{"a job per event", perEvent, false}, {"a job per transaction", perTransaction, true}}

func perEvent(events []webhook.Delivery) []river.InsertManyParams {
	all := make([]river.InsertManyParams, len(events))
	for i, e := range events {
		all[i] = river.InsertManyParams{Args: job{e.ID}}
	}
	return all
}

func perTransaction(events []webhook.Delivery) []river.InsertManyParams {
	ids := make([]int64, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	return []river.InsertManyParams{{Args: group{ids}}}
}

// acknowledger is an inbox whose hook enqueues River jobs in the inserting
// transaction.
type acknowledger struct {
	jobs  string // how they are made
	inbox webhook.Inbox
	// enqueued counts the events of the jobs stored.
	enqueued func(b *testing.B) int64
}

// round is how many events one iteration puts in each way.
const round = 5000

// BenchmarkAcknowledge makes events of 1 KiB durable, inbox row and River job
// in one transaction, with a job per event and with one per transaction, in turn
// with as many plain INSERTs in group commits, and ends with a table. One
// iteration is a round of 5,000 events each: -benchtime 15x takes the medians
// of 15 rounds.
func BenchmarkAcknowledge(b *testing.B) {
	t := newTable("store", "way", "clients", "bare events/s", "bare p99 ms", "jobs", "events/s", "p50 ms", "p99 ms", "worst p99 ms", "of bare")
	for _, s := range []struct {
		name string
		open func(*testing.B) (*bareGroup, []acknowledger)
	}{{"SQLite FULL", openSQLite}, {"PostgreSQL", openPostgres}} {
		for _, w := range []way{{"in process", 64, inProcess}, {"in process", 32, inProcess}, {"HTTP", 64, post}} {
			b.Run(fmt.Sprintf("%s/%s/%d", s.name, w.name, w.clients), func(b *testing.B) {
				bare, all := s.open(b)
				w.alternate(b, t, s.name, bare, all)
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

func (w way) alternate(b *testing.B, t *table, store string, g *bareGroup, all []acknowledger) {
	b.Helper()
	puts, n := make([]putFunc, len(all)), 0
	for i, a := range all {
		puts[i] = w.putter(b, a.inbox, w.clients)
	}
	var bare []pace
	ours := make([][]pace, len(all))
	for b.Loop() {
		bare = append(bare, drive(b, w.clients, n, g.put))
		for i, put := range puts {
			ours[i] = append(ours[i], drive(b, w.clients, n, put))
		}
		n += round
	}
	for i, a := range all {
		stats, err := a.inbox.Stats(b.Context())
		require.NoError(b, err)
		require.EqualValues(b, n, stats.Stored+stats.Duplicates)
		require.Equal(b, stats.Pending, a.enqueued(b), "each event in one job and no other")
		report(b, t, []string{store, w.name, fmt.Sprint(w.clients)}, a.jobs, bare, ours[i])
	}
}

func report(b *testing.B, t *table, name []string, jobs string, bare, ours []pace) {
	b.Helper()
	i := -1
	share := median(ours, func(p pace) float64 { i++; return p.perSecond / bare[i].perSecond })
	speed := func(p pace) float64 { return p.perSecond }
	p50 := func(p pace) float64 { return ms(p.p50) }
	p99 := func(p pace) float64 { return ms(p.p99) }
	unit := strings.ReplaceAll(jobs, " ", "-") + "-"
	b.ReportMetric(median(ours, speed), unit+"events/s")
	b.ReportMetric(median(ours, p99), unit+"p99-ms")
	b.ReportMetric(share, unit+"of-bare")
	worst := slices.MaxFunc(ours, func(a, b pace) int { return cmp.Compare(a.p99, b.p99) })
	t.add(append(name, whole(median(bare, speed)), tenth(median(bare, p99)), jobs, whole(median(ours, speed)), tenth(median(ours, p50)),
		tenth(median(ours, p99)), tenth(p99(worst)), whole(share*100)+" %")...)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func tenth(n float64) string { return fmt.Sprintf("%.1f", n) }
