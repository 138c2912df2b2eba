package transport

import (
	"context"
	"crypto/sha256"
	"sync"
)

// CallOptions changes single calls; see [WithCallOptions].
type CallOptions struct {
	// MaxAttempts lowers the number of attempts; 1 turns retries off, 0 keeps
	// the client's.
	MaxAttempts int
	// IdempotencyKey replaces the key of a keyed operation, so that a caller
	// can repeat a call in another process without a second effect. It belongs
	// to exactly one intent: a second call with another operation or body under
	// the same context is refused before anything is sent.
	IdempotencyKey string
}

// WithCallOptions returns a context that changes the calls made with it.
func WithCallOptions(ctx context.Context, o CallOptions) context.Context {
	return context.WithValue(ctx, callOptionsKey{}, &callOptions{CallOptions: o})
}

type callOptionsKey struct{}

// callOptions remembers which call has taken the key.
type callOptions struct {
	CallOptions
	mu     sync.Mutex
	taken  bool
	intent [sha256.Size]byte
}

func callOptionsOf(ctx context.Context) *callOptions {
	o, _ := ctx.Value(callOptionsKey{}).(*callOptions)
	return o
}

// takeKey adopts the key of the call's options.
func (k *call) takeKey() error {
	o := callOptionsOf(k.caller)
	if o == nil || o.IdempotencyKey == "" {
		return nil
	}
	intent := sha256.Sum256(append([]byte(k.op.Name+"\x00"+k.req.Method+"\x00"+k.req.Path+k.req.URL+"\x00"), k.req.Body...))
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.taken && o.intent != intent {
		return Invalid(k.op.Name, "CallOptions.IdempotencyKey", "was already used for another request")
	}
	o.taken, o.intent = true, intent
	k.req.Key = o.IdempotencyKey
	return nil
}
