package sendgrid

import (
	"encoding/base64"
	"time"

	"github.com/centrala-go/centrala/notify"
)

// maxMail is how large a request with attachments may be.
const maxMail = 30 << 20

// encode returns the request as the body of POST /v3/mail/send.
func (r *SendRequest) encode() ([]byte, error) {
	e := &encoder{make([]byte, 0, r.sizeHint())}
	e.open('{')
	if err := r.writeEnvelopes(e); err != nil {
		return nil, err
	}
	writeAddress(e, "from", r.From)
	if r.ReplyTo != (notify.Address{}) {
		writeAddress(e, "reply_to", r.ReplyTo)
	}
	e.member("subject", r.Subject)
	r.writeContent(e)
	r.writeAttachments(e)
	e.member("template_id", r.TemplateID)
	e.texts("headers", r.Headers)
	if len(r.Categories) > 0 {
		e.name("categories")
		e.open('[')
		for _, c := range r.Categories {
			e.text(c)
		}
		e.close(']')
	}
	r.writeArgs(e)
	e.number("send_at", unix(r.SendAt))
	e.member("batch_id", r.BatchID)
	r.writeUnsubscribe(e)
	e.member("ip_pool_name", r.IPPool)
	if r.Sandbox {
		e.name("mail_settings")
		e.buf = append(e.buf, `{"sandbox_mode":{"enable":true}}`...)
	}
	e.close('}')
	if len(e.buf) >= maxMail {
		return nil, tooLarge(len(e.buf))
	}
	return e.buf, nil
}

// sizeHint is near enough to the size of the JSON that the buffer rarely grows.
func (r *SendRequest) sizeHint() int {
	n := 768 + 96*(len(r.To)+len(r.Personalizations)) + len(r.Text) + len(r.HTML)
	for _, a := range r.Attachments {
		n += 128 + base64.StdEncoding.EncodedLen(len(a.Content))
	}
	return n
}

// writeEnvelopes writes one personalization per recipient, or those given.
func (r *SendRequest) writeEnvelopes(e *encoder) error {
	e.name("personalizations")
	e.open('[')
	for i := range r.To {
		one := Personalization{To: r.To[i : i+1], DynamicTemplateData: r.DynamicTemplateData}
		if err := one.write(e); err != nil {
			return invalid("DynamicTemplateData", "has no JSON form: %v", err)
		}
	}
	for i := range r.Personalizations {
		if err := r.Personalizations[i].write(e); err != nil {
			return invalid(element("Personalizations", i)+".DynamicTemplateData", "has no JSON form: %v", err)
		}
	}
	e.close(']')
	return nil
}

func (p *Personalization) write(e *encoder) error {
	e.open('{')
	writeAddresses(e, "to", p.To)
	writeAddresses(e, "cc", p.Cc)
	writeAddresses(e, "bcc", p.Bcc)
	e.member("subject", p.Subject)
	if err := e.values("dynamic_template_data", p.DynamicTemplateData); err != nil {
		return err
	}
	e.texts("headers", p.Headers)
	e.texts("custom_args", p.CustomArgs)
	e.number("send_at", unix(p.SendAt))
	e.close('}')
	return nil
}

func writeAddresses(e *encoder, name string, list []notify.Address) {
	if len(list) == 0 {
		return
	}
	e.name(name)
	e.open('[')
	for _, a := range list {
		writeMailbox(e, a)
	}
	e.close(']')
}

func writeAddress(e *encoder, name string, a notify.Address) {
	e.name(name)
	writeMailbox(e, a)
}

func writeMailbox(e *encoder, a notify.Address) {
	e.open('{')
	e.member("email", a.Email)
	e.member("name", a.Name)
	e.close('}')
}

// writeContent writes plain text before HTML, as SendGrid wants it.
func (r *SendRequest) writeContent(e *encoder) {
	if r.Text == "" && r.HTML == "" {
		return
	}
	e.name("content")
	e.open('[')
	for _, part := range [2][2]string{{"text/plain", r.Text}, {"text/html", r.HTML}} {
		if part[1] != "" {
			e.open('{')
			e.member("type", part[0])
			e.member("value", part[1])
			e.close('}')
		}
	}
	e.close(']')
}

func (r *SendRequest) writeAttachments(e *encoder) {
	if len(r.Attachments) == 0 {
		return
	}
	e.name("attachments")
	e.open('[')
	for _, a := range r.Attachments {
		e.open('{')
		e.base64("content", a.Content)
		e.member("filename", a.Name)
		e.member("type", a.Type)
		if a.ContentID != "" {
			e.member("disposition", "inline")
			e.member("content_id", a.ContentID)
		}
		e.close('}')
	}
	e.close(']')
}

// writeArgs writes the custom arguments and the key, which is one of them.
func (r *SendRequest) writeArgs(e *encoder) {
	if len(r.CustomArgs) == 0 && r.Key == "" {
		return
	}
	e.name("custom_args")
	e.open('{')
	e.member(KeyArg, r.Key)
	for k, v := range r.CustomArgs {
		e.name(k)
		e.text(v)
	}
	e.close('}')
}

func (r *SendRequest) writeUnsubscribe(e *encoder) {
	if r.UnsubscribeGroup == 0 {
		return
	}
	e.name("asm")
	e.open('{')
	e.number("group_id", int64(r.UnsubscribeGroup))
	if len(r.GroupsToDisplay) > 0 {
		e.name("groups_to_display")
		e.open('[')
		for _, g := range r.GroupsToDisplay {
			e.integer(int64(g))
		}
		e.close(']')
	}
	e.close('}')
}

// unix is 0, which is left out, for the zero time.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
