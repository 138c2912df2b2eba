CREATE TABLE {schema}webhook_inbox (
    id          bigserial   PRIMARY KEY,
    key         bytea       NOT NULL UNIQUE,
    source      text        NOT NULL,
    body        bytea       NOT NULL,
    meta        text        NOT NULL DEFAULT '',
    state       smallint    NOT NULL DEFAULT 1, -- 1 pending, 2 done, 3 dead
    attempt     integer     NOT NULL DEFAULT 0,
    token       text        NOT NULL DEFAULT '',
    cause       text        NOT NULL DEFAULT '',
    received_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    free_at     timestamptz NOT NULL DEFAULT statement_timestamp(), -- it can be taken
    settled_at  timestamptz                                         -- done or dead
);
CREATE INDEX webhook_inbox_pending ON {schema}webhook_inbox (free_at, id) WHERE state = 1;
CREATE INDEX webhook_inbox_done ON {schema}webhook_inbox (settled_at) WHERE state = 2;
CREATE INDEX webhook_inbox_dead ON {schema}webhook_inbox (id) WHERE state = 3;
