// Package webhook measures receiving: what a verification costs beside the
// senders' own libraries, and how fast events are made durable together with
// their jobs. docs/benchmarks-webhook.md has the results.
package webhook
