package monday

import "context"

const groupFragment = `fragment group on Group {
  id
  title
  color
  position
  archived
}`

// Group is a group of a board.
type Group struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Color is "#rrggbb".
	Color string `json:"color"`
	// Position orders the groups of a board; it is a number in text form.
	Position string `json:"position"`
	Archived bool   `json:"archived"`
}

var (
	opCreateGroup = mutation("create_group", `
mutation createGroup($board: ID!, $title: String!, $color: String, $relative_to: String, $position: PositionRelative) {
  result: create_group(board_id: $board, group_name: $title, group_color: $color, relative_to: $relative_to, position_relative_method: $position) { ...group }
}`, groupFragment)
	opUpdateGroup = mutation("update_group", `
mutation updateGroup($board: ID!, $group: String!, $attribute: GroupAttributes!, $value: String!) {
  result: update_group(board_id: $board, group_id: $group, group_attribute: $attribute, new_value: $value) { ...group }
}`, groupFragment)
	opDuplicateGroup = mutation("duplicate_group", `
mutation duplicateGroup($board: ID!, $group: String!, $title: String, $top: Boolean) {
  result: duplicate_group(board_id: $board, group_id: $group, group_title: $title, add_to_top: $top) { ...group }
}`, groupFragment)
	opArchiveGroup = mutation("archive_group", `
mutation archiveGroup($board: ID!, $group: String!) {
  result: archive_group(board_id: $board, group_id: $group) { ...group }
}`, groupFragment)
	opDeleteGroup = mutation("delete_group", `
mutation deleteGroup($board: ID!, $group: String!) {
  result: delete_group(board_id: $board, group_id: $group) { ...group }
}`, groupFragment)
)

// CreateGroupRequest describes a group to create.
type CreateGroupRequest struct {
	// BoardID and Title are required.
	BoardID, Title string
	// Color is "#rrggbb", one of monday's palette.
	Color string
	// RelativeTo puts it before or after another group, as Position says.
	RelativeTo string
	Position   Position

	Call
}

// CreateGroup creates a group on a board.
func (c *Client) CreateGroup(ctx context.Context, r CreateGroupRequest) (Group, error) {
	op := opCreateGroup
	if err := required(op.Name, "BoardID", r.BoardID, "Title", r.Title); err != nil {
		return Group{}, err
	}
	if err := checkPlace(op.Name, r.RelativeTo, r.Position); err != nil {
		return Group{}, err
	}
	vars := variables("board", r.BoardID, "title", r.Title, "color", r.Color, "relative_to", r.RelativeTo, "position", string(r.Position))
	return one[Group](ctx, c, op, vars, r.Call, "group")
}

// UpdateGroupRequest describes a change to one attribute of a group.
type UpdateGroupRequest struct {
	// BoardID and GroupID are required.
	BoardID, GroupID string
	// Attribute is "title", "color", "position", "relative_position_after" or
	// "relative_position_before"; Value is its new value. Both are required.
	Attribute, Value string

	Call
}

// UpdateGroup changes the title, color or place of a group.
func (c *Client) UpdateGroup(ctx context.Context, r UpdateGroupRequest) (Group, error) {
	op := opUpdateGroup
	if err := required(op.Name, "BoardID", r.BoardID, "GroupID", r.GroupID, "Attribute", r.Attribute, "Value", r.Value); err != nil {
		return Group{}, err
	}
	if err := oneOf(op.Name, "Attribute", r.Attribute,
		"title", "color", "position", "relative_position_after", "relative_position_before"); err != nil {
		return Group{}, err
	}
	vars := variables("board", r.BoardID, "group", r.GroupID, "attribute", r.Attribute, "value", r.Value)
	return one[Group](ctx, c, op, vars, r.Call, "group")
}

// DuplicateGroupRequest names a group to copy.
type DuplicateGroupRequest struct {
	// BoardID and GroupID are required.
	BoardID, GroupID string
	// Title is that of the copy; "" leaves it to monday.
	Title string
	// Top puts the copy at the top of the board.
	Top bool

	Call
}

// DuplicateGroup copies a group with its items. monday allows 40 in a minute.
func (c *Client) DuplicateGroup(ctx context.Context, r DuplicateGroupRequest) (Group, error) {
	op := opDuplicateGroup
	if err := required(op.Name, "BoardID", r.BoardID, "GroupID", r.GroupID); err != nil {
		return Group{}, err
	}
	return one[Group](ctx, c, op, variables("board", r.BoardID, "group", r.GroupID, "title", r.Title, "top", r.Top), r.Call, "group")
}

// GroupRequest names a group; both are required.
type GroupRequest struct {
	BoardID, GroupID string

	Call
}

// ArchiveGroup archives a group with its items. The last group of a board
// cannot be archived: transport.ErrConflict.
func (c *Client) ArchiveGroup(ctx context.Context, r GroupRequest) (Group, error) {
	return c.groupByID(ctx, opArchiveGroup, r)
}

// DeleteGroup deletes a group with its items. The last group of a board cannot
// be deleted: transport.ErrConflict.
func (c *Client) DeleteGroup(ctx context.Context, r GroupRequest) (Group, error) {
	return c.groupByID(ctx, opDeleteGroup, r)
}

func (c *Client) groupByID(ctx context.Context, op *operation, r GroupRequest) (Group, error) {
	if err := required(op.Name, "BoardID", r.BoardID, "GroupID", r.GroupID); err != nil {
		return Group{}, err
	}
	return one[Group](ctx, c, op, variables("board", r.BoardID, "group", r.GroupID), r.Call, "group")
}
