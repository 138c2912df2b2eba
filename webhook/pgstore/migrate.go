// Package pgstore keeps webhook claims and the inbox in PostgreSQL, version 11
// or newer. Times are the database's, so clients with wrong clocks agree. The
// isolation level must be READ COMMITTED, as it is unless you changed it.
//
// Behind a pooler in transaction mode (PgBouncer, Supabase's port 6543) set the
// pool's DefaultQueryExecMode to pgx.QueryExecModeExec or CacheDescribe, and
// run Migrate over a direct connection: its lock belongs to a session.
package pgstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// Migrate creates or updates the tables webhook_keys and webhook_inbox in a
// schema, which it creates where it is absent; "" means the first schema of the
// search path. The version is kept in the table webhook_migrations beside them.
// Several processes may start at once: a session lock lets one migrate and the
// others wait.
func Migrate(ctx context.Context, pool *pgxpool.Pool, schema string) (err error) {
	if schema != "" && !schemaName.MatchString(schema) {
		return fmt.Errorf("pgstore: schema %q is no plain lower-case name", schema)
	}
	id := int64(crc32.ChecksumIEEE([]byte("centrala webhook " + schema)))
	if err := createSchema(ctx, pool, schema, id); err != nil {
		return fmt.Errorf("pgstore: create schema: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := provider(db, schema, id)
	if err != nil {
		return fmt.Errorf("pgstore: migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("pgstore: migrate: %w", err)
	}
	return nil
}

func createSchema(ctx context.Context, pool *pgxpool.Pool, schema string, id int64) error {
	if schema == "" {
		return nil
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		// IF NOT EXISTS alone fails for one of two who come at once.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{schema}.Sanitize())
		return err
	})
}

func provider(db *sql.DB, schema string, id int64) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(id), lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, err
	}
	steps, err := steps(schema)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, nil, goose.WithGoMigrations(steps...),
		goose.WithTableName(strings.TrimPrefix(schema+".webhook_migrations", ".")),
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
}

// steps are the embedded migrations with the schema put in.
func steps(schema string) ([]*goose.Migration, error) {
	ups, err := fs.Glob(migrations, "migrations/*.up.sql")
	if err != nil {
		return nil, err
	}
	all := make([]*goose.Migration, len(ups))
	for i, up := range ups {
		version, err := goose.NumericComponent(up)
		if err != nil {
			return nil, err
		}
		down := strings.Replace(up, ".up.", ".down.", 1)
		all[i] = goose.NewGoMigration(version, step(up, schema), step(down, schema))
	}
	return all, nil
}

func step(name, schema string) *goose.GoFunc {
	return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, qualify(string(text), schema))
		return err
	}}
}

// qualify puts the schema in front of the tables of a statement.
func qualify(text, schema string) string {
	prefix := ""
	if schema != "" {
		prefix = pgx.Identifier{schema}.Sanitize() + "."
	}
	return strings.ReplaceAll(text, "{schema}", prefix)
}
