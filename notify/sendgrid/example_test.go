package sendgrid_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/transport"
)

// newExample returns a fake SendGrid and a client of it.
func newExample() (*notifytest.SendGrid, *sendgrid.Client) {
	srv := notifytest.NewSendGrid(notifytest.SendGridConfig{})
	c, err := sendgrid.New(sendgrid.Config{
		APIKey: notifytest.SendGridKey, BaseURL: notifytest.SendGridURL, From: notify.Address{Email: "biuro@example.com"},
	}, transport.WithTransport(srv.Transport()))
	if err != nil {
		panic(err)
	}
	return srv, c
}

func ExampleNew() {
	_, err := sendgrid.New(sendgrid.Config{APIKey: os.Getenv("NO_SUCH_KEY"), From: notify.Address{Email: "biuro@example.com"}})
	fmt.Println(err)
	// Output: sendgrid.New: APIKey is empty
}

func ExampleClient_SendEmail() {
	srv, c := newExample()
	receipt, err := c.SendEmail(context.Background(), notify.Email{
		To:       []notify.Address{{Email: "anna@example.com", Name: "Anna"}},
		Template: "d-0123", Data: map[string]any{"name": "Anna", "date": "24.11.2026"},
		Key: "booking-17",
	})
	switch {
	case errors.Is(err, transport.ErrOutcomeUnknown):
		fmt.Println("may have been sent: wait for an event with the key")
	case err != nil:
		fmt.Println("not sent:", err)
	default:
		fmt.Println("accepted:", receipt.ID == srv.Mails()[0].MessageID, srv.Mails()[0].CustomArgs)
	}
	// Output: accepted: true map[centrala_key:booking-17]
}

func ExampleClient_Send() {
	srv, c := newExample()
	_, err := c.Send(context.Background(), sendgrid.SendRequest{
		Subject: "Twoja wizyta", Text: "Do zobaczenia!", HTML: "<p>Do zobaczenia!</p>",
		Personalizations: []sendgrid.Personalization{{
			To: []notify.Address{{Email: "anna@example.com"}}, Cc: []notify.Address{{Email: "mama@example.com"}},
		}},
		Categories: []string{"booking"},
	})
	fmt.Println(err, srv.Mails()[0].To, srv.Mails()[0].Cc)

	_, err = c.Send(context.Background(), sendgrid.SendRequest{To: []notify.Address{{Email: "anna"}}, Subject: "x", Text: "y"})
	fmt.Println(err)
	// Output:
	// <nil> anna@example.com [mama@example.com]
	// sendgrid.mail_send: To[0] is not an e-mail address
}

func ExampleClient_Do() {
	_, c := newExample()
	op := &transport.Op{Name: "sendgrid.list_templates", Safety: transport.Read}
	_, err := c.Do(context.Background(), op, transport.Request{Path: "/v3/templates?generations=dynamic"})
	fmt.Println(errors.Is(err, transport.ErrNotFound)) // the fake has no templates
	// Output: true
}
