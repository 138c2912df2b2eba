package app_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/examples/server/internal/app"
	"github.com/centrala-go/centrala/examples/server/internal/config"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// effectRoutes are the routes with one effect, with a good body and the vendor.
var effectRoutes = []struct {
	path, body string
	vendor     func(*bundle) *transporttest.Vendor
	// saysNothing is where a 503 means that nothing was done.
	saysNothing bool
}{
	{"/monday-webhook", `{"name":"Jan","email":"jan@example.com"}`, func(b *bundle) *transporttest.Vendor { return b.Monday.Vendor }, true},
	{"/booksy-webhook", `{"name":"Jan","email":"jan@example.com","phone":"602345678","date":"2031-05-06","time":"10:00","serviceId":"svc-1","staffId":"staff-1"}`, func(b *bundle) *transporttest.Vendor { return b.Booksy.Vendor }, false},
	{"/booksy-availability", `{"date":"2031-05-06","serviceId":"svc-1","staffId":"staff-1"}`, func(b *bundle) *transporttest.Vendor { return b.Booksy.Vendor }, true},
	{"/booksy-reschedule", `{"appointmentId":"1001","date":"2031-05-06","time":"10:00"}`, func(b *bundle) *transporttest.Vendor { return b.Booksy.Vendor }, false},
	{"/booksy-cancel", `{"appointmentId":"1001"}`, func(b *bundle) *transporttest.Vendor { return b.Booksy.Vendor }, false},
	{"/ga-webhook", `{"action":"start"}`, func(b *bundle) *transporttest.Vendor { return b.Analytics.Vendor }, false},
	{"/email-webhook", `{"to":"jan@example.com","templateId":"thank_you","name":"Jan"}`, func(b *bundle) *transporttest.Vendor { return b.SendGrid.Vendor }, true},
	{"/sms-webhook", `{"to":"602345678","templateId":"thank_you","name":"Jan"}`, func(b *bundle) *transporttest.Vendor { return b.Twilio.Vendor }, true},
}

var flowRoutes = map[string]string{
	"/flows/booking": booking,
	"/flows/contact": `{"userId":"u9","name":"Jan","email":"jan@example.com","phone":"602345678"}`,
}

// refused wants a failure in the contract's shape.
func refused(t *testing.T, a answer, status int, says string) {
	t.Helper()
	require.Equal(t, status, a.status, a.body)
	require.Equal(t, false, a.body["success"])
	require.Contains(t, a.text("error"), says)
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		require.NotEmpty(t, a.header.Get("Retry-After"))
	}
}

// Every inbound route refuses the same things in the same way.
func TestContract_EveryRouteRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	routes := []string{}
	for _, r := range effectRoutes {
		routes = append(routes, r.path)
	}
	for path := range flowRoutes {
		routes = append(routes, path)
	}
	big := `{"name":"` + strings.Repeat("x", 10<<20) + `"}`
	for _, path := range routes {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
				a := b.do(t, method, path, "{}")
				refused(t, a, http.StatusMethodNotAllowed, "method")
				require.Equal(t, "POST", a.header.Get("Allow"))
			}
			refused(t, b.post(t, path, "{}"), http.StatusBadRequest, " is missing")
			refused(t, b.post(t, path, "{}", "X-Webhook-Token", "wrong"), http.StatusUnauthorized, "")
			refused(t, b.post(t, path, "{}", "X-Webhook-Token", ""), http.StatusUnauthorized, "")
			refused(t, b.post(t, path, "{}", "Content-Type", "text/plain"), http.StatusUnsupportedMediaType, "")
			refused(t, b.post(t, path, "{}", "Content-Type", ""), http.StatusUnsupportedMediaType, "")
			refused(t, b.post(t, path, big, "X-Webhook-Token", ""), http.StatusRequestEntityTooLarge, "")
			for _, key := range []string{`ąę`, `""`, `"`, strings.Repeat("k", 256)} {
				refused(t, b.post(t, path, "{}", "Idempotency-Key", key), http.StatusBadRequest, "Idempotency-Key")
			}
			for _, body := range []string{``, `null`, `[]`, `"x"`, `{"name":"Jan"}}`, `{"name":"Jan"} {}`, "{\"name\":\"\xff\"}"} {
				refused(t, b.post(t, path, body), http.StatusBadRequest, "JSON")
			}
		})
	}
}

// What a vendor says decides the status. Its limit comes last, because it is
// remembered.
func TestContract_VendorFailures(t *testing.T) {
	t.Parallel()
	wait := http.Header{"Retry-After": {"120"}}
	for _, r := range effectRoutes {
		t.Run(r.path[1:], func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			for _, tc := range []struct{ says, status int }{
				{403, http.StatusBadGateway}, {503, http.StatusServiceUnavailable}, {429, http.StatusTooManyRequests},
			} {
				if tc.says == 503 && !r.saysNothing {
					tc.status = http.StatusGatewayTimeout // the vendor may have done it all the same
				}
				r.vendor(b).Inject(transporttest.Fault{Status: tc.says, Header: wait, Body: "{}", Times: -1})
				a := b.post(t, r.path, r.body)
				refused(t, a, tc.status, "")
				if tc.status == tc.says {
					require.Equal(t, "120", a.header.Get("Retry-After"))
				}
				r.vendor(b).Reset()
			}
		})
	}
}

// An e-mail that was known not to be sent is sent when the request comes again.
func TestContract_NothingDoneMayBeRepeated(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.SendGrid.Inject(transporttest.Fault{Status: 403, Body: "{}"}, transporttest.Fault{Status: 503, Header: http.Header{"Retry-After": {"120"}}})
	const mail = `{"to":"jan@example.com","templateId":"bookingReminder","name":"Jan","meetingDate":"2031-05-06","meetingTime":"10:00"}`
	refused(t, b.post(t, "/email-webhook", mail, "Idempotency-Key", "k"), http.StatusBadGateway, "refused")
	refused(t, b.post(t, "/email-webhook", mail, "Idempotency-Key", "k"), http.StatusServiceUnavailable, "nothing was done")
	a := b.post(t, "/email-webhook", mail, "Idempotency-Key", "k")
	require.Equal(t, http.StatusOK, a.status, a.body)
	require.Len(t, b.SendGrid.Mails(), 1)
	require.Equal(t, "k", b.SendGrid.Mails()[0].CustomArgs["centrala_key"])
	require.Contains(t, b.SendGrid.Mails()[0].Text, "Przypomnienie")
}

// Where nobody knows, the answer says so and carries a reference, with a key
// or without one.
func TestContract_UnknownCarriesAReference(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *config.Config) { c.Booksy.ListPath = "" })
	for _, r := range effectRoutes {
		switch r.path {
		case "/booksy-webhook", "/ga-webhook", "/email-webhook":
			r.vendor(b).Inject(transporttest.Fault{Reset: true, After: true})
			a := b.post(t, r.path, r.body)
			refused(t, a, http.StatusGatewayTimeout, "outcome unknown")
			require.NotEmpty(t, a.text("reference"))
		}
	}
}

func TestContract_SlowCalendar(t *testing.T) {
	t.Parallel()
	open := make(chan struct{})
	b := setup(t, func(c *config.Config) {
		c.Booksy.URL, c.AnswerWithin = gate(t, c.Booksy.URL, nil, open), 1
	})
	a := b.post(t, "/flows/booking", booking)
	require.Equal(t, http.StatusOK, a.status, a.body)
	attributes := a.body["set_attributes"].(map[string]any)
	require.Equal(t, "pending", attributes["flow_status"])
	require.NotEmpty(t, a.body["messages"])
	close(open)
	f, _ := b.flows(t)
	require.Equal(t, "done", f["state"])
	require.Equal(t, f["id"], attributes["flow_id"])
	require.Equal(t, [5]int{1, 1, 1, 1, 1}, b.effects())
}

func TestContract_ReadSide(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/", "/healthz", "/readyz", "/api/flows", "/api/flows/x"} {
		a := b.post(t, path, "{}")
		refused(t, a, http.StatusMethodNotAllowed, "method")
		require.Equal(t, "GET, HEAD", a.header.Get("Allow"))
	}
	for _, query := range []string{"?sort=up", "?%zz", "?a;b", "?limit=1&limit=2", "?limit=0", "?limit=501", "?limit=x", "?cursor=0", "?cursor=x"} {
		refused(t, b.do(t, http.MethodGet, "/api/flows"+query, ""), http.StatusBadRequest, "")
	}
	refused(t, b.do(t, http.MethodGet, "/api/flows/x?limit=1", ""), http.StatusBadRequest, "limit")
	refused(t, b.do(t, http.MethodGet, "/api/flows/x", ""), http.StatusNotFound, "no such flow")
	refused(t, b.do(t, http.MethodGet, "/nothing", ""), http.StatusNotFound, "/nothing")

	for _, user := range []string{"u1", "u2", "u3"} {
		require.Equal(t, http.StatusOK, b.post(t, "/flows/contact", strings.Replace(flowRoutes["/flows/contact"], "u9", user, 1)).status)
	}
	b.flows(t)
	var ids []any
	next := ""
	for {
		a := b.do(t, http.MethodGet, "/api/flows?limit=2&cursor="+next, "")
		for _, f := range a.body["flows"].([]any) {
			ids = append(ids, f.(map[string]any)["id"])
		}
		if next = a.text("next"); next == "" {
			break
		}
	}
	require.Len(t, ids, 3)
	one := b.do(t, http.MethodGet, "/api/flows/"+ids[0].(string), "")
	require.Equal(t, ids[0], one.body["id"])
	for _, field := range []string{"id", "kind", "key", "state", "created_at", "updated_at", "steps"} {
		require.Contains(t, one.body, field)
	}
	for _, field := range []string{"name", "vendor", "state", "attempts", "ref", "error", "updated_at"} {
		require.Contains(t, one.body["steps"].([]any)[0], field)
	}
}

func TestContract_AddressAndProof(t *testing.T) {
	t.Parallel()
	const lead = `{"name":"Jan"}`
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	elsewhere := setup(t, func(c *config.Config) { c.AllowedIPs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	refused(t, elsewhere.post(t, "/monday-webhook", lead), http.StatusForbidden, "address")
	refused(t, elsewhere.post(t, "/monday-webhook", lead, "X-Forwarded-For", "192.0.2.1"), http.StatusForbidden, "address")
	require.Equal(t, http.StatusOK, elsewhere.do(t, http.MethodGet, "/healthz", "").status)

	behind := setup(t, func(c *config.Config) {
		c.AllowedIPs, c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, []netip.Prefix{loopback}
	})
	require.Equal(t, http.StatusOK, behind.post(t, "/monday-webhook", lead, "X-Forwarded-For", "192.0.2.1").status)
	refused(t, behind.post(t, "/monday-webhook", lead, "X-Forwarded-For", "192.0.2.1, 198.51.100.1"), http.StatusForbidden, "address")

	anybody := setup(t, func(c *config.Config) { c.WebhookToken, c.WebhookHMAC = config.Secret{}, config.Secret{} })
	require.Equal(t, http.StatusOK, anybody.post(t, "/monday-webhook", lead, "X-Webhook-Token", "").status)
}

// A secret file that was emptied is the server's trouble, not the caller's.
func TestContract_UnreadableSecret(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(path, []byte(token), 0o600))
	loaded, err := config.Load([]string{"-sandbox"}, func(name string) string {
		return map[string]string{"CHATFUEL_WEBHOOK_TOKEN_FILE": path}[name]
	}, t.Output())
	require.NoError(t, err)
	b := setup(t, func(c *config.Config) { c.WebhookToken = loaded.WebhookToken })
	require.Equal(t, http.StatusOK, b.post(t, "/monday-webhook", `{"name":"Jan"}`).status)
	require.NoError(t, os.Truncate(path, 0))
	var a answer
	until(t, func() bool { a = b.post(t, "/monday-webhook", `{"name":"Jan"}`); return a.status != http.StatusOK })
	refused(t, a, http.StatusServiceUnavailable, "nothing was done")
	require.NotContains(t, a.text("error"), path)
}

func TestContract_HostileTextsArriveIntact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i, name := range []string{`"}) { id } }`, `Zażółć Gęślą Jaźń`, `👩‍👩‍👧 🎈`, `<script>alert(1)</script>`, `Robert'); DROP TABLE flows;--`, `\u0000 %s {{x`} {
		body := strings.Replace(flowRoutes["/flows/contact"], `"Jan"`, jsonText(t, name), 1)
		body = strings.ReplaceAll(strings.Replace(body, "u9", "u"+string(rune('a'+i)), 1), "602345678", "60234567"+string(rune('0'+i)))
		body = strings.Replace(body, "jan@", string(rune('a'+i))+"@", 1)
		a := b.post(t, "/flows/contact", body)
		require.Equal(t, http.StatusOK, a.status, a.body)
		f, _ := b.flows(t)
		require.Equal(t, "done", f["state"], f)
		items := b.Monday.Items(mondaytest.BoardID)
		require.Equal(t, name, items[len(items)-1].Name)
		require.Contains(t, b.Twilio.Messages()[i].Body, name)
	}
}

func TestContract_Dashboard(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *config.Config) { c.Business.Name = `</title><script>alert("name")</script>` })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/", http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
	require.NotContains(t, string(page), `alert("name")`)
	require.Contains(t, string(page), `const zone = "UTC"`)
	require.NotContains(t, string(page), "innerHTML")
}

// What the CRM gets: the default columns, or those of MONDAY_COLUMNS, and the
// flow's key in its column and as the header.
func TestContract_Lead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, http.StatusOK, b.post(t, "/flows/booking", booking, "Idempotency-Key", "order-7").status)
	f, _ := b.flows(t)
	require.Equal(t, "order-7", f["key"])
	require.Equal(t, http.StatusOK, b.post(t, "/monday-webhook", `{"name":"Anna","email":"anna@example.com","status":"Done"}`).status)
	item := b.Monday.Items(mondaytest.BoardID)[0]
	require.Equal(t, map[string]string{
		"email": "anna@example.com", "phone": "+48601234567", "text1": "Kredyt", "status1": "Website",
		"date": "2031-05-06", "time": "10:00 AM", "status2": "Premium", "status": "Done", "text_key": "order-7",
	}, item.Columns)
	keys := map[string]bool{}
	for _, r := range b.Monday.Requests() {
		keys[r.Header.Get("Idempotency-Key")] = true
	}
	require.Contains(t, keys, "order-7")

	own := setup(t, func(c *config.Config) {
		maps.Copy(c.Monday.Columns, map[string]string{"topic": "text_key", "key": "", "source": ""})
	})
	require.Equal(t, http.StatusOK, own.post(t, "/flows/booking", booking).status)
	own.flows(t)
	item = own.Monday.Items(mondaytest.BoardID)[0]
	require.Equal(t, "Kredyt", item.Columns["text_key"])
	require.NotContains(t, item.Columns, "status1")
}

func TestContract_EmptyPhoneLeavesItsSentenceOut(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *config.Config) { c.Business.Phone = "" })
	require.Equal(t, http.StatusOK, b.post(t, "/sms-webhook", `{"to":"602345678","templateId":"thank_you","name":"Jan"}`).status)
	require.Equal(t, "Witaj Jan! Dziękujemy za kontakt z Firma.", b.Twilio.Messages()[0].Body)
}

func TestContract_SameKeyInFlight(t *testing.T) {
	t.Parallel()
	arrived, open := make(chan struct{}, 1), make(chan struct{})
	b := setup(t, func(c *config.Config) { c.Booksy.URL = gate(t, c.Booksy.URL, arrived, open) })
	const body = `{"date":"2031-05-06","serviceId":"svc-1","staffId":"staff-1"}`
	first := make(chan answer, 1)
	go func() {
		a, _ := b.try(t.Context(), http.MethodPost, "/booksy-availability", body, "Idempotency-Key", "k")
		first <- a
	}()
	<-arrived
	second := b.post(t, "/booksy-availability", body, "Idempotency-Key", "k")
	refused(t, second, http.StatusConflict, "Idempotency-Key")
	require.NotEmpty(t, second.header.Get("Retry-After"))
	close(open)
	require.Equal(t, http.StatusOK, (<-first).status)
}

// gate returns the address of a proxy that holds requests back until open is
// closed; it tells of them on arrived, if anybody listens.
func gate(t *testing.T, target string, arrived chan<- struct{}, open <-chan struct{}) string {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(u)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case arrived <- struct{}{}:
		default:
		}
		select {
		case <-open:
			proxy.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestSandbox_OpenToAnybody(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{false, true} {
		c := config.Config{InsecureNoAuth: open}
		box, err := app.StartSandbox(&c)
		require.NoError(t, err)
		t.Cleanup(box.Close)
		require.NotEqual(t, open, c.WebhookToken.Set())
	}
}
