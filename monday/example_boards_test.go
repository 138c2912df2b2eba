package monday_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
)

func ExampleClient_GetBoard() {
	c, _ := newExample()
	board, err := c.GetBoard(ctx, monday.GetBoardParams{BoardID: mondaytest.BoardID})
	fmt.Println(err, board.Name, board.Groups[0].ID, board.Columns[1].ID, board.Columns[1].Type)
	_, err = c.GetBoard(ctx, monday.GetBoardParams{BoardID: "1"})
	fmt.Println(errors.Is(err, transport.ErrNotFound))
	// Output:
	// <nil> Leads topics email email
	// true
}

func ExampleClient_ListBoards() {
	c, _ := newExample()
	boards, err := c.ListBoards(ctx, monday.BoardsParams{Kind: "public"})
	fmt.Println(err, len(boards), boards[0].Name, boards[0].ItemsLimit)
	// Output: <nil> 1 Leads 10000
}

func ExampleClient_Boards() {
	c, _ := newExample()
	_, _ = c.CreateBoard(ctx, monday.CreateBoardRequest{Name: "Customers"})
	for board, err := range c.Boards(ctx, monday.BoardsParams{Limit: 1}) {
		fmt.Println(board.Name, err)
	}
	// Output:
	// Leads <nil>
	// Customers <nil>
}

func ExampleClient_CreateBoard() {
	c, _ := newExample()
	board, err := c.CreateBoard(ctx, monday.CreateBoardRequest{Name: "Customers", Kind: "private", Description: "who bought"})
	fmt.Println(err, board.Name, board.Kind, board.Description)
	// Output: <nil> Customers private who bought
}

func ExampleClient_CreateGroup() {
	c, _ := newExample()
	group, err := c.CreateGroup(ctx, monday.CreateGroupRequest{BoardID: mondaytest.BoardID, Title: "Later", RelativeTo: "topics", Position: monday.After})
	fmt.Println(err, group.Title)
	// Output: <nil> Later
}

func ExampleClient_UpdateGroup() {
	c, _ := newExample()
	group, err := c.UpdateGroup(ctx, monday.UpdateGroupRequest{BoardID: mondaytest.BoardID, GroupID: "topics", Attribute: "title", Value: "Fresh"})
	fmt.Println(err, group.Title)
	// Output: <nil> Fresh
}

func ExampleClient_DuplicateGroup() {
	c, srv := newExample()
	seed(c, "Ada", nil)
	group, err := c.DuplicateGroup(ctx, monday.DuplicateGroupRequest{BoardID: mondaytest.BoardID, GroupID: "topics", Title: "Copy"})
	fmt.Println(err, group.Title, len(srv.Items(mondaytest.BoardID)))
	// Output: <nil> Copy 2
}

func ExampleClient_ArchiveGroup() {
	c, _ := newExample()
	group, err := c.ArchiveGroup(ctx, monday.GroupRequest{BoardID: mondaytest.BoardID, GroupID: "done"})
	fmt.Println(err, group.Archived)
	// Output: <nil> true
}

func ExampleClient_DeleteGroup() {
	c, _ := newExample()
	_, err := c.DeleteGroup(ctx, monday.GroupRequest{BoardID: mondaytest.BoardID, GroupID: "done"})
	fmt.Println(err)
	_, err = c.DeleteGroup(ctx, monday.GroupRequest{BoardID: mondaytest.BoardID, GroupID: "topics"}) // the last one
	fmt.Println(errors.Is(err, transport.ErrConflict))
	// Output:
	// <nil>
	// true
}

func ExampleClient_CreateColumn() {
	c, _ := newExample()
	column, err := c.CreateColumn(ctx, monday.CreateColumnRequest{
		BoardID: mondaytest.BoardID, Title: "Priority", Type: "status", ID: "priority", Labels: []string{"High", "Low"},
	})
	fmt.Println(err, column.ID, column.Labels()[1].Text)
	// Output: <nil> priority Low
}

func ExampleClient_UpdateColumn() {
	c, _ := newExample()
	board, _ := c.GetBoard(ctx, monday.GetBoardParams{BoardID: mondaytest.BoardID})
	old := board.Columns[0]
	column, err := c.UpdateColumn(ctx, monday.UpdateColumnRequest{
		BoardID: board.ID, ColumnID: old.ID, Type: old.Type, Revision: old.Revision, Title: "Subject", Settings: json.RawMessage(`{}`),
	})
	fmt.Println(err, old.Title, "→", column.Title)
	// Output: <nil> Topic → Subject
}

func ExampleClient_DeleteColumn() {
	c, srv := newExample()
	seed(c, "Ada", monday.Columns{"text1": monday.Text("x")})
	_, err := c.DeleteColumn(ctx, monday.ColumnRequest{BoardID: mondaytest.BoardID, ColumnID: "text1"})
	fmt.Println(err, srv.Items(mondaytest.BoardID)[0].Columns)
	// Output: <nil> map[]
}

func ExampleColumnInfo_Labels() {
	column := monday.ColumnInfo{Type: "status", Settings: json.RawMessage(`{"labels":[{"id":7,"index":1,"label":"Done","is_done":true}]}`)}
	fmt.Printf("%+v\n", column.Labels())
	// Output: [{ID:1 Text:Done Done:true Deactivated:false}]
}

func ExampleClient_CreateUpdate() {
	c, _ := newExample()
	id := seed(c, "Ada", nil)
	update, err := c.CreateUpdate(ctx, monday.CreateUpdateRequest{ItemID: id, Body: "Called back."})
	fmt.Println(err, update.Body, update.ItemID == id)
	// Output: <nil> Called back. true
}

func ExampleClient_EditUpdate() {
	c, _ := newExample()
	update, _ := c.CreateUpdate(ctx, monday.CreateUpdateRequest{ItemID: seed(c, "Ada", nil), Body: "Called"})
	update, err := c.EditUpdate(ctx, monday.EditUpdateRequest{UpdateID: update.ID, Body: "Called twice"})
	fmt.Println(err, update.Body)
	// Output: <nil> Called twice
}

func ExampleClient_DeleteUpdate() {
	c, _ := newExample()
	update, _ := c.CreateUpdate(ctx, monday.CreateUpdateRequest{ItemID: seed(c, "Ada", nil), Body: "Called"})
	_, err := c.DeleteUpdate(ctx, monday.UpdateRequest{UpdateID: update.ID})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleClient_ClearItemUpdates() {
	c, _ := newExample()
	id := seed(c, "Ada", nil)
	_, _ = c.CreateUpdate(ctx, monday.CreateUpdateRequest{ItemID: id, Body: "Called"})
	_, err := c.ClearItemUpdates(ctx, monday.ItemRequest{ItemID: id})
	left, _ := c.ListUpdates(ctx, monday.UpdatesParams{ItemID: id})
	fmt.Println(err, len(left))
	// Output: <nil> 0
}

func ExampleClient_ListUpdates() {
	c, _ := newExample()
	id := seed(c, "Ada", nil)
	update, _ := c.CreateUpdate(ctx, monday.CreateUpdateRequest{ItemID: id, Body: "Called"})
	_, _ = c.CreateUpdate(ctx, monday.CreateUpdateRequest{ParentID: update.ID, Body: "Fine"})
	updates, err := c.ListUpdates(ctx, monday.UpdatesParams{ItemID: id})
	fmt.Println(err, len(updates), updates[0].Body, updates[0].Replies[0].Body)
	// Output: <nil> 1 Called Fine
}

func ExampleClient_Updates() {
	c, _ := newExample()
	id := seed(c, "Ada", nil)
	for _, body := range []string{"one", "two", "three"} {
		_, _ = c.CreateUpdate(ctx, monday.CreateUpdateRequest{ItemID: id, Body: body})
	}
	for update, err := range c.Updates(ctx, monday.UpdatesParams{ItemID: id, Limit: 2}) {
		fmt.Println(update.Body, err)
	}
	// Output:
	// three <nil>
	// two <nil>
	// one <nil>
}

func ExampleClient_AddFileToColumn() {
	c, srv := newExample()
	id := seed(c, "Ada", nil)
	const text = "signed"
	asset, err := c.AddFileToColumn(ctx, monday.AddFileToColumnRequest{
		ItemID: id, ColumnID: "file", File: monday.File{Name: "contract.txt", Content: strings.NewReader(text), Size: int64(len(text))},
	})
	fmt.Println(err, asset.Name, asset.Size, string(srv.Files()[0].Data))
	// Output: <nil> contract.txt 6 signed
}

func ExampleClient_AddFileToUpdate() {
	c, _ := newExample()
	update, _ := c.CreateUpdate(ctx, monday.CreateUpdateRequest{ItemID: seed(c, "Ada", nil), Body: "see"})
	asset, err := c.AddFileToUpdate(ctx, monday.AddFileToUpdateRequest{
		UpdateID: update.ID, File: monday.File{Name: "photo.png", Content: strings.NewReader("png"), Size: 3},
	})
	fmt.Println(err, asset.Extension)
	// Output: <nil> .png
}

func ExampleClient_ListAssets() {
	c, _ := newExample()
	asset, _ := c.AddFileToColumn(ctx, monday.AddFileToColumnRequest{
		ItemID: seed(c, "Ada", nil), ColumnID: "file", File: monday.File{Name: "a.txt", Content: strings.NewReader("a"), Size: 1},
	})
	assets, err := c.ListAssets(ctx, monday.AssetsParams{IDs: []string{asset.ID}})
	fmt.Println(err, assets[0].Name)
	// Output: <nil> a.txt
}

func ExampleClient_ItemAssets() {
	c, _ := newExample()
	id := seed(c, "Ada", nil)
	assets, err := c.ItemAssets(ctx, monday.ItemRequest{ItemID: id})
	fmt.Println(err, len(assets))
	// Output: <nil> 0
}

func ExampleClient_CreateNotification() {
	c, srv := newExample()
	me, _ := c.Me(ctx)
	_, err := c.CreateNotification(ctx, monday.CreateNotificationRequest{UserID: me.ID, TargetID: seed(c, "Ada", nil), Text: "A new lead"})
	fmt.Println(err, srv.Notifications()[0].Text)
	// Output: <nil> A new lead
}

func ExampleClient_EnsureTag() {
	c, _ := newExample()
	tag, err := c.EnsureTag(ctx, monday.TagRequest{Name: "vip"})
	again, _ := c.EnsureTag(ctx, monday.TagRequest{Name: "vip"})
	fmt.Println(err, tag.Name, tag == again)
	// Output: <nil> vip true
}

func ExampleClient_CreateWebhook() {
	c, _ := newExample()
	hook, err := c.CreateWebhook(ctx, monday.CreateWebhookRequest{
		BoardID: mondaytest.BoardID, URL: "https://example.com/monday/events", Event: "change_specific_column_value",
		Config: map[string]any{"columnId": "status"},
	})
	fmt.Println(err, hook.Event, hook.Config)
	// Output: <nil> change_specific_column_value {"columnId":"status"}
}

func ExampleClient_ListWebhooks() {
	c, _ := newExample()
	_, _ = c.CreateWebhook(ctx, monday.CreateWebhookRequest{BoardID: mondaytest.BoardID, URL: "https://example.com/", Event: "create_item"})
	hooks, err := c.ListWebhooks(ctx, monday.WebhooksParams{BoardID: mondaytest.BoardID})
	fmt.Println(err, len(hooks), hooks[0].Event)
	// Output: <nil> 1 create_item
}

func ExampleClient_DeleteWebhook() {
	c, _ := newExample()
	hook, _ := c.CreateWebhook(ctx, monday.CreateWebhookRequest{BoardID: mondaytest.BoardID, URL: "https://example.com/", Event: "create_item"})
	_, err := c.DeleteWebhook(ctx, monday.WebhookRequest{WebhookID: hook.ID})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleClient_Me() {
	c, _ := newExample()
	me, err := c.Me(ctx)
	fmt.Println(err, me.Name, me.Account.Slug)
	// Output: <nil> Ada Admin example
}

func ExampleClient_ListUsers() {
	c, _ := newExample()
	users, err := c.ListUsers(ctx, monday.UsersParams{Emails: []string{"bob@example.com"}})
	fmt.Println(err, users[0].Name)
	// Output: <nil> Bob Builder
}

func ExampleClient_Users() {
	c, _ := newExample()
	for user, err := range c.Users(ctx, monday.UsersParams{Limit: 1}) {
		fmt.Println(user.Name, err)
	}
	// Output:
	// Ada Admin <nil>
	// Bob Builder <nil>
}

func ExampleClient_Account() {
	c, _ := newExample()
	account, err := c.Account(ctx)
	fmt.Println(err, account.Name, account.Tier)
	// Output: <nil> Example standard
}

func ExampleClient_Version() {
	c, _ := newExample()
	version, err := c.Version(ctx)
	fmt.Println(err, version.Value, version.Kind)
	// Output: <nil> 2026-10 current
}

func ExampleClient_Versions() {
	c, _ := newExample()
	versions, err := c.Versions(ctx)
	fmt.Println(err, versions[0].Value)
	// Output: <nil> 2026-07
}

func ExampleClient_Complexity() {
	c, _ := newExample()
	budget, err := c.Complexity(ctx)
	fmt.Println(err, budget.Query, budget.ResetSeconds)
	// Output: <nil> 1 60
}

func ExampleClient_DailyLimit() {
	c, _ := newExample()
	total, err := c.DailyLimit(ctx)
	fmt.Println(err, total)
	// Output: <nil> 1000
}
