package monday_test

import (
	"context"
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

func TestClient_CreateItem_Faults(t *testing.T) {
	t.Parallel()
	const internal = `{"errors":[{"message":"Internal server error","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`
	header := http.Header{"Retry-After": {"7"}}
	for _, tc := range []struct {
		name    string
		fault   transporttest.Fault
		outcome transport.Outcome
		items   int
		wait    time.Duration
	}{
		{"refused dial", transporttest.Fault{Refuse: true}, transport.Done, 1, 0},
		{"refused dial, for good", transporttest.Fault{Refuse: true, Times: -1}, transport.NotSent, 0, 0},
		{"reset before", transporttest.Fault{Reset: true}, transport.Done, 1, 0},
		{"reset after", transporttest.Fault{Reset: true, After: true}, transport.Done, 1, 0},
		{"reset after, for good", transporttest.Fault{Reset: true, After: true, Times: -1}, transport.Unknown, 1, 0},
		{"stall after", transporttest.Fault{Stall: time.Hour, After: true}, transport.Done, 1, 65 * time.Second},
		{"gateway timeout after", transporttest.Fault{Status: 504, Body: "<html>504</html>", After: true}, transport.Done, 1, 0},
		{"gateway timeout before", transporttest.Fault{Status: 504, Body: "<html>504</html>"}, transport.Done, 1, 0},
		{"429 with a hint", transporttest.Fault{Status: 429, Header: header, Body: `{}`}, transport.Done, 1, 7 * time.Second},
		{"423", transporttest.Fault{Status: 423, Body: "Resource is currently locked"}, transport.Done, 1, 0},
		{"limit in a 200", transporttest.Fault{Status: 200, Body: `{"error_code":"ComplexityException","status_code":429,"error_message":"Complexity budget exhausted, query cost 30001 budget remaining 19986 out of 1000000 reset in 3 seconds","errors":["x"]}`}, transport.Done, 1, 3 * time.Second},
		{"internal error after", transporttest.Fault{Status: 200, Body: internal, After: true}, transport.Done, 1, 0},
		{"internal error for good", transporttest.Fault{Status: 200, Body: internal, Times: -1}, transport.Unknown, 0, 0},
		{"empty 200 after", transporttest.Fault{Status: 200, After: true}, transport.Done, 1, 0},
		{"not JSON after", transporttest.Fault{Status: 200, Body: "<html>", After: true}, transport.Done, 1, 0},
		{"malformed JSON after", transporttest.Fault{Status: 200, Body: `{"data":{`, After: true}, transport.Done, 1, 0},
		{"huge", transporttest.Fault{Status: 200, Body: strings.Repeat("x", 11<<20), After: true}, transport.Unknown, 1, 0},
		{"daily limit", transporttest.Fault{Status: 429, Body: `{"errors":[{"message":"x","extensions":{"code":"DAILY_LIMIT_EXCEEDED"}}]}`}, transport.Rejected, 0, 0},
		{"forbidden", transporttest.Fault{Status: 403, Body: `{"errors":[{"message":"x","extensions":{"code":"USER_ACCESS_DENIED"}}]}`}, transport.Rejected, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, srv := setup(t, mondaytest.Config{})
				srv.Inject(tc.fault)
				start := time.Now()
				_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Len(t, srv.Items(board), tc.items)
				require.GreaterOrEqual(t, time.Since(start), tc.wait)
				keys := map[string]bool{}
				for _, r := range srv.Requests() {
					keys[r.Header.Get("Idempotency-Key")] = true
				}
				require.LessOrEqual(t, len(keys), 1, "the key is stable over attempts")
			})
		})
	}
}

func TestClient_CreateItem_InternalErrorsAreCapped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{}, transport.WithMaxAttempts(10))
		srv.Inject(transporttest.Fault{Status: 200, Times: -1, Body: `{"data":{"result":null},"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`})
		_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
		require.ErrorIs(t, err, transport.ErrUnavailable)
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.Len(t, srv.Requests(), 3)
	})
}

// A first attempt that is given up while monday still works on it meets a
// conflict, and then the first one's answer.
func TestClient_CreateItem_Conflict(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := setup(t, mondaytest.Config{Latency: 10 * time.Second}, transport.WithAttemptTimeout(11*time.Second))
		srv.Inject(transporttest.Fault{After: true, Stall: 0, Reset: true})
		r := monday.CreateItemRequest{BoardID: board, Name: "Ada", Call: monday.Call{IdempotencyKey: "k"}}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := c.CreateItem(ctx, r)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)

		_, err = connect(t, srv, transport.WithMaxAttempts(1)).CreateItem(t.Context(), r)
		require.ErrorIs(t, err, transport.ErrConflict)
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown, "the other one may be creating it")

		var meta monday.Meta
		r.Meta = &meta
		_, err = c.CreateItem(t.Context(), r)
		require.NoError(t, err)
		require.True(t, meta.Replayed)
		require.Equal(t, 2, meta.Attempts)
		require.Len(t, srv.Items(board), 1)
	})
}
