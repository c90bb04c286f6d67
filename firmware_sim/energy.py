"""Energy as an integer: power over piecewise constant segments, in picojoules, without any rounding.

Millivolts times milliamperes are microwatts; microwatts times microseconds are picojoules.
"""

from __future__ import annotations

import json
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Protocol

from firmware_sim.board_storage import FolderStorage
from firmware_sim.mains import PHASES
from firmware_sim.timeline import Timeline

PJ_PER_WH = 3_600 * 10**12


class Integrator:
    """Energy that has flowed since the start, in pJ."""

    def __init__(self, timeline: Timeline, start_pj: int = 0) -> None:
        self._timeline = timeline
        self._until_pj = start_pj
        self._since_us = timeline.now_us()
        self.power_uw = 0

    def energy_pj(self) -> int:
        """Up to this moment; never falls, since power here is never negative."""
        return self._until_pj + self.power_uw * (self._timeline.now_us() - self._since_us)

    def set_power(self, power_uw: int) -> None:
        """From now on this much flows."""
        if power_uw == self.power_uw:
            return
        self._until_pj = self.energy_pj()
        self._since_us = self._timeline.now_us()
        self.power_uw = power_uw


class RegistersUnreadable(ValueError):
    """The file with the counters is none of ours; the text says which and what to do."""


class RegisterStore(Protocol):
    """Where meters keep their counters, and boards their records, while the world is off."""

    def board(self, number: int) -> MutableMapping[str, bytes]: ...

    def load(self, meter: str) -> tuple[int, ...] | None: ...

    def save(self, meter: str, phases_pj: tuple[int, ...]) -> None: ...


class MemoryRegisters:
    """Counters and records of a world in virtual time: they outlive a rig, not the process."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, ...]] = {}
        self._boards: dict[int, dict[str, bytes]] = {}

    def board(self, number: int) -> MutableMapping[str, bytes]:
        return self._boards.setdefault(number, {})

    def load(self, meter: str) -> tuple[int, ...] | None:
        return self._kept.get(meter)

    def save(self, meter: str, phases_pj: tuple[int, ...]) -> None:
        self._kept[meter] = phases_pj


def board_folder(directory: Path, number: int) -> Path:
    """Where the board of that connector keeps its records, in the folder of a world."""
    return directory / f"board{number}"


class RegisterFile:
    """Counters in a file, replaced as a whole: a killed world finds the last ones anybody has read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = _counters_in(path) if path.exists() else {}

    def board(self, number: int) -> MutableMapping[str, bytes]:
        return FolderStorage(board_folder(self._path.parent, number))

    def load(self, meter: str) -> tuple[int, ...] | None:
        kept = self._kept.get(meter)
        return None if kept is None else tuple(kept)

    def save(self, meter: str, phases_pj: tuple[int, ...]) -> None:
        self._kept[meter] = list(phases_pj)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._kept))
        fresh.replace(self._path)


def _counters_in(path: Path) -> dict[str, list[int]]:
    """Raises RegistersUnreadable."""
    try:
        kept = json.loads(path.read_text())
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or not all(_are_counters(phases_pj) for phases_pj in kept.values()):
        raise RegistersUnreadable(f"{path} holds no meter counters; move it away to start with fresh meters")
    return kept


def _are_counters(phases_pj: object) -> bool:
    return (
        isinstance(phases_pj, list)
        and len(phases_pj) == len(PHASES)
        and all(type(pj) is int and pj >= 0 for pj in phases_pj)
    )


def _thirds_pj(wh: int) -> tuple[int, int, int]:
    third_pj = wh * PJ_PER_WH // 3
    return wh * PJ_PER_WH - 2 * third_pj, third_pj, third_pj


class EnergyRegisters:
    """The import counters of one meter, one per phase; the total is their sum."""

    def __init__(self, timeline: Timeline, store: RegisterStore, meter: str, first_wh: int = 0) -> None:
        self._timeline = timeline
        self._store = store
        self._meter = meter
        self._phases = self._counters(store.load(meter) or _thirds_pj(first_wh))
        self._saved_pj: tuple[int, ...] = ()
        self.exchanges = 0
        """How many meters have been here before."""

    def exchange(self, first_wh: int) -> None:
        """Another meter takes its place, with counters of its own; what flows, flows on."""
        flows = [phase.power_uw for phase in self._phases]
        self._phases = self._counters(_thirds_pj(first_wh))
        self.set_power(flows)
        self.exchanges += 1

    def _counters(self, start_pj: Sequence[int]) -> tuple[Integrator, ...]:
        return tuple(Integrator(self._timeline, phase_pj) for phase_pj in start_pj)

    def set_power(self, phases_uw: Sequence[int]) -> None:
        """Microwatts on L1, L2, L3 from now on."""
        for phase, power_uw in zip(self._phases, phases_uw, strict=True):
            phase.set_power(power_uw)

    def read_pj(self) -> tuple[int, ...]:
        """The counters now. Kept before they are told, so that no reader ever saw more than a restarted world shows."""
        phases_pj = tuple(phase.energy_pj() for phase in self._phases)
        if phases_pj != self._saved_pj:
            self._store.save(self._meter, phases_pj)
            self._saved_pj = phases_pj
        return phases_pj

    def total_wh(self) -> int:
        """Whole watt-hours of the total, rounded down as a counter shows them."""
        return sum(self.read_pj()) // PJ_PER_WH
