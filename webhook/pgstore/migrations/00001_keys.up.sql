CREATE TABLE {schema}webhook_keys (
    key         bytea       NOT NULL PRIMARY KEY,
    fingerprint bytea       NOT NULL,
    state       smallint    NOT NULL, -- 1 claimed, 2 released, 3 done, 4 dead
    token       text        NOT NULL,
    attempt     integer     NOT NULL,
    unsettled   boolean     NOT NULL DEFAULT false,
    result      bytea,
    cause       text        NOT NULL DEFAULT '',
    free_at     timestamptz NOT NULL, -- the lease lapses, the rest ends
    expires_at  timestamptz NOT NULL  -- the key is forgotten
);
CREATE INDEX webhook_keys_expires_at ON {schema}webhook_keys (expires_at);
