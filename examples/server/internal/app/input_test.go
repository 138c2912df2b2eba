package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// What a route alone knows to be wrong, it refuses by the field's name before
// anything is sent.
func TestInput_RefusedByName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, tc := range []struct {
		path, body string
		status     int
		says       string
	}{
		{"/email-webhook", `{"to":"jan@example.com","templateId":"welcome","name":"Jan"}`, 400, "templateId"},
		{"/sms-webhook", `{"to":"602345678","templateId":"d-0123456789abcdef0123456789abcdef","name":"Jan"}`, 400, "templateId"},
		{"/booksy-reschedule", `{"appointmentId":"..","date":"2031-05-06","time":"10:00"}`, 400, "appointmentId"},
		{"/booksy-reschedule", `{"appointmentId":"4711","date":"2031-05-06","time":"10:00"}`, 404, "appointmentId"},
		{"/booksy-cancel", `{"appointmentId":"4711"}`, 404, "appointmentId"},
		{"/ga-webhook", `{"action":"start","label":"` + strings.Repeat("ł", 101) + `"}`, 400, "label"},
		{"/flows/contact", `{"userId":"u1","name":"Jan","email":"jan@example.com","phone":"602345678","source":"` + strings.Repeat("s", 101) + `"}`, 400, "source"},
		{"/flows/contact", `{"userId":"u1","name":"Jan","email":"jan@example.com","phone":"602345678","question":"` + strings.Repeat("q", 2001) + `"}`, 400, "question"},
	} {
		refused(t, b.post(t, tc.path, tc.body), tc.status, tc.says)
	}
	require.Equal(t, [5]int{}, b.effects())
}

// A customer's question has as many lines as it takes.
func TestInput_LongQuestion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	question := strings.Repeat(`Ile kosztuje?\n`, 40)
	a := b.post(t, "/flows/contact", `{"userId":"u1","name":"Jan","email":"jan@example.com","phone":"602345678","source":"`+strings.Repeat("ł", 100)+`","question":"`+question+`"}`)
	require.Equal(t, http.StatusOK, a.status, a.body)
	f, _ := b.flows(t)
	require.Equal(t, "done", f["state"], f["steps"])
	require.Len(t, b.Monday.Items(mondaytest.BoardID), 1)
}

// The vendor did it and said so, in words that cannot be read: that is a
// success, and nothing to try again.
func TestInput_DoneButUnreadable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.post(t, "/booksy-webhook", `{"name":"Jan","email":"jan@example.com","phone":"602345678","date":"2031-05-06","time":"10:00","serviceId":"svc-1","staffId":"staff-1"}`)
	b.Booksy.Inject(transporttest.Fault{Status: http.StatusOK, Body: `"x"`, After: true, Times: -1})
	a := b.post(t, "/booksy-reschedule", `{"appointmentId":"`+made.text("booksy_appointment_id")+`","date":"2031-05-06","time":"11:30"}`)
	require.Equal(t, http.StatusOK, a.status, a.body)
	require.Equal(t, true, a.body["success"])
	require.Equal(t, "11:30", b.Booksy.Appointments()[0].Time)
}
