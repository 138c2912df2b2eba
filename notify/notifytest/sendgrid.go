package notifytest

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/centrala-go/centrala/transport/transporttest"
)

// The addresses of the fake for use in memory, and the API key it accepts when
// its configuration names none.
const (
	SendGridURL = "https://sendgrid.test"
	SendGridKey = "SG.fake-key.for-tests-only"
)

// SendGridConfig says how the fake account is set up. The zero value is an
// account that may send from anywhere, without limits.
type SendGridConfig struct {
	// APIKeys are accepted; nil means SendGridKey.
	APIKeys []string
	// Senders are the verified sender addresses; nil means all.
	Senders []string
	// Templates are the ids that exist; nil means all.
	Templates []string
	// Limit is how many requests fit into Window (0 means a minute); 0 means
	// 10,000, SendGrid publishes no number. Above it the answer is 429.
	Limit  int
	Window time.Duration
	// Credits is how many mails may be sent before the answer is 401 "Maximum
	// credits exceeded"; 0 means no end.
	Credits int
}

// SendGrid is a fake of SendGrid's v3 API: POST /v3/mail/send.
type SendGrid struct {
	*transporttest.Vendor
	cfg SendGridConfig

	mu     sync.Mutex
	mails  []Mail
	used   int
	resets time.Time
}

// Mail is one mail that a fake has accepted: one per recipient in a "to" list.
type Mail struct {
	// MessageID is the X-Message-Id of the request; mails sent together share it.
	MessageID string `json:"message_id"`
	// To is the recipient, with those who can be seen beside them in Cc.
	To   string   `json:"to"`
	Cc   []string `json:"cc,omitempty"`
	Bcc  []string `json:"bcc,omitempty"`
	From string   `json:"from"`
	// ReplyTo, Subject, Text and HTML are as sent; templates are not filled.
	ReplyTo string `json:"reply_to,omitempty"`
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text,omitempty"`
	HTML    string `json:"html,omitempty"`
	// TemplateID and Data are what a template would be filled with.
	TemplateID string         `json:"template_id,omitempty"`
	Data       map[string]any `json:"dynamic_template_data,omitempty"`
	// CustomArgs are those of the request and of the personalization together.
	CustomArgs map[string]string `json:"custom_args,omitempty"`
	Categories []string          `json:"categories,omitempty"`
	// Attachments are the names of the files.
	Attachments []string `json:"attachments,omitempty"`
	// SendAt is when a scheduled mail is due.
	SendAt time.Time `json:"send_at,omitzero"`
	// At is when it was accepted.
	At time.Time `json:"at"`
}

// NewSendGrid returns a fake of the account that cfg describes.
func NewSendGrid(cfg SendGridConfig) *SendGrid {
	if cfg.APIKeys == nil {
		cfg.APIKeys = []string{SendGridKey}
	}
	cfg.Limit = cmp.Or(cfg.Limit, 10_000)
	cfg.Window = cmp.Or(cfg.Window, time.Minute)
	s := &SendGrid{cfg: cfg}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v3/mail/send", s.send)
	mux.HandleFunc("/v3/mail/send", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusMethodNotAllowed, problem{Message: "method not allowed"})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, problem{Message: "not found"})
	})
	s.Vendor = transporttest.NewVendor(s.guard(mux))
	s.State = func() any { return map[string][]Mail{"mails": s.Mails()} }
	return s
}

// Mails returns the accepted mails, oldest first.
func (s *SendGrid) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail{}, s.mails...)
}

// problem is one entry of SendGrid's error body.
type problem struct {
	Message string  `json:"message"`
	Field   *string `json:"field"`
	Help    *string `json:"help"`
}

func refuse(w http.ResponseWriter, status int, problems ...problem) {
	writeJSON(w, status, map[string][]problem{"errors": problems})
}

// guard checks credential and rate limit before anything else.
func (s *SendGrid) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || !slices.ContainsFunc(s.cfg.APIKeys, func(k string) bool {
			return subtle.ConstantTimeCompare([]byte(k), []byte(key)) == 1
		}) {
			refuse(w, http.StatusUnauthorized, problem{Message: "The provided authorization grant is invalid, expired, or revoked"})
			return
		}
		if !s.admit(w.Header()) {
			refuse(w, http.StatusTooManyRequests, problem{Message: "too many requests"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// admit counts a request in the fixed window and sets the rate headers.
func (s *SendGrid) admit(h http.Header) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if !now.Before(s.resets) {
		s.used, s.resets = 0, now.Add(s.cfg.Window)
	}
	admitted := s.used < s.cfg.Limit
	if admitted {
		s.used++
	}
	h.Set("X-Ratelimit-Limit", strconv.Itoa(s.cfg.Limit))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(s.cfg.Limit-s.used))
	h.Set("X-Ratelimit-Reset", strconv.FormatInt(s.resets.Add(time.Second-1).Unix(), 10))
	return admitted
}

// send validates a mail and records it, once per recipient.
func (s *SendGrid) send(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 30<<20))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, problem{Message: "Payload Too Large"})
		return
	}
	m, problems := parseMail(body, time.Now())
	switch {
	case len(problems) > 0:
		refuse(w, http.StatusBadRequest, problems...)
	case !s.verified(m.From.Email):
		refuse(w, http.StatusForbidden, about("from",
			"The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved."))
	case m.TemplateID != "" && s.cfg.Templates != nil && !slices.Contains(s.cfg.Templates, m.TemplateID):
		refuse(w, http.StatusBadRequest, about("template_id",
			"The template_id must be a valid template ID, you provided '%s'.", m.TemplateID))
	case m.sandbox():
		w.WriteHeader(http.StatusOK)
	default:
		s.accept(w, m)
	}
}

func (s *SendGrid) verified(sender string) bool {
	return s.cfg.Senders == nil || slices.ContainsFunc(s.cfg.Senders, func(v string) bool { return strings.EqualFold(v, sender) })
}

// accept is where the effect takes place.
func (s *SendGrid) accept(w http.ResponseWriter, m *mail) {
	mails := m.deliveries(rand.Text()[:22], time.Now())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cfg.Credits > 0 && len(s.mails)+len(mails) > s.cfg.Credits {
		refuse(w, http.StatusUnauthorized, problem{Message: "Maximum credits exceeded"})
		return
	}
	s.mails = append(s.mails, mails...)
	w.Header().Set("X-Message-Id", mails[0].MessageID)
	w.WriteHeader(http.StatusAccepted)
}

// deliveries are the mails that a request makes.
func (m *mail) deliveries(id string, now time.Time) []Mail {
	var out []Mail
	for _, p := range m.Personalizations {
		one := Mail{
			MessageID: id, From: cmp.Or(p.From.Email, m.From.Email), ReplyTo: m.ReplyTo.Email,
			Subject: cmp.Or(p.Subject, m.Subject), TemplateID: m.TemplateID, Data: p.Data,
			CustomArgs: merged(m.CustomArgs, p.CustomArgs), Categories: m.Categories,
			Cc: emails(p.Cc), Bcc: emails(p.Bcc), At: now,
		}
		if at := cmp.Or(p.SendAt, m.SendAt); at != 0 {
			one.SendAt = time.Unix(at, 0)
		}
		for _, c := range m.Content {
			switch c.Type {
			case "text/plain":
				one.Text = c.Value
			case "text/html":
				one.HTML = c.Value
			}
		}
		for _, a := range m.Attachments {
			one.Attachments = append(one.Attachments, a.Filename)
		}
		for _, to := range p.To {
			one.To = to.Email
			out = append(out, one)
		}
	}
	return out
}

func merged(shared, own map[string]string) map[string]string {
	if len(shared)+len(own) == 0 {
		return nil
	}
	all := maps.Clone(shared)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, own)
	return all
}

func emails(list []mailbox) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Email)
	}
	return out
}
