package mondaytest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// filter applies query_params.
func (b *board) filter(items []*item, q arguments) ([]*item, error) {
	if ids := q.list("ids"); ids != nil {
		items = slices.DeleteFunc(items, func(i *item) bool { return !slices.Contains(ids, i.id) })
	}
	rules := q.objects("rules")
	for _, r := range rules {
		if err := b.checkRule(r); err != nil {
			return nil, err
		}
	}
	if len(rules) > 0 {
		anyRule := q.text("operator") == "or"
		items = slices.DeleteFunc(items, func(i *item) bool {
			return anyRule != slices.ContainsFunc(rules, func(r arguments) bool { return i.meets(r) == anyRule })
		})
	}
	for _, by := range slices.Backward(q.objects("order_by")) {
		id, down := by.text("column_id"), by.text("direction") == "desc"
		slices.SortStableFunc(items, func(x, y *item) int {
			order := compare(x.sortKey(id), y.sortKey(id))
			if down {
				return -order
			}
			return order
		})
	}
	return items, nil
}

const (
	lastUpdated = "__last_updated__"
	creationLog = "__creation_log__"
)

func (i *item) sortKey(id string) string {
	switch id {
	case lastUpdated:
		return i.updated.Format(time.RFC3339Nano)
	case creationLog:
		return i.created.Format(time.RFC3339Nano)
	}
	return i.text(id)
}

// compare orders numbers by value and everything else as text.
func compare(a, b string) int {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err == nil && err2 == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}

// checkRule refuses what monday is known to refuse.
func (b *board) checkRule(r arguments) error {
	id, operator := r.text("column_id"), r.text("operator")
	if operator == "ends_with" {
		return fail("InvalidArgumentException", "ends_with is not supported")
	}
	if _, list := r["compare_value"].([]any); !list && strings.HasPrefix(operator, "is_") {
		return fail("InvalidArgumentException", "compare_value must be an empty list for %s", operator)
	}
	if id == "name" || id == lastUpdated || id == creationLog {
		return nil
	}
	c := b.column(id)
	if c == nil {
		return fail("InvalidColumnIdException", "This column ID doesn't exist for the board").with("column_id", id)
	}
	switch {
	case slices.Contains([]string{"formula", "mirror", "auto_number"}, c.kind):
		return fail("InvalidArgumentException", "columns of type %s cannot be filtered", c.kind)
	case c.kind == "numbers" && operator == "between":
		return fail("InvalidArgumentException", "between is not supported for numbers")
	}
	return nil
}

// meets evaluates one rule.
func (i *item) meets(r arguments) bool {
	id, values := r.text("column_id"), r.list("compare_value")
	text := i.sortKey(id)
	switch r.text("operator") {
	case "is_empty":
		return i.cells[id] == nil
	case "is_not_empty":
		return i.cells[id] != nil
	case "any_of":
		return i.isAny(id, values)
	case "not_any_of":
		return !i.isAny(id, values)
	case "contains_text":
		return strings.Contains(strings.ToLower(text), strings.ToLower(first(values)))
	case "not_contains_text":
		return !strings.Contains(strings.ToLower(text), strings.ToLower(first(values)))
	case "starts_with":
		return strings.HasPrefix(strings.ToLower(text), strings.ToLower(first(values)))
	case "greater_than":
		return text != "" && compare(text, first(values)) > 0
	case "greater_than_or_equals":
		return text != "" && compare(text, first(values)) >= 0
	case "lower_than":
		return text != "" && compare(text, first(values)) < 0
	case "lower_than_or_equal":
		return text != "" && compare(text, first(values)) <= 0
	}
	return false
}

// first is the value to compare with; a date stands behind the word EXACT.
func first(values []string) string {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "EXACT" })
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// isAny knows by what each type is found: labels by number, people by kind and
// id, days by date; never labels by text.
func (i *item) isAny(id string, values []string) bool {
	c := i.cells[id]
	col := i.board.column(id)
	if c == nil || col == nil {
		return slices.Contains(values, i.text(id))
	}
	switch col.kind {
	case "status":
		return slices.Contains(values, plain(c.fields["index"]))
	case "dropdown":
		list, _ := c.fields["values"].([]node)
		return slices.ContainsFunc(list, func(n node) bool { return slices.Contains(values, plain(n["id"])) })
	case "people":
		list, _ := c.fields["persons_and_teams"].([]node)
		return slices.ContainsFunc(list, func(n node) bool {
			return slices.Contains(values, plain(n["kind"])+"-"+plain(n["id"]))
		})
	case "date":
		return slices.Contains(values, "EXACT") && plain(c.fields["date"]) == first(values)
	case "checkbox":
		return false
	}
	return slices.Contains(values, c.text)
}
