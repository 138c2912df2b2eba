package monday

import (
	"encoding/json"
	"time"
)

// StatusIs selects items whose status or dropdown column has one of the
// labels with these indexes or ids. monday does not find labels by text here.
func StatusIs(columnID string, index ...int) Rule { return rule(columnID, "any_of", index) }

// StatusIsNot is the opposite of StatusIs.
func StatusIsNot(columnID string, index ...int) Rule { return rule(columnID, "not_any_of", index) }

// TextIs selects items whose text is one of values.
func TextIs(columnID string, values ...string) Rule { return rule(columnID, "any_of", values) }

// Contains selects items whose text contains a text.
func Contains(columnID, text string) Rule { return rule(columnID, "contains_text", []string{text}) }

// NotContains selects items whose text does not contain a text.
func NotContains(columnID, text string) Rule {
	return rule(columnID, "not_contains_text", []string{text})
}

// StartsWith selects items whose text begins with a text.
func StartsWith(columnID, text string) Rule { return rule(columnID, "starts_with", []string{text}) }

// IsEmpty selects items whose column is empty.
func IsEmpty(columnID string) Rule { return rule[string](columnID, "is_empty", nil) }

// IsNotEmpty selects items whose column is not empty.
func IsNotEmpty(columnID string) Rule { return rule[string](columnID, "is_not_empty", nil) }

// GreaterThan selects items whose number is greater.
func GreaterThan(columnID string, n float64) Rule {
	return rule(columnID, "greater_than", []float64{n})
}

// LowerThan selects items whose number is lower.
func LowerThan(columnID string, n float64) Rule { return rule(columnID, "lower_than", []float64{n}) }

// AtLeast selects items whose number is n or greater.
func AtLeast(columnID string, n float64) Rule {
	return rule(columnID, "greater_than_or_equals", []float64{n})
}

// AtMost selects items whose number is n or lower. monday has no range of
// numbers: use it beside AtLeast.
func AtMost(columnID string, n float64) Rule {
	return rule(columnID, "lower_than_or_equal", []float64{n})
}

// OnDay selects items whose date is that day. monday compares days in the time
// zone of the token's owner, here and in the functions that follow.
func OnDay(columnID string, year int, month time.Month, day int) Rule {
	return rule(columnID, "any_of", []string{exact, Day(year, month, day).Day})
}

// SinceDay selects items whose date is that day or later.
func SinceDay(columnID string, year int, month time.Month, day int) Rule {
	return rule(columnID, "greater_than_or_equals", []string{exact, Day(year, month, day).Day})
}

// UntilDay selects items whose date is that day or earlier.
func UntilDay(columnID string, year int, month time.Month, day int) Rule {
	return rule(columnID, "lower_than_or_equal", []string{exact, Day(year, month, day).Day})
}

// BetweenDays selects items whose date is one of two days or between them.
func BetweenDays(columnID string, first, last Date) Rule {
	return rule(columnID, "between", []string{first.Day, last.Day})
}

// UpdatedSince selects items that were changed at t or later; it needs no
// column on the board. Beside OrderBy "__last_updated__" it reads on where
// items were last read from.
func UpdatedSince(t time.Time) Rule {
	r := rule("__last_updated__", "greater_than_or_equals", []string{exact, t.UTC().Format(time.RFC3339)})
	r.Attribute = "UPDATED_AT"
	return r
}

// LinkedTo selects items whose board relation or dependency column names one of
// the items, whose ids are numbers.
func LinkedTo(columnID string, itemID ...string) Rule {
	values := make([]json.Number, 0, len(itemID))
	for _, id := range itemID {
		values = append(values, json.Number(id)) // monday finds nothing by text
	}
	return rule(columnID, "any_of", values)
}

// AssignedTo selects items whose people column names one of the people.
func AssignedTo(columnID string, userID ...string) Rule {
	values := make([]string, 0, len(userID))
	for _, id := range userID {
		values = append(values, "person-"+id)
	}
	return rule(columnID, "any_of", values)
}

func rule[T any](columnID, operator string, values []T) Rule {
	r := Rule{ColumnID: columnID, Operator: operator, Values: make([]any, 0, len(values))}
	for _, v := range values {
		r.Values = append(r.Values, v)
	}
	return r
}
