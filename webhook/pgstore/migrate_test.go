package pgstore_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook/pgstore"
)

func TestMigrate_Concurrently(t *testing.T) {
	t.Parallel()
	pool, schema := connect(t, nil), "webhook_"+strings.ToLower(rand.Text())
	dropAfter(t, pool, schema)
	errs := make(chan error)
	for range 6 { // as many processes, each with connections of its own
		own := connect(t, nil)
		go func() { errs <- pgstore.Migrate(t.Context(), own, schema) }()
	}
	for range 6 {
		require.NoError(t, <-errs)
	}
	require.NoError(t, pgstore.Migrate(t.Context(), pool, schema), "once more changes nothing")
	var tables int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = $1", schema).Scan(&tables))
	require.Equal(t, 3, tables)
}

func TestMigrate_RefusesOddNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`a"b`, "A", "a.b", "a b", strings.Repeat("x", 64)} {
		require.ErrorContains(t, pgstore.Migrate(t.Context(), nil, name), "schema")
	}
}
