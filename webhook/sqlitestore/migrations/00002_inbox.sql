-- +goose Up
CREATE TABLE webhook_inbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- ids are not used twice
    key         BLOB    NOT NULL UNIQUE,
    source      TEXT    NOT NULL,
    body        BLOB    NOT NULL,
    meta        TEXT    NOT NULL DEFAULT '',
    state       INTEGER NOT NULL DEFAULT 1, -- 1 pending, 2 done, 3 dead
    attempt     INTEGER NOT NULL DEFAULT 0,
    token       TEXT    NOT NULL DEFAULT '',
    cause       TEXT    NOT NULL DEFAULT '',
    received_at INTEGER NOT NULL,           -- ms since 1970
    free_at     INTEGER NOT NULL,           -- ms since 1970: it can be taken
    settled_at  INTEGER                     -- ms since 1970: done or dead
);
CREATE INDEX webhook_inbox_pending ON webhook_inbox (free_at, id) WHERE state = 1;
CREATE INDEX webhook_inbox_done ON webhook_inbox (settled_at) WHERE state = 2;
CREATE INDEX webhook_inbox_dead ON webhook_inbox (id) WHERE state = 3;

-- +goose Down
DROP TABLE webhook_inbox;
