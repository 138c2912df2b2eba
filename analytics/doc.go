// Package analytics sends events to Google Analytics 4 through its Measurement
// Protocol.
//
// Google answers 2xx to almost everything and has no idempotency key, so two
// things matter more than usual here. Payloads are checked before they are
// sent, against the limits, reserved names and types that Google documents:
// see [Rules] and [Mode]. And a hit is sent at most once: it is tried again
// only while it provably has not left this process. A status is always final;
// an answer that never came, or a 5xx, leaves the outcome unknown, and the
// error says so instead of counting an event twice.
//
// Rules, limits and names come from Google's pages "Measurement Protocol
// reference", "Sending events", "Validating events", "Use cases" and
// "Migrate from Universal Analytics".
package analytics
