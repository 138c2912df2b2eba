// Command server is the reference server: a chatbot's bookings and contact
// requests become appointments, leads, analytics events, e-mails and texts,
// each exactly once. Without credentials it runs against built-in fakes:
//
//	go run ./examples/server
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // TIMEZONE must resolve on machines without zone files

	"github.com/centrala-go/centrala/examples/server/internal/app"
	"github.com/centrala-go/centrala/examples/server/internal/config"
)

// The exit codes: a wrong configuration is told apart from a failure.
const (
	exitFailure = 1
	exitUsage   = 2
)

func main() { os.Exit(untilSignal()) }

// untilSignal runs the server until Ctrl-C or SIGTERM; a second one kills it.
func untilSignal() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c, err := config.Load(args, getenv, stderr) //nolint:contextcheck // reading a secret needs none
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	if err := app.Check(c); err != nil {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	if c.Check {
		app.PrintVendors(stdout, c)
		return 0
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	if err := serve(ctx, c, log, stdout); err != nil {
		log.Error("server failed", "error", err)
		return exitFailure
	}
	return 0
}

func serve(ctx context.Context, c config.Config, log *slog.Logger, stdout io.Writer) error {
	var box *app.Sandbox
	if c.Sandbox {
		var err error
		if box, err = app.StartSandbox(&c); err != nil {
			return err
		}
		defer box.Close()
	} else {
		app.LogOff(log, c)
	}
	a, err := app.Start(ctx, c, log)
	if err != nil {
		return err
	}
	if box != nil {
		box.Print(stdout, a.URL, c)
	} else {
		fmt.Fprintln(stdout, "listening on", a.URL)
	}
	return a.Wait(ctx)
}
