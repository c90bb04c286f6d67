-- Who may charge where: the list that the network sends, and what it reserved.

-- The network's own list of tokens (OCPP: local authorization list), beside what a person keeps at this charger.
CREATE TABLE network_list (
    folded TEXT PRIMARY KEY,
    token TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    expires_ms INTEGER,
    group_token TEXT
) STRICT, WITHOUT ROWID;

-- One row, none before the network sent a list: its number for the list as a whole.
CREATE TABLE network_list_version (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL
) STRICT;

-- Connector 0 stands for any of the station's, as everywhere in this file.
CREATE TABLE reservations (
    id INTEGER PRIMARY KEY,
    connector INTEGER NOT NULL,
    token TEXT NOT NULL,
    kind TEXT NOT NULL,
    group_token TEXT,
    expires_ms INTEGER NOT NULL
) STRICT;
