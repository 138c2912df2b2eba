package flow

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/webhook"
)

// maxAttempts bounds the attempts of a step that keeps failing without
// effect; the waits between them add up to about a day.
const maxAttempts = 30

// Engine starts flows and runs their steps.
type Engine struct {
	store Store
	kinds map[string]*Kind
	lease time.Duration
	log   *slog.Logger

	mu      sync.Mutex
	waiting map[string][]chan struct{} // by flow id
}

// NewEngine returns an engine; call Run to start its workers. The lease is how
// long a killed process's step rests before another attempt settles it.
func NewEngine(store Store, lease time.Duration, log *slog.Logger, kinds ...Kind) *Engine {
	e := &Engine{store: store, kinds: map[string]*Kind{}, lease: lease, log: log, waiting: map[string][]chan struct{}{}}
	for _, k := range kinds {
		e.kinds[k.Name] = &k
	}
	return e
}

// Run starts the workers. They stop when the store is closed.
func (e *Engine) Run(ctx context.Context) error { return e.store.Run(ctx, e.attempt) }

// Start creates a flow, or returns the one that its key already names. A flow
// that failed without any effect is opened again: the customer tries anew.
// It returns ErrKeyReused when the key came with another input before.
func (e *Engine) Start(ctx context.Context, kind, key string, input any) (*Flow, error) {
	k := e.kinds[kind]
	body, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	f := &Flow{
		ID: strings.ToLower(rand.Text()), Kind: kind, Key: key, Input: body,
		Fingerprint: webhook.Fingerprint(body), CreatedAt: now, UpdatedAt: now,
	}
	for _, s := range k.Steps {
		f.Steps = append(f.Steps, Step{Name: s.Name, Vendor: s.Vendor, State: Pending, UpdatedAt: now})
	}
	got, created, err := e.store.Create(ctx, f, k.after(""))
	switch {
	case err != nil || created:
		return got, err
	case string(got.Fingerprint) != string(f.Fingerprint):
		return nil, ErrKeyReused
	case got.State() == Failed && !anyEffect(got):
		if _, err := e.store.Reopen(ctx, got.ID, k.after("")); err != nil {
			return nil, err
		}
		return e.store.Flow(ctx, got.ID)
	}
	return got, nil
}

func anyEffect(f *Flow) bool {
	for _, s := range f.Steps {
		if s.State == Done || s.State == Unknown {
			return true
		}
	}
	return false
}

// after lists the steps that may run once the given one is done.
func (k *Kind) after(step string) []string {
	var names []string
	for _, s := range k.Steps {
		if s.After == step {
			names = append(names, s.Name)
		}
	}
	return names
}

// Await returns the flow as soon as the step is final, or as it is when ctx
// ends.
func (e *Engine) Await(ctx context.Context, id, step string) (*Flow, error) {
	for {
		changed := e.subscribe(id)
		f, err := e.store.Flow(context.WithoutCancel(ctx), id)
		if err != nil || f.Step(step).State.Final() || ctx.Err() != nil {
			e.unsubscribe(id, changed)
			return f, err
		}
		// Another process may run the step: look again now and then.
		timer := time.NewTimer(250 * time.Millisecond)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		e.unsubscribe(id, changed)
	}
}

func (e *Engine) subscribe(id string) chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	ch := make(chan struct{}, 1)
	e.waiting[id] = append(e.waiting[id], ch)
	return ch
}

func (e *Engine) unsubscribe(id string, ch chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var rest []chan struct{}
	for _, c := range e.waiting[id] {
		if c != ch {
			rest = append(rest, c)
		}
	}
	if e.waiting[id] = rest; len(rest) == 0 {
		delete(e.waiting, id)
	}
}

func (e *Engine) notify(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ch := range e.waiting[id] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// attempt runs one attempt of a step: claim it, do it, decide what follows.
func (e *Engine) attempt(ctx context.Context, id, step string) Decision {
	f, err := e.store.Flow(ctx, id)
	if err != nil {
		return e.cannotClaim(id, step, err)
	}
	kind := e.kinds[f.Kind].step(step)
	watched := !kind.Effect.Settles()
	out, err := e.store.Claim(ctx, f, step, e.lease, watched)
	switch {
	case err != nil:
		return e.cannotClaim(id, step, err)
	case out.State == webhook.StateInFlight:
		return Decision{Again: max(out.RetryAfter, 100*time.Millisecond)}
	case out.State != webhook.StateAcquired:
		return Decision{Nothing: true}
	}
	s := f.Step(step)
	live, stop := webhook.Heartbeat(ctx, e.store.Claims(), out.Claim, e.lease)
	defer stop()
	if watched {
		live = announcing(live, func(ctx context.Context) error { return e.store.Announce(ctx, id, step, s.Attempts) })
	}
	result, err := kind.Effect.Do(live, f, Attempt{Unsettled: out.Claim.Unsettled, Since: s.StartedAt})
	return e.decide(ctx, f, s, kind, out.Claim, result, err)
}

func (e *Engine) cannotClaim(id, step string, err error) Decision {
	e.log.Error("claiming a step", "flow", id, "step", step, "error", err)
	return Decision{Again: time.Second}
}

// decide turns the end of an attempt into what happens next.
func (e *Engine) decide(ctx context.Context, f *Flow, s *Step, k *StepKind, c webhook.Claim, r Result, err error) Decision {
	outcome := transport.OutcomeOf(err)
	switch {
	case err == nil, outcome == transport.Done:
		return e.end(f, s, c, Done, r, err)
	case errors.Is(err, ErrCannotSettle):
		return e.end(f, s, c, Unknown, r, err)
	case outcome == transport.Unknown && !k.Effect.Settles():
		return e.end(f, s, c, Unknown, r, err)
	case outcome == transport.Unknown:
		if s.Attempts < maxAttempts {
			return e.rest(ctx, f, s, c, webhook.Release{Unsettled: true}, err)
		}
		return e.end(f, s, c, Unknown, r, err)
	case !permanent(err) && s.Attempts < maxAttempts:
		return e.rest(ctx, f, s, c, webhook.Release{Unsettled: c.Unsettled}, err)
	}
	return e.end(f, s, c, Failed, r, err)
}

// permanent reports whether the same attempt would be refused again, however
// often it is made. Anything else without effect is worth another attempt:
// vendors come back, quotas are renewed and tokens replaced.
func permanent(err error) bool {
	if e, ok := errors.AsType[*transport.Error](err); ok && e.Temporary {
		return false
	}
	return errors.Is(err, transport.ErrInvalid) || errors.Is(err, transport.ErrNotFound) ||
		errors.Is(err, transport.ErrConflict) || errors.Is(err, transport.ErrTooLarge)
}

// pause is the wait before the attempt after the given one.
func pause(attempts int) time.Duration {
	waits := [...]time.Duration{
		time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
	}
	return waits[min(max(attempts, 1), len(waits))-1]
}

// rest gives the claim back and lets the job come again.
func (e *Engine) rest(ctx context.Context, f *Flow, s *Step, c webhook.Claim, r webhook.Release, problem error) Decision {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	wait := pause(s.Attempts)
	log := e.log.With("flow", f.ID, "step", s.Name)
	if err := e.store.Rest(ctx, f.ID, s.Name, c, r, plain(problem)); err != nil {
		log.Error("resting a step", "error", err)
	}
	log.Warn("step will be tried again", "in", wait, "error", problem)
	e.notify(f.ID)
	return Decision{Again: wait}
}

// end settles a step and decides which steps follow it.
func (e *Engine) end(f *Flow, s *Step, c webhook.Claim, state State, r Result, err error) Decision {
	d := Decision{Claim: c, Step: StepEnd{FlowID: f.ID, Name: s.Name, State: state, Ref: r.Ref}}
	if err != nil {
		d.Step.Error = plain(err)
		e.log.Warn("step ended", "flow", f.ID, "step", s.Name, "state", state, "error", err)
	}
	if r.Data != nil {
		d.Step.Result, _ = json.Marshal(r.Data) // plain structs of strings
	}
	for _, k := range e.kinds[f.Kind].Steps {
		switch {
		case k.After != s.Name:
		case state == Done || (state == Unknown && k.Despite):
			d.Next = append(d.Next, k.Name)
		default:
			d.Withheld = append(d.Withheld, k.Name)
			d.Step.Reason = fmt.Sprintf("withheld, because the step %q ended as %s", s.Name, state)
		}
	}
	d.Committed = func() { e.notify(f.ID) }
	return d
}

// claimKey is the key under which a step's effect happens at most once.
func claimKey(id, step string) string { return webhook.JoinKey("flow", id, step) }

// plain is an error's text as every database can store it.
func plain(err error) string {
	return strings.ReplaceAll(strings.ToValidUTF8(err.Error(), "\uFFFD"), "\x00", "")
}
