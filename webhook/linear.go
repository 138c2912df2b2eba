package webhook

import (
	"bytes"
	"crypto"
	"encoding/json"
	"fmt"
	"time"
)

// Linear signs the body, whose field webhookTimestamp (milliseconds) is the
// signed time; the header Linear-Timestamp is not signed and not read.
// Tolerance: one minute. ("Webhooks")
const Linear Scheme = "linear"

var linear = spec{
	scheme:    Linear,
	header:    "Linear-Signature",
	signed:    "{body}",
	hash:      crypto.SHA256,
	bodyTime:  linearTime,
	tolerance: time.Minute,
}

// linearTime finds webhookTimestamp in a body whose signature is right. Most
// bodies need no decoding: quotes inside JSON strings are escaped, so the
// quoted name is a field's; and where only the body's own end closes anything
// behind it, it is a field of the outermost object, the last one so called.
func linearTime(body []byte) (time.Time, error) {
	const name, space = `"webhookTimestamp"`, " \t\r\n"
	at := bytes.LastIndex(body, []byte(name))
	if at < 1 {
		return time.Time{}, fmt.Errorf("%w: field webhookTimestamp", ErrMissing)
	}
	rest := bytes.TrimRight(body[at+len(name):], space)
	isField := bytes.IndexByte([]byte("{,"+space), body[at-1]) >= 0
	isOutermost := bytes.IndexAny(rest, "{}[]") == len(rest)-1
	if !isField || !isOutermost {
		return linearTimeDecoded(body)
	}
	digits := bytes.Trim(rest[:bytes.IndexAny(rest, ",}")], ":"+space)
	t, ok := UnixMillis.parse(string(digits), false)
	if !ok {
		return linearTimeDecoded(body)
	}
	return t, nil
}

func linearTimeDecoded(body []byte) (time.Time, error) {
	var event struct {
		WebhookTimestamp json.RawMessage `json:"webhookTimestamp"`
	}
	err := json.Unmarshal(body, &event)
	t, ok := UnixMillis.parse(string(event.WebhookTimestamp), false)
	if err != nil || !ok {
		return time.Time{}, fmt.Errorf("%w: field webhookTimestamp", ErrMalformed)
	}
	return t, nil
}
