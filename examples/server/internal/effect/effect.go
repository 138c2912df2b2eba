// Package effect does the server's work at the vendors: it knows what a
// booking means for a calendar, a CRM, an analytics property, an inbox and a
// phone, and how each of them is asked what became of an unclear attempt.
package effect

import (
	"context"
	"time"
)

// Vendors are the effects that are switched on; nil is off.
type Vendors struct {
	Calendar  Calendar
	CRM       CRM
	Analytics Analytics
	Mail      Mail
	Text      Text
}

// Attempt says whether an earlier attempt at the same effect may have worked,
// and since when: an unsettled effect must be looked for before it is tried.
type Attempt struct {
	Unsettled bool
	Since     time.Time
}

// Lead is a customer's request as the CRM keeps it. Key is its external key.
type Lead struct {
	Name        string `json:"name"`
	Email       string `json:"email,omitzero"`
	Phone       string `json:"phone,omitzero"`
	Topic       string `json:"topic,omitzero"`
	Source      string `json:"source,omitzero"`
	MeetingDate string `json:"meetingDate,omitzero"`
	MeetingTime string `json:"meetingTime,omitzero"`
	Package     string `json:"package,omitzero"`
	Status      string `json:"status,omitzero"`
	Key         string `json:"key,omitzero"`
}

// CRM keeps leads.
type CRM interface {
	// Save creates the lead, or updates the one with the same e-mail or phone,
	// and returns its id.
	Save(ctx context.Context, lead Lead, at Attempt) (id string, err error)
}

// Appointment is a meeting to be made.
type Appointment struct {
	Name, Email, Phone, Date, Time, ServiceID, StaffID string
}

// Confirmation is a meeting as the calendar made it.
type Confirmation struct {
	ID      string `json:"id"`
	Date    string `json:"date"`
	Time    string `json:"time"`
	Service string `json:"service"`
	Staff   string `json:"staff"`
}

// Calendar makes appointments.
type Calendar interface {
	Make(ctx context.Context, a Appointment, at Attempt) (Confirmation, error)
	// Slots lists the free times of a day.
	Slots(ctx context.Context, date, serviceID, staffID string) ([]string, error)
	// Move and Cancel may be repeated: they name the state they lead to.
	Move(ctx context.Context, id, date, clock string) (Confirmation, error)
	Cancel(ctx context.Context, id string) error
	// Settles reports whether an appointment with unknown outcome can be found.
	Settles() bool
}

// Event is something that happened in the chatbot.
type Event struct {
	Category string   `json:"category"`
	Action   string   `json:"action"`
	Label    string   `json:"label,omitzero"`
	Value    *float64 `json:"value,omitzero"`
	UserID   string   `json:"userId,omitzero"`
	Source   string   `json:"source,omitzero"`
}

// Analytics counts events.
type Analytics interface {
	Count(ctx context.Context, e Event, at Attempt) error
}

// Message is an e-mail or a text to a customer.
type Message struct {
	To string
	// Template is one of the contract's names, or a vendor's template id.
	Template                              string
	Name, Date, Time, Service, Consultant string
	Data                                  map[string]any
	// Key is the flow's external key, carried where the vendor has a place.
	Key string
}

// Mail sends e-mails.
type Mail interface {
	SendMail(ctx context.Context, m Message, at Attempt) (id string, err error)
}

// Text sends text messages.
type Text interface {
	SendText(ctx context.Context, m Message, at Attempt) (id string, err error)
}
