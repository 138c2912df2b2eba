// Package webhook receives events over HTTP: it verifies who sent them, drops
// repetitions and acknowledges only what is stored.
//
// A message passes these checks, the cheap ones first; each refuses by a status
// of its own, and all that concern the proof by the same 401:
//
//	method → address → rate → size → headers → body → signature and time → replay → inbox or your function → 200
//
// A [Verifier] proves the sender. [Scheme] builds those of well-known senders
// from their keys; [NewHMAC], [NewMessageSignature], [NewStaticToken] and
// [NewBasicAuth] describe others. Each has a [Signer] beside it.
//
// A [Handler] runs the checks. Behind it events go to a function of yours, at
// most once per key with Config.Dedupe, or into an [Inbox], which makes them
// durable before they are acknowledged; [Work] takes them from there.
//
// A [Store] guards effects: [Once] runs a piece of work to completion at most
// once per key, remembers its result, and tells an attempt that follows a crash
// to look before it acts. [Idempotent] does the same for requests to your own
// API.
//
// The packages sqlitestore, pgstore and redisstore keep inboxes and claims;
// webhooktest states their contracts as tests for stores of your own.
package webhook
