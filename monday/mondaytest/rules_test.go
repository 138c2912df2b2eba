package mondaytest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday/mondaytest"
)

// What monday refuses although its schema allows it.
func TestServer_FilterTraps(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	const page = `query($b: ID!, $q: ItemsQuery) { boards(ids: [$b]) { items_page(query_params: $q) { items { id } } } }`
	post(t, srv, nil, `mutation($b: ID!, $c: JSON) { create_item(board_id: $b, item_name: "x", column_values: $c) { id } }`,
		map[string]any{"b": mondaytest.BoardID, "c": `{"status":{"label":"Done"},"checkbox":{"checked":"true"},"date":{"date":"2026-11-21"},"board_relation":{"item_ids":[7]}}`})
	found := func(rule map[string]any) int {
		_, out := post(t, srv, nil, page, map[string]any{"b": mondaytest.BoardID, "q": map[string]any{"rules": []any{rule}}})
		if out["errors"] != nil {
			return -1
		}
		board := out["data"].(map[string]any)["boards"].([]any)[0].(map[string]any)
		return len(board["items_page"].(map[string]any)["items"].([]any))
	}
	for _, tc := range []struct {
		column, operator string
		value            any
		found            int
	}{
		{"status", "any_of", []any{2}, 1},
		{"status", "any_of", []any{"Done"}, 0}, // labels are not found by text
		{"checkbox", "any_of", []any{"true"}, 0},
		{"text1", "is_empty", []any{}, 1},
		{"text1", "is_empty", "", -1},
		{"name", "ends_with", []any{"x"}, -1},
		{"numbers", "between", []any{1, 2}, -1},
		{"none", "any_of", []any{"x"}, -1},
		{"name", "any_of", []any{"x"}, 1},
		{"board_relation", "any_of", []any{7}, 1},
		{"board_relation", "any_of", []any{"7"}, 0}, // linked items are found by number
		{"date", "any_of", []any{"EXACT", "2026-11-21"}, 1},
		{"date", "any_of", []any{"2026-11-21"}, -1},
		{"date", "greater_than", []any{"EXACT", "2026-11-20"}, 1},
		{"date", "between", []any{"2026-11-01", "2026-11-30"}, 1},
		{"date", "between", []any{"2026-12-01", "2026-12-30"}, 0},
		{"date", "within_the_next", []any{7}, -1}, // not evaluated
		{"group", "any_of", []any{"topics"}, 1},
		{"name", "contains_terms", []any{"X"}, 1},
		{"__last_updated__", "any_of", []any{"TODAY"}, -1}, // wants compare_attribute
	} {
		got := found(map[string]any{"column_id": tc.column, "operator": tc.operator, "compare_value": tc.value})
		require.Equal(t, tc.found, got, "%s %s", tc.column, tc.operator)
	}
}

func TestServer_MutationRules(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	create := func(board, name, columns string) any {
		_, out := post(t, srv, nil, `mutation($b: ID!, $n: String!, $c: JSON) { create_item(board_id: $b, item_name: $n, column_values: $c) { id } }`,
			map[string]any{"b": board, "n": name, "c": columns})
		if out["errors"] == nil {
			return nil
		}
		require.Nil(t, out["data"].(map[string]any)["create_item"])
		return code(out)
	}
	const b = mondaytest.BoardID
	for _, tc := range []struct {
		board, name, columns string
		code                 any
	}{
		{b, "x", `{}`, nil},
		{"1", "x", `{}`, "InvalidBoardIdException"},
		{b, strings.Repeat("x", 256), `{}`, "ItemNameTooLongException"},
		{b, "", `{}`, "InvalidArgumentException"},
		{b, "x", `{`, "JsonParseException"},
		{b, "x", `{"none":"x"}`, "InvalidColumnIdException"},
		{b, "x", `{"email":{"email":"nope"}}`, "ColumnValueException"},
		{b, "x", `{"phone":{"phone":"12"}}`, "ColumnValueException"},
		{b, "x", `{"date":{"date":"21.11.2026"}}`, "ColumnValueException"},
		{b, "x", `{"time":{"hour":25,"minute":0}}`, "ColumnValueException"},
		{b, "x", `{"numbers":"many"}`, "ColumnValueException"},
		{b, "x", `{"status":{"label":"Nope"}}`, "ColumnValueException"},
		{b, "x", `{"status":{"index":9}}`, "ColumnValueException"},
		{b, "x", `{"dropdown":{"ids":[9]}}`, "ColumnValueException"},
		{b, "x", `{"text1":{"text":"x"}}`, "ColumnValueException"},
		{b, "x", `{"file":"x"}`, "ColumnValueException"},
	} {
		require.Equal(t, tc.code, create(tc.board, tc.name, tc.columns), "%s %s", tc.name, tc.columns)
	}
	require.Len(t, srv.Items(b), 1)
}

// Aliases run in order, and one that fails leaves the others in effect.
func TestServer_AliasesAreNotAtomic(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	_, out := post(t, srv, nil, `mutation($b: ID!) {
		a: create_item(board_id: $b, item_name: "a") { id }
		b: create_item(board_id: "1", item_name: "b") { id }
		c: create_item(board_id: $b, item_name: "c") { id }
	}`, map[string]any{"b": mondaytest.BoardID})
	require.NotNil(t, out["data"].(map[string]any)["c"])
	require.Nil(t, out["data"].(map[string]any)["b"])
	require.Equal(t, []any{"b"}, out["errors"].([]any)[0].(map[string]any)["path"])
	require.Len(t, srv.Items(mondaytest.BoardID), 2)
}

func TestServer_Limits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		limits mondaytest.Limits
		after  int // requests that pass
		code   string
		wait   string
	}{
		"minute":     {mondaytest.Limits{RequestsPerMinute: 3}, 3, "RATE_LIMIT_EXCEEDED", "50"},
		"complexity": {mondaytest.Limits{ComplexityPerMinute: 30_003}, 3, "COMPLEXITY_BUDGET_EXHAUSTED", ""},
		"day":        {mondaytest.Limits{RequestsPerDay: 3}, 3, "DAILY_LIMIT_EXCEEDED", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := mondaytest.New(mondaytest.Config{Limits: &tc.limits})
				vars := map[string]any{"b": mondaytest.BoardID}
				for n := range tc.after {
					resp, out := post(t, srv, nil, createOne, vars)
					require.Equal(t, 200, resp.StatusCode, "%v", out)
					require.Contains(t, resp.Header.Get("RateLimit"), fmt.Sprintf("r=%d", resetOf(tc.limits, n+1)))
				}
				time.Sleep(10 * time.Second)
				resp, out := post(t, srv, nil, createOne, vars)
				require.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
				require.Equal(t, tc.code, code(out))
				require.Equal(t, tc.wait, resp.Header.Get("Retry-After"))
				require.Len(t, srv.Items(mondaytest.BoardID), tc.after)

				time.Sleep(50 * time.Second)
				if name == "day" {
					time.Sleep(24 * time.Hour)
				}
				resp, _ = post(t, srv, nil, createOne, vars)
				require.Equal(t, 200, resp.StatusCode)
			})
		})
	}
}

// resetOf is what must be left of the only limit after n requests.
func resetOf(l mondaytest.Limits, n int) int {
	switch {
	case l.RequestsPerMinute > 0:
		return l.RequestsPerMinute - n
	case l.ComplexityPerMinute > 0:
		return l.ComplexityPerMinute - n*10_001
	}
	return 1_000_000_000
}

func TestServer_Concurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mondaytest.New(mondaytest.Config{Limits: &mondaytest.Limits{Concurrency: 1}, Latency: time.Second})
		done := make(chan struct{})
		go func() {
			defer close(done)
			post(t, srv, nil, createOne, map[string]any{"b": mondaytest.BoardID}) //nolint:testifylint // the test waits for it
		}()
		synctest.Wait()
		resp, out := post(t, srv, nil, createOne, map[string]any{"b": mondaytest.BoardID})
		require.Equal(t, 429, resp.StatusCode)
		require.Equal(t, "maxConcurrencyExceeded", code(out))
		<-done
	})
}

func TestServer_QueryTooComplex(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	var b strings.Builder
	for n := range 501 {
		fmt.Fprintf(&b, "a%d: create_item(board_id: $b, item_name: \"x\") { id } ", n)
	}
	_, out := post(t, srv, nil, "mutation($b: ID!) {"+b.String()+"}", map[string]any{"b": mondaytest.BoardID})
	require.Equal(t, "ComplexityException", code(out))
	require.Empty(t, srv.Items(mondaytest.BoardID))
}
