package monday_test

import (
	"encoding/json"
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

// Values that hold nothing empty their columns, in the form that monday has for
// every type.
func TestColumns_Empty(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	item := create(t, c, "x", every())
	empty := monday.Columns{
		"text1": monday.Text(""), "long_text": monday.LongText(""), "checkbox": monday.Checkbox(false), "rating": monday.Rating(0),
		"dropdown": monday.Dropdown{}, "people": monday.People{}, "tags": monday.Tags{}, "board_relation": monday.Relation{}, "dependency": monday.Dependency(nil),
		"email": nil,
	}
	_, err := c.ChangeColumnValues(t.Context(), monday.ChangeColumnValuesRequest{BoardID: board, ItemID: item.ID, Columns: empty})
	require.NoError(t, err)
	requests := srv.Requests()
	var sent struct{ Variables struct{ Columns string } }
	require.NoError(t, json.Unmarshal(requests[len(requests)-1].Body, &sent))
	require.JSONEq(t, `{"text1":null,"long_text":null,"checkbox":null,"rating":null,"dropdown":null,"people":null,"tags":null,"board_relation":null,"dependency":null,"email":null}`,
		sent.Variables.Columns)
	require.Len(t, byName(t, c, "x").Columns(), len(every())-len(empty))
}

// What is written is exactly what monday's own column mappers write.
func TestColumns_WireForms(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	write := func(columns monday.Columns) string {
		create(t, c, "x", columns)
		requests := srv.Requests()
		var sent struct{ Variables struct{ Columns string } }
		require.NoError(t, json.Unmarshal(requests[len(requests)-1].Body, &sent))
		return sent.Variables.Columns
	}
	require.JSONEq(t, `{
		"text1":"say \"hi\" \\ 🚀", "long_text":{"text":"one\ntwo"}, "numbers":"-42.1", "status":{"label":"Done"}, "dropdown":{"labels":["Loans","Insurance"]},
		"date":{"date":"2026-11-21","time":"22:30:05"}, "timeline":{"from":"2026-11-21","to":"2026-12-24"},
		"week":{"week":{"startDate":"2026-11-16","endDate":"2026-11-22"}}, "time":{"hour":0,"minute":5}, "email":{"email":"ada@example.com","text":"Ada"},
		"phone":{"phone":"+48123456789","countryShortName":"PL"}, "link":{"url":"https://example.com/?a=1&b=2","text":"here"},
		"people":{"personsAndTeams":[{"id":31337,"kind":"person"},{"id":7,"kind":"team"}]}, "checkbox":{"checked":"true"},
		"country":{"countryCode":"PL","countryName":"Poland"}, "location":{"lat":"52.2297","lng":"21.0122","address":"Warszawa"}, "rating":{"rating":4},
		"tags":{"tag_ids":[1,2]}, "world_clock":{"timezone":"Europe/Warsaw"}, "board_relation":{"item_ids":[5000000001]},
		"dependency":{"item_ids":[5000000001,5000000002]}, "team":{"team_id":12}, "color_picker":{"color":{"hex":"#00ff7f"}}
	}`, write(every()))
	require.JSONEq(t, `{
		"status":{"index":1}, "dropdown":{"ids":[1,3]}, "date":{"date":"2026-11-21"}, "phone":{"phone":"+48123456789"}, "country":{"countryCode":"US"},
		"email":{"email":"a@b.pl","text":"a@b.pl"}, "link":{"url":"https://b.pl","text":"https://b.pl"}, "people":{"personsAndTeams":[{"id":1,"kind":"person"}]},
		"numbers":"0.1"
	}`, write(monday.Columns{
		"status": monday.Status{Index: new(1)}, "dropdown": monday.Dropdown{IDs: []string{"1", "3"}}, "date": monday.Day(2026, time.November, 21),
		"phone": monday.Phone{Number: "+48123456789"}, "country": monday.Country{Code: "US"}, "email": monday.Email{Address: "a@b.pl"},
		"link": monday.Link{URL: "https://b.pl"}, "people": monday.People{{ID: "1"}}, "numbers": monday.Number(0.1),
	}))
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
		"is \"#00ff7g\"":       monday.Color("#00ff7g"),
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
