package monday_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
)

// supported are the API versions that the typed operations are valid on.
var supported = []string{"2025-10", "2026-01", "2026-04", "2026-07", "2026-10"}

// The fake knows what each version had, as monday does: a document is refused
// exactly by the versions that the client does not send it to.
func TestDocuments_ValidOnEveryVersion(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	for _, version := range supported {
		for name, document := range monday.Documents() {
			message := refusal(t, srv, version, document)
			require.Equal(t, monday.Since(name) > version, message != "", "%s on %s: %s", name, version, message)
		}
	}
}

// refusal is what the fake has against a document as such, "" for nothing.
func refusal(t *testing.T, srv *mondaytest.Server, version, document string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": document})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, mondaytest.URL, strings.NewReader(string(body)))
	require.NoError(t, err)
	req.Header = http.Header{"Authorization": {mondaytest.Token}, "Content-Type": {"application/json"}, "Api-Version": {version}}
	resp, err := srv.Transport().RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var out struct{ Errors []struct{ Message string } }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&out))
	for _, e := range out.Errors {
		if strings.HasPrefix(e.Message, "Cannot query field") || strings.HasPrefix(e.Message, "Unknown ") {
			return e.Message
		}
	}
	return ""
}

func TestClient_OlderVersions(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	c, err := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL, APIVersion: "2025-10"}, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	column := monday.UpdateColumnRequest{BoardID: board, ColumnID: "text1", Type: "text", Revision: "0", Title: "New"}
	updated, err := c.UpdateColumn(t.Context(), column)
	require.NoError(t, err)
	require.Equal(t, "New", updated.Title)

	column.Width, column.Revision = 200, updated.Revision
	job, items := monday.JobRequest{JobID: "1"}, monday.ItemsRequest{BoardID: board, ItemIDs: []string{"1"}}
	ingest := monday.IngestRequest{BoardID: board, GroupID: "topics", Items: rows(1)}
	wait := monday.WaitIngestRequest{JobID: "1"}
	sent := len(srv.Requests())
	for name, call := range map[string]func() error{
		"2026-04 UpdateColumn": func() error { _, err := c.UpdateColumn(t.Context(), column); return err },
		"2026-07 ArchiveItems": func() error { _, err := c.ArchiveItems(t.Context(), items); return err },
		"2026-07 DeleteItems":  func() error { _, err := c.DeleteItems(t.Context(), items); return err },
		"2026-07 UndoAction":   func() error { return c.UndoAction(t.Context(), job) },
		"2026-07 JobStatus":    func() error { _, err := c.JobStatus(t.Context(), job); return err },
		"2026-07 WaitJob":      func() error { _, err := c.WaitJob(t.Context(), job); return err },
		"2026-07 IngestItems":  func() error { _, err := c.IngestItems(t.Context(), ingest); return err },
		"2026-07 WaitIngest":   func() error { _, err := c.WaitIngest(t.Context(), wait); return err },
	} {
		err := call()
		require.ErrorIs(t, err, transport.ErrInvalid, name)
		require.ErrorIs(t, err, transport.ErrNotSent, name)
		require.ErrorContains(t, err, "APIVersion is 2025-10, and this needs "+name[:7]+" or newer", name)
	}
	require.Len(t, srv.Requests(), sent)

	for _, version := range []string{"2026-04", "dev"} {
		column.APIVersion = version
		updated, err = c.UpdateColumn(t.Context(), column)
		require.NoError(t, err)
		require.Equal(t, 200, updated.Width)
		column.Revision = updated.Revision
	}
	// what would be imported goes in batches where there are no imports
	report, err := c.CreateItems(t.Context(), grouped(30), monday.Bulk{IngestFrom: 10})
	require.NoError(t, err)
	require.Equal(t, 2, report.Calls)
	exactly(t, srv, 30)
}
