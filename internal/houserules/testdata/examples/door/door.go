// Package door is a proof.
package door

import "context"

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

// Store takes a context.
type Store struct{}

// Put is called.
func (s *Store) Put(ctx context.Context) {}

// Get is not.
func (s *Store) Get(ctx context.Context) {} // want "door.Store.Get has no example"

// Len takes no context.
func (s *Store) Len() int { return 0 }
