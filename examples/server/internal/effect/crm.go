package effect

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/webhook"
)

// Monday is a CRM on a monday board.
type Monday struct {
	Client  *monday.Client
	BoardID string
	// Columns maps the fields of a lead to column ids; an empty id leaves the
	// field out.
	Columns map[string]string
	// Claims serialises the saving of one customer, also across processes, so
	// that two requests at once do not create two leads.
	Claims webhook.Store
	// Lease is how long a killed process's turn lasts.
	Lease time.Duration
}

var _ CRM = (*Monday)(nil)

// Save implements CRM. Looking for the customer comes before every creation,
// so an unsettled attempt needs nothing more.
func (m *Monday) Save(ctx context.Context, lead Lead, at Attempt) (string, error) {
	ctx, release, err := m.turn(ctx, lead)
	if err != nil {
		return "", err
	}
	defer release()
	found, err := m.find(ctx, lead)
	if err != nil {
		return "", fmt.Errorf("looking for the lead: %w", err)
	}
	if found == nil {
		return m.create(ctx, lead)
	}
	if at.Unsettled && lead.Key != "" && found.Text(m.Columns["key"]) == lead.Key {
		return found.ID, nil // an earlier attempt created or updated it
	}
	return found.ID, m.update(ctx, found.ID, lead)
}

func (m *Monday) create(ctx context.Context, lead Lead) (string, error) {
	item, err := m.Client.CreateItem(ctx, monday.CreateItemRequest{
		BoardID: m.BoardID, Name: lead.Name, Columns: m.columns(lead), CreateLabels: true,
		Call: monday.Call{IdempotencyKey: lead.Key},
	})
	return item.ID, err
}

func (m *Monday) update(ctx context.Context, id string, lead Lead) error {
	call := monday.Call{}
	if lead.Key != "" {
		call.IdempotencyKey = lead.Key + "/update"
	}
	_, err := m.Client.ChangeColumnValues(ctx, monday.ChangeColumnValuesRequest{
		BoardID: m.BoardID, ItemID: id, Name: lead.Name, Columns: m.columns(lead), CreateLabels: true, Call: call,
	})
	return err
}

// find returns the lead with the same key, e-mail or phone, nil when there is
// none.
func (m *Monday) find(ctx context.Context, lead Lead) (*monday.Item, error) {
	for _, by := range []struct {
		field  string
		values []string // how the value may stand in the column
	}{
		{"key", []string{lead.Key}}, {"email", []string{lead.Email}},
		{"phone", []string{lead.Phone, strings.TrimPrefix(lead.Phone, "+")}},
	} {
		column := m.Columns[by.field]
		if column == "" || by.values[0] == "" {
			continue
		}
		item, err := m.first(ctx, column, by.values)
		if item != nil || err != nil {
			return item, err
		}
	}
	return nil, nil
}

func (m *Monday) first(ctx context.Context, column string, values []string) (*monday.Item, error) {
	for item, err := range m.Client.ItemsByColumnValues(ctx, monday.ItemsByColumnValuesParams{
		BoardID: m.BoardID, Match: []monday.Match{{ColumnID: column, Values: values}}, Columns: m.key(), Limit: 1,
	}) {
		if err != nil {
			return nil, err
		}
		return &item, nil
	}
	return nil, nil
}

func (m *Monday) key() []string {
	if m.Columns["key"] == "" {
		return nil
	}
	return []string{m.Columns["key"]}
}

// columns turns a lead into column values; empty fields stay untouched.
func (m *Monday) columns(lead Lead) monday.Columns {
	c := monday.Columns{}
	put := func(field, value string, v monday.Value) {
		if id := m.Columns[field]; id != "" && value != "" {
			c[id] = v
		}
	}
	put("email", lead.Email, monday.Email{Address: lead.Email, Text: lead.Email})
	put("phone", lead.Phone, monday.Phone{Number: lead.Phone, Country: "PL"})
	put("topic", lead.Topic, monday.Text(lead.Topic))
	put("source", lead.Source, monday.Status{Label: lead.Source})
	put("package", lead.Package, monday.Status{Label: lead.Package})
	put("status", lead.Status, monday.Status{Label: lead.Status})
	put("key", lead.Key, monday.Text(lead.Key))
	if d, err := time.Parse(time.DateOnly, lead.MeetingDate); err == nil {
		put("meetingDate", lead.MeetingDate, monday.Day(d.Date()))
	}
	if t, err := time.Parse("15:04", lead.MeetingTime); err == nil {
		put("meetingTime", lead.MeetingTime, monday.Hour{Hour: t.Hour(), Minute: t.Minute()})
	}
	return c
}

// turn waits until no one else saves this customer. The context it returns
// ends when the turn is lost.
func (m *Monday) turn(ctx context.Context, lead Lead) (live context.Context, release func(), err error) {
	who := cmp.Or(strings.ToLower(lead.Email), lead.Phone)
	if who == "" {
		return ctx, func() {}, nil
	}
	for {
		out, err := m.Claims.Begin(ctx, webhook.BeginRequest{Key: webhook.JoinKey("lead", who), Lease: m.Lease, Keep: time.Minute})
		switch {
		case err != nil:
			return nil, nil, notSent(err)
		case out.State == webhook.StateAcquired:
			live, stop := webhook.Heartbeat(ctx, m.Claims, out.Claim, m.Lease)
			return live, func() { stop(); m.end(ctx, out.Claim) }, nil
		}
		if err := pause(ctx, min(out.RetryAfter, 25*time.Millisecond)); err != nil {
			return nil, nil, notSent(err)
		}
	}
}

// end gives the turn back. When that fails, the next one waits for the lease.
func (m *Monday) end(ctx context.Context, c webhook.Claim) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = m.Claims.Release(ctx, c, webhook.Release{Keep: time.Minute})
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// notSent marks a failure before any vendor was asked.
func notSent(err error) error {
	return &transport.Error{Op: "lead", Outcome: transport.NotSent, Kind: transport.ErrUnavailable, Err: err}
}
