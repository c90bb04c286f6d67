-- What the meter signed at the begin and at the end of a transaction, as it gave it: rows are never changed. Where a
-- signature was due and could not be had there is a row without `data`, and `missing` says why, in words.
--
-- public_key: the meter's, DER in hexadecimal digits. signed_wh: the register that the data tell; step_wh: the steps in
-- which it can be compared with the register that was read. holds_begin: an end whose data hold the begin as well.

CREATE TABLE signed_values (
    transaction_id INTEGER NOT NULL REFERENCES transactions ON DELETE CASCADE,
    edge TEXT NOT NULL CHECK (edge IN ('begin', 'end')),
    data TEXT,
    encoding TEXT,
    method TEXT,
    public_key TEXT,
    signed_wh INTEGER,
    step_wh INTEGER,
    holds_begin INTEGER CHECK (holds_begin IN (0, 1)),
    missing TEXT,
    PRIMARY KEY (transaction_id, edge),
    CHECK ((data IS NULL) = (missing IS NOT NULL))
) STRICT, WITHOUT ROWID;
