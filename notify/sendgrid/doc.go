// Package sendgrid sends e-mail through SendGrid's v3 API.
//
// [Client.SendEmail] takes the neutral notify.Email, [Client.Send] a request
// with what only SendGrid has. Both make one personalization per recipient, so
// that recipients do not see each other.
//
// SendGrid has no idempotency key and nothing to read back, so a mail is sent
// again only when the attempt provably did not reach SendGrid or when SendGrid
// says that it did nothing: 429, and 503 with a Retry-After. After any other
// failure the error matches transport.ErrOutcomeUnknown; an event of SendGrid's
// webhook that carries the mail's custom arguments then proves that it was
// accepted.
package sendgrid
