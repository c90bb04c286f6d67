-- What uptime and charging success are computed from (docs/uptime.md), and how the configuration came to be what it is.

-- Runs of the program, for the gaps between them. alive_*: the last sign of life that is on record; it rides along with
-- other commits. `ended`: a word where it ended in order. `boards`: JSON, boot ids of the pilot boards by port.
CREATE TABLE service_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    began_s REAL NOT NULL,
    began_utc_ms INTEGER,
    began_boot INTEGER NOT NULL,
    alive_s REAL NOT NULL,
    alive_utc_ms INTEGER,
    alive_boot INTEGER NOT NULL,
    ended TEXT NOT NULL DEFAULT '',
    version TEXT NOT NULL,
    boards TEXT NOT NULL DEFAULT '{}'
) STRICT;

-- From when on a port counts: it served for the first time.
CREATE TABLE service_ports (
    port INTEGER PRIMARY KEY,
    began_s REAL NOT NULL,
    began_utc_ms INTEGER,
    began_boot INTEGER NOT NULL
) STRICT;

CREATE TABLE outages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    port INTEGER NOT NULL,
    cause TEXT NOT NULL,
    class TEXT NOT NULL,
    evidence TEXT NOT NULL,
    began_s REAL NOT NULL,
    began_utc_ms INTEGER,
    began_boot INTEGER NOT NULL,
    ended_s REAL,
    ended_utc_ms INTEGER,
    ended_boot INTEGER,
    wanted INTEGER NOT NULL,
    verdict TEXT NOT NULL DEFAULT '',
    verdict_by TEXT NOT NULL DEFAULT '',
    verdict_why TEXT NOT NULL DEFAULT ''
) STRICT;

-- Times without the central system, from a minute on.
CREATE TABLE offline_times (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    class TEXT NOT NULL,
    cause TEXT NOT NULL,
    began_s REAL NOT NULL,
    began_utc_ms INTEGER,
    began_boot INTEGER NOT NULL,
    ended_s REAL,
    ended_utc_ms INTEGER,
    ended_boot INTEGER
) STRICT;

CREATE TABLE maintenance_windows (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    opened_s REAL NOT NULL,
    opened_utc_ms INTEGER,
    opened_boot INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    closed_ms INTEGER,
    why TEXT NOT NULL,
    opened_by TEXT NOT NULL
) STRICT;

-- One row a plug-in. fields: JSON, without tokens (agent/store/attempts.py). ended_* NULL: the car is still there.
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    port INTEGER NOT NULL,
    began_s REAL NOT NULL,
    began_utc_ms INTEGER,
    began_boot INTEGER NOT NULL,
    ended_s REAL,
    ended_utc_ms INTEGER,
    ended_boot INTEGER,
    fields TEXT NOT NULL
) STRICT;

-- Each change of a key: what it was, what it is, by which path, and who. Secrets stand in neither.
CREATE TABLE config_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_s REAL NOT NULL,
    at_utc_ms INTEGER,
    at_boot INTEGER NOT NULL,
    key TEXT NOT NULL,
    before TEXT,
    after TEXT,
    path TEXT NOT NULL,
    who TEXT NOT NULL
) STRICT;

-- The keys as the last start found them, so that the next one sees what was changed while nobody looked.
CREATE TABLE config_known (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
