-- The first shape.
--
-- A moment is three columns: …_s monotonic seconds of the boot …_boot, and …_utc_ms, NULL while the clock was not
-- trusted. A register is integer Wh. Words in text columns are those of agent/core.

CREATE TABLE boots (
    id INTEGER PRIMARY KEY,
    boot_id TEXT NOT NULL UNIQUE
) STRICT;

-- One row a transaction: what it is, how far it came, and whether the network was told of its start and its stop.
CREATE TABLE transactions (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    connector INTEGER NOT NULL CHECK (connector > 0),
    token TEXT NOT NULL,
    token_kind TEXT NOT NULL,
    remote_start_id INTEGER,
    reservation_id INTEGER,
    started_s REAL NOT NULL,
    started_utc_ms INTEGER,
    started_boot INTEGER NOT NULL REFERENCES boots,
    start_wh INTEGER NOT NULL,
    start_delivery TEXT NOT NULL DEFAULT 'queued' CHECK (start_delivery IN ('queued', 'told', 'abandoned')),
    remote_id INTEGER,
    plug_board_boot TEXT,
    plug_insertions INTEGER,
    group_token TEXT,
    deauthorized INTEGER NOT NULL DEFAULT 0 CHECK (deauthorized IN (0, 1)),
    last_s REAL NOT NULL,
    last_utc_ms INTEGER,
    last_boot INTEGER NOT NULL REFERENCES boots,
    last_wh INTEGER NOT NULL,
    stop_requested TEXT,
    stop_requested_token TEXT,
    stop_requested_token_kind TEXT,
    stopped_s REAL,
    stopped_utc_ms INTEGER,
    stopped_boot INTEGER REFERENCES boots,
    stop_wh INTEGER,
    stop_reason TEXT,
    stop_token TEXT,
    stop_token_kind TEXT,
    stop_delivery TEXT CHECK (stop_delivery IN ('queued', 'told', 'abandoned'))
) STRICT;

CREATE UNIQUE INDEX one_open_transaction_a_connector ON transactions (connector) WHERE stopped_s IS NULL;

-- The queue to the network. A start and a stop are read from their transaction's row; only a sample has a body.
-- AUTOINCREMENT: a place in the order of recording is never given twice, also after the queue was empty.
CREATE TABLE facts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    transaction_id INTEGER REFERENCES transactions,
    kind TEXT NOT NULL CHECK (kind IN ('started', 'sampled', 'stopped')),
    connector INTEGER,
    format INTEGER,
    body TEXT,
    attempts INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Finds the facts of a transaction, and lets 100,000 of them be counted without reading their bodies.
CREATE INDEX facts_of_a_transaction ON facts (transaction_id);

-- Given up after too many refusals: the proof that something was recorded and never delivered.
CREATE TABLE undelivered (
    seq INTEGER PRIMARY KEY,
    transaction_key TEXT,
    kind TEXT NOT NULL,
    connector INTEGER,
    format INTEGER,
    body TEXT,
    why TEXT NOT NULL
) STRICT;

-- Readings that the message of the stop will carry along.
CREATE TABLE history (
    transaction_id INTEGER NOT NULL REFERENCES transactions ON DELETE CASCADE,
    place INTEGER NOT NULL,
    format INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (transaction_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Tokens kept by a person at this charger.
CREATE TABLE local_tokens (
    folded TEXT PRIMARY KEY,
    token TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    expires_ms INTEGER,
    group_token TEXT,
    label TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- What the network last said about a token. `learned` grows with every change.
CREATE TABLE cached_tokens (
    folded TEXT PRIMARY KEY,
    token TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    expires_ms INTEGER,
    group_token TEXT,
    learned INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE charging_profiles (
    id INTEGER PRIMARY KEY,
    format INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- Connector 0 stands for the station as a whole; only in this file, where a key cannot be NULL.
CREATE TABLE latched_faults (
    connector INTEGER NOT NULL,
    id TEXT NOT NULL,
    first_s REAL NOT NULL,
    first_utc_ms INTEGER,
    first_boot INTEGER NOT NULL REFERENCES boots,
    last_s REAL NOT NULL,
    last_utc_ms INTEGER,
    last_boot INTEGER NOT NULL REFERENCES boots,
    count INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (connector, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE availability (
    connector INTEGER PRIMARY KEY,
    operative INTEGER NOT NULL CHECK (operative IN (0, 1))
) STRICT;

-- Numbers that outlive everything, a factory reset too: operations of a contactor, starts of the program.
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_s REAL NOT NULL,
    at_utc_ms INTEGER,
    at_boot INTEGER NOT NULL REFERENCES boots,
    name TEXT NOT NULL,
    connector INTEGER,
    fields TEXT NOT NULL
) STRICT;

-- Who asked for what on the local control socket, and what came of it.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_s REAL NOT NULL,
    at_utc_ms INTEGER,
    at_boot INTEGER NOT NULL REFERENCES boots,
    uid INTEGER NOT NULL,
    role TEXT NOT NULL,
    verb TEXT NOT NULL,
    arguments TEXT NOT NULL,
    outcome TEXT NOT NULL,
    took_ms INTEGER NOT NULL
) STRICT;
