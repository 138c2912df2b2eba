package booksytest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/booksy/booksytest"
)

// call sends a request the way a client in any language would.
func call(t *testing.T, srv *booksytest.Server, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, booksytest.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+booksytest.Key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := srv.Transport().RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b)
}

const booking = `{"customer_name":"Jan","customer_email":"jan@example.com","customer_phone":"600100200",
	"date":"2026-11-23","time":"10:00","service_id":"svc-1","staff_id":"staff-1"}`

func TestServer_Refuses(t *testing.T) {
	t.Parallel()
	srv := booksytest.New(booksytest.Config{Closed: []time.Weekday{time.Sunday}})
	for _, tc := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"GET", "/availability?date=x&service_id=svc-1&staff_id=staff-1", "", 400, "date"},
		{"GET", "/availability?date=2026-11-23&service_id=no&staff_id=staff-1", "", 404, "service_id"},
		{"GET", "/appointments", "", 405, ""},
		{"POST", "/appointments", `{`, 400, "JSON"},
		{"POST", "/appointments", `{"date":"2026-11-23","time":"10:00"}`, 400, "customer_name, customer_email, customer_phone, service_id, staff_id"},
		{"POST", "/appointments", strings.Replace(booking, "jan@example.com", "jan", 1), 400, "customer_email"},
		{"POST", "/appointments", strings.Replace(booking, "10:00", "10:10", 1), 400, "on a slot"},
		{"POST", "/appointments", strings.Replace(booking, "10:00", "17:00", 1), 400, "opening hours"},
		{"POST", "/appointments", strings.Replace(booking, "2026-11-23", "2026-11-22", 1), 400, "opening hours"},
		{"POST", "/appointments", strings.Replace(booking, "svc-1", "svc-9", 1), 404, "service_id"},
		{"POST", "/appointments", strings.Replace(booking, "staff-1", "staff-9", 1), 404, "staff_id"},
		{"PATCH", "/appointments/1", `{}`, 404, "no such"},
		{"DELETE", "/appointments/1", ``, 404, "no such"},
	} {
		status, body := call(t, srv, tc.method, tc.path, tc.body)
		require.Equal(t, tc.status, status, "%+v %s", tc, body)
		require.Contains(t, body, tc.text)
	}
	require.Empty(t, srv.Appointments())
}

func TestServer_WantsJSONAndKey(t *testing.T) {
	t.Parallel()
	srv := booksytest.New(booksytest.Config{})
	for _, tc := range []struct {
		key, contentType string
		status           int
	}{
		{booksytest.Key, "text/plain", 415}, {"wrong", "application/json", 401}, {booksytest.Key, "application/json", 201},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, booksytest.URL+"/appointments", strings.NewReader(booking))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+tc.key)
		req.Header.Set("Content-Type", tc.contentType)
		resp, err := srv.Transport().RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, tc.status, resp.StatusCode)
	}
	require.Len(t, srv.Appointments(), 1)
}

func TestServer_OneWinnerPerSlot(t *testing.T) {
	t.Parallel()
	srv := booksytest.New(booksytest.Config{})
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			status, _ := call(t, srv, "POST", "/appointments", booking)
			switch status {
			case 201:
				won.Add(1)
			case 409:
				lost.Add(1)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int32(1), won.Load())
	require.Equal(t, int32(19), lost.Load())
	require.Len(t, srv.Appointments(), 1)
}

// A long service blocks every slot it covers.
func TestServer_LongServices(t *testing.T) {
	t.Parallel()
	srv := booksytest.New(booksytest.Config{
		Opens: 9 * time.Hour, Closes: 11 * time.Hour,
		Services: []booksytest.Service{{ID: "svc-1", Name: "Short"}, {ID: "svc-2", Name: "Long", Length: time.Hour}},
	})
	_, err := srv.Book(booksytest.Appointment{Date: "2026-11-23", Time: "09:30", ServiceID: "svc-2", StaffID: "staff-1"})
	require.NoError(t, err)
	_, body := call(t, srv, "GET", "/availability?date=2026-11-23&service_id=svc-1&staff_id=staff-1", "")
	require.JSONEq(t, `{"available_slots":["09:00","10:30"]}`, body)
	_, body = call(t, srv, "GET", "/availability?date=2026-11-23&service_id=svc-2&staff_id=staff-1", "")
	require.JSONEq(t, `{"available_slots":[]}`, body)
	_, err = srv.Book(booksytest.Appointment{Date: "2026-11-23", Time: "10:00", ServiceID: "svc-1", StaffID: "staff-1"})
	require.ErrorContains(t, err, "taken")
}

func TestServer_State(t *testing.T) {
	t.Parallel()
	srv := booksytest.New(booksytest.Config{})
	status, _ := call(t, srv, "POST", "/appointments", booking)
	require.Equal(t, 201, status)
	b, err := json.Marshal(srv.State())
	require.NoError(t, err)
	require.JSONEq(t, `{"appointments":[{"id":"1001","date":"2026-11-23","time":"10:00","service_id":"svc-1",
		"staff_id":"staff-1","customer_phone":"600100200","status":"booked"}]}`, string(b))
}

func TestServer_PerMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := booksytest.New(booksytest.Config{PerMinute: 2})
		const path = "/availability?date=2026-11-23&service_id=svc-1&staff_id=staff-1"
		for _, want := range []int{200, 200, 429} {
			status, _ := call(t, srv, "GET", path, "")
			require.Equal(t, want, status)
		}
		time.Sleep(time.Minute)
		status, _ := call(t, srv, "GET", path, "")
		require.Equal(t, 200, status)
	})
}
