package callyzer_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/callyzer"
	"github.com/centrala-go/centrala/callyzer/callyzertest"
	"github.com/centrala-go/centrala/transport/transporttest"
	"github.com/centrala-go/centrala/webhook"
)

const hookSecret = "the-webhook-secret"

// receiver verifies and decodes deliveries like a program would.
type receiver struct {
	verifier webhook.Verifier
	calls    []callyzer.Call
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	m := &webhook.Message{Method: req.Method, Header: req.Header, RawQuery: req.URL.RawQuery, Body: body}
	if _, err := r.verifier.Verify(m); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	calls, err := callyzer.DecodeWebhook(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.calls = append(r.calls, calls...)
}

func newReceiver(t *testing.T, query string) (*receiver, callyzertest.Webhook) {
	t.Helper()
	v, err := callyzer.NewVerifier(callyzer.VerifierConfig{Keys: webhook.OneKey(hookSecret), Query: query})
	require.NoError(t, err)
	r := &receiver{verifier: v}
	client := &http.Client{Transport: transporttest.HandlerTransport(r)}
	return r, callyzertest.Webhook{URL: "https://hooks.test/callyzer", Secret: hookSecret, Query: query, Client: client}
}

func TestWebhook_DeliversAgainWithRecording(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := account(2)
		srv.AddCall(time.Now(), callyzer.Call{EmployeeNumber: ben.Number, Type: callyzer.Missed})
		r, hook := newReceiver(t, "")
		deliver := func(ids ...string) {
			status, err := srv.Deliver(t.Context(), hook, ids...)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, status)
		}
		deliver("call-1", "call-2", "call-3")
		require.Len(t, r.calls, 3)
		require.Equal(t, "Ada", r.calls[1].EmployeeName)
		require.Equal(t, time.Second, r.calls[1].Duration)
		require.Equal(t, ben.Number, r.calls[2].EmployeeNumber)

		deliver("call-2")
		require.Equal(t, callyzer.EventKey(r.calls[1]), callyzer.EventKey(r.calls[3]), "the same again")
		srv.AttachRecording("call-2", "https://media.test/2.mp3")
		deliver("call-2")
		require.Equal(t, r.calls[1].SyncedAt, r.calls[4].SyncedAt)
		require.NotEqual(t, callyzer.EventKey(r.calls[1]), callyzer.EventKey(r.calls[4]), "the recording has come")
		srv.AddNote("call-2", "oddzwonić")
		deliver("call-2")
		require.NotEqual(t, callyzer.EventKey(r.calls[4]), callyzer.EventKey(r.calls[5]))
		require.Equal(t, "oddzwonić", r.calls[5].Note)
	})
}

func TestWebhook_Secret(t *testing.T) {
	t.Parallel()
	srv := account(1)
	for _, query := range []string{"", "secret"} {
		r, hook := newReceiver(t, query)
		status, err := srv.Deliver(t.Context(), hook, "call-1")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		for _, wrong := range []string{"", "another-secret", hookSecret + "x"} {
			hook.Secret = wrong
			status, err = srv.Deliver(t.Context(), hook, "call-1")
			require.NoError(t, err)
			require.Equal(t, http.StatusUnauthorized, status)
		}
		require.Len(t, r.calls, 1)
	}
	_, err := callyzer.NewVerifier(callyzer.VerifierConfig{})
	require.ErrorIs(t, err, webhook.ErrKey, "without a secret nothing is let in")
	_, err = callyzer.NewVerifier(callyzer.VerifierConfig{Keys: webhook.OneKey("x"), Header: "X-A", Query: "b"})
	require.Error(t, err)
}

func TestServer_Deliver_HidesTheSecret(t *testing.T) {
	t.Parallel()
	srv := account(1)
	hook := callyzertest.Webhook{URL: "https://hooks.test/", Secret: hookSecret, Query: "secret"}
	v := transporttest.NewVendor(http.NotFoundHandler())
	v.Inject(transporttest.Fault{Refuse: true})
	hook.Client = &http.Client{Transport: v.Transport()}
	_, err := srv.Deliver(t.Context(), hook, "call-1")
	require.Error(t, err)
	require.NotContains(t, err.Error(), hookSecret)
	_, err = srv.Deliver(t.Context(), callyzertest.Webhook{URL: "://"}, "call-1")
	require.Error(t, err)
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	status, err := srv.Deliver(t.Context(), callyzertest.Webhook{URL: web.URL, Secret: "x"}, "call-1")
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, status)
}

func TestDecodeWebhook_Shapes(t *testing.T) {
	t.Parallel()
	const employee = `{"emp_name":"Ada","emp_number":600100200,"emp_tags":["sales"],"call_logs":[{"id":1,"duration":"44","note":null}]}`
	want := []callyzer.Call{{
		ID: "1", EmployeeName: "Ada", EmployeeNumber: "600100200", EmployeeTags: []string{"sales"}, Duration: 44 * time.Second,
	}}
	for name, body := range map[string]string{
		"array":           "[" + employee + "]",
		"object":          employee,
		"result array":    `{"result":[` + employee + `]}`,
		"result object":   `{"result":` + employee + `}`,
		"flat rows":       `[{"id":"1","emp_name":"Ada","emp_number":"600100200","emp_tags":"sales","duration":44}]`,
		"no call besides": `[{"emp_name":"Ben","call_logs":null},` + employee + `,{"call_logs":[]}]`,
	} {
		got, err := callyzer.DecodeWebhook([]byte(body))
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
	for _, body := range []string{`[]`, `{"result":[]}`, `{"result":null}`} {
		got, err := callyzer.DecodeWebhook([]byte(body))
		require.NoError(t, err)
		require.Empty(t, got)
	}
}

func TestDecodeWebhook_KeepsWhatIsReadable(t *testing.T) {
	t.Parallel()
	got, err := callyzer.DecodeWebhook([]byte(`[7,{"call_logs":[{"id":"a"},{"note":"x"},"b",{"id":"c"}]},{"call_logs":3},{"emp_name":"Ada"}]`))
	require.Len(t, got, 2)
	for _, place := range []string{"[0]: not a JSON object", "[1].call_logs[1]: a call without id", "call_logs[2]: not a JSON", "[2].call_logs: not an array", "[3].call_logs: not an array"} {
		require.ErrorContains(t, err, place)
	}
	for _, body := range []string{``, `null`, `7`, `"x"`, `[`, `{"result":`, `<html>`} {
		got, err = callyzer.DecodeWebhook([]byte(body))
		require.Error(t, err, body)
		require.Empty(t, got)
	}
}

func TestEventKey(t *testing.T) {
	t.Parallel()
	key := func(row string) string {
		var c callyzer.Call
		require.NoError(t, json.Unmarshal([]byte(row), &c))
		return callyzer.EventKey(c)
	}
	base := key(`{"id":"a","duration":44,"call_type":"Missed","new":{"x":1,"y":2}}`)
	require.Regexp(t, `^callyzer:a:[0-9a-f]{64}$`, base)
	for name, row := range map[string]string{
		"order":     `{"new":{"y":2,"x":1},"call_type":"Missed","duration":44,"id":"a"}`,
		"types":     `{"id":"a","duration":"44","call_type":"Missed","new":{"x":1,"y":2}}`,
		"nothing":   `{"id":"a","duration":44,"call_type":"Missed","new":{"x":1,"y":2},"note":null,"more":"","crm_status":""}`,
		"synced_at": `{"id":"a","duration":44,"call_type":"Missed","new":{"x":1,"y":2},"synced_at":"2026-07-28 10:44:41 IST"}`,
	} {
		require.Equal(t, base, key(row), name)
	}
	for name, row := range map[string]string{
		"id":          `{"id":"b","duration":44,"call_type":"Missed","new":{"x":1,"y":2}}`,
		"recording":   `{"id":"a","duration":44,"call_type":"Missed","new":{"x":1,"y":2},"call_recording_url":"u"}`,
		"modified_at": `{"id":"a","duration":44,"call_type":"Missed","new":{"x":1,"y":2},"modified_at":"2026"}`,
		"unknown":     `{"id":"a","duration":44,"call_type":"Missed","new":{"x":1,"y":3}}`,
	} {
		require.NotEqual(t, base, key(row), name)
	}
}

func TestCall_DecodesTolerantly(t *testing.T) {
	t.Parallel()
	var c callyzer.Call
	require.NoError(t, json.Unmarshal([]byte(`{"id":17,"emp_number":600100200,"emp_code":null,"emp_tags":null,"duration":"0h 1m 4s",
		"recording_url":"https://media.test/1.mp3","call_method":"PhoneCall","call_mode":"Voice","lead_id":true,"surprise":[1]}`), &c))
	require.Equal(t, callyzer.Call{
		ID: "17", EmployeeNumber: "600100200", Duration: 64 * time.Second, RecordingURL: "https://media.test/1.mp3",
		Channel: callyzer.PhoneVoice(), LeadID: "true", Extra: map[string]json.RawMessage{"surprise": json.RawMessage("[1]")},
	}, c)
	for raw, want := range map[string]time.Duration{
		`44`: 44 * time.Second, `"44"`: 44 * time.Second, `44.5`: 44500 * time.Millisecond, `"01:02:03"`: 3723 * time.Second,
		`null`: 0, `""`: 0, `"long"`: 0, `-1`: 0, `1e300`: 0, `"NaN"`: 0, `{}`: 0, `[1]`: 0, `"-1h"`: 0,
	} {
		require.NoError(t, json.Unmarshal([]byte(`{"id":"a","duration":`+raw+`}`), &c))
		require.Equal(t, want, c.Duration, raw)
	}
	require.Error(t, json.Unmarshal([]byte(`[]`), &c))
}

func TestCall_RoundTrip(t *testing.T) {
	t.Parallel()
	want := callyzer.Call{
		ID: "a", EmployeeName: "Ada", EmployeeCode: "7", EmployeeCountryCode: "48", EmployeeNumber: "600100200",
		EmployeeTags: []string{"x"}, ClientName: "Ben", ClientCountryCode: "48", ClientNumber: "500", Duration: 3 * time.Second,
		Type: callyzer.Outgoing, Date: "2026-07-28", Time: "10:44:41", Note: "n", RecordingURL: "u", CRMStatus: "s",
		ReminderDate: "d", ReminderTime: "t", SyncedAt: "s", ModifiedAt: "m", LeadID: "l", Channel: callyzer.WhatsAppVoice(),
		Extra: map[string]json.RawMessage{"surprise": json.RawMessage(`[1]`)},
	}
	b, err := json.Marshal(want)
	require.NoError(t, err)
	var got callyzer.Call
	require.NoError(t, json.Unmarshal(b, &got))
	require.Equal(t, want, got)
}

func TestCall_StartedAt(t *testing.T) {
	t.Parallel()
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	require.NoError(t, err)
	c := callyzer.Call{Date: "2026-07-28", Time: "10:44:41"}
	at, err := c.StartedAt(warsaw)
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 7, 28, 8, 44, 41, 0, time.UTC), at.UTC())
	_, err = c.StartedAt(nil)
	require.ErrorContains(t, err, "loc is nil")
	_, err = callyzer.Call{Date: "28.07.2026"}.StartedAt(warsaw)
	require.ErrorContains(t, err, "Date and Time are not")
}

func FuzzDecodeWebhook(f *testing.F) {
	f.Add([]byte(`[{"emp_name":"Ada","emp_tags":["x"],"call_logs":[{"id":"1","duration":"44","extra":{"a":[1]}}]}]`))
	f.Add([]byte(`{"result":[{"id":1e999}]}`))
	f.Add([]byte(`[{"call_logs":[{"id":"","duration":-9e99}]},null,7]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		calls, err := callyzer.DecodeWebhook(body)
		if !json.Valid(body) {
			require.Error(t, err)
		}
		for _, call := range calls {
			require.NotEmpty(t, call.ID)
			require.GreaterOrEqual(t, call.Duration, time.Duration(0))
			key := callyzer.EventKey(call)
			require.True(t, strings.HasPrefix(key, "callyzer:"+call.ID+":"))
			b, err := json.Marshal(call)
			require.NoError(t, err)
			var again callyzer.Call
			require.NoError(t, json.Unmarshal(b, &again))
			require.Equal(t, key, callyzer.EventKey(again))
		}
	})
}
