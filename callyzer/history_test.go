package callyzer_test

import (
	"encoding/json"
	"iter"
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

// A range of when Callyzer learned of calls is split like one of calls.
func TestClient_History_SplitsSyncedRanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(0)
		from := time.Now()
		for range 4 { // one every 100 days
			srv.AddCall(time.Now(), callyzer.Call{EmployeeNumber: ada.Number})
			time.Sleep(100 * 24 * time.Hour) // fake time
		}
		got := ids(t, newClient(t, srv, nil).History(t.Context(), callyzer.CallParams{SyncedFrom: from}))
		require.Equal(t, []string{"call-1", "call-2", "call-3", "call-4"}, got)
		require.Len(t, srv.Requests(), 3)
	})
}

// A total that promises more than there is does not keep us for ever.
func TestClient_History_WrongTotal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(0)
		srv.Inject(transporttest.Fault{Status: 200, Body: `{"result":[],"message":"Success","total_records":500,"page_no":1,"page_size":100}`})
		require.Empty(t, ids(t, newClient(t, srv, nil).History(t.Context(), lastDays(1))))
		require.Len(t, srv.Requests(), 1)
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
		before := len(srv.Requests())
		for range c.History(t.Context(), p) {
			break
		}
		require.Len(t, srv.Requests(), before+1, "a break ends all passes")
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
		p.PageSize, p.Channels = 10, callyzer.AllChannels() // of which only the first is asked for
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
