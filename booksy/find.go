package booksy

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/centrala-go/centrala/transport"
)

var listOp = transport.Op{Name: "booksy.list", Safety: transport.Read}

// FindParams say what makes an appointment recognisable. Date and
// CustomerPhone are required; an empty Time, ServiceID or StaffID matches any.
type FindParams struct {
	Date          string
	CustomerPhone string
	Time          string
	ServiceID     string
	StaffID       string
}

func (r *CreateRequest) find() FindParams {
	return FindParams{Date: r.Date, CustomerPhone: r.CustomerPhone, Time: r.Time, ServiceID: r.ServiceID, StaffID: r.StaffID}
}

// Appointments returns the appointments of a day that belong to a phone
// number, as Endpoints.List gives them; cancelled ones may be among them. It
// only reads and is repeated after any transient failure. A list that leaves out
// what tells appointments apart is an error: it would settle nothing.
func (c *Client) Appointments(ctx context.Context, p FindParams) ([]Appointment, error) {
	if err := c.checkFind(p); err != nil {
		return nil, err
	}
	resp, err := c.send(ctx, &listOp, c.endpoints.List, "", transport.Request{
		Query: url.Values{"date": {p.Date}, "customer_phone": {p.CustomerPhone}},
	})
	if err != nil {
		return nil, err
	}
	list, err := c.codec.DecodeList(resp.Body)
	if err != nil {
		return nil, malformed(&listOp, resp, transport.Rejected, err)
	}
	if slices.ContainsFunc(list, p.incomparable) {
		return nil, malformed(&listOp, resp, transport.Rejected, errIncomparable)
	}
	return slices.DeleteFunc(list, func(a Appointment) bool { return !p.matches(a) }), nil
}

// FindAppointment looks for an appointment that stands: it settles a Create
// whose outcome is unknown, also after the process was killed. Give it what
// the CreateRequest held. It needs Endpoints.List, only reads, and answers
// false when there is no such appointment at this moment: the vendor may still
// be working on a request sent shortly before.
func (c *Client) FindAppointment(ctx context.Context, p FindParams) (Appointment, bool, error) {
	list, err := c.Appointments(ctx, p)
	if err != nil {
		return Appointment{}, false, err
	}
	for _, a := range list {
		if a.stands() {
			return a, true, nil
		}
	}
	return Appointment{}, false, nil
}

func (c *Client) checkFind(p FindParams) error {
	check := checker{op: listOp.Name}
	check.require(c.endpoints.List.configured(), "Endpoints.List", "is not configured")
	check.date(p.Date)
	check.phone("CustomerPhone", p.CustomerPhone)
	if p.Time != "" {
		check.clock("Time", p.Time)
	}
	return check.err
}

var errIncomparable = errors.New("the list leaves out an id, date, time, phone, service or staff member to compare")

// incomparable reports whether a lacks what it takes to tell it apart. Such a
// list settles nothing: "not found" would lead to a second booking.
func (p *FindParams) incomparable(a Appointment) bool {
	return a.ID == "" || a.Date == "" || a.Time == "" || a.CustomerPhone == "" ||
		p.ServiceID != "" && a.ServiceID == "" || p.StaffID != "" && a.StaffID == ""
}

// matches compares everything locally, because a route that ignores a
// parameter would otherwise lend us somebody else's appointment.
func (p *FindParams) matches(a Appointment) bool {
	same := func(want, got string) bool { return want == "" || want == got }
	return a.Date == p.Date && samePhone(a.CustomerPhone, p.CustomerPhone) &&
		same(p.Time, a.Time) && same(p.ServiceID, a.ServiceID) && same(p.StaffID, a.StaffID)
}

// samePhone compares digits. With and without the country code is the same
// number when at least nine digits agree.
func samePhone(a, b string) bool {
	a, b = strings.TrimLeft(digits(a), "0"), strings.TrimLeft(digits(b), "0")
	if len(a) > len(b) {
		a, b = b, a
	}
	return a != "" && (a == b || len(a) >= 9 && strings.HasSuffix(b, a))
}

// stands reports whether the appointment still holds its slot.
func (a Appointment) stands() bool {
	switch strings.ToLower(a.Status) {
	case "c", "cancelled", "canceled", "d", "declined", "n", "no_show", "no-show":
		return false
	}
	return true
}
