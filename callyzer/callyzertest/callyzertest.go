// Package callyzertest is a fake of Callyzer: an account with employees and
// calls behind its API, and the sender of its webhook.
package callyzertest

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/centrala-go/centrala/callyzer"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// URL is the base URL for clients that use [Server.Transport]; it resolves
// nowhere.
const URL = "https://callyzer.test/api/v2.2"

// basePath is what a base URL on a port needs behind the address.
const basePath = "/api/v2.2"

// Token is accepted when Config names none.
const Token = "callyzer-test-token"

// Config says what the account is like.
type Config struct {
	// Token is the constant of that name when empty.
	Token string
	// Location is the zone of the account; UTC when nil.
	Location  *time.Location
	Employees []callyzer.Employee
	// RequireChannel refuses reports without call_method and call_mode.
	RequireChannel bool
	// Unlimited lifts the limit of one request in 2 s.
	Unlimited bool
}

// Server is the fake; see [transporttest.Vendor] for how it is served, asked
// and made to fail. Its API lives under /api/v2.2. It is safe for concurrent use.
type Server struct {
	*transporttest.Vendor
	cfg Config

	mu        sync.Mutex
	employees []callyzer.Employee
	calls     []*record
	removed   []string
	expired   bool
	last      time.Time // of the last request that the limit let pass
}

// record is a call with the instants that the row only shows as texts.
type record struct {
	callyzer.Call
	started, synced time.Time
}

// New returns an account without calls.
func New(cfg Config) *Server {
	if cfg.Token == "" {
		cfg.Token = Token
	}
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	s := &Server{cfg: cfg, employees: slices.Clone(cfg.Employees)}
	s.Vendor = transporttest.NewVendor(s.handler())
	s.State = s.state
	return s
}

// BaseURL returns the base URL of a server that listens at address, as Start
// returned it.
func BaseURL(address string) string { return address + basePath }

// AddEmployee adds an employee to the roster.
func (s *Server) AddEmployee(e callyzer.Employee) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.employees = append(s.employees, e)
}

// AddCall adds a call that began at the given time and is synced now, and
// returns its row. Date, time and sync time are filled in, an id and the
// channel where they are missing, and the identity of the employee from the
// roster by number.
func (s *Server) AddCall(started time.Time, c callyzer.Call) callyzer.Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if c.ID == "" {
		c.ID = fmt.Sprintf("call-%d", len(s.calls)+1)
	}
	if c.Channel == (callyzer.Channel{}) {
		c.Channel = callyzer.PhoneVoice()
	}
	local := started.In(s.cfg.Location)
	c.Date, c.Time = local.Format(time.DateOnly), local.Format(time.TimeOnly)
	c.SyncedAt = s.stamp(now)
	for _, e := range s.employees {
		if e.Number == c.EmployeeNumber {
			c.EmployeeName, c.EmployeeCode, c.EmployeeTags = e.Name, e.Code, e.Tags
			c.EmployeeCountryCode = e.CountryCode
		}
	}
	s.calls = append(s.calls, &record{c, started.Truncate(time.Second), now.Truncate(time.Second)})
	return c
}

// AttachRecording gives a call its recording and, like Callyzer at times,
// touches neither synced_at nor modified_at.
func (s *Server) AttachRecording(id, url string) {
	s.change(id, func(r *record) { r.RecordingURL = url })
}

// AddNote gives a call a note and says when it was modified.
func (s *Server) AddNote(id, note string) {
	s.change(id, func(r *record) { r.Note, r.ModifiedAt = note, s.stamp(time.Now()) })
}

func (s *Server) change(id string, do func(*record)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.find(id); r != nil {
		do(r)
	}
}

func (s *Server) find(id string) *record {
	i := slices.IndexFunc(s.calls, func(r *record) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return s.calls[i]
}

// stamp writes a time the way the API does.
func (s *Server) stamp(t time.Time) string {
	return t.In(s.cfg.Location).Format("2006-01-02 15:04:05 MST")
}

// Expire ends the subscription: every request is answered 403 from now on.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired = true
}

// Calls returns all calls, in the order in which they were added.
func (s *Server) Calls() []callyzer.Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := make([]callyzer.Call, len(s.calls))
	for i, r := range s.calls {
		calls[i] = r.Call
	}
	return calls
}

// Removed returns the ids of calls whose recordings were removed, once each.
func (s *Server) Removed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.removed)
}

func (s *Server) state() any {
	calls := s.Calls()
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{"employees": len(s.employees), "calls": calls, "removed_recordings": append([]string{}, s.removed...)}
}

// handler is the account's API.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range map[string]func(*query) answer{
		"POST /call-log/history":                 s.history,
		"POST /call-log/get":                     s.get,
		"POST /call-log/summary":                 s.summary,
		"POST /call-log/employee-summary":        s.employeeSummary,
		"DELETE /call-log/call-recording/remove": s.remove,
		"GET /employee/get":                      s.roster,
		"POST /employee/get":                     s.roster,
	} {
		mux.HandleFunc(pattern, s.guarded(serve))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "No such path") })
	return http.StripPrefix(basePath, mux)
}
