// Command booksy books, moves and cancels an appointment against the fake of
// the guide's contract, and shows what becomes of a booking whose answer is
// lost. It needs no credentials:
//
//	go run ./examples/booksy
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/centrala-go/centrala/booksy"
	"github.com/centrala-go/centrala/booksy/booksytest"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// customer wants Monday at ten.
var customer = booksy.CreateRequest{
	CustomerName: "Jan Kowalski", CustomerEmail: "jan@example.com", CustomerPhone: "+48600100200",
	Date: "2026-11-23", Time: "10:00", ServiceID: "svc-1", StaffID: "staff-1",
}

func run(ctx context.Context, out io.Writer) error {
	vendor := booksytest.New(booksytest.Config{ListPath: "/appointments"})
	base, stop, err := vendor.Start()
	if err != nil {
		return err
	}
	defer stop()
	client, err := booksy.New(booksy.Config{
		APIKey: booksytest.Key, BaseURL: base,
		Endpoints: booksy.Endpoints{List: booksy.Endpoint{PathTemplate: "/appointments"}},
		Settle:    10 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()

	slots, err := client.Availability(ctx, booksy.AvailabilityParams{Date: customer.Date, ServiceID: "svc-1", StaffID: "staff-1"})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d free slots, the first at %s\n", len(slots), slots[0].Time)
	return book(ctx, out, client, vendor)
}

func book(ctx context.Context, out io.Writer, client *booksy.Client, vendor *booksytest.Server) error {
	// The vendor books, then the connection breaks: the client looks the
	// appointment up instead of booking again.
	vendor.Inject(transporttest.Fault{Reset: true, After: true})
	a, err := client.Create(ctx, customer)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "booked %s at %s; the vendor holds %d appointment\n", a.Date, a.Time, len(vendor.Appointments()))

	_, err = client.Create(ctx, customer)
	fmt.Fprintln(out, "the same slot again is taken:", errors.Is(err, booksy.ErrSlotTaken))

	if a, err = client.Reschedule(ctx, booksy.RescheduleRequest{ID: a.ID, Date: a.Date, Time: "12:30"}); err != nil {
		return err
	}
	fmt.Fprintln(out, "moved to", a.Time)
	if err := client.Cancel(ctx, a.ID); err != nil {
		return err
	}
	fmt.Fprintln(out, "cancelled")
	return nil
}
