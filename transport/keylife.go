package transport

import (
	"errors"
	"time"
)

// errKeyForgotten says why a retry was not sent.
var errKeyForgotten = errors.New("transport: the vendor may have forgotten the idempotency key by now")

// keyForgotten reports whether, after another wait, the vendor may have
// forgotten the key under which an attempt has perhaps taken effect.
func (k *call) keyForgotten(wait time.Duration) bool {
	return k.op.KeyLife > 0 && k.unsettled && wait+time.Duration(time.Now().UnixNano()-k.doubt) >= k.op.KeyLife
}

// noteDoubt remembers when the first attempt began that may have taken effect.
// It is the time of day that counts: the vendor's runs on while a machine
// sleeps.
func (k *call) noteDoubt(start time.Time) {
	if k.unsettled && k.doubt == 0 {
		k.doubt = start.UnixNano()
	}
}
