package monday_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// rows are n items to import.
func rows(n int) []monday.IngestItem {
	var out []monday.IngestItem
	for i := range n {
		out = append(out, monday.IngestItem{
			Name: fmt.Sprintf("lead %d", i), Columns: monday.Columns{"email": monday.Email{Address: fmt.Sprintf("lead%d@example.com", i)}},
		})
	}
	return out
}

func TestClient_IngestItems_TenThousand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := mondaytest.DefaultBoard()
		b.ItemsLimit = 20_000
		c, srv := setup(t, mondaytest.Config{Boards: []mondaytest.Board{b}, Limits: mondaytest.LowestPlan(), Latency: 500 * time.Millisecond})
		start := time.Now()
		var states []string
		report, err := c.IngestItems(t.Context(), monday.IngestRequest{
			BoardID: board, GroupID: "topics", Items: rows(10_000), Progress: func(j monday.IngestJob) { states = append(states, j.Status) },
		})
		require.NoError(t, err)
		require.Equal(t, 10_000, report.Counts.Created)
		require.True(t, report.Full)
		require.Len(t, report.Rows, 10_000)
		require.Equal(t, 9_999, report.Rows[9_999].Index)
		require.Equal(t, "CREATED", report.Rows[9_999].Status)
		require.Equal(t, srv.Items(board)[9_999].ID, report.Rows[9_999].ItemID)
		require.Equal(t, []string{"UPLOAD_PENDING", "PROCESSING", "PROCESSING", "COMPLETED"}, states)
		require.Less(t, time.Since(start), time.Minute)
		t.Logf("10,000 items: %v, %d calls", time.Since(start), len(srv.Requests()))
		for _, r := range srv.Requests() {
			require.Equal(t, r.URL.Path == "/v2", r.Header.Get("Authorization") != "", "the token goes to the API only")
		}

		_, err = c.IngestItems(t.Context(), monday.IngestRequest{BoardID: board, GroupID: "topics", Items: rows(9_001)})
		require.ErrorIs(t, err, transport.ErrQuota, "19,000 items an hour")
		require.ErrorContains(t, err, "ACCOUNT_CAPACITY_EXCEEDED")
	})
}

func TestClient_IngestItems_Upsert(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		create(t, c, "old", monday.Columns{"email": monday.Email{Address: "lead1@example.com"}, "text1": monday.Text("keep"), "text_key": monday.Text("clear")})
		items := rows(3)
		items[1].Columns["text_key"] = monday.Clear{}
		items[2].Columns["status"] = monday.Status{Label: "Nope"}
		report, err := c.IngestItems(t.Context(), monday.IngestRequest{BoardID: board, GroupID: "topics", Items: items, MatchColumn: "email"})
		require.NoError(t, err)
		require.Equal(t, monday.IngestCounts{Submitted: 3, Created: 1, Updated: 1, Invalid: 1}, report.Counts)
		require.Equal(t, "INVALID", report.Rows[2].Status)
		require.Contains(t, report.Rows[2].Error, "Nope")
		got := srv.Items(board)
		require.Len(t, got, 2)
		require.Equal(t, "lead 1", got[0].Name)
		require.Equal(t, map[string]string{"email": "lead1@example.com", "text1": "keep"}, got[0].Columns)

		report, err = c.IngestItems(t.Context(), monday.IngestRequest{BoardID: board, GroupID: "topics", Items: rows(2), MatchColumn: "email", Skip: true})
		require.NoError(t, err)
		require.Equal(t, 2, report.Counts.Skipped)
	})
}

func TestClient_IngestItems_EveryType(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := setup(t, mondaytest.Config{})
		columns := every()
		for id := range columns { // what an import cannot hold
			switch id {
			case "week", "time", "country", "rating", "tags", "world_clock", "dependency", "team", "color_picker", "board_relation":
				delete(columns, id)
			}
		}
		columns["date"] = monday.Day(2026, time.November, 21)
		columns["phone"] = monday.Phone{Number: "+48123456789"}
		_, err := c.IngestItems(t.Context(), monday.IngestRequest{BoardID: board, GroupID: "topics", Items: []monday.IngestItem{{Name: "x,\"y\"\nz", Columns: columns}}})
		require.NoError(t, err)
		require.Equal(t, columns, byName(t, c, "x,\"y\"\nz").Columns())
	})
}

func TestClient_IngestItems_Faults(t *testing.T) {
	t.Parallel()
	upload := func(r *http.Request) bool { return r.Method == http.MethodPut }
	for name, fault := range map[string]transporttest.Fault{
		"reset before": {Reset: true, Match: upload}, "reset after": {Reset: true, After: true, Match: upload},
		"503": {Status: 503, Match: upload}, "start lost": {Reset: true, After: true}, "limit": {
			Status: 200, Body: `{"errors":[{"message":"x","extensions":{"code":"RATE_LIMIT_EXCEEDED","retryAfterMs":1500}}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, srv := setup(t, mondaytest.Config{})
				srv.Inject(fault)
				_, err := c.IngestItems(t.Context(), monday.IngestRequest{BoardID: board, GroupID: "topics", Items: rows(20)})
				require.NoError(t, err)
				exactly(t, srv, 20)
			})
		})
	}
}

func TestClient_IngestItems_UploadRefused(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	srv.Inject(transporttest.Fault{Status: 403, Body: "<Error>expired</Error>", Match: transporttest.MethodIs(http.MethodPut)})
	report, err := c.IngestItems(t.Context(), monday.IngestRequest{BoardID: board, GroupID: "topics", Items: rows(2)})
	require.ErrorIs(t, err, transport.ErrAuth)
	require.NotEmpty(t, report.ID)
	require.NotContains(t, err.Error(), "X-Amz-Signature")
	require.Empty(t, srv.Items(board))
}

func TestClient_IngestItems_RefusesLocally(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	with := func(v monday.Value) []monday.IngestItem {
		return []monday.IngestItem{{Name: "x", Columns: monday.Columns{"c": v}}}
	}
	for problem, items := range map[string][]monday.IngestItem{
		"has 0 items": nil, "has 10001 items": rows(10_001), "Items[0].Name": {{}}, "Items[0].Columns[c]": with(monday.Email{Address: "x"}),
		"time of day": with(monday.Instant(time.Unix(0, 0))), "no label": with(monday.Status{Index: new(1)}),
		"comma": with(monday.Dropdown{Labels: []string{"a,b"}}), "does not take": with(monday.Hour{}),
	} {
		_, err := c.IngestItems(t.Context(), monday.IngestRequest{BoardID: board, GroupID: "topics", Items: items})
		require.ErrorIs(t, err, transport.ErrInvalid, problem)
		require.ErrorContains(t, err, problem)
	}
	_, err := c.IngestItems(t.Context(), monday.IngestRequest{Items: rows(1), BoardID: board})
	require.ErrorContains(t, err, "GroupID")
	_, err = c.WaitIngest(t.Context(), monday.WaitIngestRequest{})
	require.ErrorContains(t, err, "JobID")
	require.Empty(t, srv.Requests())
}

func TestClient_WaitJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := setup(t, mondaytest.Config{})
		id, err := c.DeleteItems(t.Context(), monday.ItemsRequest{BoardID: board, ItemIDs: []string{create(t, c, "x", nil).ID, "1"}})
		require.NoError(t, err)
		job, err := c.WaitJob(t.Context(), monday.JobRequest{JobID: id})
		require.NoError(t, err)
		require.Equal(t, monday.Job{ID: id, Status: "COMPLETED", Total: 2, Succeeded: 1, Failed: 1, Details: job.Details}, job)
		require.NoError(t, c.UndoAction(t.Context(), monday.JobRequest{JobID: id}))
		require.ErrorIs(t, c.UndoAction(t.Context(), monday.JobRequest{JobID: id}), transport.ErrConflict)
	})
}

func TestClient_AddFileToColumn_Replays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		item := create(t, c, "x", nil)
		data := bytes.Repeat([]byte("0123456789"), 100_000)
		srv.Inject(transporttest.Fault{Reset: true}, transporttest.Fault{Status: 504, After: true})
		asset, err := c.AddFileToColumn(t.Context(), monday.AddFileToColumnRequest{
			ItemID: item.ID, ColumnID: "file", File: monday.File{Name: `a "b".bin`, Content: bytes.NewReader(data), Size: int64(len(data))},
		})
		require.NoError(t, err)
		require.Equal(t, int64(len(data)), asset.Size)
		require.Len(t, srv.Files(), 1)
		require.Equal(t, data, srv.Files()[0].Data)
		require.Equal(t, `a "b".bin`, srv.Files()[0].Name)
		require.Len(t, srv.Requests(), 4)
		require.Equal(t, "/v2/file", srv.Requests()[3].URL.Path)
		require.NotEmpty(t, byName(t, c, "x").Text("file"))

		for field, f := range map[string]monday.File{"Name": {}, "Content": {Name: "x"}, "Size": {Name: "x", Content: strings.NewReader("")}} {
			_, err := c.AddFileToColumn(t.Context(), monday.AddFileToColumnRequest{ItemID: item.ID, ColumnID: "file", File: f})
			require.ErrorContains(t, err, "File."+field)
		}
	})
}

// The endpoint for files takes no variables but the file: an id that is none
// arrives as the text it is.
func TestClient_AddFileToColumn_IDsAreText(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	item := create(t, c, "x", nil)
	for _, id := range []string{`$item`, `") { id } delete_item(item_id: 1`, `żółw\`} {
		_, err := c.AddFileToColumn(t.Context(), monday.AddFileToColumnRequest{
			ItemID: item.ID, ColumnID: id, File: monday.File{Name: "a.txt", Content: strings.NewReader("a"), Size: 1},
		})
		require.ErrorIs(t, err, transport.ErrNotFound, "%s: %v", id, err)
	}
	require.Empty(t, srv.Files())
	require.Len(t, srv.Items(board), 1)
}
