package monday_test

import (
	"fmt"
	"net/http"
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
			case "week", "time", "country", "rating", "tags", "world_clock", "dependency", "team", "color_picker":
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
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		put := transporttest.MethodIs(http.MethodPut)
		srv.Inject(transporttest.Fault{Status: 403, Body: "<Error>expired</Error>", Match: put, Times: 2})
		request := monday.IngestRequest{BoardID: board, GroupID: "topics", Items: rows(2)}
		report, err := c.IngestItems(t.Context(), request)
		require.ErrorIs(t, err, transport.ErrAuth, "refused twice")
		require.NotEmpty(t, report.ID)
		require.NotContains(t, err.Error(), "X-Amz-Signature")
		require.Empty(t, srv.Items(board))

		// A URL that has expired makes the import start once more.
		srv.Inject(transporttest.Fault{Status: 403, Match: put})
		var jobs []string
		request.Progress = func(j monday.IngestJob) { jobs = append(jobs, j.ID) }
		_, err = c.IngestItems(t.Context(), request)
		require.NoError(t, err)
		require.NotEqual(t, jobs[0], jobs[1])
		require.Len(t, srv.Items(board), 2)
	})
}

// An upload whose answers are all lost is settled by asking the job.
func TestClient_IngestItems_UploadUnknown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		put := transporttest.MethodIs(http.MethodPut)
		srv.Inject(transporttest.Fault{Reset: true, After: true, Match: put, Times: 4})
		report, err := c.IngestItems(t.Context(), monday.IngestRequest{BoardID: board, GroupID: "topics", Items: rows(2)})
		require.NoError(t, err)
		require.Equal(t, 2, report.Counts.Created)
		exactly(t, srv, 2)

		srv.Inject(transporttest.Fault{Reset: true, Match: put, Times: 4})
		bulk, err := c.CreateItems(t.Context(), grouped(3), monday.Bulk{IngestFrom: 1})
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown, "the file may still arrive")
		require.Len(t, bulk.Failed(), 3)
		require.ErrorIs(t, bulk.Results[2].Err, transport.ErrOutcomeUnknown)
		require.Equal(t, 3, bulk.Next)
		exactly(t, srv, 2)

		srv.Inject(transporttest.Fault{Reset: true, After: true, Times: 4})
		bulk, err = c.CreateItems(t.Context(), grouped(3), monday.Bulk{IngestFrom: 1})
		require.ErrorIs(t, err, transport.ErrUnavailable)
		require.NotErrorIs(t, err, transport.ErrOutcomeUnknown, "without a file nothing is imported")
		require.Zero(t, bulk.Next)
	})
}

// An import that can no longer be watched goes on: its outcome is unknown, not
// refused. Repeated under its key it is found again.
func TestClient_IngestItems_WatchLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{JobTime: 15 * time.Minute})
		request := monday.IngestRequest{BoardID: board, GroupID: "topics", Items: rows(2), Call: monday.Call{IdempotencyKey: "import-1"}}
		request.Progress = func(j monday.IngestJob) {
			if j.Status == "PROCESSING" && len(srv.Requests()) < 10 {
				srv.Inject(transporttest.Fault{Status: 401})
			}
		}
		_, err := c.IngestItems(t.Context(), request)
		require.ErrorIs(t, err, transport.ErrAuth)
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		time.Sleep(11 * time.Minute) // the upload URL has expired by now
		request.Progress = nil
		report, err := c.IngestItems(t.Context(), request)
		require.NoError(t, err)
		require.Len(t, report.Rows, 2)
		exactly(t, srv, 2)
	})
}

// An import without a file does not wait for ever.
func TestClient_WaitIngest_NoFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		srv.Inject(transporttest.Fault{Status: 403, Match: transporttest.MethodIs(http.MethodPut), Times: 2})
		report, err := c.IngestItems(t.Context(), monday.IngestRequest{BoardID: board, GroupID: "topics", Items: rows(1)})
		require.Error(t, err)
		start := time.Now()
		_, err = c.WaitIngest(t.Context(), monday.WaitIngestRequest{JobID: report.ID})
		require.ErrorContains(t, err, "got no file")
		require.ErrorIs(t, err, transport.ErrInvalid)
		require.Equal(t, transport.Rejected, transport.OutcomeOf(err))
		require.Equal(t, 10*time.Minute, time.Since(start))
	})
}

// Nothing in a cell is lost or taken for something else.
func TestClient_IngestItems_Escapes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		texts := []string{"=1+1", "+48", "-x", "@x", "a,b;c\td", `say "hi"`, "two\nlines", " blank ", "🚀 Zażółć", `\.`, "'x", "{}", "null"}
		var items []monday.IngestItem
		for _, text := range texts {
			items = append(items, monday.IngestItem{Name: text, Columns: monday.Columns{
				"text1": monday.Text(text), "long_text": monday.LongText(text), "board_relation": monday.Relation{"7", "8"}, "checkbox": monday.Checkbox(false),
			}})
		}
		report, err := c.IngestItems(t.Context(), monday.IngestRequest{BoardID: board, GroupID: "topics", Items: items})
		require.NoError(t, err)
		require.Equal(t, len(texts), report.Counts.Created)
		for i, text := range texts {
			item := srv.Items(board)[i]
			require.Equal(t, text, item.Name)
			require.Equal(t, text, item.Columns["text1"])
			require.Equal(t, text, item.Columns["long_text"])
		}

		item := monday.IngestItem{Name: texts[0], Columns: monday.Columns{"text1": monday.Text(""), "long_text": nil, "people": monday.People{}}}
		_, err = c.IngestItems(t.Context(), monday.IngestRequest{BoardID: board, GroupID: "topics", Items: []monday.IngestItem{item}, MatchColumn: "name"})
		require.NoError(t, err)
		require.NotContains(t, srv.Items(board)[0].Columns, "text1", "an empty text empties the column")
		require.NotContains(t, srv.Items(board)[0].Columns, "long_text")
	})
}

func TestClient_IngestItems_Reports(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		csv := func(body string) transporttest.Fault {
			return transporttest.Fault{Status: 200, Body: body, Match: transporttest.MethodIs(http.MethodGet)}
		}
		request := monday.IngestRequest{BoardID: board, GroupID: "topics", Items: rows(2)}
		srv.Inject(csv("\ufeffserialNo,status,itemId,error,more\n2,FAILED,,\"no, \"\"x\"\"\"\n1,CREATED,77,,x,y\n"))
		report, err := c.IngestItems(t.Context(), request)
		require.NoError(t, err)
		require.Equal(t, []monday.IngestRow{{Index: 1, Status: "FAILED", Error: `no, "x"`}, {Index: 0, Status: "CREATED", ItemID: "77"}}, report.Rows)
		for _, body := range []string{"", "\"", "<html>"} {
			srv.Inject(csv(body))
			report, err = c.IngestItems(t.Context(), request)
			require.Empty(t, report.Rows)
			require.Equal(t, 2, report.Counts.Created)
			if body != "<html>" {
				require.ErrorContains(t, err, "reading the report")
			}
		}
		srv.Inject(transporttest.Fault{Status: 403, Match: transporttest.MethodIs(http.MethodGet)})
		report, err = c.IngestItems(t.Context(), request)
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown, "the import took place, its report is lost")
		require.Equal(t, 2, report.Counts.Created)
	})
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
		"empties a column": with(monday.Text("<NULL>")), "the word <NULL>": {{Name: "<NULL>"}},
		"use the field Name": {{Name: "x", Columns: monday.Columns{"name": monday.Text("y")}}},
		"number without +":   with(monday.Phone{Number: "601234567", Country: "PL"}),
		"text with <":        with(monday.Email{Address: "a@b.pl", Text: "A <b>"}),
		"has brackets":       with(monday.Link{URL: "https://example.com/(x)"}),
		"address with |":     with(monday.Location{Address: "a|b"}),
		"of kind agent":      with(monday.People{{ID: "1", Kind: "agent"}}),
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
