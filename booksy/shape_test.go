package booksy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/booksy"
	"github.com/centrala-go/centrala/booksy/booksytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func TestSlot_UnmarshalJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]booksy.Slot{
		`"10:00"`:                                          {Time: "10:00"},
		`"10:00:00"`:                                       {Time: "10:00"},
		`"2026-11-23T10:00"`:                               {Date: "2026-11-23", Time: "10:00"},
		`"2026-11-23T10:00:00+01:00"`:                      {Date: "2026-11-23", Time: "10:00"},
		`"2026-11-23 10:00"`:                               {Date: "2026-11-23", Time: "10:00"},
		`"about noon"`:                                     {Time: "about noon"},
		`{"time":"10:00"}`:                                 {Time: "10:00"},
		`{"start":"2026-11-23T10:00:00Z"}`:                 {Date: "2026-11-23", Time: "10:00"},
		`{"start_time":"10:30","staff_id":7}`:              {Time: "10:30", StaffID: "7"},
		`{"date":"2026-11-23","service_id":"s1"}`:          {Date: "2026-11-23", ServiceID: "s1"},
		`{"time":"10:00","staff_id":12345678901234567890}`: {Time: "10:00", StaffID: "12345678901234567890"},
	} {
		var got booksy.Slot
		require.NoError(t, json.Unmarshal([]byte(in), &got), in)
		want.Raw = json.RawMessage(in)
		require.Equal(t, want, got, in)
	}
	for _, in := range []string{`10`, `true`, `[]`, `{"time":10}`, `{"staff_id":1.5}`, `{"staff_id":{}}`} {
		require.Error(t, json.Unmarshal([]byte(in), new(booksy.Slot)), in)
	}
}

func FuzzSlot_UnmarshalJSON(f *testing.F) {
	for _, seed := range []string{`"10:00"`, `"2026-11-23T10:00"`, `{"time":"10:00","staff_id":7}`, `null`, `"ąęT10:00"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s booksy.Slot
		if json.Unmarshal(b, &s) != nil {
			return
		}
		again, err := json.Marshal(s)
		require.NoError(t, err)
		var back booksy.Slot
		require.NoError(t, json.Unmarshal(again, &back))
		s.Raw, back.Raw = nil, nil
		require.Equal(t, s.Time, back.Time)
	})
}

func TestEndpoints_Replace(t *testing.T) {
	t.Parallel()
	var seen []string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.URL.String()+" "+r.Header.Get("Accept"))
		_, _ = w.Write([]byte(`{"id":"a1","available_slots":[],"appointments":[]}`))
	})
	c, err := booksy.New(booksy.Config{
		APIKey: "some-api-key", BaseURL: "https://bridge.test/base/",
		Header: http.Header{"Accept": {"application/json; version=0.3"}},
		Endpoints: booksy.Endpoints{
			Availability: booksy.Endpoint{PathTemplate: "/free?v=2"},
			Create:       booksy.Endpoint{Method: "PUT", PathTemplate: "/book"},
			Reschedule:   booksy.Endpoint{Method: "POST", PathTemplate: "/book/{id}/move"},
			Cancel:       booksy.Endpoint{Method: "POST", PathTemplate: "/book/{id}/cancel"},
			List:         booksy.Endpoint{PathTemplate: "/booked/"},
		},
	}, transport.WithTransport(transporttest.HandlerTransport(h)))
	require.NoError(t, err)
	_, err = c.Availability(t.Context(), booksy.AvailabilityParams{Date: jan.Date, ServiceID: "s", StaffID: "p"})
	require.NoError(t, err)
	_, err = c.Create(t.Context(), jan)
	require.NoError(t, err)
	_, err = c.Reschedule(t.Context(), booksy.RescheduleRequest{ID: "a 1", Date: jan.Date, Time: jan.Time})
	require.NoError(t, err)
	require.NoError(t, c.Cancel(t.Context(), "a1"))
	_, found, err := c.FindAppointment(t.Context(), booksy.FindParams{Date: jan.Date, CustomerPhone: "600100200"})
	require.NoError(t, err)
	require.False(t, found)
	const accept = " application/json; version=0.3"
	require.Equal(t, []string{
		"GET https://bridge.test/base/free?v=2&date=2026-11-23&service_id=s&staff_id=p" + accept,
		"PUT https://bridge.test/base/book" + accept,
		"POST https://bridge.test/base/book/a%201/move" + accept,
		"POST https://bridge.test/base/book/a1/cancel" + accept,
		"GET https://bridge.test/base/booked/?customer_phone=600100200&date=2026-11-23" + accept,
	}, seen)
}

func TestCodec_Replaces(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"uid":"x-7"}`))
	})
	refuse := errors.New("no such service here")
	c, err := booksy.New(booksy.Config{APIKey: "some-api-key", BaseURL: booksytest.URL, Codec: booksy.Codec{
		EncodeReschedule: func(booksy.RescheduleRequest) ([]byte, error) { return nil, refuse },
		DecodeAppointment: func(b []byte) (booksy.Appointment, error) {
			var w struct{ UID string }
			err := json.Unmarshal(b, &w)
			return booksy.Appointment{ID: w.UID}, err
		},
	}}, transport.WithTransport(transporttest.HandlerTransport(h)))
	require.NoError(t, err)
	a, err := c.Create(t.Context(), jan)
	require.NoError(t, err)
	require.Equal(t, "x-7", a.ID)
	require.Equal(t, jan.Time, a.Time)
	_, err = c.Reschedule(t.Context(), booksy.RescheduleRequest{ID: "1", Date: jan.Date, Time: jan.Time})
	require.ErrorContains(t, err, refuse.Error())
	require.ErrorIs(t, err, transport.ErrNotSent)
}

func TestClient_FindAppointment(t *testing.T) {
	t.Parallel()
	b := setup(t, listed)
	a, err := b.c.Create(t.Context(), jan)
	require.NoError(t, err)
	want := booksy.FindParams{Date: jan.Date, CustomerPhone: jan.CustomerPhone, Time: jan.Time, ServiceID: "svc-1", StaffID: "staff-1"}
	got, found, err := b.c.FindAppointment(t.Context(), want)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, a.ID, got.ID)
	for name, change := range map[string]func(*booksy.FindParams){
		"another time":    func(p *booksy.FindParams) { p.Time = "11:00" },
		"another date":    func(p *booksy.FindParams) { p.Date = "2026-11-24" },
		"another service": func(p *booksy.FindParams) { p.ServiceID = "svc-2" },
		"another person":  func(p *booksy.FindParams) { p.StaffID = "staff-2" },
		"another phone":   func(p *booksy.FindParams) { p.CustomerPhone = "+48700100200" },
	} {
		other := want
		change(&other)
		_, found, err := b.c.FindAppointment(t.Context(), other)
		require.NoError(t, err)
		require.False(t, found, name)
	}
	require.NoError(t, b.c.Cancel(t.Context(), a.ID))
	_, found, err = b.c.FindAppointment(t.Context(), want)
	require.NoError(t, err)
	require.False(t, found, "a cancelled appointment does not stand")
	list, err := b.c.Appointments(t.Context(), want)
	require.NoError(t, err)
	require.Len(t, list, 1, "but it is listed")
}

// A route that ignores its parameters must not lend us a stranger's booking.
func TestClient_FindAppointment_ComparesItself(t *testing.T) {
	t.Parallel()
	b := setup(t, listed)
	b.srv.Inject(transporttest.Fault{Times: 2, Status: 200, Body: `{"appointments":[
		{"id":1,"date":"2026-11-23","time":"10:00:00","service_id":5,"staff_id":6,"customer_phone":"+48 700 100 200"},
		{"id":2,"date":"2026-11-23T00:00:00","time":"10:00:00","service_id":5,"staff_id":6,"customer_phone":"0048600100200","status":"accepted"}]}`})
	a, found, err := b.c.FindAppointment(t.Context(), booksy.FindParams{
		Date: "2026-11-23", CustomerPhone: "600-100-200", Time: "10:00", ServiceID: "5", StaffID: "6",
	})
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "2", a.ID)
	_, found, err = b.c.FindAppointment(t.Context(), booksy.FindParams{Date: "2026-11-23", CustomerPhone: "00100200"})
	require.NoError(t, err)
	require.False(t, found, "too few digits agree")
}

func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	const key = "s3cr3t-api-key-value"
	cfg := booksy.Config{APIKey: key, BaseURL: booksytest.URL, APIKeyFunc: nil}
	srv := booksytest.New(booksytest.Config{APIKey: key})
	c, err := booksy.New(cfg, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	srv.Inject(transporttest.Fault{Status: 401, Body: `{"detail":"bad key ` + key + `"}`})
	_, failed := c.Create(t.Context(), jan)
	var e *booksy.Error
	require.ErrorAs(t, failed, &e)

	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{cfg, &cfg, c, *c, failed, e, *e, struct{ C booksy.Config }{cfg}} {
		fmt.Fprintf(&out, "%v %+v %#v %s %q", v, v, v, v, v)
		log.Info("value", "v", v)
		b, err := json.Marshal(v)
		require.NoError(t, err)
		out.Write(b)
	}
	require.NotContains(t, out.String(), key)
	require.Contains(t, out.String(), "booksy.test")
	require.Contains(t, e.Message, "bad key")
	require.Contains(t, (booksy.Config{BaseURL: "https://u:" + key + "@h.test/x?k=" + key}).String(), "https://h.test/x,")
	require.Contains(t, (booksy.Config{BaseURL: "::" + key}).String(), "[invalid]")
}
