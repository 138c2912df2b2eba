// Package app puts the reference server together: configuration, vendors,
// store, job engine and HTTP.
package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/centrala-go/centrala/examples/server/internal/config"
	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/examples/server/internal/httpapi"
	"github.com/centrala-go/centrala/examples/server/internal/scenario"
)

// drain is how long requests and steps may finish when the server stops.
const drain = 20 * time.Second

// App is a running server. Create one with Start.
type App struct {
	// URL is where the server listens.
	URL   string
	store flow.Store
	http  *http.Server
	done  chan error
}

// Start opens the store, takes up unfinished flows and listens.
func Start(ctx context.Context, c config.Config, log *slog.Logger) (*App, error) {
	store, err := open(ctx, c.DatabaseURL, log)
	if err != nil {
		return nil, err
	}
	a := &App{store: store, done: make(chan error, 1)}
	if err := a.serve(ctx, c, log); err != nil {
		return nil, errors.Join(err, store.Close(ctx))
	}
	return a, nil
}

// open opens the store that a DATABASE_URL names.
func open(ctx context.Context, url string, log *slog.Logger) (flow.Store, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return flow.OpenSQLite(ctx, path, log)
	}
	return flow.OpenPostgres(ctx, url, log)
}

func (a *App) serve(ctx context.Context, c config.Config, log *slog.Logger) error {
	vendors, err := connect(c, a.store, log)
	if err != nil {
		return err
	}
	engine := flow.NewEngine(a.store, c.StepLease, log, scenario.Kinds(vendors)...)
	handler, err := httpapi.New(c, engine, a.store, vendors, log) //nolint:contextcheck // reading a secret needs none
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return err
	}
	if err := engine.Run(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	a.URL = "http://" + l.Addr().String()
	a.http = &http.Server{
		Handler: handler, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	go func() { a.done <- a.http.Serve(l) }()
	return nil
}

// Wait returns when ctx ends or the listener fails, after a clean shutdown:
// requests in progress are answered and running steps finish.
func (a *App) Wait(ctx context.Context) error {
	var err error
	select {
	case <-ctx.Done():
	case err = <-a.done:
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	return errors.Join(err, a.http.Shutdown(stop), a.store.Close(stop))
}
