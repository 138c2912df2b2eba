// Package config reads the reference server's settings from the environment
// and the command line.
package config

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config is everything the server is told. A vendor that is nil is off.
type Config struct {
	Addr, PublicURL, DatabaseURL string
	// Sandbox runs against the fakes; Check only validates.
	Sandbox, Check bool
	// InsecureNoAuth lets chatbot routes go without a secret in live mode.
	InsecureNoAuth bool
	// AnswerWithin is how long a route may work before it answers.
	AnswerWithin time.Duration
	// StepLease is how long a step of a killed process is left alone before
	// another attempt asks the vendor what became of it.
	StepLease time.Duration

	Business Business
	Location *time.Location

	Monday    *Monday
	Booksy    *Booksy
	Analytics *Analytics
	SendGrid  *SendGrid
	Twilio    *Twilio

	// WebhookToken and WebhookHMAC prove callers of the chatbot routes;
	// AdminToken opens the read side in live mode.
	WebhookToken, WebhookHMAC, AdminToken Secret
	AllowedIPs, TrustedProxies            []netip.Prefix
}

// Business is what the message texts say about the firm.
type Business struct{ Name, Phone, Consultant string }

// Monday holds the CRM's settings; Columns maps the fields of a lead to
// column ids.
type Monday struct {
	URL, BoardID, Version string
	Token                 Secret
	Columns               map[string]string
}

// Booksy holds the booking system's settings; without ListPath an appointment
// with unknown outcome stays unknown.
type Booksy struct {
	URL, ListPath string
	Key           Secret
}

// Analytics holds the Measurement Protocol's settings.
type Analytics struct {
	URL, MeasurementID string
	Secret             Secret
}

// SendGrid holds the e-mail provider's settings; Templates maps template
// names to vendor ids.
type SendGrid struct {
	URL, From string
	Key       Secret
	Templates map[string]string
}

// Twilio holds the SMS provider's settings.
type Twilio struct {
	URL, AccountSID, From, MessagingServiceSID string
	Token                                      Secret
}

// DefaultColumns are the column ids of the lead board, by field.
func DefaultColumns() map[string]string {
	return map[string]string{
		"email": "email", "phone": "phone", "topic": "text1", "source": "status1",
		"meetingDate": "date", "meetingTime": "time", "package": "status2",
		"status": "status", "key": "text_key",
	}
}

// TemplateNames are the message texts, by the names of the contract.
var TemplateNames = []string{"booking_confirmation", "booking_reminder", "consultant_contact", "thank_you"}

// Load reads the command line and the environment. Every error names the
// variable or flag at fault.
func Load(args []string, getenv func(string) string, out io.Writer) (Config, error) {
	r := &reader{get: getenv}
	c := Config{
		AnswerWithin: 8 * time.Second, // Chatfuel hangs up after ten
		Addr:         r.text("ADDR", "127.0.0.1:8080"),
		DatabaseURL:  r.textOrFile("DATABASE_URL", "sqlite:centrala.db"),
		Location:     r.location("TIMEZONE", "Europe/Warsaw"),
		Business: Business{
			Name:       r.text("BUSINESS_NAME", "Centrala"),
			Phone:      r.text("BUSINESS_PHONE", ""),
			Consultant: r.text("CONSULTANT_NAME", "konsultant"),
		},
		WebhookToken: r.secret("CHATFUEL_WEBHOOK_TOKEN"), WebhookHMAC: r.secret("WEBHOOK_HMAC_SECRET"),
		AdminToken: r.secret("ADMIN_TOKEN"),
		AllowedIPs: r.prefixes("ALLOWED_IPS"), TrustedProxies: r.prefixes("TRUSTED_PROXIES"),
	}
	if err := c.parseFlags(args, out); err != nil {
		return c, err
	}
	c.checkServer(r)
	c.PublicURL = r.url("PUBLIC_URL", "http://"+c.Addr)
	if c.Sandbox || !anyCredential(getenv) {
		c.Sandbox = true
		return c, r.err()
	}
	c.readVendors(r)
	if !c.WebhookToken.Set() && !c.WebhookHMAC.Set() && !c.InsecureNoAuth {
		r.fail("missing CHATFUEL_WEBHOOK_TOKEN or WEBHOOK_HMAC_SECRET: anybody could call the chatbot routes (or give -insecure-no-auth)")
	}
	return c, r.err()
}

func (c *Config) parseFlags(args []string, out io.Writer) error {
	f := flag.NewFlagSet("server", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&c.Addr, "addr", c.Addr, "listen `address` (ADDR)")
	f.StringVar(&c.DatabaseURL, "database", c.DatabaseURL, "`URL` of the store (DATABASE_URL)")
	f.BoolVar(&c.Sandbox, "sandbox", false, "run against built-in fakes of all vendors")
	f.BoolVar(&c.Check, "check", false, "validate the configuration, print what is on, and exit")
	f.BoolVar(&c.InsecureNoAuth, "insecure-no-auth", false, "let anybody call the chatbot routes")
	f.DurationVar(&c.StepLease, "step-lease", 30*time.Second, "how long a killed process's step rests before it is settled")
	if err := f.Parse(args); err != nil {
		return err
	}
	switch {
	case f.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	case c.StepLease < time.Second:
		return fmt.Errorf("-step-lease: %v is shorter than 1s", c.StepLease)
	}
	return nil
}

// checkServer refuses an address or a store that cannot be.
func (c *Config) checkServer(r *reader) {
	if _, port, err := net.SplitHostPort(c.Addr); err != nil || port == "" {
		r.fail("ADDR: %q is not host:port", c.Addr)
	}
	switch scheme, rest, _ := strings.Cut(c.DatabaseURL, ":"); {
	case scheme != "sqlite" && scheme != "postgres" && scheme != "postgresql":
		r.fail("DATABASE_URL: begins with %q, want sqlite:PATH or postgres://…", scheme+":")
	case rest == "":
		r.fail("DATABASE_URL: nothing follows %q", scheme+":")
	}
}

// anyCredential reports whether any vendor's credential is in the environment.
func anyCredential(getenv func(string) string) bool {
	return slices.ContainsFunc([]string{
		"MONDAY_API_TOKEN", "BOOKSY_API_KEY", "GA_API_SECRET", "SENDGRID_API_KEY", "TWILIO_AUTH_TOKEN",
		"CALLYZER_API_TOKEN", "CHATFUEL_TOKEN", "OPENAI_API_KEY",
	}, func(name string) bool { return getenv(name) != "" || getenv(name+"_FILE") != "" })
}

func (c *Config) readVendors(r *reader) {
	c.readMonday(r)
	c.readSendGrid(r)
	c.readTwilio(r)
	if key := r.secret("BOOKSY_API_KEY"); key.Set() {
		c.Booksy = &Booksy{URL: r.vendorURL("BOOKSY_API_URL", "https://api.booksy.com/api/v1"), ListPath: r.text("BOOKSY_LIST_PATH", ""), Key: key}
	}
	id, secret := r.text("GA_MEASUREMENT_ID", ""), r.secret("GA_API_SECRET")
	if r.group(map[string]bool{"GA_MEASUREMENT_ID": id != "", "GA_API_SECRET": secret.Set()}, "GA_MEASUREMENT_ID", "GA_API_SECRET") {
		c.Analytics = &Analytics{URL: r.vendorURL("GA_API_URL", "https://www.google-analytics.com"), MeasurementID: id, Secret: secret}
	}
}

func (c *Config) readMonday(r *reader) {
	token, board := r.secret("MONDAY_API_TOKEN"), r.text("MONDAY_BOARD_ID", "")
	if !r.group(map[string]bool{"MONDAY_API_TOKEN": token.Set(), "MONDAY_BOARD_ID": board != ""}, "MONDAY_API_TOKEN", "MONDAY_BOARD_ID") {
		return
	}
	if _, err := strconv.ParseUint(board, 10, 64); err != nil {
		r.fail("MONDAY_BOARD_ID: %q is not a number", board)
	}
	c.Monday = &Monday{
		URL: r.vendorURL("MONDAY_API_URL", "https://api.monday.com/v2"), BoardID: board,
		Version: r.text("MONDAY_API_VERSION", ""), Token: token, Columns: DefaultColumns(),
	}
	given := r.text("MONDAY_COLUMNS", "")
	if given == "" {
		return
	}
	var columns map[string]string
	if err := json.Unmarshal([]byte(given), &columns); err != nil {
		r.fail("MONDAY_COLUMNS: is not a JSON object of field to column id")
	}
	for field, column := range columns {
		if _, known := c.Monday.Columns[field]; !known {
			r.fail("MONDAY_COLUMNS: there is no field %q", field)
		}
		c.Monday.Columns[field] = column
	}
}

func (c *Config) readSendGrid(r *reader) {
	key, from := r.secret("SENDGRID_API_KEY"), r.text("EMAIL_FROM", "")
	if !r.group(map[string]bool{"SENDGRID_API_KEY": key.Set(), "EMAIL_FROM": from != ""}, "SENDGRID_API_KEY", "EMAIL_FROM") {
		return
	}
	c.SendGrid = &SendGrid{URL: r.vendorURL("SENDGRID_API_URL", "https://api.sendgrid.com"), From: from, Key: key, Templates: map[string]string{}}
	for _, name := range TemplateNames {
		if id := r.text("SENDGRID_TEMPLATE_"+strings.ToUpper(name), ""); id != "" {
			c.SendGrid.Templates[name] = id
		}
	}
}

func (c *Config) readTwilio(r *reader) {
	sid, token := r.text("TWILIO_ACCOUNT_SID", ""), r.secret("TWILIO_AUTH_TOKEN")
	from, service := r.text("TWILIO_PHONE_NUMBER", ""), r.text("TWILIO_MESSAGING_SERVICE_SID", "")
	set := map[string]bool{
		"TWILIO_ACCOUNT_SID": sid != "", "TWILIO_AUTH_TOKEN": token.Set(), "TWILIO_PHONE_NUMBER": from != "" || service != "",
	}
	if r.group(set, "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PHONE_NUMBER") {
		c.Twilio = &Twilio{URL: r.vendorURL("TWILIO_API_URL", "https://api.twilio.com"), AccountSID: sid, From: from, MessagingServiceSID: service, Token: token}
	}
}

// Vendors lists every vendor with whether it is on, in a fixed order.
func (c *Config) Vendors() []Vendor {
	return []Vendor{
		{"monday", c.Monday != nil, "MONDAY_API_TOKEN, MONDAY_BOARD_ID"},
		{"booksy", c.Booksy != nil, "BOOKSY_API_KEY"},
		{"analytics", c.Analytics != nil, "GA_MEASUREMENT_ID, GA_API_SECRET"},
		{"sendgrid", c.SendGrid != nil, "SENDGRID_API_KEY, EMAIL_FROM"},
		{"twilio", c.Twilio != nil, "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER"},
	}
}

// Vendor says whether a vendor is on, and which variables turn it on.
type Vendor struct {
	Name  string
	On    bool
	Needs string
}
