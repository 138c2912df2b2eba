package notifytest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	netmail "net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// mail is what the fake reads of a request; see SendGrid's page "Mail Send".
type mail struct {
	Personalizations []personalization `json:"personalizations"`
	From             mailbox           `json:"from"`
	ReplyTo          mailbox           `json:"reply_to"`
	ReplyToList      []mailbox         `json:"reply_to_list"`
	Subject          string            `json:"subject"`
	Content          []struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"content"`
	Attachments []struct {
		Content     string `json:"content"`
		Filename    string `json:"filename"`
		Disposition string `json:"disposition"`
	} `json:"attachments"`
	TemplateID string            `json:"template_id"`
	Headers    map[string]string `json:"headers"`
	Categories []string          `json:"categories"`
	CustomArgs map[string]string `json:"custom_args"`
	SendAt     int64             `json:"send_at"`
	ASM        *struct {
		GroupID         int   `json:"group_id"`
		GroupsToDisplay []int `json:"groups_to_display"`
	} `json:"asm"`
	IPPoolName *string `json:"ip_pool_name"`
	Settings   struct {
		SandboxMode struct {
			Enable json.RawMessage `json:"enable"`
		} `json:"sandbox_mode"`
	} `json:"mail_settings"`
}

type personalization struct {
	To         []mailbox         `json:"to"`
	Cc         []mailbox         `json:"cc"`
	Bcc        []mailbox         `json:"bcc"`
	From       mailbox           `json:"from"`
	Subject    string            `json:"subject"`
	Data       map[string]any    `json:"dynamic_template_data"`
	Headers    map[string]string `json:"headers"`
	CustomArgs map[string]string `json:"custom_args"`
	SendAt     int64             `json:"send_at"`
}

type mailbox struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

func (m *mail) sandbox() bool { return string(m.Settings.SandboxMode.Enable) == "true" }

// about is a problem with a field.
func about(field, message string, args ...any) problem {
	return problem{Message: fmt.Sprintf(message, args...), Field: &field}
}

// parseMail reads and validates a request's body.
func parseMail(body []byte, now time.Time) (*mail, []problem) {
	var m mail
	if err := json.Unmarshal(body, &m); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, []problem{about(wrong.Field, "has the wrong type, %s", wrong.Value)}
		}
		return nil, []problem{{Message: "Bad Request"}}
	}
	v := &checker{now: now}
	v.mail(&m)
	return &m, v.found
}

// checker collects problems.
type checker struct {
	now   time.Time
	found []problem
}

// refuse records a problem when bad is true.
func (c *checker) refuse(bad bool, field, message string) {
	if bad {
		c.found = append(c.found, about(field, "%s", message))
	}
}

func (c *checker) mail(m *mail) {
	n := len(m.Personalizations)
	c.refuse(n == 0, "personalizations", "The personalizations field is required and must have at least one personalization.")
	c.refuse(n > 1000, "personalizations", "There are more than 1000 personalizations.")
	c.sender(m.From)
	total := 0
	for i := range m.Personalizations {
		p := &m.Personalizations[i]
		total += len(p.To) + len(p.Cc) + len(p.Bcc)
		c.personalization(i, p, m)
	}
	c.refuse(total > 1000, "personalizations", "There are more than 1000 recipients.")
	if m.ReplyTo.Email != "" {
		c.address("reply_to.email", m.ReplyTo.Email)
		c.refuse(len(m.ReplyToList) > 0, "reply_to_list", "reply_to and reply_to_list cannot both be set.")
	}
	c.content(m)
	c.labels(m)
	c.headers("headers", m.Headers)
	c.sendAt("send_at", m.SendAt)
	enable := bytes.TrimSpace(m.Settings.SandboxMode.Enable)
	c.refuse(len(enable) > 0 && string(enable) != "true" && string(enable) != "false",
		"mail_settings.sandbox_mode.enable", "The sandbox mode enable param should be a boolean value.")
}

func (c *checker) sender(from mailbox) {
	if from.Email == "" {
		c.refuse(true, "from", "The from object must be provided for every email send.")
		return
	}
	c.address("from.email", from.Email)
	unicode := strings.ContainsFunc(from.Email, func(r rune) bool { return r > 127 })
	c.refuse(unicode, "from.email", "The from object does not support unicode.")
}

func (c *checker) address(field, email string) {
	parsed, err := netmail.ParseAddress(email)
	c.refuse(err != nil || parsed.Address != email, field, "Does not contain a valid address.")
}

func (c *checker) personalization(i int, p *personalization, m *mail) {
	field := fmt.Sprintf("personalizations.%d", i)
	c.refuse(len(p.To) == 0, field+".to", "The to array is required for all personalization objects, "+
		"and must have at least one email object with a valid email address.")
	for _, list := range []struct {
		name string
		of   []mailbox
	}{{"to", p.To}, {"cc", p.Cc}, {"bcc", p.Bcc}} {
		for j, a := range list.of {
			at := fmt.Sprintf("%s.%s.%d", field, list.name, j)
			c.address(at+".email", a.Email)
			c.refuse(strings.ContainsAny(a.Name, ";,"), at+".name", "The name may not contain ; or , characters.")
		}
	}
	c.refuse(p.Subject == "" && m.Subject == "" && m.TemplateID == "", "subject",
		"The subject is required. You can get around this requirement if you use a template with a subject defined.")
	c.unique(field, p)
	c.refuse(size(merged(m.CustomArgs, p.CustomArgs)) >= 10_000, field+".custom_args", "The custom_args must be less than 10000 bytes.")
	c.headers(field+".headers", p.Headers)
	c.sendAt(field+".send_at", p.SendAt)
}

// unique wants each address once among all who share an envelope.
func (c *checker) unique(field string, p *personalization) {
	seen := map[string]bool{}
	for _, list := range []struct {
		name string
		of   []mailbox
	}{{"to", p.To}, {"cc", p.Cc}, {"bcc", p.Bcc}} {
		for _, a := range list.of {
			email := strings.ToLower(a.Email)
			c.refuse(seen[email], field+"."+list.name,
				"Each email address in the personalization block should be unique between to, cc, and bcc.")
			seen[email] = true
		}
	}
}

// size is how many bytes arguments take as JSON, in which <, > and & stand for
// themselves.
func size(args map[string]string) int {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(args) // texts only
	return b.Len() - len("\n")
}

func (c *checker) content(m *mail) {
	c.refuse(len(m.Content) == 0 && m.TemplateID == "", "content",
		"Unless a valid template_id is provided, the content parameter is required. There must be at least one defined content block.")
	for i, part := range m.Content {
		field := fmt.Sprintf("content.%d", i)
		c.refuse(part.Value == "", field+".value", "The content value must be a string at least one character in length.")
		c.refuse(part.Type == "", field+".type", "The content type is required.")
		c.refuse(part.Type == "text/plain" && i > 0, field+".type",
			"If present, text/plain and text/html may only be provided once, with text/plain first.")
	}
	for i, a := range m.Attachments {
		field := fmt.Sprintf("attachments.%d", i)
		raw, err := base64.StdEncoding.DecodeString(a.Content)
		c.refuse(err != nil || len(raw) == 0, field+".content", "The attachment content must be base64 encoded.")
		c.refuse(a.Filename == "", field+".filename", "The filename is required.")
		c.refuse(a.Disposition != "" && a.Disposition != "inline" && a.Disposition != "attachment",
			field+".disposition", "The disposition can be 'inline' or 'attachment'.")
	}
}

func (c *checker) labels(m *mail) {
	c.refuse(len(m.Categories) > 10, "categories", "There may be no more than 10 categories.")
	for i, name := range m.Categories {
		field := fmt.Sprintf("categories.%d", i)
		c.refuse(utf8.RuneCountInString(name) > 255, field, "A category may not exceed 255 characters.")
		c.refuse(slices.Contains(m.Categories[:i], name), field, "Categories must be unique.")
	}
	if m.ASM != nil {
		c.refuse(m.ASM.GroupID == 0, "asm.group_id", "The group_id is required.")
		c.refuse(len(m.ASM.GroupsToDisplay) > 25, "asm.groups_to_display", "There may be no more than 25 groups.")
	}
	if m.IPPoolName != nil {
		n := len(*m.IPPoolName)
		c.refuse(n < 2 || n > 64, "ip_pool_name", "The ip_pool_name must have 2 to 64 characters.")
	}
}

// reserved are the headers that SendGrid sets itself.
var reserved = []string{
	"X-Sg-Id", "X-Sg-Eid", "Received", "Dkim-Signature", "Content-Type", "Content-Transfer-Encoding",
	"To", "From", "Subject", "Reply-To", "Cc", "Bcc",
}

func (c *checker) headers(field string, headers map[string]string) {
	for name := range headers {
		c.refuse(slices.Contains(reserved, http.CanonicalHeaderKey(name)), field+"."+name, "The header is reserved.")
	}
}

func (c *checker) sendAt(field string, unix int64) {
	c.refuse(unix != 0 && time.Unix(unix, 0).Sub(c.now) > 72*time.Hour, field,
		"Scheduling more than 72 hours in advance is forbidden.")
}
