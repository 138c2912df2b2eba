package notifytest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// refusal is why a message is not accepted.
type refusal struct {
	status, code int
	text         string
}

// Twilio's magic numbers; see Twilio's page "Test Credentials".
var (
	magicSenders = map[string]refusal{
		"+15005550001": {400, 21212, "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID."},
		"+15005550007": {400, 21606, "The 'From' phone number is not a valid, message-capable Twilio phone number."},
		"+15005550008": {429, 21611, "This 'From' number has exceeded the maximum number of queued messages."},
	}
	magicRecipients = map[string]refusal{
		"+15005550001": {400, 21211, "The 'To' number is not a valid phone number."},
		"+15005550002": {400, 21612, "The message cannot be routed with the current combination of 'To' and 'From'."},
		"+15005550003": {400, 21408, "Permission to send an SMS has not been enabled for the region of the 'To' number."},
		"+15005550004": {400, 21610, "Attempt to send to unsubscribed recipient"},
		"+15005550009": {400, 21614, "The 'To' number is not a mobile number, or is incapable of receiving SMS messages."},
	}
)

var (
	numberForm  = regexp.MustCompile(`^\+[1-9]\d{1,14}$`)
	channelForm = regexp.MustCompile(`^[a-z]+:\S+$`)
	serviceForm = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
	contentForm = regexp.MustCompile(`^HX[0-9a-fA-F]{32}$`)
)

// create validates a message and records it.
func (s *Twilio) create(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		fail(w, http.StatusBadRequest, 20001, "The form cannot be read")
		return
	}
	now := s.now()
	if no := s.refusal(r.PostForm, now); no != nil {
		fail(w, no.status, no.code, no.text)
		return
	}
	m := accepted(r.PostForm, now)
	if s.cfg.Trial && m.Body != "" {
		m.Body = "Sent from your Twilio trial account - " + m.Body
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
	writeJSON(w, http.StatusCreated, s.wire(m.at(now)))
}

// accepted makes the message of a valid form.
func accepted(form url.Values, now time.Time) *message {
	m := &message{due: now}
	prefix := "SM"
	if len(form["MediaUrl"]) > 0 {
		prefix = "MM"
	}
	m.Message = Message{
		SID: prefix + randomHex(), To: form.Get("To"), From: form.Get("From"), Body: form.Get("Body"), Status: "queued",
		DateCreated: now, MessagingServiceSID: form.Get("MessagingServiceSid"),
		MediaURLs: form["MediaUrl"], StatusCallback: form.Get("StatusCallback"),
	}
	if m.MessagingServiceSID != "" {
		m.Status = "accepted"
		if at, err := time.Parse(time.RFC3339, form.Get("SendAt")); err == nil {
			m.due = at
		}
	}
	if form.Get("ContentRetention") == "discard" {
		m.Body = ""
	}
	return m
}

// refusal finds the first reason not to accept a form, nil for none.
func (s *Twilio) refusal(form url.Values, now time.Time) *refusal {
	for _, check := range []func(url.Values) *refusal{s.refuseRecipient, s.refuseSender, refuseContent, refuseOptions} {
		if no := check(form); no != nil {
			return no
		}
	}
	return refuseSchedule(form, now)
}

func invalid(code int, text string) *refusal { return &refusal{http.StatusBadRequest, code, text} }

func (s *Twilio) refuseRecipient(form url.Values) *refusal {
	to := form.Get("To")
	if no, magic := magicRecipients[to]; magic {
		return &no
	}
	switch {
	case to == "":
		return invalid(21604, "A 'To' phone number is required.")
	case !numberForm.MatchString(to) && !channelForm.MatchString(to):
		return invalid(21211, "The 'To' number is not a valid phone number.")
	case slices.Contains(s.cfg.OptedOut, to):
		return invalid(21610, "Attempt to send to unsubscribed recipient")
	}
	return nil
}

func (s *Twilio) refuseSender(form url.Values) *refusal {
	from, service := form.Get("From"), form.Get("MessagingServiceSid")
	if no, magic := magicSenders[from]; magic {
		return &no
	}
	switch {
	case from == "" && service == "":
		return invalid(21603, "A 'From' phone number is required.")
	case from != "" && from != TwilioNumber && !slices.Contains(s.cfg.Senders, from):
		return invalid(21606, "The 'From' phone number is not a valid, message-capable Twilio phone number.")
	case service == "":
		return nil
	case !serviceForm.MatchString(service), s.cfg.Services != nil && !slices.Contains(s.cfg.Services, service):
		return invalid(21705, "The Messaging Service Sid is invalid.")
	}
	return nil
}

func refuseContent(form url.Values) *refusal {
	body, media, content := form.Get("Body"), form["MediaUrl"], form.Get("ContentSid")
	vars := form.Get("ContentVariables")
	switch {
	case body == "" && len(media) == 0 && content == "":
		return invalid(21619, "A text message body or media urls must be specified.")
	case utf8.RuneCountInString(body) > 1600:
		return invalid(21617, "The concatenated message body exceeds the 1600 character limit.")
	case len(media) > 10:
		return invalid(21623, "The number of media files exceeds the limit of 10.")
	case vars != "" && content == "":
		return invalid(21654, "The ContentSid parameter is required with ContentVariables.")
	case content != "" && !contentForm.MatchString(content):
		return invalid(21655, "The ContentSid is invalid.")
	case vars != "" && !goodVariables(vars):
		return invalid(21656, "The ContentVariables parameter is invalid.")
	}
	return nil
}

// goodVariables wants a JSON object of strings, none of them empty.
func goodVariables(text string) bool {
	var vars map[string]*string
	if json.Unmarshal([]byte(text), &vars) != nil {
		return false
	}
	for _, v := range vars {
		if v == nil || *v == "" {
			return false
		}
	}
	return true
}

func refuseOptions(form url.Values) *refusal {
	if v := form.Get("ValidityPeriod"); v != "" {
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > 36000 {
			return invalid(21658, "The ValidityPeriod is not between 1 and 36000.")
		}
	}
	if callback := form.Get("StatusCallback"); callback != "" {
		u, err := url.Parse(callback)
		if err != nil || u.Host == "" || strings.Contains(u.Hostname(), "_") {
			return invalid(21609, "The StatusCallback URL is not a valid URL.")
		}
	}
	return nil
}

// refuseSchedule checks the scheduling parameters, which Twilio ignores without
// a messaging service.
func refuseSchedule(form url.Values, now time.Time) *refusal {
	if form.Get("MessagingServiceSid") == "" || (form.Get("SendAt") == "" && form.Get("ScheduleType") == "") {
		return nil
	}
	at, err := time.Parse(time.RFC3339, form.Get("SendAt"))
	ahead := at.Sub(now)
	if err != nil || form.Get("ScheduleType") != "fixed" || ahead < 15*time.Minute || ahead > 35*24*time.Hour {
		return invalid(35114, "SendAt must be in ISO 8601 format and between 15 minutes and 35 days in the future.")
	}
	return nil
}
