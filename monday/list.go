package monday

import (
	"context"
	"iter"
	"slices"

	"github.com/centrala-go/centrala/transport"
)

var (
	opItemsPage = query("items_page", `
query itemsPage($board: ID!, $limit: Int!, $query: ItemsQuery, $columns: [String!]) {
  boards(ids: [$board]) { items_page(limit: $limit, query_params: $query) { ...page } }
}`, pageFragments...)
	opGroupItemsPage = query("group_items_page", `
query groupItemsPage($board: ID!, $group: String!, $limit: Int!, $query: ItemsQuery, $columns: [String!]) {
  boards(ids: [$board]) { groups(ids: [$group]) { items_page(limit: $limit, query_params: $query) { ...page } } }
}`, pageFragments...)
	opNextItemsPage = query("next_items_page", `
query nextItemsPage($cursor: String!, $limit: Int!, $columns: [String!]) {
  result: next_items_page(cursor: $cursor, limit: $limit) { ...page }
}`, pageFragments...)
)

// ItemsParams selects items of a board.
type ItemsParams struct {
	// BoardID is required.
	BoardID string
	// GroupID limits the items to a group; "" means all groups.
	GroupID string
	// Filter limits and orders them.
	Filter Filter
	// Columns are the ids of the columns to read; nil means all. Fewer columns
	// cost less complexity.
	Columns []string
	// Limit is the page size, 1 to 500; 0 means 500.
	Limit int
	// Cursor reads on; "" means the first page. It carries filter and group.
	Cursor string

	Call
}

// ListItems reads one page of items. A cursor that is older than 60 minutes
// gives an error that matches ErrCursorExpired.
func (c *Client) ListItems(ctx context.Context, p ItemsParams) (ItemsPage, error) {
	op := opItemsPage
	if err := required(op.Name, "BoardID", p.BoardID); err != nil {
		return ItemsPage{}, err
	}
	limit, err := pageSize(op.Name, p.Limit)
	if err != nil {
		return ItemsPage{}, err
	}
	vars := variables("limit", limit, "columns", p.Columns)
	if p.Cursor != "" {
		vars["cursor"] = p.Cursor
		return one[ItemsPage](ctx, c, opNextItemsPage, vars, p.Call, "page of items")
	}
	filter, err := p.Filter.wire(op.Name)
	if err != nil {
		return ItemsPage{}, err
	}
	if filter != nil {
		vars["query"] = filter
	}
	vars["board"] = p.BoardID
	if p.GroupID != "" {
		op = opGroupItemsPage
		vars["group"] = p.GroupID
	}
	return c.firstPage(ctx, op, vars, p.Call)
}

// firstPage digs the page out of its board or group.
func (c *Client) firstPage(ctx context.Context, op *operation, vars map[string]any, call Call) (ItemsPage, error) {
	type holder struct {
		Page *ItemsPage `json:"items_page"`
	}
	var data struct {
		Boards []struct {
			holder
			Groups []holder
		}
	}
	t, err := c.do(ctx, op, vars, call, &data)
	for _, b := range data.Boards {
		for _, h := range append(b.Groups, b.holder) {
			if h.Page != nil {
				return *h.Page, err
			}
		}
	}
	return result[ItemsPage](op, t, nil, "board or group of that id", err)
}

// Items iterates over the items of a board, one call for each page of up to
// 500. An error comes once and last; after a break nothing more is fetched;
// the sequence can be ranged over again.
//
// A cursor lives for 60 minutes from the first page on. When the loop's body
// takes longer than that, the sequence starts again and leaves out the items it
// has already given; for this it remembers their ids. A sequence that began
// with a Cursor of the caller's cannot, and ends with ErrCursorExpired: order by
// "__last_updated__" and go on with UpdatedSince.
func (c *Client) Items(ctx context.Context, p ItemsParams) iter.Seq2[Item, error] {
	p.Columns, p.Filter = slices.Clone(p.Columns), p.Filter.clone()
	return pages(p.Cursor, func(cursor string) (ItemsPage, error) {
		p.Cursor = cursor
		return c.ListItems(ctx, p)
	})
}

var opItemsByID = query("items", `
query items($ids: [ID!]!, $limit: Int!, $columns: [String!]) {
  result: items(ids: $ids, limit: $limit) { ...item column_values(ids: $columns) { ...cell } }
}`, itemFragment, columnFragment)

// ItemsByIDParams names items of any board.
type ItemsByIDParams struct {
	// IDs are required; there may be any number.
	IDs []string
	// Columns are the ids of the columns to read; nil means all.
	Columns []string

	Call
}

// ItemsByID iterates over items in the order of their ids, one call for 100 of
// them. Ids that name nothing are left out.
func (c *Client) ItemsByID(ctx context.Context, p ItemsByIDParams) iter.Seq2[Item, error] {
	p.IDs, p.Columns = slices.Clone(p.IDs), slices.Clone(p.Columns)
	return func(yield func(Item, error) bool) {
		if slices.Contains(p.IDs, "") {
			yield(Item{}, transport.Invalid(opItemsByID.Name, "IDs", "holds an empty id"))
			return
		}
		for ids := range slices.Chunk(p.IDs, maxIDs) {
			items, err := c.itemsByID(ctx, ids, p)
			for _, i := range items {
				if !yield(i, nil) {
					return
				}
			}
			if err != nil {
				yield(Item{}, err)
				return
			}
		}
	}
}

// itemsByID reads up to 100 items. The limit is always given: monday's own is
// 25, however many ids there are.
func (c *Client) itemsByID(ctx context.Context, ids []string, p ItemsByIDParams) ([]Item, error) {
	items, err := one[[]Item](ctx, c, opItemsByID, variables("ids", ids, "limit", len(ids), "columns", p.Columns), p.Call, "list of items")
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	slices.SortStableFunc(items, func(a, b Item) int { return at[a.ID] - at[b.ID] })
	return items, err
}

// GetItemParams names an item.
type GetItemParams struct {
	// ItemID is required.
	ItemID string
	// Columns are the ids of the columns to read; nil means all.
	Columns []string

	Call
}

// GetItem reads one item; transport.ErrNotFound when there is none. It also
// finds archived and deleted items: see Item.State.
func (c *Client) GetItem(ctx context.Context, p GetItemParams) (Item, error) {
	if err := required(opItemsByID.Name, "ItemID", p.ItemID); err != nil {
		return Item{}, err
	}
	vars := variables("ids", []string{p.ItemID}, "limit", 1, "columns", p.Columns)
	return first[Item](ctx, c, opItemsByID, vars, p.Call, "item of that id")
}

var opSubitems = query("subitems", `
query subitems($ids: [ID!]!, $columns: [String!]) {
  result: items(ids: $ids, limit: 1) { subitems { ...item parent_item { id } column_values(ids: $columns) { ...cell } } }
}`, itemFragment, columnFragment)

// ListSubitems reads the items under an item, all of them.
func (c *Client) ListSubitems(ctx context.Context, p GetItemParams) ([]Item, error) {
	op := opSubitems
	if err := required(op.Name, "ItemID", p.ItemID); err != nil {
		return nil, err
	}
	parent, err := first[struct{ Subitems []Item }](ctx, c, op, variables("ids", []string{p.ItemID}, "columns", p.Columns), p.Call, "item of that id")
	return parent.Subitems, err
}
