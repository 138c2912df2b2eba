package flow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/centrala-go/centrala/webhook/pgstore"
)

// migrationLock is the advisory lock under which one process migrates.
const migrationLock = 7_236_914_502

// OpenPostgres connects to a database, brings its tables up to date and
// returns a Store on it, for any number of processes. The tables lie in the
// first schema of the URL's search_path.
func OpenPostgres(ctx context.Context, url string, log *slog.Logger) (Store, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, errors.New("DATABASE_URL: is not a PostgreSQL URL") // the cause may hold the password
	}
	driver := riverpgxv5.New(pool)
	if err := migratePostgres(ctx, pool, driver); err != nil {
		pool.Close()
		return nil, err
	}
	return &store[pgx.Tx]{
		driver: driver, claims: pgstore.New(pool, ""), workers: 50, log: log,
		reads:  postgresSession{pool},
		within: func(tx pgx.Tx) session { return postgresSession{tx} },
		begin: func(ctx context.Context, work func(pgx.Tx) error) error {
			return pgx.BeginFunc(ctx, pool, work)
		},
		lightly: func(ctx context.Context, work func(session) error) error { return lightlyPostgres(ctx, pool, work) },
		boot:    epoch,
		complete: func(ctx context.Context, tx pgx.Tx, job *river.Job[stepArgs]) error {
			_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
			return err
		},
		ping:  pool.Ping,
		close: func() error { pool.Close(); return nil },
	}, nil
}

// migratePostgres lets one of several starting processes migrate while the
// others wait.
func migratePostgres(ctx context.Context, pool *pgxpool.Pool, driver *riverpgxv5.Driver) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("locking for migrations: %w", err)
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrationLock) }()
	if err := pgstore.Migrate(ctx, pool, ""); err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(pool)
	if err := errors.Join(migrateFlows(ctx, goose.DialectPostgres, db), db.Close()); err != nil {
		return err
	}
	return migrateJobs(ctx, driver)
}
