package flow

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// lightlySQLite runs work on the one connection with commits that do not wait
// for the disk: what they write survives the death of this process, because the
// kernel has it, but not the machine's. NORMAL still syncs before and after a
// checkpoint, so the database cannot be damaged; OFF could. The connection is
// thrown away when FULL cannot be restored.
func lightlySQLite(ctx context.Context, db *sql.DB, work func(*sql.Conn) error) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() {
		_, failed := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = FULL")
		if failed != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
		err = errors.Join(err, failed, conn.Close())
	}()
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = NORMAL"); err != nil {
		return err
	}
	return work(conn)
}

// bootID names the boot of this machine, "" where nothing does.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// lightlyPostgres runs work in a transaction whose commit does not wait for
// the disk: it survives the death of this process, but not the database's.
func lightlyPostgres(ctx context.Context, pool *pgxpool.Pool, work func(session) error) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL synchronous_commit TO off"); err != nil {
			return err
		}
		return work(postgresSession{tx})
	})
}

// epoch names the time since the database last recovered: from a crash, from a
// backup, or as a replica that took over. Its name lies in an unlogged table,
// which every recovery empties.
func epoch(ctx context.Context, s session) (string, error) {
	r, err := s.query(ctx, `
		WITH fresh AS (
		    INSERT INTO flow_epoch (name) SELECT ?1 WHERE NOT EXISTS (SELECT FROM flow_epoch) ON CONFLICT DO NOTHING RETURNING name
		)
		SELECT name FROM flow_epoch UNION ALL SELECT name FROM fresh`, rand.Text())
	if err != nil {
		return "", err
	}
	defer r.close()
	name := ""
	if r.Next() {
		err = r.Scan(&name)
	}
	r.close()
	return name, errors.Join(err, r.Err())
}
