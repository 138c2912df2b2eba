package mondaytest

import (
	"slices"
	"time"
)

const (
	cursorLife = time.Hour
	maxPage    = 500
	maxIDs     = 100
)

// cursor remembers what a sequence of pages still has to show.
type cursor struct {
	items   []*item
	expires time.Time
}

// byColumnValues answers items_page_by_column_values.
func byColumnValues(x *run, args arguments) (any, error) {
	if c := args.text("cursor"); c != "" {
		return x.s.next(c, args.number("limit"))
	}
	b, err := x.board(args.text("board_id"))
	if err != nil {
		return nil, err
	}
	match := args.objects("columns")
	for _, m := range match {
		if id := m.text("column_id"); id != "name" && b.column(id) == nil {
			return nil, fail("InvalidColumnIdException", "This column ID doesn't exist for the board").with("column_id", id)
		}
	}
	items := slices.DeleteFunc(b.active(), func(i *item) bool {
		return slices.ContainsFunc(match, func(m arguments) bool {
			return !slices.Contains(m.list("column_values"), i.text(m.text("column_id")))
		})
	})
	return x.s.page(items, args.number("limit"), time.Now().Add(cursorLife))
}

func nextPage(x *run, args arguments) (any, error) {
	return x.s.next(args.text("cursor"), args.number("limit"))
}

// pageField answers items_page of a board or group.
func (b *board) pageField(within func(*item) bool) field {
	return func(in map[string]any) (any, error) {
		args := arguments(in)
		if c := args.text("cursor"); c != "" {
			return b.s.next(c, args.number("limit"))
		}
		items := slices.DeleteFunc(b.active(), func(i *item) bool { return !within(i) })
		items, err := b.filter(items, args.object("query_params"))
		if err != nil {
			return nil, err
		}
		return b.s.page(items, args.number("limit"), time.Now().Add(cursorLife))
	}
}

func listItems(x *run, args arguments) (any, error) {
	ids := args.list("ids")
	if len(ids) > maxIDs {
		return nil, fail("InvalidArgumentException", "at most %d ids are allowed", maxIDs)
	}
	var found []*item
	for _, id := range ids {
		if i := x.s.item(id); i != nil && (!args.flag("exclude_nonactive") || i.state == stateActive) {
			found = append(found, i)
		}
	}
	return nodes(pageOf(found, args)), nil
}

// page answers the first items and leaves a cursor for the rest.
func (s *Server) page(items []*item, limit int, expires time.Time) (any, error) {
	if limit < 1 || limit > maxPage {
		return nil, fail("InvalidArgumentException", "limit must be between 1 and %d", maxPage)
	}
	n := min(limit, len(items))
	list := make([]node, 0, n)
	for _, i := range items[:n] {
		list = append(list, i.node())
	}
	page := node{"__typename": "ItemsResponse", "items": list, "cursor": nil}
	if n < len(items) {
		id := "cursor-" + s.id()
		s.cursors[id] = &cursor{items: items[n:], expires: expires}
		page["cursor"] = id
	}
	return page, nil
}

// next answers the page of a cursor.
func (s *Server) next(id string, limit int) (any, error) {
	c := s.cursors[id]
	if c == nil {
		return nil, fail("InvalidArgumentException", "the cursor is not valid")
	}
	if !time.Now().Before(c.expires) {
		return nil, fail("CursorException", "CursorExpiredError: The cursor provided for pagination has expired. Please refresh your query and obtain a new cursor")
	}
	return s.page(c.items, limit, c.expires)
}
