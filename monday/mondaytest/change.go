package mondaytest

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

func changeColumns(x *run, args arguments) (any, error) {
	values, err := args.jsonText("column_values")
	if err != nil {
		return nil, err
	}
	return x.change(args, values)
}

// change writes values to the item that args name.
func (x *run) change(args arguments, values map[string]json.RawMessage) (any, error) {
	i, err := x.boardItem(args.text("board_id"), args.text("item_id"))
	if err != nil {
		return nil, err
	}
	was := maps.Clone(i.cells)
	if err := i.write(values, args.flag("create_labels_if_missing")); err != nil {
		return nil, err
	}
	x.emitChanges(i, values, was)
	return i.node(), nil
}

// emitChanges tells the webhooks of every column that was written.
func (x *run) emitChanges(i *item, values map[string]json.RawMessage, was map[string]*cell) {
	for _, id := range slices.Sorted(maps.Keys(values)) {
		c := i.board.column(id)
		if c == nil {
			x.s.emit("change_name", "update_name", i, map[string]any{"value": map[string]any{"name": i.name}})
			continue
		}
		x.s.emit("change_column_value", "update_column_value", i, map[string]any{
			"columnId": id, "columnType": c.kind, "columnTitle": c.title, "value": i.cells[id].raw(), "previousValue": was[id].raw(),
			"changedAt": float64(time.Now().UnixMilli()) / 1000,
		})
	}
}

func changeColumn(x *run, args arguments) (any, error) {
	s, ok := args["value"].(string)
	if !ok || !json.Valid([]byte(s)) {
		return nil, fail("InvalidArgumentException", "value must be a JSON-encoded string")
	}
	id := args.text("column_id")
	if b := x.s.board(args.text("board_id")); b != nil {
		if c := b.column(id); c != nil && c.kind == "board_relation" {
			return nil, fail("ColumnValueException", "use change_multiple_column_values for this column").with("column_id", id, "column_type", c.kind)
		}
	}
	return x.change(args, map[string]json.RawMessage{id: json.RawMessage(s)})
}

// simple writes the plain text of a column in its own form.
var simple = map[string]func(text string) any{
	"text":      func(s string) any { return s },
	"numbers":   func(s string) any { return s },
	"long_text": func(s string) any { return map[string]string{"text": s} },
	"status":    func(s string) any { return map[string]string{"label": s} },
	"email":     func(s string) any { return map[string]string{"email": s, "text": s} },
	"date":      func(s string) any { return map[string]string{"date": s} },
	"phone":     func(s string) any { return map[string]string{"phone": s} },
	"dropdown":  func(s string) any { return map[string][]string{"labels": {s}} },
}

func changeSimple(x *run, args arguments) (any, error) {
	id, text := args.text("column_id"), args.text("value")
	b, err := x.board(args.text("board_id"))
	if err != nil {
		return nil, err
	}
	c := b.column(id)
	if c == nil {
		return nil, fail("InvalidColumnIdException", "This column ID doesn't exist for the board").with("column_id", id)
	}
	form, ok := simple[c.kind]
	if !ok {
		return nil, fail("ColumnValueException", "This column cannot be set by text").with("column_id", id, "column_type", c.kind)
	}
	value := json.RawMessage("null")
	if text != "" {
		value = json.RawMessage(encode(form(text)))
	}
	return x.change(args, map[string]json.RawMessage{id: value})
}

func moveToGroup(x *run, args arguments) (any, error) {
	i, err := x.item(args.text("item_id"))
	if err != nil {
		return nil, err
	}
	if i.group, err = i.board.needGroup(args.text("group_id")); err != nil {
		return nil, err
	}
	i.updated = time.Now().UTC()
	return i.node(), nil
}

func moveToBoard(x *run, args arguments) (any, error) {
	i, err := x.item(args.text("item_id"))
	if err != nil {
		return nil, err
	}
	to, err := x.board(args.text("board_id"))
	if err != nil {
		return nil, err
	}
	g, err := to.needGroup(args.text("group_id"))
	if err != nil {
		return nil, err
	}
	cells, err := i.mapped(args.objects("columns_mapping"), to)
	if err != nil {
		return nil, err
	}
	i.board.remove(i)
	i.board, i.group, i.cells, i.updated = to, g, cells, time.Now().UTC()
	to.add(i, -1)
	return i.node(), nil
}

// mapped returns the cells as they stand on another board. Without a mapping
// columns go by their ids.
func (i *item) mapped(mapping []arguments, to *board) (map[string]*cell, error) {
	target := map[string]string{}
	for _, m := range mapping {
		target[m.text("source")] = m.text("target")
	}
	cells := map[string]*cell{}
	for _, c := range i.board.columns {
		id, named := target[c.id]
		if mapping == nil {
			id = c.id
		} else if !named {
			return nil, fail("InvalidArgumentException", "columns_mapping does not name the column %q", c.id)
		}
		if v := i.cells[c.id]; v != nil && to.column(id) != nil {
			cells[id] = v
		}
	}
	return cells, nil
}

func (b *board) remove(i *item) {
	b.items = slices.DeleteFunc(b.items, func(o *item) bool { return o == i })
	delete(b.index, i.id)
}

func changePosition(x *run, args arguments) (any, error) {
	i, err := x.item(args.text("item_id"))
	if err != nil {
		return nil, err
	}
	b := i.board
	if id := args.text("group_id"); id != "" {
		if i.group, err = b.needGroup(id); err != nil {
			return nil, err
		}
	}
	b.remove(i)
	at, err := b.place(args)
	if args.flag("group_top") {
		at = 0
	}
	if err != nil {
		b.add(i, -1)
		return nil, err
	}
	b.add(i, at)
	return i.node(), nil
}

func duplicateItem(x *run, args arguments) (any, error) {
	i, err := x.boardItem(args.text("board_id"), args.text("item_id"))
	if err != nil {
		return nil, err
	}
	twin := i.twin(x.s.id(), i.group)
	i.board.add(twin, -1)
	return twin.node(), nil
}

func (i *item) twin(id string, g *group) *item {
	now := time.Now().UTC()
	return &item{
		board: i.board, group: g, parent: i.parent, id: id, name: i.name + " (copy)", state: stateActive,
		created: now, updated: now, cells: maps.Clone(i.cells),
	}
}

// setState archives or deletes one item.
func setState(state string) resolver {
	return func(x *run, args arguments) (any, error) {
		i, err := x.item(args.text("item_id"))
		if err != nil {
			return nil, err
		}
		if i.state == state {
			return nil, fail("InvalidItemIdException", "This item is %s already", state).with("item_id", i.id)
		}
		i.state, i.updated = state, time.Now().UTC()
		x.s.emit("item_"+state, map[string]string{stateArchived: "archive_pulse", stateDeleted: "delete_pulse"}[state], i, map[string]any{"itemId": jsonID(i.id)})
		return i.node(), nil
	}
}
