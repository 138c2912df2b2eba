package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
)

// newExample returns a fake Twilio and a client of it.
func newExample() (*notifytest.Twilio, *twilio.Client) {
	srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
	c, err := twilio.New(config(), transport.WithTransport(srv.Transport()))
	if err != nil {
		panic(err)
	}
	return srv, c
}

func ExampleNew() {
	_, err := twilio.New(twilio.Config{AccountSID: notifytest.TwilioAccount, AuthToken: "secret", From: "+48 22"})
	fmt.Println(err)
	// Output: twilio.New: From begins with + and is not a number in E.164 form
}

func ExampleClient_SendSMS() {
	srv, c := newExample()
	receipt, err := c.SendSMS(context.Background(), notify.SMS{To: "+48501234567", Body: "Do zobaczenia jutro!"})
	switch {
	case errors.Is(err, notify.ErrOptedOut):
		fmt.Println("wants no messages")
	case errors.Is(err, transport.ErrOutcomeUnknown):
		fmt.Println("may have been sent: settle with FindMessage")
	case err != nil:
		fmt.Println("not sent:", err)
	default:
		fmt.Println(receipt.Status, receipt.ID == srv.Messages()[0].SID)
	}
	// Output: queued true
}

func ExampleClient_SendMessage() {
	_, c := newExample()
	tomorrow := time.Now().Add(24 * time.Hour)
	m, err := c.SendMessage(context.Background(), twilio.SendMessageRequest{
		To: "+48501234567", Body: "Przypomnienie", SendAt: tomorrow, MessagingServiceSID: "MG0123456789abcdef0123456789abcdef",
	})
	fmt.Println(m.Status, err)

	_, err = c.SendMessage(context.Background(), twilio.SendMessageRequest{To: "+48501234567", Body: "Przypomnienie", SendAt: tomorrow})
	fmt.Println(err)
	// Output:
	// scheduled <nil>
	// twilio.send_message: SendAt needs a MessagingServiceSID: without one Twilio sends at once
}

func ExampleClient_FindMessage() {
	_, c := newExample()
	firstTried := time.Now() // kept where it survives the process
	receipt, _ := c.SendSMS(context.Background(), notify.SMS{To: "+48501234567", Body: "Do jutra"})

	// After a restart nobody remembers whether it was sent.
	m, found, err := c.FindMessage(context.Background(), twilio.MessageQuery{To: "+48501234567", Body: "Do jutra", Since: firstTried})
	fmt.Println(found, m.SID == receipt.ID, err)
	// Output: true true <nil>
}

func ExampleClient_Messages() {
	_, c := newExample()
	for _, body := range []string{"pierwsza", "druga"} {
		_, _ = c.SendSMS(context.Background(), notify.SMS{To: "+48501234567", Body: body})
	}
	for m, err := range c.Messages(context.Background(), twilio.MessagesParams{To: "+48501234567", SentSince: time.Now().AddDate(0, 0, -1)}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(m.Body, m.Segments)
	}
	// Output:
	// druga 1
	// pierwsza 1
}

func ExampleClient_ListMessages() {
	_, c := newExample()
	for _, body := range []string{"1", "2", "3"} {
		_, _ = c.SendSMS(context.Background(), notify.SMS{To: "+48501234567", Body: body})
	}
	page, err := c.ListMessages(context.Background(), twilio.MessagesParams{PageSize: 2})
	fmt.Println(len(page.Messages), err)
	page, err = c.ListMessages(context.Background(), twilio.MessagesParams{Page: page.Next})
	fmt.Println(len(page.Messages), page.Next == "", err)
	// Output:
	// 2 <nil>
	// 1 true <nil>
}

func ExampleClient_FetchMessage() {
	srv, c := newExample()
	receipt, _ := c.SendSMS(context.Background(), notify.SMS{To: "+48501234567", Body: "Do jutra"})
	srv.SetStatus(receipt.ID, "undelivered", 30006)
	m, err := c.FetchMessage(context.Background(), receipt.ID)
	fmt.Println(m.Status, m.ErrorCode, err)
	// Output: undelivered 30006 <nil>
}

func ExampleClient_Do() {
	srv, c := newExample()
	receipt, _ := c.SendSMS(context.Background(), notify.SMS{To: "+48501234567", Body: "Do jutra"})
	_, err := c.Do(context.Background(), &transport.Op{Name: "twilio.redact", Safety: transport.Idempotent}, transport.Request{
		Path: "/2010-04-01/Accounts/" + notifytest.TwilioAccount + "/Messages/" + receipt.ID + ".json",
		Body: []byte("Body="), ContentType: "application/x-www-form-urlencoded",
	})
	fmt.Printf("%v %q\n", err, srv.Messages()[0].Body)
	// Output: <nil> ""
}

func ExampleCountSegments() {
	for _, text := range []string{"Do zobaczenia jutro!", "Do zobaczenia w środę!"} {
		s := twilio.CountSegments(text, false)
		fmt.Println(s.Encoding, s.Count, s.Units)
	}
	// Output:
	// GSM-7 1 20
	// UCS-2 1 22
}
