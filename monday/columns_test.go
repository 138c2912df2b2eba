package monday_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
)

// every is one value of each type, by column id of the default board.
func every() monday.Columns {
	return monday.Columns{
		"text1": monday.Text(`say "hi" \ 🚀`), "long_text": monday.LongText("one\ntwo"), "numbers": monday.Number(-42.1),
		"status": monday.Status{Label: "Done", Index: new(2), Done: true}, "dropdown": monday.Dropdown{Labels: []string{"Loans", "Insurance"}, IDs: []string{"1", "3"}},
		"date": monday.Instant(time.Date(2026, 11, 21, 23, 30, 5, 0, time.FixedZone("", 3600))), "time": monday.Hour{Hour: 0, Minute: 5},
		"timeline": monday.Timeline{From: "2026-11-21", To: "2026-12-24"}, "week": monday.Week{Start: "2026-11-16", End: "2026-11-22"},
		"email": monday.Email{Address: "ada@example.com", Text: "Ada"}, "phone": monday.Phone{Number: "+48123456789", Country: "PL"},
		"link": monday.Link{URL: "https://example.com/?a=1&b=2", Text: "here"}, "people": monday.People{{ID: "31337", Kind: "person"}, {ID: "7", Kind: "team"}},
		"checkbox": monday.Checkbox(true), "country": monday.Country{Code: "PL", Name: "Poland"},
		"location": monday.Location{Lat: 52.2297, Lng: 21.0122, Address: "Warszawa"}, "rating": monday.Rating(4),
		"tags": monday.Tags{"1", "2"}, "world_clock": monday.WorldClock("Europe/Warsaw"),
		"board_relation": monday.Relation{"5000000001"}, "dependency": monday.Dependency{"5000000001", "5000000002"},
		"team": monday.Team("12"), "color_picker": monday.Color("#00ff7f"),
	}
}

// byName reads the items of that name.
func byName(t testing.TB, c *monday.Client, name string) monday.Item {
	t.Helper()
	items := collect(t, c.ItemsByColumnValues(t.Context(), monday.ItemsByColumnValuesParams{
		BoardID: board, Match: []monday.Match{{ColumnID: "name", Values: []string{name}}},
	}))
	require.Len(t, items, 1)
	return items[0]
}

func TestColumns_RoundTrip(t *testing.T) {
	t.Parallel()
	c, _ := setup(t, mondaytest.Config{})
	create(t, c, "first", every())
	read := byName(t, c, "first").Columns()
	require.Empty(t, cmp.Diff(every(), read))
	create(t, c, "second", read)
	require.Empty(t, cmp.Diff(read, byName(t, c, "second").Columns()))
}

func TestColumns_Clear(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	item := create(t, c, "x", every())
	cleared := monday.Columns{}
	for id := range every() {
		cleared[id] = monday.Clear{}
	}
	_, err := c.ChangeColumnValues(t.Context(), monday.ChangeColumnValuesRequest{BoardID: board, ItemID: item.ID, Columns: cleared})
	require.NoError(t, err)
	require.Empty(t, byName(t, c, "x").Columns())
	require.Empty(t, srv.Items(board)[0].Columns)
}

func TestColumns_Refuses(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	for problem, v := range map[string]monday.Value{
		"at most 2000":         monday.LongText(strings.Repeat("x", 2001)),
		"not a finite number":  monday.Number(math.NaN()),
		"neither label":        monday.Status{},
		"has index 40":         monday.Status{Index: new(40)},
		"has id \"x\"":         monday.Dropdown{IDs: []string{"x"}},
		"has id \"\"":          monday.Team(""),
		"has id \"01\"":        monday.Tags{"01"},
		"has id \"-1\"":        monday.People{{ID: "-1"}},
		"has day \"21.11\"":    monday.Date{Day: "21.11"},
		"has time \"25:00\"":   monday.Date{Day: "2026-11-21", Time: "25:00"},
		"first day \"\"":       monday.Timeline{},
		"last day \"\"":        monday.Week{Start: "2026-11-21"},
		"before it begins":     monday.Timeline{From: "2026-11-21", To: "2026-11-20"},
		"is 24:00":             monday.Hour{Hour: 24},
		"no URL":               monday.Link{},
		"is -1":                monday.Rating(-1),
		"want #rrggbb":         monday.Color("red"),
		"cannot be written":    monday.ReadOnly{Type: "formula"},
		"not an e-mail":        monday.Email{Address: "a b@c"},
		"no number":            monday.Phone{Country: "PL"},
		"has country \"pl\"":   monday.Phone{Number: "1", Country: "pl"},
		"has code \"Poland\"":  monday.Country{Code: "Poland"},
		"want degrees":         monday.Location{Lat: 91},
		"names no time zone":   monday.WorldClock(""),
		"not valid JSON":       monday.Raw(`{`),
		"has id \"item\"":      monday.Relation{"item"},
		"has id \"dependent\"": monday.Dependency{"dependent"},
	} {
		_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "x", Columns: monday.Columns{"col": v}})
		require.ErrorIs(t, err, transport.ErrInvalid, problem)
		require.ErrorContains(t, err, "Columns[col] ", problem)
		require.ErrorContains(t, err, problem)
	}
	require.Empty(t, srv.Requests())
}

func TestColumns_Raw(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	create(t, c, "x", monday.Columns{"email": monday.Raw(`{"email":"a@b.pl","text":"A"}`)})
	require.Equal(t, "a@b.pl", srv.Items(board)[0].Columns["email"])
}

func TestColumn(t *testing.T) {
	t.Parallel()
	columns := every()
	email, ok := monday.Column[monday.Email](columns, "email")
	require.True(t, ok)
	require.Equal(t, "ada@example.com", email.Address)
	_, ok = monday.Column[monday.Email](columns, "text1")
	require.False(t, ok)
	_, ok = monday.Column[monday.Email](columns, "none")
	require.False(t, ok)
}

func TestDate_In(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("CET", 3600)
	at, err := monday.Date{Day: "2026-11-21", Time: "23:30:00"}.In(zone)
	require.NoError(t, err)
	require.Equal(t, "2026-11-22T00:30:00+01:00", at.Format(time.RFC3339))
	at, err = monday.Day(2026, time.November, 21).In(zone)
	require.NoError(t, err)
	require.Equal(t, "2026-11-21T00:00:00+01:00", at.Format(time.RFC3339))
	_, err = monday.Date{Day: "x", Time: "y"}.In(zone)
	require.Error(t, err)
}

func TestColumnValue_ReadsOtherForms(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]monday.Value{
		`{"type":"date","date":"2026-11-21","time":"09:30"}`:                            monday.Date{Day: "2026-11-21", Time: "09:30:00"},
		`{"type":"timeline","from":"2026-11-21T00:00:00Z","to":"2026-11-22T00:00:00Z"}`: monday.Timeline{From: "2026-11-21", To: "2026-11-22"},
		`{"type":"people","persons_and_teams":[{"id":7,"kind":"agent"}]}`:               monday.People{{ID: "7", Kind: "agent"}},
		`{"type":"status","label":null,"index":5}`:                                      monday.Status{Index: new(5)},
		`{"type":"email","email":"a@b.pl","email_label":"a@b.pl"}`:                      monday.Email{Address: "a@b.pl"},
		`{"type":"mirror","text":null,"display_value":"x"}`:                             monday.ReadOnly{Type: "mirror", Display: "x"},
		`{"type":"brand_new","text":"x","value":"{\"a\":1}"}`:                           monday.ReadOnly{Type: "brand_new", Display: "x", JSON: []byte(`{"a":1}`)},
		`{"type":"team","team_id":12}`:                                                  monday.Team("12"),
		`{"type":"hour","hour":9}`:                                                      nil,
		`{"type":"numbers","number":null}`:                                              nil,
	} {
		var v monday.ColumnValue
		require.NoError(t, v.UnmarshalJSON([]byte(raw)), raw)
		require.Equal(t, want, v.Value, raw)
	}
}
