package booksytest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Appointments returns all bookings so far, cancelled ones included, oldest
// first.
func (s *Server) Appointments() []Appointment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Appointment{}, s.appointments...)
}

// Book enters an appointment as if somebody had made it elsewhere and returns
// its id, or an error when the slot is taken or not open.
func (s *Server) Book(a Appointment) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.fits(a); p != nil {
		return "", fmt.Errorf("booksytest: %s", p.text)
	}
	return s.enter(a).ID, nil
}

// problem is why a request is refused.
type problem struct {
	status     int
	code, text string
}

func invalid(format string, args ...any) *problem {
	return &problem{400, "invalid", fmt.Sprintf(format, args...)}
}

// enter books a; the caller holds the lock and has checked that it fits.
func (s *Server) enter(a Appointment) Appointment {
	a.ID, a.Status = strconv.Itoa(1001+len(s.appointments)), "booked"
	s.appointments = append(s.appointments, a)
	return a
}

// fits reports why a cannot be booked, nil when it can.
func (s *Server) fits(a Appointment) *problem {
	from, ok := minutes(a.Time)
	length := s.length(a.ServiceID)
	switch {
	case !validDate(a.Date):
		return invalid("date must be YYYY-MM-DD")
	case !ok:
		return invalid("time must be HH:MM")
	case length == 0:
		return &problem{404, "not_found", "service_id names no service"}
	case s.staffName(a.StaffID) == "":
		return &problem{404, "not_found", "staff_id names no staff member"}
	case !slices.Contains(s.starts(a.Date, length), from):
		return invalid("time is outside the opening hours or not on a slot")
	case s.taken(a, from, from+length):
		return &problem{409, "slot_taken", "the slot is taken"}
	}
	return nil
}

// starts lists the minutes of the day at which something of this length may
// begin.
func (s *Server) starts(date string, length int) []int {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || slices.Contains(s.cfg.Closed, day.Weekday()) {
		return nil
	}
	var list []int
	for at := int(s.cfg.Opens / time.Minute); at+length <= int(s.cfg.Closes/time.Minute); at += max(int(s.cfg.Every/time.Minute), 1) {
		list = append(list, at)
	}
	return list
}

// taken reports whether somebody else holds part of the time.
func (s *Server) taken(a Appointment, from, to int) bool {
	return slices.ContainsFunc(s.appointments, func(b Appointment) bool {
		start, _ := minutes(b.Time)
		return b.Status == "booked" && b.ID != a.ID && b.Date == a.Date && b.StaffID == a.StaffID &&
			start < to && from < start+s.length(b.ServiceID)
	})
}

// length is how many minutes a service takes, 0 when there is none such.
func (s *Server) length(serviceID string) int {
	i := slices.IndexFunc(s.cfg.Services, func(v Service) bool { return v.ID == serviceID })
	if i < 0 {
		return 0
	}
	return max(int(cmp.Or(s.cfg.Services[i].Length, s.cfg.Every)/time.Minute), 1)
}

func (s *Server) serviceName(id string) string {
	for _, v := range s.cfg.Services {
		if v.ID == id {
			return v.Name
		}
	}
	return ""
}

func (s *Server) staffName(id string) string {
	for _, v := range s.cfg.Staff {
		if v.ID == id {
			return v.Name
		}
	}
	return ""
}

// minutes turns HH:MM into minutes since midnight.
func minutes(clock string) (int, bool) {
	t, err := time.Parse("15:04", clock)
	return t.Hour()*60 + t.Minute(), err == nil && len(clock) == 5
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func validDate(date string) bool {
	_, err := time.Parse(time.DateOnly, date)
	return err == nil
}
