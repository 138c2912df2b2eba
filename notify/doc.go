// Package notify holds what e-mail and text messages have in common whoever
// carries them: the message types, the two sender interfaces that programs
// depend on, the kinds of failure, and message texts with placeholders.
//
// A provider is a package of its own under this one (notify/sendgrid,
// notify/twilio) and implements [EmailSender] or [SMSSender] beside its richer
// native methods. The fakes of all providers are in notify/notifytest.
//
// A failed send matches one of transport's kinds, and [ErrInvalidRecipient],
// [ErrOptedOut] or [ErrSender] besides where the provider says so. What became
// of the message is told by transport.OutcomeOf: only NotSent and Rejected
// allow another provider to be tried; after Unknown the message may be on its
// way.
package notify
