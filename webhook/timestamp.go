package webhook

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TimeFormat says how a signed time is written. Times that break the format
// are refused: "+1700000000", leading zeros, a leap second, another unit.
type TimeFormat int

const (
	// UnixSeconds is a count of seconds, "1700000000".
	UnixSeconds TimeFormat = iota
	// UnixMillis is a count of milliseconds, "1700000000000".
	UnixMillis
	// RFC3339 is a date and time, "2023-11-14T22:13:20.5Z".
	RFC3339
	// AnyTime is one of the above, told apart by its look: for senders that do
	// not say. Signers write seconds.
	AnyTime
)

// NoTolerance switches the check of the signed time off, to replay stored
// messages for example. The time must still be there and well formed.
const NoTolerance = time.Duration(-1)

// parse reads s. Fixed demands the width that the counts have had since 2001
// and keep until 2286: needed where nothing separates the time from its
// neighbours in the signed text, or bytes could move between them.
func (f TimeFormat) parse(s string, fixed bool) (time.Time, bool) {
	if f == AnyTime {
		f = guessFormat(s)
	}
	if f == RFC3339 {
		t, err := time.Parse(time.RFC3339Nano, s)
		return t, err == nil && isRFC3339(s)
	}
	if f == UnixMillis {
		n, ok := canonicalUint(s, 13, fixed)
		return time.UnixMilli(n), ok
	}
	n, ok := canonicalUint(s, 10, fixed)
	return time.Unix(n, 0), ok
}

// isRFC3339 refuses what time.Parse lets pass besides the values of its
// fields: a comma, an hour of one digit, and more digits than nanoseconds.
func isRFC3339(s string) bool {
	const layout = "0000-00-00T00:00:00"
	if len(s) < len(layout) || !matches(s[:len(layout)], layout) {
		return false
	}
	zone := s[len(layout):]
	if fraction, ok := strings.CutPrefix(zone, "."); ok {
		zone = strings.TrimLeft(fraction, "0123456789")
		if n := len(fraction) - len(zone); n < 1 || n > 9 {
			return false
		}
	}
	return zone == "Z" || matches(zone, "+00:00") || matches(zone, "-00:00")
}

// matches compares s with a layout in which 0 stands for any digit.
func matches(s, layout string) bool {
	if len(s) != len(layout) {
		return false
	}
	for i, c := range []byte(layout) {
		if isDigit := s[i] >= '0' && s[i] <= '9'; c == '0' && !isDigit || c != '0' && c != s[i] {
			return false
		}
	}
	return true
}

func guessFormat(s string) TimeFormat {
	switch {
	case strings.ContainsRune(s, 'T'):
		return RFC3339
	case len(s) > 12:
		return UnixMillis
	}
	return UnixSeconds
}

func (f TimeFormat) format(t time.Time) string {
	switch f {
	case RFC3339:
		return t.UTC().Format(time.RFC3339Nano)
	case UnixMillis:
		return strconv.FormatInt(t.UnixMilli(), 10)
	default:
		return strconv.FormatInt(t.Unix(), 10)
	}
}

// canonicalUint reads decimal digits without sign or leading zero, exactly
// width of them if fixed, else at most two more than width.
func canonicalUint(s string, width int, fixed bool) (int64, bool) {
	if len(s) == 0 || len(s) > width+2 || fixed && len(s) != width || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	var n int64
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// checkWindow refuses a signed time further than tolerance from now. The
// widest canonical time is the year 5138, so nothing here can overflow: Sub
// saturates at 292 years.
func checkWindow(signed, now time.Time, tolerance time.Duration) error {
	age := now.Sub(signed)
	switch {
	case tolerance < 0:
		return nil
	case age > tolerance:
		return fmt.Errorf("%w: signed more than %v ago", ErrTooOld, tolerance)
	case age < -tolerance:
		return fmt.Errorf("%w: signed more than %v ahead", ErrTooNew, tolerance)
	}
	return nil
}
