package transport

import "fmt"

// Safety says what may be done with an operation after a failure. The vendor
// package sets it; it follows from what the vendor promises, not from the
// HTTP method.
type Safety uint8

const (
	// AtMostOnce is for effects without any protection: sent again only when
	// the attempt provably did not reach the vendor or the vendor says that it
	// did nothing. It is the zero value because it is the careful choice.
	AtMostOnce Safety = iota
	// Read has no effect and may always be repeated.
	Read
	// Idempotent has the same effect however often it is repeated.
	Idempotent
	// Keyed carries a vendor idempotency key, the same on every attempt.
	Keyed
	// LookUp can be read back: after an unknown outcome the effect is looked
	// for, the operation settles, it is looked for again, and only then sent
	// again.
	LookUp
	// Never is sent once, whatever happens.
	Never
)

var safetyNames = [...]string{"at-most-once", "read", "idempotent", "keyed", "look-up", "never"}

// String returns the name used in logs and metrics, "at-most-once" for example.
func (s Safety) String() string {
	if int(s) < len(safetyNames) {
		return safetyNames[s]
	}
	return fmt.Sprintf("Safety(%d)", uint8(s))
}

// repeatable reports whether an attempt with unknown outcome may simply be
// sent again.
func (s Safety) repeatable() bool {
	return s == Read || s == Idempotent || s == Keyed
}

// Outcome says what became of an operation's effect.
type Outcome uint8

const (
	// Done means that the effect took place. An error may still carry it: the
	// vendor answered with success, but the answer could not be read.
	Done Outcome = iota
	// NotSent means that the request provably never left this process.
	NotSent
	// Rejected means that the vendor received the request and did nothing, or
	// that the operation has no effect to begin with.
	Rejected
	// Unknown means that nobody can tell whether the effect took place.
	Unknown
)

var outcomeNames = [...]string{"done", "not-sent", "rejected", "unknown"}

// String returns the name used in logs and metrics, "not-sent" for example.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}
