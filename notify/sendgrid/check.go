package sendgrid

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

// SendGrid's limits on one request.
const (
	maxRecipients  = 1000
	maxArgsBytes   = 10_000
	maxCategories  = 10
	maxCategory    = 255
	maxGroups      = 25
	maxAhead       = 72 * time.Hour
	minPool        = 2
	maxPool        = 64
	maxEmailLength = 320
)

// forbidden are the headers that SendGrid sets itself.
var forbidden = []string{
	"X-Sg-Id", "X-Sg-Eid", "Received", "Dkim-Signature", "Content-Type", "Content-Transfer-Encoding",
	"To", "From", "Subject", "Reply-To", "Cc", "Bcc",
}

// check refuses what SendGrid is known to refuse.
func (r *SendRequest) check(now time.Time) error {
	if err := cmp.Or(r.checkAddresses(), r.checkContent(), r.checkLabels()); err != nil {
		return err
	}
	for i := range r.Personalizations {
		if err := r.checkPersonalization(i, now); err != nil {
			return err
		}
	}
	return cmp.Or(r.checkArgs("CustomArgs", nil), checkHeaders("Headers", r.Headers), checkSendAt("SendAt", r.SendAt, now))
}

func (r *SendRequest) checkAddresses() error {
	if err := checkSender(opSend.Name, "From", r.From); err != nil {
		return err
	}
	if r.ReplyTo != (notify.Address{}) {
		if problem := addressProblem(r.ReplyTo); problem != "" {
			return invalid("ReplyTo", problem)
		}
	}
	total := len(r.To)
	for _, p := range r.Personalizations {
		total += len(p.To) + len(p.Cc) + len(p.Bcc)
	}
	switch {
	case total == 0:
		return notify.InvalidRecipient(opSend.Name, "To", "is empty")
	case len(r.To) > 0 && len(r.Personalizations) > 0:
		return invalid("To", "and Personalizations are both set")
	case total > maxRecipients:
		return invalid("To", "has %d recipients in total, the limit is %d", total, maxRecipients)
	}
	return checkRecipients("To", r.To)
}

func (r *SendRequest) checkContent() error {
	switch {
	case r.TemplateID == "" && r.Text == "" && r.HTML == "":
		return invalid("Text", "is empty, and so are HTML and TemplateID")
	case r.TemplateID == "" && r.Subject == "" && !r.everySubject():
		return invalid("Subject", "is empty, and there is no template")
	case strings.ContainsAny(r.Subject, "\r\n"):
		return invalid("Subject", "holds a line break")
	case len(r.DynamicTemplateData) > 0 && r.TemplateID == "":
		return invalid("DynamicTemplateData", "is set without a TemplateID")
	case len(r.DynamicTemplateData) > 0 && len(r.Personalizations) > 0:
		return invalid("DynamicTemplateData", "is set beside Personalizations, which carry their own")
	}
	size := 0
	for i, a := range r.Attachments {
		size += base64.StdEncoding.EncodedLen(len(a.Content))
		switch {
		case a.Name == "":
			return invalid(element("Attachments", i)+".Name", "is empty")
		case len(a.Content) == 0:
			return invalid(element("Attachments", i)+".Content", "is empty")
		case size >= maxMail:
			return tooLarge(size)
		}
	}
	return nil
}

// everySubject reports whether each personalization brings a subject.
func (r *SendRequest) everySubject() bool {
	return len(r.Personalizations) > 0 &&
		!slices.ContainsFunc(r.Personalizations, func(p Personalization) bool { return p.Subject == "" })
}

func (r *SendRequest) checkLabels() error {
	if len(r.Categories) > maxCategories {
		return invalid("Categories", "has %d entries, the limit is %d", len(r.Categories), maxCategories)
	}
	for i, c := range r.Categories {
		switch field := element("Categories", i); {
		case c == "":
			return invalid(field, "is empty")
		case utf8.RuneCountInString(c) > maxCategory:
			return invalid(field, "is longer than %d characters", maxCategory)
		case slices.Contains(r.Categories[:i], c):
			return invalid(field, "repeats %q", c)
		}
	}
	if n := len(r.IPPool); n != 0 && (n < minPool || n > maxPool) {
		return invalid("IPPool", "is %d characters long, want %d to %d", n, minPool, maxPool)
	}
	switch {
	case len(r.GroupsToDisplay) > maxGroups:
		return invalid("GroupsToDisplay", "has %d entries, the limit is %d", len(r.GroupsToDisplay), maxGroups)
	case len(r.GroupsToDisplay) > 0 && r.UnsubscribeGroup == 0:
		return invalid("GroupsToDisplay", "is set without an UnsubscribeGroup")
	}
	return nil
}

func (r *SendRequest) checkPersonalization(i int, now time.Time) error {
	p, field := &r.Personalizations[i], element("Personalizations", i)
	if len(p.To) == 0 {
		return notify.InvalidRecipient(opSend.Name, field+".To", "is empty")
	}
	if err := p.checkRecipients(field); err != nil {
		return err
	}
	switch {
	case strings.ContainsAny(p.Subject, "\r\n"):
		return invalid(field+".Subject", "holds a line break")
	case len(p.DynamicTemplateData) > 0 && r.TemplateID == "":
		return invalid(field+".DynamicTemplateData", "is set without a TemplateID")
	}
	return cmp.Or(r.checkArgs(field+".CustomArgs", p.CustomArgs),
		checkHeaders(field+".Headers", p.Headers), checkSendAt(field+".SendAt", p.SendAt, now))
}

// checkRecipients wants each address once among all who share an envelope.
func (p *Personalization) checkRecipients(field string) error {
	seen := make(map[string]bool, len(p.To)+len(p.Cc)+len(p.Bcc))
	for _, list := range []struct {
		field string
		of    []notify.Address
	}{{field + ".To", p.To}, {field + ".Cc", p.Cc}, {field + ".Bcc", p.Bcc}} {
		if err := checkRecipients(list.field, list.of); err != nil {
			return err
		}
		for i, a := range list.of {
			email := strings.ToLower(a.Email)
			if seen[email] {
				return invalid(element(list.field, i), "repeats a recipient of its personalization")
			}
			seen[email] = true
		}
	}
	return nil
}

func checkRecipients(field string, list []notify.Address) error {
	for i, a := range list {
		if problem := addressProblem(a); problem != "" {
			return notify.InvalidRecipient(opSend.Name, element(field, i), problem)
		}
		if strings.ContainsAny(a.Name, ",;") {
			return invalid(element(field, i)+".Name", "holds a comma or a semicolon")
		}
	}
	return nil
}

// checkSender refuses senders whose address is malformed or not plain ASCII.
func checkSender(op, field string, a notify.Address) error {
	if problem := addressProblem(a); problem != "" {
		return notify.InvalidSender(op, field, problem)
	}
	if !ascii(a.Email) {
		return notify.InvalidSender(op, field, "has Unicode in its address, which SendGrid refuses in senders")
	}
	return nil
}

// addressProblem says what is wrong with an address, "" for nothing. It does
// not repeat the address, which is personal data.
func addressProblem(a notify.Address) string {
	local, domain, found := strings.Cut(a.Email, "@")
	switch {
	case a.Email == "":
		return "is empty"
	case !found || local == "" || domain == "" || strings.Contains(domain, "@"):
		return "is not an e-mail address"
	case strings.ContainsFunc(a.Email, notInAddress):
		return "is not an e-mail address"
	case len(a.Email) > maxEmailLength:
		return "is longer than an e-mail address can be"
	case strings.ContainsFunc(a.Name, unicode.IsControl):
		return "has a name with control characters"
	}
	return ""
}

func notInAddress(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>(),;:"[]\`, r)
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// checkArgs checks the custom arguments of the request together with own ones
// of a personalization.
func (r *SendRequest) checkArgs(field string, own map[string]string) error {
	for _, args := range [2]map[string]string{r.CustomArgs, own} {
		if _, empty := args[""]; empty {
			return invalid(field, "has an empty name")
		}
		if _, taken := args[KeyArg]; taken && r.Key != "" {
			return invalid(field+"["+KeyArg+"]", "is set beside Key")
		}
	}
	if size := r.argsSize(own); size >= maxArgsBytes {
		return invalid(field, "are %d bytes large, want less than %d", size, maxArgsBytes)
	}
	return nil
}

// argsSize is how many bytes the arguments take as one JSON object, in which
// own ones replace the request's.
func (r *SendRequest) argsSize(own map[string]string) int {
	size := len(`{`)
	member := func(name, value string) { size += textSize(name) + textSize(value) + len(`:,`) }
	if r.Key != "" {
		member(KeyArg, r.Key)
	}
	for name, value := range r.CustomArgs {
		if _, replaced := own[name]; !replaced {
			member(name, value)
		}
	}
	for name, value := range own {
		member(name, value)
	}
	return max(size, len(`{}`)) // the last comma stands for the closing brace
}

func checkHeaders(field string, headers map[string]string) error {
	for name, value := range headers {
		switch {
		case name == "" || !ascii(name) || strings.ContainsAny(name, " :\r\n"):
			return invalid(field, "has a malformed name")
		case slices.Contains(forbidden, http.CanonicalHeaderKey(name)):
			return invalid(field+"["+name+"]", "is set by SendGrid itself")
		case strings.ContainsAny(value, "\r\n"):
			return invalid(field+"["+name+"]", "holds a line break")
		}
	}
	return nil
}

func checkSendAt(field string, at, now time.Time) error {
	if at.Sub(now) > maxAhead && !at.IsZero() {
		return invalid(field, "is more than 72 hours ahead")
	}
	return nil
}

func invalid(field, problem string, args ...any) error {
	return transport.Invalid(opSend.Name, field, problem, args...)
}

// tooLarge is a mail of too many bytes; it hardly ever is the text.
func tooLarge(size int) error {
	return invalid("Attachments", "make a mail of %d bytes, the limit is 30 MB", size)
}

func element(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }
