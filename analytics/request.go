package analytics

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// Request is one hit: who did it, and up to 25 events. Everything but Events
// belongs to the person, so a request never mixes two people.
type Request struct {
	// ClientID names the browser, or here the person in a chat: two positive
	// numbers joined by a dot. See [ClientIDFor] and [ClientIDFromCookie].
	// Required on web streams.
	ClientID string
	// AppInstanceID names the installation, 32 hexadecimal digits. Required on
	// app streams.
	AppInstanceID string
	// UserID is your own identifier of a signed-in person, at most 256
	// characters and nothing that tells Google who it is.
	UserID string
	// Time is when the events happened, at most 72 hours ago; zero means when
	// Google receives them. Set it when delivery may be late.
	Time time.Time
	// Session is added to the parameters of every event that has none of its own.
	Session Session
	// UserProperties describe the person, at most 25.
	UserProperties map[string]UserProperty
	// UserData identifies the person by hashes; send UserID with it.
	UserData UserData
	Consent  Consent
	// UserLocation wins over IPOverride.
	UserLocation UserLocation
	IPOverride   string
	// Device wins over UserAgent.
	Device    Device
	UserAgent string
	// Behavior asks the server to be strict; the zero value is RELAXED.
	Behavior Behavior
	Events   []Event
}

// Event is something that happened. Typed events have a method Event that
// returns one: [GenerateLead], [ChatbotEvent], [UAEvent].
type Event struct {
	// Name has at most 40 letters, digits and underscores.
	Name string
	// Params are at most 25 strings of up to 100 characters, numbers or
	// booleans, and "items".
	Params Params
	// Time wins over the request's.
	Time time.Time
}

// Params are an event's parameters.
type Params map[string]any

// UserProperty describes a person: a text of at most 36 characters, a number
// or a boolean.
type UserProperty struct {
	Value any
	// Time is when the value became true; zero means the request's time.
	Time time.Time
}

// Consent is the person's choice; empty fields leave what online interactions
// said.
type Consent struct {
	AdUserData        ConsentState `json:"ad_user_data,omitempty"`
	AdPersonalization ConsentState `json:"ad_personalization,omitempty"`
}

// ConsentState is Granted or Denied.
type ConsentState string

// The states of a consent.
const (
	Granted ConsentState = "GRANTED"
	Denied  ConsentState = "DENIED"
)

// UserLocation says where the person is. Country and region are advised; a
// city in the United States needs both.
type UserLocation struct {
	City string `json:"city,omitempty"`
	// RegionID is ISO 3166-2: "PL-14", "US-CA".
	RegionID string `json:"region_id,omitempty"`
	// CountryID is ISO 3166-1 alpha-2: "PL".
	CountryID string `json:"country_id,omitempty"`
	// SubcontinentID and ContinentID are three digits of UN M49.
	SubcontinentID string `json:"subcontinent_id,omitempty"`
	ContinentID    string `json:"continent_id,omitempty"`
}

// Device describes what the person uses; Category is advised.
type Device struct {
	Category string `json:"category,omitempty"`
	Language string `json:"language,omitempty"`
	// ScreenResolution is "1280x2856".
	ScreenResolution       string `json:"screen_resolution,omitempty"`
	OperatingSystem        string `json:"operating_system,omitempty"`
	OperatingSystemVersion string `json:"operating_system_version,omitempty"`
	Model                  string `json:"model,omitempty"`
	Brand                  string `json:"brand,omitempty"`
	Browser                string `json:"browser,omitempty"`
	BrowserVersion         string `json:"browser_version,omitempty"`
}

// Behavior is how strictly Google's server reads a payload.
type Behavior string

// The behaviours. Google advises EnforceRecommendations while testing and none
// in production.
const (
	Relaxed                Behavior = "RELAXED"
	EnforceRecommendations Behavior = "ENFORCE_RECOMMENDATIONS"
)

// payload is a Request as it is sent.
type payload struct {
	ClientID       string                     `json:"client_id,omitempty"`
	AppInstanceID  string                     `json:"app_instance_id,omitempty"`
	UserID         string                     `json:"user_id,omitempty"`
	Micros         int64                      `json:"timestamp_micros,omitempty"`
	UserProperties map[string]payloadProperty `json:"user_properties,omitempty"`
	UserData       UserData                   `json:"user_data,omitzero"`
	Consent        Consent                    `json:"consent,omitzero"`
	UserLocation   UserLocation               `json:"user_location,omitzero"`
	IPOverride     string                     `json:"ip_override,omitempty"`
	Device         Device                     `json:"device,omitzero"`
	UserAgent      string                     `json:"user_agent,omitempty"`
	Behavior       Behavior                   `json:"validation_behavior,omitempty"`
	Events         []payloadEvent             `json:"events"`
}

type payloadProperty struct {
	Value  any   `json:"value"`
	Micros int64 `json:"timestamp_micros,omitempty"`
}

type payloadEvent struct {
	Name   string `json:"name"`
	Micros int64  `json:"timestamp_micros,omitempty"`
	Params Params `json:"params,omitempty"`
}

// encode returns the request as compact JSON.
func (r Request) encode() ([]byte, error) {
	p := payload{
		ClientID: r.ClientID, AppInstanceID: r.AppInstanceID, UserID: r.UserID, Micros: micros(r.Time),
		UserData: r.UserData, Consent: r.Consent, UserLocation: r.UserLocation, IPOverride: r.IPOverride,
		Device: r.Device, UserAgent: r.UserAgent, Behavior: r.Behavior,
		Events: make([]payloadEvent, len(r.Events)),
	}
	if len(r.UserProperties) > 0 {
		p.UserProperties = make(map[string]payloadProperty, len(r.UserProperties))
	}
	for name, v := range r.UserProperties {
		p.UserProperties[name] = payloadProperty{v.Value, micros(v.Time)}
	}
	for i, e := range r.Events {
		p.Events[i] = payloadEvent{e.Name, micros(e.Time), r.Session.add(e.Params)}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return nil, notEncodable(p, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// notEncodable names the field that has no JSON form: only two can hold
// anything.
func notEncodable(p payload, err error) error {
	field := "Events"
	if _, broken := json.Marshal(p.UserProperties); broken != nil {
		field = "UserProperties"
	}
	return transport.Invalid("analytics.Send", field, "cannot be encoded: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// micros returns microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// add returns params with the session's parameters, where they are absent.
func (s Session) add(params Params) Params {
	if s == (Session{}) {
		return params
	}
	all := Params{"engagement_time_msec": max(s.Engagement.Milliseconds(), 1)}
	if s.ID != "" {
		all["session_id"] = s.ID
	}
	if s.Number != "" {
		all["session_number"] = s.Number
	}
	maps.Copy(all, params)
	return all
}
