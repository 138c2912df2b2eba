// Package meter counts events and their rate over the last minute.
package meter

import (
	"sync"
	"time"
)

const window = 60 // seconds

// Meter counts. Its zero value is ready and safe for concurrent use.
type Meter struct {
	mu      sync.Mutex
	total   uint64
	slots   [window]uint64
	current int64 // the second of the newest slot
}

// Add counts n events now.
func (m *Meter) Add(n int) {
	if n <= 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.roll()
	m.total += uint64(n)
	m.slots[m.current%window] += uint64(n)
}

// Read returns the events counted so far, and per second over the last minute.
func (m *Meter) Read() (total uint64, perSecond float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.roll()
	sum := uint64(0)
	for _, n := range m.slots {
		sum += n
	}
	return m.total, float64(sum) / window
}

// roll empties the slots of the seconds that passed.
func (m *Meter) roll() {
	now := time.Now().Unix()
	for m.current = max(m.current, now-window); m.current < now; {
		m.current++
		m.slots[m.current%window] = 0
	}
}
