// Package dudect looks for timing leaks as dudect does: it times two classes
// of input in random order and compares them by Welch's t-test. A function
// that treats both classes alike stays below Threshold; one that stops at the
// first difference does not.
package dudect

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Threshold is the |t| from which on the classes are told apart.
const Threshold = 4.5

// Subject is a function to time. First and Last run it on input that is wrong
// in its first and in its last byte.
type Subject struct {
	Name        string
	First, Last func(input int)
	// Inputs is how many inputs each class has, one when zero. Give many where
	// what a call takes depends on the input by nature: then the inputs are what
	// is compared, each by the mean of its calls, because more calls on the same
	// few say nothing about the classes.
	Inputs int
	// Leaks marks a control, which must be told apart.
	Leaks bool
}

// Plan says how much to measure.
type Plan struct {
	Rounds int           // of both classes together
	Batch  int           // most calls timed together
	Round  time.Duration // about what a round may take: slow subjects get smaller batches
}

// Measure times the classes in random order and returns Welch's t of what is
// left when the slowest tenth, of both classes alike, is dropped.
func (p Plan) Measure(s Subject) float64 {
	batch := p.batch(s)
	samples := make([]sample, p.Rounds)
	for i := range samples {
		last, input := rand.Uint64()&1 == 1, rand.IntN(max(s.Inputs, 1))
		call := s.First
		if last {
			call = s.Last
		}
		began := time.Now()
		for range batch {
			call(input)
		}
		samples[i] = sample{last, input, float64(time.Since(began).Nanoseconds()) / float64(batch)}
	}
	samples = crop(samples)
	if s.Inputs > 1 {
		samples = byInput(samples)
	}
	return welch(samples)
}

// batch warms s up and returns how many calls fit into a round.
func (p Plan) batch(s Subject) int {
	const calls = 20
	began := time.Now()
	for i := range calls {
		s.First(i % max(s.Inputs, 1))
		s.Last(i % max(s.Inputs, 1))
	}
	each := max(time.Since(began)/(2*calls), 1)
	return min(max(int(p.Round/each), 1), p.Batch)
}

type sample struct {
	last  bool
	input int
	nanos float64
}

// crop drops the slowest tenth: interruptions, which say nothing.
func crop(samples []sample) []sample {
	slices.SortFunc(samples, func(a, b sample) int { return cmp.Compare(a.nanos, b.nanos) })
	return samples[:len(samples)*9/10]
}

// byInput joins the samples of an input to one, their mean.
func byInput(samples []sample) []sample {
	key := func(s sample) sample { return sample{last: s.last, input: s.input} }
	sums, counts := map[sample]float64{}, map[sample]float64{}
	for _, s := range samples {
		sums[key(s)] += s.nanos
		counts[key(s)]++
	}
	means := make([]sample, 0, len(sums))
	for k, sum := range sums {
		means = append(means, sample{k.last, k.input, sum / counts[k]})
	}
	return means
}

// welch returns Welch's t of the two classes.
func welch(samples []sample) float64 {
	var n, mean, squares [2]float64
	for _, s := range samples {
		class := 0
		if s.last {
			class = 1
		}
		n[class]++
		delta := s.nanos - mean[class]
		mean[class] += delta / n[class]
		squares[class] += delta * (s.nanos - mean[class])
	}
	variance := func(class int) float64 { return squares[class] / (n[class] - 1) / n[class] }
	return (mean[1] - mean[0]) / math.Sqrt(variance(0)+variance(1))
}

// Report measures the subjects, writes a table and reports whether each came
// out as it should. One that did not is measured again, up to twice: a leak
// shows every time, a disturbance of the machine does not.
func (p Plan) Report(w io.Writer, subjects []Subject) bool {
	all := true
	for _, s := range subjects {
		var t float64
		right := false
		for range 3 {
			t = p.Measure(s)
			if right = (math.Abs(t) >= Threshold) == s.Leaks; right {
				break
			}
		}
		verdict := "constant"
		if math.Abs(t) >= Threshold {
			verdict = "LEAKS"
		}
		if s.Leaks {
			verdict += " (control)"
		}
		_, _ = fmt.Fprintf(w, "%-28s t = %8.2f  %s\n", s.Name, t, verdict)
		all = all && right
	}
	return all
}
