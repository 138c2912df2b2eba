// Command notify confirms a booking by e-mail and text message. Without
// credentials it talks to fakes inside the process and shows what they
// accepted, also when an answer is lost:
//
//	go run ./examples/notify
//	go run ./examples/notify -email anna@example.com -phone "501 234 567"
//
// With SENDGRID_API_KEY and EMAIL_FROM, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN
// and TWILIO_PHONE_NUMBER in the environment it sends for real.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/phone"
	"github.com/centrala-go/centrala/transport"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Getenv, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string, env func(string) string, out io.Writer) error {
	flags := flag.NewFlagSet("notify", flag.ContinueOnError)
	flags.SetOutput(out)
	email := flags.String("email", "anna@example.com", "who gets the e-mail")
	number := flags.String("phone", "501 234 567", "who gets the text message, as people write it in Poland")
	template := flags.String("template", notify.BookingConfirmation, "which text")
	if err := flags.Parse(args); err != nil {
		return err
	}
	text, err := notify.Polish().Render(*template, notify.Values{
		Name: "Anna", Business: "Centrala", Date: "24.11.2026", Time: "10:30", Service: "Konsultacja", Consultant: "Jan Nowak",
	})
	if err != nil {
		return err
	}
	to, err := phone.E164(*number, "PL")
	if err != nil {
		return err
	}
	p, err := connect(env, out)
	if err != nil {
		return err
	}
	mail := notify.Email{To: []notify.Address{{Email: *email}}, Subject: "Twoje spotkanie", Text: text, Key: "booking-17"}
	sms := notify.SMS{To: to, Body: text}
	if err := errors.Join(sendEmail(ctx, out, p.email, mail), sendSMS(ctx, out, p.sms, sms)); err != nil {
		return err
	}
	p.summary()
	return nil
}

// sendEmail shows how to tell the three outcomes apart.
func sendEmail(ctx context.Context, out io.Writer, sender notify.EmailSender, e notify.Email) error {
	receipt, err := sender.SendEmail(ctx, e)
	switch {
	case errors.Is(err, transport.ErrOutcomeUnknown):
		fmt.Fprintln(out, "e-mail: nobody knows, so it is not sent again; an event with its key will tell")
		return nil
	case err != nil:
		return err // not sent, and safe to try another way
	}
	fmt.Fprintf(out, "e-mail: accepted by %s at attempt %d\n", receipt.Provider, receipt.Attempts)
	return nil
}

func sendSMS(ctx context.Context, out io.Writer, sender notify.SMSSender, m notify.SMS) error {
	receipt, err := sender.SendSMS(ctx, m)
	switch {
	case errors.Is(err, notify.ErrOptedOut):
		fmt.Fprintln(out, "text message: the recipient wants none")
		return nil
	case err != nil:
		return err
	}
	fmt.Fprintf(out, "text message: %s by %s, found by reading back: %t\n", receipt.Status, receipt.Provider, receipt.LookedUp)
	return nil
}
