-- Where a boot of the controller lies in time, so that what it recorded without a clock is placed by the next ones.
-- begun_utc_ms: UTC milliseconds at its monotonic zero, once anything of it was recorded with a trusted clock.
-- last_s: the last of its moments that was recorded while there was none.
ALTER TABLE boots ADD COLUMN begun_utc_ms INTEGER;
ALTER TABLE boots ADD COLUMN last_s REAL;

-- The register at which the network refused a running charge, NULL where it did not: from there on its allowance counts.
ALTER TABLE transactions ADD COLUMN refused_at_wh INTEGER;
