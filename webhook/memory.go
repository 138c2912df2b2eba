package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"
)

// MemoryStore is a Store in this process's memory, for tests and for single
// processes that may forget at a restart. Expired keys go as new ones come, a
// few at a time; Purge drops them at once.
type MemoryStore struct {
	mu   sync.Mutex
	keys map[string]*memoryKey
}

type memoryKey struct {
	state       memoryState
	fingerprint []byte
	token       string
	attempt     int
	unsettled   bool
	result      []byte
	cause       string
	free        time.Time // when the lease lapses or the rest ends
	expires     time.Time
}

type memoryState int

const (
	memoryClaimed memoryState = iota
	memoryReleased
	memoryDone
	memoryDead
)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{keys: map[string]*memoryKey{}}
}

// Begin implements Store.
func (s *MemoryStore) Begin(_ context.Context, r BeginRequest) (Outcome, error) {
	if err := r.Validate(); err != nil {
		return Outcome{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begin(r, time.Now()), nil
}

// BeginBatch implements Store.
func (s *MemoryStore) BeginBatch(_ context.Context, rs []BeginRequest) ([]Outcome, error) {
	rs = slices.Clone(rs)
	for i := range rs {
		if err := rs[i].Validate(); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, outcomes := time.Now(), make([]Outcome, len(rs))
	for i, r := range rs {
		outcomes[i] = s.begin(r, now)
	}
	return outcomes, nil
}

func (s *MemoryStore) begin(r BeginRequest, now time.Time) Outcome {
	k := s.keys[r.Key]
	if k == nil || !now.Before(k.expires) {
		s.sweep(now, 4)
		k = &memoryKey{fingerprint: bytes.Clone(r.Fingerprint)}
		s.keys[r.Key] = k
	} else if o := k.refuse(r, now); o.State != 0 {
		return o
	}
	k.unsettled = k.unsettled || k.attempt > 0 && k.state == memoryClaimed
	k.state, k.token, k.attempt = memoryClaimed, rand.Text(), k.attempt+1
	k.free = now.Add(r.Lease)
	k.expires = k.free.Add(r.Keep)
	return Outcome{State: StateAcquired, Claim: Claim{
		Key: r.Key, Token: k.token, Attempt: k.attempt, Unsettled: k.unsettled,
	}}
}

// sweep looks at some keys, wherever the map begins, and drops the expired.
func (s *MemoryStore) sweep(now time.Time, looks int) {
	for key, k := range s.keys {
		if looks--; looks < 0 {
			return
		}
		if !now.Before(k.expires) {
			delete(s.keys, key)
		}
	}
}

func (k *memoryKey) refuse(r BeginRequest, now time.Time) Outcome {
	if len(k.fingerprint) > 0 && len(r.Fingerprint) > 0 && !bytes.Equal(k.fingerprint, r.Fingerprint) {
		return Outcome{State: StateMismatch}
	}
	switch {
	case k.state == memoryDone:
		return Outcome{State: StateDone, Result: bytes.Clone(k.result)}
	case k.state == memoryDead:
		return Outcome{State: StateDead, Cause: k.cause, Unsettled: k.unsettled}
	case now.Before(k.free):
		return Outcome{State: StateInFlight, RetryAfter: k.free.Sub(now)}
	}
	return Outcome{}
}

// owned runs set on the key if the claim still owns it.
func (s *MemoryStore) owned(c Claim, set func(k *memoryKey, now time.Time)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, k := time.Now(), s.keys[c.Key]
	if k == nil || k.state != memoryClaimed || k.token != c.Token || !now.Before(k.expires) {
		return ErrLeaseLost
	}
	set(k, now)
	return nil
}

// Complete implements Store.
func (s *MemoryStore) Complete(_ context.Context, c Claim, result []byte, ttl time.Duration) error {
	if ttl < 0 {
		return errors.New("webhook: ttl must not be negative")
	}
	return s.owned(c, func(k *memoryKey, now time.Time) {
		k.state, k.result, k.unsettled = memoryDone, bytes.Clone(result), false
		k.expires = now.Add(orDefault(ttl, DefaultTTL))
	})
}

// Release implements Store.
func (s *MemoryStore) Release(_ context.Context, c Claim, r Release) error {
	if err := r.Validate(); err != nil {
		return err
	}
	return s.owned(c, func(k *memoryKey, now time.Time) {
		k.state, k.cause, k.unsettled = memoryReleased, r.Cause, r.Unsettled
		if r.Final {
			k.state = memoryDead
		}
		k.free = now.Add(r.After)
		k.expires = k.free.Add(r.Keep)
	})
}

// Extend implements Store.
func (s *MemoryStore) Extend(_ context.Context, c Claim, lease time.Duration) error {
	if lease < 0 {
		return errors.New("webhook: lease must not be negative")
	}
	return s.owned(c, func(k *memoryKey, now time.Time) {
		keep := k.expires.Sub(k.free)
		k.free = now.Add(orDefault(lease, DefaultLease))
		k.expires = k.free.Add(keep)
	})
}

// Reopen implements Store.
func (s *MemoryStore) Reopen(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, k := time.Now(), s.keys[key]
	if k == nil || k.state != memoryDead || !now.Before(k.expires) {
		return ErrNotFound
	}
	k.state, k.free, k.expires = memoryReleased, now, now.Add(DefaultTTL)
	return nil
}

// Purge implements Store.
func (s *MemoryStore) Purge(_ context.Context, limit int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, n := time.Now(), 0
	for key, k := range s.keys {
		if n == limit {
			break
		}
		if !now.Before(k.expires) {
			delete(s.keys, key)
			n++
		}
	}
	return n, nil
}
