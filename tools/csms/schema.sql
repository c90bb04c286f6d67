-- What the bench's central system remembers. `frame` is the raw log and keeps everything; the other tables are what
-- the frames said, with repeats recognised and counted.

CREATE TABLE IF NOT EXISTS frame (
    seq        INTEGER PRIMARY KEY,
    at         TEXT NOT NULL,               -- UTC, milliseconds
    identity   TEXT NOT NULL,
    direction  TEXT NOT NULL CHECK (direction IN ('from', 'to', 'withheld')),
    kind       TEXT NOT NULL,               -- call, result, error, garbage
    message_id TEXT NOT NULL,
    action     TEXT NOT NULL,               -- of the CALL, also for its answer
    text       TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS charger (
    identity         TEXT PRIMARY KEY,
    vendor           TEXT NOT NULL DEFAULT '',
    model            TEXT NOT NULL DEFAULT '',
    serial_number    TEXT NOT NULL DEFAULT '',
    firmware_version TEXT NOT NULL DEFAULT '',
    boots            INTEGER NOT NULL DEFAULT 0,
    connections      INTEGER NOT NULL DEFAULT 0,
    is_connected     INTEGER NOT NULL DEFAULT 0,
    last_heard_at    TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS connector (
    identity   TEXT NOT NULL,
    connector  INTEGER NOT NULL,
    status     TEXT NOT NULL,
    error_code TEXT NOT NULL,
    detail     TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (identity, connector)
) STRICT;

CREATE TABLE IF NOT EXISTS charge (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,   -- the transactionId
    identity       TEXT NOT NULL,
    connector      INTEGER NOT NULL,
    id_tag         TEXT NOT NULL,
    started_at     TEXT NOT NULL,
    meter_start_wh INTEGER NOT NULL,
    is_accepted    INTEGER NOT NULL,
    stopped_at     TEXT,
    meter_stop_wh  INTEGER,
    stop_reason    TEXT,
    stop_id_tag    TEXT,
    starts         INTEGER NOT NULL DEFAULT 1,          -- StartTransaction received, repeats included
    stops          INTEGER NOT NULL DEFAULT 0,          -- StopTransaction received, repeats included
    -- the same start again is the same transaction: the charger did not get our answer
    UNIQUE (identity, connector, id_tag, started_at, meter_start_wh)
) STRICT;

CREATE TABLE IF NOT EXISTS reading (
    identity    TEXT NOT NULL,
    connector   INTEGER NOT NULL,
    charge      INTEGER NOT NULL,           -- the transactionId told, 0 where none was
    measured_at TEXT NOT NULL,
    measurand   TEXT NOT NULL,
    context     TEXT NOT NULL,
    phase       TEXT NOT NULL,
    location    TEXT NOT NULL,
    unit        TEXT NOT NULL,
    value       TEXT NOT NULL,
    times       INTEGER NOT NULL DEFAULT 1, -- received, repeats included
    PRIMARY KEY (identity, connector, charge, measured_at, measurand, context, phase, location)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS problem (
    at       TEXT NOT NULL,
    identity TEXT NOT NULL,
    what     TEXT NOT NULL,
    evidence TEXT NOT NULL
) STRICT;
