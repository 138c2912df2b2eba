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
		if len(ids) > maxIDs {
			return nil, fail("InvalidArgumentException", "at most %d ids are allowed", maxIDs)
		}
		items = slices.DeleteFunc(items, func(i *item) bool { return !slices.Contains(ids, i.id) })
	}
	if err := b.checkRules(q); err != nil {
		return nil, err
	}
	items = slices.DeleteFunc(items, func(i *item) bool { return !i.meetsAll(q) })
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

// checkRules looks at the rules of a group and of the groups in it.
func (b *board) checkRules(group arguments) error {
	for _, r := range group.objects("rules") {
		if err := b.checkRule(r); err != nil {
			return err
		}
	}
	for _, g := range group.objects("groups") {
		if err := b.checkRules(g); err != nil {
			return err
		}
	}
	return nil
}

// meetsAll evaluates a group: all of its rules and groups, or with "or" one of
// them. An empty one is met.
func (i *item) meetsAll(group arguments) bool {
	rules, groups := group.objects("rules"), group.objects("groups")
	if group.text("operator") == "or" && len(rules)+len(groups) > 0 {
		return slices.ContainsFunc(rules, i.meets) || slices.ContainsFunc(groups, i.meetsAll)
	}
	not := func(met func(arguments) bool) func(arguments) bool { return func(r arguments) bool { return !met(r) } }
	return !slices.ContainsFunc(rules, not(i.meets)) && !slices.ContainsFunc(groups, not(i.meetsAll))
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
	case "group":
		return i.group.id
	}
	if c, col := i.cells[id], i.board.column(id); c != nil && col != nil && col.kind == "date" {
		return plain(c.fields["date"])
	}
	return i.text(id)
}

// compare orders times and numbers by value and everything else as text.
func compare(a, b string) int {
	s, err := time.Parse(time.RFC3339, a)
	t, err2 := time.Parse(time.RFC3339, b)
	if err == nil && err2 == nil {
		return s.Compare(t)
	}
	return compareText(a, b)
}

func compareText(a, b string) int {
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
	switch id {
	case "name", "group":
		return nil
	case lastUpdated, creationLog:
		if r.text("compare_attribute") == "" {
			return fail("InvalidArgumentException", "compare_attribute is missing for %s", id)
		}
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
	case c.kind == "date" && exactWanted(operator) && !exactGiven(r.list("compare_value")):
		return fail("InvalidArgumentException", "the first value must be EXACT")
	case strings.HasPrefix(operator, "within_"):
		return fail("InvalidArgumentException", "this fake does not evaluate %s", operator)
	}
	return nil
}

// exactWanted reports whether an operator compares a date with one day.
func exactWanted(operator string) bool {
	return strings.HasPrefix(operator, "greater_") || strings.HasPrefix(operator, "lower_") || strings.HasSuffix(operator, "any_of")
}

// exactGiven reports whether a day stands behind EXACT, or a word instead.
func exactGiven(values []string) bool {
	if len(values) == 0 {
		return false
	}
	_, err := time.Parse(time.DateOnly, values[0])
	return err != nil
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
		return i.isAny(id, r)
	case "not_any_of":
		return !i.isAny(id, r)
	case "between":
		return text != "" && compare(text, values[0]) >= 0 && compare(text, values[len(values)-1]) <= 0
	case "contains_terms":
		return !slices.ContainsFunc(values, func(v string) bool { return !strings.Contains(strings.ToLower(text), strings.ToLower(v)) })
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
// id, days by date, linked items by number; never labels by text.
func (i *item) isAny(id string, r arguments) bool {
	values := r.list("compare_value")
	c := i.cells[id]
	col := i.board.column(id)
	if c == nil || col == nil {
		return slices.Contains(values, i.sortKey(id))
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
	case "board_relation", "dependency":
		linked, _ := c.fields["linked_item_ids"].([]string)
		given, _ := r["compare_value"].([]any)
		return slices.ContainsFunc(given, func(v any) bool {
			_, text := v.(string) // monday finds only numbers
			return !text && slices.Contains(linked, plain(v))
		})
	}
	return slices.Contains(values, c.text)
}
