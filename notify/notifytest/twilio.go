package notifytest

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/centrala-go/centrala/transport/transporttest"
)

// The address of the fake for use in memory, and what its configuration means
// where it is empty.
const (
	TwilioURL     = "https://twilio.test"
	TwilioAccount = "AC00000000000000000000000000000001"
	TwilioToken   = "fake-twilio-auth-token"
	// TwilioNumber is Twilio's magic sender that is always allowed.
	TwilioNumber = "+15005550006"
)

// TwilioConfig says how the fake account is set up. The zero value is an
// account that owns TwilioNumber and any messaging service.
type TwilioConfig struct {
	// AccountSID and AuthToken are the credential; "" means TwilioAccount and
	// TwilioToken.
	AccountSID, AuthToken string
	// APIKeys are more credentials: key SID to secret.
	APIKeys map[string]string
	// Senders are what messages may be sent from besides TwilioNumber: numbers,
	// short codes, alphanumeric ids.
	Senders []string
	// Services are the messaging services; nil means every well-formed SID.
	Services []string
	// OptedOut are recipients that have sent STOP.
	OptedOut []string
	// Trial makes it a trial account, whose texts all begin with Twilio's notice.
	Trial bool
	// Concurrency is how many requests may be under way; 0 means no limit.
	// Above it the answer is 429 with code 20429.
	Concurrency int
	// Latency is how long each request takes; nothing happens when the client
	// leaves before.
	Latency time.Duration
	// Clock is how far Twilio's clock is ahead of this machine's; negative
	// means behind.
	Clock time.Duration
}

// Twilio is a fake of Twilio's Messages resource, API version 2010-04-01:
// create, list, fetch, update and delete. Twilio's magic test numbers give the
// errors that they give at Twilio. A message is queued, sent after a second and
// delivered after two; nothing calls back.
type Twilio struct {
	*transporttest.Vendor
	cfg TwilioConfig

	mu       sync.Mutex
	messages []*message
	running  int
}

// Message is a message that a fake has accepted.
type Message struct {
	SID    string `json:"sid"`
	To     string `json:"to"`
	From   string `json:"from"`
	Body   string `json:"body"`
	Status string `json:"status"`
	// DateSent is zero while a message is scheduled or canceled.
	DateSent    time.Time `json:"date_sent,omitzero"`
	DateCreated time.Time `json:"date_created"`
	// MessagingServiceSID is the service it was sent with, "" for none.
	MessagingServiceSID string `json:"messaging_service_sid,omitempty"`
	// MediaURLs and StatusCallback are as sent.
	MediaURLs      []string `json:"media_urls,omitempty"`
	StatusCallback string   `json:"status_callback,omitempty"`
	ErrorCode      int      `json:"error_code,omitempty"`
}

// message is a Message with what decides its status.
type message struct {
	Message
	due   time.Time // when it is sent
	fixed string    // a status that time does not change, "" for none
}

// NewTwilio returns a fake of the account that cfg describes.
func NewTwilio(cfg TwilioConfig) *Twilio {
	cfg.AccountSID = cmp.Or(cfg.AccountSID, TwilioAccount)
	cfg.AuthToken = cmp.Or(cfg.AuthToken, TwilioToken)
	s := &Twilio{cfg: cfg}
	mux := http.NewServeMux()
	base := "/2010-04-01/Accounts/" + cfg.AccountSID
	mux.HandleFunc("POST "+base+"/Messages.json", s.create)
	mux.HandleFunc("GET "+base+"/Messages.json", s.list)
	mux.HandleFunc(base+"/Messages/{sid}", s.one)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, 20404, "The requested resource "+r.URL.Path+" was not found")
	})
	s.Vendor = transporttest.NewVendor(s.guard(mux))
	s.State = func() any { return map[string][]Message{"messages": s.Messages()} }
	return s
}

// Messages returns the accepted messages, oldest first, with their statuses as
// of now. Deleted ones are gone.
func (s *Twilio) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Message, len(s.messages))
	for i, m := range s.messages {
		out[i] = m.at(s.now())
	}
	return out
}

// SetStatus gives a message a lasting status, "undelivered" for example, and an
// error code, 0 for none. It reports whether the message exists.
func (s *Twilio) SetStatus(sid, status string, errorCode int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(sid)
	if m == nil {
		return false
	}
	m.fixed, m.ErrorCode = status, errorCode
	return true
}

// now is the time by the fake's clock.
func (s *Twilio) now() time.Time { return time.Now().Add(s.cfg.Clock) }

// find returns the message with a SID, nil for none.
func (s *Twilio) find(sid string) *message {
	i := slices.IndexFunc(s.messages, func(m *message) bool { return m.SID == sid })
	if i < 0 {
		return nil
	}
	return s.messages[i]
}

// at is the message as it stands at a time.
func (m *message) at(now time.Time) Message {
	out := m.Message
	age := now.Sub(m.due)
	switch {
	case m.fixed != "":
		out.Status = m.fixed
	case age < 0:
		out.Status = "scheduled"
	case age >= 2*time.Second:
		out.Status = "delivered"
	case age >= time.Second:
		out.Status = "sent"
	}
	if age >= 0 && m.fixed != "canceled" {
		out.DateSent = m.due
	}
	return out
}

// fail answers with Twilio's error body.
func fail(w http.ResponseWriter, status, code int, text string) {
	writeJSON(w, status, map[string]any{
		"code": code, "message": text, "status": status,
		"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code),
	})
}

// guard checks credential and concurrency before anything else.
func (s *Twilio) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Twilio-Request-Id", "RQ"+randomHex())
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
		user, secret, _ := r.BasicAuth()
		if !s.knows(user, secret) {
			fail(w, http.StatusUnauthorized, 20003, "Authenticate")
			return
		}
		running, admitted := s.enter()
		defer s.leave()
		w.Header().Set("Twilio-Concurrent-Requests", strconv.Itoa(running))
		if !admitted {
			fail(w, http.StatusTooManyRequests, 20429, "Too Many Requests")
			return
		}
		if s.cfg.Latency > 0 {
			select {
			case <-time.After(s.cfg.Latency):
			case <-r.Context().Done():
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Twilio) knows(user, secret string) bool {
	want, ok := s.cfg.APIKeys[user]
	if user == s.cfg.AccountSID {
		want, ok = s.cfg.AuthToken, true
	}
	return ok && subtle.ConstantTimeCompare([]byte(want), []byte(secret)) == 1
}

func (s *Twilio) enter() (running int, admitted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running++
	return s.running, s.cfg.Concurrency == 0 || s.running <= s.cfg.Concurrency
}

func (s *Twilio) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
}

// one serves a single message.
func (s *Twilio) one(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sid, _ := strings.CutSuffix(r.PathValue("sid"), ".json")
	m := s.find(sid)
	switch {
	case m == nil:
		fail(w, http.StatusNotFound, 20404, "The requested resource "+r.URL.Path+" was not found")
	case r.Method == http.MethodGet:
		writeJSON(w, http.StatusOK, s.wire(m.at(s.now())))
	case r.Method == http.MethodPost:
		s.update(w, r, m)
	case r.Method == http.MethodDelete:
		s.messages = slices.DeleteFunc(s.messages, func(o *message) bool { return o == m })
		w.WriteHeader(http.StatusNoContent)
	default:
		fail(w, http.StatusMethodNotAllowed, 20004, "Method not allowed")
	}
}

// update redacts a message or cancels a scheduled one.
func (s *Twilio) update(w http.ResponseWriter, r *http.Request, m *message) {
	if err := r.ParseForm(); err != nil {
		fail(w, http.StatusBadRequest, 20001, "The form cannot be read")
		return
	}
	now := s.now()
	if r.PostForm.Get("Status") == "canceled" {
		if m.at(now).Status != "scheduled" {
			fail(w, http.StatusBadRequest, 30409, "Only a scheduled message can be canceled")
			return
		}
		m.fixed = "canceled"
	}
	if body, given := r.PostForm["Body"]; given && body[0] == "" {
		m.Body = ""
	}
	writeJSON(w, http.StatusOK, s.wire(m.at(now)))
}

func randomHex() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
