package monday

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/centrala-go/centrala/transport"
)

const (
	maxIngest      = 10_000
	maxIngestBytes = 150 << 20
)

// csvOf writes items in monday's CSV form: a header of name and column ids,
// then a row for each item. An empty cell keeps what is there.
func csvOf(op string, items []IngestItem) ([]byte, error) {
	if len(items) == 0 || len(items) > maxIngest {
		return nil, transport.Invalid(op, "Items", "has %d items, want 1 to %d", len(items), maxIngest)
	}
	header := columnsOf(items)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(append([]string{"name"}, header...)) // a buffer takes everything
	for n, item := range items {
		row, err := item.row(op, n, header)
		if err != nil {
			return nil, err
		}
		_ = w.Write(row)
	}
	w.Flush()
	if b.Len() > maxIngestBytes {
		return nil, transport.Invalid(op, "Items", "make a file of %d bytes, at most %d are allowed", b.Len(), maxIngestBytes)
	}
	return b.Bytes(), nil
}

// columnsOf returns the column ids that any item names, in order.
func columnsOf(items []IngestItem) []string {
	ids := map[string]bool{}
	for _, i := range items {
		for id := range i.Columns {
			ids[id] = true
		}
	}
	return sortedKeys(ids)
}

func (i IngestItem) row(op string, n int, header []string) ([]string, error) {
	field := "Items[" + strconv.Itoa(n) + "]"
	if err := checkName(op, i.Name); err != nil || i.Name == null {
		return nil, transport.Invalid(op, field+".Name", "is empty, too long, not UTF-8 or the word %s", null)
	}
	row := []string{i.Name}
	for _, id := range header {
		v, named := i.Columns[id]
		if !named {
			row = append(row, "")
			continue
		}
		text, err := cellText(v)
		if id == "name" {
			err = problem("is the item's name; use the field Name")
		}
		if err != nil {
			return nil, transport.Invalid(op, field+".Columns["+id+"]", "%s", err)
		}
		row = append(row, text)
	}
	return row, nil
}

// null empties a column.
const null = "<NULL>"

// cellText writes a value as the text of a cell. What the cell's form cannot
// hold exactly is an error.
func cellText(v Value) (string, error) {
	if v == nil {
		return null, nil
	}
	w, err := v.wire()
	if err != nil {
		return "", err
	}
	if w == nil {
		return emptyText(v), nil
	}
	text, err := plainCell(v)
	switch {
	case err != nil:
		return "", err
	case text == null:
		return "", problem("is the word " + null + ", which empties a column in an import")
	}
	return text, nil
}

// emptyText is the cell of a value that empties its column.
func emptyText(v Value) string {
	if box, ok := v.(Checkbox); ok {
		return strconv.FormatBool(bool(box))
	}
	return null
}

func plainCell(v Value) (string, error) {
	switch v := v.(type) {
	case Text:
		return string(v), nil
	case LongText:
		return string(v), nil
	case Number:
		return strconv.FormatFloat(float64(v), 'f', -1, 64), nil
	case Checkbox:
		return strconv.FormatBool(bool(v)), nil
	case Phone:
		if v.Country == "" || strings.HasPrefix(v.Number, "+") {
			return v.Number, nil
		}
		return "", problem("has a country beside a number without +, which an import does not take")
	case Email:
		return emailCell(v)
	case Link:
		return linkCell(v)
	case Timeline:
		return v.From + "/" + v.To, nil
	case Location:
		if strings.Contains(v.Address, "|") {
			return "", problem("has an address with |, which separates the parts of a cell")
		}
		return degrees(v.Lat) + "|" + degrees(v.Lng) + "|" + v.Address, nil
	}
	return listCell(v)
}

// listCell writes the values that are lists or have conditions.
func listCell(v Value) (string, error) {
	switch v := v.(type) {
	case Status:
		if v.Label != "" {
			return v.Label, nil
		}
		return "", problem("has no label, which an import needs")
	case Dropdown:
		if len(v.Labels) > 0 && !slices.ContainsFunc(v.Labels, func(l string) bool { return strings.Contains(l, ",") }) {
			return strings.Join(v.Labels, ", "), nil
		}
		return "", problem("has no labels, or one with a comma, which an import cannot tell apart")
	case Date:
		if v.Time == "" {
			return v.Day, nil
		}
		return "", problem("has a time of day, which an import does not take")
	case People:
		return peopleCell(v)
	case Relation:
		return strings.Join(v, ", "), nil
	}
	return "", problemf("is a %T, which an import does not take", v)
}

func emailCell(v Email) (string, error) {
	switch {
	case v.Text == "" || v.Text == v.Address:
		return v.Address, nil
	case strings.ContainsAny(v.Text, "<>"):
		return "", problem("has a text with < or >, which enclose the address in a cell")
	}
	return v.Text + " <" + v.Address + ">", nil
}

func linkCell(v Link) (string, error) {
	text := orElse(v.Text, v.URL)
	if strings.ContainsAny(text, "[]") || strings.ContainsAny(v.URL, "()") {
		return "", problem("has brackets, which enclose the parts of a cell")
	}
	return "[" + text + "](" + v.URL + ")", nil
}

func peopleCell(people People) (string, error) {
	kinds := map[string]string{"": "user", "person": "user", "team": "team"}
	texts := make([]string, 0, len(people))
	for _, p := range people {
		kind, ok := kinds[p.Kind]
		if !ok {
			return "", problemf("holds one of kind %s, which an import does not take", p.Kind)
		}
		texts = append(texts, kind+":"+p.ID)
	}
	return strings.Join(texts, ", "), nil
}

// readReport reads the report of an import; its columns are found by name.
func readReport(raw []byte) ([]IngestRow, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	if err != nil || len(records) == 0 {
		return nil, fmt.Errorf("monday: reading the report of the import: %w", orEmpty(err))
	}
	at := map[string]int{}
	for i, name := range records[0] {
		at[name] = i
	}
	cell := func(record []string, name string) string {
		if i, ok := at[name]; ok && i < len(record) {
			return record[i]
		}
		return ""
	}
	rows := make([]IngestRow, 0, len(records)-1)
	for n, r := range records[1:] {
		row := IngestRow{Index: n, Status: cell(r, "status"), ItemID: cell(r, "itemId"), Error: cell(r, "error")}
		if serial, err := strconv.Atoi(cell(r, "serialNo")); err == nil {
			row.Index = serial - 1
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func orEmpty(err error) error {
	if err == nil {
		return problem("it is empty")
	}
	return err
}
