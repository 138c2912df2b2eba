package booksy

import (
	"cmp"
	"context"
	"net/http"

	"github.com/centrala-go/centrala/transport"
)

var (
	rescheduleOp = transport.Op{Name: "booksy.reschedule", Safety: transport.Idempotent}
	cancelOp     = transport.Op{Name: "booksy.cancel", Safety: transport.Idempotent, Judge: judgeCancel}
)

// RescheduleRequest moves an appointment. Date and Time are the whole target,
// so repeating the request changes nothing.
type RescheduleRequest struct {
	// ID names the appointment.
	ID string `json:"-"`
	// Date is YYYY-MM-DD, Time HH:MM, both local to the business.
	Date string `json:"date"`
	Time string `json:"time"`
	// ServiceID and StaffID stay as they are when empty.
	ServiceID string `json:"service_id,omitzero"`
	StaffID   string `json:"staff_id,omitzero"`
}

// Reschedule moves an appointment to another time. A taken slot is
// ErrSlotTaken. It is repeated after any transient failure; a refusal after an
// attempt in doubt is reported with outcome unknown, because the earlier
// attempt may be what took the slot.
func (c *Client) Reschedule(ctx context.Context, r RescheduleRequest) (Appointment, error) {
	check := checker{op: rescheduleOp.Name}
	check.pathID("ID", r.ID)
	check.date(r.Date)
	check.clock("Time", r.Time)
	if check.err != nil {
		return Appointment{}, check.err
	}
	body, err := c.codec.EncodeReschedule(r)
	if err != nil {
		return Appointment{}, transport.Invalid(rescheduleOp.Name, "RescheduleRequest", "cannot be encoded: %v", err)
	}
	resp, err := c.send(ctx, &rescheduleOp, c.endpoints.Reschedule, r.ID, transport.Request{Body: body})
	if err != nil {
		return Appointment{}, err
	}
	var a Appointment
	if len(resp.Body) > 0 {
		if a, err = c.codec.DecodeAppointment(resp.Body); err != nil {
			return Appointment{}, malformed(&rescheduleOp, resp, transport.Done, err)
		}
	}
	a.ID = cmp.Or(a.ID, r.ID)
	a.Date, a.Time = cmp.Or(a.Date, r.Date), cmp.Or(a.Time, r.Time)
	return a, nil
}

// Cancel cancels the appointment with the given id. An id that does not exist
// matches transport.ErrNotFound. It is repeated after any transient failure,
// and an appointment that a repeated attempt no longer finds counts as
// cancelled.
func (c *Client) Cancel(ctx context.Context, id string) error {
	check := checker{op: cancelOp.Name}
	check.pathID("id", id)
	if check.err != nil {
		return check.err
	}
	_, err := c.send(ctx, &cancelOp, c.endpoints.Cancel, id, transport.Request{})
	return err
}

// judgeCancel counts "it is not there" as done when an earlier attempt may
// have removed it.
func judgeCancel(r *transport.Response) transport.Verdict {
	gone := r.Status == http.StatusNotFound || r.Status == http.StatusGone
	if gone && r.Unsettled {
		return transport.Verdict{Result: transport.ResultDone}
	}
	return judge(r)
}
