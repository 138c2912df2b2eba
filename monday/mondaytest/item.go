package mondaytest

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// resolver computes a root field; the server is locked.
type resolver func(x *run, args arguments) (any, error)

const maxName = 255

func createItem(x *run, args arguments) (any, error) {
	b, err := x.board(args.text("board_id"))
	if err != nil {
		return nil, err
	}
	g, err := b.needGroup(args.text("group_id"))
	if err != nil {
		return nil, err
	}
	at, err := b.place(args)
	if err != nil {
		return nil, err
	}
	i, err := x.newItem(g, nil, args)
	if err != nil {
		return nil, err
	}
	b.add(i, at)
	x.s.emit("create_item", "create_pulse", i, nil)
	return i.node(), nil
}

// newItem makes an item with the name and values of args. It is not on its
// board yet.
func (x *run) newItem(g *group, parent *item, args arguments) (*item, error) {
	name := args.text("item_name")
	if err := checkName(name); err != nil {
		return nil, err
	}
	if g.board.count() >= g.board.limit {
		return nil, fail("ItemsLimitationException", "The board holds %d items already", g.board.limit)
	}
	values, err := args.jsonText("column_values")
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	i := &item{board: g.board, group: g, parent: parent, name: name, state: stateActive, created: now, cells: map[string]*cell{}}
	if err := i.write(values, args.flag("create_labels_if_missing")); err != nil {
		return nil, err
	}
	i.id = x.s.id()
	return i, nil
}

// createSubitem makes an item on the subitems' board, which comes into being
// with its first one and has the columns of its parent's.
func createSubitem(x *run, args arguments) (any, error) {
	parent, err := x.item(args.text("parent_item_id"))
	if err != nil {
		return nil, err
	}
	b := parent.board
	if b.subitems == nil {
		b.subitems = x.s.newBoard(Board{ID: x.s.id(), Name: "Subitems of " + b.name})
		b.subitems.columns = b.columns
		x.s.boards = append(x.s.boards, b.subitems)
	}
	i, err := x.newItem(b.subitems.group(""), parent, args)
	if err != nil {
		return nil, err
	}
	b.subitems.add(i, -1)
	x.s.emit("create_subitem", "create_subitem", parent, map[string]any{"itemId": jsonID(i.id), "parentItemId": parent.id})
	return i.node(), nil
}

func (b *board) needGroup(id string) (*group, error) {
	if g := b.group(id); g != nil {
		return g, nil
	}
	return nil, fail("InvalidGroupIdException", "The group was not found").with("group_id", id, "board_id", b.id)
}

func checkName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return fail("InvalidArgumentException", "item_name must not be empty")
	case n > maxName:
		return fail("ItemNameTooLongException", "The name is too long").with("max", maxName, "length", n)
	}
	return nil
}

// place finds where an item goes that is placed relative to another.
func (b *board) place(args arguments) (int, error) {
	id := args.text("relative_to")
	if id == "" {
		return -1, nil
	}
	at := slices.IndexFunc(b.items, func(i *item) bool { return i.id == id })
	if at < 0 {
		return 0, fail("InvalidItemIdException", "The item was not found").with("item_id", id)
	}
	if args.text("position_relative_method") == "after_at" {
		at++
	}
	return at, nil
}

// write sets several columns, all or none.
func (i *item) write(values map[string]json.RawMessage, create bool) error {
	cells, name := map[string]*cell{}, i.name
	for _, id := range slices.Sorted(maps.Keys(values)) {
		if id == "name" {
			if err := json.Unmarshal(values[id], &name); err != nil || checkName(name) != nil {
				return fail("ItemNameTooLongException", "The name is not valid")
			}
			continue
		}
		c := i.board.column(id)
		if c == nil {
			return fail("InvalidColumnIdException", "This column ID doesn't exist for the board").with("column_id", id, "board_id", i.board.id)
		}
		if c.kind == "file" && string(values[id]) != "null" && string(values[id]) != `{"clear_all":true}` {
			return fail("ColumnValueException", "Files are added by add_file_to_column").with("column_id", id, "column_type", "file")
		}
		if c.kind == "file" {
			cells[id] = nil
			continue
		}
		made, err := writeCell(c, values[id], create)
		if err != nil {
			return err
		}
		cells[id] = made
	}
	for id, c := range cells {
		if c == nil {
			delete(i.cells, id)
			continue
		}
		i.cells[id] = c
	}
	i.name = name
	i.updated = time.Now().UTC()
	return nil
}

// board finds a board or fails like monday.
func (x *run) board(id string) (*board, error) {
	if b := x.s.board(id); b != nil {
		return b, nil
	}
	return nil, fail("InvalidBoardIdException", "The board does not exist. Please check your board ID and try again").with("board_id", id)
}

// item finds an item that is not deleted or fails like monday.
func (x *run) item(id string) (*item, error) {
	if i := x.s.item(id); i != nil && i.state != stateDeleted {
		return i, nil
	}
	return nil, fail("InvalidItemIdException", "This item ID doesn't exist").with("item_id", id)
}

// boardItem finds an item of a board.
func (x *run) boardItem(boardID, itemID string) (*item, error) {
	b, err := x.board(boardID)
	if err != nil {
		return nil, err
	}
	i, err := x.item(itemID)
	if err != nil {
		return nil, err
	}
	if i.board != b {
		return nil, fail("InvalidItemIdException", "The item is not on the board").with("item_id", itemID, "board_id", boardID)
	}
	return i, nil
}

// node is the item as an object of the answer.
func (i *item) node() node {
	return node{
		"__typename": "Item", "id": i.id, "name": i.name, "state": i.state, "creator_id": userID,
		"url":         "https://example.monday.com/boards/" + i.board.id + "/pulses/" + i.id,
		"created_at":  i.created.Format(time.RFC3339),
		"updated_at":  i.updated.Format(time.RFC3339),
		"board":       lazy(func() any { return i.board.node() }),
		"group":       lazy(func() any { return i.group.node() }),
		"parent_item": lazy(func() any { return nodeOf(i.parent) }),
		"subitems":    lazy(func() any { return i.children() }),
		"assets":      lazy(func() any { return nodes(i.assets) }),
		"updates":     field(func(args map[string]any) (any, error) { return pageOf(i.board.updates(i.id), args), nil }),
		"column_values": field(func(args map[string]any) (any, error) {
			return i.columnValues(arguments(args).list("ids"), arguments(args).list("types")), nil
		}),
	}
}

// lazy computes a field only when it is asked for.
func lazy(get func() any) field {
	return func(map[string]any) (any, error) { return get(), nil }
}

func nodeOf(i *item) any {
	if i == nil {
		return nil
	}
	return i.node()
}

// nodes are the objects of a list.
func nodes[T interface{ node() node }](list []T) []node {
	out := make([]node, 0, len(list))
	for _, one := range list {
		out = append(out, one.node())
	}
	return out
}

func (i *item) children() []node {
	out := []node{}
	if b := i.board.subitems; b != nil {
		for _, sub := range b.active() {
			if sub.parent == i {
				out = append(out, sub.node())
			}
		}
	}
	return out
}

// userID is the id of the token's owner.
const userID = "31337"

func (i *item) columnValues(ids, types []string) []node {
	out := []node{}
	for _, c := range i.board.columns {
		if (len(ids) > 0 && !slices.Contains(ids, c.id)) || (len(types) > 0 && !slices.Contains(types, c.kind)) {
			continue
		}
		out = append(out, i.cells[c.id].node(c))
	}
	return out
}
