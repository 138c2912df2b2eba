package callyzer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
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

func ids(t *testing.T, seq iter.Seq2[callyzer.Call, error]) []string {
	t.Helper()
	var got []string
	for call, err := range seq {
		require.NoError(t, err)
		got = append(got, call.ID)
	}
	return got
}

func lastDays(n int) callyzer.CallParams {
	return callyzer.CallParams{CallFrom: time.Now().AddDate(0, 0, -n)}
}

func TestClient_History_Pages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(250)
		c := newClient(t, srv, nil)
		start := time.Now()
		calls := c.History(t.Context(), lastDays(1))
		require.Len(t, ids(t, calls), 250)
		require.Len(t, srv.Requests(), 3)
		require.GreaterOrEqual(t, time.Since(start), 4*time.Second)
		require.Less(t, time.Since(start), 5*time.Second)
		require.Len(t, ids(t, calls), 250, "the sequence can be ranged over again")
		for range calls {
			break
		}
		require.Len(t, srv.Requests(), 7, "a break fetches no further page")
	})
}

func TestClient_History_FullLastPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(20)
		p := lastDays(1)
		p.PageSize = 10
		require.Len(t, ids(t, newClient(t, srv, nil).History(t.Context(), p)), 20)
		require.Len(t, srv.Requests(), 2)
	})
}

func TestClient_History_WithoutTotals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(0)
		page := func(ids ...string) transporttest.Fault {
			rows := `[{"id":"` + strings.Join(ids, `"},{"id":"`) + `"}]`
			if len(ids) == 0 {
				rows = "null"
			}
			return transporttest.Fault{Status: 200, Body: `{"result":` + rows + `,"message":"Success"}`}
		}
		p := lastDays(1)
		p.PageSize = 2
		c := newClient(t, srv, nil)
		srv.Inject(page("1", "2"), page("3"))
		require.Equal(t, []string{"1", "2", "3"}, ids(t, c.History(t.Context(), p)))
		srv.Inject(page("1", "2"), page("2", "3"), page())
		require.Equal(t, []string{"1", "2", "3"}, ids(t, c.History(t.Context(), p)), "a row that moved to the next page comes once")
		srv.Inject(transporttest.Fault{Status: 200, Body: `{"result":[{"id":1}],"page_size":"1"}`}, page())
		require.Equal(t, []string{"1"}, ids(t, c.History(t.Context(), p)), "the server's page size counts")
		require.Len(t, srv.Requests(), 7)
	})
}

func TestClient_History_SplitsLongRanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(0)
		from := time.Now().AddDate(-1, 0, 0)
		edge := from.Add(179 * 24 * time.Hour)
		for _, at := range []time.Time{from, edge.Add(-time.Second), edge, edge.Add(time.Second), time.Now()} {
			srv.AddCall(at, callyzer.Call{EmployeeNumber: ada.Number})
		}
		c := newClient(t, srv, nil)
		got := ids(t, c.History(t.Context(), callyzer.CallParams{CallFrom: from}))
		require.Equal(t, []string{"call-1", "call-2", "call-3", "call-4", "call-5"}, got)
		require.Len(t, srv.Requests(), 3)
		var first, second struct{ From, To int64 }
		for i, into := range []*struct{ From, To int64 }{&first, &second} {
			var q map[string]any
			require.NoError(t, json.Unmarshal(srv.Requests()[i].Body, &q))
			into.From, into.To = int64(q["call_from"].(float64)), int64(q["call_to"].(float64))
		}
		require.Equal(t, first.To, second.From, "whether an end belongs to its range is not documented")
		_, err := c.ListHistory(t.Context(), callyzer.CallParams{CallFrom: from})
		require.ErrorContains(t, err, "CallTo is more than 179 days after CallFrom")
		require.Len(t, srv.Requests(), 3)
	})
}

func TestClient_History_Channels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := callyzertest.New(callyzertest.Config{RequireChannel: true, Employees: []callyzer.Employee{ada}})
		for _, ch := range callyzer.AllChannels() {
			srv.AddCall(time.Now(), callyzer.Call{EmployeeNumber: ada.Number, Channel: ch})
		}
		c := newClient(t, srv, nil)
		p := lastDays(1)
		require.Equal(t, []string{"call-1"}, ids(t, c.History(t.Context(), p)))
		p.Channels = callyzer.AllChannels()
		require.Equal(t, []string{"call-1", "call-2", "call-3"}, ids(t, c.History(t.Context(), p)))
		_, err := c.ListHistory(t.Context(), p)
		require.ErrorContains(t, err, "Channels holds 3")
		p.Channels = []callyzer.Channel{{}}
		_, err = c.ListHistory(t.Context(), p)
		require.ErrorContains(t, err, "call_method and call_mode are required")
		omitting := newClient(t, srv, func(cfg *callyzer.Config) { cfg.OmitChannel = true })
		_, err = omitting.ListHistory(t.Context(), lastDays(1))
		require.ErrorContains(t, err, "call_method and call_mode are required")
	})
}

func TestClient_History_Query(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(0)
		from := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		time.Sleep(time.Until(from.Add(time.Hour))) // fake time
		_, err := newClient(t, srv, nil).ListHistory(t.Context(), callyzer.CallParams{
			SyncedFrom: from, SyncedTo: from.Add(time.Hour), Types: []callyzer.CallType{callyzer.Missed},
			LongerThan: time.Minute, ShorterThan: time.Hour, EmployeeNumbers: []string{"48-600100200"},
			EmployeeTags: []string{"sales"}, ClientNumbers: []string{"1"}, Channels: []callyzer.Channel{callyzer.WhatsAppVideo()},
			Page: 2, PageSize: 50,
		})
		require.NoError(t, err)
		require.JSONEq(t, `{"synced_from":946684800,"synced_to":946688400,"call_types":["Missed"],
			"duration_grt_than":60,"duration_les_than":3600,"emp_numbers":["48-600100200"],"emp_tags":["sales"],
			"client_numbers":["1"],"is_exclude_numbers":true,"call_method":"WhatsAppCall","call_mode":"Video",
			"page_no":2,"page_size":50}`, string(srv.Requests()[0].Body))
	})
}

func TestClient_History_Filters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(3)
		srv.AddCall(time.Now(), callyzer.Call{EmployeeNumber: ben.Number, Type: callyzer.Missed})
		c := newClient(t, srv, nil)
		for name, change := range map[string]func(*callyzer.CallParams){
			"call-4":        func(p *callyzer.CallParams) { p.Types = []callyzer.CallType{callyzer.Missed} },
			"call-4 ":       func(p *callyzer.CallParams) { p.EmployeeNumbers = []string{"48-600100300"} },
			"call-3":        func(p *callyzer.CallParams) { p.LongerThan = time.Second },
			"call-1 call-4": func(p *callyzer.CallParams) { p.ShorterThan = time.Second },
			"call-2":        func(p *callyzer.CallParams) { p.ClientNumbers = []string{"500000001"} },
			"":              func(p *callyzer.CallParams) { p.SyncedFrom, p.SyncedTo = time.Unix(1, 0), time.Unix(2, 0) },
		} {
			p := lastDays(1)
			change(&p)
			require.Equal(t, strings.TrimSpace(name), strings.Join(ids(t, c.History(t.Context(), p)), " "))
		}
	})
}

func TestClient_History_RefusesLocally(t *testing.T) {
	t.Parallel()
	srv := account(0)
	c := newClient(t, srv, nil)
	now := time.Now()
	for want, p := range map[string]callyzer.CallParams{
		"CallFrom is zero":       {},
		"CallFrom is zero, but":  {CallTo: now},
		"CallTo lies before":     {CallFrom: now, CallTo: now.Add(-1)},
		"SyncedTo lies before":   {SyncedFrom: now, SyncedTo: now.Add(-1)},
		"PageSize is 101":        {CallFrom: now, PageSize: 101},
		"LongerThan or":          {CallFrom: now, LongerThan: -1},
		"Types holds an unknown": {CallFrom: now, Types: []callyzer.CallType{"Lost"}},
	} {
		for _, err := range c.History(t.Context(), p) {
			require.ErrorContains(t, err, want)
			require.ErrorIs(t, err, transport.ErrInvalid)
			require.Equal(t, transport.NotSent, transport.OutcomeOf(err))
		}
		_, err := c.Summary(t.Context(), p)
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, srv.Requests())
}

func TestClient_History_ErrorComesLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(15)
		p := lastDays(1)
		p.PageSize = 10
		calls, failures := 0, 0
		for _, err := range newClient(t, srv, nil).History(t.Context(), p) {
			if err == nil {
				calls++
				srv.Expire()
				continue
			}
			failures++
			require.ErrorIs(t, err, callyzer.ErrSubscription)
			require.ErrorIs(t, err, transport.ErrAuth)
		}
		require.Equal(t, []int{10, 1}, []int{calls, failures})
	})
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

func TestClient_OverTCP(t *testing.T) {
	t.Parallel()
	srv := account(1)
	base, stop, err := srv.Start()
	require.NoError(t, err)
	defer stop()
	c, err := callyzer.New(callyzer.Config{Token: callyzertest.Token, BaseURL: callyzertest.BaseURL(base)}, transport.WithLimiters())
	require.NoError(t, err)
	page, err := c.ListEmployees(t.Context(), callyzer.EmployeeParams{})
	require.NoError(t, err, "a GET with a body arrives")
	require.Len(t, page.Employees, 2)
	_, err = c.Get(t.Context(), "call-1")
	require.NoError(t, err)
	requests := len(srv.Requests())
	require.Greater(t, requests, 2, "without a limiter the account's limit is met")
}
