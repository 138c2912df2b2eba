package transport

import "sync"

// The weights of the retry quota, those of the AWS SDKs: at a fifth of all
// attempts failing nearly every call still succeeds, and in a full outage
// calls are sent about once.
const (
	quotaCapacity = 500
	quotaRetry    = 5
	quotaSuccess  = 1
)

// quota is the budget of retries that all calls of a client share, so that a
// dead vendor is not stormed.
type quota struct {
	mu     sync.Mutex
	tokens int
}

func newQuota() *quota { return &quota{tokens: quotaCapacity} }

// take pays for a retry; it reports false when the budget is used up.
func (q *quota) take() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.tokens < quotaRetry {
		return false
	}
	q.tokens -= quotaRetry
	return true
}

// succeed books a call that ended well: its retries are refunded, or it earns
// a token when it needed none.
func (q *quota) succeed(paid int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tokens = min(q.tokens+max(paid*quotaRetry, quotaSuccess), quotaCapacity)
}
