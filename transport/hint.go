package transport

import (
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxHint bounds every wait that a vendor can name, so that no arithmetic on
// it overflows. Client limits are far below it.
const maxHint = 10 * 365 * 24 * time.Hour

// RetryAfter reads a Retry-After header: seconds, also with a fraction, or
// any of the three HTTP date forms, relative to now. It returns 0 for an
// absent or unreadable value and never a negative one; a value too large to
// represent is clamped, not wrapped around.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if d, ok := parseSeconds(v); ok {
		return d
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(max(t.Sub(now), 0), maxHint)
	}
	return 0
}

// parseSeconds accepts digits with an optional fraction, nothing else: no
// sign, exponent, hexadecimal form or infinity.
func parseSeconds(v string) (time.Duration, bool) {
	for _, r := range v {
		if (r < '0' || r > '9') && r != '.' {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil && !math.IsInf(f, 1) {
		return 0, false
	}
	return Seconds(f), true
}

// Seconds turns a vendor's hint in seconds into a duration: never negative,
// never NaN, clamped instead of overflowing.
func Seconds(f float64) time.Duration {
	switch {
	case math.IsNaN(f) || f <= 0:
		return 0
	case f >= maxHint.Seconds():
		return maxHint
	}
	return time.Duration(f * float64(time.Second))
}

// backoff returns the wait before the retry with the given number (1 for the
// first): full jitter over an exponentially growing, capped range.
func backoff(retry int, base, limit time.Duration) time.Duration {
	ceiling := min(limit, maxHint)
	if shift := retry - 1; shift < 32 && base<<shift>>shift == base && base<<shift < ceiling {
		ceiling = base << shift
	}
	if ceiling <= 0 {
		return 0
	}
	return time.Duration(rand.Int64N(int64(ceiling) + 1))
}
