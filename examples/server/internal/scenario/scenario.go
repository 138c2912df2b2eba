// Package scenario says what the server's flows consist of: which effects a
// booking and a contact request have, in which order, and with what content.
package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/centrala-go/centrala/examples/server/internal/effect"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/transport"
)

// The kinds of flows.
const (
	Booking = "booking"
	Contact = "contact"
)

// Request is what a customer told the chatbot.
type Request struct {
	UserID    string `json:"userId,omitzero"`
	Name      string `json:"name"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
	Package   string `json:"package,omitzero"`
	Topic     string `json:"topic,omitzero"`
	Question  string `json:"question,omitzero"`
	Source    string `json:"source,omitzero"`
	ServiceID string `json:"serviceId,omitzero"`
	StaffID   string `json:"staffId,omitzero"`
	Date      string `json:"date,omitzero"`
	Time      string `json:"time,omitzero"`
}

// Kinds returns the flows over the given vendors. A flow whose vendor is off
// should not be started: see Missing. A step that was started while its vendor
// was on waits for it to come back.
func Kinds(v effect.Vendors) []flow.Kind {
	appointment := flow.StepKind{Name: "appointment", Vendor: "booksy", Effect: &step{
		on: v.Calendar != nil,
		do: func(ctx context.Context, c customer, at effect.Attempt) (flow.Result, error) {
			return c.book(ctx, v.Calendar, at)
		},
		settles: v.Calendar != nil && v.Calendar.Settles(),
	}}
	return []flow.Kind{
		{Name: Booking, Steps: append([]flow.StepKind{appointment}, followUps(v, appointment.Name)...)},
		{Name: Contact, Steps: followUps(v, "")},
	}
}

// followUps are the effects that booking and contact have in common. The lead
// is saved even when nobody knows whether the appointment was made: somebody
// has to call the customer.
func followUps(v effect.Vendors, after string) []flow.StepKind {
	return []flow.StepKind{
		{Name: "lead", Vendor: "monday", After: after, Despite: true, Effect: &step{
			on: v.CRM != nil,
			do: func(ctx context.Context, c customer, at effect.Attempt) (flow.Result, error) {
				return c.save(ctx, v.CRM, at)
			},
			settles: true,
		}},
		{Name: "event", Vendor: "analytics", After: after, Effect: &step{
			on: v.Analytics != nil,
			do: func(ctx context.Context, c customer, at effect.Attempt) (flow.Result, error) {
				return flow.Result{}, v.Analytics.Count(ctx, c.event(), at)
			},
		}},
		{Name: "email", Vendor: "sendgrid", After: after, Effect: &step{
			on: v.Mail != nil,
			do: func(ctx context.Context, c customer, at effect.Attempt) (flow.Result, error) {
				id, err := v.Mail.SendMail(ctx, c.message(c.Email), at)
				return flow.Result{Ref: id}, err
			},
		}},
		{Name: "sms", Vendor: "twilio", After: after, Effect: &step{
			on: v.Text != nil,
			do: func(ctx context.Context, c customer, at effect.Attempt) (flow.Result, error) {
				id, err := v.Text.SendText(ctx, c.message(c.Phone), at)
				return flow.Result{Ref: id}, err
			},
			settles: true,
		}},
	}
}

// Missing names the first vendor that a kind of flow needs and that is off, or
// returns "".
func Missing(kind string, v effect.Vendors) string {
	for _, need := range []struct {
		vendor string
		on     bool
	}{
		{"booksy", v.Calendar != nil || kind != Booking}, {"monday", v.CRM != nil},
		{"analytics", v.Analytics != nil}, {"sendgrid", v.Mail != nil}, {"twilio", v.Text != nil},
	} {
		if !need.on {
			return need.vendor
		}
	}
	return ""
}

// step adapts a piece of work on a customer's request to a flow's effect.
type step struct {
	do      func(ctx context.Context, c customer, at effect.Attempt) (flow.Result, error)
	on      bool
	settles bool
}

var errOff = errors.New("the vendor is switched off: its credentials are not configured")

// Do implements flow.Effect.
func (s *step) Do(ctx context.Context, f *flow.Flow, at flow.Attempt) (flow.Result, error) {
	if !s.on {
		return flow.Result{}, &transport.Error{Op: f.Kind, Outcome: transport.NotSent, Kind: transport.ErrUnavailable, Err: errOff}
	}
	c := customer{kind: f.Kind, key: f.Key}
	if err := json.Unmarshal(f.Input, &c.Request); err != nil {
		return flow.Result{}, fmt.Errorf("the flow's input cannot be read: %w", err)
	}
	if a := f.Step("appointment"); a != nil && a.Result != nil {
		if err := json.Unmarshal(a.Result, &c.appointment); err != nil {
			return flow.Result{}, fmt.Errorf("the appointment's result cannot be read: %w", err)
		}
	}
	return s.do(ctx, c, effect.Attempt{Unsettled: at.Unsettled, Since: at.Since})
}

// Settles implements flow.Effect.
func (s *step) Settles() bool { return s.settles }
