package app

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/centrala-go/centrala/analytics/analyticstest"
	"github.com/centrala-go/centrala/booksy/booksytest"
	"github.com/centrala-go/centrala/examples/internal/fakes"
	"github.com/centrala-go/centrala/examples/server/internal/config"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/notify/notifytest"
)

// sandboxToken is the webhook token of a sandbox that was given none.
const sandboxToken = "sandbox-webhook-token"

// Sandbox is the world of a server without credentials: all vendors as fakes
// in the same process.
type Sandbox struct {
	fakes *fakes.Fakes
	token string // as it stands in the printed requests
}

// StartSandbox starts the fakes and points every vendor of c at them.
func StartSandbox(c *config.Config) (*Sandbox, error) {
	f, err := fakes.Start()
	if err != nil {
		return nil, err
	}
	c.Monday = &config.Monday{
		URL: f.URLs["monday"] + "/v2", BoardID: mondaytest.BoardID,
		Token: config.NewSecret(mondaytest.Token), Columns: config.DefaultColumns(),
	}
	c.Booksy = &config.Booksy{URL: f.URLs["booksy"] + "/api/v1", ListPath: fakes.ListPath, Key: config.NewSecret(booksytest.Key)}
	c.Analytics = &config.Analytics{
		URL: f.URLs["analytics"], MeasurementID: analyticstest.MeasurementID, Secret: config.NewSecret(analyticstest.APISecret),
	}
	c.SendGrid = &config.SendGrid{URL: f.URLs["sendgrid"], From: "biuro@centrala.test", Key: config.NewSecret(notifytest.SendGridKey)}
	c.Twilio = &config.Twilio{
		URL: f.URLs["twilio"], AccountSID: notifytest.TwilioAccount, From: notifytest.TwilioNumber,
		Token: config.NewSecret(notifytest.TwilioToken),
	}
	box := &Sandbox{f, "<your CHATFUEL_WEBHOOK_TOKEN>"}
	if !c.WebhookToken.Set() && !c.WebhookHMAC.Set() && !c.InsecureNoAuth {
		box.token = sandboxToken
		c.WebhookToken = config.NewSecret(sandboxToken)
	}
	return box, nil
}

// Close stops the fakes.
func (s *Sandbox) Close() { s.fakes.Close() }

// Print tells how to use the sandbox: the dashboard, where each fake listens
// and one curl for each scenario.
func (s *Sandbox) Print(w io.Writer, url string, c config.Config) {
	fmt.Fprintf(w, "\nSandbox: every vendor is a fake in this process, and nothing leaves the machine.\n\n")
	fmt.Fprintf(w, "  dashboard   %s/\n  flows       %s/api/flows\n", url, url)
	for _, name := range slices.Sorted(maps.Keys(s.fakes.URLs)) {
		fmt.Fprintf(w, "  %-11s %s   what took effect: %s/_fake/state\n", name, s.fakes.URLs[name], s.fakes.URLs[name])
	}
	for _, e := range scenarios(time.Now().In(c.Location)) {
		fmt.Fprintf(w, "\n%s:\n\n  curl -s %s%s -H 'X-Webhook-Token: %s' -H 'Content-Type: application/json' -d '%s'\n", e.name, url, e.route, s.token, e.body)
	}
	fmt.Fprintln(w, "\nStop with Ctrl-C.")
}

type example struct{ name, route, body string }

// scenarios are the printed requests; the meeting is tomorrow. The user is
// another at each start, because the store remembers the flows of the last.
func scenarios(now time.Time) []example {
	day, user := now.AddDate(0, 0, 1).Format(time.DateOnly), now.Format("0102-150405")
	return []example{
		{"A booking", "/flows/booking", `{"userId":"anna-` + user + `","name":"Zażółć Gęślą","email":"anna@example.com","phone":"+48 601 234 567",` +
			`"package":"Premium","topic":"Kredyt hipoteczny","source":"Website","serviceId":"svc-1","staffId":"staff-1","date":"` + day + `","time":"10:00"}`},
		{"A contact request", "/flows/contact", `{"userId":"jan-` + user + `","name":"Jan Kowalski","email":"jan@example.com","phone":"602 345 678",` +
			`"topic":"Ubezpieczenie","question":"Ile kosztuje?","source":"Instagram"}`},
		{"The free slots of a day", "/booksy-availability", `{"date":"` + day + `","serviceId":"svc-1","staffId":"staff-1"}`},
		{"One text message", "/sms-webhook", `{"to":"+48601234567","templateId":"thank_you","name":"Anna"}`},
	}
}

// PrintVendors lists what is on and off, without secrets.
func PrintVendors(w io.Writer, c config.Config) {
	if c.Sandbox {
		fmt.Fprintln(w, "sandbox mode: every vendor is a fake in this process")
	}
	for _, v := range c.Vendors() {
		state := "on"
		switch {
		case c.Sandbox:
			state = "on (fake)"
		case !v.On:
			state = "off (set " + v.Needs + ")"
		}
		fmt.Fprintf(w, "%-10s %s\n", v.Name, state)
	}
}

// LogOff writes one line for each vendor that is off.
func LogOff(log *slog.Logger, c config.Config) {
	for _, v := range c.Vendors() {
		if !v.On {
			log.Warn("vendor is off", "vendor", v.Name, "needs", v.Needs)
		}
	}
}
