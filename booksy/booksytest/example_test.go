package booksytest_test

import (
	"context"
	"fmt"

	"github.com/centrala-go/centrala/booksy"
	"github.com/centrala-go/centrala/booksy/booksytest"
	"github.com/centrala-go/centrala/transport"
)

func ExampleNew() {
	srv := booksytest.New(booksytest.Config{Staff: []booksytest.Staff{{ID: "7", Name: "Ola"}}})
	c, _ := booksy.New(booksy.Config{APIKey: booksytest.Key, BaseURL: booksytest.URL}, transport.WithTransport(srv.Transport()))
	_, err := c.Create(context.Background(), booksy.CreateRequest{
		CustomerName: "Jan", CustomerEmail: "jan@example.com", CustomerPhone: "600100200",
		Date: "2026-11-23", Time: "10:00", ServiceID: "svc-1", StaffID: "7",
	})
	for _, a := range srv.Appointments() {
		fmt.Println(a.ID, a.Date, a.Time, a.CustomerName, a.Status, err)
	}
	// Output: 1001 2026-11-23 10:00 Jan booked <nil>
}

func ExampleServer_Book() {
	srv := booksytest.New(booksytest.Config{})
	taken := booksytest.Appointment{Date: "2026-11-23", Time: "10:00", ServiceID: "svc-1", StaffID: "staff-1"}
	fmt.Println(srv.Book(taken))
	fmt.Println(srv.Book(taken))
	// Output:
	// 1001 <nil>
	//  booksytest: the slot is taken
}
