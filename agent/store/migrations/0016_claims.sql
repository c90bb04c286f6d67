-- Evidence bundles that left this charger, each with the hash of its claim, which the next one names: none can be taken
-- back or made up later.

CREATE TABLE claims (
    number INTEGER PRIMARY KEY,
    claim_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    made_s REAL NOT NULL,
    made_utc_ms INTEGER,
    made_boot INTEGER NOT NULL REFERENCES boots
) STRICT;
