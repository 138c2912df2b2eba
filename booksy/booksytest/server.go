// Package booksytest is a fake of the appointment contract that package booksy
// speaks: staff, services and opening hours make slots, and a slot is booked
// once. It imports no test framework and runs in memory, also under
// testing/synctest, or on a port.
package booksytest

import (
	"cmp"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/centrala-go/centrala/transport/transporttest"
)

const (
	// URL is the base URL for clients that use Server.Transport.
	URL = "https://booksy.test/api/v1"
	// Key is the API key that a Server accepts unless Config says otherwise.
	Key = "booksytest-api-key"
)

// Config describes the business. The zero value is open daily from 09:00 to
// 17:00 with one service, "svc-1", and one staff member, "staff-1".
type Config struct {
	// APIKey is the accepted key; "" means Key.
	APIKey string
	// Services and Staff exist; everybody offers everything.
	Services []Service
	Staff    []Staff
	// Opens and Closes are times of the day, counted from midnight: 9*time.Hour
	// is 09:00. 0 means 09:00 and 17:00.
	Opens, Closes time.Duration
	// Every is the distance between slots and the length of a service that
	// does not give its own; 0 means 30 minutes.
	Every time.Duration
	// Closed are the days without slots.
	Closed []time.Weekday
	// ListPath is the route that lists appointments, "/appointments" for
	// example; "" means that there is none, as in the guide.
	ListPath string
	// NumberIDs makes the server answer ids as JSON numbers.
	NumberIDs bool
	// ObjectSlots makes it answer slots as objects instead of strings.
	ObjectSlots bool
	// PerMinute refuses more requests than this in any minute with 429; 0
	// means no limit, since the guide states none.
	PerMinute int
}

// Service is something that can be booked.
type Service struct {
	ID, Name string
	// Length is how long it takes; 0 means Config.Every.
	Length time.Duration
}

// Staff is somebody who can be booked.
type Staff struct{ ID, Name string }

// Appointment is a booking and what became of it.
type Appointment struct {
	ID            string `json:"id"`
	Date          string `json:"date"`
	Time          string `json:"time"`
	ServiceID     string `json:"service_id"`
	StaffID       string `json:"staff_id"`
	CustomerName  string `json:"-"`
	CustomerEmail string `json:"-"`
	CustomerPhone string `json:"customer_phone"`
	// Status is "booked" or "cancelled".
	Status string `json:"status"`
}

// Server is the fake. It is safe for concurrent use.
type Server struct {
	*transporttest.Vendor

	cfg Config

	mu           sync.Mutex
	appointments []Appointment
	arrivals     []time.Time // within the last minute
}

// New returns a server for the business that cfg describes.
func New(cfg Config) *Server {
	cfg.APIKey = cmp.Or(cfg.APIKey, Key)
	cfg.Opens, cfg.Closes = cmp.Or(cfg.Opens, 9*time.Hour), cmp.Or(cfg.Closes, 17*time.Hour)
	cfg.Every = cmp.Or(cfg.Every, 30*time.Minute)
	if len(cfg.Services) == 0 {
		cfg.Services = []Service{{ID: "svc-1", Name: "Konsultacja"}}
	}
	if len(cfg.Staff) == 0 {
		cfg.Staff = []Staff{{ID: "staff-1", Name: "Anna Nowak"}}
	}
	s := &Server{cfg: cfg}
	s.Vendor = transporttest.NewVendor(s.routes())
	s.State = func() any { return map[string]any{"appointments": s.Appointments()} }
	return s
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /availability", s.availability)
	mux.HandleFunc("POST /appointments", s.create)
	mux.HandleFunc("PATCH /appointments/{id}", s.reschedule)
	mux.HandleFunc("DELETE /appointments/{id}", s.cancel)
	if s.cfg.ListPath != "" {
		mux.HandleFunc("GET "+s.cfg.ListPath, s.list)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = atRoot(r)
		switch {
		case r.Header.Get("Authorization") != "Bearer "+s.cfg.APIKey:
			refuse(w, http.StatusUnauthorized, "unauthorized", "the API key is missing or wrong")
		case !s.admit(time.Now()):
			refuse(w, http.StatusTooManyRequests, "throttled", "too many requests in a minute")
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// atRoot drops the base path, so that the server answers with and without it.
func atRoot(r *http.Request) *http.Request {
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v1/")
	if !ok {
		return r
	}
	r = r.Clone(r.Context())
	r.URL.Path, r.URL.RawPath = "/"+path, strings.TrimPrefix(r.URL.RawPath, "/api/v1")
	return r
}

// admit counts a request against PerMinute.
func (s *Server) admit(now time.Time) bool {
	if s.cfg.PerMinute <= 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.arrivals) > 0 && now.Sub(s.arrivals[0]) >= time.Minute {
		s.arrivals = s.arrivals[1:]
	}
	if len(s.arrivals) >= s.cfg.PerMinute {
		return false
	}
	s.arrivals = append(s.arrivals, now)
	return true
}
