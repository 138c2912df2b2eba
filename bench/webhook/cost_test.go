package webhook_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// cost is what one call of a side took.
type cost struct{ ns, bytes, allocs, share float64 }

// side is one of the ways to do the same work; the first of several is what
// the others are compared with.
type side struct {
	name string
	run  func() error
}

// block is how many calls of one side run before the next side has its turn.
const block = 200

// alternate lets the sides work in turn for b.N rounds, so that a busy machine
// slows all of them, and returns the medians.
func alternate(b *testing.B, sides []side) []cost {
	b.Helper()
	rounds := make([][]cost, len(sides))
	for b.Loop() {
		first := 0.0
		for i, s := range sides {
			c := measure(b, s)
			if i == 0 {
				first = c.ns
			}
			c.share = c.ns / first
			rounds[i] = append(rounds[i], c)
		}
	}
	medians := make([]cost, len(sides))
	for i, of := range rounds {
		medians[i] = cost{
			median(of, func(c cost) float64 { return c.ns }), median(of, func(c cost) float64 { return c.bytes }),
			median(of, func(c cost) float64 { return c.allocs }), median(of, func(c cost) float64 { return c.share }),
		}
	}
	return medians
}

func measure(b *testing.B, s side) cost {
	b.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	for range block {
		if err := s.run(); err != nil {
			b.Fatal(s.name, err)
		}
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	return cost{
		ns:     float64(took) / block,
		bytes:  float64(after.TotalAlloc-before.TotalAlloc) / block,
		allocs: float64(after.Mallocs-before.Mallocs) / block,
	}
}

func median[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, len(all))
	for i, one := range all {
		values[i] = of(one)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// table is Markdown, written once all rows are there.
type table struct{ lines []string }

func newTable(columns ...string) *table {
	return &table{[]string{row(columns), strings.Repeat("|---", len(columns)) + "|"}}
}

func (t *table) add(cells ...string) { t.lines = append(t.lines, row(cells)) }

func (t *table) String() string { return "\n" + strings.Join(t.lines, "\n") }

func row(cells []string) string { return fmt.Sprintf("| %s |", strings.Join(cells, " | ")) }
