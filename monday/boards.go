package monday

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"time"

	"github.com/centrala-go/centrala/transport"
)

const boardFragment = `fragment board on Board {
  id
  name
  description
  state
  board_kind
  items_count
  items_limit
  workspace_id
  url
  created_at
  updated_at
}`

// Board is a board without its items.
type Board struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	// State is "active", "archived" or "deleted".
	State string `json:"state"`
	// Kind is "public", "private" or "share".
	Kind string `json:"board_kind"`
	// ItemsCount is how many items it has, ItemsLimit how many it may have.
	ItemsCount  int       `json:"items_count"`
	ItemsLimit  int       `json:"items_limit"`
	WorkspaceID string    `json:"workspace_id"`
	URL         string    `json:"url"`
	CreatedAt   time.Time `json:"-"`
	UpdatedAt   time.Time `json:"-"`
	// Columns and Groups are only read by GetBoard.
	Columns []ColumnInfo `json:"columns"`
	Groups  []Group      `json:"groups"`
}

// UnmarshalJSON reads a board.
func (b *Board) UnmarshalJSON(raw []byte) error {
	type plain Board
	return withTimes(raw, (*plain)(b), &b.CreatedAt, &b.UpdatedAt)
}

// withTimes decodes raw into what and its tolerant times beside it.
func withTimes(raw []byte, what any, created, updated *time.Time) error {
	if err := json.Unmarshal(raw, what); err != nil {
		return err
	}
	var stamps struct {
		CreatedAt timestamp `json:"created_at"`
		UpdatedAt timestamp `json:"updated_at"`
	}
	_ = json.Unmarshal(raw, &stamps) // the same text was just read
	*created, *updated = time.Time(stamps.CreatedAt), time.Time(stamps.UpdatedAt)
	return nil
}

var (
	opBoards = query("boards", `
query boards($ids: [ID!], $workspaces: [ID], $kind: BoardKind, $state: State, $limit: Int!, $page: Int!) {
  result: boards(ids: $ids, workspace_ids: $workspaces, board_kind: $kind, state: $state, limit: $limit, page: $page) { ...board }
}`, boardFragment)
	opBoard = query("board", `
query board($ids: [ID!]) {
  result: boards(ids: $ids, state: all) { ...board columns { ...column } groups { ...group } }
}`, boardFragment, columnInfoFragment, groupFragment)
	opCreateBoard = mutation("create_board", `
mutation createBoard($name: String!, $kind: BoardKind!, $workspace: ID, $template: ID, $folder: ID, $description: String, $empty: Boolean, $owners: [ID!], $subscribers: [ID!]) {
  result: create_board(board_name: $name, board_kind: $kind, workspace_id: $workspace, template_id: $template, folder_id: $folder, description: $description, empty: $empty, board_owner_ids: $owners, board_subscriber_ids: $subscribers) { ...board }
}`, boardFragment)
)

// BoardsParams selects boards.
type BoardsParams struct {
	// IDs and WorkspaceIDs limit the boards; nil means all.
	IDs, WorkspaceIDs []string
	// Kind is "public", "private" or "share", "" for all.
	Kind string
	// State is "active", "archived", "deleted" or "all"; "" means active.
	State string
	// Limit is the page size, 1 to 100; 0 means 100.
	Limit int
	// Page counts from 1; 0 means 1.
	Page int

	Call
}

// ListBoards reads one page of boards.
func (c *Client) ListBoards(ctx context.Context, p BoardsParams) ([]Board, error) {
	limit, err := listSize(opBoards.Name, p.Limit)
	if err != nil {
		return nil, err
	}
	if err := oneOf(opBoards.Name, "Kind", p.Kind, boardKinds...); err != nil {
		return nil, err
	}
	if err := oneOf(opBoards.Name, "State", p.State, "active", "archived", "deleted", "all"); err != nil {
		return nil, err
	}
	vars := variables("ids", p.IDs, "workspaces", p.WorkspaceIDs, "kind", p.Kind, "state", p.State, "limit", limit)
	vars["page"] = max(p.Page, 1)
	return one[[]Board](ctx, c, opBoards, vars, p.Call, "list of boards")
}

var boardKinds = []string{"public", "private", "share"}

func listSize(op string, limit int) (int, error) {
	switch {
	case limit == 0:
		return maxIDs, nil
	case limit < 0 || limit > maxIDs:
		return 0, transport.Invalid(op, "Limit", "is %d, want 1 to %d", limit, maxIDs)
	}
	return limit, nil
}

// Boards iterates over all boards, page by page.
func (c *Client) Boards(ctx context.Context, p BoardsParams) iter.Seq2[Board, error] {
	p.IDs, p.WorkspaceIDs = slices.Clone(p.IDs), slices.Clone(p.WorkspaceIDs)
	return numbered(p.Page, p.Limit, func(page int) ([]Board, error) {
		p.Page = page
		return c.ListBoards(ctx, p)
	})
}

// numbered iterates over lists that come in numbered pages, until one that is
// not full.
func numbered[T any](first, limit int, list func(page int) ([]T, error)) iter.Seq2[T, error] {
	if limit == 0 {
		limit = maxIDs
	}
	return func(yield func(T, error) bool) {
		for page := max(first, 1); ; page++ {
			things, err := list(page)
			for _, t := range things {
				if !yield(t, nil) {
					return
				}
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			if len(things) < limit {
				return
			}
		}
	}
}

// GetBoardParams names a board.
type GetBoardParams struct {
	// BoardID is required.
	BoardID string

	Call
}

// GetBoard reads a board with its columns and groups; transport.ErrNotFound
// when there is none, or none that the token may see.
func (c *Client) GetBoard(ctx context.Context, p GetBoardParams) (Board, error) {
	return c.board(ctx, opBoard, p)
}

func (c *Client) board(ctx context.Context, op *operation, p GetBoardParams) (Board, error) {
	if err := required(op.Name, "BoardID", p.BoardID); err != nil {
		return Board{}, err
	}
	return first[Board](ctx, c, op, variables("ids", []string{p.BoardID}), p.Call, "board of that id")
}

// CreateBoardRequest describes a board to create.
type CreateBoardRequest struct {
	// Name is required.
	Name string
	// Kind is "public", "private" or "share"; "" means public.
	Kind                              string
	WorkspaceID, TemplateID, FolderID string
	Description                       string
	// Empty leaves out the groups and columns that monday puts into new boards.
	Empty bool
	// OwnerIDs and SubscriberIDs are users.
	OwnerIDs, SubscriberIDs []string

	Call
}

// CreateBoard creates a board. monday allows 40 in a minute.
func (c *Client) CreateBoard(ctx context.Context, r CreateBoardRequest) (Board, error) {
	op := opCreateBoard
	if err := required(op.Name, "Name", r.Name); err != nil {
		return Board{}, err
	}
	if err := oneOf(op.Name, "Kind", r.Kind, boardKinds...); err != nil {
		return Board{}, err
	}
	vars := variables("name", r.Name, "kind", orElse(r.Kind, "public"), "workspace", r.WorkspaceID, "template", r.TemplateID,
		"folder", r.FolderID, "description", r.Description, "empty", r.Empty, "owners", r.OwnerIDs, "subscribers", r.SubscriberIDs)
	return one[Board](ctx, c, op, vars, r.Call, "board")
}
