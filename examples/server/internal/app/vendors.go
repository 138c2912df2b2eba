package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/centrala-go/centrala/analytics"
	"github.com/centrala-go/centrala/booksy"
	"github.com/centrala-go/centrala/examples/server/internal/config"
	"github.com/centrala-go/centrala/examples/server/internal/effect"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/webhook"
)

// Check reports what the vendors' clients refuse to be configured with.
func Check(c config.Config) error {
	_, err := connect(c, nil, slog.New(slog.DiscardHandler))
	return err
}

// connect makes a client for each vendor that is on. One slice of options
// configures them all. Without a store they are only good for checking.
func connect(c config.Config, store flow.Store, log *slog.Logger) (v effect.Vendors, err error) {
	shared := []transport.Option{transport.WithLogger(log), transport.WithMiddleware(flow.Announced)}
	texts := effect.Texts{Business: c.Business}
	var claims webhook.Store
	if store != nil {
		claims = store.Claims()
	}
	for _, vendor := range []func() error{
		func() error { return connectCalendar(&v, c.Booksy, shared) },
		func() error { return connectCRM(&v, c.Monday, claims, c.StepLease, shared) },
		func() error { return connectAnalytics(&v, c.Analytics, shared) },
		func() error { return connectMail(&v, c.SendGrid, texts, shared) },
		func() error { return connectText(&v, c.Twilio, texts, store, shared) },
	} {
		if err := vendor(); err != nil {
			return v, err
		}
	}
	return v, nil
}

func connectCalendar(v *effect.Vendors, c *config.Booksy, shared []transport.Option) error {
	if c == nil {
		return nil
	}
	client, err := booksy.New(booksy.Config{
		APIKeyFunc: c.Key.Value, BaseURL: c.URL,
		Endpoints: booksy.Endpoints{List: booksy.Endpoint{PathTemplate: c.ListPath}},
	}, shared...)
	v.Calendar = &effect.Booksy{Client: client, Readable: c.ListPath != ""}
	return named(err, "BOOKSY_LIST_PATH")
}

func connectCRM(v *effect.Vendors, c *config.Monday, claims webhook.Store, lease time.Duration, shared []transport.Option) error {
	if c == nil {
		return nil
	}
	client, err := monday.New(monday.Config{TokenFunc: c.Token.Value, BaseURL: c.URL, APIVersion: c.Version}, shared...)
	v.CRM = &effect.Monday{Client: client, BoardID: c.BoardID, Columns: c.Columns, Claims: claims, Lease: lease}
	return named(err, "MONDAY_API_VERSION")
}

func connectAnalytics(v *effect.Vendors, c *config.Analytics, shared []transport.Option) error {
	if c == nil {
		return nil
	}
	client, err := analytics.New(analytics.Config{MeasurementID: c.MeasurementID, APISecretFunc: c.Secret.Value, BaseURL: c.URL}, shared...)
	v.Analytics = &effect.Google{Client: client}
	return named(err, "GA_MEASUREMENT_ID")
}

func connectMail(v *effect.Vendors, c *config.SendGrid, texts effect.Texts, shared []transport.Option) error {
	if c == nil {
		return nil
	}
	client, err := sendgrid.New(sendgrid.Config{APIKeyFunc: c.Key.Value, BaseURL: c.URL, From: notify.Address{Email: c.From, Name: texts.Business.Name}}, shared...)
	v.Mail = &effect.SendGrid{Sender: client, Templates: c.Templates, Texts: texts}
	return named(err, "EMAIL_FROM")
}

func connectText(v *effect.Vendors, c *config.Twilio, texts effect.Texts, store flow.Store, shared []transport.Option) error {
	if c == nil {
		return nil
	}
	client, err := twilio.New(twilio.Config{
		AccountSID: c.AccountSID, AuthTokenFunc: c.Token.Value, BaseURL: c.URL, From: c.From, MessagingServiceSID: c.MessagingServiceSID,
	}, shared...)
	sent := func(ctx context.Context, since time.Time) ([]string, error) { return store.Refs(ctx, "twilio", since) }
	v.Text = &effect.Twilio{Client: client, From: c.From, MessagingServiceSID: c.MessagingServiceSID, Texts: texts, Sent: sent}
	return named(err, "TWILIO_ACCOUNT_SID, TWILIO_PHONE_NUMBER or TWILIO_MESSAGING_SERVICE_SID")
}

// named says which variables a client was configured with that it refused:
// config has checked the others.
func named(err error, variables string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", variables, err)
}
