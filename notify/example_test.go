package notify_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

func ExamplePolish() {
	text, err := notify.Polish().Render(notify.BookingConfirmation, notify.Values{
		Name: "Anna", Business: "Salon", Date: "24.11.2026", Time: "10:30", Service: "Strzyżenie",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(text) // neither a consultant nor a number to call is known
	// Output: Witaj Anna! Potwierdzamy Twoje spotkanie w Salon dnia 24.11.2026 o godz. 10:30. Temat: Strzyżenie.
}

func ExampleNewTemplates() {
	texts, err := notify.NewTemplates(map[string]string{"hello": "Hello {name}! {business} is looking forward to {date}."})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(texts.Render("hello", notify.Values{Name: "Ann", Business: "The salon", Date: "Tuesday"}))
	fmt.Println(texts.Render("hello", notify.Values{Name: "{date}"}))
	fmt.Println(texts.Render("bye", notify.Values{}))

	_, err = notify.NewTemplates(map[string]string{"hello": "Hello {nme}!"})
	fmt.Println(err)
	// Output:
	// Hello Ann! The salon is looking forward to Tuesday. <nil>
	// Hello {date}! <nil>
	//  notify.Render: template "bye" does not exist
	// notify.NewTemplates: template hello has the unknown placeholder {nme}
}

// pigeons is a provider of one's own.
type pigeons struct{}

func (pigeons) SendSMS(_ context.Context, m notify.SMS) (notify.Receipt, error) {
	switch {
	case m.To == "":
		return notify.Receipt{}, notify.InvalidRecipient("pigeons.send", "To", "is empty")
	case m.From == "":
		return notify.Receipt{}, notify.InvalidSender("pigeons.send", "From", "is empty")
	}
	return notify.Receipt{Provider: "pigeons", ID: "ring-7"}, nil
}

func ExampleSMSSender() {
	var sender notify.SMSSender = pigeons{}
	for _, m := range []notify.SMS{{}, {To: "+48501234567"}, {To: "+48501234567", From: "+48221234567"}} {
		receipt, err := sender.SendSMS(context.Background(), m)
		switch {
		case errors.Is(err, notify.ErrInvalidRecipient):
			fmt.Println("ask for the number:", err)
		case err != nil:
			fmt.Println(transport.OutcomeOf(err), "-", err)
		default:
			fmt.Println("accepted as", receipt.ID)
		}
	}
	// Output:
	// ask for the number: pigeons.send: To is empty
	// not-sent - pigeons.send: From is empty
	// accepted as ring-7
}

func ExampleInvalidRecipient() {
	for _, err := range []error{
		notify.InvalidRecipient("pigeons.send", "To", "is %d characters long", 0),
		notify.InvalidSender("pigeons.send", "From", "is unknown"),
	} {
		fmt.Println(err, errors.Is(err, notify.ErrInvalidRecipient), errors.Is(err, notify.ErrSender), errors.Is(err, transport.ErrInvalid))
	}
	// Output:
	// pigeons.send: To is 0 characters long true false true
	// pigeons.send: From is unknown false true true
}
