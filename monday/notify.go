package monday

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/centrala-go/centrala/transport"
)

var (
	opCreateNotification = mutation("create_notification", `
mutation createNotification($user: ID!, $target: ID!, $type: NotificationTargetType!, $text: String!) {
  result: create_notification(user_id: $user, target_id: $target, target_type: $type, text: $text) { id text }
}`)
	opCreateTag = mutation("create_or_get_tag", `
mutation createTag($name: String, $board: ID) {
  result: create_or_get_tag(tag_name: $name, board_id: $board) { id name color }
}`)
	opWebhooks = query("webhooks", `
query webhooks($board: ID!) {
  result: webhooks(board_id: $board) { id board_id event config }
}`)
	opCreateWebhook = mutation("create_webhook", `
mutation createWebhook($board: ID!, $url: String!, $event: WebhookEventType!, $config: JSON) {
  result: create_webhook(board_id: $board, url: $url, event: $event, config: $config) { id board_id event config }
}`)
	opDeleteWebhook = mutation("delete_webhook", `
mutation deleteWebhook($id: ID!) {
  result: delete_webhook(id: $id) { id board_id event config }
}`)
)

// CreateNotificationRequest describes a notification; all but Target are
// required.
type CreateNotificationRequest struct {
	UserID, TargetID, Text string
	// Target says what TargetID is: "Project" for a board or an item, which ""
	// also means, "Post" for an update.
	Target string

	Call
}

// CreateNotification rings a user's bell in monday, and returns the id of the
// notification. monday may deliver it later or, for one's own token, not at
// all.
func (c *Client) CreateNotification(ctx context.Context, r CreateNotificationRequest) (id string, err error) {
	op := opCreateNotification
	if err := required(op.Name, "UserID", r.UserID, "TargetID", r.TargetID, "Text", r.Text); err != nil {
		return "", err
	}
	if err := oneOf(op.Name, "Target", r.Target, "Project", "Post"); err != nil {
		return "", err
	}
	vars := variables("user", r.UserID, "target", r.TargetID, "type", orElse(r.Target, "Project"), "text", r.Text)
	n, err := one[struct{ ID string }](ctx, c, op, vars, r.Call, "notification")
	return n.ID, err
}

// Tag is a tag; its id goes into Tags.
type Tag struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Color string `json:"color"`
}

// TagRequest names a tag.
type TagRequest struct {
	// Name is required.
	Name string
	// BoardID is needed for private and shareable boards.
	BoardID string

	Call
}

// EnsureTag returns the tag of that name and creates it if there is none.
func (c *Client) EnsureTag(ctx context.Context, r TagRequest) (Tag, error) {
	op := opCreateTag
	if err := required(op.Name, "Name", r.Name); err != nil {
		return Tag{}, err
	}
	return one[Tag](ctx, c, op, variables("name", r.Name, "board", r.BoardID), r.Call, "tag")
}

// Webhook is a subscription to events of a board.
type Webhook struct {
	ID      string `json:"id"`
	BoardID string `json:"board_id"`
	// Event is monday's name: "create_item".
	Event string `json:"event"`
	// Config is the JSON text of the subscription's settings, "" without.
	Config string `json:"config"`
}

const maxWebhookURL = 255

// CreateWebhookRequest describes a subscription.
type CreateWebhookRequest struct {
	// BoardID, URL and Event are required. URL has at most 255 characters;
	// monday calls it during the request with a challenge that must be repeated.
	BoardID, URL, Event string
	// Config is what some events want: {"columnId": "status"}.
	Config map[string]any

	Call
}

// CreateWebhook subscribes to events of a board. With an app's token monday
// signs its calls; with a personal token it does not, so put a secret into the
// URL. A failing challenge is mostly answered with an internal server error,
// which leaves the outcome unknown: see ListWebhooks.
func (c *Client) CreateWebhook(ctx context.Context, r CreateWebhookRequest) (Webhook, error) {
	op := opCreateWebhook
	if err := required(op.Name, "BoardID", r.BoardID, "URL", r.URL, "Event", r.Event); err != nil {
		return Webhook{}, err
	}
	u, err := url.Parse(r.URL) // the error would show the secret in it
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || len(r.URL) > maxWebhookURL {
		return Webhook{}, transport.Invalid(op.Name, "URL", "is not an http URL of at most %d characters", maxWebhookURL)
	}
	vars := variables("board", r.BoardID, "url", r.URL, "event", r.Event)
	if r.Config != nil {
		text, err := json.Marshal(r.Config)
		if err != nil {
			return Webhook{}, transport.Invalid(op.Name, "Config", "cannot be written as JSON: %v", err)
		}
		vars["config"] = string(text)
	}
	return one[Webhook](ctx, c, op, vars, r.Call, "webhook")
}

// WebhooksParams names a board.
type WebhooksParams struct {
	// BoardID is required.
	BoardID string

	Call
}

// ListWebhooks reads the subscriptions of a board, all of them.
func (c *Client) ListWebhooks(ctx context.Context, p WebhooksParams) ([]Webhook, error) {
	op := opWebhooks
	if err := required(op.Name, "BoardID", p.BoardID); err != nil {
		return nil, err
	}
	return one[[]Webhook](ctx, c, op, variables("board", p.BoardID), p.Call, "list of webhooks")
}

// WebhookRequest names a subscription.
type WebhookRequest struct {
	// WebhookID is required.
	WebhookID string

	Call
}

// DeleteWebhook ends a subscription.
func (c *Client) DeleteWebhook(ctx context.Context, r WebhookRequest) (Webhook, error) {
	op := opDeleteWebhook
	if err := required(op.Name, "WebhookID", r.WebhookID); err != nil {
		return Webhook{}, err
	}
	return one[Webhook](ctx, c, op, variables("id", r.WebhookID), r.Call, "webhook")
}
