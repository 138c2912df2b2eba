package booksy

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"
)

// Slot is a free time. The contract does not say what an element of
// available_slots looks like, so strings ("10:00", "2026-11-23T10:00") and
// objects (time, start_time or start; date, service_id, staff_id) are read.
type Slot struct {
	// Date is YYYY-MM-DD; the date asked for when the answer does not say.
	Date string `json:"date"`
	// Time is HH:MM, or the answer's own text where that holds no such time;
	// "" when an object has none.
	Time string `json:"time"`
	// ServiceID and StaffID are those asked for unless the answer says otherwise.
	ServiceID string `json:"service_id"`
	StaffID   string `json:"staff_id"`
	// Raw is the element as it arrived.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON reads a slot from a string or an object.
func (s *Slot) UnmarshalJSON(b []byte) error {
	var moment string
	if json.Unmarshal(b, &moment) == nil && string(b) != "null" {
		*s = Slot{Raw: append(json.RawMessage(nil), b...)}
		s.Date, s.Time = splitMoment(moment)
		return nil
	}
	var w struct {
		Date      string `json:"date"`
		Time      string `json:"time"`
		StartTime string `json:"start_time"`
		Start     string `json:"start"`
		ServiceID flexID `json:"service_id"`
		StaffID   flexID `json:"staff_id"`
	}
	if err := json.Unmarshal(b, &w); err != nil || string(b) == "null" {
		return errors.New("a slot is neither a string nor an object with texts")
	}
	*s = Slot{ServiceID: string(w.ServiceID), StaffID: string(w.StaffID), Raw: append(json.RawMessage(nil), b...)}
	s.Date, s.Time = splitMoment(cmp.Or(w.Time, w.StartTime, w.Start))
	s.Date = cmp.Or(shortDate(w.Date), s.Date)
	return nil
}

// splitMoment takes "2026-11-23T10:00:00+01:00" apart. Times are local to the
// business, so an offset is dropped, never applied.
func splitMoment(s string) (date, clock string) {
	if i := strings.IndexAny(s, "T "); i == len("2026-11-23") && validDate(s[:i]) {
		return s[:i], shortTime(s[i+1:])
	}
	return "", shortTime(s)
}

// shortTime cuts "10:00:00" down to "10:00"; what is no time stays as it is.
func shortTime(s string) string {
	if len(s) > len("10:00") && validTime(s[:5]) && strings.ContainsRune(":Z+-", rune(s[5])) {
		return s[:5]
	}
	return s
}

// shortDate cuts "2026-11-23T00:00:00" down to "2026-11-23".
func shortDate(s string) string {
	if len(s) > len("2026-11-23") && validDate(s[:10]) && s[10] == 'T' {
		return s[:10]
	}
	return s
}
