// Package redisstore keeps webhook claims and shared rate limits in Redis 5 or
// newer, or what speaks its protocol and runs Lua. Times are the server's.
//
// Claims are as durable as the server: set appendfsync always and
// maxmemory-policy noeviction where a forgotten key would repeat an effect.
// With the usual everysec, or with replication alone, a failing server may
// forget about a second of claims; keep the unique keys of a SQL inbox behind.
package redisstore

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/centrala-go/centrala/webhook"
)

// The scripts are one atomic step each, on one key.
var (
	//go:embed begin.lua
	beginText string
	//go:embed set.lua
	setText string
	//go:embed reopen.lua
	reopenText string

	beginScript  = redis.NewScript(beginText)
	setScript    = redis.NewScript(setText)
	reopenScript = redis.NewScript(reopenText)
)

// Store is a webhook.Store in Redis: a hash per key, whose time to live is how
// long the key is remembered.
type Store struct {
	client redis.UniversalClient
	prefix string
}

var _ webhook.Store = (*Store)(nil)

// New returns a store that puts prefix, "webhook:" for example, before its keys.
func New(client redis.UniversalClient, prefix string) *Store {
	return &Store{client, prefix}
}

// Begin implements webhook.Store.
func (s *Store) Begin(ctx context.Context, r webhook.BeginRequest) (webhook.Outcome, error) {
	if err := r.Validate(); err != nil {
		return webhook.Outcome{}, err
	}
	token := rand.Text()
	return outcome(beginScript.Run(ctx, s.client, s.keys(r.Key), beginArgs(r, token)...), r.Key, token)
}

// BeginBatch implements webhook.Store, in one round trip. Each key is a step of
// its own: after an error some may be claimed, and lapse.
func (s *Store) BeginBatch(ctx context.Context, rs []webhook.BeginRequest) ([]webhook.Outcome, error) {
	rs = slices.Clone(rs)
	for i := range rs {
		if err := rs[i].Validate(); err != nil {
			return nil, err
		}
	}
	tokens, cmds, pipe := make([]string, len(rs)), make([]*redis.Cmd, len(rs)), s.client.Pipeline()
	for i, r := range rs {
		tokens[i] = rand.Text()
		cmds[i] = pipe.Eval(ctx, beginText, s.keys(r.Key), beginArgs(r, tokens[i])...)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redisstore: begin batch: %w", err)
	}
	outcomes := make([]webhook.Outcome, len(rs))
	for i, r := range rs {
		var err error
		if outcomes[i], err = outcome(cmds[i], r.Key, tokens[i]); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

func (s *Store) keys(key string) []string { return []string{s.prefix + key} }

func beginArgs(r webhook.BeginRequest, token string) []any {
	return []any{r.Fingerprint, token, r.Lease.Milliseconds(), r.Keep.Milliseconds()}
}

// outcome reads what begin.lua returns: state, attempt, unsettled, wait in ms,
// result, cause.
func outcome(cmd *redis.Cmd, key, token string) (webhook.Outcome, error) {
	reply, err := cmd.Slice()
	if err != nil {
		return webhook.Outcome{}, fmt.Errorf("redisstore: begin: %w", err)
	}
	if len(reply) != 6 {
		return webhook.Outcome{}, errors.New("redisstore: begin: unexpected reply")
	}
	state, _ := reply[0].(string)
	attempt, _ := reply[1].(int64)
	unsettled := reply[2] == int64(1)
	wait, _ := reply[3].(int64)
	result, _ := reply[4].(string)
	cause, _ := reply[5].(string)
	switch state {
	case "acquired":
		return webhook.Outcome{State: webhook.StateAcquired, Claim: webhook.Claim{Key: key, Token: token, Attempt: int(attempt), Unsettled: unsettled}}, nil
	case "in flight":
		return webhook.Outcome{State: webhook.StateInFlight, RetryAfter: time.Duration(wait) * time.Millisecond}, nil
	case "done":
		return webhook.Outcome{State: webhook.StateDone, Result: []byte(result)}, nil
	case "mismatch":
		return webhook.Outcome{State: webhook.StateMismatch}, nil
	case "dead":
		return webhook.Outcome{State: webhook.StateDead, Cause: cause, Unsettled: unsettled}, nil
	}
	return webhook.Outcome{}, errors.New("redisstore: begin: unexpected state")
}

// Complete implements webhook.Store.
func (s *Store) Complete(ctx context.Context, c webhook.Claim, result []byte, ttl time.Duration) error {
	if ttl < 0 {
		return errors.New("redisstore: ttl must not be negative")
	}
	return s.set(ctx, c, "done", 0, orDefault(ttl, webhook.DefaultTTL), "unsettled", 0, "result", result)
}

// Release implements webhook.Store.
func (s *Store) Release(ctx context.Context, c webhook.Claim, r webhook.Release) error {
	if err := r.Validate(); err != nil {
		return err
	}
	state := "released"
	if r.Final {
		state = "dead"
	}
	return s.set(ctx, c, state, r.After, r.Keep, "unsettled", r.Unsettled, "cause", r.Cause)
}

// Extend implements webhook.Store.
func (s *Store) Extend(ctx context.Context, c webhook.Claim, lease time.Duration) error {
	if lease < 0 {
		return errors.New("redisstore: lease must not be negative")
	}
	return s.set(ctx, c, "claimed", orDefault(lease, webhook.DefaultLease), 0)
}

// set changes a key if the claim still owns it. A keep of zero leaves it.
func (s *Store) set(ctx context.Context, c webhook.Claim, state string, free, keep time.Duration, fields ...any) error {
	args := append([]any{c.Token, state, free.Milliseconds(), keep.Milliseconds(), rand.Text()}, fields...)
	n, err := setScript.Run(ctx, s.client, s.keys(c.Key), args...).Int()
	if err != nil {
		return fmt.Errorf("redisstore: %w", err)
	}
	if n == 0 {
		return webhook.ErrLeaseLost
	}
	return nil
}

// Reopen implements webhook.Store.
func (s *Store) Reopen(ctx context.Context, key string) error {
	n, err := reopenScript.Run(ctx, s.client, s.keys(key), webhook.DefaultTTL.Milliseconds()).Int()
	if err != nil {
		return fmt.Errorf("redisstore: reopen: %w", err)
	}
	if n == 0 {
		return webhook.ErrNotFound
	}
	return nil
}

// Purge implements webhook.Store: there is nothing to do, Redis expires keys.
func (s *Store) Purge(context.Context, int) (int, error) { return 0, nil }

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
