package monday

import (
	"context"

	"github.com/centrala-go/centrala/transport"
)

var (
	opMoveItemToGroup = mutation("move_item_to_group", `
mutation moveItemToGroup($item: ID!, $group: String!) {
  result: move_item_to_group(item_id: $item, group_id: $group) { ...item }
}`, itemFragment)
	opMoveItemToBoard = mutation("move_item_to_board", `
mutation moveItemToBoard($item: ID!, $board: ID!, $group: ID!, $columns: [ColumnMappingInput!], $subitem_columns: [ColumnMappingInput!]) {
  result: move_item_to_board(item_id: $item, board_id: $board, group_id: $group, columns_mapping: $columns, subitems_columns_mapping: $subitem_columns) { ...item }
}`, itemFragment)
	opChangeItemPosition = mutation("change_item_position", `
mutation changeItemPosition($item: ID!, $group: ID, $relative_to: ID, $position: PositionRelative, $top: Boolean) {
  result: change_item_position(item_id: $item, group_id: $group, relative_to: $relative_to, position_relative_method: $position, group_top: $top) { ...item }
}`, itemFragment)
)

// MoveItemToGroupRequest names an item and where it goes; both are required.
type MoveItemToGroupRequest struct {
	ItemID, GroupID string

	Call
}

// MoveItemToGroup moves an item to another group of its board.
func (c *Client) MoveItemToGroup(ctx context.Context, r MoveItemToGroupRequest) (Item, error) {
	op := opMoveItemToGroup
	if err := required(op.Name, "ItemID", r.ItemID, "GroupID", r.GroupID); err != nil {
		return Item{}, err
	}
	return c.item(ctx, op, variables("item", r.ItemID, "group", r.GroupID), r.Call)
}

// MoveItemToBoardRequest names an item and where it goes; all three are
// required.
type MoveItemToBoardRequest struct {
	ItemID, BoardID, GroupID string
	// Columns maps the ids of the source board's columns to those of the
	// target; "" as a target drops the column. nil leaves the mapping to monday;
	// a mapping that does not name every column is refused by monday.
	Columns map[string]string
	// SubitemColumns is the same for the columns of subitems.
	SubitemColumns map[string]string

	Call
}

// MoveItemToBoard moves an item to another board.
func (c *Client) MoveItemToBoard(ctx context.Context, r MoveItemToBoardRequest) (Item, error) {
	op := opMoveItemToBoard
	if err := required(op.Name, "ItemID", r.ItemID, "BoardID", r.BoardID, "GroupID", r.GroupID); err != nil {
		return Item{}, err
	}
	vars := variables("item", r.ItemID, "board", r.BoardID, "group", r.GroupID)
	if r.Columns != nil {
		vars["columns"] = mapping(r.Columns)
	}
	if r.SubitemColumns != nil {
		vars["subitem_columns"] = mapping(r.SubitemColumns)
	}
	return c.item(ctx, op, vars, r.Call)
}

// mapping lists a column mapping in order.
func mapping(columns map[string]string) []map[string]any {
	list := make([]map[string]any, 0, len(columns))
	for _, source := range sortedKeys(columns) {
		pair := map[string]any{"source": source}
		if target := columns[source]; target != "" {
			pair["target"] = target
		}
		list = append(list, pair)
	}
	return list
}

// ChangeItemPositionRequest says where an item goes: to the top of a group, or
// before or after another item.
type ChangeItemPositionRequest struct {
	// ItemID is required.
	ItemID string
	// GroupID is the group whose top it goes to with Top.
	GroupID string
	Top     bool
	// RelativeTo and Position name a place beside another item.
	RelativeTo string
	Position   Position

	Call
}

// ChangeItemPosition moves an item within its board.
func (c *Client) ChangeItemPosition(ctx context.Context, r ChangeItemPositionRequest) (Item, error) {
	op := opChangeItemPosition
	if err := required(op.Name, "ItemID", r.ItemID); err != nil {
		return Item{}, err
	}
	if err := checkPlace(op.Name, r.RelativeTo, r.Position); err != nil {
		return Item{}, err
	}
	if (r.RelativeTo == "") == (r.GroupID == "") {
		return Item{}, transport.Invalid(op.Name, "RelativeTo", "or GroupID is wanted, and not both")
	}
	return c.item(ctx, op, variables("item", r.ItemID, "group", r.GroupID, "relative_to", r.RelativeTo,
		"position", string(r.Position), "top", r.Top), r.Call)
}
