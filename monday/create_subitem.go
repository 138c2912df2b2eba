package monday

import "context"

var opCreateSubitem = mutation("create_subitem", `
mutation createSubitem($parent: ID!, $name: String!, $columns: JSON, $create_labels: Boolean) {
  result: create_subitem(parent_item_id: $parent, item_name: $name, column_values: $columns, create_labels_if_missing: $create_labels) { ...item }
}`, itemFragment)

// CreateSubitemRequest describes an item to create under another.
type CreateSubitemRequest struct {
	// ParentID is the item it belongs to; required.
	ParentID string
	// Name is required: 1 to 255 characters.
	Name string
	// Columns are values of the subitems' own board.
	Columns Columns
	// CreateLabels makes status and dropdown labels that do not exist.
	CreateLabels bool

	Call
}

// CreateSubitem creates an item under another. It lives on the subitems' board
// of the parent's board, which the result names. Retries cannot double it.
func (c *Client) CreateSubitem(ctx context.Context, r CreateSubitemRequest) (Item, error) {
	op := opCreateSubitem
	if err := required(op.Name, "ParentID", r.ParentID); err != nil {
		return Item{}, err
	}
	if err := checkName(op.Name, r.Name); err != nil {
		return Item{}, err
	}
	vars := variables("parent", r.ParentID, "name", r.Name, "create_labels", r.CreateLabels)
	if err := r.Columns.put(op.Name, vars); err != nil {
		return Item{}, err
	}
	item, err := c.item(ctx, op, vars, r.Call)
	if item.ID != "" {
		item.ParentID = r.ParentID
	}
	return item, err
}
