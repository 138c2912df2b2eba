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
	// MaybeSent says that an earlier call, perhaps of a process that was
	// killed, may have sent this very request. Create then looks for the
	// appointment before it books, and again when the slot is taken. It needs
	// Endpoints.List.
	MaybeSent bool `json:"-"`
}

func (r *CreateRequest) check(op string) error {
	check := checker{op: op}
	check.text("CustomerName", r.CustomerName)
	check.email("CustomerEmail", r.CustomerEmail)
	check.phone("CustomerPhone", r.CustomerPhone)
	check.date(r.Date)
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
// the error matches transport.ErrOutcomeUnknown. A later call for the same
// booking sets MaybeSent.
func (c *Client) Create(ctx context.Context, r CreateRequest) (Appointment, error) {
	if err := r.check(c.create.Name); err != nil {
		return Appointment{}, err
	}
	body, err := c.codec.EncodeCreate(r)
	if err != nil {
		return Appointment{}, transport.Invalid(c.create.Name, "CreateRequest", "cannot be encoded: %v", err)
	}
	if r.MaybeSent {
		if a, found, err := c.findOurs(ctx, r, nil); found || err != nil {
			return a, err
		}
	}
	var a Appointment
	lookUp := func(ctx context.Context) (found bool, err error) {
		a, found, err = c.FindAppointment(ctx, r.find())
		return found, err
	}
	resp, err := c.send(ctx, &c.create, c.endpoints.Create, "", transport.Request{Body: body, LookUp: lookUp})
	switch {
	case err != nil && c.mayBeOurs(r, err):
		return c.settleConflict(ctx, r, err)
	case err != nil:
		return Appointment{}, err
	case !resp.LookedUp:
		a, err = c.codec.DecodeAppointment(resp.Body)
	}
	return a.completed(r), err
}

// mayBeOurs reports whether a slot could be taken by an earlier attempt, one
// that the look-ups missed because the vendor was slow.
func (c *Client) mayBeOurs(r CreateRequest, err error) bool {
	e, ok := errors.AsType[*transport.Error](err)
	return ok && c.create.Safety == transport.LookUp && (r.MaybeSent || e.Attempts > 1) && errors.Is(err, ErrSlotTaken)
}

// findOurs looks for what an earlier attempt may have booked. A look-up that
// fails leaves the outcome unknown, whatever the vendor answered otherwise.
func (c *Client) findOurs(ctx context.Context, r CreateRequest, refused *transport.Error) (Appointment, bool, error) {
	a, found, err := c.FindAppointment(ctx, r.find())
	_, misused := errors.AsType[*transport.FieldError](err)
	switch {
	case misused:
		return Appointment{}, false, err
	case err != nil:
		return Appointment{}, false, c.unsettled(refused, err)
	case !found:
		return Appointment{}, false, nil
	}
	return a.completed(r), true, nil
}

// settleConflict decides whose booking is in the way.
func (c *Client) settleConflict(ctx context.Context, r CreateRequest, refused error) (Appointment, error) {
	cause, _ := errors.AsType[*transport.Error](refused)
	a, found, err := c.findOurs(ctx, r, cause)
	if !found && err == nil {
		err = refused
	}
	return a, err
}

// completed fills in what the answer left out.
func (a Appointment) completed(r CreateRequest) Appointment {
	a.Date, a.Time = cmp.Or(a.Date, r.Date), cmp.Or(a.Time, r.Time)
	a.ServiceID, a.StaffID = cmp.Or(a.ServiceID, r.ServiceID), cmp.Or(a.StaffID, r.StaffID)
	a.CustomerPhone = cmp.Or(a.CustomerPhone, r.CustomerPhone)
	return a
}
