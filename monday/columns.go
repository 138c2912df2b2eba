package monday

import (
	"encoding/json"
	"fmt"

	"github.com/centrala-go/centrala/transport"
)

// Value is the value of a column. The types of this package that implement it
// are both what is written and what is read, so that a value that was read can
// be written back as it is:
//
//	Text, LongText, Number, Status, Dropdown, Date, Timeline, Week, Hour,
//	Email, Phone, Link, People, Checkbox, Country, Location, Rating, Tags,
//	WorldClock, Relation, Dependency, Team, Color
//
// Besides, Clear empties a column, Raw writes any JSON, and ReadOnly is what
// columns that monday computes hold.
type Value interface {
	// wire returns what stands in column_values, or says what is wrong.
	wire() (any, error)
}

// Columns are column values by column id. A nil Value empties its column. The
// item's name is not among them.
type Columns map[string]Value

// Clear empties a column.
type Clear struct{}

func (Clear) wire() (any, error) { return nil, nil } //nolint:nilnil // null is the value

// Raw is written as it is, for column types and forms that have no type here.
type Raw json.RawMessage

func (r Raw) wire() (any, error) {
	if !json.Valid(r) {
		return nil, problem("is not valid JSON")
	}
	return json.RawMessage(r), nil
}

// problem says what is wrong with a value; the caller knows its name.
type problem string

func (p problem) Error() string { return string(p) }

func problemf(format string, args ...any) error { return problem(fmt.Sprintf(format, args...)) }

// encode returns the columns as the JSON text that monday wants in a variable
// of type JSON, with the ids in order.
func (c Columns) encode(op string) (string, error) {
	out := make(map[string]any, len(c))
	for id, v := range c {
		if err := checkColumnID(op, id, v); err != nil {
			return "", err
		}
		text, err := encodeValue(op, "Columns["+id+"]", v)
		if err != nil {
			return "", err
		}
		out[id] = json.RawMessage(text)
	}
	text, err := json.Marshal(out)
	if err != nil {
		return "", transport.Invalid(op, "Columns", "cannot be written as JSON: %v", err)
	}
	return string(text), nil
}

// itemName is the item's name among the columns, where monday takes a new one.
type itemName string

func (v itemName) wire() (any, error) { return string(v), nil }

// checkColumnID refuses the id "name" except for a name that was checked.
func checkColumnID(op, id string, v Value) error {
	switch _, checked := v.(itemName); {
	case id == "":
		return transport.Invalid(op, "Columns", "has an empty column id")
	case id == "name" && !checked:
		return transport.Invalid(op, "Columns[name]", "is the item's name; use the field Name")
	}
	return nil
}

// encodeValue returns one value as JSON text; nil is the empty one.
func encodeValue(op, field string, v Value) (string, error) {
	if v == nil {
		v = Clear{}
	}
	w, err := v.wire()
	if err != nil {
		return "", transport.Invalid(op, field, "%s", err)
	}
	text, err := json.Marshal(w)
	if err != nil {
		return "", transport.Invalid(op, field, "cannot be written as JSON: %v", err)
	}
	return string(text), nil
}

// put adds the columns to the variables unless there are none.
func (c Columns) put(op string, vars map[string]any) error {
	if len(c) == 0 {
		return nil
	}
	text, err := c.encode(op)
	if err != nil {
		return err
	}
	vars["columns"] = text
	return nil
}

// Column returns the value of a column as type T; it reports false when the
// column is absent, empty or of another type.
func Column[T Value](c Columns, id string) (T, bool) {
	v, ok := c[id].(T)
	return v, ok
}
