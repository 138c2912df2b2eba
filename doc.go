// Package centrala is the landing page of a Go SDK for firms whose customers
// arrive through a chatbot, a form or a phone call. It has no API of its own;
// import the package of the vendor you talk to:
//
//   - monday: monday.com over GraphQL
//   - booksy: availability and appointments
//   - analytics: Google Analytics 4 over the Measurement Protocol
//   - notify, notify/sendgrid, notify/twilio: e-mail and text messages
//   - callyzer: call history
//   - chatfuel: what a chatbot asks of you, and what you may answer
//   - webhook: receiving, verifying and never losing events
//   - transport: the HTTP client under all of them
//
// Every call that has an effect ends in one of three outcomes: it took place,
// it did not, or nobody can know. The last one is reported as such, with a
// typed way to settle it where the vendor offers one, and is never answered
// by sending blindly again. The transport package explains how.
//
// Each vendor package has a stateful fake beside it (monday/mondaytest and so
// on), and examples/server composes them all into a runnable service.
package centrala
