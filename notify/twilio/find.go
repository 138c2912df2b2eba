package twilio

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// clockSkew is how far Twilio's clock may be behind this machine's beyond what
// its answers show. Twilio's times have whole seconds, which costs up to one
// more.
const clockSkew = 5 * time.Second

// dayMargin keeps a clock that is wrong by hours from hiding a message behind
// the filter by day.
const dayMargin = 24 * time.Hour

// MessageQuery describes a message that may have been sent. To, Body and Since
// are required.
type MessageQuery struct {
	// To is the recipient, Body the exact text that was to be sent.
	To, Body string
	// From and MessagingServiceSID are the sender, as in the request; what is
	// empty is not compared.
	From, MessagingServiceSID string
	// Since is when sending was first tried. Messages made more than five
	// seconds earlier, by a clock as late as Twilio's, are others.
	Since time.Time
	// Until is when sending was last tried; messages made more than five
	// seconds later are others. The zero value sets no end. A vendor may still
	// be finishing the request of a killed process: leave it room.
	Until time.Time
	// Except lists SIDs of messages that are known to be others, for programs
	// that send the same text to the same recipient more than once.
	Except []string
	// SmartEncoded says that Twilio may have replaced characters of Body. With
	// a messaging service it always may: Smart Encoding is among its settings.
	SmartEncoded bool
	// Scheduled says that the message was to be sent later: it has no time of
	// sending yet, so all messages to the recipient are searched.
	Scheduled bool
}

// FindMessage looks for a message that may have been sent, to settle an unknown
// outcome after a crash. Of several it returns the oldest. It reports false
// when there is none; a request that died a moment ago may still be at work, so
// look twice, half a minute apart, before sending again. It only reads and is
// repeated after any transient failure; an error settles nothing.
func (c *Client) FindMessage(ctx context.Context, q MessageQuery) (Message, bool, error) {
	const op = "twilio.find_message"
	switch {
	case q.To == "":
		return Message{}, false, transport.Invalid(op, "To", "is empty")
	case q.Body == "":
		return Message{}, false, transport.Invalid(op, "Body", "is empty")
	case q.Since.IsZero():
		return Message{}, false, transport.Invalid(op, "Since", "is zero")
	}
	return c.find(ctx, q, func(string) bool { return true })
}

// find returns the oldest message that matches and that take accepts.
func (c *Client) find(ctx context.Context, q MessageQuery, take func(sid string) bool) (Message, bool, error) {
	params := MessagesParams{To: q.To, From: q.From, PageSize: maxPageSize}
	if !q.Scheduled {
		params.SentSince = q.Since.Add(-dayMargin)
	}
	var found []Message
	for page, err := range c.pages(ctx, params) {
		if err != nil {
			return Message{}, false, err
		}
		from := q.Since.Add(-clockSkew - page.Behind).Truncate(time.Second)
		for _, m := range page.Messages {
			if q.matches(&m, from) {
				found = append(found, m)
			}
		}
	}
	slices.Reverse(found) // times have seconds only: of equal ones the last listed is the oldest
	slices.SortStableFunc(found, func(a, b Message) int { return a.made().Compare(b.made()) })
	for _, m := range found {
		if take(m.SID) {
			return m, true, nil
		}
	}
	return Message{}, false, nil
}

func (q *MessageQuery) matches(m *Message, from time.Time) bool {
	return m.To == q.To && q.sameBody(m) &&
		(q.From == "" || m.From == "" || m.From == q.From) &&
		(q.MessagingServiceSID == "" || m.MessagingServiceSID == "" || m.MessagingServiceSID == q.MessagingServiceSID) &&
		(m.Direction == "" || strings.HasPrefix(m.Direction, "outbound")) &&
		q.inTime(m.made(), from) && !slices.Contains(q.Except, m.SID)
}

// trialNotice is what Twilio puts before each text of a trial account.
const trialNotice = "Sent from your Twilio trial account - "

// sameBody compares the texts as they were before Twilio changed them.
func (q *MessageQuery) sameBody(m *Message) bool {
	body := strings.TrimPrefix(m.Body, trialNotice)
	if body == q.Body || m.Body == q.Body {
		return true
	}
	mayDiffer := q.SmartEncoded || q.MessagingServiceSID != "" || m.MessagingServiceSID != ""
	return mayDiffer && smartEncode(body) == smartEncode(q.Body)
}

// inTime accepts a message without any time: taking it for this one loses at
// most one message, passing over it doubles one.
func (q *MessageQuery) inTime(made, from time.Time) bool {
	switch {
	case made.IsZero():
		return true
	case made.Before(from):
		return false
	}
	return q.Until.IsZero() || !made.After(q.Until.Add(clockSkew))
}

// made is when the message came into being, as far as Twilio tells.
func (m *Message) made() time.Time {
	for _, t := range []time.Time{m.Created, m.Sent, m.Updated} {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
