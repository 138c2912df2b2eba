-- +goose Up
CREATE TABLE webhook_keys (
    key         BLOB    NOT NULL PRIMARY KEY,
    fingerprint BLOB    NOT NULL,
    state       INTEGER NOT NULL, -- 1 claimed, 2 released, 3 done, 4 dead
    token       TEXT    NOT NULL,
    attempt     INTEGER NOT NULL,
    unsettled   INTEGER NOT NULL DEFAULT 0,
    result      BLOB,
    cause       TEXT    NOT NULL DEFAULT '',
    free_at     INTEGER NOT NULL, -- ms since 1970: the lease lapses, the rest ends
    expires_at  INTEGER NOT NULL  -- ms since 1970: the key is forgotten
) WITHOUT ROWID;
CREATE INDEX webhook_keys_expires_at ON webhook_keys (expires_at);

-- +goose Down
DROP TABLE webhook_keys;
