"""What a central system heard of transactions, held to the rules: told until answered and not again, in order, none
invented."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

LOST_WITHIN_S = 0.02
"""An answer that left so shortly before its connection ended may never have been read, or not be on record yet: it may
be asked for again (ocpp16.md section 6, rules 1 and 5). One that was read is final, whatever ends afterwards."""
UNKNOWN_TRANSACTION = -1
KINDS = ("StartTransaction", "MeterValues", "StopTransaction")

Fact = tuple[str, str]
"""Its action, and what of its payload stays the same whenever it is told."""


class HeardFacts:
    """`starts` and `stops` hold each once, in the order in which they were first heard. One connector charges."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._order: dict[Fact, None] = {}
        self._settled: dict[Fact, tuple[float, int]] = {}
        self._given_ids: set[int] = {UNKNOWN_TRANSACTION}
        self._ends: list[float] = []
        self._is_open = False
        self._latest_at: datetime | None = None

    @property
    def starts(self) -> list[tuple[int, int]]:
        """Connector and register of each charge that was told to have begun."""
        payloads = [json.loads(text) for action, text in self._order if action == "StartTransaction"]
        return [(payload["connectorId"], payload["meterStart"]) for payload in payloads]

    @property
    def stops(self) -> list[int]:
        """The register of each that was told to have ended."""
        return [json.loads(text)["meterStop"] for action, text in self._order if action == "StopTransaction"]

    def disconnected(self, now_s: float) -> None:
        self._ends.append(now_s)

    def heard(self, action: str, payload: dict[str, Any], now_s: float) -> None:
        if action not in KINDS:
            return
        remote_id = payload.get("transactionId")
        if action == "MeterValues" and remote_id is None:
            return
        if remote_id is not None and remote_id not in self._given_ids:
            self._complain(f"{action} with a transactionId that nobody gave: {remote_id}")
        fact = _fact(action, payload)
        if fact in self._settled and not self._may_be_lost(fact):
            self._complain(f"{action} is told again {now_s - self._settled[fact][0]:.1f} s after its answer: {payload}")
        if fact not in self._order:
            self._order[fact] = None
            if not _is_asked_for(payload):
                self._in_its_place(action, payload)

    def _in_its_place(self, action: str, payload: dict[str, Any]) -> None:
        """A charge begins, has its samples and ends, before the next one begins; and time does not run back."""
        if (action == "StartTransaction") is self._is_open:
            state = "is open" if self._is_open else "has ended, or before any"
            whose = f"{action} of transaction {payload.get('transactionId')}"
            self._complain(f"{whose} is told where the charge before it {state}: {payload}")
        self._is_open = action != "StopTransaction"
        for at in _times(payload):
            if self._latest_at is not None and at < self._latest_at:
                self._complain(f"{action} tells of {at} after {self._latest_at} was told of: {payload}")
            self._latest_at = at

    def answered(self, action: str, asked: dict[str, Any], payload: dict[str, Any], now_s: float) -> None:
        """With a CALLRESULT, whatever is in it."""
        if action == "StartTransaction":
            remote_id = payload.get("transactionId")
            if isinstance(remote_id, bool) or not isinstance(remote_id, int):
                return
            self._given_ids.add(remote_id)
        if action in KINDS:
            self._settled[_fact(action, asked)] = (now_s, len(self._ends))

    def _may_be_lost(self, fact: Fact) -> bool:
        at_s, connection = self._settled[fact]
        return connection < len(self._ends) and self._ends[connection] - at_s < LOST_WITHIN_S


def _is_asked_for(payload: dict[str, Any]) -> bool:
    """A reading because of a TriggerMessage is told at once, past everything that waits."""
    values = [value for one in payload.get("meterValue", ()) for value in one["sampledValue"]]
    return any(value.get("context") == "Trigger" for value in values)


def _times(payload: dict[str, Any]) -> Iterator[datetime]:
    """In their order; of a stop its own, for the readings that go along with it were taken before."""
    if "timestamp" in payload:
        yield datetime.fromisoformat(payload["timestamp"])
    for value in payload.get("meterValue", ()):
        yield datetime.fromisoformat(value["timestamp"])


def _fact(action: str, payload: dict[str, Any]) -> Fact:
    """The id of the transaction may become known between two tries."""
    kept = {key: value for key, value in payload.items() if key != "transactionId"}
    return action, json.dumps(kept, sort_keys=True)
