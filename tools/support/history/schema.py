"""The tables, in words that SQLite and PostgreSQL both take. Moments are milliseconds since 1970 UTC, 0 is unknown."""

from __future__ import annotations

TABLES = (
    """
    CREATE TABLE IF NOT EXISTS message (
        device TEXT NOT NULL, boot_id TEXT NOT NULL, seq BIGINT NOT NULL, digest TEXT NOT NULL,
        told_ms BIGINT NOT NULL, received_ms BIGINT NOT NULL, kind TEXT NOT NULL, port INTEGER NOT NULL,
        name TEXT NOT NULL, severity TEXT NOT NULL, verdict TEXT NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (device, boot_id, digest, told_ms)
    )
    """,
    "CREATE INDEX IF NOT EXISTS message_by_device ON message (device, received_ms)",
    "CREATE INDEX IF NOT EXISTS message_by_kind ON message (kind, received_ms)",
    """
    CREATE TABLE IF NOT EXISTS support_case (
        case_id TEXT PRIMARY KEY, device TEXT NOT NULL, opened_ms BIGINT NOT NULL, closed_ms BIGINT NOT NULL,
        symptom_ms BIGINT NOT NULL, solved TEXT NOT NULL, opened_by TEXT NOT NULL, closed_by TEXT NOT NULL,
        what TEXT NOT NULL, remedy TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS support_action (
        order_id TEXT PRIMARY KEY, case_id TEXT NOT NULL, device TEXT NOT NULL, verb TEXT NOT NULL,
        asked_ms BIGINT NOT NULL, ended_ms BIGINT NOT NULL, outcome TEXT NOT NULL, key_id TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS support_action_by_case ON support_action (case_id)",
)
HYPERTABLE = """
    SELECT create_hypertable('message', 'told_ms', chunk_time_interval => 604800000,
                             if_not_exists => TRUE, migrate_data => TRUE)
"""
"""A chunk a week. The key holds the moment that a message tells and never the one when it came, which would make a
message that comes twice two rows."""
