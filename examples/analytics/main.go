// Command analytics sends the events of one chatbot conversation to Google
// Analytics 4. With GA_MEASUREMENT_ID and GA_API_SECRET it writes to a real
// stream; without, to a fake in the same process, and shows what arrived:
//
//	go run ./examples/analytics
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/centrala-go/centrala/analytics"
	"github.com/centrala-go/centrala/analytics/analyticstest"
	"github.com/centrala-go/centrala/transport"
)

func main() {
	if err := run(context.Background(), os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, getenv func(string) string, out io.Writer) error {
	cfg := analytics.Config{MeasurementID: getenv("GA_MEASUREMENT_ID"), APISecret: getenv("GA_API_SECRET")}
	var opts []transport.Option
	if cfg.MeasurementID == "" && cfg.APISecret == "" {
		srv := analyticstest.New(analyticstest.Config{})
		cfg = analytics.Config{
			MeasurementID: analyticstest.MeasurementID, APISecret: analyticstest.APISecret, BaseURL: analyticstest.URL,
		}
		opts = append(opts, transport.WithTransport(srv.Transport()))
		defer show(out, srv)
	}
	c, err := analytics.New(cfg, opts...)
	if err != nil {
		return err
	}
	req, err := conversation("chat user 42")
	if err != nil {
		return err
	}
	return send(ctx, c, req, out)
}

// conversation is what one person did in the chat. The client id comes from
// the chat's own user id, so that the person stays one user in the reports.
func conversation(user string) (analytics.Request, error) {
	req := analytics.Request{ClientID: analytics.ClientIDFor(user), Session: analytics.NewSession(time.Now())}
	for _, e := range []analytics.ChatbotEvent{
		{Action: analytics.ConversationStarted, Channel: analytics.WhatsApp},
		{Action: analytics.ContactFormFilled, Channel: analytics.WhatsApp},
		{Action: analytics.MeetingBooked, Channel: analytics.WhatsApp, Value: new(250.0)},
	} {
		event, err := e.Event()
		if err != nil {
			return req, err
		}
		req.Events = append(req.Events, event)
	}
	return req, nil
}

// send asks Google's validation server first: good while setting up, too slow
// for every event.
func send(ctx context.Context, c *analytics.Client, req analytics.Request, out io.Writer) error {
	messages, err := c.Validate(ctx, req)
	if err != nil {
		return err
	}
	for _, m := range messages {
		fmt.Fprintln(out, "the server objects:", m.FieldPath, m.Description)
	}
	if _, err := c.Send(ctx, req); err != nil {
		return fmt.Errorf("the events are %s: %w", transport.OutcomeOf(err), err)
	}
	fmt.Fprintln(out, "sent", len(req.Events), "events")
	return nil
}

func show(out io.Writer, srv *analyticstest.Server) {
	for _, e := range srv.Events() {
		fmt.Fprintln(out, "arrived:", e.Name, e.Params["event_label"])
	}
}
