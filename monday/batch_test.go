package monday_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
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

// answerOf is a batch's answer in which every item is null with that error.
func answerOf(items int, message, extensions string) transporttest.Fault {
	var data, errors []string
	for i := range items {
		data = append(data, fmt.Sprintf(`"i%d":null`, i))
		errors = append(errors, fmt.Sprintf(`{"message":%q,"path":["i%d"],"extensions":{%s}}`, message, i, extensions))
	}
	body := fmt.Sprintf(`{"data":{"complexity":null,%s},"errors":[%s],"extensions":{"request_id":"r-7"}}`, strings.Join(data, ","), strings.Join(errors, ","))
	return transporttest.Fault{Status: 200, Body: body}
}

// holds selects requests whose body holds a text.
func holds(text string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		return strings.Contains(string(body), text)
	}
}

func keysOf(srv *mondaytest.Server) []string {
	var keys []string
	for _, r := range srv.Requests() {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
	}
	return keys
}

// A batch has one key: one of an item's own would be lost without a word.
func TestClient_CreateItems_OwnKeys(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	requests := slices.Collect(grouped(2))
	requests[0].IdempotencyKey = "mine"
	requests[1].APIVersion = "2026-07"
	for _, from := range []int{0, 1} {
		report, err := c.CreateItems(t.Context(), slices.Values(requests), monday.Bulk{IngestFrom: from})
		require.NoError(t, err)
		require.ErrorContains(t, report.Results[0].Err, "IdempotencyKey is set")
		require.ErrorContains(t, report.Results[1].Err, "APIVersion is set")
	}
	require.Empty(t, srv.Requests())
}

// When a limit met every item, the request has been answered: its key is done
// with, and the items go out under another.
func TestClient_CreateItems_AllLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		srv.Inject(answerOf(3, "x", `"code":"FIELD_LIMIT_EXCEEDED","retry_in_seconds":5`))
		start := time.Now()
		report, err := c.CreateItems(t.Context(), leads(3), monday.Bulk{Key: "k"})
		require.NoError(t, err)
		require.Empty(t, report.Failed())
		require.Equal(t, 5*time.Second, time.Since(start))
		require.Equal(t, []string{"k/0-2/0", "k/0-2/1"}, keysOf(srv))
		exactly(t, srv, 3)
	})
}

// What was not told whether it took effect is sent again under the same key.
func TestClient_CreateItems_AllBroken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		srv.Inject(answerOf(3, "Internal server error", `"code":"INTERNAL_SERVER_ERROR"`))
		report, err := c.CreateItems(t.Context(), leads(3), monday.Bulk{Key: "k"})
		require.NoError(t, err)
		require.Empty(t, report.Failed())
		require.Equal(t, []string{"k/0-2/0", "k/0-2/0"}, keysOf(srv))
		exactly(t, srv, 3)
	})
}

// However long the answer is in which all are refused, each has its own error.
func TestClient_CreateItems_AllRefused(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	srv.Inject(answerOf(50, strings.Repeat("x", 5000), `"code":"ColumnValueException"`))
	report, err := c.CreateItems(t.Context(), leads(60), monday.Bulk{BatchSize: 50})
	require.NoError(t, err)
	require.Len(t, report.Failed(), 50)
	require.Len(t, srv.Items(board), 10, "the run goes on")
	for _, one := range report.Failed() {
		require.ErrorIs(t, one.Err, transport.ErrInvalid)
		require.ErrorContains(t, one.Err, "request r-7")
		require.Equal(t, transport.Rejected, transport.OutcomeOf(one.Err))
	}
}

// A hint that is longer than anybody should wait is the item's error.
func TestClient_CreateItems_LongHint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		start := time.Now()
		srv.Inject(answerOf(2, "x", `"code":"FIELD_LIMIT_EXCEEDED","retry_in_seconds":3600`))
		report, err := c.CreateItems(t.Context(), leads(2), monday.Bulk{})
		require.NoError(t, err)
		require.ErrorIs(t, report.Results[1].Err, transport.ErrRateLimited)
		require.Zero(t, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		srv.Inject(answerOf(2, "x", `"code":"FIELD_LIMIT_EXCEEDED","retry_in_seconds":30`))
		report, err = c.CreateItems(ctx, leads(2), monday.Bulk{})
		require.NoError(t, err)
		require.ErrorIs(t, report.Results[1].Err, transport.ErrRateLimited)
		require.Zero(t, time.Since(start), "nor into a deadline")
	})
}

func TestClient_CreateItems_Undecodable(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	srv.Inject(transporttest.Fault{Status: 200, Body: `{"data":{"i0":{"id":{}},"i1":{"id":"2","name":"b"}}}`})
	report, err := c.CreateItems(t.Context(), leads(2), monday.Bulk{})
	require.NoError(t, err)
	require.ErrorContains(t, report.Results[0].Err, "reading the answer")
	require.Equal(t, transport.Done, transport.OutcomeOf(report.Results[0].Err), "it was created")
	require.Equal(t, "2", report.Results[1].Item.ID)
}

// Errors beside items that exist, and errors that belong to no item: what has
// taken effect is never sent again.
func TestClient_CreateItems_ErrorsBeside(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	srv.Inject(transporttest.Fault{Status: 200, Body: `{"data":{"i0":{"id":"1"},"i1":{"id":"2"},"i2":null},"errors":[
		{"message":"x","path":["i1","board"],"extensions":{"code":"USER_ACCESS_DENIED"}},{"message":"y","extensions":{"code":"RATE_LIMIT_EXCEEDED"}}]}`})
	report, err := c.CreateItems(t.Context(), leads(3), monday.Bulk{})
	require.NoError(t, err)
	require.Len(t, srv.Requests(), 1)
	require.Equal(t, 3, report.Next)
	require.NoError(t, report.Results[0].Err)
	require.Equal(t, "2", report.Results[1].Item.ID)
	require.ErrorIs(t, report.Results[1].Err, transport.ErrAuth)
	require.Equal(t, transport.Done, transport.OutcomeOf(report.Results[1].Err))
	require.ErrorIs(t, report.Results[2].Err, transport.ErrOutcomeUnknown)
}

// A batch whose answers are all lost: nobody knows, and every item says so.
func TestClient_CreateItems_Unknown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		srv.Inject(transporttest.Fault{Reset: true, After: true, Times: 4, Match: holds("lead 0010")})
		bulk := monday.Bulk{BatchSize: 10, Key: "k"}
		report, err := c.CreateItems(t.Context(), leads(30), bulk)
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.Len(t, report.Results, 20)
		require.Equal(t, 20, report.Next, "who goes on here doubles nothing")
		require.Len(t, report.Failed(), 10)
		for _, one := range report.Failed() {
			require.ErrorIs(t, one.Err, transport.ErrOutcomeUnknown)
		}
		report, err = c.CreateItems(t.Context(), leads(30), bulk)
		require.NoError(t, err)
		require.Empty(t, report.Failed(), "the same key settles it")
		exactly(t, srv, 30)
	})
}

// A batch that fails does not cut off those beside it, and Next does not point
// before what they have created.
func TestClient_CreateItems_ParallelFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{Latency: 5 * time.Second})
		srv.Inject(transporttest.Fault{Status: 403, Stall: time.Second, Match: holds("lead 0010")}) // all four are under way by then
		report, err := c.CreateItems(t.Context(), leads(100), monday.Bulk{BatchSize: 10, Parallel: 4})
		require.ErrorIs(t, err, transport.ErrAuth)
		require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.Equal(t, 40, report.Next)
		require.Len(t, report.Results, 40)
		require.Len(t, report.Failed(), 10)
		require.ErrorIs(t, report.Results[10].Err, transport.ErrAuth)
		require.Len(t, srv.Items(board), report.Next-10)

		_, err = c.CreateItems(t.Context(), leads(100), monday.Bulk{BatchSize: 10, From: report.Next})
		require.NoError(t, err)
		require.Len(t, srv.Items(board), 90)
	})
}

// The same when the items of a batch that are sent again fail as a whole.
func TestClient_CreateItems_FailureInSecondRound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{})
		partial := `{"data":{"i0":{"id":"1","name":"a"},"i1":null,"i2":{"id":"3","name":"c"}},"errors":[{"message":"x","path":["i1"],"extensions":{"code":"RATE_LIMIT_EXCEEDED"}}]}`
		srv.Inject(transporttest.Fault{Status: 200, Body: partial}, transporttest.Fault{Status: 403})
		report, err := c.CreateItems(t.Context(), leads(3), monday.Bulk{})
		require.ErrorIs(t, err, transport.ErrAuth)
		require.Equal(t, 3, report.Next)
		require.ErrorIs(t, report.Results[1].Err, transport.ErrRateLimited)

		srv.Inject(transporttest.Fault{Status: 200, Body: partial}, transporttest.Fault{Reset: true, After: true, Times: 4})
		report, err = c.CreateItems(t.Context(), leads(3), monday.Bulk{})
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.ErrorIs(t, report.Results[1].Err, transport.ErrOutcomeUnknown)
		require.Equal(t, 3, report.Next)

		ctx, cancel := context.WithCancel(t.Context())
		srv.Inject(transporttest.Fault{Status: 200, Body: partial})
		time.AfterFunc(time.Millisecond, cancel)
		report, err = c.CreateItems(ctx, leads(3), monday.Bulk{})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 3, report.Next)
		require.ErrorIs(t, report.Results[1].Err, transport.ErrRateLimited)
	})
}
