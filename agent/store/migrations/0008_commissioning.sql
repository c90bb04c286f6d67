-- What taking the charger into service found, for as long as the charger lives. An attempt at a test is never changed
-- and never forgotten with its job; a new commissioning is a new job. Connector NULL: of the whole charger.

CREATE TABLE commissioning_jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    started_s REAL NOT NULL,
    started_utc_ms INTEGER,
    started_boot INTEGER NOT NULL,
    ended_s REAL,
    ended_utc_ms INTEGER,
    ended_boot INTEGER,
    by_whom TEXT NOT NULL,
    software TEXT NOT NULL,
    config_hash TEXT NOT NULL,
    runs INTEGER NOT NULL,
    pauses_ms INTEGER NOT NULL,
    answers TEXT NOT NULL
) STRICT;

-- The steps of a job as they stand, in the order in which they were begun last.
CREATE TABLE commissioning_steps (
    job INTEGER NOT NULL REFERENCES commissioning_jobs (number),
    place INTEGER NOT NULL,
    key TEXT NOT NULL,
    started_s REAL NOT NULL,
    started_utc_ms INTEGER,
    started_boot INTEGER NOT NULL,
    ended_s REAL,
    ended_utc_ms INTEGER,
    ended_boot INTEGER,
    verdict TEXT,
    says TEXT NOT NULL,
    accepted_by TEXT NOT NULL,
    accepted_why TEXT NOT NULL,
    answers TEXT NOT NULL,
    PRIMARY KEY (job, place)
) STRICT, WITHOUT ROWID;

-- Job NULL: a test that somebody ran by itself, on a charger in service.
CREATE TABLE commissioning_attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job INTEGER REFERENCES commissioning_jobs (number),
    test TEXT NOT NULL,
    connector INTEGER,
    version INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    started_s REAL NOT NULL,
    started_utc_ms INTEGER,
    started_boot INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    outcome TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    is_remote INTEGER NOT NULL,
    answers TEXT NOT NULL
) STRICT;

CREATE INDEX attempts_of_a_job ON commissioning_attempts (job);

-- One row while the charger is in service: which job put it there, and what the installation was made of then.
CREATE TABLE in_service (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    job INTEGER NOT NULL,
    since_s REAL NOT NULL,
    since_utc_ms INTEGER,
    since_boot INTEGER NOT NULL,
    marks TEXT NOT NULL
) STRICT;
