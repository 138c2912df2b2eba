package flow

import (
	"context"
	"encoding/json"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

// Store keeps flows and the jobs that run their steps in one database, so that
// both change in one transaction.
type Store interface {
	// Create inserts a flow and the jobs of its first steps. When the kind and
	// key are known already it returns the flow that is there, and false.
	Create(ctx context.Context, f *Flow, first []string) (*Flow, bool, error)
	// Flow returns a flow with its steps, or ErrNotFound.
	Flow(ctx context.Context, id string) (*Flow, error)
	// List returns flows, newest first, that are older than the cursor (0: all).
	List(ctx context.Context, limit int, before int64) ([]*Flow, error)
	// Refs returns what steps of a vendor have made since a time: the ids that
	// belong to other flows when an effect is looked for.
	Refs(ctx context.Context, vendor string, since time.Time) ([]string, error)
	// Claim claims a step's effect and, when the claim is acquired, marks the
	// step as running and counts the attempt, also in f. An attempt that is
	// watched will announce its requests: when it lapses without having
	// announced one, the next claim is not Unsettled on its account.
	Claim(ctx context.Context, f *Flow, step string, lease time.Duration, watched bool) (webhook.Outcome, error)
	// Announce notes that the attempt is about to send a request. It fails with
	// webhook.ErrLeaseLost when another attempt has claimed the step since: the
	// request must not be sent then, nor after any other error.
	Announce(ctx context.Context, id, step string, attempt int) error
	// Rest gives a claim back and marks the step as waiting for its next attempt.
	Rest(ctx context.Context, id, step string, c webhook.Claim, r webhook.Release, problem string) error
	// Reopen makes all steps of a failed flow pending again and enqueues its
	// first ones. It returns false when the flow is no longer failed.
	Reopen(ctx context.Context, id string, first []string) (bool, error)
	// Claims is the store of claims in the same database.
	Claims() webhook.Store
	// Run starts the workers: each job is handed to do, and what it decides is
	// committed together with the job's completion. Jobs that an earlier process
	// was running when it ended are enqueued again first.
	Run(ctx context.Context, do func(ctx context.Context, id, step string) Decision) error
	// Ping reports whether the database answers.
	Ping(ctx context.Context) error
	// Close stops the workers, letting running steps finish until ctx ends,
	// and closes the database.
	Close(ctx context.Context) error
}

// Decision is what becomes of a step's job after an attempt.
type Decision struct {
	// Again runs the job again after this long; nothing else is set then.
	Again time.Duration
	// Nothing completes the job without a change: the step is final already.
	Nothing bool
	// Step is the step's final state.
	Step StepEnd
	// Withheld are steps that will not run, Next steps that may now run.
	Withheld, Next []string
	// Claim is settled together with the step: completed when the step is done,
	// given up when it is unknown, free again when it failed without effect.
	Claim webhook.Claim
	// Committed is called once all of this is durable.
	Committed func()
}

// StepEnd is the final state of a step.
type StepEnd struct {
	FlowID, Name string
	State        State
	Ref, Error   string
	Result       json.RawMessage
	// Reason is the error text of withheld steps.
	Reason string
}
