package monday

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/centrala-go/centrala/transport"
)

// itemFragment is what mutations return of an item: little, because every
// field costs complexity.
const itemFragment = `fragment item on Item {
  id
  name
  state
  url
  creator_id
  created_at
  updated_at
  board { id }
  group { id }
}`

// Item is a row of a board.
type Item struct {
	ID, Name string
	// State is "active", "archived" or "deleted".
	State     string
	URL       string
	CreatorID string
	BoardID   string
	GroupID   string
	// ParentID is set for subitems that were read with their parent.
	ParentID string
	// CreatedAt and UpdatedAt are zero when monday did not tell.
	CreatedAt, UpdatedAt time.Time
	// ColumnValues are the columns that were asked for, in the board's order.
	// Mutations do not return any.
	ColumnValues []ColumnValue
}

// Columns returns the values by column id; empty columns are absent.
func (i Item) Columns() Columns {
	c := make(Columns, len(i.ColumnValues))
	for _, v := range i.ColumnValues {
		if v.Value != nil {
			c[v.ID] = v.Value
		}
	}
	return c
}

// Text returns what monday shows for a column, "" for one that is empty or was
// not read.
func (i Item) Text(columnID string) string {
	for _, v := range i.ColumnValues {
		if v.ID == columnID {
			return v.Text
		}
	}
	return ""
}

// UnmarshalJSON reads an item as the package's documents select it.
func (i *Item) UnmarshalJSON(raw []byte) error {
	var w struct {
		ID           string        `json:"id"`
		Name         string        `json:"name"`
		State        string        `json:"state"`
		URL          string        `json:"url"`
		CreatorID    string        `json:"creator_id"`
		CreatedAt    timestamp     `json:"created_at"`
		UpdatedAt    timestamp     `json:"updated_at"`
		Board        *reference    `json:"board"`
		Group        *reference    `json:"group"`
		Parent       *reference    `json:"parent_item"`
		ColumnValues []ColumnValue `json:"column_values"`
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	*i = Item{
		ID: w.ID, Name: w.Name, State: w.State, URL: w.URL, CreatorID: w.CreatorID,
		BoardID: idOf(w.Board), GroupID: idOf(w.Group), ParentID: idOf(w.Parent),
		CreatedAt: time.Time(w.CreatedAt), UpdatedAt: time.Time(w.UpdatedAt), ColumnValues: w.ColumnValues,
	}
	return nil
}

// reference is an object of which only the id was asked for.
type reference struct {
	ID string `json:"id"`
}

func idOf(ref *reference) string {
	if ref == nil {
		return ""
	}
	return ref.ID
}

// timestamp reads monday's dates, whose format is not documented; what cannot
// be read is the zero time.
type timestamp time.Time

var timeForms = []string{time.RFC3339Nano, "2006-01-02 15:04:05 MST", time.DateTime, time.DateOnly}

func (t *timestamp) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return nil //nolint:nilerr // what cannot be read is the zero time
	}
	for _, form := range timeForms {
		if at, err := time.Parse(form, s); err == nil {
			*t = timestamp(at.UTC())
			return nil
		}
	}
	return nil
}

const maxName = 255

// checkName refuses what monday answers with ItemNameTooLongException.
func checkName(op, name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return transport.Invalid(op, "Name", "is empty")
	case n > maxName:
		return transport.Invalid(op, "Name", "has %d characters, at most %d are allowed", n, maxName)
	case !utf8.ValidString(name):
		return transport.Invalid(op, "Name", "is not valid UTF-8")
	}
	return nil
}

// required refuses the first empty value; pairs are field, value.
func required(op string, pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return transport.Invalid(op, pairs[i], "is empty")
		}
	}
	return nil
}

// oneOf refuses a value that is not among those that monday has; "" is left to
// its default.
func oneOf(op, field, value string, allowed ...string) error {
	if value != "" && !slices.Contains(allowed, value) {
		return transport.Invalid(op, field, "is %q, want %s", value, strings.Join(allowed, ", "))
	}
	return nil
}

// checkPlace refuses a place beside nothing, and one that does not exist.
func checkPlace(op, relativeTo string, p Position) error {
	if (relativeTo == "") != (p == "") {
		return transport.Invalid(op, "Position", "and RelativeTo go together")
	}
	return oneOf(op, "Position", string(p), string(Before), string(After))
}

// sortedKeys returns the keys in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// variables drops what is empty, so that monday's defaults apply.
func variables(pairs ...any) map[string]any {
	vars := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			if v == "" {
				continue
			}
		case bool:
			if !v {
				continue
			}
		case int:
			if v == 0 {
				continue
			}
		case []string:
			if len(v) == 0 {
				continue
			}
		case nil:
			continue
		}
		vars[pairs[i].(string)] = pairs[i+1]
	}
	return vars
}
