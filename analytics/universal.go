package analytics

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// UAEvent is an event in the terms of Universal Analytics: category, action,
// label, value. Google discards hits to Universal Analytics since July 2024;
// this maps them to Google Analytics 4 as its migration page says: the action
// becomes the name, the rest event_category, event_label and event_value.
type UAEvent struct {
	// Category and Action must not be empty.
	Category, Action string
	Label            string
	// Value is a number, not money: it becomes event_value.
	Value *float64
	// DataSource is "web", "app", "call center", "crm" and the like.
	DataSource string
}

// Event returns the event. The action is made into a name: lower case, Polish
// letters without their marks, everything else than letters and digits an
// underscore, at most 40 characters. It returns an *InvalidError when category
// or action is empty and when the name is one of Google's own, such as
// session_start.
func (u UAEvent) Event() (Event, error) {
	if u.Category == "" {
		return Event{}, invalid("Category", ValueRequired, "is empty")
	}
	if strings.TrimSpace(u.Action) == "" {
		return Event{}, invalid("Action", ValueRequired, "is empty")
	}
	name := eventNameOf(u.Action)
	switch {
	case name == "":
		return Event{}, invalid("Action", NameInvalid, "holds no Latin letter and no digit")
	case listed(reservedEvents, name) || listed(reservedOnWeb, name):
		return Event{}, invalid("Action", NameReserved, "maps to a name that is reserved for Google")
	}
	p := Params{"event_category": u.Category}
	if u.Label != "" {
		p["event_label"] = u.Label
	}
	if u.Value != nil {
		p["event_value"] = *u.Value
	}
	if u.DataSource != "" {
		p["data_source"] = u.DataSource
	}
	return Event{Name: name, Params: p}, nil
}

// ParseUA maps the form of a Universal Analytics event hit (cid, t, ec, ea,
// el, ev, ds, uid) to a request. The property of the hit has no equivalent,
// and so have fields not named here: they are dropped. The client id is kept as
// it is; Send lets a UUID pass and wants two numbers otherwise, see
// [ClientIDFor]. A hit of another type than event is an *InvalidError.
func ParseUA(hit url.Values) (Request, error) {
	if t := hit.Get("t"); t != "event" {
		return Request{}, invalid("t", ValueInvalid, "is a hit type that does not map to an event")
	}
	u := UAEvent{Category: hit.Get("ec"), Action: hit.Get("ea"), Label: hit.Get("el"), DataSource: hit.Get("ds")}
	if ev := hit.Get("ev"); ev != "" {
		n, err := strconv.ParseUint(ev, 10, 63)
		if err != nil {
			return Request{}, invalid("ev", ValueInvalid, "is not a whole number from 0")
		}
		u.Value = new(float64(n))
	}
	event, err := u.Event()
	if err != nil {
		return Request{}, err
	}
	return Request{ClientID: hit.Get("cid"), UserID: hit.Get("uid"), Events: []Event{event}}, nil
}

var (
	notInName = regexp.MustCompile(`[^a-z0-9]+`)
	polish    = strings.NewReplacer("ą", "a", "ć", "c", "ę", "e", "ł", "l", "ń", "n", "ó", "o", "ś", "s", "ź", "z", "ż", "z")
)

// eventNameOf makes a text into an event name, "" when nothing is left.
func eventNameOf(s string) string {
	s = strings.Trim(notInName.ReplaceAllString(polish.Replace(strings.ToLower(s)), "_"), "_")
	if s != "" && s[0] <= '9' {
		s = "event_" + s
	}
	return strings.TrimRight(s[:min(len(s), maxName)], "_")
}
