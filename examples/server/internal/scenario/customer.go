package scenario

import (
	"cmp"
	"context"
	"errors"

	"github.com/centrala-go/centrala/analytics"
	"github.com/centrala-go/centrala/booksy"
	"github.com/centrala-go/centrala/examples/server/internal/effect"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
)

// customer is a request with what its flow knows so far.
type customer struct {
	Request
	kind, key   string
	appointment effect.Confirmation
}

func (c customer) book(ctx context.Context, calendar effect.Calendar, at effect.Attempt) (flow.Result, error) {
	made, err := calendar.Make(ctx, effect.Appointment{
		Name: c.Name, Email: c.Email, Phone: c.Phone, Date: c.Date, Time: c.Time, ServiceID: c.ServiceID, StaffID: c.StaffID,
	}, at)
	if errors.Is(err, booksy.ErrSlotTaken) {
		return flow.Result{Data: Refusal{SlotTaken: true}}, err
	}
	return flow.Result{Ref: made.ID, Data: made}, err
}

// Refusal is the result of an appointment that was not made.
type Refusal struct {
	SlotTaken bool `json:"slot_taken"`
}

func (c customer) save(ctx context.Context, crm effect.CRM, at effect.Attempt) (flow.Result, error) {
	id, err := crm.Save(ctx, effect.Lead{
		Name: c.Name, Email: c.Email, Phone: c.Phone, Topic: cmp.Or(c.Topic, c.Question), Source: c.Source,
		MeetingDate: c.Date, MeetingTime: c.Time, Package: c.Package, Key: c.key,
	}, at)
	return flow.Result{Ref: id}, err
}

// event is what analytics counts: a meeting booked, or a contact form filled.
func (c customer) event() effect.Event {
	action := string(analytics.ContactFormFilled)
	if c.kind == Booking {
		action = string(analytics.MeetingBooked)
	}
	return effect.Event{Category: "Chatbot", Action: action, Label: c.Source, UserID: cmp.Or(c.UserID, c.Email), Source: c.Source}
}

// message is the e-mail or the text that answers the request.
func (c customer) message(to string) effect.Message {
	m := effect.Message{To: to, Template: "consultant_contact", Name: c.Name, Service: cmp.Or(c.Topic, c.Question), Key: c.key}
	if c.kind == Booking {
		m.Template = "booking_confirmation"
		m.Date, m.Time = cmp.Or(c.appointment.Date, c.Date), cmp.Or(c.appointment.Time, c.Time)
		m.Service, m.Consultant = cmp.Or(c.appointment.Service, c.Topic), c.appointment.Staff
	}
	return m
}
