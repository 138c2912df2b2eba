package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/centrala-go/centrala/webhook"
)

// queue is the River queue of all steps.
const queue = "steps"

// stepArgs are the arguments of a step's job.
type stepArgs struct {
	FlowID string `json:"flow_id"`
	Step   string `json:"step"`
}

// Kind implements river.JobArgs.
func (stepArgs) Kind() string { return "flow_step" }

func params(steps []stepArgs) []river.InsertManyParams {
	all := make([]river.InsertManyParams, len(steps))
	for i, s := range steps {
		all[i] = river.InsertManyParams{Args: s, InsertOpts: &river.InsertOpts{Queue: queue}}
	}
	return all
}

// migrateJobs brings River's own tables up to date.
func migrateJobs[TTx any](ctx context.Context, driver riverdriver.Driver[TTx]) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("migrating jobs: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrating jobs: %w", err)
	}
	return nil
}

// Run implements Store.
func (s *store[TTx]) Run(ctx context.Context, do func(context.Context, string, string) Decision) error {
	s.loud.Set(slog.LevelWarn)
	workers := river.NewWorkers()
	river.AddWorker(workers, &stepWorker[TTx]{store: s, do: do})
	river.AddWorker(workers, &purgeWorker{claims: s.claims})
	client, err := river.NewClient(s.driver, &river.Config{
		Queues:               map[string]river.QueueConfig{queue: {MaxWorkers: s.workers, FetchCooldown: 10 * time.Millisecond}},
		PeriodicJobs:         []*river.PeriodicJob{purging()},
		Workers:              workers,
		Logger:               slog.New(minLevel{s.log.Handler(), &s.loud}),
		JobTimeout:           3 * time.Minute,
		RescueStuckJobsAfter: 5 * time.Minute,
	})
	if err != nil {
		return fmt.Errorf("job engine: %w", err)
	}
	s.client = client
	if err := s.recover(ctx); err != nil {
		return fmt.Errorf("recovering jobs: %w", err)
	}
	// The client stops by Close, not when the starting context ends.
	return client.Start(context.WithoutCancel(ctx))
}

// recover enqueues the steps whose jobs an earlier process was running when it
// ended. River itself would rescue those jobs minutes later; when it does, or
// when another process is alive and running them, the claim lets only one job
// act.
func (s *store[TTx]) recover(ctx context.Context) error {
	list := river.NewJobListParams().Kinds(stepArgs{}.Kind()).States(rivertype.JobStateRunning).First(10_000)
	found, err := s.client.JobList(ctx, list)
	if err != nil || len(found.Jobs) == 0 {
		return err
	}
	steps := make([]stepArgs, len(found.Jobs))
	for i, job := range found.Jobs {
		if err := json.Unmarshal(job.EncodedArgs, &steps[i]); err != nil {
			return err
		}
	}
	s.log.Info("taking up steps that were running when the last process ended", "steps", len(steps))
	_, err = s.client.InsertMany(ctx, params(steps))
	return err
}

func (s *store[TTx]) enqueue(ctx context.Context, tx TTx, flowID string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	steps := make([]stepArgs, len(names))
	for i, name := range names {
		steps[i] = stepArgs{flowID, name}
	}
	_, err := s.client.InsertManyTx(ctx, tx, params(steps))
	return err
}

// stepWorker runs a step's job and commits what was decided.
type stepWorker[TTx any] struct {
	river.WorkerDefaults[stepArgs]
	store *store[TTx]
	do    func(context.Context, string, string) Decision
}

// Work implements river.Worker.
func (w *stepWorker[TTx]) Work(ctx context.Context, job *river.Job[stepArgs]) error {
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

// purgeArgs is the hourly job that forgets claims whose time is over.
type purgeArgs struct{}

// Kind implements river.JobArgs.
func (purgeArgs) Kind() string { return "purge_claims" }

// purging runs at start too, but once an hour however often the process is
// started.
func purging() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(time.Hour), func() (river.JobArgs, *river.InsertOpts) {
		return purgeArgs{}, &river.InsertOpts{Queue: queue, Priority: 4, UniqueOpts: river.UniqueOpts{ByPeriod: time.Hour}}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

type purgeWorker struct {
	river.WorkerDefaults[purgeArgs]
	claims webhook.Store
}

// Work implements river.Worker. It deletes in small transactions, so that
// nobody waits long.
func (w *purgeWorker) Work(ctx context.Context, _ *river.Job[purgeArgs]) error {
	const batch = 1000
	for {
		if n, err := w.claims.Purge(ctx, batch); err != nil || n < batch {
			return err
		}
	}
}

// minLevel keeps the job engine's progress reports out of the log.
type minLevel struct {
	slog.Handler
	level slog.Leveler
}

// Enabled implements slog.Handler.
func (h minLevel) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.level.Level() && h.Handler.Enabled(ctx, l)
}
