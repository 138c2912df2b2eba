package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/centrala-go/centrala/notify/phone"
	"github.com/centrala-go/centrala/webhook"
)

// input is a request's body: a JSON object whose values are texts. Chatbots
// send every attribute as a string, some senders send numbers: both are taken.
// Problems are gathered, so that one answer names them all.
type input struct {
	values   map[string]string
	raw      map[string]json.RawMessage
	problems []string
	// key is the caller's Idempotency-Key, "" without one.
	key string
}

// parse reads a body. Unknown fields are ignored: bots send whole profiles.
func parse(body []byte) (*input, error) {
	in := &input{values: map[string]string{}}
	if err := json.Unmarshal(body, &in.raw); err != nil || in.raw == nil || !utf8.Valid(body) {
		return nil, webhook.Refuse(http.StatusBadRequest, "the body is not a JSON object")
	}
	for name, raw := range in.raw {
		if text, ok := scalar(raw); ok {
			in.values[name] = oneLine(text)
		}
	}
	return in, nil
}

var breaks = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ")

// oneLine makes one line of what a customer typed on several.
func oneLine(text string) string { return strings.TrimSpace(breaks.Replace(text)) }

// scalar returns a JSON string, number or boolean as text; null is "".
func scalar(raw json.RawMessage) (string, bool) {
	switch raw[0] {
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err == nil
	case '{', '[':
		return "", false
	case 'n':
		return "", true
	}
	return string(raw), true
}

func (in *input) problem(field, format string, args ...any) {
	in.problems = append(in.problems, field+" "+fmt.Sprintf(format, args...))
}

// err refuses the request when anything is wrong with it.
func (in *input) err() error {
	if len(in.problems) == 0 {
		return nil
	}
	return webhook.Refuse(http.StatusBadRequest, strings.Join(in.problems, "; "))
}

// The longest values taken, in characters.
const (
	maxText     = 255  // monday's item names hold no more
	maxLabel    = 100  // Google's parameters hold no more
	maxQuestion = 2000 // a customer's own words
)

// text returns an optional field of the usual length.
func (in *input) text(field string) string { return in.upTo(maxText, field) }

// upTo returns an optional field. An unset variable of the bot, which arrives
// as its own name in braces, counts as empty.
func (in *input) upTo(longest int, field string) string {
	v := in.values[field]
	if raw, there := in.raw[field]; there {
		if _, ok := scalar(raw); !ok {
			in.problem(field, "must be a text")
		}
	}
	switch {
	case strings.HasPrefix(v, "{{") && strings.HasSuffix(v, "}}"):
		return ""
	case utf8.RuneCountInString(v) > longest:
		in.problem(field, "is longer than %d characters", longest)
	case strings.ContainsFunc(v, unicode.IsControl):
		in.problem(field, "holds a control character")
	}
	return v
}

// required returns a field that must not be empty.
func (in *input) required(field string) string {
	before := len(in.problems)
	v := in.text(field)
	if v == "" && len(in.problems) == before {
		in.problem(field, "is missing")
	}
	return v
}

// email checks v, the value of field, when it is set.
func (in *input) email(field, v string) string {
	if v == "" {
		return ""
	}
	a, err := mail.ParseAddress(v)
	if err != nil || a.Address != v || !strings.Contains(v[strings.LastIndexByte(v, '@')+1:], ".") {
		in.problem(field, "is not an e-mail address")
	}
	return v
}

// phone checks v, the value of field, when it is set, and returns it as
// +<country><number>; numbers without a country code are Polish.
func (in *input) phone(field, v string) string {
	if v == "" {
		return ""
	}
	number, err := phone.E164(v, "PL")
	if err != nil {
		in.problem(field, "is not a phone number")
	}
	return number
}

// date checks v, the value of field, when it is set.
func (in *input) date(field, v string) string {
	if _, err := time.Parse(time.DateOnly, v); v != "" && err != nil {
		in.problem(field, "is not a date like 2026-12-31")
	}
	return v
}

// clock checks v, the value of field, when it is set, and returns it as HH:MM.
func (in *input) clock(field, v string) string {
	if v == "" {
		return ""
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t.Format("15:04")
		}
	}
	in.problem(field, "is not a time like 16:30")
	return v
}

// number returns an optional number.
func (in *input) number(field string) *float64 {
	v := in.text(field)
	if v == "" {
		return nil
	}
	f, err := strconv.ParseFloat(strings.Replace(v, ",", ".", 1), 64)
	if err != nil || f-f != 0 {
		in.problem(field, "is not a number")
		return nil
	}
	return &f
}

// object returns an optional JSON object.
func (in *input) object(field string) map[string]any {
	raw, ok := in.raw[field]
	if !ok || string(raw) == "null" || string(raw) == `""` {
		return nil
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		in.problem(field, "is not a JSON object")
	}
	return v
}
