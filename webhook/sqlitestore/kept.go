package sqlitestore

import (
	"context"
	"database/sql"
	"sync"
)

// kept is a database that prepares each statement once: preparing costs more
// than running. The statements are constants, so they are few.
type kept struct {
	*sql.DB
	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

func keep(db *sql.DB) *kept { return &kept{DB: db, stmts: map[string]*sql.Stmt{}} }

// prepare returns the statement of a query. It waits for a connection, so a
// caller that holds the only one in a transaction must have called it before.
func (k *kept) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	k.mu.Lock()
	stmt := k.stmts[query]
	k.mu.Unlock()
	if stmt != nil {
		return stmt, nil
	}
	stmt, err := k.PrepareContext(ctx, query) // without the lock: it may wait for a connection
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if first := k.stmts[query]; first != nil { // of somebody who came at the same time
		return first, stmt.Close()
	}
	k.stmts[query] = stmt
	return stmt, nil
}

// ExecContext is that of the database, with the statement kept.
func (k *kept) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := k.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

// QueryContext is that of the database, with the statement kept.
func (k *kept) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := k.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRowContext is that of the database, with the statement kept.
func (k *kept) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	stmt, err := k.prepare(ctx, query)
	if err != nil {
		return k.DB.QueryRowContext(ctx, query, args...) // a *sql.Row alone can carry the error
	}
	return stmt.QueryRowContext(ctx, args...)
}
