package monday_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
)

func named(prefix string) monday.Rule { return monday.StartsWith("name", prefix) }

func TestFilter_Groups(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	for _, name := range []string{"ax", "ay", "bx", "by", "c"} {
		create(t, c, name, nil)
	}
	type group = monday.RuleGroup
	type rules = []monday.Rule
	has := func(text string) monday.Rule { return monday.Contains("name", text) }
	for name, tc := range map[string]struct {
		filter monday.Filter
		want   []string
	}{
		"a group": {monday.Filter{Groups: []group{{Rules: rules{named("a"), has("x")}}}}, []string{"ax"}},
		"any in a group": {monday.Filter{Rules: rules{has("x")}, Groups: []group{{Rules: rules{named("a"), named("b")}, AnyRule: true}}},
			[]string{"ax", "bx"}},
		"any of groups": {monday.Filter{AnyRule: true, Groups: []group{{Rules: rules{named("a"), has("x")}}, {Rules: rules{named("b"), has("y")}}}},
			[]string{"ax", "by"}},
		"deep": {monday.Filter{Groups: []group{{AnyRule: true, Rules: rules{named("c")}, Groups: []group{{Rules: rules{named("b"), has("y")}}}}}},
			[]string{"by", "c"}},
	} {
		seq := c.Items(t.Context(), monday.ItemsParams{BoardID: board, Filter: tc.filter})
		for _, g := range tc.filter.Groups {
			g.Rules[0] = named("nothing") // the sequence has copied them
		}
		var got []string
		for _, item := range collect(t, seq) {
			got = append(got, item.Name)
		}
		require.Equal(t, tc.want, got, name)
	}
	var sent struct {
		Variables struct{ Query json.RawMessage }
	}
	_, err := c.ListItems(t.Context(), monday.ItemsParams{BoardID: board, Filter: monday.Filter{
		Groups: []group{{AnyRule: true, Groups: []group{{Rules: rules{monday.IsEmpty("text1")}}}}},
	}})
	require.NoError(t, err)
	requests := srv.Requests()
	require.NoError(t, json.Unmarshal(requests[len(requests)-1].Body, &sent))
	require.JSONEq(t, `{"groups":[{"operator":"or","groups":[{"rules":[{"column_id":"text1","operator":"is_empty","compare_value":[]}]}]}]}`, string(sent.Variables.Query))
}

func TestFilter_Refuses(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	rule := func(operator string, values ...any) monday.Filter {
		return monday.Filter{Rules: []monday.Rule{{ColumnID: "c", Operator: operator, Values: values}}}
	}
	inner := func(g monday.RuleGroup) monday.Filter {
		return monday.Filter{Groups: []monday.RuleGroup{{Rules: []monday.Rule{named("a")}, Groups: []monday.RuleGroup{{Rules: []monday.Rule{named("b")}}, g}}}}
	}
	bad := monday.Rule{ColumnID: "c", Operator: "contains"}
	for problem, f := range map[string]monday.Filter{
		"Filter.IDs has 101 ids":                                       {IDs: make([]string, 101)},
		"Filter.OrderBy has an empty column id":                        {OrderBy: []string{"-"}},
		"Filter.Rules has a rule without ColumnID":                     {Rules: []monday.Rule{{Operator: "is_empty"}}},
		"Filter.Rules[c] has no operator":                              rule(""),
		`Filter.Rules[c] has the unknown operator "is"`:                rule("is", 1),
		"uses ends_with":                                               rule("ends_with", "x"),
		"has no value to compare with":                                 rule("any_of"),
		"has 1 values, and between takes 2":                            rule("between", 1),
		"has an empty end":                                             rule("between", "2026-01-01", ""),
		"has 2 values, and contains_text takes 1":                      rule("contains_text", "a", "b"),
		"has 1 values, and is_empty takes 0":                           rule("is_empty", ""),
		"has 2 values, and lower_than takes 1":                         rule("lower_than", "EXACT", "2026-01-01", "2026-01-02"),
		"neither a string nor a number":                                rule("any_of", true),
		"compares with something":                                      rule("greater_than", math.NaN()),
		"Filter.Rules[c] compares":                                     {Rules: []monday.Rule{monday.LinkedTo("c", "x")}},
		"Filter.Groups[0].Groups[1] is empty":                          inner(monday.RuleGroup{AnyRule: true}),
		`Filter.Groups[0].Groups[1].Rules[c] has the unknown operator`: inner(monday.RuleGroup{Rules: []monday.Rule{bad}}),
	} {
		_, err := c.ListItems(t.Context(), monday.ItemsParams{BoardID: board, Filter: f})
		require.ErrorIs(t, err, transport.ErrInvalid, problem)
		require.ErrorContains(t, err, problem)
	}
	require.Empty(t, srv.Requests())
	for _, f := range []monday.Filter{
		rule("greater_than", "EXACT", "2026-01-01"), rule("within_the_next", "x"), rule("contains_terms", "a", "b"), rule("any_of", json.Number("5000000001"), int64(1), 1.5, monday.Text("x")),
	} {
		_, err := c.ListItems(t.Context(), monday.ItemsParams{BoardID: board, Filter: f})
		require.ErrorContains(t, err, "InvalidColumnIdException", "it reaches monday")
	}
}
