package transport

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// needsLookUp reports whether the effect has to be looked for.
func (k *call) needsLookUp() bool {
	return k.op.Safety == LookUp && k.unsettled && k.Err() == nil
}

// lookUp looks for the effect, lets the vendor settle and looks once more.
func (k *call) lookUp() (bool, error) {
	k.observe(Event{Kind: EventLookUp})
	found, err := k.req.LookUp(k.caller)
	if found || err != nil {
		return found, err
	}
	settle := cmp.Or(k.op.Settle, k.client.set.attemptTimeout)
	if d, ok := k.Deadline(); ok && settle > time.Until(d) {
		return false, fmt.Errorf("transport: no time to settle for %v before the second look-up: %w", settle, context.DeadlineExceeded)
	}
	if err := sleep(k, settle); err != nil {
		return false, err
	}
	return k.req.LookUp(k.caller)
}

// found ends a call whose effect was found by a look-up.
func (k *call) found() *Response {
	k.earn()
	k.observe(Event{Kind: EventDone, Outcome: Done})
	return &Response{Attempts: k.attempts, LookedUp: true}
}
