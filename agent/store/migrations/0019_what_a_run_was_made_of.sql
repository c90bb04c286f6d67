-- What ran in each run beside the program: the image below it, the firmware of the pilot boards by port, and the mark of
-- the configuration (SHA-256 of every key in force). Empty in rows of earlier releases.
ALTER TABLE runs ADD COLUMN image TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN firmware TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN configuration TEXT NOT NULL DEFAULT '';
