package monday_test

import (
	"context"
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

// answers are the shapes that monday documents or has been seen to send.
var answers = []struct {
	name, body string
	status     int
	header     string
	kind       error
	code       string
	wait       time.Duration
	outcome    transport.Outcome
}{
	{"application error", `{"data":{"create_item":null},"errors":[{"message":"no board","locations":[{"line":2,"column":3}],"path":["create_item"],"extensions":{"code":"InvalidBoardIdException","status_code":200,"error_data":{"board_id":1}}}],"account_id":123,"extensions":{"request_id":"uuid"}}`, 200, "", transport.ErrNotFound, "InvalidBoardIdException", 0, transport.Rejected},
	{"complexity", `{"errors":[{"message":"Complexity budget exhausted","extensions":{"code":"COMPLEXITY_BUDGET_EXHAUSTED","retry_in_seconds":17}}]}`, 429, "", transport.ErrRateLimited, "COMPLEXITY_BUDGET_EXHAUSTED", 17 * time.Second, transport.Rejected},
	{"complexity, larger header", `{"errors":[{"message":"Complexity budget exhausted","extensions":{"code":"COMPLEXITY_BUDGET_EXHAUSTED","retry_in_seconds":17}}]}`, 429, "30", transport.ErrRateLimited, "COMPLEXITY_BUDGET_EXHAUSTED", 30 * time.Second, transport.Rejected},
	{"complexity, older frame", `{"error_code":"ComplexityException","status_code":429,"error_message":"Complexity budget exhausted, query cost 30001 budget remaining 19986 out of 1000000 reset in 3 seconds","error_data":{},"errors":["Complexity budget exhausted"],"account_id":1}`, 200, "", transport.ErrRateLimited, "ComplexityException", 3 * time.Second, transport.Rejected},
	{"complexity, odd code", `{"error_code":"complexityBudgetExhausted","status_code":429,"error_message":"x","errors":["y"]}`, 200, "", transport.ErrRateLimited, "complexityBudgetExhausted", 0, transport.Rejected},
	{"field limit", `{"error_message":"x","error_code":"FIELD_LIMIT_EXCEEDED","error_data":{"retry_in_seconds":15,"entity":"boards"},"status_code":429,"account_id":1}`, 429, "", transport.ErrRateLimited, "FIELD_LIMIT_EXCEEDED", 15 * time.Second, transport.Rejected},
	{"field limit, new frame", `{"errors":[{"message":"x","extensions":{"code":"FIELD_LIMIT_EXCEEDED","error_data":{"retry_in_seconds":"15"}}}]}`, 429, "", transport.ErrRateLimited, "FIELD_LIMIT_EXCEEDED", 15 * time.Second, transport.Rejected},
	{"hint in top extensions", `{"errors":["Rate Limit Exceeded"],"extensions":{"retry_in_seconds":4}}`, 429, "", transport.ErrRateLimited, "", 4 * time.Second, transport.Rejected},
	{"hint in milliseconds", `{"errors":[{"message":"x","extensions":{"code":"RATE_LIMIT_EXCEEDED","retryAfterMs":2500}}]}`, 429, "", transport.ErrRateLimited, "RATE_LIMIT_EXCEEDED", 2500 * time.Millisecond, transport.Rejected},
	{"not authenticated", `{"errors":[{"message":"Not authenticated","extensions":{"code":"NOT_AUTHENTICATED"}}]}`, 401, "", transport.ErrAuth, "NOT_AUTHENTICATED", 0, transport.Rejected},
	{"plan gating", `{"error_code":"UserUnauthorizedException","status_code":403,"error_message":"x","error_data":{"failure_reason":"plan"}}`, 403, "", transport.ErrAuth, "UserUnauthorizedException", 0, transport.Rejected},
	{"IP", `{"errors":["Your ip is restricted"]}`, 401, "", transport.ErrAuth, "", 0, transport.Rejected},
	{"missing permission", `{"errors":[{"message":"x","extensions":{"code":"missingRequiredPermissions"}}]}`, 200, "", transport.ErrAuth, "missingRequiredPermissions", 0, transport.Rejected},
	{"validation rules", `{"errors":[{"message":"data_validation_error","path":["create_item"],"extensions":{"code":"DATA_VALIDATIONS_ERROR","status_code":422,"error_data":[{"itemId":null,"columnIds":["numeric_x"],"message":"m"}]}}],"extensions":{"request_id":"r"}}`, 422, "", transport.ErrInvalid, "DATA_VALIDATIONS_ERROR", 0, transport.Rejected},
	{"schema validation", `{"errors":[{"message":"Field 'x' doesn't exist","path":["query","boards","x"],"extensions":{"code":"undefinedField","typeName":"Board","fieldName":"x"}}]}`, 200, "", transport.ErrInvalid, "undefinedField", 0, transport.Rejected},
	{"parse error", `{"errors":[{"message":"Parse error on \"}\" (RCURLY)"}]}`, 200, "", transport.ErrInvalid, "", 0, transport.Rejected},
	{"last group", `{"errors":[{"message":"x","extensions":{"code":"DeleteLastGroupException","status_code":409}}]}`, 409, "", transport.ErrConflict, "DeleteLastGroupException", 0, transport.Rejected},
	{"daily limit", `{"errors":[{"message":"x","extensions":{"code":"DAILY_LIMIT_EXCEEDED","retry_in_seconds":30}}]}`, 200, "", transport.ErrQuota, "DAILY_LIMIT_EXCEEDED", 30 * time.Second, transport.Rejected},
	{"conflict", `{"errors":[{"message":"x","extensions":{"code":"IDEMPOTENCY_CONFLICT"}}]}`, 409, "1", transport.ErrConflict, "IDEMPOTENCY_CONFLICT", time.Second, transport.Unknown},
	{"blocked", `{"errors":[{"message":"x","extensions":{"code":"API_TEMPORARILY_BLOCKED"}}]}`, 200, "", transport.ErrUnavailable, "API_TEMPORARILY_BLOCKED", 0, transport.Rejected},
	{"internal", `{"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR","status_code":500}}]}`, 200, "", transport.ErrUnavailable, "INTERNAL_SERVER_ERROR", 0, transport.Unknown},
	{"concurrency", `{"errors":[{"message":"Concurrency limit exceeded"}]}`, 429, "", transport.ErrRateLimited, "", 0, transport.Rejected},
	{"create limit", `{"errors":[{"message":"Call limit exceeded for CreateBoard"}]}`, 200, "", transport.ErrRateLimited, "", 0, transport.Rejected},
	{"locked", `Resource is currently locked`, 423, "", transport.ErrConflict, "", 0, transport.Rejected},
	{"gateway", `<html>Gateway timeout</html>`, 504, "", transport.ErrUnavailable, "", 0, transport.Unknown},
	{"unknown code", `{"errors":[{"message":"x","extensions":{"code":"BrandNewException"}}]}`, 200, "", transport.ErrInvalid, "BrandNewException", 0, transport.Rejected},
	{"unknown code, 503", `{"errors":[{"message":"x","extensions":{"code":"BrandNewException"}}]}`, 503, "", transport.ErrUnavailable, "BrandNewException", 0, transport.Unknown},
	{"unknown code, status inside", `{"errors":[{"message":"x","extensions":{"code":"BrandNew","status_code":404}}]}`, 200, "", transport.ErrNotFound, "BrandNew", 0, transport.Rejected},
	{"several", `{"errors":[{"message":"x","extensions":{"code":"RATE_LIMIT_EXCEEDED"}},{"message":"y","extensions":{"code":"ColumnValueException"}}]}`, 200, "", transport.ErrInvalid, "ColumnValueException", 0, transport.Rejected},
	{"wrong types everywhere", `{"errors":[7,null,[],{"message":7,"path":{},"extensions":[]}],"extensions":5,"error_code":{},"error_data":"x"}`, 200, "", transport.ErrInvalid, "", 0, transport.Rejected},
	{"no answer at all", ``, 200, "", transport.ErrUnavailable, "", 0, transport.Unknown},
}

func TestError_Shapes(t *testing.T) {
	t.Parallel()
	for _, tc := range answers {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, srv := setup(t, mondaytest.Config{}, transport.WithMaxAttempts(1))
				f := transporttest.Fault{Status: tc.status, Body: tc.body}
				if tc.header != "" {
					f.Header = http.Header{"Retry-After": {tc.header}}
				}
				srv.Inject(f)
				_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
				var e *monday.Error
				require.ErrorAs(t, err, &e)
				var te *transport.Error
				require.ErrorAs(t, err, &te)
				require.ErrorIs(t, err, tc.kind, "%v", err)
				require.Equal(t, tc.code, e.Code)
				require.Equal(t, tc.wait, te.RetryAfter)
				require.Equal(t, tc.outcome, te.Outcome)
				require.Equal(t, tc.status, te.Status)
			})
		})
	}
}

func TestError_Details(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	srv.Inject(transporttest.Fault{Status: 422, Body: answers[13].body})
	_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
	var e *monday.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "r", e.RequestID)
	require.Equal(t, 1, e.Attempts())
	require.Len(t, e.Problems, 1)
	require.Equal(t, 422, e.Problems[0].Status)
	require.Equal(t, []string{"create_item"}, e.Problems[0].Path)
	require.JSONEq(t, `[{"itemId":null,"columnIds":["numeric_x"],"message":"m"}]`, string(e.Problems[0].Data))
	require.ErrorContains(t, err, "DATA_VALIDATIONS_ERROR")
	require.ErrorContains(t, err, "request r")
}

// A mutation that returned something took effect: it is not sent again, and
// what it returned comes beside the error.
func TestError_PartialData(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	srv.Inject(transporttest.Fault{Status: 200, Body: `{"data":{"result":{"id":"1","name":"Ada"}},"errors":[{"message":"x","path":["result","board"],"extensions":{"code":"RATE_LIMIT_EXCEEDED"}}]}`})
	item, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
	require.ErrorIs(t, err, transport.ErrRateLimited)
	require.Equal(t, transport.Done, transport.OutcomeOf(err))
	require.Equal(t, "1", item.ID)
	require.Len(t, srv.Requests(), 1)
}

func TestError_EmptyData(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	srv.Inject(transporttest.Fault{Status: 200, Body: `{"data":{"result":null}}`})
	_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)

	srv.Inject(transporttest.Fault{Status: 200, Body: `{"data":{"result":[1]}}`})
	_, err = c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
	require.ErrorContains(t, err, "reading the answer")
	require.Equal(t, transport.Done, transport.OutcomeOf(err))
}

// Under its key an answer stays what it is: one that is repeated is final.
func TestError_Replayed(t *testing.T) {
	t.Parallel()
	limit := `{"errors":[{"message":"x","extensions":{"code":"RATE_LIMIT_EXCEEDED","retry_in_seconds":5}}]}`
	internal := `{"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`
	repeated := http.Header{"Idempotency-Replayed": {"true"}}
	for name, tc := range map[string]struct {
		faults   []transporttest.Fault
		outcome  transport.Outcome
		requests int
	}{
		"a limit":            {[]transporttest.Fault{{Status: 200, Body: limit, Header: repeated}}, transport.Rejected, 1},
		"a limit, then":      {[]transporttest.Fault{{Status: 200, Body: limit}, {Status: 200, Body: limit, Header: repeated}}, transport.Rejected, 2},
		"after a loss":       {[]transporttest.Fault{{Reset: true}, {Status: 200, Body: limit, Header: repeated}}, transport.Unknown, 2},
		"an internal error":  {[]transporttest.Fault{{Status: 200, Body: internal, Header: repeated, Times: -1}}, transport.Unknown, 2},
		"no error at all":    {[]transporttest.Fault{{Status: 200, Body: `{"data":{"result":{"id":"1"}}}`, Header: repeated}}, transport.Done, 1},
		"a refusal, as ever": {[]transporttest.Fault{{Status: 200, Body: answers[0].body, Header: repeated}}, transport.Rejected, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, srv := setup(t, mondaytest.Config{})
				srv.Inject(tc.faults...)
				_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Len(t, srv.Requests(), tc.requests)
			})
		})
	}
}

// A key protects for 30 minutes: a retry that waits longer in the line of a
// limiter is not sent, because it could create a second item.
func TestError_KeyForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		line := &lateLimiter{}
		c, srv := setup(t, mondaytest.Config{}, transport.WithLimiters(line))
		srv.Inject(transporttest.Fault{Reset: true, After: true})
		line.wait = 30 * time.Minute
		_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.ErrorContains(t, err, "may have forgotten")
		require.Len(t, srv.Items(board), 1)

		srv.Inject(transporttest.Fault{Status: 429})
		_, err = c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Eve"})
		require.NoError(t, err, "what a limit refused may wait as long as it takes")
		require.Len(t, srv.Items(board), 2)
	})
}

// lateLimiter makes every attempt but the first wait.
type lateLimiter struct {
	wait time.Duration
	been bool
}

func (l *lateLimiter) Acquire(context.Context, int) (transport.Permit, error) {
	if l.been {
		<-time.After(l.wait) // in fake time
	}
	l.been = true
	return transport.Permit{}, nil
}

func (l *lateLimiter) Settle(transport.Permit, transport.Feedback) {}

// Every error carries the request's id, also those that monday did not make.
func TestError_RequestID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{JobTime: -1})
		ctx := t.Context()
		item := create(t, c, "x", nil)
		job, err := c.DeleteItems(ctx, monday.ItemsRequest{BoardID: board, ItemIDs: []string{item.ID}})
		require.NoError(t, err)
		require.NoError(t, c.UndoAction(ctx, monday.JobRequest{JobID: job}))
		answer := func(data string) {
			srv.Inject(transporttest.Fault{Status: 200, Body: data, Header: http.Header{"X-Request-Id": {"r-9"}}})
		}
		for name, call := range map[string]func() error{
			"GetItem":     func() error { _, err := c.GetItem(ctx, monday.GetItemParams{ItemID: "1"}); return err },
			"GetBoard":    func() error { _, err := c.GetBoard(ctx, monday.GetBoardParams{BoardID: "1"}); return err },
			"ListItems":   func() error { _, err := c.ListItems(ctx, monday.ItemsParams{BoardID: "1"}); return err },
			"ItemAssets":  func() error { _, err := c.ItemAssets(ctx, monday.ItemRequest{ItemID: "1"}); return err },
			"ListUpdates": func() error { _, err := c.ListUpdates(ctx, monday.UpdatesParams{ItemID: "1"}); return err },
			"UndoAction":  func() error { return c.UndoAction(ctx, monday.JobRequest{JobID: job}) },
			"EmptyData": func() error {
				answer(`{"data":{"result":null}}`)
				_, err := c.CreateItem(ctx, monday.CreateItemRequest{BoardID: board, Name: "x"})
				return err
			},
			"Undecodable": func() error {
				answer(`{"data":{"result":[1]}}`)
				_, err := c.CreateItem(ctx, monday.CreateItemRequest{BoardID: board, Name: "x"})
				return err
			},
			"WaitJob": func() error {
				answer(`{"data":{"result":{"id":"1","status":"FAILED","error":"x"}}}`)
				_, err := c.WaitJob(ctx, monday.JobRequest{JobID: "1"})
				return err
			},
			"WaitIngest": func() error {
				answer(`{"data":{"result":{"status":"REJECTED","failure_reason":"PERMISSION_DENIED"}}}`)
				_, err := c.WaitIngest(ctx, monday.WaitIngestRequest{JobID: "1"})
				return err
			},
		} {
			var e *monday.Error
			require.ErrorAs(t, call(), &e, name)
			require.NotEmpty(t, e.RequestID, name)
			require.Positive(t, e.Attempts(), name)
		}
		err = c.UndoAction(ctx, monday.JobRequest{JobID: job})
		require.Equal(t, transport.Rejected, transport.OutcomeOf(err), "what monday did not do is not done")
	})
}

// What a failed answer says about itself is told too.
func TestMeta_OfErrors(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{Limits: mondaytest.LowestPlan()})
	var meta monday.Meta
	r := monday.CreateItemRequest{BoardID: "1", Name: "x", Call: monday.Call{APIVersion: "2024-10", IdempotencyKey: "k", Meta: &meta}}
	for _, replayed := range []bool{false, true} {
		_, err := c.CreateItem(t.Context(), r)
		require.ErrorIs(t, err, transport.ErrNotFound)
		require.True(t, meta.Fallback, "monday has used %s", meta.APIVersion)
		require.Equal(t, "2026-07", meta.APIVersion)
		require.Equal(t, replayed, meta.Replayed)
		require.NotEmpty(t, meta.RequestID)
		require.Equal(t, 1, meta.Attempts)
		require.Equal(t, 1_000_000, meta.Complexity.Limit)
	}
	srv.Inject(transporttest.Fault{Refuse: true, Times: -1})
	_, err := c.CreateItem(t.Context(), r)
	require.ErrorIs(t, err, transport.ErrNotSent)
	require.Empty(t, meta.APIVersion, "nothing is left of the call before")
	require.Positive(t, meta.Attempts)
}
