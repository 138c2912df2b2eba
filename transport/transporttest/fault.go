package transporttest

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"time"
)

// Fault is something that goes wrong with a request. The zero value does
// nothing; set what should happen.
type Fault struct {
	// Match selects requests; nil means all. It may read the body, and must
	// not call the Vendor, which waits for it.
	Match func(*http.Request) bool
	// After says that the vendor carries the request out first.
	After bool
	// Refuse fails the dial: the request is not sent. Only in memory.
	Refuse bool
	// Reset breaks the connection instead of answering.
	Reset bool
	// Stall delays the answer, or the reset, by this long or until the client
	// gives up.
	Stall time.Duration
	// Status answers with this status instead of the vendor's answer, with
	// Header and Body.
	Status int
	Header http.Header
	Body   string
	// Times is how many matching requests it hits; 0 means 1, negative all.
	Times int
	// Probability hits only this share of the matching requests; 0 means all.
	Probability float64
}

func (f *Fault) broken() bool { return f.Reset || f.Refuse }

func (f *Fault) write(w http.ResponseWriter) {
	for name, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body))
}

// armed is a fault with what is left of it.
type armed struct {
	Fault
	left int
	rand *rand.Rand
}

// Inject queues faults. Each request gets the first fault that matches it and
// has hits left, so faults given in order happen in order.
func (v *Vendor) Inject(faults ...Fault) { v.InjectSeeded(1, faults...) }

// InjectSeeded is Inject with a seed for faults that have a probability.
func (v *Vendor) InjectSeeded(seed uint64, faults ...Fault) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, f := range faults {
		left := f.Times
		if left == 0 {
			left = 1
		}
		if f.Probability > 0 && f.Times == 0 {
			left = -1
		}
		v.faults = append(v.faults, &armed{Fault: f, left: left, rand: rand.New(rand.NewPCG(seed, uint64(i)))})
	}
}

// take returns the fault for r, nil for none. A matcher may read the body.
func (v *Vendor) take(r *http.Request, body []byte) *Fault {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, a := range v.faults {
		r.Body = io.NopCloser(bytes.NewReader(body))
		if a.left == 0 || (a.Match != nil && !a.Match(r)) {
			continue
		}
		if a.Probability > 0 && a.rand.Float64() >= a.Probability {
			continue
		}
		if a.left > 0 {
			a.left--
		}
		return &a.Fault
	}
	return nil
}

// PathIs returns a matcher for requests to a path.
func PathIs(path string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.URL.Path == path }
}

// MethodIs returns a matcher for requests with a method.
func MethodIs(method string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == method }
}
