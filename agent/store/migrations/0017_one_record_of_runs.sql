-- One record of the program's runs in place of two: what `runs` and `service_runs` held, each run once, in order of time.
-- Facts alone: how a run ended is judged by whoever reads (agent/core/runs.py). alive_*: its last sign of life. `ended`:
-- its own last word. `watchdog`: the controller's own began this boot; NULL where nobody knows. `result`, `crash`: how
-- the service manager called its end, and a headline of what it left behind.

CREATE TABLE all_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    began_s REAL NOT NULL,
    began_utc_ms INTEGER,
    began_boot INTEGER NOT NULL REFERENCES boots,
    alive_s REAL NOT NULL,
    alive_utc_ms INTEGER,
    alive_boot INTEGER NOT NULL REFERENCES boots,
    version TEXT NOT NULL,
    ended TEXT NOT NULL DEFAULT '',
    stuck TEXT NOT NULL DEFAULT '',
    boards TEXT NOT NULL DEFAULT '{}',
    watchdog INTEGER,
    result TEXT NOT NULL DEFAULT '',
    crash TEXT NOT NULL DEFAULT ''
) STRICT;

-- A start wrote into both within parts of a second, into `runs` first; of two that would have one row the later has it. A word
-- that was only concluded from the boots of the controller is not carried over: boards may tell more. Each number is at
-- least what it was in an exported record, so that records laid together keep the newer row.
WITH near (run, service) AS (
    SELECT
        runs.id,
        (
            SELECT service_runs.id FROM service_runs
            WHERE service_runs.began_boot = runs.started_boot
                AND service_runs.began_s BETWEEN runs.started_s AND runs.started_s + 1
            ORDER BY service_runs.began_s, service_runs.id
            LIMIT 1
        )
    FROM runs
),
pair (run, service) AS (
    SELECT max(run), service FROM near WHERE service IS NOT NULL GROUP BY service
),
began_by_watchdog (run) AS (
    SELECT id FROM runs
    WHERE reason = 'watchdog' AND NOT EXISTS (
        SELECT 1 FROM runs AS former WHERE former.id < runs.id AND former.started_boot = runs.started_boot
    )
),
merged AS (
    SELECT
        s.began_s, s.began_utc_ms, s.began_boot, s.alive_s, s.alive_utc_ms, s.alive_boot, s.version,
        CASE WHEN r.how IN ('in order', 'restart asked') THEN r.how ELSE s.ended END AS ended,
        coalesce(r.stuck, '') AS stuck,
        s.boards,
        CASE WHEN r.id IN (SELECT run FROM began_by_watchdog) THEN 1 END AS watchdog
    FROM service_runs AS s LEFT JOIN pair ON pair.service = s.id LEFT JOIN runs AS r ON r.id = pair.run
    UNION ALL
    SELECT
        r.started_s, r.started_utc_ms, r.started_boot,
        coalesce(r.ended_s, r.started_s),
        CASE WHEN r.ended_s IS NULL THEN r.started_utc_ms ELSE r.ended_utc_ms END,
        coalesce(r.ended_boot, r.started_boot),
        r.version,
        CASE WHEN r.how IN ('in order', 'restart asked') THEN r.how ELSE '' END,
        r.stuck,
        '{}',
        CASE WHEN r.id IN (SELECT run FROM began_by_watchdog) THEN 1 END
    FROM runs AS r
    WHERE r.id NOT IN (SELECT run FROM pair)
)
INSERT INTO all_runs (
    id, began_s, began_utc_ms, began_boot, alive_s, alive_utc_ms, alive_boot, version, ended, stuck, boards, watchdog
)
SELECT
    row_number() OVER (ORDER BY began_boot, began_s)
    + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'service_runs'), 0) - (SELECT count(*) FROM service_runs),
    merged.*
FROM merged;

DROP TABLE runs;
DROP TABLE service_runs;
ALTER TABLE all_runs RENAME TO runs;

-- The number of the run in which an outage was seen last; of a time without the program, of the run before it.
ALTER TABLE outages ADD COLUMN seen_in INTEGER NOT NULL DEFAULT 0;

UPDATE outages SET seen_in = coalesce((SELECT max(id) FROM runs), 0) WHERE ended_s IS NULL;

UPDATE outages
SET seen_in = coalesce((SELECT max(id) FROM runs WHERE id < outages.seen_in), seen_in)
WHERE ended_s IS NULL AND cause IN (
    'power_cut', 'program.crashed', 'program.stopped', 'program.updated', 'controller.restarted', 'controller.away'
);
