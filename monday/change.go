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
	if err := r.check(ctx, c); err != nil {
		return Item{}, err
	}
	return c.item(ctx, op, vars, r.Call)
}

func (r ChangeColumnValuesRequest) check(ctx context.Context, c *Client) error {
	return c.check(ctx, r.BoardID, r.Columns, r.CreateLabels)
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
	named["name"] = itemName(name)
	return named
}

var opChangeColumnValue = mutation("change_column_value", `
mutation changeColumnValue($board: ID!, $item: ID!, $column: String!, $value: JSON!, $create_labels: Boolean) {
  result: change_column_value(board_id: $board, item_id: $item, column_id: $column, value: $value, create_labels_if_missing: $create_labels) { ...item }
}`, itemFragment)

// ChangeColumnValueRequest describes a change to one column.
type ChangeColumnValueRequest struct {
	// BoardID, ItemID and ColumnID are required.
	BoardID, ItemID, ColumnID string
	// Value is the value to set; nil or Clear empties the column. A Relation
	// cannot be set this way: use ChangeColumnValues.
	Value Value
	// CreateLabels makes status and dropdown labels that do not exist.
	CreateLabels bool

	Call
}

// ChangeColumnValue sets one column of an item.
func (c *Client) ChangeColumnValue(ctx context.Context, r ChangeColumnValueRequest) (Item, error) {
	op := opChangeColumnValue
	if err := required(op.Name, "BoardID", r.BoardID, "ItemID", r.ItemID, "ColumnID", r.ColumnID); err != nil {
		return Item{}, err
	}
	if _, ok := r.Value.(Relation); ok {
		return Item{}, transport.Invalid(op.Name, "Value", "is a Relation, which monday takes only from ChangeColumnValues")
	}
	value, err := encodeValue(op.Name, "Value", r.Value)
	if err != nil {
		return Item{}, err
	}
	if err := c.check(ctx, r.BoardID, Columns{r.ColumnID: r.Value}, r.CreateLabels); err != nil {
		return Item{}, err
	}
	vars := variables("board", r.BoardID, "item", r.ItemID, "column", r.ColumnID, "value", value, "create_labels", r.CreateLabels)
	return c.item(ctx, op, vars, r.Call)
}

var opChangeSimpleColumnValue = mutation("change_simple_column_value", `
mutation changeSimpleColumnValue($board: ID!, $item: ID!, $column: String!, $value: String!, $create_labels: Boolean) {
  result: change_simple_column_value(board_id: $board, item_id: $item, column_id: $column, value: $value, create_labels_if_missing: $create_labels) { ...item }
}`, itemFragment)

// ChangeSimpleColumnValueRequest describes a change to one column by text.
type ChangeSimpleColumnValueRequest struct {
	// BoardID, ItemID and ColumnID are required.
	BoardID, ItemID, ColumnID string
	// Value is the text, as a person would type it into the column; "" empties
	// the column.
	Value string
	// CreateLabels makes status and dropdown labels that do not exist.
	CreateLabels bool

	Call
}

// ChangeSimpleColumnValue sets one column by plain text. monday takes it for
// text, long text, numbers, status and other types that a text can describe,
// not for all: prefer ChangeColumnValue.
func (c *Client) ChangeSimpleColumnValue(ctx context.Context, r ChangeSimpleColumnValueRequest) (Item, error) {
	op := opChangeSimpleColumnValue
	if err := required(op.Name, "BoardID", r.BoardID, "ItemID", r.ItemID, "ColumnID", r.ColumnID); err != nil {
		return Item{}, err
	}
	vars := variables("board", r.BoardID, "item", r.ItemID, "column", r.ColumnID, "create_labels", r.CreateLabels)
	vars["value"] = r.Value
	return c.item(ctx, op, vars, r.Call)
}

// RenameItemRequest describes a new name.
type RenameItemRequest struct {
	// BoardID, ItemID and Name are required; Name has 1 to 255 characters.
	BoardID, ItemID, Name string

	Call
}

// RenameItem changes an item's name.
func (c *Client) RenameItem(ctx context.Context, r RenameItemRequest) (Item, error) {
	if err := checkName(opChangeColumnValues.Name, r.Name); err != nil {
		return Item{}, err
	}
	return c.ChangeColumnValues(ctx, ChangeColumnValuesRequest{BoardID: r.BoardID, ItemID: r.ItemID, Name: r.Name, Call: r.Call})
}
