package flow

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"

	"github.com/centrala-go/centrala/webhook"
)

// store is a Store on any database that River has a driver for. TTx is the
// transaction type that River's driver and the claims share.
type store[TTx any] struct {
	driver  riverdriver.Driver[TTx]
	claims  claims[TTx]
	workers int
	log     *slog.Logger
	client  *river.Client[TTx]
	loud    slog.LevelVar // from which level on the job engine is heard

	reads  session
	within func(TTx) session
	// lightly runs work in a commit that does not wait for the disk; it lasts
	// for as long as boot, asked in the claim's transaction, gives the same
	// name. "" is the name of nothing that lasts.
	lightly  func(ctx context.Context, work func(session) error) error
	boot     func(ctx context.Context, s session) (string, error)
	begin    func(ctx context.Context, work func(TTx) error) error
	complete func(ctx context.Context, tx TTx, job *river.Job[stepArgs]) error
	ping     func(ctx context.Context) error
	close    func() error
}

// claims is a webhook.Store that takes part in the caller's transactions.
type claims[TTx any] interface {
	webhook.Store
	BeginTx(ctx context.Context, tx TTx, r webhook.BeginRequest) (webhook.Outcome, error)
	CompleteTx(ctx context.Context, tx TTx, c webhook.Claim, result []byte, ttl time.Duration) error
	ReleaseTx(ctx context.Context, tx TTx, c webhook.Claim, r webhook.Release) error
}

// Create implements Store.
func (s *store[TTx]) Create(ctx context.Context, f *Flow, first []string) (*Flow, bool, error) {
	created := false
	err := s.begin(ctx, func(tx TTx) (err error) {
		if created, err = insert(ctx, s.within(tx), f); err != nil || !created {
			return err
		}
		return s.enqueue(ctx, tx, f.ID, first)
	})
	if err != nil || created {
		return f, created, err
	}
	got, err := selectOne(ctx, s.reads, "kind = ?1 AND key = ?2", f.Kind, f.Key)
	return got, false, err
}

// Flow implements Store.
func (s *store[TTx]) Flow(ctx context.Context, id string) (*Flow, error) {
	return selectOne(ctx, s.reads, "id = ?1", id)
}

// List implements Store.
func (s *store[TTx]) List(ctx context.Context, limit int, before int64) ([]*Flow, error) {
	return selectFlows(ctx, s.reads, "(CAST(?1 AS BIGINT) = 0 OR seq < CAST(?1 AS BIGINT)) ORDER BY seq DESC LIMIT ?2", before, int64(limit))
}

// Refs implements Store.
func (s *store[TTx]) Refs(ctx context.Context, vendor string, since time.Time) ([]string, error) {
	return selectRefs(ctx, s.reads, vendor, since)
}

// errFinal rolls a claim back when its step needs none any more.
var errFinal = errors.New("the step is final")

// Claim implements Store. A step that is final is answered as done.
func (s *store[TTx]) Claim(ctx context.Context, f *Flow, step string, lease time.Duration, watched bool) (out webhook.Outcome, err error) {
	a := attempt{flowID: f.ID, step: step}
	err = s.begin(ctx, func(tx TTx) (err error) {
		out, err = s.claims.BeginTx(ctx, tx, webhook.BeginRequest{Key: claimKey(f.ID, step), Lease: lease})
		if err != nil || out.State != webhook.StateAcquired {
			return err
		}
		if a.boot, err = s.boot(ctx, s.within(tx)); err != nil {
			return err
		}
		a.watched, a.unsettled = watched && a.boot != "", out.Claim.Unsettled
		return a.start(ctx, s.within(tx))
	})
	switch {
	case errors.Is(err, errFinal):
		return webhook.Outcome{State: webhook.StateDone}, nil
	case err == nil && out.State == webhook.StateAcquired:
		out.Claim.Unsettled = a.unsettled
		st := f.Step(step)
		st.State, st.Attempts, st.StartedAt = Running, a.number, a.startedAt
	}
	return out, err
}

// Announce implements Store.
func (s *store[TTx]) Announce(ctx context.Context, id, step string, attempt int) error {
	return s.lightly(ctx, func(on session) error { return announce(ctx, on, id, step, attempt) })
}

// Rest implements Store.
func (s *store[TTx]) Rest(ctx context.Context, id, step string, c webhook.Claim, r webhook.Release, problem string) error {
	return s.begin(ctx, func(tx TTx) error {
		if err := s.claims.ReleaseTx(ctx, tx, c, r); err != nil {
			return err
		}
		return restStep(ctx, s.within(tx), id, step, problem, r.Unsettled)
	})
}

// Reopen implements Store. The claims of failed steps are free already.
func (s *store[TTx]) Reopen(ctx context.Context, id string, first []string) (bool, error) {
	reopened := false
	err := s.begin(ctx, func(tx TTx) error {
		f, err := selectOne(ctx, s.within(tx), "id = ?1", id)
		if err != nil || f.State() != Failed || anyEffect(f) {
			return err
		}
		reopened = true
		if err := reopenSteps(ctx, s.within(tx), id); err != nil {
			return err
		}
		return s.enqueue(ctx, tx, id, first)
	})
	return reopened, err
}

// commit makes a step's end durable: the claim, its state, what follows and
// the job, all in one transaction.
func (s *store[TTx]) commit(ctx context.Context, job *river.Job[stepArgs], d Decision) error {
	return s.begin(ctx, func(tx TTx) error {
		if err := s.settle(ctx, tx, d); err != nil {
			return err
		}
		if err := endStep(ctx, s.within(tx), d); err != nil {
			return err
		}
		if err := s.enqueue(ctx, tx, d.Step.FlowID, d.Next); err != nil {
			return err
		}
		return s.complete(ctx, tx, job)
	})
}

// settle ends the claim as the step ended.
func (s *store[TTx]) settle(ctx context.Context, tx TTx, d Decision) error {
	switch d.Step.State {
	case Done:
		return s.claims.CompleteTx(ctx, tx, d.Claim, nil, 0)
	case Unknown:
		return s.claims.ReleaseTx(ctx, tx, d.Claim, webhook.Release{Final: true, Unsettled: true, Cause: "outcome unknown"})
	default:
		return s.claims.ReleaseTx(ctx, tx, d.Claim, webhook.Release{Cause: "failed without effect"})
	}
}

// Claims implements Store.
func (s *store[TTx]) Claims() webhook.Store { return s.claims }

// Ping implements Store.
func (s *store[TTx]) Ping(ctx context.Context) error { return s.ping(ctx) }

// Close implements Store.
func (s *store[TTx]) Close(ctx context.Context) error {
	var err error
	if s.client != nil {
		s.loud.Set(slog.LevelError + 1) // it reports as errors what stopping interrupts
		if err = s.client.Stop(ctx); err != nil {
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			err = s.client.StopAndCancel(stop)
		}
	}
	return errors.Join(err, s.close())
}
