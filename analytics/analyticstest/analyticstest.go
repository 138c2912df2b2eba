// Package analyticstest is a fake of Google Analytics' Measurement Protocol.
//
// Like Google it answers 204 to almost everything and drops in silence what it
// cannot use: a wrong secret, a wrong stream, an event that breaks a rule. It
// is stricter than Google in one way: a payload with a broken rule is dropped
// whole, where Google drops or cuts only the part. [Server.Dropped] tells why.
package analyticstest

import (
	"cmp"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/centrala-go/centrala/analytics"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// URL is the base URL for clients that use [Server.Transport]; it resolves
// nowhere.
const URL = "https://analytics.test"

// The credentials that a Server accepts when its Config names none.
const (
	APISecret     = "analytics-test-secret"
	MeasurementID = "G-TEST123456"
)

// Config says which stream the server has.
type Config struct {
	// APISecret is the constant of that name when empty.
	APISecret string
	// MeasurementID is the constant of that name when empty and when there is
	// no FirebaseAppID.
	MeasurementID string
	FirebaseAppID string
	// Property360 allows long parameter values.
	Property360 bool
}

// Server is the fake; see [transporttest.Vendor] for how it is served, asked
// and made to fail. It is safe for concurrent use.
type Server struct {
	*transporttest.Vendor
	cfg Config

	mu        sync.Mutex
	events    []Event
	dropped   []Drop
	purchases map[string]bool
}

// Event is an event that took effect.
type Event struct {
	Name string `json:"name"`
	// ClientID is the app instance's id on app streams.
	ClientID string         `json:"client_id"`
	UserID   string         `json:"user_id,omitempty"`
	Params   map[string]any `json:"params"`
	// Time is the event's own time, or the request's, or that of receipt.
	Time time.Time `json:"time"`
}

// Drop is a hit that got 204 and came to nothing.
type Drop struct {
	// Reason is "wrong api_secret", "wrong stream" or "broken rules".
	Reason   string
	Findings []analytics.Finding
}

// New returns a server with no events.
func New(cfg Config) *Server {
	if cfg.APISecret == "" {
		cfg.APISecret = APISecret
	}
	if cfg.MeasurementID == "" && cfg.FirebaseAppID == "" {
		cfg.MeasurementID = MeasurementID
	}
	s := &Server{cfg: cfg, purchases: map[string]bool{}}
	s.Vendor = transporttest.NewVendor(http.HandlerFunc(s.serve))
	s.State = s.state
	return s
}

// Events returns what took effect, in order of arrival.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// EventsOf returns the events of one client.
func (s *Server) EventsOf(clientID string) []Event {
	return slices.DeleteFunc(s.Events(), func(e Event) bool { return e.ClientID != clientID })
}

// Dropped returns the hits that came to nothing.
func (s *Server) Dropped() []Drop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.dropped)
}

func (s *Server) state() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{"events": append([]Event{}, s.events...), "dropped": len(s.dropped)}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	debug := r.URL.Path == "/debug/mp/collect"
	switch media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); {
	case !debug && r.URL.Path != "/mp/collect":
		http.NotFound(w, r)
		return
	case r.Method != http.MethodPost:
		http.Error(w, "want POST", http.StatusMethodNotAllowed)
		return
	case media != "application/json":
		http.Error(w, "want application/json", http.StatusUnsupportedMediaType)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || !json.Valid(body) {
		http.Error(w, "malformed JSON", http.StatusBadRequest)
		return
	}
	found := append(s.rules().CheckQuery(r.URL.Query()), s.rules().Check(body)...)
	found = slices.DeleteFunc(found, func(f analytics.Finding) bool { return f.Severity != analytics.SeverityError })
	if debug {
		report(w, found)
		return
	}
	s.collect(r, body, found)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) rules() analytics.Rules {
	return analytics.Rules{App: s.cfg.FirebaseAppID != "", Property360: s.cfg.Property360}
}

// report answers like the validation server, which names only the top-level
// field; it does not know whether the secret is right.
func report(w http.ResponseWriter, found []analytics.Finding) {
	messages := make([]map[string]string, len(found))
	for i, f := range found {
		field, rest, _ := strings.Cut(f.Path, ".")
		field, index, isEvent := strings.Cut(field, "[")
		problem := rest + " " + f.Problem
		if isEvent {
			problem = "Event at index: [" + index + " " + problem
		}
		messages[i] = map[string]string{
			"fieldPath": field, "description": strings.TrimSpace(problem), "validationCode": string(f.Code),
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"validationMessages": messages})
}

// collect takes a hit in, or drops it.
func (s *Server) collect(r *http.Request, body []byte, found []analytics.Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	switch {
	case q.Get("api_secret") != s.cfg.APISecret:
		s.dropped = append(s.dropped, Drop{Reason: "wrong api_secret"})
	case q.Get("measurement_id") != s.cfg.MeasurementID || q.Get("firebase_app_id") != s.cfg.FirebaseAppID:
		s.dropped = append(s.dropped, Drop{Reason: "wrong stream"})
	case len(found) > 0:
		s.dropped = append(s.dropped, Drop{Reason: "broken rules", Findings: found})
	default:
		s.take(body)
	}
}

// hit is the part of a payload that the fake keeps. Google reads keys in
// lowerCamelCase too.
type hit struct {
	ClientID           string `json:"client_id"`
	ClientIDCamel      string `json:"clientId"`
	AppInstanceID      string `json:"app_instance_id"`
	AppInstanceIDCamel string `json:"appInstanceId"`
	UserID             string `json:"user_id"`
	UserIDCamel        string `json:"userId"`
	micros
	Events []struct {
		Name   string         `json:"name"`
		Params map[string]any `json:"params"`
		micros
	} `json:"events"`
}

// micros is a time, in microseconds since 1970.
type micros struct {
	Snake int64 `json:"timestamp_micros"`
	Camel int64 `json:"timestampMicros"`
}

func (m micros) value() int64 { return cmp.Or(m.Snake, m.Camel) }

// take counts the events of a sound payload, and a purchase only once.
func (s *Server) take(body []byte) {
	var h hit
	if json.Unmarshal(body, &h) != nil {
		return // not possible for a payload that the rules passed
	}
	for _, e := range h.Events {
		if e.Name == "purchase" && s.cfg.MeasurementID != "" {
			id, _ := e.Params["transaction_id"].(string)
			if s.purchases[id] {
				continue
			}
			s.purchases[id] = true
		}
		at := time.Now()
		if n := cmp.Or(e.value(), h.value()); n != 0 {
			at = time.UnixMicro(n)
		}
		s.events = append(s.events, Event{
			Name: e.Name, Params: e.Params, Time: at.UTC(), UserID: cmp.Or(h.UserID, h.UserIDCamel),
			ClientID: cmp.Or(h.ClientID, h.ClientIDCamel, h.AppInstanceID, h.AppInstanceIDCamel),
		})
	}
}
