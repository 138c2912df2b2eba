package monday

import (
	"context"

	"github.com/centrala-go/centrala/transport"
)

// UpsertItemRequest describes an item to create, or to change if it exists.
type UpsertItemRequest struct {
	CreateItemRequest
	// Match is required: each is tried in turn, and the first that finds an item
	// decides. Of several items that it finds, the newest counts. An e-mail and
	// a phone number, for example.
	Match []Match
	// KeepName leaves the name of an item that exists as it is.
	KeepName bool
}

// UpsertItem changes the item that Match finds, or creates it; created says
// which. Position and group matter only for a new item.
//
// Finding and creating are two calls: two processes that do this at once for
// the same person can create two items, unless both use the same
// Call.IdempotencyKey and the same values. A retry of one call cannot double.
func (c *Client) UpsertItem(ctx context.Context, r UpsertItemRequest) (item Item, created bool, err error) {
	op := opCreateItem.Name
	if len(r.Match) == 0 {
		return Item{}, false, transport.Invalid(op, "Match", "is empty")
	}
	if _, err := r.variables(op); err != nil {
		return Item{}, false, err
	}
	found, err := c.findItem(ctx, r)
	if err != nil {
		return Item{}, false, err
	}
	if found.ID == "" {
		item, err = c.CreateItem(ctx, r.CreateItemRequest)
		return item, err == nil, err
	}
	change := ChangeColumnValuesRequest{
		BoardID: r.BoardID, ItemID: found.ID, Columns: r.Columns, CreateLabels: r.CreateLabels, Call: r.Call,
	}
	if !r.KeepName {
		change.Name = r.Name
	}
	if change.IdempotencyKey != "" {
		change.IdempotencyKey += "/change" // the key itself may stand for the creation
	}
	if len(change.Columns) == 0 && change.Name == "" {
		return found, false, nil
	}
	item, err = c.ChangeColumnValues(ctx, change)
	return item, false, err
}

// findItem returns the newest item of the first match that finds any.
func (c *Client) findItem(ctx context.Context, r UpsertItemRequest) (Item, error) {
	var newest Item
	for _, m := range r.Match {
		for item, err := range c.ItemsByColumnValues(ctx, ItemsByColumnValuesParams{
			BoardID: r.BoardID, Match: []Match{m}, Columns: []string{m.ColumnID}, Call: Call{APIVersion: r.APIVersion},
		}) {
			if err != nil {
				return Item{}, err
			}
			if newest.ID == "" || item.CreatedAt.After(newest.CreatedAt) {
				newest = item
			}
		}
		if newest.ID != "" {
			break
		}
	}
	return newest, nil
}
