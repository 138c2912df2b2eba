// Package sqlitestore keeps webhook claims and the inbox in an SQLite database
// opened by the caller. It links no driver; modernc.org/sqlite is the one its
// tests use. SQLite 3.42 or newer is needed.
package sqlitestore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DSN is the data source name of a database file for modernc.org/sqlite: WAL,
// synchronous FULL (a commit is on disk when it returns), ten seconds of
// patience with other writers, and transactions that take the write lock at
// once. Keep the file on a local disk: WAL needs shared memory.
func DSN(path string) string {
	q := []string{
		"_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)", "_pragma=busy_timeout(10000)",
		"_pragma=foreign_keys(1)", "_txlock=immediate",
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(q, "&")
}

// Open opens a database file with the driver of the name given ("sqlite" for
// modernc.org/sqlite), one writing connection and the settings of DSN, and
// fails when the driver did not take the settings that durability rests on.
//
// With one connection, never use the *sql.DB while you hold one of its
// transactions, and never call the network inside one: everybody else waits.
func Open(ctx context.Context, driver, path string) (*sql.DB, error) {
	db, err := sql.Open(driver, DSN(path))
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: open: %w", err)
	}
	db.SetMaxOpenConns(1)
	if err := checkDurable(ctx, db); err != nil {
		return nil, fmt.Errorf("sqlitestore: open %s: %w", path, errors.Join(err, db.Close()))
	}
	return db, nil
}

func checkDurable(ctx context.Context, db *sql.DB) error {
	var journal string
	var synchronous int
	err := db.QueryRowContext(ctx, "SELECT journal_mode, synchronous FROM pragma_journal_mode, pragma_synchronous").
		Scan(&journal, &synchronous)
	if err == nil && (journal != "wal" || synchronous < 2) {
		err = fmt.Errorf("journal_mode is %s and synchronous %d, want wal and 2", journal, synchronous)
	}
	return err
}

// Migrate creates or updates the tables webhook_keys and webhook_inbox. Their
// version is kept in the table webhook_migrations, apart from your own. Several
// processes may start at once.
func Migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("sqlitestore: migrate: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithTableName("webhook_migrations"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("sqlitestore: migrate: %w", err)
	}
	// Another process may take a step between our look and our step, which then
	// fails; each look that follows sees its steps.
	for range 10 {
		if _, err = p.Up(ctx); err == nil {
			return nil
		}
	}
	return fmt.Errorf("sqlitestore: migrate: %w", err)
}
