// Package flow runs business flows durably: a flow is a row with steps, each
// step is a job, and a step's effect at a vendor happens at most once.
package flow

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// State is the state of a step and, summed up, of a flow.
type State string

// The states, as the API shows them.
const (
	Pending State = "pending"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
	Unknown State = "unknown"
)

// Final reports whether nothing more will happen by itself.
func (s State) Final() bool { return s == Done || s == Failed || s == Unknown }

// Flow is one request of a customer, with all that follows from it.
type Flow struct {
	// Seq orders flows by creation; ID is the public name.
	Seq                  int64
	ID, Kind, Key        string
	Fingerprint          []byte
	Input                json.RawMessage
	CreatedAt, UpdatedAt time.Time
	Steps                []Step
}

// Step is one effect of a flow.
type Step struct {
	Name, Vendor string
	State        State
	Attempts     int
	// Ref is the vendor's id of what was made; Result what later steps need.
	Ref    string
	Result json.RawMessage
	Error  string
	// StartedAt is when the first attempt began: what a read-back looks for
	// cannot be older.
	StartedAt, UpdatedAt time.Time
}

// Step returns the step with the given name, nil when there is none.
func (f *Flow) Step(name string) *Step {
	for i := range f.Steps {
		if f.Steps[i].Name == name {
			return &f.Steps[i]
		}
	}
	return nil
}

// State sums up the steps: what is still going on comes first, then what is
// unknown, then what failed.
func (f *Flow) State() State {
	counts := map[State]int{}
	for _, s := range f.Steps {
		counts[s.State]++
	}
	switch n := len(f.Steps); {
	case counts[Pending] == n:
		return Pending
	case counts[Pending]+counts[Running] > 0:
		return Running
	case counts[Unknown] > 0:
		return Unknown
	case counts[Failed] > 0:
		return Failed
	}
	return Done
}

// Kind describes the flows of one kind.
type Kind struct {
	Name  string
	Steps []StepKind
}

// StepKind describes a step. Its effect runs once the step named by After, if
// any, is done; when that one failed or is unknown the step is withheld,
// unless Despite says that it may follow an unknown one.
type StepKind struct {
	Name, Vendor string
	After        string
	Despite      bool
	Effect       Effect
}

func (k *Kind) step(name string) *StepKind {
	for i := range k.Steps {
		if k.Steps[i].Name == name {
			return &k.Steps[i]
		}
	}
	return nil
}

// Effect does a step's work at a vendor.
type Effect interface {
	// Do brings the effect about, or finds that an earlier attempt did: when
	// at.Unsettled is set it must look before it acts, and return
	// ErrCannotSettle when there is no way to look. The error of a failed
	// attempt says through transport.OutcomeOf what became of the effect.
	Do(ctx context.Context, f *Flow, at Attempt) (Result, error)
	// Settles reports whether Do can find out what an earlier attempt did. When
	// it cannot, all its requests must pass through Announced.
	Settles() bool
}

// Attempt is what an effect knows about its own history.
type Attempt struct {
	Unsettled bool
	Since     time.Time
}

// Result is what an effect leaves behind.
type Result struct {
	Ref  string
	Data any
}

// ErrCannotSettle means that an earlier attempt may have taken effect and
// nobody can find out.
var ErrCannotSettle = errors.New("an earlier attempt may have taken effect, and the vendor gives no way to find out")

// ErrKeyReused means that a key came again with other content.
var ErrKeyReused = errors.New("the key was used for other content")

// ErrNotFound means that there is no such flow.
var ErrNotFound = errors.New("no such flow")
