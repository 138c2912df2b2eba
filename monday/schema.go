package monday

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// Schema is what a board accepts: its columns and groups.
type Schema struct {
	BoardID string
	Columns map[string]ColumnInfo
	Groups  map[string]Group
}

// schemaLife is how long a schema is used before it is read again.
const schemaLife = 10 * time.Minute

// opBoardSchema is opBoard under a name of its own: its answers are kept.
var opBoardSchema = query("board_schema", opBoard.document)

// schemaCache keeps the answers of opBoardSchema. A WithCache of the user's
// takes its place; it should then name monday.board_schema too.
func schemaCache() transport.Option {
	return transport.WithCache(transport.CacheConfig{Ops: []string{opBoardSchema.Name}, TTL: schemaLife, MaxBytes: 4 << 20, Entries: 64})
}

// BoardSchema returns what a board accepts. It is read once and then kept for
// 10 minutes by the transport's cache, so that checking with it costs no call:
//
//	schema, err := c.BoardSchema(ctx, monday.GetBoardParams{BoardID: board})
//	err = schema.Check(columns, false)
func (c *Client) BoardSchema(ctx context.Context, p GetBoardParams) (Schema, error) {
	b, err := c.board(ctx, opBoardSchema, p)
	if err != nil {
		return Schema{}, err
	}
	return schemaOf(b), nil
}

func schemaOf(b Board) Schema {
	s := Schema{BoardID: b.ID, Columns: map[string]ColumnInfo{}, Groups: map[string]Group{}}
	for _, col := range b.Columns {
		s.Columns[col.ID] = col
	}
	for _, g := range b.Groups {
		s.Groups[g.ID] = g
	}
	return s
}

// Check refuses what the board would refuse: column ids that it does not have,
// values of another type, and labels that do not exist unless they may be
// created. The error names the column and matches transport.ErrInvalid.
func (s Schema) Check(columns Columns, createLabels bool) error {
	const op = "monday.Schema.Check"
	for _, id := range sortedKeys(columns) {
		col, ok := s.Columns[id]
		if !ok {
			return transport.Invalid(op, "Columns["+id+"]", "names no column of board %s", s.BoardID)
		}
		if err := checkType(col, columns[id]); err != nil {
			return transport.Invalid(op, "Columns["+id+"]", "%s", err)
		}
		if createLabels {
			continue
		}
		if err := checkLabels(col, columns[id]); err != nil {
			return transport.Invalid(op, "Columns["+id+"]", "%s", err)
		}
	}
	return nil
}

// typeOf is the column type that a value is for, "" when it is not tied to one.
func typeOf(v Value) string {
	switch v.(type) {
	case Text:
		return "text"
	case LongText:
		return "long_text"
	case Number:
		return "numbers"
	case Status:
		return "status"
	case Dropdown:
		return "dropdown"
	case Date:
		return "date"
	case Hour:
		return "hour"
	case Email:
		return "email"
	case Phone:
		return "phone"
	case People:
		return "people"
	}
	return typeOfRarer(v)
}

func typeOfRarer(v Value) string {
	switch v.(type) {
	case Timeline:
		return "timeline"
	case Week:
		return "week"
	case Link:
		return "link"
	case Checkbox:
		return "checkbox"
	case Country:
		return "country"
	case Location:
		return "location"
	case Rating:
		return "rating"
	case Tags:
		return "tags"
	case WorldClock:
		return "world_clock"
	case Relation:
		return "board_relation"
	case Dependency:
		return "dependency"
	case Team:
		return "team"
	case Color:
		return "color_picker"
	}
	return ""
}

func checkType(col ColumnInfo, v Value) error {
	if want := typeOf(v); want != "" && want != col.Type {
		return problemf("is a value for a column of type %s, and the column is of type %s", want, col.Type)
	}
	return nil
}

// checkLabels looks for labels that the column does not have.
func checkLabels(col ColumnInfo, v Value) error {
	var names []string
	switch v := v.(type) {
	case Status:
		if v.Label != "" {
			names = []string{v.Label}
		}
	case Dropdown:
		names = v.Labels
	}
	for _, name := range names {
		if !slices.ContainsFunc(col.Labels(), func(l Label) bool { return l.Text == name && !l.Deactivated }) {
			return problemf("names the label %q, which the column does not have", name)
		}
	}
	return nil
}

// check refuses columns that the board would refuse, when that is wanted. What
// this client has changed on the board since it was read is not held against
// them: then the board is read again.
func (c *Client) check(ctx context.Context, boardID string, columns Columns, createLabels bool) error {
	if !c.checks || len(columns) == 0 {
		return nil
	}
	s, err := c.BoardSchema(ctx, GetBoardParams{BoardID: boardID})
	if err != nil {
		return err
	}
	err = s.Check(columns, createLabels)
	if err != nil && c.reshaped.lately(boardID) {
		b, readErr := c.GetBoard(ctx, GetBoardParams{BoardID: boardID})
		if readErr != nil {
			return readErr
		}
		err = schemaOf(b).Check(columns, createLabels)
	}
	if err == nil && createLabels {
		c.reshaped.note(boardID)
	}
	return err
}

// reshapes remembers which boards' columns or labels this client has changed,
// so that a schema which was read before is not trusted blindly.
type reshapes struct{ byBoard sync.Map }

func (r *reshapes) note(boardID string) { r.byBoard.Store(boardID, time.Now()) }

func (r *reshapes) lately(boardID string) bool {
	at, _ := r.byBoard.Load(boardID)
	t, ok := at.(time.Time)
	return ok && time.Since(t) <= schemaLife
}
