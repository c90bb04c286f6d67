-- Which faults somebody saw when the program was there last: seen again after a restart, they are no new occurrence. What only
-- a person may clear stands in latched_faults besides. `witnesses`: a JSON list. Connector 0: the station as a whole.

CREATE TABLE standing_faults (
    connector INTEGER NOT NULL,
    id TEXT NOT NULL,
    first_s REAL NOT NULL,
    first_utc_ms INTEGER,
    first_boot INTEGER NOT NULL REFERENCES boots,
    count INTEGER NOT NULL,
    witnesses TEXT NOT NULL,
    PRIMARY KEY (connector, id)
) STRICT, WITHOUT ROWID;
