-- Each run of the program: why it began, and how it ended. `how` NULL: it runs, or nobody knows yet; the next start then
-- says what it must have been. `stuck`: the vital parts that made no progress last, for an end by the watchdog.

CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started_s REAL NOT NULL,
    started_utc_ms INTEGER,
    started_boot INTEGER NOT NULL REFERENCES boots,
    version TEXT NOT NULL,
    reason TEXT NOT NULL,
    stuck TEXT NOT NULL DEFAULT '',
    ended_s REAL,
    ended_utc_ms INTEGER,
    ended_boot INTEGER REFERENCES boots,
    how TEXT
) STRICT;

-- Power of each connector and of the station, by quarters of an hour: one row a day (days since 1970, UTC), packed.
CREATE TABLE load_days (
    day INTEGER PRIMARY KEY,
    format INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
