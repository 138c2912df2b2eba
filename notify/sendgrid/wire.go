package sendgrid

import (
	"encoding/json"
	"time"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

// maxMail is how large a request with attachments may be.
const maxMail = 30 << 20

// The wire form of a mail.
type (
	mail struct {
		Personalizations []envelope        `json:"personalizations"`
		From             address           `json:"from"`
		ReplyTo          address           `json:"reply_to,omitzero"`
		Subject          string            `json:"subject,omitempty"`
		Content          []content         `json:"content,omitempty"`
		Attachments      []attachment      `json:"attachments,omitempty"`
		TemplateID       string            `json:"template_id,omitempty"`
		Headers          map[string]string `json:"headers,omitempty"`
		Categories       []string          `json:"categories,omitempty"`
		CustomArgs       map[string]string `json:"custom_args,omitempty"`
		SendAt           int64             `json:"send_at,omitempty"`
		BatchID          string            `json:"batch_id,omitempty"`
		ASM              asm               `json:"asm,omitzero"`
		IPPool           string            `json:"ip_pool_name,omitempty"`
		Settings         settings          `json:"mail_settings,omitzero"`
	}
	envelope struct {
		To         []address         `json:"to"`
		Cc         []address         `json:"cc,omitempty"`
		Bcc        []address         `json:"bcc,omitempty"`
		Subject    string            `json:"subject,omitempty"`
		Data       json.RawMessage   `json:"dynamic_template_data,omitempty"`
		Headers    map[string]string `json:"headers,omitempty"`
		CustomArgs map[string]string `json:"custom_args,omitempty"`
		SendAt     int64             `json:"send_at,omitempty"`
	}
	address struct {
		Email string `json:"email"`
		Name  string `json:"name,omitempty"`
	}
	content struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	attachment struct {
		Content     []byte `json:"content"`
		Type        string `json:"type,omitempty"`
		Filename    string `json:"filename"`
		Disposition string `json:"disposition,omitempty"`
		ContentID   string `json:"content_id,omitempty"`
	}
	asm struct {
		GroupID         int   `json:"group_id"`
		GroupsToDisplay []int `json:"groups_to_display,omitempty"`
	}
	settings struct {
		SandboxMode toggle `json:"sandbox_mode"`
	}
	toggle struct {
		Enable bool `json:"enable"`
	}
)

// IsZero makes omitzero work for a struct that holds a slice.
func (a asm) IsZero() bool { return a.GroupID == 0 }

// encode returns the request's JSON.
func (r *SendRequest) encode() ([]byte, error) {
	envelopes, err := r.envelopes()
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(&mail{
		Personalizations: envelopes, From: address(r.From), ReplyTo: address(r.ReplyTo),
		Subject: r.Subject, Content: r.content(), Attachments: attachments(r.Attachments),
		TemplateID: r.TemplateID, Headers: r.Headers, Categories: r.Categories,
		CustomArgs: r.CustomArgs, SendAt: unix(r.SendAt), BatchID: r.BatchID,
		ASM: asm{r.UnsubscribeGroup, r.GroupsToDisplay}, IPPool: r.IPPool,
		Settings: settings{toggle{r.Sandbox}},
	})
	switch {
	case err != nil:
		return nil, transport.Invalid(opSend.Name, "SendRequest", "has no JSON form: %v", err)
	case len(body) >= maxMail:
		return nil, transport.Invalid(opSend.Name, "Attachments", "make a mail of %d bytes, the limit is 30 MB", len(body))
	}
	return body, nil
}

// envelopes returns one personalization per recipient, or those given.
func (r *SendRequest) envelopes() ([]envelope, error) {
	if len(r.Personalizations) > 0 {
		return r.givenEnvelopes()
	}
	data, err := encodeData("DynamicTemplateData", r.DynamicTemplateData)
	if err != nil {
		return nil, err
	}
	to := addresses(r.To)
	envelopes := make([]envelope, len(to))
	for i := range to {
		envelopes[i] = envelope{To: to[i : i+1], Data: data}
	}
	return envelopes, nil
}

func (r *SendRequest) givenEnvelopes() ([]envelope, error) {
	envelopes := make([]envelope, len(r.Personalizations))
	for i, p := range r.Personalizations {
		data, err := encodeData(element("Personalizations", i)+".DynamicTemplateData", p.DynamicTemplateData)
		if err != nil {
			return nil, err
		}
		envelopes[i] = envelope{
			To: addresses(p.To), Cc: addresses(p.Cc), Bcc: addresses(p.Bcc), Subject: p.Subject, Data: data,
			Headers: p.Headers, CustomArgs: p.CustomArgs, SendAt: unix(p.SendAt),
		}
	}
	return envelopes, nil
}

// encodeData is done once for all recipients that share the data.
func encodeData(field string, data map[string]any) (json.RawMessage, error) {
	if len(data) == 0 {
		return nil, nil
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, transport.Invalid(opSend.Name, field, "has no JSON form: %v", err)
	}
	return raw, nil
}

// content lists plain text before HTML, as SendGrid wants it.
func (r *SendRequest) content() []content {
	var parts []content
	if r.Text != "" {
		parts = append(parts, content{"text/plain", r.Text})
	}
	if r.HTML != "" {
		parts = append(parts, content{"text/html", r.HTML})
	}
	return parts
}

func addresses(from []notify.Address) []address {
	to := make([]address, len(from))
	for i, a := range from {
		to[i] = address(a)
	}
	return to
}

func attachments(from []notify.Attachment) []attachment {
	to := make([]attachment, len(from))
	for i, a := range from {
		to[i] = attachment{Content: a.Content, Type: a.Type, Filename: a.Name, ContentID: a.ContentID}
		if a.ContentID != "" {
			to[i].Disposition = "inline"
		}
	}
	return to
}

// unix is 0, which is left out, for the zero time.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
