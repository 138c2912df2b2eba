// Package pgtest gives tests a PostgreSQL schema of their own.
package pgtest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// turns bounds how many tests of a process use PostgreSQL at once, so that
// they do not use up its connections where many tests run in parallel.
var turns = make(chan struct{}, 4)

// Schema returns the URL of an empty schema that is dropped with the test. It
// skips the test where no PostgreSQL runs; in CI that is a failure.
func Schema(t *testing.T) string {
	t.Helper()
	turns <- struct{}{}
	t.Cleanup(func() { <-turns })
	base := cmp.Or(os.Getenv("CENTRALA_TEST_POSTGRES"), "postgres://root@127.0.0.1:5432/test?sslmode=disable")
	conn, err := pgx.Connect(t.Context(), base)
	switch {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatalf("PostgreSQL must run in CI: %v", err)
	case err != nil:
		t.Skip("PostgreSQL (CENTRALA_TEST_POSTGRES) cannot be reached")
	}
	schema := "centrala_" + strings.ToLower(rand.Text())
	if _, err := conn.Exec(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_, err := conn.Exec(ctx, "DROP SCHEMA "+schema+" CASCADE")
		if err := errors.Join(err, conn.Close(ctx)); err != nil {
			t.Error(err)
		}
	})
	return within(t, base, schema)
}

func within(t *testing.T, base, schema string) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	q.Set("pool_max_conns", "4") // as pgxpool understands it, whatever the number of CPUs
	u.RawQuery = q.Encode()
	return u.String()
}
