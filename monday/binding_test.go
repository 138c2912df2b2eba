package monday_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

type boundLead struct {
	Name     string        `monday:"name"`
	Email    string        `monday:"email,email"`
	Phone    string        `monday:"phone,phone=PL"`
	Status   string        `monday:"status,status"`
	Topic    string        `monday:"text1"`
	Feedback string        `monday:"long_text,long_text,omitempty"`
	Meeting  time.Time     `monday:"date"`
	Value    int           `monday:"numbers"`
	Consent  bool          `monday:"checkbox"`
	Time     monday.Hour   `monday:"time,omitempty"`
	Owner    monday.People `monday:"people,omitempty"`
	Internal string
	Skipped  string `monday:"-"`
}

func TestColumnsOf_RoundTrip(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	want := boundLead{
		Name: "Ada", Email: "ada@example.com", Phone: "+48123456789", Status: "Done", Topic: "x", Value: -7, Consent: true,
		Meeting: time.Date(2026, 11, 21, 14, 30, 0, 0, time.UTC), Time: monday.Hour{Hour: 14}, Owner: monday.People{{ID: "7", Kind: "team"}},
	}
	columns, err := monday.ColumnsOf(want)
	require.NoError(t, err)
	require.NotContains(t, columns, "long_text")
	require.Equal(t, monday.Phone{Number: "+48123456789", Country: "PL"}, columns["phone"])
	name, err := monday.NameOf(&want)
	require.NoError(t, err)
	create(t, c, name, columns)
	got := boundLead{Feedback: "is emptied", Internal: "stays"}
	require.NoError(t, byName(t, c, "Ada").Decode(&got))
	want.Internal = "stays"
	require.Empty(t, cmp.Diff(want, got))

	columns, err = monday.ColumnsOf(boundLead{Name: "Ada"})
	require.NoError(t, err)
	_, err = c.ChangeColumnValues(t.Context(), monday.ChangeColumnValuesRequest{BoardID: board, ItemID: srv.Items(board)[0].ID, Columns: columns})
	require.NoError(t, err)
	require.NotContains(t, srv.Items(board)[0].Columns, "email", "a zero field empties its column")
	require.Contains(t, srv.Items(board)[0].Columns, "people")
}

func TestColumnsOf_Refuses(t *testing.T) {
	t.Parallel()
	for problem, v := range map[string]any{
		"want a struct": 7,
		"without a column id": struct {
			A string `monday:",email"`
		}{},
		`unknown option "emial"`: struct {
			A string `monday:"a,emial"`
		}{"x"},
		`unknown option "dya"`: struct {
			A time.Time `monday:"a,dya"`
		}{},
		`"day" is for times`: struct {
			A string `monday:"a,day"`
		}{"x"},
		"beyond 2^53": struct {
			A int64 `monday:"a"`
		}{-1<<53 - 1},
		"A (column a) is a whole number": struct {
			A uint64 `monday:"a"`
		}{1<<53 + 1},
		"stands for no column value": struct {
			A []byte `monday:"a"`
		}{},
	} {
		_, err := monday.ColumnsOf(v)
		require.ErrorIs(t, err, transport.ErrInvalid, problem)
		require.ErrorContains(t, err, problem)
	}
	type numbered struct {
		N int `monday:"name"`
	}
	_, err := monday.NameOf(numbered{})
	require.ErrorContains(t, err, "not a string")
	require.ErrorContains(t, monday.Item{Name: "Ada"}.Decode(new(numbered)), "not a string")
}

// A field of the interface type holds whatever the column does.
func TestColumnsOf_AnyValue(t *testing.T) {
	t.Parallel()
	type row struct {
		V monday.Value `monday:"v"`
	}
	columns, err := monday.ColumnsOf(row{})
	require.NoError(t, err)
	require.Equal(t, monday.Columns{"v": monday.Clear{}}, columns)
	var got row
	require.NoError(t, monday.Item{ColumnValues: []monday.ColumnValue{{ID: "v", Value: monday.Team("7")}}}.Decode(&got))
	require.Equal(t, row{monday.Team("7")}, got)
}

func TestItem_Decode_Refuses(t *testing.T) {
	t.Parallel()
	item := monday.Item{ColumnValues: []monday.ColumnValue{
		{ID: "n", Value: monday.Number(1.5)}, {ID: "d", Value: monday.Date{Day: "x"}}, {ID: "h", Value: monday.Hour{}},
	}}
	require.Error(t, item.Decode(boundLead{}))
	var number struct {
		N int8 `monday:"n"`
	}
	require.ErrorContains(t, item.Decode(&number), "cannot hold 1.5")
	var date struct {
		D time.Time `monday:"d"`
	}
	require.ErrorContains(t, item.Decode(&date), "cannot hold the date")
	var hour struct {
		H string `monday:"h"`
	}
	require.ErrorContains(t, item.Decode(&hour), "cannot hold a monday.Hour")
	var rest struct {
		U uint    `monday:"n"`
		F float64 `monday:"n"`
	}
	require.ErrorContains(t, item.Decode(&rest), "U (column n)")
	var text struct {
		N string `monday:"n"`
	}
	require.NoError(t, item.Decode(&text))
	require.Equal(t, "1.5", text.N)
}

func TestConfig_CheckColumns(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	c, err := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL, CheckColumns: true}, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	create(t, c, "x", lead())
	require.Len(t, srv.Requests(), 2, "the board was read")
	for problem, columns := range map[string]monday.Columns{
		"Columns[mail] names no column": {"mail": monday.Text("x")},
		"Columns[email] is a value for a column of type text, and the column is of type email": {"email": monday.Text("x")},
		`Columns[status] names the label "Nope"`:                                               {"status": monday.Status{Label: "Nope"}},
		`Columns[dropdown] names the label "Cars"`:                                             {"dropdown": monday.Dropdown{Labels: []string{"Loans", "Cars"}}},
	} {
		_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "x", Columns: columns})
		require.ErrorIs(t, err, transport.ErrInvalid)
		require.ErrorIs(t, err, transport.ErrNotSent)
		require.ErrorContains(t, err, problem)
		_, err = c.ChangeColumnValues(t.Context(), monday.ChangeColumnValuesRequest{BoardID: board, ItemID: "1", Columns: columns})
		require.ErrorContains(t, err, problem)
	}
	_, err = c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "x", Columns: monday.Columns{"status": monday.Status{Label: "Nope"}}, CreateLabels: true})
	require.NoError(t, err)
	create(t, c, "y", every())
	require.Len(t, srv.Requests(), 4, "the board was read once")
}

// What the client itself has added to a board is not refused by what it knew
// before; and bulk and single changes are checked as well.
func TestConfig_CheckColumns_Reshaped(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	c, err := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL, CheckColumns: true}, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	item := create(t, c, "x", lead())
	status := monday.Columns{"status": monday.Status{Label: "Lost"}}
	one := monday.ChangeColumnValueRequest{BoardID: board, ItemID: item.ID, ColumnID: "status", Value: status["status"]}
	_, err = c.ChangeColumnValue(t.Context(), one)
	require.ErrorContains(t, err, `Columns[status] names the label "Lost"`)
	many := []monday.CreateItemRequest{{BoardID: board, Name: "a", Columns: status}, {BoardID: board, Name: "b"}}
	report, err := c.CreateItems(t.Context(), slices.Values(many), monday.Bulk{})
	require.NoError(t, err)
	require.ErrorContains(t, report.Results[0].Err, `names the label "Lost"`)
	require.NoError(t, report.Results[1].Err)

	one.CreateLabels = true
	_, err = c.ChangeColumnValue(t.Context(), one)
	require.NoError(t, err)
	create(t, c, "y", status)
	_, err = c.CreateColumn(t.Context(), monday.CreateColumnRequest{BoardID: board, Title: "New", Type: "text", ID: "text9"})
	require.NoError(t, err)
	create(t, c, "z", monday.Columns{"text9": monday.Text("x")})
	sent := len(srv.Requests())
	_, err = c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "x", Columns: monday.Columns{"text8": monday.Text("x")}})
	require.ErrorContains(t, err, "Columns[text8] names no column")
	require.Len(t, srv.Requests(), sent+1, "the board was read again, and nothing sent")

	srv.Inject(transporttest.Fault{Status: 401, Times: -1})
	_, err = c.CreateItems(t.Context(), slices.Values([]monday.CreateItemRequest{{BoardID: "1", Name: "a", Columns: status}}), monday.Bulk{})
	require.ErrorIs(t, err, transport.ErrAuth, "a board that cannot be read ends the run")
}
