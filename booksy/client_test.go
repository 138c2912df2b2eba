package booksy_test

import (
	"context"
	"errors"
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

// bundle is a client in front of a fake.
type bundle struct {
	srv *booksytest.Server
	c   *booksy.Client
}

// setup gives the client the fake's list route, if it has one.
func setup(t *testing.T, fake booksytest.Config, opts ...transport.Option) bundle {
	t.Helper()
	srv := booksytest.New(fake)
	cfg := booksy.Config{APIKey: booksytest.Key, BaseURL: booksytest.URL}
	cfg.Endpoints.List.PathTemplate = fake.ListPath
	c, err := booksy.New(cfg, append([]transport.Option{transport.WithTransport(srv.Transport())}, opts...)...)
	require.NoError(t, err)
	return bundle{srv, c}
}

var (
	guide  = booksytest.Config{}
	listed = booksytest.Config{ListPath: "/appointments"}
)

// jan is a valid booking; Polish letters travel as they are.
var jan = booksy.CreateRequest{
	CustomerName: "Żaneta Wójcik", CustomerEmail: "zaneta@example.com", CustomerPhone: "+48 600 100 200",
	Date: "2026-11-23", Time: "10:00", ServiceID: "svc-1", StaffID: "staff-1",
}

func standing(list []booksytest.Appointment) int {
	n := 0
	for _, a := range list {
		if a.Status == "booked" {
			n++
		}
	}
	return n
}

func TestClient_Availability(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string]booksytest.Config{
		"strings": {Opens: 9 * time.Hour, Closes: 11 * time.Hour},
		"objects": {Opens: 9 * time.Hour, Closes: 11 * time.Hour, ObjectSlots: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, fake)
			_, err := b.srv.Book(booksytest.Appointment{Date: "2026-11-23", Time: "09:30", ServiceID: "svc-1", StaffID: "staff-1"})
			require.NoError(t, err)
			slots, err := b.c.Availability(t.Context(), booksy.AvailabilityParams{Date: "2026-11-23", ServiceID: "svc-1", StaffID: "staff-1"})
			require.NoError(t, err)
			require.Len(t, slots, 3)
			for i, want := range []string{"09:00", "10:00", "10:30"} {
				require.Equal(t, want, slots[i].Time)
				require.Equal(t, "2026-11-23", slots[i].Date)
				require.Equal(t, "staff-1", slots[i].StaffID)
			}
			q := b.srv.Requests()[0]
			require.Equal(t, "/api/v1/availability", q.URL.Path)
			require.Equal(t, "date=2026-11-23&service_id=svc-1&staff_id=staff-1", q.URL.RawQuery)
			require.Equal(t, "Bearer "+booksytest.Key, q.Header.Get("Authorization"))
		})
	}
}

func TestClient_Create(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string]booksytest.Config{"text ids": {}, "number ids": {NumberIDs: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, fake)
			a, err := b.c.Create(t.Context(), jan)
			require.NoError(t, err)
			require.Equal(t, booksy.Appointment{
				ID: "1001", Date: jan.Date, Time: jan.Time, ServiceID: "svc-1", ServiceName: "Konsultacja",
				StaffID: "staff-1", StaffName: "Anna Nowak", CustomerPhone: jan.CustomerPhone,
			}, a)
			require.Equal(t, jan.CustomerName, b.srv.Appointments()[0].CustomerName)
			require.JSONEq(t, `{"customer_name":"Żaneta Wójcik","customer_email":"zaneta@example.com","customer_phone":"+48 600 100 200",
				"date":"2026-11-23","time":"10:00","service_id":"svc-1","staff_id":"staff-1"}`, string(b.srv.Requests()[0].Body))
		})
	}
}

func TestClient_Create_TakenSlot(t *testing.T) {
	t.Parallel()
	b := setup(t, listed)
	_, err := b.c.Create(t.Context(), jan)
	require.NoError(t, err)
	other := jan
	other.CustomerPhone = "+48700200300"
	_, err = b.c.Create(t.Context(), other)
	require.ErrorIs(t, err, booksy.ErrSlotTaken)
	require.ErrorIs(t, err, transport.ErrConflict)
	require.Equal(t, transport.Rejected, transport.OutcomeOf(err))
	var e *booksy.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "slot_taken", e.Code)
	require.Equal(t, http.StatusConflict, e.Status)
	require.Equal(t, 1, standing(b.srv.Appointments()))
}

func TestClient_Reschedule(t *testing.T) {
	t.Parallel()
	b := setup(t, guide)
	a, err := b.c.Create(t.Context(), jan)
	require.NoError(t, err)
	moved, err := b.c.Reschedule(t.Context(), booksy.RescheduleRequest{ID: a.ID, Date: "2026-11-24", Time: "12:30"})
	require.NoError(t, err)
	require.Equal(t, "2026-11-24 12:30", moved.Date+" "+moved.Time)
	require.Equal(t, a.ID, moved.ID)
	require.Equal(t, "12:30", b.srv.Appointments()[0].Time)

	_, err = b.srv.Book(booksytest.Appointment{Date: "2026-11-25", Time: "10:00", ServiceID: "svc-1", StaffID: "staff-1"})
	require.NoError(t, err)
	_, err = b.c.Reschedule(t.Context(), booksy.RescheduleRequest{ID: a.ID, Date: "2026-11-25", Time: "10:00"})
	require.ErrorIs(t, err, booksy.ErrSlotTaken)
	_, err = b.c.Reschedule(t.Context(), booksy.RescheduleRequest{ID: "9", Date: "2026-11-25", Time: "11:00"})
	require.ErrorIs(t, err, transport.ErrNotFound)
}

func TestClient_Cancel(t *testing.T) {
	t.Parallel()
	b := setup(t, guide)
	a, err := b.c.Create(t.Context(), jan)
	require.NoError(t, err)
	require.NoError(t, b.c.Cancel(t.Context(), a.ID))
	require.Zero(t, standing(b.srv.Appointments()))
	err = b.c.Cancel(t.Context(), a.ID)
	require.ErrorIs(t, err, transport.ErrNotFound)
	require.Equal(t, transport.Rejected, transport.OutcomeOf(err))
	_, err = b.c.Create(t.Context(), jan)
	require.NoError(t, err, "a cancelled slot is free again")
}

func TestClient_IDsAreEscaped(t *testing.T) {
	t.Parallel()
	b := setup(t, guide)
	err := b.c.Cancel(t.Context(), "a/b?c#d%2f")
	require.ErrorIs(t, err, transport.ErrNotFound)
	require.Equal(t, "/api/v1/appointments/a%2Fb%3Fc%23d%252f", b.srv.Requests()[0].URL.EscapedPath())
}

func TestClient_WrongKey(t *testing.T) {
	t.Parallel()
	srv := booksytest.New(booksytest.Config{APIKey: "the-other-key"})
	c, err := booksy.New(booksy.Config{APIKey: "a-wrong-key", BaseURL: booksytest.URL}, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	_, err = c.Create(t.Context(), jan)
	require.ErrorIs(t, err, transport.ErrAuth)
	require.Empty(t, srv.Appointments())
}

func TestClient_KeyIsAskedPerAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := booksytest.New(guide)
		keys := []string{"an-older-key", booksytest.Key}
		next := func(context.Context) (string, error) {
			k := keys[0]
			keys = keys[1:]
			return k, nil
		}
		srv.Inject(throttled)
		c, err := booksy.New(booksy.Config{APIKeyFunc: next, BaseURL: booksytest.URL}, transport.WithTransport(srv.Transport()))
		require.NoError(t, err)
		_, err = c.Create(t.Context(), jan)
		require.NoError(t, err)
		require.Equal(t, "Bearer an-older-key", srv.Requests()[0].Header.Get("Authorization"))
	})
}

func TestClient_RefusesBadInput(t *testing.T) {
	t.Parallel()
	b := setup(t, guide)
	create := func(change func(*booksy.CreateRequest)) func() error {
		r := jan
		change(&r)
		return func() error { _, err := b.c.Create(t.Context(), r); return err }
	}
	for field, call := range map[string]func() error{
		"CustomerName":          create(func(r *booksy.CreateRequest) { r.CustomerName = "  " }),
		"CustomerEmail":         create(func(r *booksy.CreateRequest) { r.CustomerEmail = "Jan <jan@example.com>" }),
		"CustomerEmail is not":  create(func(r *booksy.CreateRequest) { r.CustomerEmail = strings.Repeat("a", 250) + "@example.com" }),
		"CustomerPhone":         create(func(r *booksy.CreateRequest) { r.CustomerPhone = "123456" }),
		"CustomerPhone is not":  create(func(r *booksy.CreateRequest) { r.CustomerPhone = "call 600100200" }),
		"Date":                  create(func(r *booksy.CreateRequest) { r.Date = "2026-02-30" }),
		"Date is not":           create(func(r *booksy.CreateRequest) { r.Date = "23.11.2026" }),
		"Time":                  create(func(r *booksy.CreateRequest) { r.Time = "9:30" }),
		"Time is not":           create(func(r *booksy.CreateRequest) { r.Time = "24:00" }),
		"ServiceID":             create(func(r *booksy.CreateRequest) { r.ServiceID = "" }),
		"StaffID":               create(func(r *booksy.CreateRequest) { r.StaffID = "" }),
		"StaffID holds":         create(func(r *booksy.CreateRequest) { r.StaffID = "1\n2" }),
		"booksy.cancel: id":     func() error { return b.c.Cancel(t.Context(), "") },
		"booksy.cancel: id is":  func() error { return b.c.Cancel(t.Context(), "..") },
		"booksy.reschedule: ID": func() error { _, err := b.c.Reschedule(t.Context(), booksy.RescheduleRequest{}); return err },
		"booksy.availability":   func() error { _, err := b.c.Availability(t.Context(), booksy.AvailabilityParams{}); return err },
		"Endpoints.List": func() error {
			_, _, err := b.c.FindAppointment(t.Context(), booksy.FindParams{Date: jan.Date, CustomerPhone: jan.CustomerPhone})
			return err
		},
	} {
		err := call()
		require.ErrorContains(t, err, field)
		require.ErrorIs(t, err, transport.ErrInvalid, field)
		require.ErrorIs(t, err, transport.ErrNotSent, field)
	}
	require.Empty(t, b.srv.Requests(), "nothing was sent")
}

func TestClient_PresetLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, booksytest.Config{PerMinute: 200})
		start := time.Now()
		for range 401 {
			_, err := b.c.Availability(t.Context(), booksy.AvailabilityParams{Date: jan.Date, ServiceID: "svc-1", StaffID: "staff-1"})
			require.NoError(t, err)
		}
		require.Equal(t, 2*time.Minute, time.Since(start))
		require.Len(t, b.srv.Requests(), 401, "no request was refused")
	})
}

func TestClient_Do(t *testing.T) {
	t.Parallel()
	b := setup(t, listed)
	resp, err := b.c.Do(t.Context(), transport.Op{Name: "booksy.raw", Safety: transport.Read},
		transport.Request{Path: "/appointments?date=2026-11-23"})
	require.NoError(t, err)
	require.JSONEq(t, `{"appointments":[]}`, string(resp.Body))
	_, err = b.c.Do(t.Context(), transport.Op{Name: "booksy.raw", Safety: transport.Read}, transport.Request{Path: "/nothing"})
	var e *booksy.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, http.StatusNotFound, e.Status)
}

func TestClient_OverTCP(t *testing.T) {
	t.Parallel()
	srv := booksytest.New(listed)
	base, stop, err := srv.Start()
	require.NoError(t, err)
	defer stop()
	c, err := booksy.New(booksy.Config{
		APIKey: booksytest.Key, BaseURL: base,
		Endpoints: booksy.Endpoints{List: booksy.Endpoint{PathTemplate: "/appointments"}},
		Settle:    time.Millisecond,
	})
	require.NoError(t, err)
	defer c.CloseIdleConnections()
	srv.Inject(transporttest.Fault{Reset: true, After: true})
	a, err := c.Create(t.Context(), jan)
	require.NoError(t, err)
	require.Equal(t, "1001", a.ID)
	require.NoError(t, c.Cancel(t.Context(), a.ID))
	require.Len(t, srv.Appointments(), 1)
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	fn := transport.StaticCredential("k")
	for field, cfg := range map[string]booksy.Config{
		"APIKey is empty":     {},
		"APIKey is set":       {APIKey: "k", APIKeyFunc: fn},
		"Settle":              {APIKey: "k", Settle: -1},
		"BaseURL":             {APIKey: "k", BaseURL: "http://example.com"},
		"Cancel.PathTemplate": {APIKey: "k", Endpoints: booksy.Endpoints{Cancel: booksy.Endpoint{PathTemplate: "/x"}}},
		"Create.PathTemplate": {APIKey: "k", Endpoints: booksy.Endpoints{Create: booksy.Endpoint{PathTemplate: "/{id}"}}},
		"List.PathTemplate":   {APIKey: "k", Endpoints: booksy.Endpoints{List: booksy.Endpoint{PathTemplate: "list"}}},
		"valid path":          {APIKey: "k", Endpoints: booksy.Endpoints{List: booksy.Endpoint{PathTemplate: "/%zz"}}},
		"a brace":             {APIKey: "k", Endpoints: booksy.Endpoints{Cancel: booksy.Endpoint{PathTemplate: "/{id}/{x}"}}},
		"Create.Method":       {APIKey: "k", Endpoints: booksy.Endpoints{Create: booksy.Endpoint{Method: "SEND"}}},
	} {
		_, err := booksy.New(cfg)
		require.ErrorContains(t, err, field)
		require.ErrorIs(t, err, transport.ErrInvalid, field)
	}
	_, err := booksy.New(booksy.Config{APIKey: "k"}, transport.WithMaxAttempts(0))
	require.Error(t, err)
}

func TestClient_CredentialFails(t *testing.T) {
	t.Parallel()
	boom := errors.New("vault is sealed")
	srv := booksytest.New(guide)
	c, err := booksy.New(booksy.Config{
		BaseURL: booksytest.URL, APIKeyFunc: func(context.Context) (string, error) { return "", boom },
	}, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	_, err = c.Create(t.Context(), jan)
	require.ErrorIs(t, err, boom)
	require.Equal(t, transport.NotSent, transport.OutcomeOf(err))
}
