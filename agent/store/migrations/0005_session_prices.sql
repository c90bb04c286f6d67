-- What is known of the price of the charge at a connector, until its car is gone.

CREATE TABLE session_prices (
    connector INTEGER PRIMARY KEY,
    format INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- Cars that left after a charge for which an idle fee may run until then. A row waits until the central system was told.
CREATE TABLE departures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    transaction_key TEXT NOT NULL,
    at_s REAL NOT NULL,
    at_utc_ms INTEGER,
    at_boot INTEGER NOT NULL
) STRICT;
