"""What is read later: what happened, who asked for what, what touched security, and which evidence was made."""

from __future__ import annotations

from agent.store.claims import Claims
from agent.store.journal import Journal
from agent.store.security_log import SecurityLog
from agent.store.writer import Writer
from agent.values import frozen


@frozen(kw_only=True)
class Logs:
    """A factory reset takes the news out of the journal and leaves the rest (reset.py)."""

    journal: Journal
    security: SecurityLog
    claims: Claims


def logs_in(writer: Writer) -> Logs:
    """Reads what waits to be told; nothing may be written through `writer` before."""
    return Logs(journal=Journal(writer), security=SecurityLog(writer), claims=Claims(writer))
