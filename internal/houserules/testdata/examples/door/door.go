// Package door is a proof.
package door

import (
	"context"
	"testing"
)

// Client is documented.
type Client struct{}

// NewClient has its example.
func NewClient() *Client { return nil }

// New is only called, which is not enough for a constructor.
func New() *Client { return nil } // want "door.New has no example"

// Open has its example.
func (c *Client) Open(ctx context.Context) {}

// Close has one without output.
func (c *Client) Close() {} // want "door.Client.Close has no example"

// Knock is only called.
func (c *Client) Knock() {} // want "door.Client.Knock has no example"

// Ring is excused.
func (c *Client) Ring() {}

// String is plumbing.
func (c *Client) String() string { return "" }

// WithBell is called in a checked example.
func WithBell() {}

// WithLock is called in an example that is not checked.
func WithLock() {} // want "door.WithLock has no example"

// Store has methods that are no entry points.
type Store struct{}

// Put is one of them.
func (s *Store) Put(ctx context.Context) {}

// TestStore runs in its user's test.
func TestStore(t *testing.T) {}

// TestAny too.
func TestAny(t testing.TB, door string) {}
