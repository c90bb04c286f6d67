"""Words that the acceptance tests share: configuration over the wire, frames in their order, times as seconds."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.simulation.stage import Charger
from tools.csms import queries

DAWN = datetime.fromisoformat("2027-01-15T08:00:00+00:00")
"""When every simulated world begins."""


def second_of(text: str) -> float:
    """Seconds after the beginning of the world."""
    return (datetime.fromisoformat(text) - DAWN).total_seconds()


def frames_of(charger: Charger, **narrower: Any) -> list[dict[str, Any]]:
    """The central system's record of the wire, oldest first; `parts` is the frame itself."""
    rows = queries.frames(charger.stage.office.system.record, limit=100_000, **narrower)
    return [row | {"parts": json.loads(row["text"])} for row in rows]


def calls_of(charger: Charger, *actions: str) -> list[tuple[str, dict[str, Any]]]:
    """The charger's CALLs of these actions (none: of all), in the order in which they arrived."""
    rows = frames_of(charger, kind="call", direction="from")
    return [(row["action"], row["parts"][3]) for row in rows if not actions or row["action"] in actions]


async def configured(charger: Charger, key: str, value: object) -> str:
    """ChangeConfiguration; the status it is answered with."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    said = await charger.network("change_configuration", key=key, value=text)
    return str(said["call_error"] if "call_error" in said else said["answer"]["status"])


async def rejects(charger: Charger, action: str, *, code: str = "InternalError") -> None:
    """From now on the central system answers `action` with a CALLERROR."""
    await charger.network("reject", action=action, code=code)
