package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Limits and defaults of a Store.
const (
	// MaxKey is the longest key in bytes.
	MaxKey = 255
	// MaxFingerprint is the longest fingerprint in bytes.
	MaxFingerprint = 64
	// DefaultLease is how long a claim is held without a heartbeat.
	DefaultLease = 30 * time.Second
	// DefaultTTL is how long a key is remembered. It exceeds the longest
	// retry table known (Standard Webhooks: 75 h 35 min; Stripe: 3 days).
	DefaultTTL = 7 * 24 * time.Hour
)

// Store remembers which keys were worked on, by whom, and with what result.
// The steps of a key are
//
//	absent → claimed → done | released (claimable again) | dead
//
// and a claim whose lease has lapsed is claimable again. Every method is one
// atomic step judged by the store's own clock, so clients with wrong clocks
// change nothing. Negative times are refused. A Store is safe for concurrent
// use; webhooktest.TestStore states the contract as tests.
//
// An error that is not one of this package's means that the store could not be
// asked: refuse the work (503) rather than run it unguarded.
type Store interface {
	// Begin claims a key or tells why it cannot be claimed.
	Begin(ctx context.Context, r BeginRequest) (Outcome, error)
	// BeginBatch claims many keys at once, for bodies that carry many events.
	// Outcomes come in the order of the requests; a key named twice in one
	// batch is claimed once and in flight for the rest.
	BeginBatch(ctx context.Context, rs []BeginRequest) ([]Outcome, error)
	// Complete records the result of the work and keeps it for ttl (zero means
	// DefaultTTL). Only the owner of the claim can: anybody else gets
	// ErrLeaseLost and nothing changes.
	Complete(ctx context.Context, c Claim, result []byte, ttl time.Duration) error
	// Release gives a claim back without a result. Only the owner of the claim
	// can: anybody else gets ErrLeaseLost and nothing changes.
	Release(ctx context.Context, c Claim, r Release) error
	// Extend lengthens the claim to lease from now (zero means DefaultLease).
	// Only the owner of the claim can, and only while nobody else has claimed
	// the key: anybody else gets ErrLeaseLost and nothing changes.
	Extend(ctx context.Context, c Claim, lease time.Duration) error
	// Reopen makes a dead key claimable again, its attempts still counted and
	// its Unsettled mark kept. It returns ErrNotFound when no dead key is there.
	Reopen(ctx context.Context, key string) error
	// Purge deletes up to limit expired keys and returns how many it deleted.
	// Call it until it returns less than limit.
	Purge(ctx context.Context, limit int) (int, error)
}

// BeginRequest asks a Store for a key.
type BeginRequest struct {
	// Key is 1 to MaxKey bytes, taken as they are. JoinKey keeps tenants apart.
	Key string
	// Fingerprint is a digest of what the key stands for, up to MaxFingerprint
	// bytes. A live key with another fingerprint is a Mismatch; an empty one on
	// either side is not compared.
	Fingerprint []byte
	// Lease is how long the claim is held without Extend. Zero means DefaultLease.
	Lease time.Duration
	// Keep is how long an unfinished key, and with it the knowledge that an
	// attempt may have taken effect, outlives its lease. Zero means DefaultTTL.
	Keep time.Duration
}

// Validate reports the field that breaks a limit. Stores call it, and fill in
// the defaults with it.
func (r *BeginRequest) Validate() error {
	if r.Key == "" || len(r.Key) > MaxKey {
		return fmt.Errorf("webhook: Key has %d bytes, want 1 to %d", len(r.Key), MaxKey)
	}
	if len(r.Fingerprint) > MaxFingerprint {
		return fmt.Errorf("webhook: Fingerprint has %d bytes, want at most %d", len(r.Fingerprint), MaxFingerprint)
	}
	if r.Lease < 0 || r.Keep < 0 {
		return errors.New("webhook: Lease and Keep must not be negative")
	}
	r.Lease = orDefault(r.Lease, DefaultLease)
	r.Keep = orDefault(r.Keep, DefaultTTL)
	return nil
}

// Claim is the right to work on a key. Its zero value owns nothing.
type Claim struct {
	Key string
	// Token proves ownership. It cannot be guessed, and every claim has its own.
	Token string
	// Attempt counts the claims of this key from 1. It rises with every claim
	// until the key expires, so it also serves as a fencing number downstream.
	Attempt int
	// Unsettled means that an earlier attempt may have taken effect: it lapsed
	// without a word, or was released with its outcome unknown. Find out by
	// reading back before acting again.
	Unsettled bool
}

// Release says how an attempt ended that has no result.
type Release struct {
	// Unsettled means that the effect may have taken place. Leave it false only
	// where neither this attempt nor an earlier one took effect.
	Unsettled bool
	// Final leaves the key dead: nobody can claim it until Reopen.
	Final bool
	// After is how long the key stays unclaimable.
	After time.Duration
	// Cause is shown to whoever asks for a dead key. No secrets.
	Cause string
	// Keep is how long the key is remembered. Zero means DefaultTTL.
	Keep time.Duration
}

// Validate reports the field that cannot be. Stores call it, and fill in the
// default with it.
func (r *Release) Validate() error {
	if r.After < 0 || r.Keep < 0 {
		return errors.New("webhook: After and Keep must not be negative")
	}
	r.Keep = orDefault(r.Keep, DefaultTTL)
	return nil
}

// State is the answer of Begin.
type State int

// The states Begin may answer.
const (
	// StateAcquired means that the caller now owns the key: Outcome.Claim is set.
	StateAcquired State = iota + 1
	// StateInFlight means that somebody else owns the key, or that it rests
	// after a release: Outcome.RetryAfter says for how long at most.
	StateInFlight
	// StateDone means that the work is done: Outcome.Result is what it gave.
	StateDone
	// StateMismatch means that the live key has another fingerprint.
	StateMismatch
	// StateDead means that the key was released for good: Outcome.Cause says
	// why, and Outcome.Unsettled whether the effect may have taken place.
	StateDead
)

// String names the state.
func (s State) String() string {
	names := [...]string{"", "acquired", "in flight", "done", "mismatch", "dead"}
	if s < StateAcquired || int(s) >= len(names) {
		return fmt.Sprintf("State(%d)", int(s))
	}
	return names[s]
}

// Outcome is what Begin found. Only the fields named at its State are set.
type Outcome struct {
	State      State
	Claim      Claim
	Result     []byte
	RetryAfter time.Duration
	Cause      string
	Unsettled  bool
}

// Err returns nil for StateAcquired and StateDone, and a *KeyError otherwise.
func (o Outcome) Err(key string) error {
	if o.State == StateAcquired || o.State == StateDone {
		return nil
	}
	return &KeyError{Key: key, State: o.State, RetryAfter: o.RetryAfter, Unsettled: o.Unsettled, Cause: o.Cause}
}

// What a Store refuses.
var (
	// ErrLeaseLost means that the claim is no longer the caller's: its lease
	// lapsed and another attempt owns the key, or the key is settled. Roll back.
	ErrLeaseLost = errors.New("webhook: lease lost")
	// ErrInFlight means that another attempt owns the key, or that it rests.
	ErrInFlight = errors.New("webhook: key in flight")
	// ErrKeyReused means that the key stands for something else.
	ErrKeyReused = errors.New("webhook: key used for other content")
	// ErrDead means that the key was given up.
	ErrDead = errors.New("webhook: key given up")
	// ErrUnsettled means that nobody knows whether the effect took place.
	ErrUnsettled = errors.New("webhook: outcome unknown")
	// ErrNotFound means that there is no such key or event.
	ErrNotFound = errors.New("webhook: not found")
)

// KeyError tells why a key could not be claimed. It matches ErrInFlight,
// ErrKeyReused or ErrDead, and ErrUnsettled besides where that is so.
type KeyError struct {
	Key        string
	State      State
	RetryAfter time.Duration
	Unsettled  bool
	Cause      string
}

// Error names the key, its state and the cause.
func (e *KeyError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "webhook: key %q: %s", e.Key, e.State)
	if e.Unsettled {
		b.WriteString(", outcome unknown")
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ", retry after %s", e.RetryAfter)
	}
	if e.Cause != "" {
		fmt.Fprintf(&b, ": %s", e.Cause)
	}
	return b.String()
}

// Is matches the sentinel of the state.
func (e *KeyError) Is(target error) bool {
	switch target {
	case ErrInFlight:
		return e.State == StateInFlight
	case ErrKeyReused:
		return e.State == StateMismatch
	case ErrDead:
		return e.State == StateDead
	case ErrUnsettled:
		return e.Unsettled
	}
	return false
}

// JoinKey joins parts to a key that no other parts give: a tenant or source
// first, the sender's id last. Parts are path-escaped and joined with "/"; a
// text of MaxKey bytes or more is cut to MaxKey with a digest of the whole.
func JoinKey(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, p := range parts {
		escaped[i] = url.PathEscape(p)
	}
	key := strings.Join(escaped, "/")
	if len(key) < MaxKey { // exactly MaxKey bytes are the mark of a cut key
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return key[:MaxKey-2*len(sum)] + hex.EncodeToString(sum[:])
}

// Fingerprint is the SHA-256 of the parts, each preceded by its length, so
// that no byte can move from one part to the next unseen.
func Fingerprint(parts ...[]byte) []byte {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	return h.Sum(nil)
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
