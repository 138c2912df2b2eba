package transport

import "context"

// CallInfo describes the call that a request belongs to.
type CallInfo struct {
	// Op is the operation's name, Safety its class.
	Op     string
	Safety Safety
	// Attempt is 1 for the first, 0 before it.
	Attempt int
	// URL is the request's, without query, user information and secrets.
	URL string
}

// InfoFrom returns the call behind an attempt's context, for middleware, which
// finds it with req.Context(). It reports false for other contexts.
func InfoFrom(ctx context.Context) (CallInfo, bool) {
	k, ok := ctx.Value(infoKey{}).(*call)
	if !ok {
		return CallInfo{}, false
	}
	return k.info(), true
}

type infoKey struct{}

func (k *call) info() CallInfo {
	return CallInfo{Op: k.op.Name, Safety: k.op.Safety, Attempt: k.attempts, URL: k.bareURL()}
}

// bareURL is the request's URL as it may be shown.
func (k *call) bareURL() string {
	return k.red().text(k.url.Scheme + "://" + k.url.Host + k.url.EscapedPath())
}

// Value finds the call itself, and else what the caller's context holds.
func (k *call) Value(key any) any {
	if key == (infoKey{}) {
		return k
	}
	return k.Context.Value(key)
}

// Beginner is an Observer that wants to know when a call begins, to put
// something into its context: a span, for example. The context it returns is
// that of all attempts, look-ups and events of the call.
type Beginner interface {
	Observer
	Begin(ctx context.Context, info CallInfo) context.Context
}

// begin lets observers extend the call's context.
func (k *call) begin() context.Context {
	for _, b := range k.client.set.beginners {
		k.caller = b.Begin(k.caller, k.info())
	}
	return k.caller
}
