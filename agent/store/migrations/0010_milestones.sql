-- Gates that the charger passed on its way from the wall to its first paid energy, each once and for ever. `once` names
-- what cannot happen a second time; it is the gate, its connector and whatever else tells two of them apart.

CREATE TABLE milestones (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    gate TEXT NOT NULL,
    connector INTEGER,
    once TEXT NOT NULL UNIQUE,
    at_s REAL NOT NULL,
    at_utc_ms INTEGER,
    at_boot INTEGER NOT NULL,
    -- JSON: pairs of a name and a value
    fields TEXT NOT NULL
) STRICT;

-- A charger that ran before there were milestones: when it was first powered at its site is not on record.
INSERT INTO milestones (gate, once, at_s, at_boot, fields)
SELECT 'records.began', 'records.began', 0, (SELECT coalesce(max(id), 0) FROM boots),
    '[["why","an older release ran here before"]]'
WHERE EXISTS (SELECT 1 FROM journal);
