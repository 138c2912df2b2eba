package booksytest

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"
)

func (s *Server) availability(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	date, service, staff := q.Get("date"), q.Get("service_id"), q.Get("staff_id")
	s.mu.Lock()
	defer s.mu.Unlock()
	length := s.length(service)
	switch {
	case !validDate(date):
		refuse(w, 400, "invalid", "date must be YYYY-MM-DD")
		return
	case length == 0 || s.staffName(staff) == "":
		refuse(w, 404, "not_found", "service_id or staff_id names nothing")
		return
	}
	slots := []any{}
	for _, at := range s.starts(date, length) {
		if s.taken(Appointment{Date: date, StaffID: staff}, at, at+length) {
			continue
		}
		if s.cfg.ObjectSlots {
			slots = append(slots, map[string]any{"date": date, "time": clock(at), "staff_id": staff, "service_id": service})
			continue
		}
		slots = append(slots, clock(at))
	}
	answer(w, 200, map[string]any{"available_slots": slots})
}

// booking is the body of create and reschedule.
type booking struct {
	CustomerName  string `json:"customer_name"`
	CustomerEmail string `json:"customer_email"`
	CustomerPhone string `json:"customer_phone"`
	Date          string `json:"date"`
	Time          string `json:"time"`
	ServiceID     string `json:"service_id"`
	StaffID       string `json:"staff_id"`
}

// missing names the empty fields of a new booking.
func (b *booking) missing() []string {
	var names []string
	for _, f := range []struct{ name, value string }{
		{"customer_name", b.CustomerName}, {"customer_email", b.CustomerEmail}, {"customer_phone", b.CustomerPhone},
		{"date", b.Date}, {"time", b.Time}, {"service_id", b.ServiceID}, {"staff_id", b.StaffID},
	} {
		if strings.TrimSpace(f.value) == "" {
			names = append(names, f.name)
		}
	}
	return names
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	var b booking
	if !read(w, r, &b) {
		return
	}
	if names := b.missing(); len(names) > 0 {
		refuse(w, 400, "invalid", strings.Join(names, ", ")+" must not be empty")
		return
	}
	if !strings.Contains(b.CustomerEmail, "@") {
		refuse(w, 400, "invalid", "customer_email must be an e-mail address")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := Appointment{
		Date: b.Date, Time: b.Time, ServiceID: b.ServiceID, StaffID: b.StaffID,
		CustomerName: b.CustomerName, CustomerEmail: b.CustomerEmail, CustomerPhone: b.CustomerPhone,
	}
	if p := s.fits(a); p != nil {
		refuse(w, p.status, p.code, p.text)
		return
	}
	answer(w, 201, s.view(s.enter(a)))
}

func (s *Server) reschedule(w http.ResponseWriter, r *http.Request) {
	var b booking
	if !read(w, r, &b) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.standing(r.PathValue("id"))
	if a == nil {
		refuse(w, 404, "not_found", "no such appointment")
		return
	}
	moved := *a
	for _, f := range []struct {
		to   *string
		from string
	}{{&moved.Date, b.Date}, {&moved.Time, b.Time}, {&moved.ServiceID, b.ServiceID}, {&moved.StaffID, b.StaffID}} {
		if f.from != "" {
			*f.to = f.from
		}
	}
	if p := s.fits(moved); p != nil {
		refuse(w, p.status, p.code, p.text)
		return
	}
	*a = moved
	answer(w, 200, s.view(moved))
}

func (s *Server) cancel(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.standing(r.PathValue("id"))
	if a == nil {
		refuse(w, 404, "not_found", "no such appointment")
		return
	}
	a.Status = "cancelled"
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	date, phone := r.URL.Query().Get("date"), r.URL.Query().Get("customer_phone")
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []any{}
	for _, a := range s.appointments {
		if a.Date == date && a.CustomerPhone == phone {
			v := s.view(a)
			v["service_id"], v["staff_id"], v["customer_phone"], v["status"] = a.ServiceID, a.StaffID, a.CustomerPhone, a.Status
			list = append(list, v)
		}
	}
	answer(w, 200, map[string]any{"appointments": list})
}

// standing finds an appointment that is not cancelled.
func (s *Server) standing(id string) *Appointment {
	i := slices.IndexFunc(s.appointments, func(a Appointment) bool { return a.ID == id && a.Status == "booked" })
	if i < 0 {
		return nil
	}
	return &s.appointments[i]
}

// view is an appointment as the guide answers it.
func (s *Server) view(a Appointment) map[string]any {
	id := any(a.ID)
	if s.cfg.NumberIDs {
		id = json.Number(a.ID)
	}
	return map[string]any{
		"id": id, "date": a.Date, "time": a.Time,
		"service_name": s.serviceName(a.ServiceID), "staff_name": s.staffName(a.StaffID),
	}
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "unsupported_media_type", "the body must be application/json")
		return false
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(into); err != nil {
		refuse(w, http.StatusBadRequest, "invalid", "the body is not the JSON expected")
		return false
	}
	return true
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, code, text string) {
	answer(w, status, map[string]any{"status_code": status, "code": code, "description": text})
}
