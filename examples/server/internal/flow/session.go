package flow

import (
	"context"
	"database/sql"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// session runs statements on a database or in one of its transactions. The
// statements are written once, with SQLite's numbered placeholders (?1).
type session interface {
	// exec returns how many rows it changed.
	exec(ctx context.Context, query string, args ...any) (int64, error)
	query(ctx context.Context, query string, args ...any) (rows, error)
}

// rows is what both drivers' results have in common.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	close()
}

// sqliteSession is a session on *sql.DB or *sql.Tx.
type sqliteSession struct {
	on interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (s sqliteSession) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := s.on.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (s sqliteSession) query(ctx context.Context, query string, args ...any) (rows, error) {
	r, err := s.on.QueryContext(ctx, query, args...) //nolint:rowserrcheck,sqlclosecheck // the caller closes and checks
	if err != nil {
		return nil, err
	}
	return sqliteRows{r}, nil
}

type sqliteRows struct{ *sql.Rows }

func (r sqliteRows) close() { _ = r.Close() } // Err has told what matters

// postgresSession is a session on a pool or a pgx.Tx.
type postgresSession struct {
	on interface {
		Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
		Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	}
}

func (s postgresSession) exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := s.on.Exec(ctx, strings.ReplaceAll(query, "?", "$"), args...)
	return tag.RowsAffected(), err
}

func (s postgresSession) query(ctx context.Context, query string, args ...any) (rows, error) {
	r, err := s.on.Query(ctx, strings.ReplaceAll(query, "?", "$"), args...)
	if err != nil {
		return nil, err
	}
	return postgresRows{r}, nil
}

type postgresRows struct{ pgx.Rows }

func (r postgresRows) close() { r.Close() }
