package twilio

import (
	"sync"
	"time"
)

// claimLife is how long at least a claim is remembered. It must exceed the time
// one call may take, because a read-back looks no further back than that.
const claimLife = 10 * time.Minute

// claims remembers which messages belong to a call of this client, so that the
// read-back of another call does not take them for its own. The memory is two
// generations, the older of which is dropped as a whole.
type claims struct {
	mu         sync.Mutex
	young, old map[string]struct{}
	turned     time.Time
}

// claim reports whether the message was nobody's, and makes it somebody's.
func (c *claims) claim(sid string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.turned) > claimLife {
		c.old, c.young, c.turned = c.young, map[string]struct{}{}, now
	}
	_, isYoung := c.young[sid]
	_, isOld := c.old[sid]
	c.young[sid] = struct{}{}
	return !isYoung && !isOld
}
