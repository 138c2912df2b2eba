package mondaytest

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

func listBoards(x *run, args arguments) (any, error) {
	ids := args.list("ids")
	var found []*board
	for _, b := range x.s.boards {
		if (ids == nil || slices.Contains(ids, b.id)) && (args.text("board_kind") == "" || args.text("board_kind") == b.kind) {
			found = append(found, b)
		}
	}
	return nodes(pageOf(found, args)), nil
}

// pageOf cuts a list by limit and page.
func pageOf[T any](list []T, args arguments) []T {
	limit, page := args.number("limit"), max(args.number("page"), 1)
	if limit <= 0 {
		return list
	}
	from := min((page-1)*limit, len(list))
	return list[from:min(from+limit, len(list))]
}

func (b *board) node() node {
	return node{
		"__typename": "Board", "id": b.id, "name": b.name, "description": b.description, "state": stateActive,
		"board_kind": b.kind, "items_limit": b.limit, "url": "https://example.monday.com/boards/" + b.id,
		"workspace_id": orNil(b.workspace), "created_at": b.created.Format(time.RFC3339), "updated_at": b.created.Format(time.RFC3339),
		"items_count": lazy(func() any { return len(b.active()) }),
		"columns": field(func(args map[string]any) (any, error) {
			ids, types := arguments(args).list("ids"), arguments(args).list("types")
			return nodes(slices.DeleteFunc(slices.Clone(b.columns), func(c *column) bool {
				return (ids != nil && !slices.Contains(ids, c.id)) || (types != nil && !slices.Contains(types, c.kind))
			})), nil
		}),
		"groups": field(func(args map[string]any) (any, error) {
			ids := arguments(args).list("ids")
			return nodes(slices.DeleteFunc(slices.Clone(b.groups), func(g *group) bool {
				return g.state == stateDeleted || (ids != nil && !slices.Contains(ids, g.id))
			})), nil
		}),
		"items_page": b.pageField(func(*item) bool { return true }),
		"updates":    field(func(args map[string]any) (any, error) { return pageOf(b.updates(""), args), nil }),
	}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (g *group) node() node {
	return node{
		"__typename": "Group", "id": g.id, "title": g.title, "color": g.color,
		"position": strconv.Itoa(65536 * (slices.Index(g.board.groups, g) + 1)), "archived": g.state == stateArchived,
		"deleted": g.state == stateDeleted, "items_page": g.board.pageField(func(i *item) bool { return i.group == g }),
	}
}

func (c *column) node() node {
	settings := c.settings()
	return node{
		"__typename": "Column", "id": c.id, "title": c.title, "type": c.kind, "description": orNil(c.description),
		"archived": false, "revision": strconv.Itoa(c.revision), "settings": settings, "settings_str": string(encode(settings)),
		"width": c.width,
	}
}

// settings are the labels of columns that have them.
func (c *column) settings() map[string]any {
	if c.labels == nil {
		return map[string]any{}
	}
	labels := make([]map[string]any, 0, len(c.labels))
	for i, l := range c.labels {
		if c.kind == "dropdown" {
			labels = append(labels, map[string]any{"id": i + 1, "label": l, "is_deactivated": false})
			continue
		}
		labels = append(labels, map[string]any{"id": i, "index": i, "label": l, "is_done": l == "Done", "is_deactivated": false})
	}
	return map[string]any{"labels": labels}
}

func createBoard(x *run, args arguments) (any, error) {
	if args.text("board_name") == "" {
		return nil, fail("CreateBoardException", "board_name must not be empty")
	}
	b := x.s.newBoard(Board{ID: x.s.id(), Name: args.text("board_name")})
	b.kind, b.description, b.workspace = args.text("board_kind"), args.text("description"), args.text("workspace_id")
	x.s.boards = append(x.s.boards, b)
	return b.node(), nil
}

func createGroup(x *run, args arguments) (any, error) {
	b, err := x.board(args.text("board_id"))
	if err != nil {
		return nil, err
	}
	g := &group{id: "group_" + x.s.id(), title: args.text("group_name"), color: defaultColor, state: stateActive, board: b}
	if color := args.text("group_color"); color != "" {
		g.color = color
	}
	at := 0 // new groups come first
	if id := args.text("relative_to"); id != "" {
		beside, err := b.needGroup(id)
		if err != nil {
			return nil, err
		}
		at = slices.Index(b.groups, beside)
		if args.text("position_relative_method") == "after_at" {
			at++
		}
	}
	b.groups = slices.Insert(b.groups, at, g)
	return g.node(), nil
}

// group finds the group that args name.
func (x *run) group(args arguments) (*group, error) {
	b, err := x.board(args.text("board_id"))
	if err != nil {
		return nil, err
	}
	return b.needGroup(args.text("group_id"))
}

func updateGroup(x *run, args arguments) (any, error) {
	g, err := x.group(args)
	if err != nil {
		return nil, err
	}
	switch value := args.text("new_value"); args.text("group_attribute") {
	case "title":
		g.title = value
	case "color":
		g.color = value
	default:
		return nil, fail("InvalidArgumentException", "the fake does not move groups by update_group")
	}
	return g.node(), nil
}

func duplicateGroup(x *run, args arguments) (any, error) {
	g, err := x.group(args)
	if err != nil {
		return nil, err
	}
	twin := &group{id: "group_" + x.s.id(), title: "Duplicate of " + g.title, color: g.color, state: stateActive, board: g.board}
	if title := args.text("group_title"); title != "" {
		twin.title = title
	}
	g.board.groups = append(g.board.groups, twin)
	for _, i := range g.board.active() {
		if i.group == g {
			copied := i.twin(x.s.id(), twin)
			copied.name = i.name
			g.board.add(copied, -1)
		}
	}
	return twin.node(), nil
}

// setGroupState archives or deletes a group and its items.
func setGroupState(state string) resolver {
	return func(x *run, args arguments) (any, error) {
		g, err := x.group(args)
		if err != nil {
			return nil, err
		}
		left := slices.ContainsFunc(g.board.groups, func(o *group) bool { return o != g && o.state == stateActive })
		if !left {
			return nil, &failure{code: "DeleteLastGroupException", message: "Cannot delete the last group on the board", inner: 409}
		}
		g.state = state
		for _, i := range g.board.items {
			if i.group == g && i.state == stateActive {
				i.state = state
			}
		}
		return g.node(), nil
	}
}

func createColumn(x *run, args arguments) (any, error) {
	b, err := x.board(args.text("board_id"))
	if err != nil {
		return nil, err
	}
	c := &column{id: args.text("id"), title: args.text("title"), kind: args.text("column_type"), description: args.text("description")}
	if typeNames[c.kind] == "" {
		return nil, fail("InvalidArgumentException", "columns of type %s cannot be created", c.kind)
	}
	if c.id == "" {
		c.id = c.kind + "_" + x.s.id()
	}
	if b.column(c.id) != nil {
		return nil, fail("InvalidArgumentException", "the column id %q is taken", c.id)
	}
	if c.labels, err = defaultLabels(args); err != nil {
		return nil, err
	}
	at := len(b.columns)
	if id := args.text("after_column_id"); id != "" {
		at = slices.IndexFunc(b.columns, func(o *column) bool { return o.id == id }) + 1
	}
	b.columns = slices.Insert(b.columns, at, c)
	return c.node(), nil
}

// defaultLabels reads {"labels":…}: an object by index for a status column, a
// list with names for a dropdown column.
func defaultLabels(args arguments) ([]string, error) {
	defaults, err := args.jsonText("defaults")
	if err != nil || defaults == nil {
		return nil, err
	}
	var list []struct {
		Name  string `json:"name"`
		Label string `json:"label"`
	}
	if json.Unmarshal(defaults["labels"], &list) == nil {
		var labels []string
		for _, l := range list {
			labels = append(labels, l.Name+l.Label)
		}
		return labels, nil
	}
	var byIndex map[string]string
	if err := json.Unmarshal(defaults["labels"], &byIndex); err != nil {
		return nil, fail("InvalidArgumentException", "defaults has no labels")
	}
	var labels []string
	for i := range 40 {
		if l, ok := byIndex[strconv.Itoa(i)]; ok {
			labels = append(labels, l)
		}
	}
	return labels, nil
}

// boardColumn finds the column that args name.
func (x *run) boardColumn(args arguments, name string) (*board, *column, error) {
	b, err := x.board(args.text("board_id"))
	if err != nil {
		return nil, nil, err
	}
	c := b.column(args.text(name))
	if c == nil {
		return nil, nil, fail("InvalidColumnIdException", "This column ID doesn't exist for the board").with("column_id", args.text(name))
	}
	return b, c, nil
}

func updateColumn(x *run, args arguments) (any, error) {
	_, c, err := x.boardColumn(args, "id")
	if err != nil {
		return nil, err
	}
	if args.text("revision") != strconv.Itoa(c.revision) {
		return nil, &failure{code: "InvalidArgumentException", message: "the revision is not the latest", inner: 409, status: 409}
	}
	if _, text := args["settings"].(string); text {
		return nil, fail("InvalidArgumentException", "settings must be an object")
	}
	if labels := args.object("settings").objects("labels"); labels != nil {
		c.labels = nil
		for _, l := range labels {
			c.labels = append(c.labels, l.text("label"))
		}
	}
	if t := args.text("title"); t != "" {
		c.title = t
	}
	if d := args.text("description"); d != "" {
		c.description = d
	}
	if w := args.number("width"); w != 0 {
		c.width = w
	}
	c.revision++
	return c.node(), nil
}

func deleteColumn(x *run, args arguments) (any, error) {
	b, c, err := x.boardColumn(args, "column_id")
	if err != nil {
		return nil, err
	}
	b.columns = slices.DeleteFunc(b.columns, func(o *column) bool { return o == c })
	for _, i := range b.items {
		delete(i.cells, c.id)
	}
	return c.node(), nil
}
