package notifytest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func ExampleNewSendGrid() {
	srv := notifytest.NewSendGrid(notifytest.SendGridConfig{Senders: []string{"biuro@example.com"}})
	srv.Inject(transporttest.Fault{Reset: true, After: true}) // accepted, but the answer is lost
	c, err := sendgrid.New(sendgrid.Config{
		APIKey: notifytest.SendGridKey, BaseURL: notifytest.SendGridURL, From: notify.Address{Email: "biuro@example.com"},
	}, transport.WithTransport(srv.Transport()))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.SendEmail(context.Background(), notify.Email{
		To: []notify.Address{{Email: "anna@example.com"}}, Subject: "Cześć", Text: "Do zobaczenia!",
	})
	fmt.Println("unknown:", errors.Is(err, transport.ErrOutcomeUnknown))
	fmt.Println("mails sent:", len(srv.Mails()))
	// Output:
	// unknown: true
	// mails sent: 1
}

func ExampleNewTwilio() {
	srv := notifytest.NewTwilio(notifytest.TwilioConfig{OptedOut: []string{"+48600000000"}})
	c, err := twilio.New(twilio.Config{
		AccountSID: notifytest.TwilioAccount, AuthToken: notifytest.TwilioToken,
		BaseURL: notifytest.TwilioURL, From: notifytest.TwilioNumber,
	}, transport.WithTransport(srv.Transport()))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.SendSMS(context.Background(), notify.SMS{To: "+48600000000", Body: "Do jutra"})
	fmt.Println("opted out:", errors.Is(err, notify.ErrOptedOut))
	fmt.Println("messages sent:", len(srv.Messages()))
	// Output:
	// opted out: true
	// messages sent: 0
}
