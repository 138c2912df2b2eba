package monday

import "context"

var opCreateItem = mutation("create_item", `
mutation createItem($board: ID!, $name: String!, $group: String, $columns: JSON, $create_labels: Boolean, $position: PositionRelative, $relative_to: ID) {
  result: create_item(board_id: $board, item_name: $name, group_id: $group, column_values: $columns, create_labels_if_missing: $create_labels, position_relative_method: $position, relative_to: $relative_to) { ...item }
}`, itemFragment)

// CreateItemRequest describes an item to create.
type CreateItemRequest struct {
	// BoardID is required.
	BoardID string
	// Name is required: 1 to 255 characters, any of them.
	Name string
	// GroupID is the group's id, "topics"; "" means the board's top group.
	GroupID string
	// Columns are the column values.
	Columns Columns
	// CreateLabels makes status and dropdown labels that do not exist, where
	// the account may change the board's structure.
	CreateLabels bool
	// RelativeTo puts the item before or after another item, as Position says.
	RelativeTo string
	Position   Position

	Call
}

// Position is a place relative to something.
type Position string

// The places that monday knows.
const (
	Before Position = "before_at"
	After  Position = "after_at"
)

// CreateItem creates an item. Attempts share one idempotency key, so that no
// retry creates a second item; a process that was killed can repeat the call
// with the same Call.IdempotencyKey within 30 minutes, or look the item up by
// ItemsByColumnValues. See monday's page "Items".
func (c *Client) CreateItem(ctx context.Context, r CreateItemRequest) (Item, error) {
	op := opCreateItem
	vars, err := r.variables(op.Name)
	if err != nil {
		return Item{}, err
	}
	if err := r.check(ctx, c); err != nil {
		return Item{}, err
	}
	return c.item(ctx, op, vars, r.Call)
}

func (r CreateItemRequest) check(ctx context.Context, c *Client) error {
	return c.check(ctx, r.BoardID, r.Columns, r.CreateLabels)
}

func (r CreateItemRequest) variables(op string) (map[string]any, error) {
	if err := required(op, "BoardID", r.BoardID); err != nil {
		return nil, err
	}
	if err := checkName(op, r.Name); err != nil {
		return nil, err
	}
	if err := checkPlace(op, r.RelativeTo, r.Position); err != nil {
		return nil, err
	}
	vars := variables("board", r.BoardID, "name", r.Name, "group", r.GroupID,
		"create_labels", r.CreateLabels, "position", string(r.Position), "relative_to", r.RelativeTo)
	return vars, r.Columns.put(op, vars)
}

// item calls an operation whose result is one item.
func (c *Client) item(ctx context.Context, op *operation, vars map[string]any, call Call) (Item, error) {
	return one[Item](ctx, c, op, vars, call, "item")
}

// one calls an operation whose result is one thing. Data that came beside
// errors is returned too.
func one[T any](ctx context.Context, c *Client, op *operation, vars map[string]any, call Call, what string) (T, error) {
	var data struct{ Result *T }
	t, err := c.do(ctx, op, vars, call, &data)
	return result(op, t, data.Result, what, err)
}

// result returns what an answer holds, or says that it does not hold it.
func result[T any](op *operation, t told, got *T, what string, err error) (T, error) {
	if got != nil {
		return *got, err
	}
	var none T
	if err == nil {
		err = missing(op, t, what)
	}
	return none, err
}

// first calls a query that answers a list, for the first thing in it.
func first[T any](ctx context.Context, c *Client, op *operation, vars map[string]any, call Call, what string) (T, error) {
	var data struct{ Result []T }
	t, err := c.do(ctx, op, vars, call, &data)
	if len(data.Result) == 0 {
		return result[T](op, t, nil, what, err)
	}
	return data.Result[0], err
}
