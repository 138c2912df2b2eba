package monday

import (
	"strings"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// Filter selects and orders items on monday's side. The zero value is all
// items in the board's order. See monday's page "Items page".
type Filter struct {
	// Rules must all hold, or one of them with AnyRule.
	Rules   []Rule
	AnyRule bool
	// OrderBy are column ids, or "__last_updated__" or "__creation_log__"; a
	// leading "-" means descending.
	OrderBy []string
	// IDs selects items by id, at most 100.
	IDs []string
}

// Rule is a condition on a column. The functions of this package make rules
// that monday accepts; a rule of one's own may use any operator that monday
// has or gets.
type Rule struct {
	ColumnID string
	// Operator is monday's name: "any_of", "contains_text". It is required.
	Operator string
	// Values is what is compared with, in the form that the column type wants.
	Values []any
	// Attribute names a part of the value, where monday wants it.
	Attribute string
}

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

// OnDay selects items whose date is that day.
func OnDay(columnID string, year int, month time.Month, day int) Rule {
	return rule(columnID, "any_of", []string{"EXACT", Day(year, month, day).Day})
}

// SinceDay selects items whose date is that day or later. With the column
// "__last_updated__" it finds what changed since.
func SinceDay(columnID string, year int, month time.Month, day int) Rule {
	return rule(columnID, "greater_than_or_equals", []string{"EXACT", Day(year, month, day).Day})
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

// maxIDs is how many ids monday takes in one query.
const maxIDs = 100

// wire returns the filter as monday's ItemsQuery, nil for the zero value.
func (f Filter) wire(op string) (map[string]any, error) {
	if len(f.IDs) > maxIDs {
		return nil, transport.Invalid(op, "Filter.IDs", "has %d ids, at most %d are allowed", len(f.IDs), maxIDs)
	}
	q := map[string]any{}
	for _, r := range f.Rules {
		w, err := r.wire(op)
		if err != nil {
			return nil, err
		}
		rules, _ := q["rules"].([]any)
		q["rules"] = append(rules, w)
	}
	if f.AnyRule {
		q["operator"] = "or"
	}
	if len(f.IDs) > 0 {
		q["ids"] = f.IDs
	}
	for _, by := range f.OrderBy {
		order, _ := q["order_by"].([]any)
		q["order_by"] = append(order, orderBy(by))
	}
	if len(q) == 0 {
		return nil, nil //nolint:nilnil // no filter
	}
	return q, nil
}

func orderBy(by string) map[string]any {
	if id, down := strings.CutPrefix(by, "-"); down {
		return map[string]any{"column_id": id, "direction": "desc"}
	}
	return map[string]any{"column_id": by, "direction": "asc"}
}

func (r Rule) wire(op string) (map[string]any, error) {
	switch {
	case r.ColumnID == "":
		return nil, transport.Invalid(op, "Filter.Rules", "has a rule without ColumnID")
	case r.Operator == "":
		return nil, transport.Invalid(op, "Filter.Rules["+r.ColumnID+"]", "has no operator")
	case r.Operator == "ends_with":
		return nil, transport.Invalid(op, "Filter.Rules["+r.ColumnID+"]", "uses ends_with, which monday refuses everywhere")
	case len(r.Values) == 0 && !strings.HasPrefix(r.Operator, "is_"):
		return nil, transport.Invalid(op, "Filter.Rules["+r.ColumnID+"]", "has no value to compare with")
	}
	values := r.Values
	if values == nil {
		values = []any{} // null is refused
	}
	w := map[string]any{"column_id": r.ColumnID, "operator": r.Operator, "compare_value": values}
	if r.Attribute != "" {
		w["compare_attribute"] = r.Attribute
	}
	return w, nil
}
