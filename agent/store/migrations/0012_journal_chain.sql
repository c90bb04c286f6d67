-- Each event carries the hash of the one before it and of itself (agent/chain.py). NULL: from before there was a chain.

ALTER TABLE journal ADD COLUMN link BLOB;
