package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// The reasons a message is refused. A verifier's error matches exactly one of
// them with errors.Is, names the header or field at fault, and never carries
// a computed signature or a value the sender chose.
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
	URL string
	// RawQuery is the query of the request as received, without "?". Static
	// tokens in the URL are read from it, and the schemes whose query changes
	// from one message to the next (Twilio, RFC 9421) put it in the place of
	// URL's own query. Empty means that URL is complete.
	RawQuery string
	Header   http.Header
	Body     []byte
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

// Signer is the sender's side of a scheme: Sign adds to m what its Verifier
// looks for, with m.Now as the signed time. Use it to test receivers and to
// send webhooks of your own. Sign is safe for concurrent use on different
// messages.
type Signer interface {
	Sign(m *Message) error
}

type signerFunc func(*Message) error

func (f signerFunc) Sign(m *Message) error { return f(m) }

// signer signs by sign as long as the key is live.
func (k Key) signer(sign func(*Message) error) Signer {
	return signerFunc(func(m *Message) error {
		if !k.Live(m.now()) {
			return errNoLiveKey
		}
		return sign(m)
	})
}

// AnyOf accepts a message that at least one of the verifiers accepts, asked in
// the order given. It joins a sender's two schemes during a migration, or a
// signature with the static token of unsigned deliveries. The error is that
// of the verifier that came furthest. Without verifiers it refuses everything.
func AnyOf(verifiers ...Verifier) Verifier { return anyOf(verifiers) }

type anyOf []Verifier

func (vs anyOf) Verify(m *Message) (Verification, error) {
	furthest := fmt.Errorf("%w: no verifier", ErrMissing)
	for _, v := range vs {
		proof, err := v.Verify(m)
		if err == nil {
			return proof, nil
		}
		if progress(err) > progress(furthest) {
			furthest = err
		}
	}
	return Verification{}, furthest
}

// progress ranks an error by how far its verifier came.
func progress(err error) int {
	for i, kind := range [...]error{ErrMissing, ErrMalformed, ErrMismatch} {
		if errors.Is(err, kind) {
			return i
		}
	}
	return 3
}

func (m *Message) now() time.Time {
	if m.Now.IsZero() {
		return time.Now()
	}
	return m.Now
}

func (m *Message) setHeader(name, value string) {
	if m.Header == nil {
		m.Header = http.Header{}
	}
	m.Header.Set(name, value)
}
