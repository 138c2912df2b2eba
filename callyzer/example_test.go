package callyzer_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/centrala-go/centrala/callyzer"
	"github.com/centrala-go/centrala/callyzer/callyzertest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/webhook"
)

// monday is when the calls of the examples took place.
var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// day selects them.
var day = callyzer.CallParams{CallFrom: monday, CallTo: monday.Add(8 * time.Hour)}

// connect returns a client of a fake; the real one needs only the token.
func connect() (*callyzer.Client, *callyzertest.Server) {
	srv := callyzertest.New(callyzertest.Config{
		Unlimited: true, Employees: []callyzer.Employee{{Name: "Ada", CountryCode: "48", Number: "600100200"}},
	})
	srv.AddCall(monday, callyzer.Call{
		EmployeeNumber: "600100200", ClientNumber: "500600700", Type: callyzer.Incoming, Duration: 95 * time.Second,
	})
	srv.AddCall(monday.Add(time.Hour), callyzer.Call{EmployeeNumber: "600100200", ClientNumber: "500600701", Type: callyzer.Missed})
	srv.AddCall(monday, callyzer.Call{
		EmployeeNumber: "600100200", ClientNumber: "500600702", Type: callyzer.Outgoing, Channel: callyzer.WhatsAppVoice(),
	})
	c, err := callyzer.New(callyzer.Config{Token: callyzertest.Token, BaseURL: callyzertest.URL},
		transport.WithTransport(srv.Transport()), transport.WithLimiters())
	if err != nil {
		log.Fatal(err)
	}
	return c, srv
}

func ExampleNew() {
	c, err := callyzer.New(callyzer.Config{Token: "from Connectors > API & Webhook"})
	fmt.Println(c, err)
	_, err = callyzer.New(callyzer.Config{})
	fmt.Println(err)
	// Output:
	// callyzer.Client{https://api1.callyzer.co/api/v2.2} <nil>
	// callyzer.New: Token is empty
}

// Callyzer counts requests per account: clients that use the same account
// share one set of limiters.
func ExampleLimiters() {
	shared := transport.WithLimiters(callyzer.Limiters()...)
	for range 2 {
		_, err := callyzer.New(callyzer.Config{Token: "the account's token"}, shared)
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// <nil>
}

func ExampleClient_History() {
	c, _ := connect()
	for call, err := range c.History(context.Background(), day) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(call.ID, call.EmployeeName, call.Type, call.ClientNumber, call.Duration)
	}
	// Output:
	// call-1 Ada Incoming 500600700 1m35s
	// call-2 Ada Missed 500600701 0s
}

// Without Channels only ordinary calls are reported; this asks for WhatsApp too.
func ExampleClient_History_channels() {
	c, _ := connect()
	everything := day
	everything.Channels = callyzer.AllChannels()
	for call, err := range c.History(context.Background(), everything) {
		if err != nil {
			log.Fatal(err)
		}
		switch call.Channel {
		case callyzer.PhoneVoice():
			fmt.Println(call.ID, "phone")
		case callyzer.WhatsAppVoice(), callyzer.WhatsAppVideo():
			fmt.Println(call.ID, "WhatsApp")
		}
	}
	// Output:
	// call-1 phone
	// call-2 phone
	// call-3 WhatsApp
}

func ExampleClient_ListHistory() {
	c, _ := connect()
	p := day
	p.PageSize = 1
	page, err := c.ListHistory(context.Background(), p)
	fmt.Println(len(page.Calls), page.Total, page.More, err)
	_, err = c.ListHistory(context.Background(), callyzer.CallParams{CallFrom: monday.AddDate(-1, 0, 0), CallTo: monday})
	fmt.Println(err)
	// Output:
	// 1 2 true <nil>
	// callyzer.history: CallTo is more than 179 days after CallFrom
}

func ExampleClient_Get() {
	c, _ := connect()
	calls, err := c.Get(context.Background(), "call-2", "nobody")
	fmt.Println(len(calls), calls[0].Type, err)
	// Output: 1 Missed <nil>
}

func ExampleClient_Summary() {
	c, _ := connect()
	totals, err := c.Summary(context.Background(), day)
	fmt.Println(totals.Calls, totals.Missed, totals.Duration, err)
	// Output: 2 1 1m35s <nil>
}

func ExampleClient_EmployeeSummaries() {
	c, _ := connect()
	for s, err := range c.EmployeeSummaries(context.Background(), day) {
		fmt.Println(s.Name, s.Totals.Calls, s.LastCall.ID, err)
	}
	// Output: Ada 2 call-2 <nil>
}

func ExampleClient_ListEmployeeSummaries() {
	c, _ := connect()
	page, err := c.ListEmployeeSummaries(context.Background(), day)
	fmt.Println(len(page.Summaries), page.More, err)
	// Output: 1 false <nil>
}

func ExampleClient_Employees() {
	c, srv := connect()
	srv.AddEmployee(callyzer.Employee{Name: "Ben", Number: "600100300", AppUninstalled: true})
	for e, err := range c.Employees(context.Background(), callyzer.EmployeeParams{}) {
		fmt.Println(e.Name, e.Number, e.AppUninstalled, err)
	}
	// Output:
	// Ada 600100200 false <nil>
	// Ben 600100300 true <nil>
}

func ExampleClient_ListEmployees() {
	c, _ := connect()
	page, err := c.ListEmployees(context.Background(), callyzer.EmployeeParams{Numbers: []string{"48-600100200"}})
	fmt.Println(page.Employees[0].Name, page.Total, err)
	// Output: Ada 1 <nil>
}

func ExampleClient_RemoveRecordings() {
	c, _ := connect()
	removed, err := c.RemoveRecordings(context.Background(), "call-1", "nobody")
	for _, r := range removed {
		fmt.Println(r.ID, r.Status)
	}
	fmt.Println(err)
	// Output:
	// call-1 success
	// nobody failed
	// <nil>
}

func ExampleClient_Do() {
	c, srv := connect()
	var totals struct {
		Calls int `json:"total_calls"`
	}
	env, err := c.Do(context.Background(), callyzer.RawRequest{
		Path: "/call-log/summary", Safety: transport.Read,
		Body: map[string]any{"call_from": monday.Unix(), "call_to": monday.Unix()},
	}, &totals)
	fmt.Println(totals.Calls, env.Message, err)
	srv.Expire()
	_, err = c.Do(context.Background(), callyzer.RawRequest{Path: "/call-log/summary", Safety: transport.Read}, nil)
	fmt.Println(errors.Is(err, callyzer.ErrSubscription))
	// Output:
	// 2 Success <nil>
	// true
}

func ExampleClient_CloseIdleConnections() {
	c, _ := connect()
	defer c.CloseIdleConnections() // when the program ends, or the client is replaced
	fmt.Println(c)
	// Output: callyzer.Client{https://callyzer.test/api/v2.2}
}

func ExampleCall_StartedAt() {
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		log.Fatal(err)
	}
	at, err := callyzer.Call{Date: "2026-11-23", Time: "10:00:00"}.StartedAt(warsaw)
	fmt.Println(at.UTC(), err)
	// Output: 2026-11-23 09:00:00 +0000 UTC <nil>
}

func ExampleNewVerifier() {
	v, err := callyzer.NewVerifier(callyzer.VerifierConfig{Keys: webhook.OneKey("the secret of the webhook's settings")})
	if err != nil {
		log.Fatal(err)
	}
	_, err = v.Verify(&webhook.Message{Header: http.Header{callyzer.SignatureHeader: {"a guess"}}})
	fmt.Println(errors.Is(err, webhook.ErrMismatch))
	// Output: true
}

func ExampleDecodeWebhook() {
	calls, err := callyzer.DecodeWebhook([]byte(`[{
		"emp_name": "Ada", "emp_number": "600100200",
		"call_logs": [{"id": "c1", "duration": "95", "call_type": "Incoming"}, {"note": "no id"}]
	}]`))
	for _, call := range calls {
		fmt.Println(call.ID, call.EmployeeName, call.Duration)
	}
	fmt.Println(err)
	// Output:
	// c1 Ada 1m35s
	// callyzer: webhook: [0].call_logs[1]: a call without id
}

// The same call comes again when its recording is there: that is news. The
// time of synchronisation alone is not.
func ExampleEventKey() {
	first := callyzer.Call{ID: "c1", SyncedAt: "2026-11-23 10:00:00"}
	again, recorded := first, first
	again.SyncedAt = "2026-11-23 10:05:00"
	recorded.RecordingURL = "https://media.example/c1.mp3"
	fmt.Println(callyzer.EventKey(again) == callyzer.EventKey(first))
	fmt.Println(callyzer.EventKey(recorded) == callyzer.EventKey(first))
	// Output:
	// true
	// false
}
