package monday_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
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

// leads are n items to create, with names in order.
func leads(n int) iter.Seq[monday.CreateItemRequest] {
	return func(yield func(monday.CreateItemRequest) bool) {
		for i := range n {
			if !yield(monday.CreateItemRequest{
				BoardID: board, Name: fmt.Sprintf(`lead %04d "}) { id } }`, i),
				Columns: monday.Columns{"email": monday.Email{Address: fmt.Sprintf("lead%d@example.com", i)}},
			}) {
				return
			}
		}
	}
}

// grouped are n items to create in one group; changes are made to the last.
func grouped(n int, changes ...func(*monday.CreateItemRequest)) iter.Seq[monday.CreateItemRequest] {
	requests := slices.Collect(leads(n))
	for i := range requests {
		requests[i].GroupID = "done"
	}
	for _, change := range changes {
		change(&requests[n-1])
	}
	return slices.Values(requests)
}

// names are the names of the items on the fake, sorted.
func names(srv *mondaytest.Server) []string {
	var out []string
	for _, i := range srv.Items(board) {
		out = append(out, i.Name)
	}
	slices.Sort(out)
	return out
}

// exactly fails unless the fake has each of n leads once.
func exactly(t *testing.T, srv *mondaytest.Server, n int) {
	t.Helper()
	got := names(srv)
	require.Len(t, slices.Compact(slices.Clone(got)), n, "lost")
	require.Len(t, got, n, "doubled")
}

func TestClient_CreateItems(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	var told []int
	report, err := c.CreateItems(t.Context(), leads(60), monday.Bulk{Progress: func(p monday.BulkProgress) { told = append(told, p.Done) }})
	require.NoError(t, err)
	require.Len(t, report.Results, 60)
	require.Equal(t, 60, report.Next)
	require.Equal(t, 3, report.Calls)
	require.Equal(t, []int{25, 50, 60}, told)
	require.Empty(t, report.Failed())
	exactly(t, srv, 60)
	require.Equal(t, srv.Items(board)[59].ID, report.Results[59].Item.ID)
	require.Equal(t, "lead59@example.com", srv.Items(board)[59].Columns["email"])
}

// The lowest plan with what monday publishes for it.
func TestClient_CreateItems_LowestPlan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{Limits: mondaytest.LowestPlan(), Latency: 500 * time.Millisecond})
		start := time.Now()
		report, err := c.CreateItems(t.Context(), leads(1000), monday.Bulk{})
		took := time.Since(start)
		require.NoError(t, err)
		require.Empty(t, report.Failed())
		exactly(t, srv, 1000)
		require.LessOrEqual(t, report.Calls, 1000/20)
		require.Len(t, srv.Requests(), report.Calls, "nothing was refused and sent again")
		// 10,000 points an item and 1 a request make 10,000,021 points at least;
		// at 1,000,000 a minute the eleventh minute must begin: 600 s.
		require.LessOrEqual(t, took, 600*time.Second*105/100)
		t.Logf("1,000 items: %v, %d calls", took, report.Calls)
	})
}

func TestClient_CreateItems_PerItem(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	requests := slices.Collect(leads(5))
	requests[1].Columns = monday.Columns{"status": monday.Status{Label: "Nope"}} // refused by monday
	requests[2].Name = ""                                                        // refused here
	requests[3].GroupID = "none"                                                 // refused by monday
	report, err := c.CreateItems(t.Context(), slices.Values(requests), monday.Bulk{})
	require.NoError(t, err)
	require.Equal(t, 1, report.Calls)
	require.Equal(t, 5, report.Next)
	require.Len(t, srv.Items(board), 2)
	var failed []int
	for _, r := range report.Failed() {
		failed = append(failed, r.Index)
		require.NotEqual(t, transport.Unknown, transport.OutcomeOf(r.Err))
	}
	require.Equal(t, []int{1, 2, 3}, failed)
	require.ErrorIs(t, report.Results[1].Err, transport.ErrInvalid)
	require.ErrorContains(t, report.Results[1].Err, "ColumnValueException")
	require.ErrorContains(t, report.Results[2].Err, "Name is empty")
	require.ErrorIs(t, report.Results[3].Err, transport.ErrNotFound)

	for i := range requests {
		requests[i].GroupID = "none"
	}
	report, err = c.CreateItems(t.Context(), slices.Values(requests), monday.Bulk{})
	require.NoError(t, err, "all refused is still a result for each")
	require.Len(t, report.Failed(), 5)
}

// An item that met a limit inside a batch is sent again alone, under another
// key; one whose outcome is unknown is not.
func TestClient_CreateItems_PartialLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		srv.Inject(transporttest.Fault{Status: 200, Body: `{"data":{"complexity":{"query":20001},"i0":{"id":"1","name":"a"},"i1":null,"i2":null},"errors":[
			{"message":"x","path":["i1"],"extensions":{"code":"FIELD_LIMIT_EXCEEDED","error_data":{"retry_in_seconds":9}}},
			{"message":"y","path":["i2"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`})
		start := time.Now()
		report, err := c.CreateItems(t.Context(), leads(3), monday.Bulk{Key: "import-1"})
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(start), 9*time.Second)
		require.Equal(t, "1", report.Results[0].Item.ID)
		require.NoError(t, report.Results[1].Err)
		require.ErrorIs(t, report.Results[2].Err, transport.ErrOutcomeUnknown)
		require.Equal(t, []string{`lead 0001 "}) { id } }`}, names(srv))
		var keys []string
		for _, r := range srv.Requests() {
			keys = append(keys, r.Header.Get("Idempotency-Key"))
		}
		require.Equal(t, []string{"import-1/0-2/0", "import-1/1-1/1"}, keys)
	})
}

// A run that died and is started again with the same key doubles nothing.
func TestClient_CreateItems_Repeated(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	bulk := monday.Bulk{BatchSize: 10, Key: "run-7", Progress: func(p monday.BulkProgress) {
		if p.Done == 20 {
			cancel()
		}
	}}
	report, err := c.CreateItems(ctx, leads(50), bulk)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 20, report.Next)
	bulk.Progress = nil
	_, err = c.CreateItems(t.Context(), leads(50), bulk)
	require.NoError(t, err)
	exactly(t, srv, 50)

	bulk.Key, bulk.From = "", 50
	report, err = c.CreateItems(t.Context(), leads(60), bulk)
	require.NoError(t, err)
	require.Equal(t, 60, report.Next)
	exactly(t, srv, 60)
}

func TestClient_CreateItems_Stops(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	srv.Inject(transporttest.Fault{Status: 403, Body: `{"errors":[{"message":"x","extensions":{"code":"USER_ACCESS_DENIED"}}]}`})
	report, err := c.CreateItems(t.Context(), leads(100), monday.Bulk{})
	require.ErrorIs(t, err, transport.ErrAuth)
	require.Zero(t, report.Next)
	require.Len(t, srv.Requests(), 1)
	for field, b := range map[string]monday.Bulk{"BatchSize": {BatchSize: 51}, "Parallel": {Parallel: -1}, "From": {From: -1}} {
		_, err := c.CreateItems(t.Context(), leads(1), b)
		require.ErrorContains(t, err, field)
	}
}

func TestClient_UpdateItems(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	created, err := c.CreateItems(t.Context(), leads(30), monday.Bulk{})
	require.NoError(t, err)
	report, err := c.UpdateItems(t.Context(), func(yield func(monday.ChangeColumnValuesRequest) bool) {
		for _, r := range created.Results {
			if !yield(monday.ChangeColumnValuesRequest{BoardID: board, ItemID: r.Item.ID, Columns: monday.Columns{"status": monday.Status{Label: "Done"}}}) {
				return
			}
		}
	}, monday.Bulk{BatchSize: 50})
	require.NoError(t, err)
	require.Equal(t, 1, report.Calls)
	for _, i := range srv.Items(board) {
		require.Equal(t, "Done", i.Columns["status"])
	}
}

func TestClient_CreateItems_CutsBySize(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	report, err := c.CreateItems(t.Context(), func(yield func(monday.CreateItemRequest) bool) {
		for range 4 {
			if !yield(monday.CreateItemRequest{BoardID: board, Name: "x", Columns: monday.Columns{"text1": monday.Text(strings.Repeat("x", 300<<10))}}) {
				return
			}
		}
	}, monday.Bulk{})
	require.NoError(t, err)
	require.Equal(t, 4, report.Calls)
	require.Len(t, srv.Items(board), 4)
}

// What the numbers in docs/benchmarks.md compare with: one item a call, no
// limiter, back-off doubling from 1 s to 30 s after a refusal.
func TestClient_CreateItems_AgainstNaive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{Limits: mondaytest.LowestPlan(), Latency: 500 * time.Millisecond},
			transport.WithLimiters(), transport.WithMaxAttempts(1))
		start := time.Now()
		for r := range leads(1000) {
			for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
				if _, err := c.CreateItem(t.Context(), r); err == nil {
					break
				}
				time.Sleep(wait)
			}
		}
		calls := len(srv.Requests())
		require.Greater(t, calls, 1000, "the naive way is refused")
		t.Logf("one by one: %v, %d calls, %d refused", time.Since(start), calls, calls-1000)
	})
}

func TestClient_CreateItems_ImportsMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		bulk := monday.Bulk{IngestFrom: 100, From: 1}
		report, err := c.CreateItems(t.Context(), grouped(150, func(r *monday.CreateItemRequest) {
			r.Columns = monday.Columns{"status": monday.Status{Label: "Nope"}}
		}), bulk)
		require.NoError(t, err)
		require.Equal(t, 150, report.Next)
		require.Len(t, report.Results, 149)
		require.Equal(t, 1, report.Calls)
		require.Len(t, report.Failed(), 1)
		require.Equal(t, 149, report.Failed()[0].Index)
		require.ErrorIs(t, report.Failed()[0].Err, transport.ErrInvalid)
		require.Equal(t, srv.Items(board)[0].ID, report.Results[0].Item.ID)
		require.Len(t, srv.Items(board), 148)

		bulk.From = 0
		report, err = c.CreateItems(t.Context(), grouped(100, func(r *monday.CreateItemRequest) {
			r.Columns = monday.Columns{"time": monday.Hour{Hour: 9}} // no cell holds it
		}), bulk)
		require.NoError(t, err)
		require.Equal(t, 4, report.Calls, "in batches")
		report, err = c.CreateItems(t.Context(), grouped(99), bulk)
		require.NoError(t, err)
		require.Equal(t, 4, report.Calls, "too few to import")
	})
}
