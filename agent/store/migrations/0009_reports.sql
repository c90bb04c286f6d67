-- Commissioning reports, by number, oldest first. The file of each lies beside the database (reports/); the row keeps
-- what ties the next one to it, and outlives a factory reset, which the file does not: it names people.

CREATE TABLE reports (
    number INTEGER PRIMARY KEY,
    report_id TEXT NOT NULL UNIQUE,
    job INTEGER NOT NULL,
    is_complete INTEGER NOT NULL CHECK (is_complete IN (0, 1)),
    missing INTEGER NOT NULL,
    hash TEXT NOT NULL,
    public_key TEXT NOT NULL,
    sealed_s REAL NOT NULL,
    sealed_utc_ms INTEGER,
    sealed_boot INTEGER NOT NULL REFERENCES boots
) STRICT;

-- What was ticked when the charger was handed to its owner: each item once, at its first tick.
CREATE TABLE handover_ticks (
    item TEXT PRIMARY KEY,
    ticked_s REAL NOT NULL,
    ticked_utc_ms INTEGER,
    ticked_boot INTEGER NOT NULL REFERENCES boots
) STRICT, WITHOUT ROWID;

-- The owner's activation code: a salted hash of the one that was drawn last. `used`: it has activated.
CREATE TABLE owner_code (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    salt TEXT NOT NULL,
    hash TEXT NOT NULL,
    is_used INTEGER NOT NULL CHECK (is_used IN (0, 1))
) STRICT;
