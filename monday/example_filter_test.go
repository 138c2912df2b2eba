package monday_test

import (
	"fmt"
	"time"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
)

// filtered prints the names of three leads that meet the rules.
func filtered(rules ...monday.Rule) {
	c, _ := newExample()
	seed(c, "Ada", monday.Columns{
		"text1": monday.Text("mortgage"), "status": monday.Status{Label: "New"}, "numbers": monday.Number(10),
		"date": monday.Day(2026, time.November, 20), "people": monday.People{{ID: "31337"}},
	})
	seed(c, "Bob", monday.Columns{
		"text1": monday.Text("savings"), "status": monday.Status{Label: "Done"}, "numbers": monday.Number(20),
		"date": monday.Day(2026, time.November, 21),
	})
	seed(c, "Eve", nil)
	for item, err := range c.Items(ctx, monday.ItemsParams{BoardID: mondaytest.BoardID, Filter: monday.Filter{Rules: rules}}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(item.Name)
	}
}

func ExampleStatusIs() {
	filtered(monday.StatusIs("status", 0)) // 0 is the index of "New"
	// Output: Ada
}

func ExampleStatusIsNot() {
	filtered(monday.StatusIsNot("status", 0), monday.IsNotEmpty("status"))
	// Output: Bob
}

func ExampleTextIs() {
	filtered(monday.TextIs("text1", "savings"))
	// Output: Bob
}

func ExampleContains() {
	filtered(monday.Contains("text1", "gage"))
	// Output: Ada
}

func ExampleNotContains() {
	filtered(monday.NotContains("text1", "gage"))
	// Output:
	// Bob
	// Eve
}

func ExampleStartsWith() {
	filtered(monday.StartsWith("name", "e"))
	// Output: Eve
}

func ExampleIsEmpty() {
	filtered(monday.IsEmpty("text1"))
	// Output: Eve
}

func ExampleIsNotEmpty() {
	filtered(monday.IsNotEmpty("text1"), monday.Contains("name", "b"))
	// Output: Bob
}

func ExampleGreaterThan() {
	filtered(monday.GreaterThan("numbers", 15))
	// Output: Bob
}

func ExampleLowerThan() {
	filtered(monday.LowerThan("numbers", 15))
	// Output: Ada
}

func ExampleAtLeast() {
	filtered(monday.AtLeast("numbers", 20))
	// Output: Bob
}

func ExampleAtMost() {
	filtered(monday.AtLeast("numbers", 5), monday.AtMost("numbers", 10))
	// Output: Ada
}

func ExampleUntilDay() {
	filtered(monday.UntilDay("date", 2026, time.November, 20))
	// Output: Ada
}

func ExampleBetweenDays() {
	filtered(monday.BetweenDays("date", monday.Day(2026, time.November, 21), monday.Day(2026, time.December, 24)))
	// Output: Bob
}

func ExampleUpdatedSince() {
	filtered(monday.UpdatedSince(time.Now().Add(time.Hour)))
	filtered(monday.UpdatedSince(time.Now().Add(-time.Hour)), monday.StartsWith("name", "a"))
	// Output: Ada
}

func ExampleLinkedTo() {
	c, _ := newExample()
	policy := seed(c, "policy", nil)
	seed(c, "Ada", monday.Columns{"board_relation": monday.Relation{policy}})
	filter := monday.Filter{Rules: []monday.Rule{monday.LinkedTo("board_relation", policy)}}
	for item, err := range c.Items(ctx, monday.ItemsParams{BoardID: mondaytest.BoardID, Filter: filter}) {
		fmt.Println(item.Name, err)
	}
	// Output: Ada <nil>
}

// Open leads: those that are new, and those worth more than 15 that nobody
// looks after.
func ExampleRuleGroup() {
	c, _ := newExample()
	seed(c, "Ada", monday.Columns{"status": monday.Status{Label: "New"}})
	seed(c, "Bob", monday.Columns{"status": monday.Status{Label: "Done"}, "numbers": monday.Number(20)})
	seed(c, "Eve", monday.Columns{"status": monday.Status{Label: "Done"}, "numbers": monday.Number(20), "people": monday.People{{ID: "31337"}}})
	filter := monday.Filter{
		AnyRule: true,
		Rules:   []monday.Rule{monday.StatusIs("status", 0)},
		Groups:  []monday.RuleGroup{{Rules: []monday.Rule{monday.GreaterThan("numbers", 15), monday.IsEmpty("people")}}},
	}
	for item, err := range c.Items(ctx, monday.ItemsParams{BoardID: mondaytest.BoardID, Filter: filter}) {
		fmt.Println(item.Name, err)
	}
	// Output:
	// Ada <nil>
	// Bob <nil>
}

func ExampleOnDay() {
	filtered(monday.OnDay("date", 2026, time.November, 20))
	// Output: Ada
}

func ExampleSinceDay() {
	filtered(monday.SinceDay("date", 2026, time.November, 21))
	// Output: Bob
}

func ExampleAssignedTo() {
	filtered(monday.AssignedTo("people", "31337"))
	// Output: Ada
}

func ExampleFilter() {
	filtered(monday.Rule{ColumnID: "name", Operator: "ends_with", Values: []any{"a"}})
	// Output: monday.items_page: Filter.Rules[name] uses ends_with, which monday refuses everywhere
}
