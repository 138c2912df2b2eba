package monday_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
)

// newExample returns a client of a fake account with the default board.
func newExample() (*monday.Client, *mondaytest.Server) {
	srv := mondaytest.New(mondaytest.Config{JobTime: -1}) // jobs end at once
	c, err := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL}, transport.WithTransport(srv.Transport()))
	if err != nil {
		panic(err)
	}
	return c, srv
}

// seed creates an item and returns its id.
func seed(c *monday.Client, name string, columns monday.Columns) string {
	item, err := c.CreateItem(context.Background(), monday.CreateItemRequest{BoardID: mondaytest.BoardID, Name: name, Columns: columns})
	if err != nil {
		panic(err)
	}
	return item.ID
}

func ExampleNew() {
	_, err := monday.New(monday.Config{})
	fmt.Println(err)
	// Output: monday.New: Token is empty
}

func ExampleClient_CreateItem() {
	c, srv := newExample()
	_, err := c.CreateItem(context.Background(), monday.CreateItemRequest{
		BoardID: mondaytest.BoardID,
		Name:    "Ada Lovelace",
		Columns: monday.Columns{
			"email":  monday.Email{Address: "ada@example.com"},
			"phone":  monday.Phone{Number: "+48123456789", Country: "PL"},
			"status": monday.Status{Label: "New"},
			"date":   monday.Day(2026, time.November, 21),
			"time":   monday.Hour{Hour: 14, Minute: 30},
		},
		Call: monday.Call{IdempotencyKey: "flow-7/lead"}, // repeating the call within 30 minutes creates nothing new
	})
	item := srv.Items(mondaytest.BoardID)[0]
	fmt.Println(err, item.Name, item.Columns["email"], item.Columns["time"])
	// Output: <nil> Ada Lovelace ada@example.com 02:30 PM
}

func ExampleClient_CreateItem_unknownLabel() {
	c, _ := newExample()
	_, err := c.CreateItem(context.Background(), monday.CreateItemRequest{
		BoardID: mondaytest.BoardID, Name: "Ada", Columns: monday.Columns{"status": monday.Status{Label: "Nope"}},
	})
	e, _ := errors.AsType[*monday.Error](err)
	fmt.Println(e.Code, errors.Is(err, transport.ErrInvalid), transport.OutcomeOf(err))
	// Output: ColumnValueException true rejected
}

func ExampleClient_ChangeColumnValues() {
	c, srv := newExample()
	id := seed(c, "Ada", monday.Columns{"text1": monday.Text("old")})
	_, err := c.ChangeColumnValues(context.Background(), monday.ChangeColumnValuesRequest{
		BoardID: mondaytest.BoardID, ItemID: id, Name: "Ada King",
		Columns: monday.Columns{"status": monday.Status{Label: "Done"}, "text1": monday.Clear{}},
	})
	item := srv.Items(mondaytest.BoardID)[0]
	fmt.Println(err, item.Name, item.Columns)
	// Output: <nil> Ada King map[status:Done]
}

func ExampleClient_ListItemsByColumnValues() {
	c, _ := newExample()
	seed(c, "Ada", monday.Columns{"email": monday.Email{Address: "ada@example.com"}})
	page, err := c.ListItemsByColumnValues(context.Background(), monday.ItemsByColumnValuesParams{
		BoardID: mondaytest.BoardID, Match: []monday.Match{{ColumnID: "email", Values: []string{"ada@example.com"}}}, Limit: 1,
	})
	fmt.Println(err, len(page.Items), page.Items[0].Name, page.Cursor == "")
	// Output: <nil> 1 Ada true
}

func ExampleClient_ItemsByColumnValues() {
	c, _ := newExample()
	seed(c, "Ada", monday.Columns{"status": monday.Status{Label: "New"}})
	seed(c, "Bob", monday.Columns{"status": monday.Status{Label: "Done"}})
	seed(c, "Eve", monday.Columns{"status": monday.Status{Label: "New"}})
	for item, err := range c.ItemsByColumnValues(context.Background(), monday.ItemsByColumnValuesParams{
		BoardID: mondaytest.BoardID, Match: []monday.Match{{ColumnID: "status", Values: []string{"New"}}},
	}) {
		fmt.Println(item.Name, err)
	}
	// Output:
	// Ada <nil>
	// Eve <nil>
}

func ExampleColumn() {
	columns := monday.Columns{"time": monday.Hour{Hour: 14, Minute: 30}}
	at, ok := monday.Column[monday.Hour](columns, "time")
	fmt.Println(at.Hour, at.Minute, ok)
	// Output: 14 30 true
}

func ExampleQuery() {
	c, _ := newExample()
	seed(c, "Ada", nil)
	type data struct {
		Page struct{ Items []struct{ Name string } }
	}
	got, err := monday.Query[data](context.Background(), c, monday.Request{
		Document: `query($board: ID!, $names: [String]!) {
			page: items_page_by_column_values(board_id: $board, columns: [{column_id: "name", column_values: $names}]) { items { name } }
		}`,
		Variables: map[string]any{"board": mondaytest.BoardID, "names": []string{"Ada"}},
	})
	fmt.Println(err, got.Page.Items[0].Name)
	// Output: <nil> Ada
}

func ExampleMutate() {
	c, _ := newExample()
	type data struct{ Created struct{ Name string } }
	got, err := monday.Mutate[data](context.Background(), c, monday.Request{
		Document:  `mutation($board: ID!, $name: String!) { created: create_item(board_id: $board, item_name: $name) { name } }`,
		Variables: map[string]any{"board": mondaytest.BoardID, "name": `"}) { id } }`},
	})
	fmt.Println(err, got.Created.Name)
	// Output: <nil> "}) { id } }
}

func ExampleClient_Do() {
	c, _ := newExample()
	data, err := c.Do(context.Background(), monday.Request{Document: `{ __typename }`})
	fmt.Println(string(data), err)
	// Output: {"__typename":"Query"} <nil>
}
