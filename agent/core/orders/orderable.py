"""What can be ordered from afar, by its words: for whoever checks a name and must not load every verb for it.

The verbs themselves say it (`Action.remote`); a test holds this table to them.
"""

from __future__ import annotations

# fmt: off
ORDERABLE = (
    "audit", "board info", "board capture", "board evidence", "bundle", "config check", "config diff",
    "config explain", "events", "evidence make", "evidence wear", "evidence list", "explain", "faults list",
    "faults clear", "health crashes", "health history", "health", "live", "load", "log-level", "maintenance open",
    "maintenance close", "maintenance list", "meter-trace", "metrics prometheus", "metrics", "network check",
    "network wifi", "ocpp status", "ocpp trace", "report list", "report show", "restart service", "restart system",
    "restart board", "restart modem", "restart forced", "selftest list", "selftest health", "selftest run",
    "selftest show", "sessions", "status", "unlock", "uptime sessions", "uptime exclude", "uptime", "version",
    "waveform",
)
# fmt: on
