package effect

import (
	"cmp"
	"context"
	"crypto/rand"
	"time"

	"github.com/centrala-go/centrala/analytics"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
)

// Google is an Analytics on a GA4 property.
type Google struct{ Client *analytics.Client }

var _ Analytics = (*Google)(nil)

// Count implements Analytics. Google offers no way to find an event, so an
// unsettled one stays so.
func (g *Google) Count(ctx context.Context, e Event, at Attempt) error {
	if at.Unsettled {
		return flow.ErrCannotSettle
	}
	event, err := analytics.UAEvent{
		Category: cmp.Or(e.Category, "Chatbot"), Action: e.Action, Label: cmp.Or(e.Label, e.Source), Value: e.Value, DataSource: "chatbot",
	}.Event()
	if err != nil {
		return err
	}
	at.Since = cmp.Or(at.Since, time.Now())
	_, err = g.Client.Send(ctx, analytics.Request{
		// Somebody who is not known gets an id of their own, like a new browser.
		ClientID: analytics.ClientIDFor(cmp.Or(e.UserID, rand.Text())),
		// An event counts when it happened, however late it is delivered, and in
		// one session with the person's others of the same half hour.
		Time: at.Since, Session: analytics.NewSession(at.Since.Truncate(session)),
		Events: []analytics.Event{event},
	})
	return err
}

// session is how long a visit lasts, as Google counts by default.
const session = 30 * time.Minute
