-- The mark of what safety rests on when a job began (agent/station/service_marks.py). Its tests say nothing of another
-- charger, circuit or hardware, and everything of this one after a change of the rest of its configuration.

ALTER TABLE commissioning_jobs ADD COLUMN installation TEXT NOT NULL DEFAULT '';
