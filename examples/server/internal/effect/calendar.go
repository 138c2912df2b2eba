package effect

import (
	"context"

	"github.com/centrala-go/centrala/booksy"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
)

// Booksy is a Calendar.
type Booksy struct {
	Client *booksy.Client
	// Readable says that appointments can be listed, so that one with unknown
	// outcome can be found.
	Readable bool
}

var _ Calendar = (*Booksy)(nil)

// Settles implements Calendar.
func (b *Booksy) Settles() bool { return b.Readable }

// Make implements Calendar. An unsettled appointment is looked for before it
// is made.
func (b *Booksy) Make(ctx context.Context, a Appointment, at Attempt) (Confirmation, error) {
	if at.Unsettled && !b.Readable {
		return Confirmation{}, flow.ErrCannotSettle
	}
	made, err := b.Client.Create(ctx, booksy.CreateRequest{
		CustomerName: a.Name, CustomerEmail: a.Email, CustomerPhone: a.Phone,
		Date: a.Date, Time: a.Time, ServiceID: a.ServiceID, StaffID: a.StaffID, MaybeSent: at.Unsettled,
	})
	return confirm(made), err
}

// Slots implements Calendar.
func (b *Booksy) Slots(ctx context.Context, date, serviceID, staffID string) ([]string, error) {
	slots, err := b.Client.Availability(ctx, booksy.AvailabilityParams{Date: date, ServiceID: serviceID, StaffID: staffID})
	if err != nil {
		return nil, err
	}
	times := make([]string, len(slots))
	for i, s := range slots {
		times[i] = s.Time
	}
	return times, nil
}

// Move implements Calendar.
func (b *Booksy) Move(ctx context.Context, id, date, clock string) (Confirmation, error) {
	moved, err := b.Client.Reschedule(ctx, booksy.RescheduleRequest{ID: id, Date: date, Time: clock})
	return confirm(moved), err
}

// Cancel implements Calendar.
func (b *Booksy) Cancel(ctx context.Context, id string) error { return b.Client.Cancel(ctx, id) }

func confirm(a booksy.Appointment) Confirmation {
	return Confirmation{ID: a.ID, Date: a.Date, Time: a.Time, Service: a.ServiceName, Staff: a.StaffName}
}
