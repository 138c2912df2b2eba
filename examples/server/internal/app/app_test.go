package app_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/analytics/analyticstest"
	"github.com/centrala-go/centrala/booksy/booksytest"
	"github.com/centrala-go/centrala/chatfuel"
	"github.com/centrala-go/centrala/examples/internal/fakes"
	"github.com/centrala-go/centrala/examples/server/internal/app"
	"github.com/centrala-go/centrala/examples/server/internal/config"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/transport/transporttest"
)

const (
	token  = "webhook-token-of-the-tests"
	secret = "hmac-secret-of-the-tests"
)

// bundle is a server against fakes of its own.
type bundle struct {
	*fakes.Fakes
	url string
	log *log
}

// setup starts a server in live mode; with changes the configuration.
func setup(t *testing.T, with ...func(*config.Config)) *bundle {
	t.Helper()
	f, err := fakes.Start()
	require.NoError(t, err)
	t.Cleanup(f.Close)
	c := config.Config{
		Addr: "127.0.0.1:0", DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "centrala.db"), Sandbox: true,
		StepLease: 30 * time.Second, AnswerWithin: time.Minute, Location: time.UTC, Business: config.Business{Name: "Firma", Phone: "+48221234567", Consultant: "Ewa"},
		WebhookToken: config.NewSecret(token), WebhookHMAC: config.NewSecret(secret),
		Monday:    &config.Monday{URL: f.URLs["monday"] + "/v2", BoardID: mondaytest.BoardID, Token: config.NewSecret(mondaytest.Token), Columns: config.DefaultColumns()},
		Booksy:    &config.Booksy{URL: f.URLs["booksy"], ListPath: fakes.ListPath, Key: config.NewSecret(booksytest.Key)},
		Analytics: &config.Analytics{URL: f.URLs["analytics"], MeasurementID: analyticstest.MeasurementID, Secret: config.NewSecret(analyticstest.APISecret)},
		SendGrid:  &config.SendGrid{URL: f.URLs["sendgrid"], From: "biuro@example.com", Key: config.NewSecret(notifytest.SendGridKey)},
		Twilio:    &config.Twilio{URL: f.URLs["twilio"], AccountSID: notifytest.TwilioAccount, From: notifytest.TwilioNumber, Token: config.NewSecret(notifytest.TwilioToken)},
	}
	for _, change := range with {
		change(&c)
	}
	b := &bundle{Fakes: f, log: &log{out: t.Output()}}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	a, err := app.Start(ctx, c, slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	require.NoError(t, err)
	t.Cleanup(func() { cancel(); require.NoError(t, a.Wait(ctx)) })
	b.url = a.URL
	return b
}

// log keeps what the server logs and shows it with the test.
type log struct {
	out io.Writer

	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	return l.out.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

type answer struct {
	status int
	header http.Header
	body   map[string]any
}

func (a answer) text(key string) string { s, _ := a.body[key].(string); return s }

// try makes a request; it may be called from any goroutine.
func (b *bundle) try(ctx context.Context, method, path, body string, header ...string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, b.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Webhook-Token", token)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Del(header[i])
		if header[i+1] != "" {
			req.Header.Set(header[i], header[i+1])
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	return a, json.NewDecoder(resp.Body).Decode(&a.body)
}

func (b *bundle) do(t *testing.T, method, path, body string, header ...string) answer {
	t.Helper()
	a, err := b.try(t.Context(), method, path, body, header...)
	require.NoError(t, err)
	return a
}

func (b *bundle) post(t *testing.T, path, body string, header ...string) answer {
	t.Helper()
	return b.do(t, http.MethodPost, path, body, header...)
}

const booking = `{"userId":"u1","name":"Zażółć Gęślą 🎈","email":"anna@example.com","phone":"601 234 567","package":"Premium",` +
	`"topic":"Kredyt","source":"Website","serviceId":"svc-1","staffId":"staff-1","date":"2031-05-06","time":"10:00"}`

// effects are the counts of appointments, leads, events, e-mails and texts.
func (b *bundle) effects() [5]int {
	return [5]int{
		len(b.Booksy.Appointments()), len(b.Monday.Items(mondaytest.BoardID)), len(b.Analytics.Events()),
		len(b.SendGrid.Mails()), len(b.Twilio.Messages()),
	}
}

// flows waits until every flow is settled and returns the newest one.
func (b *bundle) flows(t *testing.T) (newest map[string]any, states map[string]string) {
	t.Helper()
	until(t, func() bool { newest = settled(b.do(t, http.MethodGet, "/api/flows", "")); return newest != nil })
	states = map[string]string{}
	for _, s := range newest["steps"].([]any) {
		step := s.(map[string]any)
		states[step["name"].(string)] = step["state"].(string)
	}
	return newest, states
}

// until waits for check to become true, in the test's own goroutine and with
// the patience that a busy machine needs.
func until(t *testing.T, check func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(4 * time.Minute); !check(); <-tick.C {
		require.True(t, time.Now().Before(end), "this should have happened long ago")
	}
}

func jsonText(t *testing.T, s string) string {
	t.Helper()
	raw, err := json.Marshal(s)
	require.NoError(t, err)
	return string(raw)
}

// settled returns the newest flow, nil while any is going on.
func settled(a answer) map[string]any {
	all, _ := a.body["flows"].([]any)
	for _, f := range all {
		if s := f.(map[string]any)["state"]; s == "pending" || s == "running" {
			return nil
		}
	}
	return all[0].(map[string]any)
}

// atOnce posts the same body n times at the same time.
func (b *bundle) atOnce(t *testing.T, n int, path, body string) []answer {
	t.Helper()
	answers, errs := make([]answer, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { answers[i], errs[i] = b.try(t.Context(), http.MethodPost, path, body) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	return answers
}

func TestServer_Booking(t *testing.T) {
	t.Parallel()
	b := setup(t)
	answers := b.atOnce(t, 3, "/flows/booking", booking)
	for _, a := range answers {
		require.Equal(t, http.StatusOK, a.status, a.body)
		require.Empty(t, cmp.Diff(answers[0].body, a.body))
	}
	var reply chatfuel.Reply
	raw, err := json.Marshal(answers[0].body)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &reply))
	require.NoError(t, reply.Validate())
	require.Equal(t, "confirmed", reply.SetAttributes["flow_status"])

	f, states := b.flows(t)
	require.Equal(t, "done", f["state"])
	require.Equal(t, map[string]string{"appointment": "done", "lead": "done", "event": "done", "email": "done", "sms": "done"}, states)
	require.Equal(t, [5]int{1, 1, 1, 1, 1}, b.effects())

	key := f["key"].(string)
	lead := b.Monday.Items(mondaytest.BoardID)[0]
	require.Equal(t, "Zażółć Gęślą 🎈", lead.Name)
	require.Equal(t, key, lead.Columns["text_key"])
	require.Equal(t, key, b.SendGrid.Mails()[0].CustomArgs["centrala_key"])
	require.Equal(t, "Witaj Zażółć Gęślą 🎈! Potwierdzamy Twoje spotkanie w Firma dnia 2031-05-06 o godz. 10:00. "+
		"Temat: Konsultacja. Konsultant: Anna Nowak. Pytania? Zadzwoń: +48221234567", b.Twilio.Messages()[0].Body)
	require.Equal(t, "meeting_booked", b.Analytics.Events()[0].Name)

	require.Equal(t, http.StatusOK, b.post(t, "/flows/booking", booking).status)
	require.Equal(t, [5]int{1, 1, 1, 1, 1}, b.effects())
}

func TestServer_TakenSlot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, http.StatusOK, b.post(t, "/flows/booking", booking).status)
	b.flows(t)
	other := strings.Replace(strings.Replace(booking, "u1", "u2", 1), "anna@", "jan@", 1)
	a := b.post(t, "/flows/booking", other)
	require.Equal(t, http.StatusConflict, a.status)
	require.Equal(t, false, a.body["success"])
	require.Contains(t, a.text("error"), "taken")
	f, states := b.flows(t)
	require.Equal(t, "failed", f["state"])
	require.Equal(t, "failed", states["sms"])
	require.Equal(t, [5]int{1, 1, 1, 1, 1}, b.effects())

	direct := `{"name":"Jan","email":"jan@example.com","phone":"602345678","date":"2031-05-06","time":"10:00","serviceId":"svc-1","staffId":"staff-1"}`
	require.Equal(t, http.StatusConflict, b.post(t, "/booksy-webhook", direct).status)
}

func TestServer_Contact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.post(t, "/flows/contact", `{"userId":"u9","name":"Jan","email":"jan@example.com","phone":"602345678","topic":"Kredyt","question":"Ile?","source":"Instagram"}`)
	require.Equal(t, http.StatusOK, a.status, a.body)
	f, states := b.flows(t)
	require.Equal(t, "done", f["state"])
	require.NotContains(t, states, "appointment")
	require.Equal(t, [5]int{0, 1, 1, 1, 1}, b.effects())
	require.Equal(t, "contact_form_filled", b.Analytics.Events()[0].Name)
	require.Contains(t, b.Twilio.Messages()[0].Body, "Skontaktuje się z Tobą w ciągu 24h")
}

// Every fault hits the first request of each vendor's effect. Where the vendor
// can be asked, the effect is there exactly once; where not, the step says that
// nobody knows, and nothing is sent twice.
func TestServer_FaultsNeitherLoseNorDouble(t *testing.T) {
	t.Parallel()
	reset := transporttest.Fault{Reset: true, After: true, Match: transporttest.MethodIs(http.MethodPost)}
	b := setup(t)
	for _, v := range []*transporttest.Vendor{b.Booksy.Vendor, b.Monday.Vendor, b.Analytics.Vendor, b.SendGrid.Vendor, b.Twilio.Vendor} {
		v.Inject(reset)
	}
	b.post(t, "/flows/booking", booking)
	f, states := b.flows(t)
	require.Equal(t, "unknown", f["state"])
	require.Equal(t, map[string]string{"appointment": "done", "lead": "done", "event": "unknown", "email": "unknown", "sms": "done"}, states)
	require.Equal(t, [5]int{1, 1, 1, 1, 1}, b.effects())
}

func TestServer_UnknownAppointment(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *config.Config) { c.Booksy.ListPath = "" })
	b.Booksy.Inject(transporttest.Fault{Reset: true, After: true})
	a := b.post(t, "/flows/booking", booking)
	require.Equal(t, http.StatusGatewayTimeout, a.status)
	require.NotEmpty(t, a.text("reference"))
	f, states := b.flows(t)
	require.Equal(t, f["id"], a.text("reference"))
	require.Equal(t, map[string]string{"appointment": "unknown", "lead": "done", "event": "failed", "email": "failed", "sms": "failed"}, states)
	require.Equal(t, http.StatusGatewayTimeout, b.post(t, "/flows/booking", booking).status)
	require.Equal(t, [5]int{1, 1, 0, 0, 0}, b.effects())
}

func TestServer_DirectRoutes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	slots := b.post(t, "/booksy-availability", `{"date":"2031-05-06","serviceId":"svc-1","staffId":"staff-1"}`)
	require.Equal(t, http.StatusOK, slots.status, slots.body)
	require.Contains(t, slots.body["available_slots"], "10:00")

	made := b.post(t, "/booksy-webhook", `{"name":"Jan","email":"jan@example.com","phone":"602345678","date":"2031-05-06","time":"10:00","serviceId":"svc-1","staffId":"staff-1"}`)
	require.Equal(t, http.StatusOK, made.status, made.body)
	require.Empty(t, cmp.Diff(map[string]any{"date": "2031-05-06", "time": "10:00", "service": "Konsultacja", "staff": "Anna Nowak"}, made.body["confirmation_details"]))
	id := made.text("booksy_appointment_id")
	require.Equal(t, http.StatusOK, b.post(t, "/booksy-reschedule", `{"appointmentId":"`+id+`","date":"2031-05-06","time":"11:30"}`).status)
	require.Equal(t, "11:30", b.Booksy.Appointments()[0].Time)
	require.Equal(t, http.StatusOK, b.post(t, "/booksy-cancel", `{"appointmentId":"`+id+`"}`).status)
	require.Equal(t, "cancelled", b.Booksy.Appointments()[0].Status)

	require.Equal(t, http.StatusOK, b.post(t, "/ga-webhook", `{"category":"Chatbot","action":"Start rozmowy","label":"WhatsApp","value":"5","userId":"u1"}`).status)
	require.Equal(t, "start_rozmowy", b.Analytics.Events()[0].Name)

	mail := b.post(t, "/email-webhook", `{"to":"jan@example.com","templateId":"d-0123456789abcdef0123456789abcdef","name":"Jan","dynamicData":{"promo":"X1"}}`)
	require.Equal(t, http.StatusOK, mail.status, mail.body)
	require.NotEmpty(t, mail.text("message_id"))

	sms := b.post(t, "/sms-webhook", `{"to":"602345678","templateId":"bookingReminder","name":"Jan","meetingDate":"2031-05-06","meetingTime":"10:00","service":"Kredyt"}`)
	require.Equal(t, http.StatusOK, sms.status, sms.body)
	require.Equal(t, "Przypomnienie: jutro (2031-05-06) o godz. 10:00 masz spotkanie w Firma. Temat: Kredyt. Konsultant: Ewa. Do zobaczenia!", b.Twilio.Messages()[0].Body)
}

func TestServer_LeadArrivesIntactAndIsUpdated(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const name = `"}) { id } }`
	a := b.post(t, "/monday-webhook", `{"name":"\"}) { id } }"}`)
	require.Equal(t, http.StatusOK, a.status, a.body)
	require.Equal(t, name, b.Monday.Items(mondaytest.BoardID)[0].Name)

	first := b.post(t, "/monday-webhook", `{"name":"Łucja 🎈","email":"l@example.com","phone":"+48601234567","source":"Website"}`)
	second := b.post(t, "/monday-webhook", `{"name":"Łucja Ż.","email":"l@example.com","package":"Premium"}`)
	byPhone := b.post(t, "/monday-webhook", `{"name":"Łucja Ż.","phone":"601 234 567","status":"Done"}`)
	require.Equal(t, http.StatusOK, byPhone.status, byPhone.body)
	require.Equal(t, []string{first.text("monday_item_id"), first.text("monday_item_id")}, []string{second.text("monday_item_id"), byPhone.text("monday_item_id")})
	items := b.Monday.Items(mondaytest.BoardID)
	require.Len(t, items, 2)
	require.Equal(t, "Łucja Ż.", items[1].Name)
	require.Equal(t, []string{"Website", "Premium", "Done"}, []string{items[1].Columns["status1"], items[1].Columns["status2"], items[1].Columns["status"]})
}

func TestServer_OneLeadForTwoRequestsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, a := range b.atOnce(t, 8, "/monday-webhook", `{"name":"Ola","email":"ola@example.com"}`) {
		require.Equal(t, http.StatusOK, a.status, a.body)
	}
	require.Len(t, b.Monday.Items(mondaytest.BoardID), 1)
}

func TestServer_IdempotencyKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const body = `{"to":"602345678","templateId":"thank_you","name":"Jan"}`
	first := b.post(t, "/sms-webhook", body, "Idempotency-Key", `"k1"`)
	again := b.post(t, "/sms-webhook", body, "Idempotency-Key", `"k1"`)
	require.Equal(t, first.text("message_id"), again.text("message_id"))
	require.Len(t, b.Twilio.Messages(), 1)
	require.Equal(t, http.StatusUnprocessableEntity, b.post(t, "/sms-webhook", strings.Replace(body, "Jan", "Ola", 1), "Idempotency-Key", `"k1"`).status)
	require.Equal(t, http.StatusOK, b.post(t, "/flows/booking", booking, "Idempotency-Key", "k1").status)
	require.Equal(t, http.StatusUnprocessableEntity, b.post(t, "/flows/booking", strings.Replace(booking, "u1", "u2", 1), "Idempotency-Key", "k1").status)
	b.flows(t) // its own e-mail must not meet the fault below

	// An attempt that ended unclear is not repeated under the same key.
	b.SendGrid.Inject(transporttest.Fault{Reset: true, After: true})
	const mail = `{"to":"jan@example.com","templateId":"thank_you","name":"Jan"}`
	require.Equal(t, http.StatusGatewayTimeout, b.post(t, "/email-webhook", mail, "Idempotency-Key", "k2").status)
	a := b.post(t, "/email-webhook", mail, "Idempotency-Key", "k2")
	require.Equal(t, http.StatusGatewayTimeout, a.status)
	require.Equal(t, "k2", a.text("reference"))
}

func TestServer_Refuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(`{"name":"Jan"}`))
	signature := hex.EncodeToString(mac.Sum(nil))
	for _, tc := range []struct {
		name, path, body string
		header           []string
		status           int
		says             string
	}{
		{"wrong token", "/monday-webhook", `{"name":"Jan"}`, []string{"X-Webhook-Token", "wrong"}, 401, ""},
		{"no proof", "/monday-webhook", `{"name":"Jan"}`, []string{"X-Webhook-Token", ""}, 401, ""},
		{"good signature", "/monday-webhook", `{"name":"Jan"}`, []string{"X-Webhook-Token", "", "X-Signature", signature}, 200, ""},
		{"signature of another body", "/monday-webhook", `{"name":"Ola"}`, []string{"X-Webhook-Token", "", "X-Signature", signature}, 401, ""},
		{"not JSON", "/monday-webhook", `name=Jan`, nil, 400, "JSON"},
		{"an array", "/monday-webhook", `[]`, nil, 400, "JSON"},
		{"no name", "/monday-webhook", `{"email":"a@example.com"}`, nil, 400, "name is missing"},
		{"a nested name", "/monday-webhook", `{"name":{"a":1}}`, nil, 400, "name"},
		{"e-mail", "/monday-webhook", `{"name":"Jan","email":"jan(at)example"}`, nil, 400, "email"},
		{"phone", "/monday-webhook", `{"name":"Jan","phone":"12"}`, nil, 400, "phone"},
		{"date", "/monday-webhook", `{"name":"Jan","meetingDate":"31.12.2026"}`, nil, 400, "meetingDate"},
		{"time", "/monday-webhook", `{"name":"Jan","meetingTime":"25:00"}`, nil, 400, "meetingTime"},
		{"unset variable", "/monday-webhook", `{"name":"{{first name}}"}`, nil, 400, "name is missing"},
		{"two problems", "/flows/booking", strings.Replace(strings.Replace(booking, "2031-05-06", "soon", 1), `"svc-1"`, `""`, 1), nil, 400, "serviceId is missing"},
		{"template", "/sms-webhook", `{"to":"602345678","templateId":"nothing"}`, nil, 400, "nothing"},
		{"content type", "/monday-webhook", `{"name":"Jan"}`, []string{"Content-Type", "text/plain"}, 415, ""},
		{"too large", "/monday-webhook", `{"name":"` + strings.Repeat("x", 10<<20) + `"}`, nil, 413, ""},
		{"unknown route", "/nothing", `{}`, nil, 404, "/nothing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := b.post(t, tc.path, tc.body, tc.header...)
			require.Equal(t, tc.status, a.status, a.body)
			if tc.status != 200 {
				require.Equal(t, false, a.body["success"])
				require.Contains(t, a.text("error"), tc.says)
			}
		})
	}
	require.Equal(t, http.StatusMethodNotAllowed, b.do(t, http.MethodGet, "/monday-webhook", "").status)
	require.Equal(t, http.StatusBadRequest, b.do(t, http.MethodGet, "/api/flows?sort=up", "").status)
	require.Equal(t, http.StatusOK, b.do(t, http.MethodGet, "/healthz", "", "X-Webhook-Token", "").status)
	require.Equal(t, http.StatusOK, b.do(t, http.MethodGet, "/readyz", "", "X-Webhook-Token", "").status)
}

func TestServer_VendorDown(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *config.Config) { c.Twilio = nil })
	a := b.post(t, "/sms-webhook", `{"to":"602345678","templateId":"thank_you","name":"Jan"}`)
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.Contains(t, a.text("error"), "twilio is switched off")
	require.NotEmpty(t, a.header.Get("Retry-After"))
	require.Equal(t, http.StatusServiceUnavailable, b.post(t, "/flows/booking", booking).status)

	b.SendGrid.Inject(transporttest.Fault{Status: 401, Body: `{"errors":[{"message":"authorization required"}]}`, Times: -1})
	require.Equal(t, http.StatusBadGateway, b.post(t, "/email-webhook", `{"to":"jan@example.com","templateId":"thank_you","name":"Jan"}`).status)
}

func TestServer_ReadSideNeedsTheAdminInLiveMode(t *testing.T) {
	t.Parallel()
	off := setup(t, func(c *config.Config) { c.Sandbox = false })
	require.Equal(t, http.StatusNotFound, off.do(t, http.MethodGet, "/api/flows", "").status)
	require.Equal(t, http.StatusOK, off.do(t, http.MethodGet, "/healthz", "").status)
	on := setup(t, func(c *config.Config) { c.Sandbox = false; c.AdminToken = config.NewSecret("admin-token-of-the-tests") })
	require.Equal(t, http.StatusUnauthorized, on.do(t, http.MethodGet, "/api/flows", "").status)
	require.Equal(t, http.StatusOK, on.do(t, http.MethodGet, "/api/flows", "", "Authorization", "Bearer admin-token-of-the-tests").status)
	require.Equal(t, http.StatusOK, on.do(t, http.MethodGet, "/api/flows", "", "Authorization", "Basic eDphZG1pbi10b2tlbi1vZi10aGUtdGVzdHM=").status)
}

func TestServer_KeepsSecretsToItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, v := range []*transporttest.Vendor{b.Booksy.Vendor, b.Monday.Vendor, b.Analytics.Vendor, b.SendGrid.Vendor, b.Twilio.Vendor} {
		v.Inject(transporttest.Fault{Status: 400, Body: booksytest.Key + mondaytest.Token + analyticstest.APISecret + notifytest.SendGridKey + notifytest.TwilioToken, Times: -1})
	}
	b.post(t, "/flows/contact", `{"userId":"u9","name":"Jan","email":"jan@example.com","phone":"602345678"}`)
	f, _ := b.flows(t)
	page, err := json.Marshal(f)
	require.NoError(t, err)
	for _, s := range []string{booksytest.Key, mondaytest.Token, analyticstest.APISecret, notifytest.SendGridKey, notifytest.TwilioToken, token, secret} {
		require.NotContains(t, string(page)+b.log.String(), s)
	}
}
