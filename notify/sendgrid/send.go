package sendgrid

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

// KeyArg is the custom argument that carries SendRequest.Key. SendGrid returns
// it as a field of every delivery event.
const KeyArg = "centrala_key"

var opSend = &transport.Op{Name: "sendgrid.mail_send", Safety: transport.AtMostOnce, Judge: judgeSend}

// SendRequest is a mail with everything that SendGrid offers for it. Either To
// or Personalizations name the recipients; either TemplateID, or Subject and
// one of Text and HTML, are the content. See SendGrid's page "Mail Send".
type SendRequest struct {
	// From is the sender; the zero value stands for Config.From. SendGrid
	// accepts no Unicode in its address.
	From notify.Address
	// To are recipients, each with a personalization of their own.
	To []notify.Address
	// Personalizations are used instead of To where recipients get different
	// data, or where some are meant to see each other.
	Personalizations []Personalization
	// ReplyTo is where answers go; the zero value leaves it to From.
	ReplyTo notify.Address
	// Subject is required without a template.
	Subject string
	// Text and HTML are the two forms of the content.
	Text, HTML string
	// TemplateID names a stored template; ids of dynamic ones begin with "d-".
	TemplateID string
	// DynamicTemplateData fills a dynamic template for all recipients in To.
	DynamicTemplateData map[string]any
	// Attachments make the mail at most 30 MB large, encoded.
	Attachments []notify.Attachment
	// Headers are added to the mail. Those that SendGrid sets are refused.
	Headers map[string]string
	// Categories are at most 10 different names of at most 255 characters.
	Categories []string
	// CustomArgs come back with every event of the mail; they, Key and those of
	// a personalization are less than 10,000 bytes together, as JSON.
	CustomArgs map[string]string
	// Key is the caller's own name for the mail; it travels as the custom
	// argument KeyArg.
	Key string
	// SendAt schedules the mail, at most 72 hours ahead. Without BatchID a
	// scheduled mail cannot be cancelled.
	SendAt  time.Time
	BatchID string
	// UnsubscribeGroup is the id of the suppression group, 0 for none, and
	// GroupsToDisplay at most 25 groups to offer on the unsubscribe page.
	UnsubscribeGroup int
	GroupsToDisplay  []int
	// IPPool is the name of the pool to send from, 2 to 64 characters.
	IPPool string
	// Sandbox makes SendGrid check the mail and not deliver it.
	Sandbox bool
}

// Personalization is one envelope: its recipients see each other, except those
// in Bcc. No address may be in it twice, letter case aside.
type Personalization struct {
	To, Cc, Bcc []notify.Address
	// Subject, DynamicTemplateData, Headers, CustomArgs and SendAt are added to
	// the request's, or replace them.
	Subject             string
	DynamicTemplateData map[string]any
	Headers             map[string]string
	CustomArgs          map[string]string
	SendAt              time.Time
}

// Send hands a mail to SendGrid ("Mail Send"). The receipt's ID is the
// X-Message-Id, the prefix of sg_message_id in events; it covers all recipients
// and is empty in sandbox mode.
//
// What SendGrid is known to refuse is refused here, with the field named and
// nothing sent. The call is sent again only when SendGrid provably did nothing;
// after any other failure the error matches transport.ErrOutcomeUnknown, and
// sending again may double the mail.
func (c *Client) Send(ctx context.Context, req SendRequest) (notify.Receipt, error) {
	if req.From == (notify.Address{}) {
		req.From = c.from
	}
	req.Sandbox = req.Sandbox || c.sandbox
	if err := req.check(time.Now()); err != nil {
		return notify.Receipt{}, err
	}
	body, err := req.encode()
	if err != nil {
		return notify.Receipt{}, err
	}
	resp, err := c.Do(ctx, opSend, transport.Request{Method: "POST", Path: "/v3/mail/send", Body: body})
	if err != nil {
		return notify.Receipt{}, err
	}
	return notify.Receipt{Provider: "sendgrid", ID: first(resp.Header, messageIDHeader), Attempts: resp.Attempts}, nil
}

// SendEmail sends a neutral mail as [Client.Send] does. The key travels as the
// custom argument [KeyArg], metadata as the other custom arguments, tags as
// categories. Commas, semicolons and control characters in recipients' names,
// which SendGrid refuses, become spaces.
func (c *Client) SendEmail(ctx context.Context, e notify.Email) (notify.Receipt, error) {
	return c.Send(ctx, SendRequest{
		From: e.From, To: plainNames(e.To), ReplyTo: e.ReplyTo,
		Subject: e.Subject, Text: e.Text, HTML: e.HTML,
		TemplateID: e.Template, DynamicTemplateData: e.Data,
		Attachments: e.Attachments, Categories: e.Tags, CustomArgs: e.Metadata, Key: e.Key, SendAt: e.SendAt,
	})
}

// plainNames returns the list with names that SendGrid accepts.
func plainNames(list []notify.Address) []notify.Address {
	if !slices.ContainsFunc(list, func(a notify.Address) bool { return strings.ContainsFunc(a.Name, notInName) }) {
		return list
	}
	list = slices.Clone(list)
	for i := range list {
		list[i].Name = strings.Join(strings.FieldsFunc(list[i].Name, func(r rune) bool { return r == ' ' || notInName(r) }), " ")
	}
	return list
}

func notInName(r rune) bool { return r == ',' || r == ';' || unicode.IsControl(r) }
