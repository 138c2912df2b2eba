package monday

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/centrala-go/centrala/transport"
)

// Filter selects and orders items on monday's side. The zero value is all
// items in the board's order. See monday's page "Items page".
type Filter struct {
	// Rules and Groups must all hold, or one of them with AnyRule.
	Rules   []Rule
	Groups  []RuleGroup
	AnyRule bool
	// OrderBy are column ids, or "__last_updated__" or "__creation_log__"; a
	// leading "-" means descending.
	OrderBy []string
	// IDs selects items by id, at most 100.
	IDs []string
}

// RuleGroup is a condition made of others, what brackets are in a formula.
type RuleGroup struct {
	// Rules and Groups must all hold, or one of them with AnyRule. The group
	// must not be empty.
	Rules   []Rule
	Groups  []RuleGroup
	AnyRule bool
}

// Rule is a condition on a column. The functions of this package make rules
// that monday accepts; what else a column type takes is on monday's page about
// it.
type Rule struct {
	// ColumnID is a column, or "name", "group" or "__last_updated__".
	ColumnID string
	// Operator is monday's name and required: any_of, not_any_of, is_empty,
	// is_not_empty, greater_than, greater_than_or_equals, lower_than,
	// lower_than_or_equal, between, contains_text, not_contains_text,
	// contains_terms, starts_with, within_the_next or within_the_last. monday
	// also has ends_with, and refuses it for every column.
	Operator string
	// Values are strings and numbers to compare with, in the form that the
	// column type wants.
	Values []any
	// Attribute names a part of the value, where monday wants it: "START_DATE"
	// or "END_DATE" of a timeline, for example.
	Attribute string
}

// maxIDs is how many ids monday takes in one query.
const maxIDs = 100

// clone returns a filter that shares nothing with f but the values of rules.
func (f Filter) clone() Filter {
	f.Rules, f.Groups = slices.Clone(f.Rules), cloneGroups(f.Groups)
	f.OrderBy, f.IDs = slices.Clone(f.OrderBy), slices.Clone(f.IDs)
	return f
}

func cloneGroups(groups []RuleGroup) []RuleGroup {
	groups = slices.Clone(groups)
	for i, g := range groups {
		groups[i].Rules, groups[i].Groups = slices.Clone(g.Rules), cloneGroups(g.Groups)
	}
	return groups
}

// wire returns the filter as monday's ItemsQuery, nil for the zero value.
func (f Filter) wire(op string) (map[string]any, error) {
	if len(f.IDs) > maxIDs {
		return nil, transport.Invalid(op, "Filter.IDs", "has %d ids, at most %d are allowed", len(f.IDs), maxIDs)
	}
	q, err := RuleGroup{f.Rules, f.Groups, f.AnyRule}.wire(op, "Filter")
	if err != nil {
		return nil, err
	}
	if len(f.IDs) > 0 {
		q["ids"] = f.IDs
	}
	for _, by := range f.OrderBy {
		if strings.Trim(by, "-") == "" {
			return nil, transport.Invalid(op, "Filter.OrderBy", "has an empty column id")
		}
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

// wire returns the group as monday's ItemsQueryGroup; field is its name.
func (g RuleGroup) wire(op, field string) (map[string]any, error) {
	q := map[string]any{}
	rules := make([]any, 0, len(g.Rules))
	for _, r := range g.Rules {
		if r.ColumnID == "" {
			return nil, transport.Invalid(op, field+".Rules", "has a rule without ColumnID")
		}
		if problem := r.problem(); problem != "" {
			return nil, transport.Invalid(op, field+".Rules["+r.ColumnID+"]", "%s", problem)
		}
		rules = append(rules, r.wire())
	}
	groups := make([]any, 0, len(g.Groups))
	for i, inner := range g.Groups {
		name := field + ".Groups[" + strconv.Itoa(i) + "]"
		w, err := inner.wire(op, name)
		if err != nil {
			return nil, err
		}
		if len(inner.Rules)+len(inner.Groups) == 0 {
			return nil, transport.Invalid(op, name, "is empty")
		}
		groups = append(groups, w)
	}
	if len(rules) > 0 {
		q["rules"] = rules
	}
	if len(groups) > 0 {
		q["groups"] = groups
	}
	if g.AnyRule {
		q["operator"] = "or"
	}
	return q, nil
}

func (r Rule) wire() map[string]any {
	values := r.Values
	if values == nil {
		values = []any{} // null is refused
	}
	w := map[string]any{"column_id": r.ColumnID, "operator": r.Operator, "compare_value": values}
	if r.Attribute != "" {
		w["compare_attribute"] = r.Attribute
	}
	return w
}

// exact is the word before a day that is compared with.
const exact = "EXACT"

// counts are how many values each operator takes, from and to; -1 is any
// number.
var counts = map[string][2]int{
	"any_of": {1, -1}, "not_any_of": {1, -1}, "contains_terms": {1, -1}, "within_the_next": {1, -1}, "within_the_last": {1, -1},
	"is_empty": {0, 0}, "is_not_empty": {0, 0}, "between": {2, 2},
	"contains_text": {1, 1}, "not_contains_text": {1, 1}, "starts_with": {1, 1},
	"greater_than": {1, 1}, "greater_than_or_equals": {1, 1}, "lower_than": {1, 1}, "lower_than_or_equal": {1, 1},
}

// problem says what is wrong with a rule, "" when nothing is.
func (r Rule) problem() string {
	count, known := counts[r.Operator]
	n := len(r.Values)
	if n > 1 && r.Values[0] == exact {
		n-- // the word and the day are one
	}
	switch {
	case r.Operator == "":
		return "has no operator"
	case r.Operator == "ends_with":
		return "uses ends_with, which monday refuses everywhere"
	case !known:
		return "has the unknown operator " + strconv.Quote(r.Operator)
	case n == 0 && count[0] > 0:
		return "has no value to compare with"
	case n < count[0] || (count[1] >= 0 && n > count[1]):
		return "has " + strconv.Itoa(n) + " values, and " + r.Operator + " takes " + strconv.Itoa(count[1])
	}
	for _, v := range r.Values {
		switch {
		case !isComparable(v):
			return "compares with something that is neither a string nor a number"
		case v == "" && r.Operator == "between":
			return "has an empty end"
		}
	}
	return ""
}

// isComparable reports whether v is a string or a finite number.
func isComparable(v any) bool {
	if n, ok := v.(json.Number); ok {
		_, err := n.Float64()
		return err == nil && json.Valid([]byte(n))
	}
	switch rv := reflect.ValueOf(v); {
	case rv.Kind() == reflect.String, rv.CanInt(), rv.CanUint():
		return true
	case rv.CanFloat():
		return !math.IsNaN(rv.Float()) && !math.IsInf(rv.Float(), 0)
	}
	return false
}
