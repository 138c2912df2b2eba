package chatfuel

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/centrala-go/centrala/transport"
)

var sendOp = transport.Op{Name: "chatfuel.send", Safety: transport.AtMostOnce}

// SendRequest shows something to one user. UserID and exactly one of
// BlockName, BlockID and FlowName are required, unless Extra names a target.
type SendRequest struct {
	// UserID is the user's "messenger user id" or "chatfuel user id": see
	// Attributes.UserID.
	UserID string
	// BlockName, BlockID and FlowName say what is shown. A BlockID may also be
	// the id of a flow.
	BlockName, BlockID, FlowName string
	// MessageTag is Meta's reason for writing more than 24 hours after the
	// user did, "CONFIRMED_EVENT_UPDATE" for example. Meta changes the list.
	MessageTag string
	// Attributes are set on the user first: texts, numbers or booleans. Names
	// that start with "chatfuel_" are the vendor's.
	Attributes map[string]any
	// Tags replace the user's tags when there are any.
	Tags []string
	// Extra holds further parameters of the vendor, for what is not typed here.
	Extra url.Values
}

// SendResult is the vendor's answer.
type SendResult struct {
	// Result is the vendor's text, "ok".
	Result string
}

// Send shows a block or flow to a user (the vendor's article "Broadcasting
// API"). All parameters travel in the query, as the article has it; neither
// they nor the token reach an error or a log.
//
// The vendor neither de-duplicates nor can be asked afterwards, so Send is
// repeated only when the request provably never left or was refused with 429.
// After any other doubt the error matches transport.ErrOutcomeUnknown. An
// answer with "success": false is final.
func (c *Client) Send(ctx context.Context, r SendRequest) (SendResult, error) {
	if err := r.check(); err != nil {
		return SendResult{}, err
	}
	path, err := transport.Path("bots", c.bot, "users", r.UserID, "send")
	if err != nil {
		return SendResult{}, transport.Invalid(sendOp.Name, "UserID", "is not an id")
	}
	resp, err := c.http.Do(ctx, &sendOp, transport.Request{
		Method: http.MethodPost, Path: path, Query: r.query(),
		Header: http.Header{"Content-Type": {"application/json"}},
	})
	if err != nil {
		return SendResult{}, wrap(err)
	}
	a, _ := parseAnswer(resp.Body) // judged before
	return SendResult{Result: a.Result}, nil
}

func (r *SendRequest) check() error {
	invalid := func(field, problem string) error { return transport.Invalid(sendOp.Name, field, problem) }
	targets := 0
	for _, t := range []string{r.BlockName, r.BlockID, r.FlowName} {
		if t != "" {
			targets++
		}
	}
	switch {
	case !segment(r.UserID):
		return invalid("UserID", "is empty or not an id")
	case targets > 1:
		return invalid("BlockName", "is set besides BlockID or FlowName: set one of them")
	case targets == 0 && len(r.Extra) == 0:
		return invalid("BlockName", "is empty, and so are BlockID and FlowName")
	}
	for name, value := range r.Attributes {
		switch {
		case strings.TrimSpace(name) == "":
			return invalid("Attributes", "has an empty name")
		case reserved(name):
			return invalid("Attributes["+name+"]", "is a name that the vendor keeps for itself")
		case !isScalar(value):
			return invalid("Attributes["+name+"]", "is not a text, number or boolean")
		}
	}
	for _, tag := range r.Tags {
		if strings.TrimSpace(tag) == "" || strings.Contains(tag, ",") {
			return invalid("Tags", "has a tag that is empty or holds a comma")
		}
	}
	if r.Extra.Has("chatfuel_token") {
		return invalid("Extra", "holds the token: set it in Config")
	}
	return nil
}

func reserved(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	return strings.HasPrefix(name, "chatfuel_") || name == "tags"
}

func (r *SendRequest) query() url.Values {
	q := url.Values{}
	for name, value := range r.Attributes {
		q.Set(name, scalarText(value))
	}
	for name, value := range map[string]string{
		"chatfuel_block_name": r.BlockName, "chatfuel_block_id": r.BlockID, "chatfuel_flow_name": r.FlowName,
		"chatfuel_message_tag": r.MessageTag, "tags": strings.Join(r.Tags, ","),
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	maps.Copy(q, r.Extra)
	return q
}

// scalarText writes a value as the bot's user would: 1234567.5, not
// 1.2345675e+06.
func scalarText(value any) string {
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Float32:
		return strconv.FormatFloat(v.Float(), 'f', -1, 32)
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	default:
		return fmt.Sprint(value)
	}
}

// answer is what the vendor says, whatever the status.
type answer struct {
	Success *bool  `json:"success"`
	Result  string `json:"result"`
}

// parseAnswer reports whether body is an answer of this API.
func parseAnswer(body []byte) (answer, bool) {
	var a answer
	err := json.Unmarshal(body, &a)
	return a, err == nil && a.Success != nil
}

// judge looks at "success" as well as at the status: a refusal may come with
// 200, and a success only counts when it says so. Only 429 may be repeated; a
// 503 says nothing about the effect, whatever its headers.
func judge(r *transport.Response) transport.Verdict {
	v := transport.JudgeStatus(r)
	a, ok := parseAnswer(r.Body)
	v.Message = a.Result
	switch {
	case v.Result == transport.ResultRetry && r.Status == http.StatusTooManyRequests:
	case ok && !*a.Success:
		v.Result = transport.ResultRefused
		if v.Kind == nil {
			v.Kind = transport.ErrInvalid
		}
	case v.Result == transport.ResultDone && !ok:
		v = transport.Verdict{
			Result: transport.ResultUnclear, Kind: transport.ErrUnavailable,
			Message: `the answer does not say "success"`,
		}
	case v.Result == transport.ResultRetry:
		v.Result = transport.ResultUnclear
	}
	return v
}
