"""What meter and central system have to say, in a form that can be compared. Pure."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

US_PER_S = 1_000_000
PJ_PER_WH = 3_600 * 10**12
REMEMBERED = 5_000
"""Messages that a repeat is recognised by: those of two days."""
REGISTER = "Energy.Active.Import.Register"


class Curve:
    """A meter's counter over time, exact: energy at each change of the power, and the power from then on."""

    def __init__(self) -> None:
        self._at_us: list[int] = []
        self._points: list[tuple[int, int]] = []

    def changed(self, at_us: int, energy_pj: int, power_uw: int) -> None:
        """Told in the order of time; what does not change the slope is not kept."""
        if self._points and self._points[-1][1] == power_uw:
            return
        self._at_us.append(at_us)
        self._points.append((energy_pj, power_uw))

    def wh_at(self, at_s: float) -> int:
        """What the counter showed then, in whole Wh."""
        at_us = round(at_s * US_PER_S)
        place = bisect_right(self._at_us, at_us) - 1
        if place < 0:
            return self._points[0][0] // PJ_PER_WH if self._points else 0
        energy_pj, power_uw = self._points[place]
        return (energy_pj + power_uw * (at_us - self._at_us[place])) // PJ_PER_WH

    def forget_before(self, at_s: float) -> None:
        """What lies before is settled; the last change before it stays."""
        place = max(0, bisect_right(self._at_us, round(at_s * US_PER_S)) - 1)
        del self._at_us[:place], self._points[:place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A transaction as the central system has it; times in seconds of the month, None while it is open."""

    id: int
    connector: int
    token: str
    started_s: float
    start_wh: int
    stopped_s: float | None
    stop_wh: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A register in a message, with its own time stamp."""

    at_s: float
    wh: int
    context: str


def bill(row: Mapping[str, Any], epoch_ms: int) -> Bill:
    """A row of the central system's record."""
    return Bill(
        id=row["id"],
        connector=row["connector"],
        token=row["id_tag"],
        started_s=seconds(row["started_at"], epoch_ms),
        start_wh=row["meter_start_wh"],
        stopped_s=None if row["stopped_at"] is None else seconds(row["stopped_at"], epoch_ms),
        stop_wh=row["meter_stop_wh"],
        reason=row["stop_reason"],
    )


def seconds(moment: str, epoch_ms: int) -> float:
    """A time on the wire, in seconds of the month."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() - epoch_ms / 1000


class Heard:
    """What the central system heard of transactions, in the order of hearing; a repeat is counted and no more."""

    def __init__(self, epoch_ms: int, is_late: Callable[[float], bool] = lambda _: False) -> None:
        """`is_late` says of a moment whether it could be told only afterwards; those are counted."""
        self._epoch_ms = epoch_ms
        self._is_late = is_late
        self.readings: dict[int, list[Reading]] = {}
        """By transaction, those told while it ran."""
        self.carried: dict[int, list[Reading]] = {}
        """By transaction, those that came with its stop."""
        self.told = self.late = self.repeats = 0
        self.disorder: list[str] = []
        self._seen: dict[tuple[object, ...], None] = {}

    def hear(self, action: str, text: str) -> None:
        """One CALL of the charger."""
        payload = json.loads(text)[3]
        match action:
            case "StartTransaction":
                self._is_new(payload["timestamp"], action, payload["connectorId"], payload["meterStart"])
            case "MeterValues":
                self._values(payload)
            case "StopTransaction":
                self._stop(payload)

    def forget(self, charge: int) -> None:
        """It is judged."""
        self.readings.pop(charge, None)
        self.carried.pop(charge, None)

    def _values(self, payload: Mapping[str, Any]) -> None:
        charge, connector = payload.get("transactionId", 0), payload["connectorId"]
        for group in payload["meterValue"]:
            contexts = sorted({sample.get("context", "") for sample in group["sampledValue"]})
            if not self._is_new(group["timestamp"], "MeterValues", charge, connector, *contexts):
                continue
            if not charge:
                continue
            if charge in self.carried:
                self.disorder.append(f"transaction {charge}: readings of {group['timestamp']} came after its stop")
            told = self.readings.setdefault(charge, [])
            for reading in self._registers(group):
                if told and reading.at_s < told[-1].at_s:
                    self.disorder.append(f"transaction {charge}: readings of {group['timestamp']} came out of order")
                told.append(reading)

    def _stop(self, payload: Mapping[str, Any]) -> None:
        charge = payload["transactionId"]
        if self._is_new(payload["timestamp"], "StopTransaction", charge):
            groups = payload.get("transactionData", [])
            self.carried[charge] = [reading for group in groups for reading in self._registers(group)]

    def _registers(self, group: Mapping[str, Any]) -> Iterator[Reading]:
        for sample in group["sampledValue"]:
            if sample.get("measurand", REGISTER) == REGISTER and "phase" not in sample:
                at_s = seconds(group["timestamp"], self._epoch_ms)
                yield Reading(at_s, round(float(sample["value"])), sample.get("context", "Sample.Periodic"))

    def _is_new(self, moment: str, *what: object) -> bool:
        key = (moment, *what)
        if key in self._seen:
            self.repeats += 1
            return False
        self._seen[key] = None
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self.told += 1
        self.late += self._is_late(seconds(moment, self._epoch_ms))
        return True
