-- Orders from afar: through which door a command came, whose key signed it, and for which support case.
ALTER TABLE audit ADD COLUMN via TEXT NOT NULL DEFAULT 'socket';
ALTER TABLE audit ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN support_case TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN order_id TEXT NOT NULL DEFAULT '';

-- The ids of orders that were taken, so that none is done twice over a restart.
CREATE TABLE orders_taken (
    id TEXT PRIMARY KEY,
    expires_utc_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- No order that expires up to here is taken any more: its id may be forgotten.
CREATE TABLE orders_floor (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    utc_ms INTEGER NOT NULL
) STRICT;
