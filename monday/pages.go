package monday

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strconv"

	"github.com/centrala-go/centrala/transport"
)

// maxPage is the largest page of items that monday gives.
const maxPage = 500

// pageFragments select items with all their columns, or those that are named.
var pageFragments = []string{`fragment page on ItemsResponse {
  cursor
  items { ...item column_values(ids: $columns) { ...cell } }
}`, itemFragment, columnFragment}

var opItemsByColumnValues = query("items_page_by_column_values", `
query itemsByColumnValues($board: ID!, $match: [ItemsPageByColumnValuesQuery!], $cursor: String, $limit: Int!, $columns: [String!]) {
  result: items_page_by_column_values(board_id: $board, columns: $match, cursor: $cursor, limit: $limit) { ...page }
}`, pageFragments...)

// ItemsPage is one page of items.
type ItemsPage struct {
	Items []Item
	// Cursor asks for the next page, "" after the last. It lives for 60 minutes
	// from the first page on.
	Cursor string
}

// UnmarshalJSON reads a page.
func (p *ItemsPage) UnmarshalJSON(raw []byte) error {
	var w struct {
		Cursor *string `json:"cursor"`
		Items  []Item  `json:"items"`
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	*p = ItemsPage{Items: w.Items}
	if w.Cursor != nil {
		p.Cursor = *w.Cursor
	}
	return nil
}

// Match selects items by the text of a column: one of Values, exactly.
type Match struct {
	ColumnID string
	Values   []string
}

// ItemsByColumnValuesParams selects items of a board by column values.
type ItemsByColumnValuesParams struct {
	// BoardID is required.
	BoardID string
	// Match is required: an item must meet all of them.
	Match []Match
	// Columns are the ids of the columns to read; nil means all.
	Columns []string
	// Limit is the page size, 1 to 500; 0 means 500.
	Limit int
	// Cursor reads on; "" means the first page.
	Cursor string

	Call
}

// ListItemsByColumnValues reads one page of the items whose columns hold the
// given values. It is also how the effect of a create is read back: look for a
// unique value that the item was given.
func (c *Client) ListItemsByColumnValues(ctx context.Context, p ItemsByColumnValuesParams) (ItemsPage, error) {
	op := opItemsByColumnValues
	vars, err := p.variables(op.Name)
	if err != nil {
		return ItemsPage{}, err
	}
	return one[ItemsPage](ctx, c, op, vars, p.Call, "page of items")
}

func (p ItemsByColumnValuesParams) variables(op string) (map[string]any, error) {
	if err := required(op, "BoardID", p.BoardID); err != nil {
		return nil, err
	}
	limit, err := pageSize(op, p.Limit)
	if err != nil {
		return nil, err
	}
	vars := variables("board", p.BoardID, "limit", limit, "columns", p.Columns, "cursor", p.Cursor)
	if p.Cursor != "" {
		return vars, nil // the cursor carries the selection
	}
	if len(p.Match) == 0 {
		return nil, transport.Invalid(op, "Match", "is empty")
	}
	match := make([]map[string]any, 0, len(p.Match))
	for _, m := range p.Match {
		if m.ColumnID == "" || len(m.Values) == 0 {
			return nil, transport.Invalid(op, "Match", "names no column or no value")
		}
		match = append(match, map[string]any{"column_id": m.ColumnID, "column_values": m.Values})
	}
	vars["match"] = match
	return vars, nil
}

func pageSize(op string, limit int) (int, error) {
	switch {
	case limit == 0:
		return maxPage, nil
	case limit < 0 || limit > maxPage:
		return 0, transport.Invalid(op, "Limit", "is %d, want 1 to %d", limit, maxPage)
	}
	return limit, nil
}

// ItemsByColumnValues iterates over all items whose columns hold the given
// values, page by page. An error comes once and last; after a break nothing
// more is fetched; the sequence can be ranged over again. An expired cursor is
// dealt with as Items does.
func (c *Client) ItemsByColumnValues(ctx context.Context, p ItemsByColumnValuesParams) iter.Seq2[Item, error] {
	p.Match, p.Columns = slices.Clone(p.Match), slices.Clone(p.Columns)
	return pages(p.Cursor, func(cursor string) (ItemsPage, error) {
		p.Cursor = cursor
		return c.ListItemsByColumnValues(ctx, p)
	})
}

// pages iterates over the items of the pages that next gives, and starts again
// when a cursor of its own expires.
func pages(cursor string, next func(cursor string) (ItemsPage, error)) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		var given seen
		fresh := 0 // items given since the first page was read
		for at := cursor; ; {
			page, err := next(at)
			if errors.Is(err, ErrCursorExpired) && cursor == "" && fresh > 0 {
				at, fresh = "", 0
				continue
			}
			for _, i := range page.Items {
				if !given.add(i.ID) {
					continue
				}
				if fresh++; !yield(i, nil) {
					return
				}
			}
			if err != nil {
				yield(Item{}, err)
				return
			}
			if page.Cursor == "" || page.Cursor == at {
				return
			}
			at = page.Cursor
		}
	}
}

// seen is a set of item ids. They are kept as numbers, which is what they are
// and takes a fraction of the memory.
type seen struct {
	numbers map[uint64]struct{}
	others  map[string]struct{}
}

// add reports whether the id is new.
func (s *seen) add(id string) bool {
	if s.numbers == nil {
		s.numbers, s.others = map[uint64]struct{}{}, map[string]struct{}{}
	}
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return put(s.others, id)
	}
	return put(s.numbers, n)
}

func put[K comparable](set map[K]struct{}, key K) bool {
	before := len(set)
	set[key] = struct{}{}
	return len(set) > before
}
