// Package transport is the HTTP client under every vendor package of this
// module: it limits, retries and reports honestly.
//
// The core idea is that a failed call is not enough to know. Each operation
// states its [Safety]: what may be done when nobody can say whether the vendor
// carried the request out. Each failure states its [Outcome]: the request was
// never sent, the vendor did nothing, or nobody can know. An operation that is
// neither repeatable nor protected by a vendor's idempotency key nor readable
// back is never sent again after an unknown outcome: the caller gets an error
// that matches [ErrOutcomeUnknown].
//
// A call passes these layers, outermost first:
//
//	typed method of a vendor package, with an Op
//	  loop      go-retryablehttp; decides by Safety, Verdict and what is left
//	  attempt   waits, limiters, deadline, credential, observer, middleware
//	  base      net/http, or the RoundTripper of WithTransport
//	  judge     the vendor's reading of the answer: done, refused, retry, unclear
//
// Limiters sit under the retry loop: every attempt takes its permit.
//
// Vendor packages build on [Client]. Users pass [Option] values to vendor
// constructors, and wrap other SDKs with [NewHTTPClient].
package transport
