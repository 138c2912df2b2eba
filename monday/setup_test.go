package monday_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
)

const board = mondaytest.BoardID

// setup returns a client and the fake behind it.
func setup(t testing.TB, cfg mondaytest.Config, opts ...transport.Option) (*monday.Client, *mondaytest.Server) {
	t.Helper()
	srv := mondaytest.New(cfg)
	return connect(t, srv, opts...), srv
}

func connect(t testing.TB, srv *mondaytest.Server, opts ...transport.Option) *monday.Client {
	t.Helper()
	c, err := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL},
		append([]transport.Option{transport.WithTransport(srv.Transport())}, opts...)...)
	require.NoError(t, err)
	return c
}

// create makes one item and returns it.
func create(t testing.TB, c *monday.Client, name string, columns monday.Columns) monday.Item {
	t.Helper()
	item, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: name, Columns: columns})
	require.NoError(t, err)
	return item
}

// collect ranges over a sequence.
func collect[T any](t testing.TB, seq func(func(T, error) bool)) []T {
	t.Helper()
	var out []T
	for v, err := range seq {
		require.NoError(t, err)
		out = append(out, v)
	}
	return out
}
