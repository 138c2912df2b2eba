// Command callyzer prints the calls of the last seven days and what each
// employee did. With CALLYZER_API_TOKEN it asks the real account, whose zone is
// TIMEZONE (Europe/Warsaw by default); without, a fake in the same process:
//
//	go run ./examples/callyzer
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"time"
	_ "time/tzdata" // TIMEZONE must resolve on machines without zone files

	"github.com/centrala-go/centrala/callyzer"
	"github.com/centrala-go/centrala/callyzer/callyzertest"
	"github.com/centrala-go/centrala/transport"
)

func main() {
	if err := run(context.Background(), os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, getenv func(string) string, out io.Writer) error {
	zone, err := time.LoadLocation(cmp.Or(getenv("TIMEZONE"), "Europe/Warsaw"))
	if err != nil {
		return err
	}
	cfg := callyzer.Config{Token: getenv("CALLYZER_API_TOKEN"), BaseURL: getenv("CALLYZER_API_URL")}
	var opts []transport.Option
	if cfg.Token == "" {
		cfg = callyzer.Config{Token: callyzertest.Token, BaseURL: callyzertest.URL}
		opts = append(opts, transport.WithTransport(account(zone).Transport()))
	}
	c, err := callyzer.New(cfg, opts...)
	if err != nil {
		return err
	}
	week := callyzer.CallParams{CallFrom: time.Now().AddDate(0, 0, -7), Channels: callyzer.AllChannels()}
	if err := calls(ctx, c, week, zone, out); err != nil {
		return err
	}
	week.Channels = nil // totals are per channel; these are of ordinary calls
	return totals(ctx, c, week, out)
}

func calls(ctx context.Context, c *callyzer.Client, p callyzer.CallParams, zone *time.Location, out io.Writer) error {
	for call, err := range c.History(ctx, p) {
		if err != nil {
			return err
		}
		at, err := call.StartedAt(zone)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s  %-8s %s with %s for %v\n",
			at.Format("Mon 15:04"), call.Type, call.EmployeeName, call.ClientNumber, call.Duration)
	}
	return nil
}

func totals(ctx context.Context, c *callyzer.Client, p callyzer.CallParams, out io.Writer) error {
	for s, err := range c.EmployeeSummaries(ctx, p) {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: %d calls, %d missed, %v in all\n", s.Name, s.Totals.Calls, s.Totals.Missed, s.Totals.Duration)
	}
	return nil
}

// account is a fake with a few calls of yesterday.
func account(zone *time.Location) *callyzertest.Server {
	srv := callyzertest.New(callyzertest.Config{Location: zone, Employees: []callyzer.Employee{
		{Name: "Ada", CountryCode: "48", Number: "600100200"}, {Name: "Ben", CountryCode: "48", Number: "600100300"},
	}})
	y, m, d := time.Now().In(zone).AddDate(0, 0, -1).Date()
	nine := time.Date(y, m, d, 9, 0, 0, 0, zone)
	srv.AddCall(nine, callyzer.Call{EmployeeNumber: "600100200", ClientNumber: "500600700", Type: callyzer.Incoming, Duration: 95 * time.Second})
	srv.AddCall(nine.Add(time.Hour), callyzer.Call{EmployeeNumber: "600100200", ClientNumber: "500600701", Type: callyzer.Missed})
	srv.AddCall(nine.Add(2*time.Hour), callyzer.Call{
		EmployeeNumber: "600100300", ClientNumber: "500600702", Type: callyzer.Outgoing, Duration: time.Minute,
		Channel: callyzer.WhatsAppVoice(),
	})
	return srv
}
