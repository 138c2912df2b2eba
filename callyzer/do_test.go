package callyzer_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/callyzer"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func TestClient_Do(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(2)
		c := newClient(t, srv, nil)
		var rows []callyzer.Call
		env, err := c.Do(t.Context(), callyzer.RawRequest{
			Path: "/call-log/history", Body: map[string]any{"call_from": 1, "call_to": time.Now().Unix()}, Safety: transport.Read,
		}, &rows)
		require.ErrorContains(t, err, "The range must be less than 180 days")
		require.Zero(t, env)

		body := map[string]any{"call_from": time.Now().Unix() - 600, "call_to": time.Now().Unix()}
		env, err = c.Do(t.Context(), callyzer.RawRequest{Path: "/call-log/history", Body: body, Safety: transport.Read}, &rows)
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Equal(t, []int{2, 1, 100}, []int{env.TotalRecords, env.PageNo, env.PageSize})

		srv.Inject(transporttest.Fault{Reset: true})
		_, err = c.Do(t.Context(), callyzer.RawRequest{Name: "save_lead", Path: "/lead/save"}, nil)
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown, "at most once by default")
		require.ErrorContains(t, err, "callyzer.save_lead")
		srv.Inject(transporttest.Fault{Status: 400, Body: `{"message":"JDBC"}`}, transporttest.Fault{Status: 200, Body: "<html>"})
		_, err = c.Do(t.Context(), callyzer.RawRequest{Path: "/lead/save"}, nil)
		require.ErrorIs(t, err, transport.ErrInvalid, "an exception proves nothing about an effect's repetition")
		_, err = c.Do(t.Context(), callyzer.RawRequest{Path: "/lead/save"}, nil)
		require.Equal(t, transport.Done, transport.OutcomeOf(err), "%v", err)
		_, err = c.Do(t.Context(), callyzer.RawRequest{Path: "/x", Body: make(chan int)}, nil)
		require.ErrorIs(t, err, transport.ErrInvalid)
	})
}

// What has an effect and no protection goes again only when it was not sent or
// was refused with 429.
func TestClient_Do_AtMostOnce(t *testing.T) {
	t.Parallel()
	hint := http.Header{"Retry-After": {"1"}}
	for _, tc := range []struct {
		name     string
		fault    transporttest.Fault
		outcome  transport.Outcome
		requests int
	}{
		{"refused dial", transporttest.Fault{Refuse: true}, transport.Done, 1},
		{"429", transporttest.Fault{Status: 429, Header: hint}, transport.Done, 2},
		{"503 with a hint", transporttest.Fault{Status: 503, Header: hint}, transport.Unknown, 1},
		{"500", transporttest.Fault{Status: 500}, transport.Unknown, 1},
		{"reset after", transporttest.Fault{Reset: true, After: true}, transport.Unknown, 1},
		{"stall after", transporttest.Fault{Stall: time.Hour, After: true}, transport.Unknown, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := account(1)
				srv.Inject(tc.fault)
				_, err := newClient(t, srv, nil).Do(t.Context(), callyzer.RawRequest{
					Method: http.MethodDelete, Path: "/call-log/call-recording/remove", Body: map[string][]string{"unique_ids": {"call-1"}},
				}, nil)
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Equal(t, tc.outcome == transport.Done, err == nil, "%v", err)
				require.Len(t, srv.Requests(), tc.requests)
			})
		})
	}
}
