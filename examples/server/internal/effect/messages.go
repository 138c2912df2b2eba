package effect

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/centrala-go/centrala/examples/server/internal/config"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/twilio"
)

// Texts fills the message texts with what the business is called.
type Texts struct{ Business config.Business }

// subjects are the subject lines of e-mails without a stored template.
var subjects = map[string]string{
	notify.BookingConfirmation: "Potwierdzenie spotkania",
	notify.BookingReminder:     "Przypomnienie o spotkaniu",
	notify.ConsultantContact:   "Twoje zapytanie",
	notify.ThankYou:            "Dziękujemy za kontakt",
}

func (t Texts) values(m Message) notify.Values {
	return notify.Values{
		Name: m.Name, Business: t.Business.Name, Phone: t.Business.Phone, Date: m.Date, Time: m.Time,
		Service: m.Service, Consultant: cmp.Or(m.Consultant, t.Business.Consultant),
	}
}

func (t Texts) render(m Message) (string, error) {
	return notify.Polish().Render(m.Template, t.values(m))
}

// data is what a stored template of the provider may use; the caller's own
// values win.
func (t Texts) data(m Message) map[string]any {
	v := t.values(m)
	d := map[string]any{
		"name": v.Name, "business": v.Business, "phone": v.Phone, "date": v.Date, "time": v.Time,
		"service": v.Service, "consultant": v.Consultant,
	}
	maps.Copy(d, m.Data)
	return d
}

// SendGrid is a Mail. Templates maps the contract's names to stored templates;
// a name without one is sent as plain text.
type SendGrid struct {
	Sender    notify.EmailSender
	Templates map[string]string
	Texts     Texts
}

var _ Mail = (*SendGrid)(nil)

// SendMail implements Mail. SendGrid offers no way to find a mail, so an
// unsettled one stays so.
func (s *SendGrid) SendMail(ctx context.Context, m Message, at Attempt) (string, error) {
	if at.Unsettled {
		return "", flow.ErrCannotSettle
	}
	mail := notify.Email{To: []notify.Address{{Email: m.To, Name: m.Name}}, Key: m.Key}
	switch id := s.Templates[m.Template]; {
	case id != "":
		mail.Template, mail.Data = id, s.Texts.data(m)
	case slices.Contains(config.TemplateNames, m.Template):
		text, err := s.Texts.render(m)
		if err != nil {
			return "", err
		}
		mail.Subject, mail.Text = subjects[m.Template], text
	default:
		mail.Template, mail.Data = m.Template, s.Texts.data(m)
	}
	receipt, err := s.Sender.SendEmail(ctx, mail)
	return receipt.ID, err
}

// Twilio is a Text.
type Twilio struct {
	Client                    *twilio.Client
	From, MessagingServiceSID string
	Texts                     Texts
	// Sent lists the ids of messages that other flows have sent since a time:
	// the same text to the same person may be theirs.
	Sent func(ctx context.Context, since time.Time) ([]string, error)
}

var _ Text = (*Twilio)(nil)

// SendText implements Text. An unsettled message is looked for among those
// sent since the first attempt.
func (t *Twilio) SendText(ctx context.Context, m Message, at Attempt) (string, error) {
	body, err := t.Texts.render(m)
	if err != nil {
		return "", err
	}
	if at.Unsettled {
		id, err := t.find(ctx, m.To, body, at.Since)
		if id != "" || err != nil {
			return id, err
		}
	}
	sent, err := t.Client.SendMessage(ctx, twilio.SendMessageRequest{To: m.To, Body: body, Since: since(at)})
	return sent.SID, err
}

// find looks for a message that an earlier attempt may have sent.
func (t *Twilio) find(ctx context.Context, to, body string, since time.Time) (string, error) {
	others, err := t.Sent(ctx, since)
	if err != nil {
		return "", fmt.Errorf("listing other messages: %w", err)
	}
	found, ok, err := t.Client.FindMessage(ctx, twilio.MessageQuery{
		To: to, From: t.From, MessagingServiceSID: t.MessagingServiceSID, Body: body, Since: since, Except: others,
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("looking for the message: %w", err)
	case !ok:
		return "", nil
	}
	return found.SID, nil
}

// since is when the read-back begins: the first attempt of an unsettled
// message, else now.
func since(at Attempt) time.Time {
	if at.Unsettled {
		return at.Since
	}
	return time.Time{}
}
