package monday

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"regexp"
	"time"

	"github.com/centrala-go/centrala/transport"
)

const assetFragment = `fragment asset on Asset {
  id
  name
  url
  public_url
  file_size
  file_extension
  created_at
}`

// Asset is a file that monday keeps.
type Asset struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// URL needs a login in monday; PublicURL does not and lives for an hour.
	URL       string    `json:"url"`
	PublicURL string    `json:"public_url"`
	Size      int64     `json:"file_size"`
	Extension string    `json:"file_extension"`
	CreatedAt time.Time `json:"-"`
}

// UnmarshalJSON reads an asset.
func (a *Asset) UnmarshalJSON(raw []byte) error {
	type plain Asset
	var updated time.Time
	return withTimes(raw, (*plain)(a), &a.CreatedAt, &updated)
}

// File is a file to upload. Content is read from the start for every attempt,
// and may be read twice at a time: *os.File, *bytes.Reader and *strings.Reader
// are fine.
type File struct {
	// Name is required; people see it.
	Name    string
	Content io.ReaderAt
	// Size is how many bytes Content has; it is required.
	Size int64
}

var (
	opAddFileToColumn = mutation("add_file_to_column", `
mutation addFileToColumn($item: ID!, $column: String!, $file: File!) {
  result: add_file_to_column(item_id: $item, column_id: $column, file: $file) { ...asset }
}`, assetFragment)
	opAddFileToUpdate = mutation("add_file_to_update", `
mutation addFileToUpdate($update: ID!, $file: File!) {
  result: add_file_to_update(update_id: $update, file: $file) { ...asset }
}`, assetFragment)
	opAssets = query("assets", `
query assets($ids: [ID!]!) {
  result: assets(ids: $ids) { ...asset }
}`, assetFragment)
	opItemAssets = query("item_assets", `
query itemAssets($ids: [ID!]!) {
  result: items(ids: $ids, limit: 1) { assets { ...asset } }
}`, assetFragment)
)

// AddFileToColumnRequest describes a file for a file column; all are required.
type AddFileToColumnRequest struct {
	ItemID, ColumnID string
	File             File

	Call
}

// AddFileToColumn uploads a file into a file column, beside those that are
// there. An attempt may take a second longer for every 128 KiB. It carries an
// idempotency key like every mutation; monday does not say that it heeds keys
// for uploads, so read ItemAssets after an unknown outcome that must not be
// doubled.
func (c *Client) AddFileToColumn(ctx context.Context, r AddFileToColumnRequest) (Asset, error) {
	op := opAddFileToColumn
	if err := required(op.Name, "ItemID", r.ItemID, "ColumnID", r.ColumnID); err != nil {
		return Asset{}, err
	}
	return c.upload(ctx, op, map[string]any{"item": r.ItemID, "column": r.ColumnID}, r.File, r.Call)
}

// AddFileToUpdateRequest describes a file for a comment; both are required.
type AddFileToUpdateRequest struct {
	UpdateID string
	File     File

	Call
}

// AddFileToUpdate uploads a file to a comment, with the caution that
// AddFileToColumn describes.
func (c *Client) AddFileToUpdate(ctx context.Context, r AddFileToUpdateRequest) (Asset, error) {
	op := opAddFileToUpdate
	if err := required(op.Name, "UpdateID", r.UpdateID); err != nil {
		return Asset{}, err
	}
	return c.upload(ctx, op, map[string]any{"update": r.UpdateID}, r.File, r.Call)
}

// upload sends a document with a file to the endpoint for files, in the form
// of monday's own Python client.
func (c *Client) upload(ctx context.Context, op *operation, vars map[string]any, f File, call Call) (Asset, error) {
	switch {
	case f.Name == "":
		return Asset{}, transport.Invalid(op.Name, "File.Name", "is empty")
	case f.Content == nil:
		return Asset{}, transport.Invalid(op.Name, "File.Content", "is nil")
	case f.Size <= 0:
		return Asset{}, transport.Invalid(op.Name, "File.Size", "is %d", f.Size)
	}
	if n, err := f.Content.ReadAt(make([]byte, 1), f.Size-1); n < 1 {
		return Asset{}, transport.Invalid(op.Name, "File.Size", "is %d, and the content cannot be read to its end: %v", f.Size, err)
	}
	patient := *op
	patient.Patience = patience(f.Size)
	op = &patient
	req, err := c.httpRequest(op, nil, call)
	if err != nil {
		return Asset{}, err
	}
	head, tail, contentType, err := multipartAround(op, vars, f)
	if err != nil {
		return Asset{}, err
	}
	req.Path = "/file"
	req.ContentType, req.ContentLength = contentType, int64(len(head)+len(tail))+f.Size
	req.GetBody = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(head), io.NewSectionReader(f.Content, 0, f.Size), bytes.NewReader(tail))), nil
	}
	var data struct{ Result *Asset }
	t, err := c.send(ctx, op, req, call, &data)
	return result(op, t, data.Result, "asset", err)
}

// slowest is how many bytes a second a connection is expected to carry at least.
const slowest = 128 << 10

// patience is what a body of that size may add to the time of an attempt.
func patience(size int64) time.Duration { return time.Duration(size/slowest) * time.Second }

// multipartAround returns what stands before and after the file's bytes.
func multipartAround(op *operation, vars map[string]any, f File) (head, tail []byte, contentType string, err error) {
	document, err := inlined(op.document, vars)
	if err != nil {
		return nil, nil, "", err
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, field := range [][2]string{{"query", document}, {"map", `{"file":["variables.file"]}`}} {
		if err := w.WriteField(field[0], field[1]); err != nil {
			return nil, nil, "", err
		}
	}
	if _, err := w.CreateFormFile("file", f.Name); err != nil {
		return nil, nil, "", err
	}
	n := b.Len()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	return b.Bytes()[:n], b.Bytes()[n:], w.FormDataContentType(), nil
}

// variable is a use of a variable, or its declaration with what separates it
// from the next.
var variable = regexp.MustCompile(`\$(\w+)(: \w+!, )?`)

// inlined puts the variables into a document as literals: the endpoint for
// files is documented to take no variable but the file. A JSON string is a
// GraphQL string, whatever it holds; one pass leaves alone what it put there.
func inlined(document string, vars map[string]any) (string, error) {
	literals := make(map[string]string, len(vars))
	for name, value := range vars {
		text, err := json.Marshal(value)
		if err != nil {
			return "", err
		}
		literals[name] = string(text)
	}
	return variable.ReplaceAllStringFunc(document, func(use string) string {
		parts := variable.FindStringSubmatch(use)
		literal, ok := literals[parts[1]]
		switch {
		case !ok:
			return use // the file
		case parts[2] != "":
			return ""
		}
		return literal
	}), nil
}

// AssetsParams names files; at least one is required.
type AssetsParams struct {
	IDs []string

	Call
}

// ListAssets reads files by id.
func (c *Client) ListAssets(ctx context.Context, p AssetsParams) ([]Asset, error) {
	if len(p.IDs) == 0 {
		return nil, transport.Invalid(opAssets.Name, "IDs", "is empty")
	}
	return one[[]Asset](ctx, c, opAssets, variables("ids", p.IDs), p.Call, "list of assets")
}

// ItemAssets reads the files of an item, whatever column they are in.
func (c *Client) ItemAssets(ctx context.Context, r ItemRequest) ([]Asset, error) {
	op := opItemAssets
	if err := required(op.Name, "ItemID", r.ItemID); err != nil {
		return nil, err
	}
	item, err := first[struct{ Assets []Asset }](ctx, c, op, variables("ids", []string{r.ItemID}), r.Call, "item of that id")
	return item.Assets, err
}
