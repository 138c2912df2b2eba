package callyzer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/callyzer"
	"github.com/centrala-go/centrala/callyzer/callyzertest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func config() callyzer.Config {
	return callyzer.Config{Token: callyzertest.Token, BaseURL: callyzertest.URL}
}

func newClient(t *testing.T, srv *callyzertest.Server, change func(*callyzer.Config), opts ...transport.Option) *callyzer.Client {
	t.Helper()
	cfg := config()
	if change != nil {
		change(&cfg)
	}
	c, err := callyzer.New(cfg, append([]transport.Option{transport.WithTransport(srv.Transport())}, opts...)...)
	require.NoError(t, err)
	return c
}

var ada = callyzer.Employee{
	Name: "Ada", Code: "7", CountryCode: "48", Number: "600100200", Tags: []string{"sales"},
	DeviceModel: "Pixel", AndroidVersion: "14", RecordingActive: true, AppVersion: "3.1",
}

var ben = callyzer.Employee{Name: "Ben", CountryCode: "48", Number: "600100300", AppUninstalled: true}

// account returns a server with n calls of Ada, one per minute up to now.
func account(n int) *callyzertest.Server {
	srv := callyzertest.New(callyzertest.Config{Employees: []callyzer.Employee{ada, ben}})
	for i := range n {
		srv.AddCall(time.Now().Add(-time.Duration(i)*time.Minute), callyzer.Call{
			EmployeeNumber: ada.Number, ClientNumber: fmt.Sprint(500000000 + i), Type: callyzer.Incoming,
			Duration: time.Duration(i) * time.Second,
		})
	}
	return srv
}

func TestClient_Read_Faults(t *testing.T) {
	t.Parallel()
	const jdbc = `{"message":"org.springframework.dao: JDBC exception executing SQL [select …]"}`
	for _, tc := range []struct {
		name     string
		fault    transporttest.Fault
		kind     error // nil: the call ends well
		requests int
	}{
		{"refused dial", transporttest.Fault{Refuse: true}, nil, 1},
		{"reset before", transporttest.Fault{Reset: true}, nil, 2},
		{"reset after", transporttest.Fault{Reset: true, After: true}, nil, 2},
		{"stall after", transporttest.Fault{Stall: time.Hour, After: true}, nil, 2},
		{"500", transporttest.Fault{Status: 500}, nil, 2},
		{"503 with a hint", transporttest.Fault{Status: 503, Header: http.Header{"Retry-After": {"1"}}}, nil, 2},
		{"429 with a hint", transporttest.Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}}, nil, 2},
		{"429 with nonsense", transporttest.Fault{Status: 429, Header: http.Header{"Retry-After": {"soon"}}}, nil, 2},
		{"400 with an exception", transporttest.Fault{Status: 400, Body: jdbc}, nil, 2},
		{"400 with an exception, always", transporttest.Fault{Status: 400, Body: jdbc, Times: -1}, transport.ErrUnavailable, 4},
		{"400", transporttest.Fault{Status: 400, Body: `{"message":"bad range"}`}, transport.ErrInvalid, 1},
		{"401", transporttest.Fault{Status: 401, Body: `{"message":"who are you"}`}, transport.ErrAuth, 1},
		{"403", transporttest.Fault{Status: 403, Body: `<html>`}, callyzer.ErrSubscription, 1},
		{"empty", transporttest.Fault{Status: 200}, nil, 2},
		{"a page", transporttest.Fault{Status: 200, Body: "<html>"}, nil, 2},
		{"null", transporttest.Fault{Status: 200, Body: "null"}, nil, 2},
		{"cut off", transporttest.Fault{Status: 200, Body: `{"result":[`}, nil, 2},
		{"no result", transporttest.Fault{Status: 200, Body: `{"message":"busy"}`}, nil, 2},
		{"wrong shape", transporttest.Fault{Status: 200, Body: `{"result":{"a":1},"message":"Success"}`}, transport.ErrUnavailable, 1},
		{"huge", transporttest.Fault{Status: 200, Body: strings.Repeat("x", 8192)}, transport.ErrTooLarge, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := account(1)
				srv.Inject(tc.fault)
				page, err := newClient(t, srv, nil, transport.WithMaxResponseBytes(4096)).ListHistory(t.Context(), lastDays(1))
				require.Len(t, srv.Requests(), tc.requests)
				if tc.kind == nil {
					require.NoError(t, err)
					require.Len(t, page.Calls, 1)
					return
				}
				require.ErrorIs(t, err, tc.kind)
				require.Equal(t, transport.Rejected, transport.OutcomeOf(err))
				require.NotContains(t, err.Error(), callyzertest.Token)
			})
		})
	}
}

func TestClient_Error_KeepsTheMessage(t *testing.T) {
	t.Parallel()
	srv := account(0)
	srv.Inject(transporttest.Fault{Status: 400, Body: `{"message":"bad range"}`})
	_, err := newClient(t, srv, nil).ListHistory(t.Context(), lastDays(1))
	var ours *callyzer.Error
	require.ErrorAs(t, err, &ours)
	require.Equal(t, "bad range", ours.Message)
	require.Equal(t, 400, ours.Status)
	require.JSONEq(t, `{"message":"bad range"}`, string(ours.Body))
	require.NotErrorIs(t, err, callyzer.ErrSubscription)
}

func TestClient_PacesConcurrentCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(1)
		shared := transport.WithLimiters(callyzer.Limiters()...)
		a, b := newClient(t, srv, nil, shared), newClient(t, srv, nil, shared)
		start := time.Now()
		done := make(chan error)
		for i := range 8 {
			go func() {
				_, err := []*callyzer.Client{a, b}[i%2].Get(t.Context(), "call-1")
				done <- err
			}()
		}
		for range 8 {
			require.NoError(t, <-done)
		}
		require.Len(t, srv.Requests(), 8, "none was answered 429")
		require.Less(t, time.Since(start), 16*time.Second)
	})
}

func TestClient_SendsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(1)
		srv.Inject(transporttest.Fault{Stall: 5 * time.Second, After: true, Times: -1})
		c := newClient(t, srv, nil)
		done := make(chan error)
		for range 4 {
			go func() {
				_, err := c.Get(t.Context(), "call-1")
				done <- err
			}()
		}
		for range 4 {
			require.NoError(t, <-done)
		}
		arrived := srv.Requests()
		for i := range arrived[1:] {
			require.GreaterOrEqual(t, arrived[i+1].At.Sub(arrived[i].At), 5*time.Second)
		}
	})
}

func TestClient_WaitsWithoutAHint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(1)
		srv.Inject(transporttest.Fault{Status: 429})
		start := time.Now()
		_, err := newClient(t, srv, nil, transport.WithLimiters()).Get(t.Context(), "call-1")
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(start), 2*time.Second)
	})
}

func TestClient_Get(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(45)
		var want []string
		for _, call := range srv.Calls() {
			want = append(want, call.ID)
		}
		c := newClient(t, srv, nil)
		got, err := c.Get(t.Context(), append([]string{"nobody"}, want...)...)
		require.NoError(t, err)
		require.Equal(t, srv.Calls(), got)
		require.Len(t, srv.Requests(), 3)

		_, err = c.Get(t.Context(), "a", "")
		require.ErrorContains(t, err, "ids holds an empty id")
		none, err := c.Get(t.Context())
		require.NoError(t, err)
		require.Empty(t, none)

		tooMany := newClient(t, srv, func(cfg *callyzer.Config) { cfg.GetBatch = 21 })
		_, err = tooMany.Get(t.Context(), want...)
		require.ErrorIs(t, err, transport.ErrInvalid)

		time.Sleep(2 * time.Second) // fake time: the two clients do not share a limiter
		n := 0
		srv.Inject(transporttest.Fault{Match: func(*http.Request) bool { n++; return n == 2 }, Status: 401})
		got, err = c.Get(t.Context(), want...)
		require.ErrorIs(t, err, transport.ErrAuth)
		require.Len(t, got, 20, "the batch before the failure")
	})
}

func TestClient_Employees(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(0)
		for _, post := range []bool{false, true} {
			c := newClient(t, srv, func(cfg *callyzer.Config) { cfg.EmployeesByPost = post })
			var got []callyzer.Employee
			for e, err := range c.Employees(t.Context(), callyzer.EmployeeParams{PageSize: 1}) {
				require.NoError(t, err)
				got = append(got, e)
			}
			require.Equal(t, []callyzer.Employee{ada, ben}, got)
			time.Sleep(2 * time.Second) // fake time: the two clients do not share a limiter
		}
		require.Equal(t, []string{"GET", "GET", "POST", "POST"}, methods(srv))
		c := newClient(t, srv, nil)
		page, err := c.ListEmployees(t.Context(), callyzer.EmployeeParams{Tags: []string{"sales"}})
		require.NoError(t, err)
		require.Equal(t, callyzer.EmployeePage{Employees: []callyzer.Employee{ada}, Total: 1}, page)
		_, err = c.ListEmployees(t.Context(), callyzer.EmployeeParams{PageSize: 101})
		require.ErrorContains(t, err, "PageSize is 101")
		srv.Expire()
		for _, err := range c.Employees(t.Context(), callyzer.EmployeeParams{}) {
			require.ErrorIs(t, err, callyzer.ErrSubscription)
		}
	})
}

func methods(srv *callyzertest.Server) []string {
	var all []string
	for _, r := range srv.Requests() {
		all = append(all, r.Method)
	}
	return all
}

func TestClient_Summaries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(3)
		srv.AddCall(time.Now(), callyzer.Call{EmployeeNumber: ben.Number, Type: callyzer.Outgoing, Duration: time.Minute})
		c := newClient(t, srv, nil)
		totals, err := c.Summary(t.Context(), lastDays(1))
		require.NoError(t, err)
		require.Equal(t, callyzer.Totals{
			Calls: 4, Incoming: 3, Outgoing: 1, Duration: 63 * time.Second, IncomingDuration: 3 * time.Second,
			OutgoingDuration: time.Minute, Connected: 3, UniqueClients: 4,
		}, totals)
		require.NotContains(t, string(srv.Requests()[0].Body), "page_no")

		p := lastDays(1)
		p.PageSize = 1
		var got []callyzer.EmployeeSummary
		for s, err := range c.EmployeeSummaries(t.Context(), p) {
			require.NoError(t, err)
			got = append(got, s)
		}
		require.Len(t, got, 2)
		require.Equal(t, "Ada", got[0].Name)
		require.Equal(t, 3, got[0].Totals.Incoming)
		require.Equal(t, time.Second, got[0].AverageDuration)
		require.Equal(t, "call-4", got[1].LastCall.ID)
		_, err = c.ListEmployeeSummaries(t.Context(), lastDays(200))
		require.ErrorContains(t, err, "CallTo is more than 179 days")
	})
}

func TestResults_DecodeTolerantly(t *testing.T) {
	t.Parallel()
	var totals callyzer.Totals
	require.NoError(t, json.Unmarshal([]byte(`{"total_calls":"4","total_missed_calls":1.0,"total_duration":"00:01:03",
		"total_working_hours":"08:30:00","total_unique_clients":null,"total_incoming_calls":"many"}`), &totals))
	require.Equal(t, callyzer.Totals{
		Calls: 4, Missed: 1, Duration: 63 * time.Second, WorkingHours: 8*time.Hour + 30*time.Minute,
	}, totals)
	var e callyzer.Employee
	require.NoError(t, json.Unmarshal([]byte(`{"emp_name":"Ada","emp_number":600100200,"is_lead_active":"true",
		"is_call_recording_active":1,"device_details":null,"app_settings":{"a":1}}`), &e))
	require.Equal(t, callyzer.Employee{
		Name: "Ada", Number: "600100200", LeadActive: true, RecordingActive: true,
		Extra: map[string]json.RawMessage{"app_settings": json.RawMessage(`{"a":1}`)},
	}, e)
	for _, v := range []json.Unmarshaler{new(callyzer.Totals), new(callyzer.Employee), new(callyzer.EmployeeSummary), new(callyzer.Removal)} {
		require.Error(t, json.Unmarshal([]byte(`[]`), v))
	}
}

func TestClient_RemoveRecordings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(1)
		srv.AttachRecording("call-1", "https://media.test/1.mp3")
		srv.Inject(transporttest.Fault{Reset: true, After: true}, transporttest.Fault{Status: 500, After: true})
		c := newClient(t, srv, nil)
		got, err := c.RemoveRecordings(t.Context(), "call-1", "call-9")
		require.NoError(t, err)
		require.Equal(t, []callyzer.Removal{
			{ID: "call-1", Status: "success", Message: "Removed"}, {ID: "call-9", Status: "failed", Message: "Call not found"},
		}, got)
		require.Equal(t, []string{"call-1"}, srv.Removed())
		require.Len(t, srv.Requests(), 3)
		require.Empty(t, srv.Calls()[0].RecordingURL)
		for _, none := range [][]string{nil, {""}} {
			_, err = c.RemoveRecordings(t.Context(), none...)
			require.ErrorIs(t, err, transport.ErrInvalid)
		}
		srv.Inject(transporttest.Fault{Stall: time.Hour, After: true, Times: -1})
		_, err = c.RemoveRecordings(t.Context(), "call-1")
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	})
}

func TestClient_RemoveRecordings_Faults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		fault    transporttest.Fault
		outcome  transport.Outcome
		requests int
		removed  int
	}{
		{"refused dial", transporttest.Fault{Refuse: true}, transport.Done, 1, 1},
		{"refused for good", transporttest.Fault{Refuse: true, Times: -1}, transport.NotSent, 0, 0},
		{"reset before", transporttest.Fault{Reset: true}, transport.Done, 2, 1},
		{"reset before, for good", transporttest.Fault{Reset: true, Times: -1}, transport.Unknown, 4, 0},
		{"reset after", transporttest.Fault{Reset: true, After: true}, transport.Done, 2, 1},
		{"stall after", transporttest.Fault{Stall: time.Hour, After: true}, transport.Done, 2, 1},
		{"429 with a hint", transporttest.Fault{Status: 429, Header: http.Header{"Retry-After": {"3"}}}, transport.Done, 2, 1},
		{"500 after", transporttest.Fault{Status: 500, After: true, Body: "<html>"}, transport.Done, 2, 1},
		{"400", transporttest.Fault{Status: 400, Body: `{"message":"no"}`}, transport.Rejected, 1, 0},
		{"403", transporttest.Fault{Status: 403}, transport.Rejected, 1, 0},
		{"empty", transporttest.Fault{Status: 200, After: true}, transport.Done, 1, 1},
		{"a page", transporttest.Fault{Status: 200, After: true, Body: "<html>"}, transport.Done, 1, 1},
		{"wrong shape", transporttest.Fault{Status: 200, After: true, Body: `{"result":7}`}, transport.Done, 1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := account(1)
				srv.Inject(tc.fault)
				_, err := newClient(t, srv, nil).RemoveRecordings(t.Context(), "call-1")
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Len(t, srv.Requests(), tc.requests)
				require.Len(t, srv.Removed(), tc.removed)
			})
		})
	}
}

func TestClient_TokenFunc(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(1)
		token := "the-wrong-token"
		c := newClient(t, srv, func(cfg *callyzer.Config) {
			cfg.Token, cfg.TokenFunc = "", func(context.Context) (string, error) { return token, nil }
		})
		_, err := c.Get(t.Context(), "call-1")
		require.ErrorIs(t, err, transport.ErrAuth)
		token = callyzertest.Token
		_, err = c.Get(t.Context(), "call-1")
		require.NoError(t, err)
	})
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*callyzer.Config){
		"Token is empty":   func(c *callyzer.Config) { c.Token = "" },
		"TokenFunc is set": func(c *callyzer.Config) { c.TokenFunc = transport.StaticCredential("x") },
		"GetBatch is":      func(c *callyzer.Config) { c.GetBatch = -1 },
		"BaseURL would":    func(c *callyzer.Config) { c.BaseURL = "http://callyzer.example" },
	} {
		cfg := config()
		change(&cfg)
		_, err := callyzer.New(cfg)
		require.ErrorIs(t, err, transport.ErrInvalid)
		require.ErrorContains(t, err, want)
	}
}

func TestConfigAndClient_PrintNoSecret(t *testing.T) {
	t.Parallel()
	c, err := callyzer.New(config())
	require.NoError(t, err)
	for _, v := range []any{config(), new(config()), c} {
		b, err := json.Marshal(v)
		require.NoError(t, err)
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		out := fmt.Sprintf("%v %+v %#v %s %q %d", v, v, v, v, v, v) + string(b) + log.String()
		require.NotContains(t, out, callyzertest.Token)
		require.Contains(t, out, callyzertest.URL)
	}
}

// The same over a real connection, where a GET with a body must arrive too.
func TestClient_OverTCP(t *testing.T) {
	t.Parallel()
	srv := callyzertest.New(callyzertest.Config{Unlimited: true, Employees: []callyzer.Employee{ada, ben}})
	base, stop, err := srv.Start()
	require.NoError(t, err)
	defer stop()
	c, err := callyzer.New(callyzer.Config{Token: callyzertest.Token, BaseURL: callyzertest.BaseURL(base)}, transport.WithLimiters())
	require.NoError(t, err)
	page, err := c.ListEmployees(t.Context(), callyzer.EmployeeParams{Codes: []string{ada.Code}})
	require.NoError(t, err)
	require.Equal(t, []callyzer.Employee{ada}, page.Employees)
	calls, err := c.Get(t.Context(), srv.AddCall(time.Now(), callyzer.Call{EmployeeNumber: ada.Number}).ID)
	require.NoError(t, err)
	require.Len(t, calls, 1)
}

// Without a limiter the account's limit is met, and kept to.
func TestClient_WithoutLimiters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(1)
		c := newClient(t, srv, nil, transport.WithLimiters())
		start := time.Now()
		for range 3 {
			_, err := c.Get(t.Context(), "call-1")
			require.NoError(t, err)
		}
		require.Len(t, srv.Requests(), 5, "the second and third were answered 429 once")
		require.GreaterOrEqual(t, time.Since(start), 4*time.Second)
	})
}
