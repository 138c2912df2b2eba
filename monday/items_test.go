package monday_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// lead are the columns that the reference server writes.
func lead() monday.Columns {
	return monday.Columns{
		"text1": monday.Text("Kredyt hipoteczny"), "email": monday.Email{Address: "ada@example.com"},
		"phone": monday.Phone{Number: "+48123456789", Country: "PL"}, "status1": monday.Status{Label: "Instagram"},
		"date": monday.Day(2026, time.November, 21), "time": monday.Hour{Hour: 14, Minute: 30},
		"status2": monday.Status{Label: "Premium"}, "status": monday.Status{Label: "New"}, "text_key": monday.Text("k-1"),
		"long_text": monday.LongText("Dziękuję!"),
	}
}

func TestClient_CreateItem(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	item := create(t, c, "Ada Lovelace", lead())
	require.Equal(t, board, item.BoardID)
	require.Equal(t, "topics", item.GroupID)
	require.False(t, item.CreatedAt.IsZero())
	want := []mondaytest.Item{{
		ID: item.ID, BoardID: board, GroupID: "topics", Name: "Ada Lovelace", State: "active",
		Columns: map[string]string{
			"text1": "Kredyt hipoteczny", "email": "ada@example.com", "phone": "+48123456789", "status1": "Instagram",
			"date": "2026-11-21", "time": "02:30 PM", "status2": "Premium", "status": "New", "text_key": "k-1",
			"long_text": "Dziękuję!",
		},
	}}
	require.Empty(t, cmp.Diff(want, srv.Items(board)))
}

func TestClient_CreateItem_AnyNameArrivesIntact(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	names := []string{
		`"}) { id } }`, `\"}) { id } }`, "Zażółć gęślą jaźń 🚀", "line\nbreak\tand \\ back", "$board ${x} #comment",
		"<b>&amp;\u2028</b>", strings.Repeat("ż", 255),
	}
	for _, name := range names {
		create(t, c, name, monday.Columns{"text1": monday.Text(name), "text_key": monday.Text("k")})
	}
	items := srv.Items(board)
	require.Len(t, items, len(names))
	for i, name := range names {
		require.Equal(t, name, items[i].Name)
		require.Equal(t, name, items[i].Columns["text1"])
	}
}

func TestClient_CreateItem_RefusesLocally(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	type request = monday.CreateItemRequest
	for field, r := range map[string]request{
		"BoardID":                 {Name: "x"},
		"Name is empty":           {BoardID: board},
		"Name has 256":            {BoardID: board, Name: strings.Repeat("ż", 256)},
		"Name is not valid UTF-8": {BoardID: board, Name: "\xff"},
		"Position":                {BoardID: board, Name: "x", RelativeTo: "1"},
		"Columns[email]":          {BoardID: board, Name: "x", Columns: monday.Columns{"email": monday.Email{Address: "no"}}},
		"Columns has an empty":    {BoardID: board, Name: "x", Columns: monday.Columns{"": monday.Text("x")}},
		"Columns[name]":           {BoardID: board, Name: "x", Columns: monday.Columns{"name": monday.Text("y")}},
		"IdempotencyKey":          {BoardID: board, Name: "x", Call: monday.Call{IdempotencyKey: "a\nb"}},
	} {
		_, err := c.CreateItem(t.Context(), r)
		require.ErrorIs(t, err, transport.ErrInvalid, field)
		require.ErrorContains(t, err, field)
		require.Equal(t, transport.NotSent, transport.OutcomeOf(err))
	}
	require.Empty(t, srv.Requests())
}

func TestClient_CreateItem_Refused(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	for _, tc := range []struct {
		request monday.CreateItemRequest
		code    string
		kind    error
	}{
		{monday.CreateItemRequest{BoardID: "1", Name: "x"}, "InvalidBoardIdException", transport.ErrNotFound},
		{monday.CreateItemRequest{BoardID: board, Name: "x", GroupID: "no"}, "InvalidGroupIdException", transport.ErrNotFound},
		{monday.CreateItemRequest{BoardID: board, Name: "x", Columns: monday.Columns{"no": monday.Text("x")}}, "InvalidColumnIdException", transport.ErrNotFound},
		{monday.CreateItemRequest{BoardID: board, Name: "x", Columns: monday.Columns{"status": monday.Status{Label: "Nope"}}}, "ColumnValueException", transport.ErrInvalid},
		{monday.CreateItemRequest{BoardID: board, Name: "x", RelativeTo: "7", Position: monday.After}, "InvalidItemIdException", transport.ErrNotFound},
	} {
		_, err := c.CreateItem(t.Context(), tc.request)
		require.ErrorIs(t, err, tc.kind, tc.code)
		require.Equal(t, transport.Rejected, transport.OutcomeOf(err))
		var e *monday.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, tc.code, e.Code)
		require.NotEmpty(t, e.RequestID)
		require.Equal(t, []string{"result"}, e.Problems[0].Path)
	}
	require.Empty(t, srv.Items(board))
	require.Len(t, srv.Requests(), 5)
}

func TestClient_CreateItem_Places(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	first := create(t, c, "first", nil)
	_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "before", RelativeTo: first.ID, Position: monday.Before})
	require.NoError(t, err)
	_, err = c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "after", RelativeTo: first.ID, Position: monday.After})
	require.NoError(t, err)
	var names []string
	for _, i := range srv.Items(board) {
		names = append(names, i.Name)
	}
	require.Equal(t, []string{"before", "first", "after"}, names)
}

func TestClient_CreateItem_CreateLabels(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{
		BoardID: board, Name: "x", Columns: monday.Columns{"status1": monday.Status{Label: "TikTok"}}, CreateLabels: true,
	})
	require.NoError(t, err)
	require.Equal(t, "TikTok", srv.Items(board)[0].Columns["status1"])
}

func TestClient_IdempotencyKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		var meta monday.Meta
		r := monday.CreateItemRequest{BoardID: board, Name: "Ada", Call: monday.Call{IdempotencyKey: "flow-1/lead", Meta: &meta}}
		first, err := c.CreateItem(t.Context(), r)
		require.NoError(t, err)
		require.False(t, meta.Replayed)
		time.Sleep(29 * time.Minute)
		second, err := c.CreateItem(t.Context(), r)
		require.NoError(t, err)
		require.True(t, meta.Replayed)
		require.Equal(t, first, second)
		require.Len(t, srv.Items(board), 1)

		time.Sleep(time.Minute)
		_, err = c.CreateItem(t.Context(), r)
		require.NoError(t, err)
		require.False(t, meta.Replayed)
		require.Len(t, srv.Items(board), 2, "the key is forgotten after 30 minutes")

		create(t, c, "Bob", nil)
		create(t, c, "Eve", nil)
		keys := map[string]bool{}
		for _, r := range srv.Requests() {
			keys[r.Header.Get("Idempotency-Key")] = true
		}
		require.Len(t, keys, 3)
	})
}

func TestClient_ChangeColumnValues(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	item := create(t, c, "Ada", lead())
	_, err := c.ChangeColumnValues(t.Context(), monday.ChangeColumnValuesRequest{
		BoardID: board, ItemID: item.ID, Name: "Ada King",
		Columns: monday.Columns{"status": monday.Status{Label: "Meeting booked"}, "text1": nil, "phone": monday.Clear{}},
	})
	require.NoError(t, err)
	got := srv.Items(board)[0]
	require.Equal(t, "Ada King", got.Name)
	require.Equal(t, "Meeting booked", got.Columns["status"])
	require.Equal(t, "ada@example.com", got.Columns["email"])
	require.NotContains(t, got.Columns, "text1")
	require.NotContains(t, got.Columns, "phone")

	_, err = c.ChangeColumnValues(t.Context(), monday.ChangeColumnValuesRequest{
		BoardID: board, ItemID: item.ID, Columns: monday.Columns{"text1": monday.Text("new"), "status": monday.Status{Label: "no"}},
	})
	require.ErrorIs(t, err, transport.ErrInvalid)
	require.NotContains(t, srv.Items(board)[0].Columns, "text1", "all or none")

	for field, r := range map[string]monday.ChangeColumnValuesRequest{
		"BoardID": {ItemID: "1", Name: "x"}, "ItemID": {BoardID: board, Name: "x"}, "Columns": {BoardID: board, ItemID: "1"},
	} {
		_, err := c.ChangeColumnValues(t.Context(), r)
		require.ErrorContains(t, err, field)
	}
}

func TestClient_ItemsByColumnValues(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		create(t, c, name, monday.Columns{"email": monday.Email{Address: name + "@example.com"}, "text1": monday.Text("same")})
	}
	params := monday.ItemsByColumnValuesParams{
		BoardID: board, Match: []monday.Match{{ColumnID: "text1", Values: []string{"same"}}}, Limit: 2, Columns: []string{"email"},
	}
	before := len(srv.Requests())
	seq := c.ItemsByColumnValues(t.Context(), params)
	for range 2 { // restartable
		items := collect(t, seq)
		require.Len(t, items, 5)
		require.Equal(t, "c@example.com", items[2].Text("email"))
		require.Equal(t, monday.Columns{"email": monday.Email{Address: "c@example.com"}}, items[2].Columns())
	}
	require.Len(t, srv.Requests(), before+6)
	for range seq {
		break
	}
	require.Len(t, srv.Requests(), before+7, "nothing is fetched after a break")

	page, err := c.ListItemsByColumnValues(t.Context(), monday.ItemsByColumnValuesParams{
		BoardID: board, Match: []monday.Match{{ColumnID: "email", Values: []string{"b@example.com", "d@example.com"}}, {ColumnID: "text1", Values: []string{"same"}}},
	})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	require.Empty(t, page.Cursor)

	for field, p := range map[string]monday.ItemsByColumnValuesParams{
		"BoardID": {}, "Match": {BoardID: board}, "Match names": {BoardID: board, Match: []monday.Match{{ColumnID: "x"}}},
		"Limit": {BoardID: board, Limit: 501, Match: params.Match},
	} {
		_, err := c.ListItemsByColumnValues(t.Context(), p)
		require.ErrorContains(t, err, field)
		for _, err := range c.ItemsByColumnValues(t.Context(), p) {
			require.ErrorContains(t, err, field)
		}
	}
}

// A loop that takes longer than a cursor lives still sees every item once.
func TestClient_Items_CursorExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		var want, got []string
		for range 5 {
			want = append(want, create(t, c, "x", nil).ID)
		}
		created := len(srv.Requests())
		for item, err := range c.Items(t.Context(), monday.ItemsParams{BoardID: board, Limit: 1}) {
			require.NoError(t, err)
			got = append(got, item.ID)
			time.Sleep(31 * time.Minute)
		}
		require.Equal(t, want, got)
		require.Less(t, len(srv.Requests())-created, 30)

		page, err := c.ListItems(t.Context(), monday.ItemsParams{BoardID: board, Limit: 1})
		require.NoError(t, err)
		time.Sleep(time.Hour)
		for _, err := range c.Items(t.Context(), monday.ItemsParams{BoardID: board, Limit: 1, Cursor: page.Cursor}) {
			require.ErrorIs(t, err, monday.ErrCursorExpired)
			require.ErrorIs(t, err, transport.ErrInvalid)
		}
	})
}

// A cursor that never works must not make an endless loop.
func TestClient_Items_CursorAlwaysExpired(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	create(t, c, "x", nil)
	create(t, c, "y", nil)
	srv.Inject(transporttest.Fault{
		Status: 200, Times: -1, Body: `{"errors":[{"message":"CursorExpiredError: x"}]}`,
		Match: func(r *http.Request) bool {
			body, _ := io.ReadAll(r.Body)
			return strings.Contains(string(body), "next_items_page")
		},
	})
	n := 0
	for _, err := range c.Items(t.Context(), monday.ItemsParams{BoardID: board, Limit: 1}) {
		if n++; n > 1 {
			require.ErrorIs(t, err, monday.ErrCursorExpired)
		}
	}
	require.Equal(t, 2, n)
}
