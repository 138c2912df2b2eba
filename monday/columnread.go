package monday

import (
	"encoding/json"
	"strconv"
	"strings"
)

// columnFragment selects every field that a typed value needs. Fields whose
// types differ between the value types have an alias.
const columnFragment = `fragment cell on ColumnValue {
  id
  type
  text
  value
  ... on NumbersValue { number }
  ... on StatusValue { label index is_done }
  ... on DropdownValue { values { id label } }
  ... on DateValue { date time }
  ... on TimelineValue { from to }
  ... on WeekValue { start_date end_date }
  ... on HourValue { hour minute }
  ... on EmailValue { email email_label: label }
  ... on PhoneValue { phone country_short_name }
  ... on LinkValue { url url_text }
  ... on PeopleValue { persons_and_teams { id kind } }
  ... on CheckboxValue { checked }
  ... on CountryValue { country { code name } }
  ... on LocationValue { lat lng address }
  ... on RatingValue { rating }
  ... on TagsValue { tag_ids }
  ... on WorldClockValue { timezone }
  ... on BoardRelationValue { linked_item_ids display_value }
  ... on DependencyValue { linked_item_ids display_value }
  ... on TeamValue { team_id }
  ... on ColorPickerValue { color }
  ... on MirrorValue { display_value }
  ... on FormulaValue { display_value }
}`

// ColumnValue is a column of an item as it was read.
type ColumnValue struct {
	ID string
	// Type is monday's name of the column type: "status", "email".
	Type string
	// Text is what monday shows, "" for an empty column.
	Text string
	// Value is the typed value, nil for an empty column.
	Value Value
}

// UnmarshalJSON reads what columnFragment selects. Unknown types become
// ReadOnly values.
func (c *ColumnValue) UnmarshalJSON(raw []byte) error {
	var w cell
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	*c = ColumnValue{ID: w.ID, Type: w.Type, Text: w.Text, Value: w.read()}
	if c.Text == "" {
		c.Text = w.Display
	}
	return nil
}

// cell is a column value on the wire.
type cell struct {
	ID     string          `json:"id"`
	Type   string          `json:"type"`
	Text   string          `json:"text"`
	Value  json.RawMessage `json:"value"` // JSON text in a string
	Number *float64        `json:"number"`
	Label  *string         `json:"label"`
	Index  *int            `json:"index"`
	IsDone bool            `json:"is_done"`
	Values []struct {
		ID    json.RawMessage `json:"id"`
		Label string          `json:"label"`
	} `json:"values"`
	Date             string `json:"date"`
	Time             string `json:"time"`
	From             string `json:"from"`
	To               string `json:"to"`
	StartDate        string `json:"start_date"`
	EndDate          string `json:"end_date"`
	Hour             *int   `json:"hour"`
	Minute           *int   `json:"minute"`
	Email            string `json:"email"`
	EmailLabel       string `json:"email_label"`
	Phone            string `json:"phone"`
	CountryShortName string `json:"country_short_name"`
	URL              string `json:"url"`
	URLText          string `json:"url_text"`
	PersonsAndTeams  []struct {
		ID   json.RawMessage `json:"id"`
		Kind string          `json:"kind"`
	} `json:"persons_and_teams"`
	Checked bool `json:"checked"`
	Country *struct {
		Code string `json:"code"`
		Name string `json:"name"`
	} `json:"country"`
	Lat           *float64          `json:"lat"`
	Lng           *float64          `json:"lng"`
	Address       string            `json:"address"`
	Rating        *int              `json:"rating"`
	TagIDs        []json.RawMessage `json:"tag_ids"`
	Timezone      string            `json:"timezone"`
	LinkedItemIDs []json.RawMessage `json:"linked_item_ids"`
	Display       string            `json:"display_value"`
	TeamID        json.RawMessage   `json:"team_id"`
	Color         string            `json:"color"`
}

// readers make the typed value of a cell, by column type; nil means empty.
var readers = map[string]func(*cell) Value{
	"text":      func(c *cell) Value { return unless(c.Text == "", Text(c.Text)) },
	"long_text": func(c *cell) Value { return unless(c.Text == "", LongText(c.Text)) },
	"numbers": func(c *cell) Value {
		if c.Number == nil {
			return nil
		}
		return Number(*c.Number)
	},
	"status":   (*cell).status,
	"dropdown": (*cell).dropdown,
	"date":     (*cell).date,
	"timeline": func(c *cell) Value { return unless(c.From == "", Timeline{dayOf(c.From), dayOf(c.To)}) },
	"week":     func(c *cell) Value { return unless(c.StartDate == "", Week{dayOf(c.StartDate), dayOf(c.EndDate)}) },
	"hour": func(c *cell) Value {
		if c.Hour == nil || c.Minute == nil {
			return nil
		}
		return Hour{*c.Hour, *c.Minute}
	},
	"email":    func(c *cell) Value { return unless(c.Email == "", Email{c.Email, notSame(c.EmailLabel, c.Email)}) },
	"phone":    func(c *cell) Value { return unless(c.Phone == "", Phone{c.Phone, c.CountryShortName}) },
	"link":     func(c *cell) Value { return unless(c.URL == "", Link{c.URL, notSame(c.URLText, c.URL)}) },
	"people":   (*cell).people,
	"checkbox": func(c *cell) Value { return unless(!c.Checked, Checkbox(true)) },
	"country": func(c *cell) Value {
		if c.Country == nil {
			return nil
		}
		return Country(*c.Country)
	},
	"location": func(c *cell) Value {
		if c.Lat == nil || c.Lng == nil {
			return nil
		}
		return Location{*c.Lat, *c.Lng, c.Address}
	},
	"rating": func(c *cell) Value {
		if c.Rating == nil || *c.Rating == 0 {
			return nil
		}
		return Rating(*c.Rating)
	},
	"tags":           func(c *cell) Value { return unless(len(c.TagIDs) == 0, Tags(plainIDs(c.TagIDs))) },
	"world_clock":    func(c *cell) Value { return unless(c.Timezone == "", WorldClock(c.Timezone)) },
	"board_relation": func(c *cell) Value { return unless(len(c.LinkedItemIDs) == 0, Relation(plainIDs(c.LinkedItemIDs))) },
	"dependency":     func(c *cell) Value { return unless(len(c.LinkedItemIDs) == 0, Dependency(plainIDs(c.LinkedItemIDs))) },
	"team":           func(c *cell) Value { return unless(plainID(c.TeamID) == "", Team(plainID(c.TeamID))) },
	"color_picker":   func(c *cell) Value { return unless(c.Color == "", Color(c.Color)) },
}

func (c *cell) read() Value {
	if r, ok := readers[c.Type]; ok {
		return r(c)
	}
	v := ReadOnly{Type: c.Type, Display: orElse(c.Text, c.Display)}
	if raw := unwrapped(c.Value); len(raw) > 0 && string(raw) != "null" {
		v.JSON = raw
	}
	return unless(v.Display == "" && v.JSON == nil, v)
}

// date reads the raw value, which is in UTC: the typed fields are in the time
// zone of the token's owner.
func (c *cell) date() Value {
	var utc struct {
		Date string `json:"date"`
		Time string `json:"time"`
	}
	if json.Unmarshal(unwrapped(c.Value), &utc) != nil || utc.Date == "" {
		utc.Date, utc.Time = c.Date, c.Time
	}
	return unless(utc.Date == "", Date{utc.Date, withSeconds(utc.Time)})
}

func (c *cell) status() Value {
	if c.Index == nil && c.Label == nil {
		return nil
	}
	s := Status{Index: c.Index, Done: c.IsDone}
	if c.Label != nil {
		s.Label = *c.Label
	}
	return s
}

func (c *cell) dropdown() Value {
	var d Dropdown
	for _, v := range c.Values {
		d.Labels = append(d.Labels, v.Label)
		d.IDs = append(d.IDs, plainID(v.ID))
	}
	return unless(d.IDs == nil, d)
}

func (c *cell) people() Value {
	var p People
	for _, one := range c.PersonsAndTeams {
		p = append(p, Person{ID: plainID(one.ID), Kind: one.Kind})
	}
	return unless(p == nil, p)
}

func unless(empty bool, v Value) Value {
	if empty {
		return nil
	}
	return v
}

// notSame drops a display text that only repeats the value.
func notSame(text, value string) string {
	if text == value {
		return ""
	}
	return text
}

// plainID reads an id that is a JSON string or number.
func plainID(raw json.RawMessage) string {
	if s, err := strconv.Unquote(string(raw)); err == nil {
		return s
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}

func plainIDs(raw []json.RawMessage) []string {
	ids := make([]string, 0, len(raw))
	for _, r := range raw {
		ids = append(ids, plainID(r))
	}
	return ids
}

// dayOf cuts a time of day off.
func dayOf(s string) string {
	day, _, _ := strings.Cut(s, "T")
	return day
}

// withSeconds completes "15:04" to "15:04:05".
func withSeconds(s string) string {
	if len(s) == len("15:04") {
		return s + ":00"
	}
	return s
}
