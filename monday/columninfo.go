package monday

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/centrala-go/centrala/transport"
)

const columnInfoFragment = `fragment column on Column {
  id
  title
  type
  description
  width
  archived
  settings
  revision
}`

// ColumnInfo describes a column of a board.
type ColumnInfo struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Type is monday's name: "status", "email".
	Type        string `json:"type"`
	Description string `json:"description"`
	Width       int    `json:"width"`
	Archived    bool   `json:"archived"`
	// Settings are the column's settings in monday's own form.
	Settings json.RawMessage `json:"settings"`
	// Revision has to be given to UpdateColumn.
	Revision string `json:"revision"`
}

// Label is a label of a status or dropdown column.
type Label struct {
	// ID is the index of a status label, the id of a dropdown label.
	ID   int
	Text string
	// Done says that a status counts as done.
	Done bool
	// Deactivated labels can no longer be given to items.
	Deactivated bool
}

// Labels returns the labels of a status or dropdown column, nil for others.
func (c ColumnInfo) Labels() []Label {
	list := parseObject(unwrapped(c.Settings)).list("labels")
	var labels []Label
	for _, raw := range list {
		labels = append(labels, readLabel(parseObject(raw)))
	}
	if labels == nil { // the older form: {"labels":{"0":"Done"}}
		byIndex := parseObject(parseObject(unwrapped(c.Settings))["labels"])
		for _, index := range sortedKeys(byIndex) {
			n, _ := strconv.Atoi(index)
			labels = append(labels, Label{ID: n, Text: byIndex.text(index)})
		}
	}
	return labels
}

// unwrapped returns the JSON inside of a JSON string, as monday sends values
// and once sent settings; anything else as it is.
func unwrapped(raw json.RawMessage) json.RawMessage {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return json.RawMessage(text)
	}
	return raw
}

func readLabel(o object) Label {
	l := Label{ID: int(o.number("id")), Text: orElse(o.text("label"), o.text("name"))}
	if _, status := o["index"]; status {
		l.ID = int(o.number("index"))
	}
	_ = json.Unmarshal(o["is_done"], &l.Done)
	_ = json.Unmarshal(o["is_deactivated"], &l.Deactivated)
	return l
}

var (
	opCreateColumn = mutation("create_column", `
mutation createColumn($board: ID!, $title: String!, $type: ColumnType!, $id: String, $description: String, $defaults: JSON, $after: ID) {
  result: create_column(board_id: $board, title: $title, column_type: $type, id: $id, description: $description, defaults: $defaults, after_column_id: $after) { ...column }
}`, columnInfoFragment)
	opUpdateColumn = mutation("update_column", `
mutation updateColumn($board: ID!, $id: String!, $type: ColumnType!, $revision: String!, $settings: JSON, $title: String, $description: String) {
  result: update_column(board_id: $board, id: $id, column_type: $type, revision: $revision, settings: $settings, title: $title, description: $description) { ...column }
}`, columnInfoFragment)
	opUpdateColumnWidth = mutation("update_column_width", `
mutation updateColumnWidth($board: ID!, $id: String!, $type: ColumnType!, $revision: String!, $settings: JSON, $title: String, $description: String, $width: Int) {
  result: update_column(board_id: $board, id: $id, column_type: $type, revision: $revision, settings: $settings, title: $title, description: $description, width: $width) { ...column }
}`, columnInfoFragment).from("2026-04")
	opDeleteColumn = mutation("delete_column", `
mutation deleteColumn($board: ID!, $id: String!) {
  result: delete_column(board_id: $board, column_id: $id) { ...column }
}`, columnInfoFragment)
)

// CreateColumnRequest describes a column to create.
type CreateColumnRequest struct {
	// BoardID, Title and Type are required; Type is "status", "text" …
	BoardID, Title, Type string
	// ID is the id to give it; "" leaves it to monday.
	ID          string
	Description string
	// Labels are the first labels of a status or dropdown column.
	Labels []string
	// AfterID puts it after another column.
	AfterID string

	Call
}

// CreateColumn creates a column on a board.
func (c *Client) CreateColumn(ctx context.Context, r CreateColumnRequest) (ColumnInfo, error) {
	op := opCreateColumn
	if err := required(op.Name, "BoardID", r.BoardID, "Title", r.Title, "Type", r.Type); err != nil {
		return ColumnInfo{}, err
	}
	defaults, err := defaultsOf(op.Name, r)
	if err != nil {
		return ColumnInfo{}, err
	}
	vars := variables("board", r.BoardID, "title", r.Title, "type", r.Type, "id", r.ID, "description", r.Description,
		"defaults", defaults, "after", r.AfterID)
	c.reshaped.note(r.BoardID)
	return one[ColumnInfo](ctx, c, op, vars, r.Call, "column")
}

// defaultsOf writes the labels in the form of the column's type, as text.
func defaultsOf(op string, r CreateColumnRequest) (string, error) {
	if len(r.Labels) == 0 {
		return "", nil
	}
	var labels any
	switch r.Type {
	case "status":
		if len(r.Labels) > maxStatusIndex+1 {
			return "", transport.Invalid(op, "Labels", "has %d labels, at most %d are allowed", len(r.Labels), maxStatusIndex+1)
		}
		byIndex := map[string]string{}
		for i, l := range r.Labels {
			byIndex[strconv.Itoa(i)] = l
		}
		labels = byIndex
	case "dropdown":
		list := []map[string]any{}
		for i, l := range r.Labels {
			list = append(list, map[string]any{"id": i + 1, "name": l})
		}
		labels = list
	default:
		return "", transport.Invalid(op, "Labels", "are given for a column of type %s", r.Type)
	}
	text, err := json.Marshal(map[string]any{"labels": labels})
	return string(text), err
}

// UpdateColumnRequest describes a change to a column.
type UpdateColumnRequest struct {
	// BoardID, ColumnID, Type and Revision are required. Type and Revision are
	// those that GetBoard gave: monday refuses a change to an older revision.
	BoardID, ColumnID, Type, Revision string
	// Title, Description, Width and Settings stay as they are when empty. Width
	// is in pixels and needs API version 2026-04 or newer.
	Title, Description string
	Width              int
	// Settings is a JSON object in monday's own form.
	Settings json.RawMessage

	Call
}

// UpdateColumn changes a column.
func (c *Client) UpdateColumn(ctx context.Context, r UpdateColumnRequest) (ColumnInfo, error) {
	op := opUpdateColumn
	if err := required(op.Name, "BoardID", r.BoardID, "ColumnID", r.ColumnID, "Type", r.Type, "Revision", r.Revision); err != nil {
		return ColumnInfo{}, err
	}
	if r.Width < 0 {
		return ColumnInfo{}, transport.Invalid(op.Name, "Width", "is %d", r.Width)
	}
	if r.Width > 0 {
		op = opUpdateColumnWidth
	}
	vars := variables("board", r.BoardID, "id", r.ColumnID, "type", r.Type, "revision", r.Revision, "title", r.Title,
		"description", r.Description, "width", r.Width)
	if r.Settings != nil {
		if parseObject(r.Settings) == nil {
			return ColumnInfo{}, transport.Invalid(op.Name, "Settings", "is not a JSON object")
		}
		vars["settings"] = r.Settings
	}
	c.reshaped.note(r.BoardID)
	return one[ColumnInfo](ctx, c, op, vars, r.Call, "column")
}

// ColumnRequest names a column; both are required.
type ColumnRequest struct {
	BoardID, ColumnID string

	Call
}

// DeleteColumn deletes a column with all its values.
func (c *Client) DeleteColumn(ctx context.Context, r ColumnRequest) (ColumnInfo, error) {
	op := opDeleteColumn
	if err := required(op.Name, "BoardID", r.BoardID, "ColumnID", r.ColumnID); err != nil {
		return ColumnInfo{}, err
	}
	c.reshaped.note(r.BoardID)
	return one[ColumnInfo](ctx, c, op, variables("board", r.BoardID, "id", r.ColumnID), r.Call, "column")
}
