package pgstore_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
	"github.com/centrala-go/centrala/webhook/pgstore"
)

func TestMigrate_Concurrently(t *testing.T) {
	t.Parallel()
	pool, schema := connect(t, nil), "webhook_"+strings.ToLower(rand.Text())
	dropAfter(t, pool, schema)
	migrateAtOnce(t, schema)
	require.NoError(t, pgstore.Migrate(t.Context(), pool, schema), "once more changes nothing")
	var tables int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = $1", schema).Scan(&tables))
	require.Equal(t, 3, tables)
}

func migrateAtOnce(t *testing.T, schema string) {
	t.Helper()
	errs := make(chan error)
	for range 6 { // as many processes, each with connections of its own
		own := connect(t, nil)
		go func() { errs <- pgstore.Migrate(t.Context(), own, schema) }()
	}
	for range 6 {
		require.NoError(t, <-errs)
	}
}

// TestMigrate_FromOlderVersions upgrades tables as former versions of this
// package left them, many processes at once.
func TestMigrate_FromOlderVersions(t *testing.T) {
	t.Parallel()
	pool, schema := open(t)
	s := pgstore.New(pool, schema)
	o, err := s.Begin(t.Context(), webhook.BeginRequest{Key: "old"})
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), strings.ReplaceAll("DROP TABLE $.webhook_inbox; DELETE FROM $.webhook_migrations WHERE version_id > 1", "$", schema)) // version 1
	require.NoError(t, err)
	migrateAtOnce(t, schema)
	require.NoError(t, s.Complete(t.Context(), o.Claim, nil, 0), "what was there is kept")
	_, err = pgstore.NewInbox(pool, pgstore.InboxConfig{Schema: schema}).Put(t.Context(), webhook.InboxEvent{Source: "s", Key: "k"})
	require.NoError(t, err)
}

func TestMigrate_RefusesOddNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`a"b`, "A", "a.b", "a b", strings.Repeat("x", 64)} {
		require.ErrorContains(t, pgstore.Migrate(t.Context(), nil, name), "schema")
	}
}
