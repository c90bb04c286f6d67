-- Whether acts (migration 20) are on record for a run: of a failure in an older one nobody can tell whether anybody acted.
ALTER TABLE runs ADD COLUMN keeps_acts INTEGER NOT NULL DEFAULT 0;
