package mondaytest

import (
	"slices"
	"strconv"
	"time"
)

type user struct{ id, name, email string }

// defaultUsers are the people of the account; the first owns the token.
func defaultUsers() []*user {
	return []*user{
		{userID, "Ada Admin", "ada@example.com"},
		{"31338", "Bob Builder", "bob@example.com"},
	}
}

func (u *user) node() node {
	return node{
		"__typename": "User", "id": u.id, "name": u.name, "email": u.email, "title": "", "phone": nil,
		"url": "https://example.monday.com/users/" + u.id, "time_zone_identifier": "Europe/Warsaw", "country_code": "PL",
		"created_at": "2026-01-02T03:04:05Z", "teams": []node{}, "account": accountNode(),
	}
}

func accountNode() node {
	return node{"__typename": "Account", "id": strconv.Itoa(accountID), "name": "Example", "slug": "example", "tier": "standard", "country_code": "PL"}
}

func listUsers(x *run, args arguments) (any, error) {
	ids, emails := args.list("ids"), args.list("emails")
	found := slices.DeleteFunc(slices.Clone(x.s.users), func(u *user) bool {
		return (ids != nil && !slices.Contains(ids, u.id)) || (emails != nil && !slices.Contains(emails, u.email))
	})
	return nodes(pageOf(found, args)), nil
}

func listWorkspaces(*run, arguments) (any, error) {
	return []node{{"__typename": "Workspace", "id": "77", "name": "Main", "kind": "open"}}, nil
}

func versionNode(value string) node {
	kind := "current"
	switch {
	case value == "dev":
		kind = "dev"
	case value > currentVersion:
		kind = "release_candidate"
	case value < currentVersion:
		kind = "maintenance"
	}
	return node{"__typename": "Version", "value": value, "display_name": value, "kind": kind}
}

func versionNodes() []node {
	var out []node
	for _, v := range []string{"2026-07", currentVersion, "2027-01", "dev"} {
		out = append(out, versionNode(v))
	}
	return out
}

// Notification is a notification that was sent.
type Notification struct{ ID, UserID, TargetID, TargetType, Text string }

// Notifications returns the notifications that were sent.
func (s *Server) Notifications() []Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notices)
}

func createNotification(x *run, args arguments) (any, error) {
	if !slices.ContainsFunc(x.s.users, func(u *user) bool { return u.id == args.text("user_id") }) {
		return nil, fail("InvalidUserIdException", "The user was not found").with("user_id", args.text("user_id"))
	}
	n := Notification{x.s.id(), args.text("user_id"), args.text("target_id"), args.text("target_type"), args.text("text")}
	x.s.notices = append(x.s.notices, n)
	return node{"__typename": "Notification", "id": n.ID, "text": n.Text}, nil
}

type tag struct{ id, name string }

func createTag(x *run, args arguments) (any, error) {
	name := args.text("tag_name")
	i := slices.IndexFunc(x.s.tags, func(t *tag) bool { return t.name == name })
	if i < 0 {
		i = len(x.s.tags)
		x.s.tags = append(x.s.tags, &tag{x.s.id(), name})
	}
	return node{"__typename": "Tag", "id": x.s.tags[i].id, "name": name, "color": defaultColor}, nil
}

type update struct {
	id, item, body, parent string
	created, edited        time.Time
	assets                 []*asset
	s                      *Server
}

func (u *update) node() node {
	at := u.created.Format(time.RFC3339)
	return node{
		"__typename": "Update", "id": u.id, "body": u.body, "text_body": u.body, "item_id": u.item, "creator_id": userID,
		"created_at": at, "updated_at": u.edited.Format(time.RFC3339), "edited_at": u.edited.Format(time.RFC3339),
		"assets": lazy(func() any { return nodes(u.assets) }),
		"replies": lazy(func() any {
			out := []node{}
			for _, r := range u.s.updates {
				if r.parent == u.id {
					out = append(out, node{"__typename": "Reply", "id": r.id, "body": r.body, "text_body": r.body, "creator_id": userID, "created_at": at})
				}
			}
			return out
		}),
	}
}

// updates are the updates of an item, or with "" of the whole board, the
// newest first and without replies.
func (b *board) updates(itemID string) []node {
	out := []node{}
	for _, u := range slices.Backward(b.s.updates) {
		if u.parent == "" && (u.item == itemID || (itemID == "" && b.find(u.item) != nil)) {
			out = append(out, u.node())
		}
	}
	return out
}

func (x *run) update(id string) (*update, error) {
	for _, u := range x.s.updates {
		if u.id == id {
			return u, nil
		}
	}
	return nil, fail("ResourceNotFoundException", "The update was not found").with("resource_type", "update", "id", id)
}

func createUpdate(x *run, args arguments) (any, error) {
	parent := args.text("parent_id")
	itemID := args.text("item_id")
	if parent != "" {
		p, err := x.update(parent)
		if err != nil {
			return nil, err
		}
		itemID = p.item
	}
	i, err := x.item(itemID)
	if err != nil {
		return nil, err
	}
	if args.text("body") == "" {
		return nil, fail("InvalidArgumentException", "body must not be empty")
	}
	now := time.Now().UTC()
	u := &update{id: x.s.id(), item: i.id, body: args.text("body"), parent: parent, created: now, edited: now, s: x.s}
	x.s.updates = append(x.s.updates, u)
	x.s.emit("create_update", "create_update", i, map[string]any{"body": u.body, "textBody": u.body, "updateId": jsonID(u.id)})
	return u.node(), nil
}

func editUpdate(x *run, args arguments) (any, error) {
	u, err := x.update(args.text("id"))
	if err != nil {
		return nil, err
	}
	u.body, u.edited = args.text("body"), time.Now().UTC()
	return u.node(), nil
}

func deleteUpdate(x *run, args arguments) (any, error) {
	u, err := x.update(args.text("id"))
	if err != nil {
		return nil, err
	}
	x.s.updates = slices.DeleteFunc(x.s.updates, func(o *update) bool { return o == u || o.parent == u.id })
	return u.node(), nil
}

func clearUpdates(x *run, args arguments) (any, error) {
	i, err := x.item(args.text("item_id"))
	if err != nil {
		return nil, err
	}
	x.s.updates = slices.DeleteFunc(x.s.updates, func(u *update) bool { return u.item == i.id })
	return i.node(), nil
}

func listUpdates(x *run, args arguments) (any, error) {
	ids := args.list("ids")
	found := slices.DeleteFunc(slices.Clone(x.s.updates), func(u *update) bool {
		return u.parent != "" || (ids != nil && !slices.Contains(ids, u.id))
	})
	slices.Reverse(found)
	return nodes(pageOf(found, args)), nil
}
