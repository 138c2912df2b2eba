package monday

import (
	"context"
	"maps"

	"github.com/centrala-go/centrala/transport"
)

var opChangeColumnValues = mutation("change_multiple_column_values", `
mutation changeColumnValues($board: ID!, $item: ID!, $columns: JSON!, $create_labels: Boolean) {
  result: change_multiple_column_values(board_id: $board, item_id: $item, column_values: $columns, create_labels_if_missing: $create_labels) { ...item }
}`, itemFragment)

// ChangeColumnValuesRequest describes a change to several columns of one item.
type ChangeColumnValuesRequest struct {
	// BoardID and ItemID are required.
	BoardID, ItemID string
	// Columns are the values to set; columns that are not named keep theirs.
	// Name or Columns is required.
	Columns Columns
	// Name renames the item unless it is "".
	Name string
	// CreateLabels makes status and dropdown labels that do not exist.
	CreateLabels bool

	Call
}

// ChangeColumnValues sets several columns of an item in one call, all or none.
func (c *Client) ChangeColumnValues(ctx context.Context, r ChangeColumnValuesRequest) (Item, error) {
	op := opChangeColumnValues
	vars, err := r.variables(op.Name)
	if err != nil {
		return Item{}, err
	}
	return c.item(ctx, op, vars, r.Call)
}

func (r ChangeColumnValuesRequest) variables(op string) (map[string]any, error) {
	if err := required(op, "BoardID", r.BoardID, "ItemID", r.ItemID); err != nil {
		return nil, err
	}
	columns := r.Columns
	if r.Name != "" {
		if err := checkName(op, r.Name); err != nil {
			return nil, err
		}
		columns = withName(columns, r.Name)
	}
	if len(columns) == 0 {
		return nil, transport.Invalid(op, "Columns", "is empty, and there is no Name either")
	}
	vars := variables("board", r.BoardID, "item", r.ItemID, "create_labels", r.CreateLabels)
	return vars, columns.put(op, vars)
}

func withName(columns Columns, name string) Columns {
	named := make(Columns, len(columns)+1)
	maps.Copy(named, columns)
	named["name"] = Text(name)
	return named
}
