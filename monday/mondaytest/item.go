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
	g := b.group(args.text("group_id"))
	if g == nil {
		return nil, fail("InvalidGroupIdException", "The group was not found").with("group_id", args.text("group_id"))
	}
	if err := checkName(args.text("item_name")); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	i := &item{board: b, group: g, name: args.text("item_name"), state: stateActive, created: now, updated: now, cells: map[string]*cell{}}
	values, err := args.jsonText("column_values")
	if err != nil {
		return nil, err
	}
	if err := i.write(values, args.flag("create_labels_if_missing")); err != nil {
		return nil, err
	}
	at, err := b.place(args)
	if err != nil {
		return nil, err
	}
	i.id = x.s.id()
	b.add(i, at)
	return i.node(), nil
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

func changeColumns(x *run, args arguments) (any, error) {
	i, err := x.boardItem(args.text("board_id"), args.text("item_id"))
	if err != nil {
		return nil, err
	}
	values, err := args.jsonText("column_values")
	if err != nil {
		return nil, err
	}
	if err := i.write(values, args.flag("create_labels_if_missing")); err != nil {
		return nil, err
	}
	return i.node(), nil
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
		"url":        "https://example.monday.com/boards/" + i.board.id + "/pulses/" + i.id,
		"created_at": i.created.Format(time.RFC3339), "updated_at": i.updated.Format(time.RFC3339),
		"board": field(func(map[string]any) (any, error) { return i.board.node(), nil }),
		"group": i.group.node(),
		"column_values": field(func(args map[string]any) (any, error) {
			return i.columnValues(arguments(args).list("ids"), arguments(args).list("types")), nil
		}),
	}
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

func (b *board) node() node {
	return node{"__typename": "Board", "id": b.id, "name": b.name}
}

func (g *group) node() node {
	return node{"__typename": "Group", "id": g.id, "title": g.title}
}

func (c *column) node() node {
	return node{"__typename": "Column", "id": c.id, "title": c.title, "type": c.kind}
}
