package twilio

import (
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

// Twilio's limits on one message.
const (
	maxBody     = 1600
	maxMedia    = 10
	minAhead    = 15 * time.Minute
	maxAhead    = 35 * 24 * time.Hour
	maxValidity = 36000 * time.Second
)

var (
	e164    = regexp.MustCompile(`^\+[1-9]\d{1,14}$`)
	channel = regexp.MustCompile(`^[a-z]+:\S+$`)
)

// check refuses what Twilio is known to refuse, and what it would silently
// misunderstand.
func (r *SendMessageRequest) check(now time.Time) error {
	if !e164.MatchString(r.To) && !channel.MatchString(r.To) {
		return notify.InvalidRecipient(opSend.Name, "To", "is neither a number in E.164 form nor a channel address")
	}
	if err := r.checkSender(); err != nil {
		return err
	}
	if err := r.checkContent(); err != nil {
		return err
	}
	if err := checkCallback(opSend.Name, r.StatusCallback); err != nil {
		return err
	}
	if v := r.ValidityPeriod; v != 0 && (v < time.Second || v > maxValidity || v%time.Second != 0) {
		return invalid("ValidityPeriod", "is %v, want whole seconds from 1s to 10h", v)
	}
	return r.checkSendAt(now)
}

func (r *SendMessageRequest) checkSender() error {
	switch {
	case r.From == "" && r.MessagingServiceSID == "":
		return notify.InvalidSender(opSend.Name, "From", "is empty, and so is MessagingServiceSID")
	case r.MessagingServiceSID != "" && !isSID(r.MessagingServiceSID, "MG"):
		return notify.InvalidSender(opSend.Name, "MessagingServiceSID", "is not MG followed by letters and digits")
	case r.From != "" && senderProblem(r.From) != "":
		return notify.InvalidSender(opSend.Name, "From", senderProblem(r.From))
	case r.ShortenURLs && r.MessagingServiceSID == "":
		return invalid("ShortenURLs", "needs a MessagingServiceSID")
	}
	return nil
}

// senderProblem says what is wrong with a sender, "" for nothing. It may be a
// number, a short code, an alphanumeric id or a channel address.
func senderProblem(from string) string {
	switch {
	case strings.HasPrefix(from, "+") && !e164.MatchString(from):
		return "begins with + and is not a number in E.164 form"
	case strings.TrimSpace(from) != from || strings.ContainsAny(from, "\r\n\t"):
		return "has white space around it or a control character in it"
	}
	return ""
}

func (r *SendMessageRequest) checkContent() error {
	switch n := utf8.RuneCountInString(r.Body); {
	case r.Body == "" && len(r.MediaURLs) == 0 && r.ContentSID == "":
		return invalid("Body", "is empty, and so are MediaURLs and ContentSID")
	case n > maxBody:
		return invalid("Body", "has %d characters, the limit is %d", n, maxBody)
	case !utf8.ValidString(r.Body):
		return invalid("Body", "is not UTF-8")
	case len(r.MediaURLs) > maxMedia:
		return invalid("MediaURLs", "has %d entries, the limit is %d", len(r.MediaURLs), maxMedia)
	case r.ContentSID != "" && !isSID(r.ContentSID, "HX"):
		return invalid("ContentSID", "is not HX followed by letters and digits")
	case len(r.ContentVariables) > 0 && r.ContentSID == "":
		return invalid("ContentVariables", "are set without a ContentSID")
	}
	for _, u := range r.MediaURLs {
		if !isWebAddress(u) {
			return invalid("MediaURLs", "holds something that is not an absolute http or https URL")
		}
	}
	for name, value := range r.ContentVariables {
		if value == "" {
			return invalid("ContentVariables["+name+"]", "is empty")
		}
	}
	return nil
}

func (r *SendMessageRequest) checkSendAt(now time.Time) error {
	ahead := r.SendAt.Sub(now)
	switch {
	case r.SendAt.IsZero():
		return nil
	case r.MessagingServiceSID == "":
		return invalid("SendAt", "needs a MessagingServiceSID: without one Twilio sends at once")
	case ahead < minAhead || ahead > maxAhead:
		return invalid("SendAt", "is not 15 minutes to 35 days ahead")
	}
	return nil
}

// checkCallback accepts no callback, or a URL that Twilio will call.
func checkCallback(op, callback string) error {
	if callback == "" {
		return nil
	}
	u, err := url.Parse(callback)
	switch {
	case err != nil || !isWebAddress(callback):
		return transport.Invalid(op, "StatusCallback", "is not an absolute http or https URL")
	case strings.Contains(u.Hostname(), "_"):
		return transport.Invalid(op, "StatusCallback", "has a host with an underscore, which Twilio refuses")
	}
	return nil
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func invalid(field, problem string, args ...any) error {
	return transport.Invalid(opSend.Name, field, problem, args...)
}
