package booksy_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/centrala-go/centrala/booksy"
	"github.com/centrala-go/centrala/booksy/booksytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// connect returns a client of a fake; the real one needs only the key.
func connect(fake booksytest.Config) (*booksy.Client, *booksytest.Server) {
	srv := booksytest.New(fake)
	c, err := booksy.New(booksy.Config{
		APIKey: booksytest.Key, BaseURL: booksytest.URL,
		Endpoints: booksy.Endpoints{List: booksy.Endpoint{PathTemplate: fake.ListPath}},
	}, transport.WithTransport(srv.Transport()))
	if err != nil {
		log.Fatal(err)
	}
	return c, srv
}

var request = booksy.CreateRequest{
	CustomerName: "Jan Kowalski", CustomerEmail: "jan@example.com", CustomerPhone: "+48600100200",
	Date: "2026-11-23", Time: "10:00", ServiceID: "svc-1", StaffID: "staff-1",
}

func ExampleNew() {
	c, err := booksy.New(booksy.Config{APIKey: "the key from the settings page"})
	fmt.Println(c, err)
	_, err = booksy.New(booksy.Config{})
	fmt.Println(err)
	// Output:
	// booksy.Client{BaseURL: https://api.booksy.com/api/v1} <nil>
	// booksy.New: APIKey is empty
}

func ExampleClient_Availability() {
	c, _ := connect(booksytest.Config{Opens: 9 * time.Hour, Closes: 10*time.Hour + 30*time.Minute})
	slots, err := c.Availability(context.Background(), booksy.AvailabilityParams{
		Date: "2026-11-23", ServiceID: "svc-1", StaffID: "staff-1",
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range slots {
		fmt.Println(s.Date, s.Time)
	}
	// Output:
	// 2026-11-23 09:00
	// 2026-11-23 09:30
	// 2026-11-23 10:00
}

func ExampleClient_Create() {
	c, _ := connect(booksytest.Config{})
	a, err := c.Create(context.Background(), request)
	fmt.Println(a.ID, a.Date, a.Time, a.ServiceName, a.StaffName, err)

	_, err = c.Create(context.Background(), request)
	fmt.Println("taken:", errors.Is(err, booksy.ErrSlotTaken))
	// Output:
	// 1001 2026-11-23 10:00 Konsultacja Anna Nowak <nil>
	// taken: true
}

// The connection breaks after the vendor has booked. Without a list route
// nobody can know, and the call says so instead of booking twice.
func ExampleClient_Create_outcomeUnknown() {
	c, srv := connect(booksytest.Config{})
	srv.Inject(transporttest.Fault{Reset: true, After: true})
	_, err := c.Create(context.Background(), request)
	fmt.Println("unknown:", errors.Is(err, transport.ErrOutcomeUnknown))
	fmt.Println("booked:", len(srv.Appointments()))
	// Output:
	// unknown: true
	// booked: 1
}

// The process was killed in Create. The next one says so, and gets the
// appointment that is there instead of a second one.
func ExampleClient_Create_maybeSent() {
	c, srv := connect(booksytest.Config{ListPath: "/appointments"})
	_, _ = c.Create(context.Background(), request)

	again := request
	again.MaybeSent = true
	a, err := c.Create(context.Background(), again)
	fmt.Println(a.ID, err, len(srv.Appointments()))
	// Output: 1001 <nil> 1
}

// With a list route the same call finds what it booked.
func ExampleClient_FindAppointment() {
	c, srv := connect(booksytest.Config{ListPath: "/appointments"})
	srv.Inject(transporttest.Fault{Reset: true, After: true})
	a, err := c.Create(context.Background(), request)
	fmt.Println(a.ID, err)

	// A process that was killed in Create asks before it books again.
	a, found, err := c.FindAppointment(context.Background(), booksy.FindParams{
		Date: request.Date, Time: request.Time, CustomerPhone: request.CustomerPhone,
	})
	fmt.Println(a.ID, found, err, len(srv.Appointments()))
	// Output:
	// 1001 <nil>
	// 1001 true <nil> 1
}

func ExampleClient_Appointments() {
	c, _ := connect(booksytest.Config{ListPath: "/appointments"})
	_, _ = c.Create(context.Background(), request)
	list, err := c.Appointments(context.Background(), booksy.FindParams{Date: request.Date, CustomerPhone: request.CustomerPhone})
	for _, a := range list {
		fmt.Println(a.ID, a.Time, a.Status, err)
	}
	// Output: 1001 10:00 booked <nil>
}

func ExampleClient_Reschedule() {
	c, _ := connect(booksytest.Config{})
	a, _ := c.Create(context.Background(), request)
	a, err := c.Reschedule(context.Background(), booksy.RescheduleRequest{ID: a.ID, Date: "2026-11-24", Time: "12:30"})
	fmt.Println(a.ID, a.Date, a.Time, err)
	// Output: 1001 2026-11-24 12:30 <nil>
}

func ExampleClient_Cancel() {
	c, srv := connect(booksytest.Config{})
	a, _ := c.Create(context.Background(), request)
	err := c.Cancel(context.Background(), a.ID)
	fmt.Println(srv.Appointments()[0].Status, err)
	// Output: cancelled <nil>
}

func ExampleClient_Do() {
	c, _ := connect(booksytest.Config{ListPath: "/appointments"})
	resp, err := c.Do(context.Background(), transport.Op{Name: "booksy.list_all", Safety: transport.Read},
		transport.Request{Path: "/appointments?date=2026-11-23&customer_phone=600100200"})
	fmt.Printf("%s%v\n", resp.Body, err)
	// Output:
	// {"appointments":[]}
	// <nil>
}

func ExampleClient_CloseIdleConnections() {
	c, _ := connect(booksytest.Config{})
	defer c.CloseIdleConnections() // when the program ends, or the client is replaced
	fmt.Println(c)
	// Output: booksy.Client{BaseURL: https://booksy.test/api/v1}
}
