package booksy

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// Appointment is a booked time. Which fields an answer fills is the vendor's
// choice; the methods fill in what they know from the request.
type Appointment struct {
	ID            string `json:"id"`
	Date          string `json:"date"`
	Time          string `json:"time"`
	ServiceID     string `json:"service_id,omitzero"`
	ServiceName   string `json:"service_name,omitzero"`
	StaffID       string `json:"staff_id,omitzero"`
	StaffName     string `json:"staff_name,omitzero"`
	CustomerPhone string `json:"customer_phone,omitzero"`
	// Status is the vendor's word, "" when it says none.
	Status string `json:"status,omitzero"`
}

// CreateRequest books a time for a customer. All fields are required.
type CreateRequest struct {
	CustomerName  string `json:"customer_name"`
	CustomerEmail string `json:"customer_email"`
	// CustomerPhone holds 7 to 15 digits, with +, spaces, dots, dashes and
	// parentheses where people put them.
	CustomerPhone string `json:"customer_phone"`
	// Date is YYYY-MM-DD, Time HH:MM, both local to the business.
	Date      string `json:"date"`
	Time      string `json:"time"`
	ServiceID string `json:"service_id"`
	StaffID   string `json:"staff_id"`
}

func (r *CreateRequest) check(op string) error {
	check := checker{op: op}
	check.text("CustomerName", r.CustomerName)
	check.email("CustomerEmail", r.CustomerEmail)
	check.phone("CustomerPhone", r.CustomerPhone)
	check.date("Date", r.Date)
	check.clock("Time", r.Time)
	check.id("ServiceID", r.ServiceID)
	check.id("StaffID", r.StaffID)
	return check.err
}

// createOp is the one operation without natural protection against doubling:
// it is read back where that is possible.
func createOp(c *Client, settle time.Duration) transport.Op {
	op := transport.Op{Name: "booksy.create", Safety: transport.AtMostOnce, Settle: settle, Judge: c.judgeCreate}
	if c.endpoints.List.configured() {
		op.Safety = transport.LookUp
	}
	return op
}

// Create books an appointment. A taken slot is ErrSlotTaken.
//
// It is sent again only when the request provably never left or was refused
// with 429. After any other doubt it looks for the appointment when
// Endpoints.List is configured (at once, and again after Config.Settle) and
// returns what it finds, or books again when nothing is there; without List
// the error matches transport.ErrOutcomeUnknown.
func (c *Client) Create(ctx context.Context, r CreateRequest) (Appointment, error) {
	if err := r.check(c.create.Name); err != nil {
		return Appointment{}, err
	}
	body, err := c.codec.EncodeCreate(r)
	if err != nil {
		return Appointment{}, transport.Invalid(c.create.Name, "CreateRequest", "cannot be encoded: %v", err)
	}
	var found Appointment
	lookUp := func(ctx context.Context) (ok bool, err error) {
		found, ok, err = c.FindAppointment(ctx, r.find())
		return ok, err
	}
	resp, err := c.send(ctx, &c.create, c.endpoints.Create, "", transport.Request{Body: body, LookUp: lookUp})
	switch {
	case err != nil && c.mayBeOurs(err):
		return c.settleConflict(ctx, r, err)
	case err != nil:
		return Appointment{}, err
	case !resp.LookedUp:
		found, err = c.codec.DecodeAppointment(resp.Body)
	}
	return found.completed(r), err
}

// mayBeOurs reports whether a slot could be taken by an earlier attempt of the
// same call, one that the look-ups missed because the vendor was slow.
func (c *Client) mayBeOurs(err error) bool {
	e, ok := errors.AsType[*transport.Error](err)
	return ok && c.create.Safety == transport.LookUp && e.Attempts > 1 && errors.Is(err, ErrSlotTaken)
}

// settleConflict decides whose booking is in the way.
func (c *Client) settleConflict(ctx context.Context, r CreateRequest, refused error) (Appointment, error) {
	a, found, err := c.FindAppointment(ctx, r.find())
	switch {
	case err != nil:
		return Appointment{}, unsettled(refused, err)
	case !found:
		return Appointment{}, refused
	}
	return a.completed(r), nil
}

// completed fills in what the answer left out.
func (a Appointment) completed(r CreateRequest) Appointment {
	a.Date, a.Time = cmp.Or(a.Date, r.Date), cmp.Or(a.Time, r.Time)
	a.ServiceID, a.StaffID = cmp.Or(a.ServiceID, r.ServiceID), cmp.Or(a.StaffID, r.StaffID)
	a.CustomerPhone = cmp.Or(a.CustomerPhone, r.CustomerPhone)
	return a
}
