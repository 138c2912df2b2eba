-- +goose Up
-- watched: the attempt that announces its requests, 0 for none; boot: the
-- epoch of the database in which it began; sent: 1 when a request of it or of
-- an earlier attempt may have left.
ALTER TABLE flow_steps ADD COLUMN watched INTEGER NOT NULL DEFAULT 0;
ALTER TABLE flow_steps ADD COLUMN boot TEXT NOT NULL DEFAULT '';
ALTER TABLE flow_steps ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;

-- One row, which is lost whenever commits may have been.
CREATE UNLOGGED TABLE flow_epoch (
    one  BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
    name TEXT    NOT NULL
);
