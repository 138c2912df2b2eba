package flow

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

//go:embed migrations
var migrations embed.FS

// OpenSQLite opens or creates a database file, brings its tables up to date
// and returns a Store on it, for one process.
func OpenSQLite(ctx context.Context, path string, log *slog.Logger) (Store, error) {
	db, err := sqlitestore.Open(ctx, "sqlite", path)
	if err != nil {
		return nil, err
	}
	driver := riversqlite.New(db)
	if err := migrateSQLite(ctx, db, driver); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	boot := bootID()
	return &store[*sql.Tx]{
		driver: driver, claims: sqlitestore.New(db), workers: 32, log: log,
		reads:  sqliteSession{db},
		within: func(tx *sql.Tx) session { return sqliteSession{tx} },
		begin:  func(ctx context.Context, work func(*sql.Tx) error) error { return inSQLite(ctx, db, work) },
		lightly: func(ctx context.Context, work func(session) error) error {
			return lightlySQLite(ctx, db, func(conn *sql.Conn) error { return work(sqliteSession{conn}) })
		},
		boot: func(context.Context, session) (string, error) { return boot, nil },
		complete: func(ctx context.Context, tx *sql.Tx, job *river.Job[stepArgs]) error {
			_, err := river.JobCompleteTx[*riversqlite.Driver](ctx, tx, job)
			return err
		},
		ping: db.PingContext, close: db.Close,
	}, nil
}

func migrateSQLite(ctx context.Context, db *sql.DB, driver *riversqlite.Driver) error {
	if err := sqlitestore.Migrate(ctx, db); err != nil {
		return err
	}
	if err := migrateFlows(ctx, goose.DialectSQLite3, db); err != nil {
		return err
	}
	return migrateJobs(ctx, driver)
}

// migrateFlows brings the tables of this package up to date.
func migrateFlows(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	folder := "sqlite"
	if dialect == goose.DialectPostgres {
		folder = "postgres"
	}
	files, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, db, files, goose.WithTableName("flow_migrations"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrating flows: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating flows: %w", err)
	}
	return nil
}

func inSQLite(ctx context.Context, db *sql.DB, work func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := work(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
