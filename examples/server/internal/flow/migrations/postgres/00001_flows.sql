-- +goose Up
CREATE TABLE flows (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    kind        TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BYTEA   NOT NULL,
    input       TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL, -- unix milliseconds, as all times here
    updated_at  BIGINT  NOT NULL,
    UNIQUE (kind, key)
);

CREATE TABLE flow_steps (
    flow_id    TEXT    NOT NULL REFERENCES flows (id),
    position   INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    vendor     TEXT    NOT NULL,
    state      TEXT    NOT NULL DEFAULT 'pending',
    attempts   INTEGER NOT NULL DEFAULT 0,
    ref        TEXT    NOT NULL DEFAULT '',
    error      TEXT    NOT NULL DEFAULT '',
    result     TEXT    NOT NULL DEFAULT '',
    started_at BIGINT  NOT NULL DEFAULT 0,
    updated_at BIGINT  NOT NULL,
    PRIMARY KEY (flow_id, name)
);

-- What was made at a vendor since a time: asked when a message is looked for.
CREATE INDEX flow_steps_made ON flow_steps (vendor, updated_at) WHERE ref <> '';
