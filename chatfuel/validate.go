package chatfuel

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/centrala-go/centrala/transport"
)

// The limits that Validate reports, in pieces and in characters. The first
// four are in use by libraries that work with Chatfuel, the others are
// Messenger's and not confirmed for Chatfuel.
const (
	MaxButtons     = 3
	MaxCards       = 10
	MaxQuickReply  = 11
	MaxButtonTitle = 20

	MaxText       = 2000
	MaxCardText   = 640
	MaxCardTitle  = 80
	MaxQuickTitle = 20
)

// Validate reports everything in the reply that Chatfuel or Messenger is known
// to refuse or cut: too much of something, a button without a target, an
// address that is none. Nothing is ever cut here. The error joins one
// *transport.FieldError for each, with fields like
// "messages[0].quick_replies[2].title".
func (r Reply) Validate() error {
	v := &validator{}
	v.attributes("set_attributes", r.SetAttributes)
	for i, block := range r.RedirectToBlocks {
		v.want(block != "", fmt.Sprintf("redirect_to_blocks[%d]", i), "is empty")
	}
	for i, m := range r.Messages {
		v.message(fmt.Sprintf("messages[%d]", i), m)
	}
	return errors.Join(v.errs...)
}

type validator struct{ errs []error }

func (v *validator) want(ok bool, field, problem string, args ...any) {
	if !ok {
		v.errs = append(v.errs, transport.Invalid("chatfuel.Reply", field, problem, args...))
	}
}

func (v *validator) most(n, limit int, field, what string) {
	v.want(n <= limit, field, "has %d %s, at most %d are shown", n, what, limit)
}

func (v *validator) title(field, s string, limit int) {
	v.want(strings.TrimSpace(s) != "", field, "is empty")
	v.length(field, s, limit)
}

func (v *validator) length(field, s string, limit int) {
	n := utf8.RuneCountInString(s)
	v.want(n <= limit, field, "has %d characters, limit %d", n, limit)
}

func (v *validator) address(field, s string) {
	u, err := url.Parse(s)
	v.want(err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http"), field, "is not an absolute http or https URL")
}

func (v *validator) attributes(field string, set map[string]any) {
	for name, value := range set {
		v.want(strings.TrimSpace(name) != "", field, "has an attribute without a name")
		v.want(isScalar(value), field+"["+name+"]", "is not a text, number or boolean")
	}
}

// isScalar reports whether a value can be an attribute.
func isScalar(value any) bool {
	if _, ok := value.(json.Number); ok {
		return true
	}
	switch v := reflect.ValueOf(value); {
	case !v.IsValid():
		return false
	case v.CanFloat():
		return !math.IsNaN(v.Float()) && !math.IsInf(v.Float(), 0)
	default:
		return v.CanInt() || v.CanUint() || v.Kind() == reflect.String || v.Kind() == reflect.Bool
	}
}

func (v *validator) message(at string, m Message) {
	v.want((m.Text != "") != (m.Attachment != nil) || len(m.Extra) > 0, at, "wants a text or an attachment, one of the two")
	v.length(at+".text", m.Text, MaxText)
	v.most(len(m.QuickReplies), MaxQuickReply, at+".quick_replies", "choices")
	for i, q := range m.QuickReplies {
		v.quickReply(fmt.Sprintf("%s.quick_replies[%d]", at, i), q)
	}
	if m.Attachment != nil {
		v.attachment(at+".attachment", m.Attachment)
	}
}

func (v *validator) quickReply(at string, q QuickReply) {
	v.title(at+".title", q.Title, MaxQuickTitle)
	v.attributes(at+".set_attributes", q.SetAttributes)
	if q.URL != "" {
		v.address(at+".url", q.URL)
	}
	v.want((q.URL != "") == (q.Type != ""), at+".type", "and url go together")
	acts := q.URL != "" || len(q.BlockNames) > 0 || len(q.SetAttributes) > 0 || len(q.Extra) > 0
	v.want(acts, at, "does nothing: no block, url or attribute")
}

func (v *validator) attachment(at string, a *Attachment) {
	p := a.Payload
	switch {
	case a.Type == "image" || a.Type == "video" || a.Type == "audio" || a.Type == "file":
		v.address(at+".payload.url", p.URL)
	case a.Type != "template":
		v.want(false, at+".type", "is %q, want image, video, audio, file or template", a.Type)
	case p.TemplateType == "button":
		v.title(at+".payload.text", p.Text, MaxCardText)
		v.want(len(p.Buttons) > 0, at+".payload.buttons", "is empty")
		v.buttons(at+".payload.buttons", p.Buttons)
	case p.TemplateType == "generic" || p.TemplateType == "media":
		v.elements(at+".payload", p)
	default:
		v.want(len(p.Extra) > 0, at+".payload.template_type", "is %q, want generic, button or media", p.TemplateType)
	}
}

func (v *validator) elements(at string, p Payload) {
	v.want(len(p.Elements) > 0, at+".elements", "is empty")
	v.most(len(p.Elements), MaxCards, at+".elements", "cards")
	for i, e := range p.Elements {
		field := fmt.Sprintf("%s.elements[%d]", at, i)
		if p.TemplateType == "media" {
			v.want(e.MediaType != "", field+".media_type", "is empty")
			v.address(field+".url", e.URL)
		} else {
			v.title(field+".title", e.Title, MaxCardTitle)
			v.length(field+".subtitle", e.Subtitle, MaxCardTitle)
		}
		if e.ImageURL != "" {
			v.address(field+".image_url", e.ImageURL)
		}
		v.buttons(field+".buttons", e.Buttons)
	}
}

func (v *validator) buttons(at string, buttons []Button) {
	v.most(len(buttons), MaxButtons, at, "buttons")
	for i, b := range buttons {
		field := fmt.Sprintf("%s[%d]", at, i)
		v.title(field+".title", b.Title, MaxButtonTitle)
		v.attributes(field+".set_attributes", b.SetAttributes)
		switch b.Type {
		case ButtonShowBlock:
			v.want(b.BlockName != "" || len(b.BlockNames) > 0, field+".block_name", "is empty")
		case ButtonOpenURL, ButtonCallServer:
			v.address(field+".url", b.URL)
		case ButtonPhone:
			v.want(international(b.PhoneNumber), field+".phone_number", "is not in international form, +48600100200")
		default:
			v.want(len(b.Extra) > 0, field+".type", "is %q, want a ButtonType", b.Type)
		}
	}
}

func international(number string) bool {
	digits, ok := strings.CutPrefix(number, "+")
	return ok && len(digits) >= 7 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}
