package mondaytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// cell is a column's value on an item.
type cell struct {
	text   string
	value  string // as written
	fields node   // what its fragment can select
}

// typeNames are the GraphQL types by column type.
var typeNames = map[string]string{
	"text": "TextValue", "long_text": "LongTextValue", "numbers": "NumbersValue", "status": "StatusValue",
	"dropdown": "DropdownValue", "date": "DateValue", "timeline": "TimelineValue", "week": "WeekValue",
	"hour": "HourValue", "email": "EmailValue", "phone": "PhoneValue", "link": "LinkValue", "people": "PeopleValue",
	"checkbox": "CheckboxValue", "country": "CountryValue", "location": "LocationValue", "rating": "RatingValue",
	"tags": "TagsValue", "world_clock": "WorldClockValue", "board_relation": "BoardRelationValue",
	"dependency": "DependencyValue", "team": "TeamValue", "color_picker": "ColorPickerValue", "file": "FileValue",
	"mirror": "MirrorValue", "formula": "FormulaValue", "creation_log": "CreationLogValue",
}

// empties are fields that are never null.
var empties = map[string]node{
	"dropdown":       {"values": []node{}},
	"tags":           {"tag_ids": []any{}},
	"board_relation": {"linked_item_ids": []string{}, "display_value": ""},
	"dependency":     {"linked_item_ids": []string{}, "display_value": ""},
	"mirror":         {"display_value": ""},
	"formula":        {"display_value": ""},
	"file":           {"files": []node{}},
}

// written are the members of a value as it was written.
type written map[string]json.RawMessage

func (w written) text(key string) string {
	var s string
	if json.Unmarshal(w[key], &s) != nil {
		return strings.Trim(string(w[key]), `"`)
	}
	return s
}

func (w written) ids(key string) ([]string, bool) {
	var numbers []json.Number
	if json.Unmarshal(w[key], &numbers) != nil {
		return nil, false
	}
	ids := make([]string, 0, len(numbers))
	for _, n := range numbers {
		ids = append(ids, n.String())
	}
	return ids, true
}

// writer makes a cell of a written value. It may extend the column's labels.
type writer func(c *column, w written, create bool) (*cell, error)

// objectWriters are the types whose value is an object.
var objectWriters = map[string]writer{
	"long_text": func(_ *column, w written, _ bool) (*cell, error) {
		if n := utf8.RuneCountInString(w.text("text")); n > maxLongText {
			return nil, fmt.Errorf("the text has %d characters, at most %d are allowed", n, maxLongText)
		}
		return textCell(w.text("text"), nil), nil
	},
	"status": writeStatus, "dropdown": writeDropdown, "date": writeDate, "hour": writeHour, "email": writeEmail,
	"timeline": func(_ *column, w written, _ bool) (*cell, error) { return span(w, "from", "to", "from", "to") },
	"week": func(_ *column, w written, _ bool) (*cell, error) {
		var inner written
		_ = json.Unmarshal(w["week"], &inner)
		return span(inner, "startDate", "endDate", "start_date", "end_date")
	},
	"phone": writePhone,
	"link": func(_ *column, w written, _ bool) (*cell, error) {
		url, text := w.text("url"), w.text("text")
		if url == "" {
			return nil, fmt.Errorf("url is missing")
		}
		return textCell(text+" - "+url, node{"url": url, "url_text": text}), nil
	},
	"people": writePeople,
	"checkbox": func(_ *column, w written, _ bool) (*cell, error) {
		if w.text("checked") != "true" {
			return nil, nil //nolint:nilnil // unchecked is empty
		}
		return textCell("v", node{"checked": true}), nil
	},
	"country": func(_ *column, w written, _ bool) (*cell, error) {
		code, name := w.text("countryCode"), w.text("countryName")
		if len(code) != 2 {
			return nil, fmt.Errorf("countryCode is not valid")
		}
		return textCell(name, node{"country": node{"__typename": "Country", "code": code, "name": name}}), nil
	},
	"location": writeLocation,
	"rating": func(_ *column, w written, _ bool) (*cell, error) {
		n, err := strconv.Atoi(w.text("rating"))
		if err != nil {
			return nil, fmt.Errorf("rating is not a number")
		}
		return textCell(strconv.Itoa(n), node{"rating": n}), nil
	},
	"tags": func(_ *column, w written, _ bool) (*cell, error) {
		ids, ok := w.ids("tag_ids")
		if !ok {
			return nil, fmt.Errorf("tag_ids is not a list of numbers")
		}
		var numbers []any
		for _, id := range ids {
			numbers = append(numbers, json.Number(id))
		}
		return textCell(strings.Join(ids, ", "), node{"tag_ids": numbers}), nil
	},
	"world_clock": func(_ *column, w written, _ bool) (*cell, error) {
		return textCell(w.text("timezone"), node{"timezone": w.text("timezone")}), nil
	},
	"board_relation": writeLinks, "dependency": writeLinks,
	"team": func(_ *column, w written, _ bool) (*cell, error) {
		return textCell("team "+w.text("team_id"), node{"team_id": json.Number(w.text("team_id"))}), nil
	},
	"color_picker": func(_ *column, w written, _ bool) (*cell, error) {
		var inner written
		_ = json.Unmarshal(w["color"], &inner)
		return textCell(inner.text("hex"), node{"color": inner.text("hex")}), nil
	},
}

func textCell(text string, fields node) *cell { return &cell{text: text, fields: fields} }

// writeCell checks a written value like monday and makes the cell; nil empties
// the column.
func writeCell(c *column, raw json.RawMessage, create bool) (*cell, error) {
	if string(raw) == "null" {
		return nil, nil //nolint:nilnil // empty
	}
	made, err := makeCell(c, raw, create)
	if err != nil {
		return nil, fail("ColumnValueException", "This column value is invalid: %v", err).
			with("column_id", c.id, "column_name", c.title, "column_type", c.kind, "column_value", string(raw))
	}
	if made == nil || (made.text == "" && made.fields == nil) {
		return nil, nil //nolint:nilnil // empty
	}
	made.value = string(raw)
	return made, nil
}

func makeCell(c *column, raw json.RawMessage, create bool) (*cell, error) {
	if c.kind == "text" || c.kind == "numbers" {
		return plainCell(c, raw)
	}
	write, ok := objectWriters[c.kind]
	if !ok {
		return nil, fmt.Errorf("columns of type %s cannot be updated", c.kind)
	}
	var w written
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, fmt.Errorf("want an object for a column of type %s", c.kind)
	}
	return write(c, w, create)
}

func plainCell(c *column, raw json.RawMessage) (*cell, error) {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("want a string")
	}
	if c.kind == "text" || s == "" {
		return textCell(s, nil), nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	return textCell(s, node{"number": f}), nil
}

const (
	maxStatusLabels = 40
	maxLongText     = 2000
)

// label finds a label, or makes it if that is asked for.
func (c *column) label(name string, create bool) (int, error) {
	if i := slices.Index(c.labels, name); i >= 0 {
		return i, nil
	}
	if !create {
		return 0, fmt.Errorf("the label %q does not exist, possible labels are %q", name, c.labels)
	}
	if c.kind == "status" && len(c.labels) >= maxStatusLabels {
		return 0, fmt.Errorf("the column has %d labels already", maxStatusLabels)
	}
	c.labels = append(c.labels, name)
	return len(c.labels) - 1, nil
}

func writeStatus(c *column, w written, create bool) (*cell, error) {
	index := 0
	if name := w.text("label"); name != "" {
		i, err := c.label(name, create)
		if err != nil {
			return nil, err
		}
		index = i
	} else {
		i, err := strconv.Atoi(w.text("index"))
		if err != nil || i < 0 || i >= len(c.labels) {
			return nil, fmt.Errorf("the index %s does not exist", w["index"])
		}
		index = i
	}
	name := c.labels[index]
	return textCell(name, node{"label": name, "index": index, "is_done": name == "Done"}), nil
}

func writeDropdown(c *column, w written, create bool) (*cell, error) {
	var names []string
	_ = json.Unmarshal(w["labels"], &names)
	ids, _ := w.ids("ids")
	for _, id := range ids {
		i, err := strconv.Atoi(id)
		if err != nil || i < 1 || i > len(c.labels) {
			return nil, fmt.Errorf("the id %s does not exist", id)
		}
		names = append(names, c.labels[i-1])
	}
	values := []node{}
	for _, name := range names {
		i, err := c.label(name, create)
		if err != nil {
			return nil, err
		}
		values = append(values, node{"__typename": "DropdownValueOption", "id": strconv.Itoa(i + 1), "label": name})
	}
	if len(values) == 0 {
		return nil, nil //nolint:nilnil // empty
	}
	return textCell(strings.Join(names, ", "), node{"values": values}), nil
}

// userZone is where the token's owner is, an hour east of UTC all the year.
var userZone = time.FixedZone("", 3600)

// writeDate takes UTC. The typed fields and the text show the time zone of the
// token's owner; the raw value stays what was written.
func writeDate(_ *column, w written, _ bool) (*cell, error) {
	day, at := w.text("date"), w.text("time")
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return nil, fmt.Errorf("%q is not a date", day)
	}
	if at == "" || at == "null" {
		return textCell(day, node{"date": day, "time": ""}), nil
	}
	t, err := time.Parse(time.DateTime, day+" "+at)
	if err != nil {
		return nil, fmt.Errorf("%q is not a time", at)
	}
	t = t.In(userZone)
	return textCell(t.Format("2006-01-02 15:04"), node{"date": t.Format(time.DateOnly), "time": t.Format(time.TimeOnly)}), nil
}

func span(w written, from, to, fromField, toField string) (*cell, error) {
	a, b := w.text(from), w.text(to)
	for _, day := range []string{a, b} {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return nil, fmt.Errorf("%q is not a date", day)
		}
	}
	return textCell(a+" - "+b, node{fromField: a, toField: b}), nil
}

func writeHour(_ *column, w written, _ bool) (*cell, error) {
	h, err := strconv.Atoi(w.text("hour"))
	m, err2 := strconv.Atoi(w.text("minute"))
	if err != nil || err2 != nil || h < 0 || h > 23 || m < 0 || m > 59 {
		return nil, fmt.Errorf("hour or minute is out of range")
	}
	return textCell(time.Date(0, 1, 1, h, m, 0, 0, time.UTC).Format("03:04 PM"), node{"hour": h, "minute": m}), nil
}

func writeEmail(_ *column, w written, _ bool) (*cell, error) {
	address := w.text("email")
	if _, err := mail.ParseAddress(address); err != nil {
		return nil, fmt.Errorf("the email %q is not valid", address)
	}
	label := w.text("text")
	if label == "" {
		label = address
	}
	return textCell(address, node{"email": address, "label": label}), nil
}

func writePhone(_ *column, w written, _ bool) (*cell, error) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, w.text("phone"))
	if len(digits) < 5 || len(digits) > 15 {
		return nil, fmt.Errorf("the phone number %q is not valid", w.text("phone"))
	}
	var country any
	if code := w.text("countryShortName"); code != "" {
		country = code
	}
	return textCell(w.text("phone"), node{"phone": w.text("phone"), "country_short_name": country}), nil
}

func writePeople(_ *column, w written, _ bool) (*cell, error) {
	var list []struct {
		ID   json.Number `json:"id"`
		Kind string      `json:"kind"`
	}
	if err := json.Unmarshal(w["personsAndTeams"], &list); err != nil {
		return nil, fmt.Errorf("personsAndTeams is not valid")
	}
	var texts []string
	people := []node{}
	for _, p := range list {
		if p.Kind != "person" && p.Kind != "team" {
			return nil, fmt.Errorf("kind %q is not valid", p.Kind)
		}
		texts = append(texts, p.Kind+" "+p.ID.String())
		people = append(people, node{"__typename": "PeopleEntity", "id": p.ID.String(), "kind": p.Kind})
	}
	if len(people) == 0 {
		return nil, nil //nolint:nilnil // empty
	}
	return textCell(strings.Join(texts, ", "), node{"persons_and_teams": people}), nil
}

func writeLocation(_ *column, w written, _ bool) (*cell, error) {
	lat, err := strconv.ParseFloat(w.text("lat"), 64)
	lng, err2 := strconv.ParseFloat(w.text("lng"), 64)
	if err != nil || err2 != nil {
		return nil, fmt.Errorf("lat or lng is not a number")
	}
	return textCell(w.text("address"), node{"lat": lat, "lng": lng, "address": w.text("address")}), nil
}

func writeLinks(_ *column, w written, _ bool) (*cell, error) {
	ids, ok := w.ids("item_ids")
	if !ok {
		return nil, fmt.Errorf("item_ids is not a list of numbers")
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // empty
	}
	return &cell{fields: node{"linked_item_ids": ids, "display_value": strings.Join(ids, ", ")}}, nil
}

// raw is the written value, null for an empty cell.
func (c *cell) raw() json.RawMessage {
	if c == nil || c.value == "" {
		return json.RawMessage("null")
	}
	return json.RawMessage(c.value)
}

// node is the cell as an object of the answer; c may be empty.
func (c *cell) node(col *column) node {
	n := node{"__typename": typeNames[col.kind], "id": col.id, "type": col.kind, "column": col.node()}
	maps.Copy(n, empties[col.kind])
	if c == nil {
		n["text"] = ""
		return n
	}
	maps.Copy(n, c.fields)
	n["text"], n["value"] = c.text, c.value
	if col.kind == "board_relation" || col.kind == "dependency" {
		n["text"], n["value"] = nil, nil
	}
	return n
}
