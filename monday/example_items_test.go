package monday_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
)

var ctx = context.Background()

func ExampleClient_CreateSubitem() {
	c, _ := newExample()
	parent := seed(c, "Ada", nil)
	sub, err := c.CreateSubitem(ctx, monday.CreateSubitemRequest{ParentID: parent, Name: "Call back", Columns: monday.Columns{"text1": monday.Text("soon")}})
	fmt.Println(err, sub.Name, sub.ParentID == parent, sub.BoardID == mondaytest.BoardID)
	// Output: <nil> Call back true false
}

func ExampleClient_ListSubitems() {
	c, _ := newExample()
	parent := seed(c, "Ada", nil)
	_, _ = c.CreateSubitem(ctx, monday.CreateSubitemRequest{ParentID: parent, Name: "Call back"})
	subs, err := c.ListSubitems(ctx, monday.GetItemParams{ItemID: parent})
	fmt.Println(err, len(subs), subs[0].Name, subs[0].ParentID == parent)
	// Output: <nil> 1 Call back true
}

func ExampleClient_ChangeColumnValue() {
	c, srv := newExample()
	id := seed(c, "Ada", nil)
	_, err := c.ChangeColumnValue(ctx, monday.ChangeColumnValueRequest{
		BoardID: mondaytest.BoardID, ItemID: id, ColumnID: "phone", Value: monday.Phone{Number: "+48123456789", Country: "PL"},
	})
	fmt.Println(err, srv.Items(mondaytest.BoardID)[0].Columns)
	// Output: <nil> map[phone:+48123456789]
}

func ExampleClient_ChangeSimpleColumnValue() {
	c, srv := newExample()
	id := seed(c, "Ada", nil)
	_, err := c.ChangeSimpleColumnValue(ctx, monday.ChangeSimpleColumnValueRequest{
		BoardID: mondaytest.BoardID, ItemID: id, ColumnID: "status", Value: "Done",
	})
	fmt.Println(err, srv.Items(mondaytest.BoardID)[0].Columns)
	// Output: <nil> map[status:Done]
}

func ExampleClient_RenameItem() {
	c, srv := newExample()
	id := seed(c, "Ada", nil)
	_, err := c.RenameItem(ctx, monday.RenameItemRequest{BoardID: mondaytest.BoardID, ItemID: id, Name: "Ada King"})
	fmt.Println(err, srv.Items(mondaytest.BoardID)[0].Name)
	// Output: <nil> Ada King
}

func ExampleClient_UpsertItem() {
	c, srv := newExample()
	upsert := func(name, phone string) {
		_, created, err := c.UpsertItem(ctx, monday.UpsertItemRequest{
			CreateItemRequest: monday.CreateItemRequest{BoardID: mondaytest.BoardID, Name: name, Columns: monday.Columns{
				"email": monday.Email{Address: "ada@example.com"}, "phone": monday.Phone{Number: phone, Country: "PL"},
			}},
			Match: []monday.Match{{ColumnID: "email", Values: []string{"ada@example.com"}}, {ColumnID: "phone", Values: []string{phone}}},
		})
		fmt.Println(created, err)
	}
	upsert("Ada Lovelace", "+48123456789")
	upsert("Ada King", "+48987654321")
	for _, item := range srv.Items(mondaytest.BoardID) {
		fmt.Println(item.Name, item.Columns["phone"])
	}
	// Output:
	// true <nil>
	// false <nil>
	// Ada King +48987654321
}

func ExampleClient_MoveItemToGroup() {
	c, srv := newExample()
	id := seed(c, "Ada", nil)
	item, err := c.MoveItemToGroup(ctx, monday.MoveItemToGroupRequest{ItemID: id, GroupID: "done"})
	fmt.Println(err, item.GroupID, srv.Items(mondaytest.BoardID)[0].GroupID)
	// Output: <nil> done done
}

func ExampleClient_MoveItemToBoard() {
	srv := mondaytest.New(mondaytest.Config{Boards: []mondaytest.Board{
		mondaytest.DefaultBoard(),
		{ID: "222", Name: "Customers", Columns: []mondaytest.Column{{ID: "mail", Title: "Mail", Type: "email"}}},
	}})
	c, _ := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL}, transport.WithTransport(srv.Transport()))
	id := seed(c, "Ada", monday.Columns{"email": monday.Email{Address: "ada@example.com"}})
	mapping := map[string]string{}
	for _, col := range mondaytest.DefaultBoard().Columns {
		mapping[col.ID] = "" // drop it
	}
	mapping["email"] = "mail"
	_, err := c.MoveItemToBoard(ctx, monday.MoveItemToBoardRequest{ItemID: id, BoardID: "222", GroupID: "topics", Columns: mapping})
	fmt.Println(err, len(srv.Items(mondaytest.BoardID)), srv.Items("222")[0].Columns)
	// Output: <nil> 0 map[mail:ada@example.com]
}

func ExampleClient_ChangeItemPosition() {
	c, srv := newExample()
	first := seed(c, "first", nil)
	second := seed(c, "second", nil)
	_, err := c.ChangeItemPosition(ctx, monday.ChangeItemPositionRequest{ItemID: second, RelativeTo: first, Position: monday.Before})
	items := srv.Items(mondaytest.BoardID)
	fmt.Println(err, items[0].Name, items[1].Name)
	// Output: <nil> second first
}

func ExampleClient_DuplicateItem() {
	c, srv := newExample()
	id := seed(c, "Ada", monday.Columns{"text1": monday.Text("x")})
	_, err := c.DuplicateItem(ctx, monday.DuplicateItemRequest{BoardID: mondaytest.BoardID, ItemID: id})
	fmt.Println(err, len(srv.Items(mondaytest.BoardID)), srv.Items(mondaytest.BoardID)[1].Columns["text1"])
	// Output: <nil> 2 x
}

func ExampleClient_ArchiveItem() {
	c, srv := newExample()
	item, err := c.ArchiveItem(ctx, monday.ItemRequest{ItemID: seed(c, "Ada", nil)})
	fmt.Println(err, item.State, srv.Items(mondaytest.BoardID)[0].State)
	// Output: <nil> archived archived
}

func ExampleClient_DeleteItem() {
	c, srv := newExample()
	id := seed(c, "Ada", nil)
	item, err := c.DeleteItem(ctx, monday.ItemRequest{ItemID: id})
	fmt.Println(err, item.State, len(srv.Items(mondaytest.BoardID)))
	_, err = c.DeleteItem(ctx, monday.ItemRequest{ItemID: id})
	fmt.Println(errors.Is(err, transport.ErrNotFound))
	// Output:
	// <nil> deleted 0
	// true
}

func ExampleClient_GetItem() {
	c, _ := newExample()
	id := seed(c, "Ada", monday.Columns{"time": monday.Hour{Hour: 14, Minute: 30}})
	item, err := c.GetItem(ctx, monday.GetItemParams{ItemID: id, Columns: []string{"time"}})
	fmt.Println(err, item.Name, item.Text("time"))
	_, err = c.GetItem(ctx, monday.GetItemParams{ItemID: "1"})
	fmt.Println(errors.Is(err, transport.ErrNotFound))
	// Output:
	// <nil> Ada 02:30 PM
	// true
}

func ExampleClient_ItemsByID() {
	c, srv := newExample()
	var ids []string
	for n := range 120 {
		ids = append(ids, seed(c, fmt.Sprint("lead ", n), nil))
	}
	before, count := len(srv.Requests()), 0
	for _, err := range c.ItemsByID(ctx, monday.ItemsByIDParams{IDs: append(ids, "1"), Columns: []string{"email"}}) {
		if err != nil {
			fmt.Println(err)
		}
		count++
	}
	fmt.Println(count, "items,", len(srv.Requests())-before, "calls")
	// Output: 120 items, 2 calls
}

func ExampleClient_ListItems() {
	c, _ := newExample()
	seed(c, "Ada", nil)
	seed(c, "Bob", nil)
	page, err := c.ListItems(ctx, monday.ItemsParams{BoardID: mondaytest.BoardID, Limit: 1})
	fmt.Println(err, page.Items[0].Name)
	page, err = c.ListItems(ctx, monday.ItemsParams{BoardID: mondaytest.BoardID, Limit: 1, Cursor: page.Cursor})
	fmt.Println(err, page.Items[0].Name, page.Cursor == "")
	// Output:
	// <nil> Ada
	// <nil> Bob true
}

func ExampleClient_Items() {
	c, _ := newExample()
	seed(c, "Ada", monday.Columns{"status": monday.Status{Label: "New"}, "date": monday.Day(2026, time.November, 21)})
	seed(c, "Bob", monday.Columns{"status": monday.Status{Label: "Done"}, "date": monday.Day(2026, time.November, 21)})
	seed(c, "Eve", monday.Columns{"status": monday.Status{Label: "New"}})
	for item, err := range c.Items(ctx, monday.ItemsParams{
		BoardID: mondaytest.BoardID,
		GroupID: "topics",
		Filter: monday.Filter{
			Rules:   []monday.Rule{monday.StatusIs("status", 0), monday.OnDay("date", 2026, time.November, 21)},
			OrderBy: []string{"-__last_updated__"},
		},
	}) {
		fmt.Println(item.Name, err)
	}
	// Output: Ada <nil>
}

func ExampleClient_ArchiveItems() {
	c, srv := newExample()
	ids := []string{seed(c, "Ada", nil), seed(c, "Bob", nil)}
	job, err := c.ArchiveItems(ctx, monday.ItemsRequest{BoardID: mondaytest.BoardID, ItemIDs: ids})
	fmt.Println(err, srv.Items(mondaytest.BoardID)[1].State)
	err = c.UndoAction(ctx, monday.JobRequest{JobID: job})
	fmt.Println(err, srv.Items(mondaytest.BoardID)[1].State)
	// Output:
	// <nil> archived
	// <nil> active
}

func ExampleClient_DeleteItems() {
	c, srv := newExample()
	job, err := c.DeleteItems(ctx, monday.ItemsRequest{BoardID: mondaytest.BoardID, ItemIDs: []string{seed(c, "Ada", nil)}})
	fmt.Println(err, job != "", len(srv.Items(mondaytest.BoardID)))
	// Output: <nil> true 0
}

func ExampleClient_JobStatus() {
	c, _ := newExample()
	id, _ := c.DeleteItems(ctx, monday.ItemsRequest{BoardID: mondaytest.BoardID, ItemIDs: []string{seed(c, "Ada", nil)}})
	job, err := c.JobStatus(ctx, monday.JobRequest{JobID: id})
	fmt.Println(err, job.Status, job.Finished())
	// Output: <nil> COMPLETED true
}

func ExampleClient_UndoAction() {
	c, _ := newExample()
	err := c.UndoAction(ctx, monday.JobRequest{JobID: "1"})
	fmt.Println(errors.Is(err, transport.ErrNotFound))
	// Output: true
}

func ExampleInstant() {
	at := time.Date(2026, time.November, 21, 9, 30, 0, 0, time.FixedZone("CET", 3600))
	fmt.Println(monday.Instant(at))
	// Output: {2026-11-21 08:30:00}
}

func ExampleDay() {
	fmt.Println(monday.Day(2026, time.November, 21).Day)
	// Output: 2026-11-21
}
