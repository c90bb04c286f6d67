"""ST910: who takes responsibility, and for what place."""

from __future__ import annotations

from agent.core.commissioning.model import Measured, Outcome, failed, passed
from agent.selftest.asking import is_so, text
from agent.selftest.bench import Bench
from agent.selftest.judging.limits import ENTERED

VERSION = 1
ASKED_BEFORE = {"ST910.name": "installer.person", "ST910.licence": "installer.licence"}
"""Who works on this job said so in its first step; Enter takes it."""


async def run(bench: Bench) -> Outcome:
    said = {
        key.partition(".")[2]: await text(bench, key, _default(bench, key))
        for key in ("ST910.name", "ST910.licence", "ST910.place", "ST910.photos")
    }
    measured = tuple(Measured(name=name, value=value, source=ENTERED) for name, value in said.items())
    if not await is_so(bench, "ST910.signed"):
        then = "finish what is open, then sign; without a signature the report says that it is not complete"
        return failed(f"{said['name']} does not sign", then, *measured, cause="comm.site_docs")
    return passed(f"signed by {said['name']}, {said['licence']}, for {said['place']}", *measured)


def _default(bench: Bench, key: str) -> str | None:
    """What was typed where nobody signed yet; else what is known from elsewhere."""
    if before := bench.answer(key):
        return before
    if key == "ST910.place":
        return bench.config.references.site or None
    if key == "ST910.photos":
        return "-"
    return bench.answer(ASKED_BEFORE[key])
