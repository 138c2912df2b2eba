package monday_test

import (
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

// Every code and text that monday documents, by what it means.
var (
	retried = map[error][]string{
		transport.ErrRateLimited: {
			"COMPLEXITY_BUDGET_EXHAUSTED", "ComplexityException", "complexityBudgetExhausted", "RATE_LIMIT_EXCEEDED", "maxConcurrencyExceeded",
			"FIELD_LIMIT_EXCEEDED", "IP_RATE_LIMIT_EXCEEDED", "MutationCallsExceeded", "RateLimitedException",
			"text: Minute limit rate exceeded", "text: Rate Limit Exceeded", "text: Concurrency limit exceeded", "text: Call limit exceeded for CreateBoard",
			"text: Complexity budget exhausted, query cost 30001 budget remaining 19986 out of 1000000 reset in 3 seconds",
		},
		transport.ErrConflict:    {"IDEMPOTENCY_CONFLICT", "text: Resource is currently locked"},
		transport.ErrUnavailable: {"API_TEMPORARILY_BLOCKED", "INTERNAL_SERVER_ERROR"},
	}
	final = map[error][]string{
		transport.ErrQuota: {"DAILY_LIMIT_EXCEEDED", "text: Daily limit exceeded"},
		transport.ErrAuth: {
			"NOT_AUTHENTICATED", "Unauthorized", "UserUnauthorizedException", "USER_ACCESS_DENIED", "missingRequiredPermissions",
			"text: Your ip is restricted", "text: Not authenticated",
		},
		transport.ErrNotFound: {
			"ResourceNotFoundException", "InvalidBoardIdException", "InvalidItemIdException", "InvalidGroupIdException",
			"InvalidColumnIdException", "InvalidUserIdException",
		},
		transport.ErrInvalid: {
			"ColumnValueException", "CorrectedValueException", "InvalidArgumentException", "ItemNameTooLongException", "ItemsLimitationException",
			"CreateBoardException", "RecordInvalidException", "DATA_VALIDATIONS_ERROR", "JsonParseException", "InvalidVersionException",
			"undefinedField", "SomethingNew", "text: Parse error on", "text: something new", "text: CursorExpiredError: x",
		},
		transport.ErrConflict: {"DeleteLastGroupException"},
		transport.ErrTooLarge: {"text: Query has complexity of 6000000, which exceeds max complexity of 5000000"},
	}
)

// shapes write a code or a text in the forms that monday has used, all with
// status 200.
func shapes(name string) map[string]string {
	text, isText := strings.CutPrefix(name, "text: ")
	if isText {
		return map[string]string{
			"a string": fmt.Sprintf(`{"errors":[%q]}`, text),
			"current":  fmt.Sprintf(`{"data":{"result":null},"errors":[{"message":%q,"path":["result"]}]}`, text),
			"older":    fmt.Sprintf(`{"error_message":%q,"error_data":[],"errors":[%q]}`, text, text),
		}
	}
	return map[string]string{
		"current": fmt.Sprintf(`{"data":{"result":null},"errors":[{"message":"m","path":["result"],"extensions":{"code":%q}}]}`, name),
		"older":   fmt.Sprintf(`{"error_code":%q,"error_message":"m","error_data":{},"errors":["m"],"account_id":1}`, name),
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	for again, kinds := range map[bool]map[error][]string{true: retried, false: final} {
		for kind, names := range kinds {
			for _, name := range names {
				for shape, body := range shapes(name) {
					synctest.Test(t, func(t *testing.T) {
						c, srv := setup(t, mondaytest.Config{}, transport.WithMaxAttempts(2))
						srv.Inject(transporttest.Fault{Status: 200, Body: body, Times: -1})
						_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
						require.ErrorIs(t, err, kind, "%s, %s: %v", name, shape, err)
						require.Equal(t, again, len(srv.Requests()) == 2, "%s, %s", name, shape)
						want := transport.Rejected
						if name == "INTERNAL_SERVER_ERROR" || name == "IDEMPOTENCY_CONFLICT" {
							want = transport.Unknown
						}
						require.Equal(t, want, transport.OutcomeOf(err), "%s, %s", name, shape)
					})
				}
			}
		}
	}
}

// The refusals of the fake, each with its kind, its wait and whether it is sent
// again.
func TestCodes_Refusals(t *testing.T) {
	t.Parallel()
	type meaning struct {
		kind  error
		wait  time.Duration
		again bool
	}
	meanings := map[string]meaning{
		"application error": {transport.ErrNotFound, 0, false}, "complexity": {transport.ErrRateLimited, 17 * time.Second, true},
		"complexity with figures": {transport.ErrRateLimited, 17 * time.Second, true}, "complexity, older": {transport.ErrRateLimited, 3 * time.Second, true},
		"minute": {transport.ErrRateLimited, 23 * time.Second, true}, "minute, a text": {transport.ErrRateLimited, 23 * time.Second, true},
		"concurrency": {transport.ErrRateLimited, time.Second, true}, "address": {transport.ErrRateLimited, 10 * time.Second, true},
		"field": {transport.ErrRateLimited, 15 * time.Second, true}, "field, older": {transport.ErrRateLimited, 15 * time.Second, true},
		"creations": {transport.ErrRateLimited, 40 * time.Second, true}, "imports": {transport.ErrRateLimited, 2500 * time.Millisecond, true},
		"day": {transport.ErrQuota, 0, false}, "not authenticated": {transport.ErrAuth, 0, false}, "address restricted": {transport.ErrAuth, 0, false},
		"plan": {transport.ErrAuth, 0, false}, "no access": {transport.ErrAuth, 0, false}, "no scope": {transport.ErrAuth, 0, false},
		"validation rules": {transport.ErrInvalid, 0, false}, "schema": {transport.ErrInvalid, 0, false}, "parse error": {transport.ErrInvalid, 0, false},
		"version": {transport.ErrInvalid, 0, false}, "cursor": {monday.ErrCursorExpired, 0, false}, "last group": {transport.ErrConflict, 0, false},
		"key in use": {transport.ErrConflict, 4 * time.Second, true}, "locked": {transport.ErrConflict, 0, true}, "blocked": {transport.ErrUnavailable, 0, true},
		"internal": {transport.ErrUnavailable, 0, true}, "gateway timeout": {transport.ErrUnavailable, 0, true}, "empty": {transport.ErrUnavailable, 0, true},
	}
	faults := mondaytest.Refusals()
	require.Len(t, faults, len(meanings))
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				want, ok := meanings[name]
				require.True(t, ok)
				c, srv := setup(t, mondaytest.Config{}, transport.WithMaxAttempts(2))
				fault.Times = -1
				srv.Inject(fault)
				_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
				var e *monday.Error
				require.ErrorAs(t, err, &e)
				require.ErrorIs(t, err, want.kind)
				require.Equal(t, "refusal", e.RequestID)
				var te *transport.Error
				require.ErrorAs(t, err, &te)
				require.Equal(t, want.wait, te.RetryAfter)
				require.Equal(t, want.again, len(srv.Requests()) == 2)
			})
		})
	}
}

// Bodies that are no GraphQL answer, or none at all, go by their status.
func TestCodes_StatusAlone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "<html>error</html>", `{"message":"x"}`, `{"errors":[]}`, `{"errors":[{"message":"x","extensions":{"status_code":200}}]}`, "null", "[1]"} {
		for status, tc := range map[int]struct {
			kind    error
			again   bool
			outcome transport.Outcome
		}{
			400: {transport.ErrInvalid, false, transport.Rejected}, 401: {transport.ErrAuth, false, transport.Rejected},
			403: {transport.ErrAuth, false, transport.Rejected}, 404: {transport.ErrNotFound, false, transport.Rejected},
			409: {transport.ErrConflict, false, transport.Rejected}, 422: {transport.ErrInvalid, false, transport.Rejected},
			423: {transport.ErrConflict, true, transport.Rejected}, 429: {transport.ErrRateLimited, true, transport.Rejected},
			500: {transport.ErrUnavailable, true, transport.Unknown}, 502: {transport.ErrUnavailable, true, transport.Unknown},
			503: {transport.ErrUnavailable, true, transport.Unknown}, 504: {transport.ErrUnavailable, true, transport.Unknown},
		} {
			synctest.Test(t, func(t *testing.T) {
				c, srv := setup(t, mondaytest.Config{}, transport.WithMaxAttempts(2))
				srv.Inject(transporttest.Fault{Status: status, Body: body, Times: -1, Header: http.Header{"X-Request-Id": {"r-1"}}})
				_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
				require.ErrorIs(t, err, tc.kind, "%d %s: %v", status, body, err)
				require.Equal(t, tc.again, len(srv.Requests()) == 2, "%d %s", status, body)
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%d %s", status, body)
				var e *monday.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, "r-1", e.RequestID, "from the header")
			})
		}
	}
}

// Hints stand in many places; the largest counts, and its unit is right.
func TestCodes_Hints(t *testing.T) {
	t.Parallel()
	const limit = `"extensions":{"code":"RATE_LIMIT_EXCEEDED"%s}`
	for name, tc := range map[string]struct {
		body, header string
		wait         time.Duration
	}{
		"header, seconds":     {`{"errors":[{` + fmt.Sprintf(limit, "") + `}]}`, "7", 7 * time.Second},
		"header, date":        {`{"errors":[{` + fmt.Sprintf(limit, "") + `}]}`, "Sat, 01 Jan 2000 00:00:09 GMT", 9 * time.Second},
		"extensions":          {`{"errors":[{` + fmt.Sprintf(limit, `,"retry_in_seconds":5`) + `}]}`, "", 5 * time.Second},
		"error_data":          {`{"errors":[{` + fmt.Sprintf(limit, `,"error_data":{"retry_in_seconds":6}`) + `}]}`, "", 6 * time.Second},
		"error_data, a list":  {`{"errors":[{` + fmt.Sprintf(limit, `,"error_data":[{"retry_in_seconds":6}],"retry_in_seconds":2`) + `}]}`, "", 2 * time.Second},
		"milliseconds":        {`{"errors":[{` + fmt.Sprintf(limit, `,"retryAfterMs":1500`) + `}]}`, "", 1500 * time.Millisecond},
		"top error_data":      {`{"error_code":"FIELD_LIMIT_EXCEEDED","error_data":{"retry_in_seconds":8}}`, "", 8 * time.Second},
		"top extensions":      {`{"errors":["Rate Limit Exceeded"],"extensions":{"retry_in_seconds":4}}`, "", 4 * time.Second},
		"text":                {`{"errors":["Complexity budget exhausted, reset in 12 seconds"]}`, "", 12 * time.Second},
		"text, older":         {`{"error_code":"ComplexityException","error_message":"reset in 1 second"}`, "", time.Second},
		"header is larger":    {`{"errors":[{` + fmt.Sprintf(limit, `,"retry_in_seconds":5`) + `}]}`, "11", 11 * time.Second},
		"body is larger":      {`{"errors":[{` + fmt.Sprintf(limit, `,"retry_in_seconds":15`) + `}]}`, "11", 15 * time.Second},
		"nonsense":            {`{"errors":[{` + fmt.Sprintf(limit, `,"retry_in_seconds":-5,"retryAfterMs":"x"`) + `}]}`, "", 0},
		"more than is waited": {`{"errors":[{` + fmt.Sprintf(limit, `,"retry_in_seconds":1e300`) + `}]}`, "", -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, srv := setup(t, mondaytest.Config{}, transport.WithBackoff(time.Nanosecond, time.Nanosecond))
				fault := transporttest.Fault{Status: 429, Body: tc.body}
				if tc.header != "" {
					fault.Header = http.Header{"Retry-After": {tc.header}}
				}
				srv.Inject(fault)
				start := time.Now()
				_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
				if tc.wait < 0 {
					require.ErrorIs(t, err, transport.ErrRateLimited)
					require.Zero(t, time.Since(start))
					return
				}
				require.NoError(t, err)
				require.Equal(t, tc.wait, time.Since(start).Truncate(time.Millisecond))
			})
		})
	}
}
