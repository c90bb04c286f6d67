-- What happened to the security of this charger. Rows are never changed but for `waits`, and leave by age only; each
-- carries a digest over itself and its predecessor, so that a row that was taken out or altered shows.

CREATE TABLE security_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_s REAL NOT NULL,
    at_utc_ms INTEGER,
    at_boot INTEGER NOT NULL,
    event TEXT NOT NULL,
    info TEXT NOT NULL,
    -- 1: the central system is still to be told of it
    waits INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;

CREATE INDEX security_log_waits ON security_log (id) WHERE waits = 1;
