"""What a commissioning vouches for, and what ends that: the charger is no longer what was tested. Pure.

Marks are what safety rests on, part by part. What was measured for another charger, another circuit or other hardware
says nothing of this one; so such a change takes it out of service until it is commissioned anew. A lower current of the
supply or of a connector's own breaker needs nothing: what bore more bears less. Names, networks, prices and keys of the
driver's comfort are no marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agent.core.commissioning.catalogue import Row, catalogue
from agent.core.commissioning.model import Attempt, Verdict
from agent.core.commissioning.steps import Place
from agent.core.identity import ConnectorId

Marks = Mapping[str, str]

SERIAL, HARDWARE, SUPPLY, PHASES, COUNTRY = "serial_number", "hardware", "supply_current_a", "phases", "country"
FUSE = "fuse_current_a of connector "
LOCKS_OUT = 5
"""The stage whose failures lock the output (self-test catalogue, section 2)."""

_WHY = {
    SERIAL: "the record is of another charger, serial number {before}",
    HARDWARE: "the board file says another hardware than was tested",
    PHASES: "phases: {before} were commissioned, {now} are configured",
    COUNTRY: "country: {before} was commissioned, and {now} has limits of its own",
}


def differences(recorded: Marks, now: Marks) -> tuple[str, ...]:
    """Why a record of service does not hold for the charger as it is; none where it does."""
    return tuple(_differences(recorded, now))


def _differences(recorded: Marks, now: Marks) -> Iterator[str]:
    for key in dict.fromkeys((*recorded, *now)):
        before, present = recorded.get(key, ""), now.get(key, "")
        if key == SUPPLY or key.startswith(FUSE):
            if _amperes(present) > _amperes(before):
                yield f"{key}: {before or 'none'} was commissioned, {present or 'none'} is more"
        elif before != present:
            why = _WHY.get(key, f"{key} was {{before}}, and is {{now}}")
            yield why.format(before=before or "none", now=present or "none")


def _amperes(text: str) -> float:
    """No breaker of its own is no bound."""
    return float(text) if text else float("inf")


def locks_out(row: Row, verdict: Verdict) -> bool:
    """Whether no charge may begin there before the test has passed."""
    return row.stage == LOCKS_OUT and row.is_must and verdict is Verdict.FAIL


def locked_out(latest: Mapping[Place, Verdict], connectors: Iterable[ConnectorId]) -> dict[ConnectorId, str]:
    """Which connectors are locked out, and by which test, by what every test came to last.

    A test of the whole charger, as of the RCD in front of it, speaks for all of them.
    """
    found: dict[ConnectorId, str] = {}
    known = tuple(connectors)
    for (test, connector), verdict in latest.items():
        row = catalogue().get(test)
        if row is not None and locks_out(row, verdict):
            for one in known if connector is None else (connector,):
                found.setdefault(one, test)
    return found


def says_something(attempt: Attempt) -> bool:
    """A test that was skipped or broke leaves standing what it found before."""
    return attempt.outcome.verdict in (Verdict.PASS, Verdict.WARN, Verdict.FAIL)
