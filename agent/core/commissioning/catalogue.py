"""The 88 self-tests as a table: `catalogue.csv`, one row each. What a test does is a file of agent/selftest/checks/.

Source: self-test catalogue. The stage of a test that its section 2 does not name is where its preconditions first hold.
"""

from __future__ import annotations

from enum import Enum
from functools import cache

from agent.values import frozen


class Remote(Enum):
    """Who may have it run from afar (self-test catalogue, section 1)."""

    ANY_TIME = "R0"
    """Nobody notices."""
    IDLE = "R1"
    """No car, nobody authorising, and the connector unavailable meanwhile."""
    WATCHED = "R2"
    """Somebody on site watches or answers."""
    NEVER = "R3"
    """An installer with an adapter; never asked for by the network."""


class Duty(Enum):
    """CONDITIONAL: a must where the part is fitted."""

    MANDATORY = "M"
    CONDITIONAL = "C"
    OPTIONAL = "O"


class Need(Enum):
    """What has to hold before a test begins."""

    DEAD_OUTPUT = "D"
    NO_CAR = "N"
    MAINS = "M"
    PERSON = "P"
    ADAPTER = "A"
    LOAD = "L"
    UNAVAILABLE = "X"
    NETWORK = "W"
    SWITCHED_OFF = "Z"


class Scope(Enum):
    """Whether a test is done once or at each connector."""

    STATION = "station"
    CONNECTOR = "connector"


@frozen(kw_only=True)
class Row:
    """One test. `test` is its number ("ST203"), `name` its word ("cp.frequency"), `faults` what it may find."""

    test: str
    name: str
    purpose: str
    scope: Scope
    stage: int
    needs: frozenset[Need]
    remote: Remote
    seconds: float
    duty: Duty
    faults: tuple[str, ...]

    @property
    def is_must(self) -> bool:
        """A skip for another reason than a missing part leaves the charger uncommissioned."""
        return self.duty is not Duty.OPTIONAL

    @property
    def is_energised(self) -> bool:
        """It lets the contactor close, so it wants the local token (self-test catalogue, section 1)."""
        return self.stage in (5, 6) and Need.ADAPTER in self.needs

    @property
    def is_first_charge(self) -> bool:
        """A real charge, by the session, that a charger may do before it is in service (stage 8)."""
        return self.stage == 8 and Need.ADAPTER in self.needs


@cache
def catalogue() -> dict[str, Row]:
    """Every test by its number, in the order of the table."""
    import csv
    from importlib.resources import files

    text = files("agent.core.commissioning").joinpath("catalogue.csv").read_text(encoding="utf-8")
    return {line["test"]: _row(line) for line in csv.DictReader(text.splitlines())}


def _row(line: dict[str, str]) -> Row:
    return Row(
        test=line["test"],
        name=line["name"],
        purpose=line["purpose"],
        scope=Scope(line["scope"]),
        stage=int(line["stage"]),
        needs=frozenset(Need(letter) for letter in line["needs"]),
        remote=Remote(line["remote"]),
        seconds=float(line["seconds"]),
        duty=Duty(line["duty"]),
        faults=tuple(line["faults"].split()),
    )
