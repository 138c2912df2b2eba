package monday_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
)

const createTwo = `# a comment with "mutation {"
mutation two($board: ID!, $a: String!, $b: String!) {
  a: create_item(board_id: $board, item_name: $a) { id name }
  b: create_item(board_id: $board, item_name: $b) { id name }
}`

type two struct{ A, B *struct{ ID, Name string } }

func TestMutate(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	vars := map[string]any{"board": board, "a": `"}) { id } }`, "b": "second"}
	got, err := monday.Mutate[two](t.Context(), c, monday.Request{Document: createTwo, Variables: vars})
	require.NoError(t, err)
	require.Equal(t, `"}) { id } }`, got.A.Name)
	require.Equal(t, "second", got.B.Name)
	require.NotEmpty(t, srv.Requests()[0].Header.Get("Idempotency-Key"))

	vars["b"] = ""
	got, err = monday.Mutate[two](t.Context(), c, monday.Request{Document: createTwo, Variables: vars})
	require.ErrorIs(t, err, transport.ErrInvalid)
	require.NotNil(t, got.A)
	require.Nil(t, got.B)
	require.Len(t, srv.Items(board), 3)
	require.Len(t, srv.Requests(), 2, "what took effect in part is not sent again")
}

func TestQuery(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	create(t, c, "Ada", nil)
	type page struct {
		Items struct{ Items []struct{ Name string } } `json:"items_page_by_column_values"`
	}
	const document = `query one($board: ID!) { items_page_by_column_values(board_id: $board, columns: [{column_id: "name", column_values: ["Ada"]}]) { items { name } } }
		query other { __typename }`
	got, err := monday.Query[page](t.Context(), c, monday.Request{Document: document, OperationName: "one", Variables: map[string]any{"board": board}})
	require.NoError(t, err)
	require.Equal(t, "Ada", got.Items.Items[0].Name)
	require.Empty(t, srv.Requests()[1].Header.Get("Idempotency-Key"))
	_, err = monday.Query[page](t.Context(), c, monday.Request{Document: `{ nonsense }`})
	require.ErrorIs(t, err, transport.ErrInvalid)
	_, err = monday.Query[page](t.Context(), c, monday.Request{Document: `{ nonsense `})
	require.ErrorIs(t, err, transport.ErrInvalid)
	require.ErrorContains(t, err, "Parse error on")
}

func TestRaw_RefusesLocally(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	for _, document := range []string{createTwo, "{ a }\n mutation x { b }", "fragment f on X { a }, mutation { b }", "", "# query {", `"query"`, `""" { """`, "subscription { x }"} {
		_, err := monday.Query[two](t.Context(), c, monday.Request{Document: document})
		require.ErrorIs(t, err, transport.ErrInvalid, document)
	}
	for _, document := range []string{"{ a }", `query mutation { a } fragment mutation on X { b }`, `query x { mutation }`, `{ a(b: "mutation { c }") }`, ""} {
		_, err := monday.Mutate[two](t.Context(), c, monday.Request{Document: document})
		require.ErrorContains(t, err, "Document", document)
	}
	_, err := c.Do(t.Context(), monday.Request{Document: "{ a }", Variables: map[string]any{"x": func() {}}})
	require.ErrorContains(t, err, "Variables")
	require.Empty(t, srv.Requests())
}

func TestClient_Do(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	data, err := c.Do(t.Context(), monday.Request{
		Document:  `mutation($b: ID!) { create_item(board_id: $b, item_name: "x") { name } }`,
		Variables: map[string]any{"b": board}, Call: monday.Call{IdempotencyKey: "k"},
	})
	require.NoError(t, err)
	require.JSONEq(t, `{"create_item":{"name":"x"}}`, string(data))
	require.Equal(t, "k", srv.Requests()[0].Header.Get("Idempotency-Key"))
	data, err = c.Do(t.Context(), monday.Request{Document: `{ __typename }`})
	require.NoError(t, err)
	require.JSONEq(t, `{"__typename":"Query"}`, string(data))
}
