package booksy

import (
	"cmp"
	"context"
	"net/url"

	"github.com/centrala-go/centrala/transport"
)

var availabilityOp = transport.Op{Name: "booksy.availability", Safety: transport.Read}

// AvailabilityParams says whose free slots are wanted. All fields are required.
type AvailabilityParams struct {
	// Date is YYYY-MM-DD.
	Date      string
	ServiceID string
	StaffID   string
}

// Availability returns the free slots of a day, possibly none. It only reads
// and is repeated after any transient failure. An answer without a list of
// slots matches transport.ErrUnavailable.
func (c *Client) Availability(ctx context.Context, p AvailabilityParams) ([]Slot, error) {
	check := checker{op: availabilityOp.Name}
	check.date(p.Date)
	check.id("ServiceID", p.ServiceID)
	check.id("StaffID", p.StaffID)
	if check.err != nil {
		return nil, check.err
	}
	resp, err := c.send(ctx, &availabilityOp, c.endpoints.Availability, "", transport.Request{
		Query: url.Values{"date": {p.Date}, "service_id": {p.ServiceID}, "staff_id": {p.StaffID}},
	})
	if err != nil {
		return nil, err
	}
	slots, err := c.codec.DecodeSlots(resp.Body)
	if err != nil {
		return nil, malformed(&availabilityOp, resp, transport.Rejected, err)
	}
	for i := range slots {
		s := &slots[i]
		s.Date = cmp.Or(s.Date, p.Date)
		s.ServiceID, s.StaffID = cmp.Or(s.ServiceID, p.ServiceID), cmp.Or(s.StaffID, p.StaffID)
	}
	return slots, nil
}
