package monday

import (
	"context"
	"iter"
	"time"

	"github.com/centrala-go/centrala/transport"
)

const updateFragment = `fragment update on Update {
  id
  body
  text_body
  item_id
  creator_id
  created_at
  updated_at
}`

// Update is a comment on an item.
type Update struct {
	ID string `json:"id"`
	// Body is HTML, Text the same without markup.
	Body      string    `json:"body"`
	Text      string    `json:"text_body"`
	ItemID    string    `json:"item_id"`
	CreatorID string    `json:"creator_id"`
	CreatedAt time.Time `json:"-"`
	UpdatedAt time.Time `json:"-"`
	// Replies are only read by ListUpdates.
	Replies []Reply `json:"replies"`
}

// UnmarshalJSON reads an update.
func (u *Update) UnmarshalJSON(raw []byte) error {
	type plain Update
	return withTimes(raw, (*plain)(u), &u.CreatedAt, &u.UpdatedAt)
}

// Reply is an answer to an update.
type Reply struct {
	ID        string    `json:"id"`
	Body      string    `json:"body"`
	Text      string    `json:"text_body"`
	CreatorID string    `json:"creator_id"`
	CreatedAt time.Time `json:"-"`
}

// UnmarshalJSON reads a reply.
func (r *Reply) UnmarshalJSON(raw []byte) error {
	type plain Reply
	var updated time.Time
	return withTimes(raw, (*plain)(r), &r.CreatedAt, &updated)
}

var (
	opCreateUpdate = mutation("create_update", `
mutation createUpdate($item: ID, $body: String!, $parent: ID) {
  result: create_update(item_id: $item, body: $body, parent_id: $parent) { ...update }
}`, updateFragment)
	opEditUpdate = mutation("edit_update", `
mutation editUpdate($id: ID!, $body: String!) {
  result: edit_update(id: $id, body: $body) { ...update }
}`, updateFragment)
	opDeleteUpdate = mutation("delete_update", `
mutation deleteUpdate($id: ID!) {
  result: delete_update(id: $id) { ...update }
}`, updateFragment)
	opClearItemUpdates = mutation("clear_item_updates", `
mutation clearItemUpdates($item: ID!) {
  result: clear_item_updates(item_id: $item) { ...item }
}`, itemFragment)
	opItemUpdates = query("item_updates", `
query itemUpdates($ids: [ID!]!, $limit: Int!, $page: Int!) {
  result: items(ids: $ids, limit: 1) { updates(limit: $limit, page: $page) { ...update replies { id body text_body creator_id created_at } } }
}`, updateFragment)
)

// CreateUpdateRequest describes a comment.
type CreateUpdateRequest struct {
	// ItemID is required, unless ParentID answers an update.
	ItemID, ParentID string
	// Body is required; it may hold HTML.
	Body string

	Call
}

// CreateUpdate writes a comment on an item, or an answer to one.
func (c *Client) CreateUpdate(ctx context.Context, r CreateUpdateRequest) (Update, error) {
	op := opCreateUpdate
	if r.ItemID == "" && r.ParentID == "" {
		return Update{}, transport.Invalid(op.Name, "ItemID", "is empty, and there is no ParentID either")
	}
	if err := required(op.Name, "Body", r.Body); err != nil {
		return Update{}, err
	}
	return one[Update](ctx, c, op, variables("item", r.ItemID, "parent", r.ParentID, "body", r.Body), r.Call, "update")
}

// EditUpdateRequest describes a comment's new text; both are required.
type EditUpdateRequest struct {
	UpdateID, Body string

	Call
}

// EditUpdate replaces the text of a comment.
func (c *Client) EditUpdate(ctx context.Context, r EditUpdateRequest) (Update, error) {
	op := opEditUpdate
	if err := required(op.Name, "UpdateID", r.UpdateID, "Body", r.Body); err != nil {
		return Update{}, err
	}
	return one[Update](ctx, c, op, variables("id", r.UpdateID, "body", r.Body), r.Call, "update")
}

// UpdateRequest names a comment.
type UpdateRequest struct {
	// UpdateID is required.
	UpdateID string

	Call
}

// DeleteUpdate deletes a comment with its answers.
func (c *Client) DeleteUpdate(ctx context.Context, r UpdateRequest) (Update, error) {
	op := opDeleteUpdate
	if err := required(op.Name, "UpdateID", r.UpdateID); err != nil {
		return Update{}, err
	}
	return one[Update](ctx, c, op, variables("id", r.UpdateID), r.Call, "update")
}

// ClearItemUpdates deletes all comments of an item.
func (c *Client) ClearItemUpdates(ctx context.Context, r ItemRequest) (Item, error) {
	return c.itemByID(ctx, opClearItemUpdates, r)
}

// UpdatesParams selects comments of an item.
type UpdatesParams struct {
	// ItemID is required.
	ItemID string
	// Limit is the page size, 1 to 100; 0 means 100.
	Limit int
	// Page counts from 1; 0 means 1.
	Page int

	Call
}

// ListUpdates reads one page of an item's comments, the newest first.
func (c *Client) ListUpdates(ctx context.Context, p UpdatesParams) ([]Update, error) {
	op := opItemUpdates
	if err := required(op.Name, "ItemID", p.ItemID); err != nil {
		return nil, err
	}
	limit, err := listSize(op.Name, p.Limit)
	if err != nil {
		return nil, err
	}
	item, err := first[struct{ Updates []Update }](ctx, c, op,
		map[string]any{"ids": []string{p.ItemID}, "limit": limit, "page": max(p.Page, 1)}, p.Call, "item of that id")
	return item.Updates, err
}

// Updates iterates over an item's comments, the newest first.
func (c *Client) Updates(ctx context.Context, p UpdatesParams) iter.Seq2[Update, error] {
	return numbered(p.Page, p.Limit, func(page int) ([]Update, error) {
		p.Page = page
		return c.ListUpdates(ctx, p)
	})
}
