package monday

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/centrala-go/centrala/transport"
)

// importable returns the items as rows of one import, or false when they do
// not go into one: other boards or groups, places, labels to create, values
// that a cell cannot hold.
func importable(items []CreateItemRequest) ([]IngestItem, bool) {
	rows := make([]IngestItem, 0, len(items))
	for _, r := range items {
		if r.inBatch("") != nil || r.BoardID != items[0].BoardID || r.GroupID != items[0].GroupID || r.GroupID == "" || r.CreateLabels || r.RelativeTo != "" {
			return nil, false
		}
		row := IngestItem{Name: r.Name, Columns: r.Columns}
		if _, err := row.row("", 0, sortedKeys(r.Columns)); err != nil {
			return nil, false
		}
		rows = append(rows, row)
	}
	return rows, true
}

// imports reports whether the API version of a run has imports.
func (c *Client) imports(b Bulk) bool {
	_, err := c.versionFor(opIngest, b.APIVersion)
	return err == nil
}

// ingestAll imports rows, 10,000 at a time, and reports them like batches.
func (c *Client) ingestAll(ctx context.Context, target CreateItemRequest, rows []IngestItem, b Bulk) (BulkReport, error) {
	run := &bulkRun{c: c, kind: &createBatch, Bulk: b}
	index := b.From
	for part := range slices.Chunk(rows[b.From:], maxIngest) {
		report, err := c.IngestItems(ctx, IngestRequest{
			BoardID: target.BoardID, GroupID: target.GroupID, Items: part, Call: Call{APIVersion: b.APIVersion, IdempotencyKey: run.importKey(index)},
		})
		if err != nil {
			if transport.OutcomeOf(err) == transport.Unknown {
				run.add(unknownResults(len(part), index, err), 1)
			}
			run.stop(err)
			break
		}
		run.add(ingestResults(target, part, report.Rows, index), 1)
		index += len(part)
	}
	return run.finish()
}

// importKey is the idempotency key of the import that begins at an index.
func (r *bulkRun) importKey(index int) string {
	if r.Key == "" {
		return ""
	}
	return r.Key + "/import/" + strconv.Itoa(index)
}

// unknownResults are those of an import of which nobody knows what it did.
func unknownResults(n, from int, err error) []BulkResult {
	results := make([]BulkResult, n)
	for i := range results {
		results[i] = BulkResult{Index: from + i, Err: err}
	}
	return results
}

// ingestResults reads the report of an import; a row that it does not name has
// an unknown outcome.
func ingestResults(target CreateItemRequest, part []IngestItem, rows []IngestRow, from int) []BulkResult {
	results := make([]BulkResult, len(part))
	for n := range part {
		results[n] = BulkResult{Index: from + n, Err: rowError(transport.Unknown, transport.ErrUnavailable, "the report does not name the row")}
	}
	for _, row := range rows {
		if row.Index < 0 || row.Index >= len(part) {
			continue
		}
		one := BulkResult{Index: from + row.Index}
		if row.ItemID != "" {
			one.Item = Item{ID: row.ItemID, Name: part[row.Index].Name, BoardID: target.BoardID, GroupID: target.GroupID}
		} else {
			one.Err = rowError(transport.Rejected, transport.ErrInvalid, row.Status+": "+row.Error)
		}
		results[row.Index] = one
	}
	return results
}

func rowError(outcome transport.Outcome, kind error, message string) error {
	return newError(&transport.Error{
		Op: opIngest.Name, Method: http.MethodPost, Outcome: outcome, Kind: kind, Attempts: 1, Status: http.StatusOK, Message: message,
	}, frame{})
}
