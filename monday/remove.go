package monday

import "context"

var (
	opDuplicateItem = mutation("duplicate_item", `
mutation duplicateItem($board: ID!, $item: ID!, $updates: Boolean) {
  result: duplicate_item(board_id: $board, item_id: $item, with_updates: $updates) { ...item }
}`, itemFragment)
	opArchiveItem = mutation("archive_item", `
mutation archiveItem($item: ID!) {
  result: archive_item(item_id: $item) { ...item }
}`, itemFragment)
	opDeleteItem = mutation("delete_item", `
mutation deleteItem($item: ID!) {
  result: delete_item(item_id: $item) { ...item }
}`, itemFragment)
)

// DuplicateItemRequest names an item to copy.
type DuplicateItemRequest struct {
	// BoardID and ItemID are required.
	BoardID, ItemID string
	// WithUpdates copies the item's updates too.
	WithUpdates bool

	Call
}

// DuplicateItem copies an item within its board.
func (c *Client) DuplicateItem(ctx context.Context, r DuplicateItemRequest) (Item, error) {
	op := opDuplicateItem
	if err := required(op.Name, "BoardID", r.BoardID, "ItemID", r.ItemID); err != nil {
		return Item{}, err
	}
	return c.item(ctx, op, variables("board", r.BoardID, "item", r.ItemID, "updates", r.WithUpdates), r.Call)
}

// ItemRequest names an item.
type ItemRequest struct {
	// ItemID is required.
	ItemID string

	Call
}

// ArchiveItem moves an item to the board's archive, from where people can
// restore it in monday; the API cannot, except for ArchiveItems by UndoAction.
func (c *Client) ArchiveItem(ctx context.Context, r ItemRequest) (Item, error) {
	return c.itemByID(ctx, opArchiveItem, r)
}

// DeleteItem moves an item to the recycle bin. Deleting one that is gone
// matches transport.ErrNotFound.
func (c *Client) DeleteItem(ctx context.Context, r ItemRequest) (Item, error) {
	return c.itemByID(ctx, opDeleteItem, r)
}

func (c *Client) itemByID(ctx context.Context, op *operation, r ItemRequest) (Item, error) {
	if err := required(op.Name, "ItemID", r.ItemID); err != nil {
		return Item{}, err
	}
	return c.item(ctx, op, variables("item", r.ItemID), r.Call)
}
