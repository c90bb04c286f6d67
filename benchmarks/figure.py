"""What a measure gives: a value, the floor beside it, what we aim at, and whether we are there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


class Verdict(Enum):
    MET = "met"
    MISSED = "missed"
    NO_TARGET = "-"


class Side(Enum):
    """On which side of the bound it is good."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True)
class Target:
    """A bound for the value, or with `of_ratio` for value / floor. One that depends on the run comes with its `why`."""

    side: Side
    bound: float
    of_ratio: bool = False
    why: str = ""

    def holds(self, measured: float) -> bool:
        return measured <= self.bound if self.side is Side.AT_MOST else measured >= self.bound


def at_most(bound: float, *, why: str = "") -> Target:
    return Target(Side.AT_MOST, bound, why=why)


def at_least(bound: float, *, why: str = "") -> Target:
    return Target(Side.AT_LEAST, bound, why=why)


def ratio_at_most(bound: float) -> Target:
    return Target(Side.AT_MOST, bound, of_ratio=True)


def ratio_at_least(bound: float) -> Target:
    return Target(Side.AT_LEAST, bound, of_ratio=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row. `floor` is in the unit of the value; `paired_ratio` is the median ratio of pairs taken side by side."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    floor_is: str = ""
    paired_ratio: float | None = None
    target: Target | None = None
    notes: tuple[str, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Value over floor; None where there is no floor, or a floor of nothing."""
        if self.paired_ratio is not None:
            return self.paired_ratio
        return self.value / self.floor if self.floor else None

    @property
    def verdict(self) -> Verdict:
        """Against the target. Raises ValueError for a target of a ratio that there is not."""
        if self.target is None:
            return Verdict.NO_TARGET
        measured = self.ratio if self.target.of_ratio else self.value
        if measured is None:
            raise ValueError(f"{self.name}: a target for a ratio needs a floor")
        return Verdict.MET if self.target.holds(measured) else Verdict.MISSED

    def as_json(self) -> dict[str, Any]:
        """Plain values, ratio and verdict included, so that a reader need not know our rules."""
        written = asdict(self)
        if self.target is not None:
            written["target"] = {**written["target"], "side": self.target.side.value}
        return {**written, "ratio": self.ratio, "verdict": self.verdict.value}


def from_json(written: Mapping[str, Any]) -> Figure:
    """The figure that `as_json` wrote."""
    given = {key: value for key, value in written.items() if key not in ("ratio", "verdict")}
    target = given.pop("target")
    if target is not None:
        target = Target(**{**target, "side": Side(target["side"])})
    return Figure(**{**given, "target": target, "notes": tuple(given["notes"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to look. `rounds` are repetitions of something dear, `trials` of something cheap."""

    rounds: int
    trials: int
    settle_s: float
    window_s: float
    simulated_s: float
    queued_facts: int
    backlog_facts: int
    virtual_trials: int
    board_trials: int


FULL = Effort(
    rounds=9,
    trials=15,
    settle_s=30.0,
    window_s=60.0,
    simulated_s=3600.0,
    queued_facts=600,
    backlog_facts=100_000,
    virtual_trials=1000,
    board_trials=30,
)
QUICK = Effort(
    rounds=3,
    trials=4,
    settle_s=5.0,
    window_s=10.0,
    simulated_s=600.0,
    queued_facts=120,
    backlog_facts=10_000,
    virtual_trials=50,
    board_trials=4,
)
"""For a first look while changing something. Its figures prove nothing."""
