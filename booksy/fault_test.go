package booksy_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/booksy"
	"github.com/centrala-go/centrala/booksy/booksytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

const (
	done, notSent     = transport.Done, transport.NotSent
	rejected, unknown = transport.Rejected, transport.Unknown
)

var (
	refusedDial = transporttest.Fault{Refuse: true}
	resetBefore = transporttest.Fault{Reset: true}
	resetAfter  = transporttest.Fault{Reset: true, After: true}
	stallAfter  = transporttest.Fault{Stall: time.Hour, After: true}
	throttled   = transporttest.Fault{Status: 429, Header: http.Header{"Retry-After": {"3"}}}
	broken      = transporttest.Fault{Status: 500, Body: `{"detail":"boom"}`}
	brokenAfter = transporttest.Fault{Status: 502, After: true, Body: "<html>bad gateway</html>"}
	busy        = transporttest.Fault{Status: 503, Header: http.Header{"Retry-After": {"1"}}}
	htmlAfter   = transporttest.Fault{Status: 200, After: true, Body: "<html>welcome</html>"}
	emptyAfter  = transporttest.Fault{Status: 201, After: true}
	noIDAfter   = transporttest.Fault{Status: 201, After: true, Body: `{"date":"2026-11-23"}`}
	cutAfter    = transporttest.Fault{Status: 201, After: true, Body: `{"id":"10`}
	hugeAfter   = transporttest.Fault{Status: 201, After: true, Body: strings.Repeat("x", 11<<20)}
	redirected  = transporttest.Fault{Status: 302, Header: http.Header{"Location": {"https://booksy.com/"}}}
)

func TestClient_Create_Faults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		fault   transporttest.Fault
		once    transport.Outcome // without a list route
		booked  int
		settled transport.Outcome // with one
		booked2 int
	}{
		{"refused dial", refusedDial, done, 1, done, 1},
		{"reset before the effect", resetBefore, unknown, 0, done, 1},
		{"reset after the effect", resetAfter, unknown, 1, done, 1},
		{"stall after the effect", stallAfter, unknown, 1, done, 1},
		{"429 with a hint", throttled, done, 1, done, 1},
		{"500", broken, unknown, 0, done, 1},
		{"502 after the effect", brokenAfter, unknown, 1, done, 1},
		{"503 with a hint", busy, unknown, 0, done, 1},
		{"a page", htmlAfter, unknown, 1, done, 1},
		{"empty body", emptyAfter, unknown, 1, done, 1},
		{"no id", noIDAfter, unknown, 1, done, 1},
		{"cut body", cutAfter, unknown, 1, done, 1},
		{"huge body", hugeAfter, unknown, 1, done, 1},
		{"redirect", redirected, rejected, 0, rejected, 0},
		{"422", transporttest.Fault{Status: 422, Body: `{"description":"no"}`}, rejected, 0, rejected, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, guide)
				b.srv.Inject(tc.fault)
				_, err := b.c.Create(t.Context(), jan)
				require.Equal(t, tc.once, transport.OutcomeOf(err), "%v", err)
				require.Len(t, b.srv.Appointments(), tc.booked)

				b = setup(t, listed)
				b.srv.Inject(tc.fault)
				a, err := b.c.Create(t.Context(), jan)
				require.Equal(t, tc.settled, transport.OutcomeOf(err), "%v", err)
				require.Len(t, b.srv.Appointments(), tc.booked2)
				if err == nil {
					require.Equal(t, "1001", a.ID)
					require.Equal(t, jan.Time, a.Time)
				}
			})
		})
	}
}

// The vendor goes on working on a request whose connection died, and books
// only after both look-ups.
func TestClient_Create_SlowVendor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, listed)
		b.srv.Inject(resetBefore, transporttest.Fault{Match: transporttest.MethodIs("POST"), Stall: time.Second})
		time.AfterFunc(15500*time.Millisecond, func() {
			_, _ = b.srv.Book(booksytest.Appointment{
				Date: jan.Date, Time: jan.Time, ServiceID: jan.ServiceID, StaffID: jan.StaffID, CustomerPhone: jan.CustomerPhone,
			})
		})
		a, err := b.c.Create(t.Context(), jan)
		require.NoError(t, err, "the slot is taken by ourselves")
		require.Equal(t, "1001", a.ID)
		require.Len(t, b.srv.Appointments(), 1)
	})
}

func TestClient_Create_LookUpFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]transporttest.Fault{
		"down":               {Match: transporttest.MethodIs("GET"), Status: 500, Times: -1},
		"not a list":         {Match: transporttest.MethodIs("GET"), Status: 200, Body: `{}`, Times: -1},
		"without the phone":  {Match: transporttest.MethodIs("GET"), Status: 200, Body: `{"appointments":[{"id":1,"date":"2026-11-23","time":"10:00","service_id":"svc-1","staff_id":"staff-1"}]}`, Times: -1},
		"without service id": {Match: transporttest.MethodIs("GET"), Status: 200, Body: `{"appointments":[{"id":1,"date":"2026-11-23","time":"10:00","customer_phone":"48600100200"}]}`, Times: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, listed)
				b.srv.Inject(resetAfter, fault)
				_, err := b.c.Create(t.Context(), jan)
				require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
				require.Len(t, b.srv.Appointments(), 1)
			})
		})
	}
}

// A look-up after a 409 that fails leaves it open whose booking is in the way.
func TestClient_Create_ConflictUnsettled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, listed)
		looks := 0
		post := transporttest.MethodIs("POST")
		b.srv.Inject(
			transporttest.Fault{Match: post, Reset: true},
			transporttest.Fault{Match: post, Status: 409},
			transporttest.Fault{Match: func(r *http.Request) bool {
				if r.Method == http.MethodGet {
					looks++
				}
				return looks > 2
			}, Status: 500, Times: -1},
		)
		_, err := b.c.Create(t.Context(), jan)
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.ErrorIs(t, err, transport.ErrConflict)
		require.NotErrorIs(t, err, booksy.ErrSlotTaken)
	})
}

// A killed process may have booked: the next one finds it without booking.
func TestClient_Create_MaybeSent(t *testing.T) {
	t.Parallel()
	again := jan
	again.MaybeSent = true
	ours := booksytest.Appointment{
		Date: jan.Date, Time: jan.Time, ServiceID: jan.ServiceID, StaffID: jan.StaffID, CustomerPhone: jan.CustomerPhone,
	}
	t.Run("it was", func(t *testing.T) {
		t.Parallel()
		b := setup(t, listed)
		_, err := b.c.Create(t.Context(), jan)
		require.NoError(t, err)
		a, err := b.c.Create(t.Context(), again)
		require.NoError(t, err)
		require.Equal(t, "1001", a.ID)
		require.Len(t, b.srv.Requests(), 2)
		require.Equal(t, http.MethodGet, b.srv.Requests()[1].Method)
	})
	t.Run("it was not", func(t *testing.T) {
		t.Parallel()
		b := setup(t, listed)
		a, err := b.c.Create(t.Context(), again)
		require.NoError(t, err)
		require.Equal(t, "1001", a.ID)
	})
	t.Run("the vendor is only getting there", func(t *testing.T) {
		t.Parallel()
		b := setup(t, listed)
		b.srv.Inject(transporttest.Fault{Status: 409, Match: func(r *http.Request) bool {
			if r.Method != http.MethodPost {
				return false
			}
			_, err := b.srv.Book(ours)
			return err == nil
		}})
		a, err := b.c.Create(t.Context(), again)
		require.NoError(t, err)
		require.Equal(t, "1001", a.ID)
	})
	t.Run("somebody else has the slot", func(t *testing.T) {
		t.Parallel()
		b := setup(t, listed)
		other := ours
		other.CustomerPhone = "+48700200300"
		_, err := b.srv.Book(other)
		require.NoError(t, err)
		_, err = b.c.Create(t.Context(), again)
		require.ErrorIs(t, err, booksy.ErrSlotTaken)
	})
	t.Run("nobody can tell", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := setup(t, listed)
			b.srv.Inject(transporttest.Fault{Status: 500, Times: -1})
			_, err := b.c.Create(t.Context(), again)
			require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
			require.Empty(t, b.srv.Appointments())
		})
	})
	t.Run("there is no list", func(t *testing.T) {
		t.Parallel()
		b := setup(t, guide)
		_, err := b.c.Create(t.Context(), again)
		require.ErrorContains(t, err, "Endpoints.List is not configured")
		require.Empty(t, b.srv.Requests())
	})
}

func TestClient_Create_TakenByAnotherAfterDoubt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, listed)
		b.srv.Inject(resetBefore)
		_, err := b.srv.Book(booksytest.Appointment{Date: jan.Date, Time: jan.Time, ServiceID: "svc-1", StaffID: "staff-1", CustomerPhone: "+48700200300"})
		require.NoError(t, err)
		_, err = b.c.Create(t.Context(), jan)
		require.ErrorIs(t, err, booksy.ErrSlotTaken)
		require.Len(t, b.srv.Appointments(), 1)
	})
}

func TestClient_Cancel_Faults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		faults []transporttest.Fault
		want   transport.Outcome
		left   int
	}{
		"reset after, then not found": {[]transporttest.Fault{resetAfter}, done, 0},
		"500 after, then gone": {[]transporttest.Fault{
			{Status: 500, After: true}, {Status: http.StatusGone},
		}, done, 0},
		"reset before":    {[]transporttest.Fault{resetBefore}, done, 0},
		"refused dial":    {[]transporttest.Fault{refusedDial}, done, 0},
		"429":             {[]transporttest.Fault{throttled}, done, 0},
		"stall after":     {[]transporttest.Fault{stallAfter}, done, 0},
		"a page, then ok": {[]transporttest.Fault{{Status: 200, Body: "<html>"}}, done, 0},
		"not found":       {[]transporttest.Fault{{Status: 404}}, rejected, 1},
		"always down":     {[]transporttest.Fault{{Status: 500, Times: -1}}, unknown, 1},
		"never reached":   {[]transporttest.Fault{{Refuse: true, Times: -1}}, notSent, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, guide)
				a, err := b.c.Create(t.Context(), jan)
				require.NoError(t, err)
				b.srv.Inject(tc.faults...)
				err = b.c.Cancel(t.Context(), a.ID)
				require.Equal(t, tc.want, transport.OutcomeOf(err), "%v", err)
				require.Equal(t, tc.left, standing(b.srv.Appointments()))
			})
		})
	}
}

func TestClient_Reschedule_Faults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		faults []transporttest.Fault
		want   transport.Outcome
		at     string
	}{
		"reset after":           {[]transporttest.Fault{resetAfter}, done, "12:00"},
		"reset before":          {[]transporttest.Fault{resetBefore}, done, "12:00"},
		"500":                   {[]transporttest.Fault{broken}, done, "12:00"},
		"refused dial":          {[]transporttest.Fault{refusedDial}, done, "12:00"},
		"stall after":           {[]transporttest.Fault{stallAfter}, done, "12:00"},
		"429":                   {[]transporttest.Fault{throttled}, done, "12:00"},
		"empty success":         {[]transporttest.Fault{{Status: 204, After: true}}, done, "12:00"},
		"odd success":           {[]transporttest.Fault{{Status: 200, After: true, Body: `["ok"]`}}, done, "12:00"},
		"page, then success":    {[]transporttest.Fault{htmlAfter}, done, "12:00"},
		"conflict after doubt":  {[]transporttest.Fault{resetAfter, {Status: 409}}, unknown, "12:00"},
		"not found after doubt": {[]transporttest.Fault{resetBefore, {Status: 404}}, unknown, "10:00"},
		"conflict":              {[]transporttest.Fault{{Status: 409}}, rejected, "10:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, guide)
				a, err := b.c.Create(t.Context(), jan)
				require.NoError(t, err)
				b.srv.Inject(tc.faults...)
				_, err = b.c.Reschedule(t.Context(), booksy.RescheduleRequest{ID: a.ID, Date: jan.Date, Time: "12:00"})
				require.Equal(t, tc.want, transport.OutcomeOf(err), "%v", err)
				require.Equal(t, tc.at, b.srv.Appointments()[0].Time)
				if tc.want == unknown {
					require.NotErrorIs(t, err, booksy.ErrSlotTaken, "the slot may be ours")
				}
			})
		})
	}
}

func TestClient_Availability_Faults(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]transporttest.Fault{
		"refused dial": refusedDial, "reset": resetAfter, "stall": stallAfter, "429": throttled,
		"500": broken, "503": busy, "a page": {Status: 200, Body: "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, guide)
				b.srv.Inject(f)
				slots, err := b.c.Availability(t.Context(), booksy.AvailabilityParams{Date: jan.Date, ServiceID: "svc-1", StaffID: "staff-1"})
				require.NoError(t, err)
				require.Len(t, slots, 16)
			})
		})
	}
}

func TestClient_Availability_Malformed(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty": "", "null": "null", "no list": `{}`, "a text": `{"available_slots":"10:00"}`,
		"a number": `{"available_slots":[10]}`, "null slot": `{"available_slots":[null]}`, "array": `[]`,
	} {
		b := setup(t, guide)
		b.srv.Inject(transporttest.Fault{Status: 200, Body: body})
		_, err := b.c.Availability(t.Context(), booksy.AvailabilityParams{Date: jan.Date, ServiceID: "svc-1", StaffID: "staff-1"})
		require.Error(t, err, name)
		require.ErrorIs(t, err, transport.ErrUnavailable, name)
		require.Equal(t, rejected, transport.OutcomeOf(err), name)
	}
}

func TestClient_Create_Deadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, listed)
		b.srv.Inject(resetBefore)
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		start := time.Now()
		_, err := b.c.Create(ctx, jan)
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.Zero(t, time.Since(start), "a settle time beyond the deadline is not waited for")
	})
}
