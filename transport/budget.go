package transport

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Budget is what a vendor says about a limit. The zero value says nothing.
type Budget struct {
	// Limit is the number of units in a window, 0 when not told.
	Limit int
	// Remaining is how many are left; Known says that it was told.
	Remaining int
	Known     bool
	// Window is the window's length, 0 when not told.
	Window time.Duration
	// Reset is when the next window will have begun for certain, 0 when not
	// told: hints in whole seconds are rounded up.
	Reset time.Duration
}

// budget prefers what a judge found in the body.
func (f *Feedback) budget(policy string, now time.Time) Budget {
	if f.Budget != (Budget{}) || f.Header == nil {
		return f.Budget
	}
	return BudgetFromHeader(f.Header, policy, now)
}

// BudgetFromHeader reads the limit fields of an answer received at now:
// RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers, also
// in the form of its early versions), RateLimit-Limit, -Remaining and -Reset,
// and the same with X- in front, with a reset in seconds, in Unix time or as a
// duration like "1m30s". With several policies the named one counts, or the
// first when policy is "". What cannot be read counts as not told.
func BudgetFromHeader(h http.Header, policy string, now time.Time) Budget {
	var b Budget
	for _, prefix := range []string{"X-Ratelimit-", "Ratelimit-"} {
		b.readCounters(h, prefix, now)
	}
	for it := range members(h["Ratelimit-Policy"]) {
		if policy == "" || it.name == policy {
			setCount(&b.Limit, it.param("q"))
			b.Window = wholeSeconds(it.param("w"))
			break
		}
	}
	b.readState(h, policy)
	if b.Window > 0 && b.Reset > b.Window {
		b.Reset = b.Window // no window lasts longer, however the seconds were rounded
	}
	return b
}

// readCounters reads three fields with a number each.
func (b *Budget) readCounters(h http.Header, prefix string, now time.Time) {
	limit, rest, _ := strings.Cut(first(h[prefix+"Limit"]), ",")
	setCount(&b.Limit, limit)
	if _, window, ok := strings.Cut(rest, ";w="); ok {
		b.Window = wholeSeconds(window)
	}
	if n, ok := count(first(h[prefix+"Remaining"])); ok {
		b.Remaining, b.Known = n, true
	}
	if reset := resetIn(first(h[prefix+"Reset"]), h, now); reset > 0 {
		b.Reset = reset
	}
}

// readState reads the RateLimit field: items with parameters, or in early
// drafts a dictionary.
func (b *Budget) readState(h http.Header, policy string) {
	for it := range members(h["Ratelimit"]) {
		switch n, isCount := count(it.value); {
		case isCount && it.name == "limit":
			b.Limit = n
		case isCount && it.name == "remaining":
			b.Remaining, b.Known = n, true
		case isCount && it.name == "reset":
			b.Reset = roundedUp(it.value)
		case it.value == "" && (policy == "" || it.name == policy):
			if r, ok := count(it.param("r")); ok {
				b.Remaining, b.Known = r, true
			}
			if t := it.param("t"); t != "" {
				b.Reset = roundedUp(t)
			}
			return
		}
	}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// count reads a number of units; decimals, as some vendors write them, are cut.
func count(s string) (int, bool) {
	whole, _, _ := strings.Cut(strings.TrimSpace(s), ".")
	n, err := strconv.ParseInt(whole, 10, 32)
	return int(n), err == nil && n >= 0
}

func setCount(n *int, s string) {
	if v, ok := count(s); ok {
		*n = v
	}
}

func wholeSeconds(s string) time.Duration {
	d, _ := parseSeconds(strings.TrimSpace(s))
	return d
}

// roundedUp reads seconds that the vendor may have rounded down.
func roundedUp(s string) time.Duration {
	s = strings.TrimSpace(s)
	d, ok := parseSeconds(s)
	if !ok {
		return 0
	}
	if !strings.Contains(s, ".") {
		d += time.Second
	}
	return d
}

// resetIn reads a reset hint in one of its many forms.
func resetIn(s string, h http.Header, now time.Time) time.Duration {
	s = strings.TrimSpace(s)
	if d, err := time.ParseDuration(s); err == nil && !strings.ContainsAny(s, "+-") && strings.ContainsAny(s, "hms") {
		return min(d, maxHint)
	}
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil || !(f >= 0) || strings.ContainsAny(s, "+-xXpPeE_iInN"):
		return 0
	case f < 1e8: // three years: nobody waits that long
		return roundedUp(s)
	case f >= 1e12:
		f /= 1000 // milliseconds
	}
	// The vendor's own clock counts; its Date is cut to whole seconds, so the
	// difference is rounded up.
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return Seconds(f - float64(now.UnixNano())/1e9)
}
