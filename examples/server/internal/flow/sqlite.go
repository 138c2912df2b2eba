package flow

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

//go:embed migrations/*.sql
var migrations embed.FS

// queue is the River queue of all steps.
const queue = "steps"

// SQLite is a Store in an embedded SQLite file.
type SQLite struct {
	db     *sql.DB
	claims *sqlitestore.Store
	river  *river.Client[*sql.Tx]
	log    *slog.Logger
}

// OpenSQLite opens or creates the database file and brings its tables up to
// date.
func OpenSQLite(ctx context.Context, path string, log *slog.Logger) (*SQLite, error) {
	db, err := sqlitestore.Open(ctx, "sqlite", path)
	if err != nil {
		return nil, err
	}
	s := &SQLite{db: db, claims: sqlitestore.New(db), log: log}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *SQLite) migrate(ctx context.Context) error {
	if err := sqlitestore.Migrate(ctx, s.db); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.db, files,
		goose.WithTableName("flow_migrations"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrating flows: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating flows: %w", err)
	}
	m, err := rivermigrate.New(riversqlite.New(s.db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("migrating jobs: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrating jobs: %w", err)
	}
	return nil
}

// stepArgs are the arguments of a step's job.
type stepArgs struct {
	FlowID string `json:"flow_id"`
	Step   string `json:"step"`
}

// Kind implements river.JobArgs.
func (stepArgs) Kind() string { return "flow_step" }

// Run implements Store.
func (s *SQLite) Run(ctx context.Context, do func(context.Context, string, string) Decision) error {
	workers := river.NewWorkers()
	river.AddWorker(workers, &stepWorker{store: s, do: do})
	client, err := river.NewClient(riversqlite.New(s.db), &river.Config{
		Queues:               map[string]river.QueueConfig{queue: {MaxWorkers: 32, FetchCooldown: 10 * time.Millisecond}},
		Workers:              workers,
		Logger:               slog.New(minLevel{s.log.Handler(), slog.LevelWarn}),
		JobTimeout:           3 * time.Minute,
		RescueStuckJobsAfter: 5 * time.Minute,
	})
	if err != nil {
		return fmt.Errorf("job engine: %w", err)
	}
	s.river = client
	if err := s.recover(ctx); err != nil {
		return fmt.Errorf("recovering jobs: %w", err)
	}
	// The client stops by Close, not when the starting context ends.
	return client.Start(context.WithoutCancel(ctx))
}

// stepWorker runs a step's job and commits what was decided.
type stepWorker struct {
	river.WorkerDefaults[stepArgs]
	store *SQLite
	do    func(context.Context, string, string) Decision
}

// Work implements river.Worker.
func (w *stepWorker) Work(ctx context.Context, job *river.Job[stepArgs]) error {
	d := w.do(ctx, job.Args.FlowID, job.Args.Step)
	switch {
	case d.Again > 0:
		return river.JobSnooze(d.Again)
	case d.Nothing:
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := w.store.commit(ctx, job, d); err != nil {
		if errors.Is(err, webhook.ErrLeaseLost) {
			return nil // another attempt owns the step and will settle it
		}
		return err
	}
	d.Committed()
	return nil
}

// commit makes a step's end durable: its state, what follows, the claim and
// the job, all in one transaction.
func (s *SQLite) commit(ctx context.Context, job *river.Job[stepArgs], d Decision) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if err := s.settle(ctx, tx, d); err != nil {
			return err
		}
		if err := endStep(ctx, tx, d); err != nil {
			return err
		}
		if err := s.enqueue(ctx, tx, d.Step.FlowID, d.Next); err != nil {
			return err
		}
		_, err := river.JobCompleteTx[*riversqlite.Driver](ctx, tx, job)
		return err
	})
}

// settle ends the claim as the step ended.
func (s *SQLite) settle(ctx context.Context, tx *sql.Tx, d Decision) error {
	switch d.Step.State {
	case Done:
		return s.claims.CompleteTx(ctx, tx, d.Claim, nil, 0)
	case Unknown:
		return s.claims.ReleaseTx(ctx, tx, d.Claim, webhook.Release{Final: true, Unsettled: true, Cause: "outcome unknown"})
	default:
		return s.claims.ReleaseTx(ctx, tx, d.Claim, webhook.Release{Cause: "failed without effect"})
	}
}

// recover enqueues the steps whose jobs an earlier process was running when it
// ended. River itself would rescue those jobs minutes later; when it does, the
// claim lets only one job act.
func (s *SQLite) recover(ctx context.Context) error {
	list := river.NewJobListParams().Kinds(stepArgs{}.Kind()).States(rivertype.JobStateRunning).First(10_000)
	found, err := s.river.JobList(ctx, list)
	if err != nil || len(found.Jobs) == 0 {
		return err
	}
	params := make([]river.InsertManyParams, 0, len(found.Jobs))
	for _, job := range found.Jobs {
		var args stepArgs
		if err := json.Unmarshal(job.EncodedArgs, &args); err != nil {
			return err
		}
		params = append(params, river.InsertManyParams{Args: args, InsertOpts: &river.InsertOpts{Queue: queue}})
	}
	s.log.Info("taking up steps that were running when the last process ended", "steps", len(params))
	_, err = s.river.InsertMany(ctx, params)
	return err
}

func (s *SQLite) enqueue(ctx context.Context, tx *sql.Tx, flowID string, steps []string) error {
	if len(steps) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(steps))
	for i, step := range steps {
		params[i] = river.InsertManyParams{Args: stepArgs{flowID, step}, InsertOpts: &river.InsertOpts{Queue: queue}}
	}
	_, err := s.river.InsertManyTx(ctx, tx, params)
	return err
}

func (s *SQLite) tx(ctx context.Context, work func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := work(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Claims implements Store.
func (s *SQLite) Claims() webhook.Store { return s.claims }

// Ping implements Store.
func (s *SQLite) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }

// Close implements Store.
func (s *SQLite) Close(ctx context.Context) error {
	var err error
	if s.river != nil {
		if err = s.river.Stop(ctx); err != nil {
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			err = s.river.StopAndCancel(stop)
		}
	}
	return errors.Join(err, s.db.Close())
}

// minLevel keeps the job engine's progress reports out of the log.
type minLevel struct {
	slog.Handler
	level slog.Level
}

// Enabled implements slog.Handler.
func (h minLevel) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.level && h.Handler.Enabled(ctx, l)
}
