package monday_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
)

func ExampleClient_CreateItems() {
	c, srv := newExample()
	people := []string{"Ada", "Bob", "", "Eve"}
	var requests []monday.CreateItemRequest
	for _, name := range people {
		requests = append(requests, monday.CreateItemRequest{BoardID: mondaytest.BoardID, Name: name})
	}
	report, err := c.CreateItems(ctx, slices.Values(requests), monday.Bulk{
		Key:      "import-2026-11-21", // starting again within 30 minutes doubles nothing
		Progress: func(p monday.BulkProgress) { fmt.Println(p.Done, "done,", p.Failed, "failed") },
	})
	fmt.Println(err, len(srv.Items(mondaytest.BoardID)), "items in", report.Calls, "call")
	for _, f := range report.Failed() {
		fmt.Println(f.Index, f.Err)
	}
	// Output:
	// 4 done, 1 failed
	// <nil> 3 items in 1 call
	// 2 monday.create_items: Name is empty
}

func ExampleClient_UpdateItems() {
	c, srv := newExample()
	var requests []monday.ChangeColumnValuesRequest
	for _, name := range []string{"Ada", "Bob"} {
		requests = append(requests, monday.ChangeColumnValuesRequest{
			BoardID: mondaytest.BoardID, ItemID: seed(c, name, nil), Columns: monday.Columns{"status": monday.Status{Label: "Done"}},
		})
	}
	report, err := c.UpdateItems(ctx, slices.Values(requests), monday.Bulk{})
	fmt.Println(err, len(report.Failed()), srv.Items(mondaytest.BoardID)[1].Columns)
	// Output: <nil> 0 map[status:Done]
}

func ExampleBulkReport_Failed() {
	report := monday.BulkReport{Results: []monday.BulkResult{{Index: 0}, {Index: 1, Err: errors.New("no")}}}
	fmt.Println(report.Failed()[0].Index)
	// Output: 1
}

func ExampleClient_IngestItems() {
	c, srv := newExample()
	seed(c, "old name", monday.Columns{"email": monday.Email{Address: "ada@example.com"}})
	report, err := c.IngestItems(ctx, monday.IngestRequest{
		BoardID: mondaytest.BoardID, GroupID: "topics", MatchColumn: "email",
		Items: []monday.IngestItem{
			{Name: "Ada", Columns: monday.Columns{"email": monday.Email{Address: "ada@example.com"}, "status": monday.Status{Label: "Done"}}},
			{Name: "Bob", Columns: monday.Columns{"email": monday.Email{Address: "bob@example.com"}}},
		},
	})
	fmt.Println(err, report.Counts.Updated, "updated,", report.Counts.Created, "created")
	fmt.Println(srv.Items(mondaytest.BoardID)[0].Name, report.Rows[0].Status)
	// Output:
	// <nil> 1 updated, 1 created
	// Ada UPDATED
}

func ExampleClient_WaitIngest() {
	c, _ := newExample()
	_, err := c.WaitIngest(ctx, monday.WaitIngestRequest{JobID: "1"})
	fmt.Println(errors.Is(err, transport.ErrNotFound))
	// Output: true
}

func ExampleClient_WaitJob() {
	c, _ := newExample()
	id, _ := c.DeleteItems(ctx, monday.ItemsRequest{BoardID: mondaytest.BoardID, ItemIDs: []string{seed(c, "Ada", nil)}})
	job, err := c.WaitJob(ctx, monday.JobRequest{JobID: id})
	fmt.Println(err, job.Status, job.Succeeded)
	// Output: <nil> COMPLETED 1
}

func ExampleJob_Finished() {
	fmt.Println(monday.Job{Status: "RUNNING"}.Finished(), monday.Job{Status: "FAILED"}.Finished())
	// Output: false true
}

type exampleLead struct {
	Name    string    `monday:"name"`
	Email   string    `monday:"email,email"`
	Phone   string    `monday:"phone,phone=PL"`
	Status  string    `monday:"status,status"`
	Meeting time.Time `monday:"date,omitempty"`
}

func ExampleColumnsOf() {
	c, srv := newExample()
	lead := exampleLead{Name: "Ada", Email: "ada@example.com", Phone: "+48123456789", Status: "New"}
	columns, err := monday.ColumnsOf(lead)
	seed(c, lead.Name, columns)
	fmt.Println(err, srv.Items(mondaytest.BoardID)[0].Columns)
	// Output: <nil> map[email:ada@example.com phone:+48123456789 status:New]
}

func ExampleNameOf() {
	fmt.Println(monday.NameOf(exampleLead{Name: "Ada"}))
	// Output: Ada <nil>
}

func ExampleItem_Decode() {
	c, _ := newExample()
	id := seed(c, "Ada", monday.Columns{"email": monday.Email{Address: "ada@example.com"}, "status": monday.Status{Label: "Done"}})
	item, _ := c.GetItem(ctx, monday.GetItemParams{ItemID: id})
	var lead exampleLead
	err := item.Decode(&lead)
	fmt.Println(err, lead.Name, lead.Email, lead.Status)
	// Output: <nil> Ada ada@example.com Done
}

func ExampleClient_BoardSchema() {
	c, srv := newExample()
	for range 3 {
		schema, err := c.BoardSchema(ctx, monday.GetBoardParams{BoardID: mondaytest.BoardID})
		fmt.Println(err, schema.Columns["status"].Labels()[1].Text, len(srv.Requests()))
	}
	// Output:
	// <nil> Meeting booked 1
	// <nil> Meeting booked 1
	// <nil> Meeting booked 1
}

func ExampleSchema_Check() {
	c, _ := newExample()
	schema, _ := c.BoardSchema(ctx, monday.GetBoardParams{BoardID: mondaytest.BoardID})
	fmt.Println(schema.Check(monday.Columns{"status": monday.Status{Label: "Nope"}}, false))
	// Output: monday.Schema.Check: Columns[status] names the label "Nope", which the column does not have
}

func ExampleItem_Columns() {
	c, _ := newExample()
	id := seed(c, "Ada", monday.Columns{"time": monday.Hour{Hour: 9}})
	item, _ := c.GetItem(ctx, monday.GetItemParams{ItemID: id})
	fmt.Println(item.Columns())
	// Output: map[time:{9 0}]
}

func ExampleItem_Text() {
	c, _ := newExample()
	id := seed(c, "Ada", monday.Columns{"time": monday.Hour{Hour: 9}})
	item, _ := c.GetItem(ctx, monday.GetItemParams{ItemID: id})
	fmt.Println(item.Text("time"))
	// Output: 09:00 AM
}

func ExampleDate_In() {
	at, err := monday.Date{Day: "2026-11-21", Time: "13:30:00"}.In(time.FixedZone("CET", 3600))
	fmt.Println(at.Format(time.RFC3339), err)
	// Output: 2026-11-21T14:30:00+01:00 <nil>
}

func ExampleClient_CloseIdleConnections() {
	c, _ := newExample()
	c.CloseIdleConnections()
	// Output:
}
