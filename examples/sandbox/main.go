// Command sandbox runs the fakes of all vendors as one process, for
// integration tests in any language:
//
//	go run ./examples/sandbox
//
// It prints the environment that points the reference server, or a program of
// yours, at them. GET /_fake/state tells what took effect at a fake, POST
// /_fake/faults makes it fail, POST /_fake/reset forgets recorded requests and
// pending faults.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/centrala-go/centrala/analytics/analyticstest"
	"github.com/centrala-go/centrala/booksy/booksytest"
	"github.com/centrala-go/centrala/callyzer/callyzertest"
	"github.com/centrala-go/centrala/chatfuel/chatfueltest"
	"github.com/centrala-go/centrala/examples/internal/fakes"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/notify/notifytest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// vendors are in the order of their ports.
var vendors = []string{"monday", "booksy", "analytics", "sendgrid", "twilio", "callyzer", "chatfuel"}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	host := flags.String("host", "127.0.0.1", "address to listen on")
	port := flags.Int("port", 9101, "port of the first fake; 0 takes free ports")
	if err := flags.Parse(args); err != nil {
		return err
	}
	f, err := fakes.StartAt(addresses(*host, *port))
	if err != nil {
		return err
	}
	defer f.Close()
	environment(out, f)
	<-ctx.Done()
	return nil
}

func addresses(host string, first int) map[string]string {
	at := map[string]string{}
	for i, name := range vendors {
		port := 0
		if first != 0 {
			port = first + i
		}
		at[name] = host + ":" + strconv.Itoa(port)
	}
	return at
}

// environment prints what a program needs to talk to the fakes.
func environment(out io.Writer, f *fakes.Fakes) {
	for _, v := range [][2]string{
		{"MONDAY_API_URL", f.URLs["monday"] + "/v2"}, {"MONDAY_API_TOKEN", mondaytest.Token}, {"MONDAY_BOARD_ID", mondaytest.BoardID},
		{"BOOKSY_API_URL", f.URLs["booksy"]}, {"BOOKSY_API_KEY", booksytest.Key}, {"BOOKSY_LIST_PATH", fakes.ListPath},
		{"GA_API_URL", f.URLs["analytics"]}, {"GA_MEASUREMENT_ID", analyticstest.MeasurementID}, {"GA_API_SECRET", analyticstest.APISecret},
		{"SENDGRID_API_URL", f.URLs["sendgrid"]}, {"SENDGRID_API_KEY", notifytest.SendGridKey}, {"EMAIL_FROM", "biuro@example.com"},
		{"TWILIO_API_URL", f.URLs["twilio"]}, {"TWILIO_ACCOUNT_SID", notifytest.TwilioAccount},
		{"TWILIO_AUTH_TOKEN", notifytest.TwilioToken}, {"TWILIO_PHONE_NUMBER", notifytest.TwilioNumber},
		{"CALLYZER_API_URL", callyzertest.BaseURL(f.URLs["callyzer"])}, {"CALLYZER_API_TOKEN", callyzertest.Token},
		{"CHATFUEL_API_URL", f.URLs["chatfuel"]}, {"CHATFUEL_BOT_ID", chatfueltest.BotID}, {"CHATFUEL_TOKEN", chatfueltest.Token},
	} {
		fmt.Fprintf(out, "%s=%s\n", v[0], v[1])
	}
}
