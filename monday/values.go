package monday

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Text is the value of a text column; "" empties it.
type Text string

func (v Text) wire() (any, error) {
	if v == "" {
		return nil, nil //nolint:nilnil // null empties any column
	}
	return string(v), nil
}

// LongText is the value of a long text column, at most 2,000 characters; ""
// empties it.
type LongText string

const maxLongText = 2000

func (v LongText) wire() (any, error) {
	if n := utf8.RuneCountInString(string(v)); n > maxLongText {
		return nil, problemf("has %d characters, at most %d are allowed", n, maxLongText)
	}
	if v == "" {
		return nil, nil //nolint:nilnil // null empties any column
	}
	return map[string]string{"text": string(v)}, nil
}

// Number is the value of a numbers column.
type Number float64

func (v Number) wire() (any, error) {
	f := float64(v)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, problem("is not a finite number")
	}
	return strconv.FormatFloat(f, 'f', -1, 64), nil
}

// Status is the value of a status column. Writing uses the label when there
// is one, else the index. A label that the column does not have is refused
// unless the request says CreateLabels.
type Status struct {
	Label string
	Index *int
	// Done says that the label counts as done; it is only read.
	Done bool
}

// maxStatusIndex is the last of a status column's 40 labels.
const maxStatusIndex = 39

func (v Status) wire() (any, error) {
	switch {
	case v.Label != "":
		return map[string]string{"label": v.Label}, nil
	case v.Index == nil:
		return nil, problem("has neither label nor index")
	case *v.Index < 0 || *v.Index > maxStatusIndex:
		return nil, problemf("has index %d, want 0 to %d", *v.Index, maxStatusIndex)
	}
	return map[string]int{"index": *v.Index}, nil
}

// Dropdown is the value of a dropdown column. Writing uses the labels when
// there are any, else the ids.
type Dropdown struct {
	Labels []string
	IDs    []string
}

func (v Dropdown) wire() (any, error) {
	if len(v.Labels) > 0 {
		return map[string][]string{"labels": v.Labels}, nil
	}
	return idList("ids", v.IDs)
}

// Date is the value of a date column: a day, or an instant in UTC, both when it
// is written and when it is read. ColumnValue.Text is what people see of it: in
// the time zone of the token's owner.
type Date struct {
	// Day is "2006-01-02".
	Day string
	// Time is "15:04:05" in UTC, "" for a whole day.
	Time string
}

// Day returns a date without time of day.
func Day(year int, month time.Month, day int) Date {
	return Date{Day: time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)}
}

// Instant returns the date and time of t, in UTC as monday wants it, to the
// second.
func Instant(t time.Time) Date {
	t = t.UTC()
	return Date{Day: t.Format(time.DateOnly), Time: t.Format(time.TimeOnly)}
}

// In returns the instant in a time zone; a whole day begins at its midnight.
func (v Date) In(loc *time.Location) (time.Time, error) {
	if v.Time == "" {
		return time.ParseInLocation(time.DateOnly, v.Day, loc)
	}
	t, err := time.Parse(time.DateTime, v.Day+" "+v.Time)
	return t.In(loc), err
}

func (v Date) wire() (any, error) {
	if err := checkDay("day", v.Day); err != nil {
		return nil, err
	}
	if v.Time == "" {
		return map[string]string{"date": v.Day}, nil
	}
	if _, err := time.Parse(time.TimeOnly, v.Time); err != nil {
		return nil, problemf("has time %q, want HH:MM:SS", v.Time)
	}
	return map[string]string{"date": v.Day, "time": v.Time}, nil
}

func checkDay(name, day string) error {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return problemf("has %s %q, want YYYY-MM-DD", name, day)
	}
	return nil
}

// Timeline is the value of a timeline column: two days, "2006-01-02".
type Timeline struct{ From, To string }

func (v Timeline) wire() (any, error) {
	if err := checkSpan(v.From, v.To); err != nil {
		return nil, err
	}
	return map[string]string{"from": v.From, "to": v.To}, nil
}

func checkSpan(from, to string) error {
	if err := checkDay("first day", from); err != nil {
		return err
	}
	if err := checkDay("last day", to); err != nil {
		return err
	}
	if to < from {
		return problemf("ends %s before it begins %s", to, from)
	}
	return nil
}

// Week is the value of a week column: its first and last day, "2006-01-02".
type Week struct{ Start, End string }

func (v Week) wire() (any, error) {
	if err := checkSpan(v.Start, v.End); err != nil {
		return nil, err
	}
	return map[string]any{"week": map[string]string{"startDate": v.Start, "endDate": v.End}}, nil
}

// Hour is the value of an hour column.
type Hour struct{ Hour, Minute int }

func (v Hour) wire() (any, error) {
	if v.Hour < 0 || v.Hour > 23 || v.Minute < 0 || v.Minute > 59 {
		return nil, problemf("is %d:%02d, want 0:00 to 23:59", v.Hour, v.Minute)
	}
	return map[string]int{"hour": v.Hour, "minute": v.Minute}, nil
}

// Link is the value of a link column; Text is what is shown, "" for the URL.
type Link struct{ URL, Text string }

func (v Link) wire() (any, error) {
	if v.URL == "" {
		return nil, problem("has no URL")
	}
	return map[string]string{"url": v.URL, "text": orElse(v.Text, v.URL)}, nil
}

// Checkbox is the value of a checkbox column.
type Checkbox bool

func (v Checkbox) wire() (any, error) {
	if !v {
		return nil, nil //nolint:nilnil // null is the vendor's form of unchecked
	}
	return map[string]string{"checked": "true"}, nil
}

// Rating is the value of a rating column; 0 empties it.
type Rating int

func (v Rating) wire() (any, error) {
	if v < 0 {
		return nil, problemf("is %d", int(v))
	}
	if v == 0 {
		return nil, nil //nolint:nilnil // null empties any column
	}
	return map[string]int{"rating": int(v)}, nil
}

// Color is the value of a color picker column: "#rrggbb".
type Color string

func (v Color) wire() (any, error) {
	if len(v) != 7 || v[0] != '#' || strings.Trim(string(v[1:]), "0123456789abcdefABCDEF") != "" {
		return nil, problemf("is %q, want #rrggbb", string(v))
	}
	return map[string]any{"color": map[string]string{"hex": string(v)}}, nil
}

// ReadOnly is what a column holds that monday computes or that has no type
// here. It can be read and not written.
type ReadOnly struct {
	// Type is monday's name of the column type.
	Type string
	// Display is the text that monday shows.
	Display string
	// JSON is the raw value, nil without one.
	JSON json.RawMessage
}

func (v ReadOnly) wire() (any, error) {
	return nil, problemf("is of type %s, which cannot be written", v.Type)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
