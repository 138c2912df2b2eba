package twilio

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

// The two ways to send: with a read-back after an unknown outcome, and without
// where the message could not be recognised.
var (
	opSend     = &transport.Op{Name: "twilio.send_message", Safety: transport.LookUp}
	opSendOnce = &transport.Op{Name: "twilio.send_message", Safety: transport.AtMostOnce}
)

// SendMessageRequest is a message with what Twilio offers for it. To is
// required, and one of Body, MediaURLs and ContentSID. See Twilio's page
// "Messages resource".
type SendMessageRequest struct {
	// To is a number in E.164 form or a channel address ("whatsapp:+…").
	To string
	// From is the sender, MessagingServiceSID the service that chooses one. With
	// neither, those of the Config are taken.
	From, MessagingServiceSID string
	// Body is the text, at most 1600 characters.
	Body string
	// MediaURLs are at most 10 addresses of files to send along.
	MediaURLs []string
	// ContentSID names a stored content template, "HX…", and ContentVariables
	// fill it; no value may be empty.
	ContentSID       string
	ContentVariables map[string]string
	// StatusCallback is where Twilio reports progress; "" stands for the
	// Config's. Its host must have no underscore.
	StatusCallback string
	// SendAt schedules the message, 15 minutes to 35 days ahead. It needs a
	// messaging service: without one Twilio would send at once.
	SendAt time.Time
	// ValidityPeriod is how long the message may wait in Twilio's queue, in
	// whole seconds from 1 s to 10 h; 0 means 10 h.
	ValidityPeriod time.Duration
	// SmartEncoded lets Twilio replace characters that would make the message
	// longer; see [CountSegments].
	SmartEncoded bool
	// ShortenURLs lets Twilio shorten links; it needs a messaging service.
	ShortenURLs bool
	// ProvideFeedback says that the outcome will be reported to Twilio.
	ProvideFeedback bool
	// DiscardContent and ObfuscateAddress keep text and recipient out of
	// Twilio's records. The message can then not be read back and is sent at
	// most once.
	DiscardContent, ObfuscateAddress bool
	// Since is when this message was first tried, for a program that was killed
	// and tries again: the read-back looks from then on. The zero value means
	// now.
	Since time.Time
}

// SendMessage hands a message to Twilio and returns it as accepted; whether it
// is delivered shows later in its status.
//
// What Twilio is known to refuse is refused here, with the field named and
// nothing sent. After a timeout, a reset connection or a server error the
// client looks for the message, waits, looks again, and sends again only when
// it is not there. The read-back tells messages apart by recipient, sender,
// text (without the notice that Twilio puts before those of trial accounts, and
// however it encoded them) and the time of the first attempt, less five seconds
// and what Twilio's clock is seen to be late. It passes over messages that this
// client's other calls are known to have sent. Its limit: of two identical
// messages sent at the same time, one may be taken for the other while both are
// under way, or when another process has sent it; then one is sent instead of
// two, never three.
// A message that cannot be recognised so is sent at most once, and the error
// matches transport.ErrOutcomeUnknown.
func (c *Client) SendMessage(ctx context.Context, req SendMessageRequest) (Message, error) {
	s := &sending{client: c, req: req}
	m, _, err := s.run(ctx)
	return m, err
}

// SendSMS sends a neutral message as [Client.SendMessage] does.
func (c *Client) SendSMS(ctx context.Context, m notify.SMS) (notify.Receipt, error) {
	s := &sending{client: c, req: SendMessageRequest{To: m.To, From: m.From, Body: m.Body, SendAt: m.SendAt, Since: m.Since}}
	sent, resp, err := s.run(ctx)
	if err != nil {
		return notify.Receipt{}, err
	}
	return notify.Receipt{
		Provider: "twilio", ID: sent.SID, Status: sent.Status, Attempts: resp.Attempts, LookedUp: resp.LookedUp,
	}, nil
}

// prepare completes a request from the Config and checks it.
func (c *Client) prepare(req *SendMessageRequest) error {
	now := time.Now()
	if req.Since.IsZero() || req.Since.After(now) {
		req.Since = now
	}
	if req.From == "" && req.MessagingServiceSID == "" {
		req.From, req.MessagingServiceSID = c.defaults.From, c.defaults.MessagingServiceSID
	}
	if req.StatusCallback == "" {
		req.StatusCallback = c.defaults.StatusCallback
	}
	return req.check(now)
}

// sending is one message on its way.
type sending struct {
	client *Client
	req    SendMessageRequest
	answer answer
	found  Message // by the read-back
}

func (s *sending) run(ctx context.Context) (Message, *transport.Response, error) {
	c := s.client
	if err := c.prepare(&s.req); err != nil {
		return Message{}, nil, err
	}
	body, err := s.req.encode()
	if err != nil {
		return Message{}, nil, err
	}
	op, out := opSendOnce, transport.Request{Path: c.messages, Body: body, ContentType: "application/x-www-form-urlencoded"}
	if s.req.recognisable() {
		op, out.LookUp = c.opSend, s.lookUp
	}
	resp, err := c.Do(ctx, s.answer.expect(op), out)
	switch {
	case err != nil:
		return Message{}, nil, err
	case resp.LookedUp:
		return s.found, resp, nil
	}
	m := s.answer.wire.message()
	c.claims.claim(m.SID)
	return m, resp, nil
}

// lookUp looks for the message, for a call that cannot tell whether it was sent.
func (s *sending) lookUp(ctx context.Context) (ok bool, err error) {
	s.found, ok, err = s.client.find(ctx, s.req.query(), s.client.claims.claim)
	return ok, err
}

// recognisable reports whether a message can be told from others when it is
// read back.
func (r *SendMessageRequest) recognisable() bool {
	return r.Body != "" && r.ContentSID == "" && !r.DiscardContent && !r.ObfuscateAddress && !r.ShortenURLs
}

func (r *SendMessageRequest) query() MessageQuery {
	return MessageQuery{
		To: r.To, From: r.From, MessagingServiceSID: r.MessagingServiceSID, Body: r.Body,
		SmartEncoded: r.SmartEncoded, Scheduled: !r.SendAt.IsZero(), Since: r.Since,
	}
}

// encode returns the form, its parameters in the order of their names.
func (r *SendMessageRequest) encode() ([]byte, error) {
	vars, err := r.variables()
	if err != nil {
		return nil, err
	}
	return make(form, 0, 128+2*len(r.Body)).
		flag("AddressRetention", r.ObfuscateAddress, "obfuscate").
		text("Body", r.Body).
		flag("ContentRetention", r.DiscardContent, "discard").
		text("ContentSid", r.ContentSID).
		text("ContentVariables", vars).
		text("From", r.From).
		texts("MediaUrl", r.MediaURLs).
		text("MessagingServiceSid", r.MessagingServiceSID).
		flag("ProvideFeedback", r.ProvideFeedback, "true").
		flag("ScheduleType", !r.SendAt.IsZero(), "fixed").
		text("SendAt", instant(r.SendAt)).
		flag("ShortenUrls", r.ShortenURLs, "true").
		flag("SmartEncoded", r.SmartEncoded, "true").
		text("StatusCallback", r.StatusCallback).
		text("To", r.To).
		text("ValidityPeriod", seconds(r.ValidityPeriod)), nil
}

func (r *SendMessageRequest) variables() (string, error) {
	if len(r.ContentVariables) == 0 {
		return "", nil
	}
	vars, err := json.Marshal(r.ContentVariables)
	if err != nil {
		return "", invalid("ContentVariables", "have no JSON form: %v", err)
	}
	return string(vars), nil
}

// instant is a time in whole seconds, with Z; "" for the zero time.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.Itoa(int(d / time.Second))
}
