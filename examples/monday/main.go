// Command monday keeps leads on a board of the fake account, and shows that a
// lead whose creation was cut off is there once. It needs no credentials:
//
//	go run ./examples/monday
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	vendor := mondaytest.New(mondaytest.Config{})
	base, stop, err := vendor.Start()
	if err != nil {
		return err
	}
	defer stop()
	client, err := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: base + "/v2"})
	if err != nil {
		return err
	}

	// The vendor creates the item, then the connection breaks. The attempts
	// share one idempotency key, so the second is answered with the first's item.
	vendor.Inject(transporttest.Fault{After: true, Reset: true})
	lead, err := client.CreateItem(ctx, monday.CreateItemRequest{
		BoardID: mondaytest.BoardID, Name: `Zażółć "}) { id } }`,
		Columns: monday.Columns{
			"email": monday.Email{Address: "anna@example.com"},
			"phone": monday.Phone{Number: "+48601234567", Country: "PL"},
			"date":  monday.Day(2031, time.May, 6),
		},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "created %q; the board holds %d item\n", lead.Name, len(vendor.Items(mondaytest.BoardID)))
	return change(ctx, out, client)
}

// change finds the lead by its e-mail address and sets its status.
func change(ctx context.Context, out io.Writer, client *monday.Client) error {
	for lead, err := range client.ItemsByColumnValues(ctx, monday.ItemsByColumnValuesParams{
		BoardID: mondaytest.BoardID, Match: []monday.Match{{ColumnID: "email", Values: []string{"anna@example.com"}}},
	}) {
		if err != nil {
			return err
		}
		if _, err := client.ChangeColumnValues(ctx, monday.ChangeColumnValuesRequest{
			BoardID: mondaytest.BoardID, ItemID: lead.ID, Columns: monday.Columns{"status": monday.Status{Label: "Done"}},
		}); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s, due %s, is done\n", lead.Text("phone"), lead.Text("date"))
	}
	return nil
}
