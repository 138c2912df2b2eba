package analytics

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"

	"github.com/centrala-go/centrala/transport"
)

// ServerMessage is one complaint of Google's validation server.
type ServerMessage struct {
	// FieldPath is where the server sees the fault: often only "events", and
	// sometimes nothing.
	FieldPath   string `json:"fieldPath"`
	Description string `json:"description"`
	// Code may be one that Google does not document.
	Code Code `json:"validationCode"`
	// Event is the index of the event at fault where the description names
	// one, else -1.
	Event int `json:"-"`
}

var opValidate = &transport.Op{Name: "analytics.validate", Safety: transport.Read, Judge: judgeValidation}

// Validate asks Google's validation server about a request ("Validating
// events"), strictly unless Behavior says otherwise. Such hits never reach
// reports, so it is safe to repeat and is retried like a read. No messages
// means that the server has no objection; it does not check whether secret and
// stream id are right, and it looks at parameters less closely than [Rules] do.
// Meant for tests and tools, not for the path of every event.
func (c *Client) Validate(ctx context.Context, req Request) ([]ServerMessage, error) {
	if req.Behavior == "" {
		req.Behavior = EnforceRecommendations
	}
	payload, err := req.encode()
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(ctx, opValidate, transport.Request{
		Method: http.MethodPost, Path: "/debug/mp/collect", Query: c.stream, Body: payload,
	})
	if err != nil {
		return nil, wrap(err)
	}
	messages, _ := decodeMessages(resp.Body)
	return messages, nil
}

// judgeValidation wants a JSON object: anything else is not the server's word.
func judgeValidation(r *transport.Response) transport.Verdict {
	v := transport.JudgeStatus(r)
	if v.Result != transport.ResultDone {
		return v
	}
	if _, err := decodeMessages(r.Body); err != nil {
		return transport.Verdict{
			Result: transport.ResultUnclear, Kind: transport.ErrUnavailable, Message: "the answer is not a validation report",
		}
	}
	return v
}

var eventIndex = regexp.MustCompile(`index: \[([0-9]{1,3})\]`)

func decodeMessages(body []byte) ([]ServerMessage, error) {
	var report *struct {
		Messages []ServerMessage `json:"validationMessages"`
	}
	if err := json.Unmarshal(body, &report); err != nil {
		return nil, err
	}
	if report == nil {
		return nil, errNotJSON
	}
	for i := range report.Messages {
		m := &report.Messages[i]
		m.Event = -1
		if found := eventIndex.FindStringSubmatch(m.Description); found != nil {
			m.Event, _ = strconv.Atoi(found[1])
		}
	}
	return report.Messages, nil
}
