package notify

import (
	"context"
	"time"
)

// EmailSender sends e-mail. Implementations are safe for concurrent use. An
// error that matches transport.ErrOutcomeUnknown means that the mail may have
// been sent: sending it again may double it.
type EmailSender interface {
	SendEmail(ctx context.Context, e Email) (Receipt, error)
}

// SMSSender sends text messages. Implementations are safe for concurrent use.
// An error that matches transport.ErrOutcomeUnknown means that the message may
// have been sent: sending it again may double it.
type SMSSender interface {
	SendSMS(ctx context.Context, m SMS) (Receipt, error)
}

// Receipt says that a provider has accepted a message. Delivery is another
// matter, which providers report later.
type Receipt struct {
	// Provider is the provider's short name, "twilio".
	Provider string
	// ID is the provider's name for the message. It is empty when the provider
	// gave none.
	ID string
	// Status is the provider's own word for the message's state, "queued" for
	// example; empty where there is none.
	Status string
	// Attempts is how many times the request was tried.
	Attempts int
	// LookedUp says that the answer was lost and the message was found by
	// reading back.
	LookedUp bool
}

// Address is a mailbox with an optional display name.
type Address struct {
	Email string
	Name  string
}

// Email is a mail for any provider. Either Template or one of Text and HTML
// must be set.
type Email struct {
	// From is the sender; the zero value stands for the one the provider's
	// client was configured with.
	From Address
	// To are the recipients. Each gets a mail of their own and sees no other.
	To []Address
	// ReplyTo is where answers go; the zero value leaves it to the sender.
	ReplyTo Address
	// Subject is required unless Template brings one.
	Subject string
	// Text and HTML are the two forms of the content.
	Text, HTML string
	// Template is the provider's id of a stored template, and Data what fills
	// it.
	Template string
	Data     map[string]any
	// Attachments are files sent along.
	Attachments []Attachment
	// Tags group mails in the provider's statistics.
	Tags []string
	// Metadata comes back with the provider's delivery events.
	Metadata map[string]string
	// Key is the caller's own name for this mail. Providers that have a place
	// for it carry it, so that a delivery event proves that the mail was
	// accepted; it does not prevent doubles.
	Key string
	// SendAt schedules the mail; the zero value sends at once.
	SendAt time.Time
}

// Attachment is a file sent with a mail.
type Attachment struct {
	// Name is the file's name, Type its media type ("" leaves it to the
	// provider).
	Name, Type string
	Content    []byte
	// ContentID makes it an inline part that HTML refers to as "cid:…".
	ContentID string
}

// SMS is a text message for any provider.
type SMS struct {
	// To is the recipient in E.164 form, "+48501234567"; package notify/phone
	// makes it from what people type.
	To string
	// Body is the text.
	Body string
	// From is the sender; "" stands for the one the provider's client was
	// configured with.
	From string
	// SendAt schedules the message; the zero value sends at once.
	SendAt time.Time
	// Since is when this message was first tried, for a program that tries it
	// again after it was killed. A provider that reads back looks from then on.
	// The zero value means now.
	Since time.Time
}
