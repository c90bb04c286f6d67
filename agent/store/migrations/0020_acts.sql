-- What somebody did about the charger: each command that had an effect, and each look for a support case, from afar or at the
-- charger. Kept through a factory reset, as the log of commands is: it tells who, in a role, came when. `port` NULL: all.

CREATE TABLE acts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_s REAL NOT NULL,
    at_utc_ms INTEGER,
    at_boot INTEGER NOT NULL REFERENCES boots,
    verb TEXT NOT NULL,
    role TEXT NOT NULL,
    via TEXT NOT NULL,
    support_case TEXT NOT NULL,
    port INTEGER
) STRICT;
