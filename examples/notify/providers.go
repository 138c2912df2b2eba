package main

import (
	"fmt"
	"io"
	"time"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// providers are who carries the messages, and what there is to say about it in
// the end.
type providers struct {
	email   notify.EmailSender
	sms     notify.SMSSender
	summary func()
}

// connect takes the real providers when there are credentials, else fakes.
func connect(env func(string) string, out io.Writer) (providers, error) {
	if env("SENDGRID_API_KEY") == "" && env("TWILIO_AUTH_TOKEN") == "" {
		return fakes(out)
	}
	mail, err := sendgrid.New(sendgrid.Config{
		APIKey: env("SENDGRID_API_KEY"), From: notify.Address{Email: env("EMAIL_FROM")},
	})
	if err != nil {
		return providers{}, err
	}
	text, err := twilio.New(twilio.Config{
		AccountSID: env("TWILIO_ACCOUNT_SID"), AuthToken: env("TWILIO_AUTH_TOKEN"), From: env("TWILIO_PHONE_NUMBER"),
	})
	return providers{mail, text, func() {}}, err
}

// fakes loses the first answer of each provider after it has accepted.
func fakes(out io.Writer) (providers, error) {
	mails, messages := notifytest.NewSendGrid(notifytest.SendGridConfig{}), notifytest.NewTwilio(notifytest.TwilioConfig{})
	lost := transporttest.Fault{Reset: true, After: true}
	mails.Inject(lost)
	messages.Inject(lost)
	mail, err := sendgrid.New(sendgrid.Config{
		APIKey: notifytest.SendGridKey, BaseURL: notifytest.SendGridURL, From: notify.Address{Email: "biuro@example.com"},
	}, transport.WithTransport(mails.Transport()))
	if err != nil {
		return providers{}, err
	}
	text, err := twilio.New(twilio.Config{
		AccountSID: notifytest.TwilioAccount, AuthToken: notifytest.TwilioToken,
		BaseURL: notifytest.TwilioURL, From: notifytest.TwilioNumber, Settle: 10 * time.Millisecond,
	}, transport.WithTransport(messages.Transport()))
	return providers{mail, text, func() {
		for _, m := range mails.Mails() {
			fmt.Fprintf(out, "the fake SendGrid sent to %s: %s\n", m.To, m.Text)
		}
		for _, m := range messages.Messages() {
			fmt.Fprintf(out, "the fake Twilio sent to %s: %s\n", m.To, m.Body)
		}
	}}, err
}
