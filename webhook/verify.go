package webhook

import (
	"errors"
	"net/http"
	"time"
)

// The reasons a message is refused. A verifier's error matches exactly one of
// them with errors.Is, names the header or field at fault, and never carries
// a computed signature.
var (
	// ErrMissing means that a header or field the scheme needs is absent.
	ErrMissing = errors.New("webhook: signature missing")
	// ErrMalformed means that a header or field is present but breaks its format.
	ErrMalformed = errors.New("webhook: signature malformed")
	// ErrMismatch means that no live key produces the signature received.
	ErrMismatch = errors.New("webhook: signature mismatch")
	// ErrTooOld means that the signed time lies before the tolerance.
	ErrTooOld = errors.New("webhook: message too old")
	// ErrTooNew means that the signed time lies beyond the tolerance.
	ErrTooNew = errors.New("webhook: message too new")
)

// Message is a received request as a verifier sees it. Body holds the raw
// bytes: never a re-serialised form.
type Message struct {
	Method string
	// URL is the address the sender was given. It comes from configuration:
	// Host and X-Forwarded-Host belong to whoever sends the request.
	URL    string
	Header http.Header
	Body   []byte
	// Now is the time of receipt; the zero value means time.Now().
	Now time.Time
}

// Verification is what a Verifier proved about a message.
type Verification struct {
	// Scheme names the scheme, "stripe" for example.
	Scheme string
	// Key is the name of the key that matched, which shows when an old one can go.
	Key string
	// ID is the sender's message id where the signature covers it, else "".
	ID string
	// Timestamp is the signed time where the scheme has one, else zero.
	Timestamp time.Time
	// BodyAuthenticated says whether the body is bound to the signature. Where
	// it is false (static tokens, monday's JWT, Mailgun) treat the body as a
	// hint and read the object again through the vendor's API.
	BodyAuthenticated bool
}

// Verifier proves that a message comes from the holder of a key. Verify is
// safe for concurrent use and never panics, whatever the message holds.
type Verifier interface {
	Verify(m *Message) (Verification, error)
}
