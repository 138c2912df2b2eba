package pgstore

// inboxSQL are the statements of an inbox on the tables of its schema.
type inboxSQL struct {
	insert, known, take, takeIDs, load, settle, dead, requeue, stats, purge string
}

const deliveryColumns = `id, key, source, body, meta, attempt, token, cause, received_at`

func inboxStatements(schema string) inboxSQL {
	return inboxSQL{
		insert:  qualify(insertSQL, schema),
		known:   qualify(`SELECT id, key, sha256(body) FROM {schema}webhook_inbox WHERE key = ANY($1::bytea[])`, schema),
		take:    qualify(takeSQL, schema),
		takeIDs: qualify(takeIDsSQL, schema),
		load:    qualify(`SELECT `+deliveryColumns+` FROM {schema}webhook_inbox WHERE id = $1 AND state = 1`, schema),
		settle:  qualify(settleSQL, schema),
		dead:    qualify(`SELECT `+deliveryColumns+` FROM {schema}webhook_inbox WHERE state = 3 AND id > $1 ORDER BY id LIMIT $2`, schema),
		requeue: qualify(requeueSQL, schema),
		stats:   qualify(statsSQL, schema),
		purge:   qualify(purgeSQL, schema),
	}
}

// insertSQL numbers events in the order they came, and inserts them in the
// order of their keys, so that two batches cannot wait for each other.
const insertSQL = `
INSERT INTO {schema}webhook_inbox (id, key, source, body, meta)
SELECT id, key, source, body, meta FROM (
    SELECT nextval('{schema}webhook_inbox_id_seq') AS id, e.*
    FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::text[]) AS e (key, source, body, meta)
) AS numbered
ORDER BY key, id
ON CONFLICT (key) DO NOTHING
RETURNING id, key, received_at`

const (
	takeSQL = `
WITH picked AS MATERIALIZED (
    SELECT id FROM {schema}webhook_inbox WHERE state = 1 AND free_at <= statement_timestamp()
    ORDER BY free_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
)` + leaseSQL

	takeIDsSQL = `
WITH picked AS MATERIALIZED (
    SELECT id FROM {schema}webhook_inbox WHERE state = 1 AND free_at <= statement_timestamp() AND id = ANY($1::bigint[])
    FOR UPDATE SKIP LOCKED
)` + leaseSQL

	leaseSQL = `
UPDATE {schema}webhook_inbox SET attempt = attempt + 1, token = $2,
    free_at = statement_timestamp() + $3::bigint * interval '1 ms'
WHERE id IN (SELECT id FROM picked)
RETURNING ` + deliveryColumns
)

const settleSQL = `
UPDATE {schema}webhook_inbox SET
    state      = $3::int,
    cause      = $4,
    token      = CASE WHEN $3::int = 1 THEN '' ELSE token END,
    free_at    = CASE WHEN $3::int = 1 THEN statement_timestamp() + $5::bigint * interval '1 ms' ELSE free_at END,
    settled_at = CASE WHEN $3::int = 1 THEN NULL ELSE statement_timestamp() END
WHERE id = $1 AND token = $2 AND state = 1`

const requeueSQL = `
UPDATE {schema}webhook_inbox
SET state = 1, attempt = 0, token = '', settled_at = NULL, free_at = statement_timestamp()
WHERE state = 3 AND id = ANY($1::bigint[])
RETURNING ` + deliveryColumns

const statsSQL = `SELECT
    (SELECT count(*) FROM {schema}webhook_inbox WHERE state = 1),
    (SELECT count(*) FROM {schema}webhook_inbox WHERE state = 3),
    (SELECT coalesce(extract(epoch FROM statement_timestamp() - min(received_at)) * 1000, 0)::bigint
     FROM {schema}webhook_inbox WHERE state = 1)`

const purgeSQL = `DELETE FROM {schema}webhook_inbox WHERE id = ANY(ARRAY(
    SELECT id FROM {schema}webhook_inbox
    WHERE state = 2 AND settled_at <= statement_timestamp() - $1::bigint * interval '1 ms'
    LIMIT $2 FOR UPDATE SKIP LOCKED))`
