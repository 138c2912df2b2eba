package webhook

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Inbox keeps events durably between the acknowledgement and the work. It is
// the de-duplication of record: a key is taken once, for as long as its event
// is kept. webhooktest.TestInbox states the contract as tests.
//
// An event is pending until it is done or dead. Workers either take events
// from the inbox itself (Take, Done, Fail), or a hook of the store enqueues
// jobs in the transaction that inserts the events: one job per event, which
// loads it by its id, or one for all events of the transaction (WorkIDs), which
// costs a fraction where events come in thousands.
type Inbox interface {
	// Put makes events durable and returns a receipt for each, in order. Events
	// of one call become durable together up to the store's batch size (128),
	// beyond it batch by batch; after an error, or when ctx ended, some may be
	// in, and repeating the call is safe. Once Put has returned, the events and
	// their bodies are the caller's again. ErrFull means that too many events
	// are waiting for the disk: answer 503.
	Put(ctx context.Context, events ...InboxEvent) ([]Receipt, error)
	// Take leases up to limit pending events whose time has come, oldest first.
	// An event not settled within lease can be taken again.
	Take(ctx context.Context, limit int, lease time.Duration) ([]Delivery, error)
	// TakeIDs is Take for the events named, as far as they are pending and their
	// time has come, in the order of their ids: for a job that stands for many.
	TakeIDs(ctx context.Context, lease time.Duration, ids ...int64) ([]Delivery, error)
	// Load returns a pending event by id, without leasing it, or ErrNotFound.
	Load(ctx context.Context, id int64) (Delivery, error)
	// Done settles an event. ErrLeaseLost means that somebody else took or
	// settled it since the delivery: roll back.
	Done(ctx context.Context, d Delivery) error
	// Fail gives an event back to be taken later, or makes it a dead letter.
	// ErrLeaseLost is as for Done.
	Fail(ctx context.Context, d Delivery, f Failure) error
	// Dead lists up to limit dead letters with ids above after, in order.
	Dead(ctx context.Context, after int64, limit int) ([]Delivery, error)
	// Requeue makes dead letters pending again, their attempts forgotten, and
	// returns how many it found. The hook runs for them as for new events.
	Requeue(ctx context.Context, ids ...int64) (int, error)
	// Stats tells depth, age and rates.
	Stats(ctx context.Context) (InboxStats, error)
	// Purge deletes up to limit events that were done longer than age ago and
	// returns how many. Their keys are free again, so age must exceed the time
	// in which a sender repeats; below DefaultTTL is rarely right.
	Purge(ctx context.Context, age time.Duration, limit int) (int, error)
}

// InboxEvent is what an inbox keeps of a message.
type InboxEvent struct {
	// Source names the sender, Key identifies the event among all sources: 1 to
	// MaxKey bytes each, Source being text. JoinKey makes one of the other.
	Source, Key string
	Body        []byte
	// Meta is whatever else the work needs, a header's event type for example.
	Meta map[string]string
}

// Validate reports the field that breaks a limit. Inboxes call it.
func (e *InboxEvent) Validate() error {
	if e.Source == "" || len(e.Source) > MaxKey {
		return fmt.Errorf("webhook: Source has %d bytes, want 1 to %d", len(e.Source), MaxKey)
	}
	if !utf8.ValidString(e.Source) || strings.Contains(e.Source, "\x00") {
		return errors.New("webhook: Source is not text")
	}
	if e.Key == "" || len(e.Key) > MaxKey {
		return fmt.Errorf("webhook: Key has %d bytes, want 1 to %d", len(e.Key), MaxKey)
	}
	return nil
}

// Receipt says what became of one event of Put.
type Receipt struct {
	// ID is the event's id, of the first one where this is a duplicate.
	ID int64
	// Duplicate means that the key was known: nothing was stored.
	Duplicate bool
	// Conflict means that besides the body differs: the first one is kept.
	Conflict bool
}

// Delivery is an event handed to a worker.
type Delivery struct {
	InboxEvent
	ID       int64
	Received time.Time
	// Attempt counts the times the event was taken, this one included.
	Attempt int
	// Token proves the lease; it is empty for an event that was loaded.
	Token string
	// Cause is why the last attempt failed.
	Cause string
}

// Failure says how an attempt at an event failed.
type Failure struct {
	// Dead makes the event a dead letter: nobody takes it until Requeue.
	Dead bool
	// After is how long the event rests before it can be taken again.
	After time.Duration
	// Cause is kept and shown to whoever looks at dead letters. No secrets.
	Cause string
}

// InboxStats is the state of an inbox. The counts of events are those of the
// store; totals and rates are those of this process since it started.
type InboxStats struct {
	// Pending counts the events neither done nor dead, Dead the dead letters.
	Pending, Dead int64
	// Oldest is the age of the oldest pending event.
	Oldest time.Duration
	// Totals of this process: events stored, duplicates (conflicts included),
	// conflicts, events refused with ErrFull, done, failed; the last two count
	// calls, also those inside a transaction that was rolled back later.
	Stored, Duplicates, Conflicts, Refused, Done, Failed uint64
	// Events a second over the last minute, in this process.
	StoredRate, DoneRate float64
}

// ErrFull means that an inbox has too many events waiting for the disk. A
// Handler answers 503 with Retry-After.
var ErrFull = errors.New("webhook: inbox full")

// Limits and defaults of the inboxes in this module.
const (
	// InboxBatch is how many events share a transaction.
	InboxBatch = 128
	// InboxQueue is how many events may wait for the disk.
	InboxQueue = 4096
	// InboxBytes is how many bytes of bodies may wait for the disk.
	InboxBytes = 64 << 20
)
