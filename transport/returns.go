package transport

import "time"

// returns holds the units that come back at a known time, soonest first, in a
// ring that is reused.
type returns struct {
	ring  []due
	first int
	count int
}

type due struct {
	at    time.Time
	units int
}

func (r *returns) index(i int) *due { return &r.ring[(r.first+i)%len(r.ring)] }

// add inserts units that come back at t; nearly always that is at the end.
func (r *returns) add(t time.Time, units int) {
	if r.count == len(r.ring) {
		r.grow()
	}
	i := r.count
	r.count++
	for ; i > 0 && r.index(i-1).at.After(t); i-- {
		*r.index(i) = *r.index(i - 1)
	}
	*r.index(i) = due{t, units}
}

func (r *returns) grow() {
	next := make([]due, max(2*len(r.ring), 16))
	for i := range r.count {
		next[i] = *r.index(i)
	}
	r.ring, r.first = next, 0
}

// due removes what has come back by now and returns its units.
func (r *returns) due(now time.Time) (units int) {
	for r.count > 0 && !r.index(0).at.After(now) {
		units += r.index(0).units
		r.first = (r.first + 1) % len(r.ring)
		r.count--
	}
	return units
}

// after returns when that many units have come back, or otherwise when no such
// time is known.
func (r *returns) after(units int, otherwise time.Time) time.Time {
	for i := range r.count {
		d := r.index(i)
		if units -= d.units; units <= 0 {
			return d.at
		}
	}
	return otherwise
}
