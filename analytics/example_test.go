package analytics_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/url"
	"time"

	"github.com/centrala-go/centrala/analytics"
	"github.com/centrala-go/centrala/analytics/analyticstest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// connect returns a client of a fake; the real one needs no BaseURL.
func connect() (*analytics.Client, *analyticstest.Server) {
	srv := analyticstest.New(analyticstest.Config{})
	c, err := analytics.New(analytics.Config{
		MeasurementID: analyticstest.MeasurementID, APISecret: analyticstest.APISecret, BaseURL: analyticstest.URL,
	}, transport.WithTransport(srv.Transport()))
	if err != nil {
		log.Fatal(err)
	}
	return c, srv
}

func ExampleNew() {
	c, err := analytics.New(analytics.Config{MeasurementID: "G-ABC1234567", APISecret: "from the stream's settings"})
	fmt.Println(c, err)
	_, err = analytics.New(analytics.Config{MeasurementID: "UA-12345-1", APISecret: "of another age"})
	fmt.Println(err)
	// Output:
	// analytics.Client{G-ABC1234567} <nil>
	// analytics.New: MeasurementID is not of the form G-XXXXXXX
}

func ExampleClient_Send() {
	c, srv := connect()
	_, err := c.Send(context.Background(), analytics.Request{
		ClientID: analytics.ClientIDFor("chat user 42"),
		Session:  analytics.NewSession(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)),
		Events:   []analytics.Event{analytics.GenerateLead{Value: 250, Currency: "PLN", Source: "chat"}.Event()},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range srv.Events() {
		fmt.Println(e.Name, e.Params["value"], e.Params["currency"], e.Params["session_id"])
	}
	// Output: generate_lead 250 PLN 1795251600
}

// A payload that breaks a rule is refused before it is sent.
func ExampleClient_Send_invalid() {
	c, srv := connect()
	_, err := c.Send(context.Background(), analytics.Request{
		ClientID: analytics.ClientIDFor("chat user 42"),
		Events:   []analytics.Event{{Name: "login"}, {Name: "session_start"}},
	})
	if refused, ok := errors.AsType[*analytics.InvalidError](err); ok {
		for _, f := range refused.Findings {
			fmt.Println(f.Path, f.Code)
		}
	}
	fmt.Println(errors.Is(err, transport.ErrNotSent), len(srv.Requests()))
	// Output:
	// events[1].name NAME_RESERVED
	// true 0
}

// When the answer is lost nobody knows whether the event was counted. It is
// not sent again.
func ExampleClient_Send_unknown() {
	c, srv := connect()
	srv.Inject(transporttest.Fault{Reset: true, After: true})
	_, err := c.Send(context.Background(), analytics.Request{
		ClientID: analytics.ClientIDFor("chat user 42"), Events: []analytics.Event{{Name: "login"}},
	})
	fmt.Println(transport.OutcomeOf(err), len(srv.Requests()))
	// Output: unknown 1
}

func ExampleClient_Do() {
	c, srv := connect()
	receipt, err := c.Do(context.Background(), json.RawMessage(`{
		"client_id": "123456.7654321",
		"non_personalized_ads": true,
		"events": [{"name": "login", "params": {"session_id": "1768478000"}}]
	}`))
	fmt.Println(len(srv.Events()), err)
	for _, f := range receipt.Findings {
		fmt.Println(f.Severity, f)
	}
	// Output:
	// 1 <nil>
	// warning events[0].params.engagement_time_msec is missing: Realtime reports need it [VALUE_REQUIRED]
}

func ExampleClient_Validate() {
	c, _ := connect()
	messages, err := c.Validate(context.Background(), analytics.Request{
		ClientID: "123456.7654321", Events: []analytics.Event{{Name: "1st_click"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range messages {
		fmt.Println(m.FieldPath, m.Event, m.Code)
	}
	// Output: events 0 NAME_INVALID
}

func ExampleClient_CloseIdleConnections() {
	c, _ := connect()
	defer c.CloseIdleConnections() // when the program ends, or the client is replaced
	fmt.Println(c)
	// Output: analytics.Client{G-TEST123456}
}

func ExampleRules_Check() {
	rules := analytics.Rules{}
	for _, f := range rules.Check([]byte(`{"client_id":"1.2","events":[{"name":"purchase","params":{"value":"9"}}],"foo":1}`)) {
		if f.Severity == analytics.SeverityError {
			fmt.Println(f)
		}
	}
	// Output:
	// foo is no known key [NAME_INVALID]
	// events[0].params.value is not a number [VALUE_INVALID]
	// events[0].params.transaction_id is empty, which purchase needs [VALUE_REQUIRED]
	// events[0].params.items is empty, which purchase needs [VALUE_REQUIRED]
}

func ExampleRules_CheckQuery() {
	rules := analytics.Rules{}
	for _, f := range rules.CheckQuery(url.Values{"measurement_id": {"G-ABC1234567"}}) {
		fmt.Println(f)
	}
	// Output: api_secret is empty [VALUE_REQUIRED]
}

func ExampleClientIDFor() {
	today, tomorrow := analytics.ClientIDFor("chat user 42"), analytics.ClientIDFor("chat user 42")
	fmt.Println(today == tomorrow)
	fmt.Println(today == analytics.ClientIDFor("chat user 43"))
	// Output:
	// true
	// false
}

func ExampleNewSession() {
	session := analytics.NewSession(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
	fmt.Println(session.ID)
	// Output: 1795251600
}

func ExampleClientIDFromCookie() {
	fmt.Println(analytics.ClientIDFromCookie("GA1.1.123456.1768478000"))
	// Output: 123456.1768478000 <nil>
}

func ExampleSessionFromCookie() {
	session, err := analytics.SessionFromCookie("GS2.1.s1768478000$o3$g1$t1768478100$j60$l0$h0")
	fmt.Println(session.ID, session.Number, err)
	// Output: 1768478000 3 <nil>
}

func ExampleChatbotEvent() {
	event, err := analytics.ChatbotEvent{
		Action: analytics.MeetingBooked, Channel: analytics.WhatsApp, Value: new(150.0),
	}.Event()
	fmt.Println(event.Name, event.Params, err)
	// Output: meeting_booked map[event_category:Chatbot event_label:WhatsApp event_value:150] <nil>
}

func ExampleUAEvent() {
	event, err := analytics.UAEvent{Category: "Formularz", Action: "Wysłano zgłoszenie!", Label: "Website"}.Event()
	fmt.Println(event.Name, event.Params, err)
	_, err = analytics.UAEvent{Category: "Chat", Action: "Session start"}.Event()
	fmt.Println(err)
	// Output:
	// wyslano_zgloszenie map[event_category:Formularz event_label:Website] <nil>
	// analytics: Action maps to a name that is reserved for Google [NAME_RESERVED]
}

func ExampleParseUA() {
	hit, err := url.ParseQuery("v=1&tid=UA-1-1&cid=35009a79-1a05-49d7-b876-2b884d0f825b&t=event&ec=Lead&ea=lead+created&ev=10")
	if err != nil {
		log.Fatal(err)
	}
	req, err := analytics.ParseUA(hit)
	fmt.Println(req.ClientID, req.Events[0].Name, req.Events[0].Params, err)
	// Output: 35009a79-1a05-49d7-b876-2b884d0f825b lead_created map[event_category:Lead event_value:10] <nil>
}

func ExamplePurchase() {
	e := analytics.Purchase{
		TransactionID: "T-1", Value: 99, Currency: "PLN", Items: []analytics.Item{{ID: "kurs", Price: 99, Quantity: 1}},
	}.Event()
	fmt.Println(e.Name, e.Params)
	// Output: purchase map[currency:PLN items:[map[item_id:kurs price:99 quantity:1]] transaction_id:T-1 value:99]
}

func ExampleUserData() {
	data := analytics.UserData{
		EmailSHA256: []string{analytics.HashEmail(" Jane.Doe@gmail.com")},
		PhoneSHA256: []string{analytics.HashPhone("+1 (650) 253-0000")},
		Address: []analytics.Address{{
			FirstNameSHA256: analytics.HashName("Mary-Ann"), StreetSHA256: analytics.HashStreet("1600 Amphitheatre Pkwy."),
			City: analytics.NormalCity(" Łódź "),
		}},
	}
	fmt.Println(data.EmailSHA256[0][:8], data.PhoneSHA256[0][:8], data.Address[0].City)
	// Output: d6117306 3ad9f10d łódź
}
