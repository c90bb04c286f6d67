"""What a central system heard of transactions, held to the rules: told until answered and not again, in order, none
invented."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

LOST_WITHIN_S = 0.2
"""An answer that left so shortly before its connection ended may never have arrived."""
UNKNOWN_TRANSACTION = -1

Fact = tuple[str, str]
"""Its action, and what of its payload stays the same whenever it is told."""


class HeardFacts:
    """`starts` and `stops` hold each once, in the order in which they were first heard."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._order: dict[Fact, None] = {}
        self._settled: dict[Fact, tuple[float, int]] = {}
        self._given_ids: set[int] = {UNKNOWN_TRANSACTION}
        self._ends: list[float] = []

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
        if action not in ("StartTransaction", "StopTransaction", "MeterValues"):
            return
        remote_id = payload.get("transactionId")
        if action == "MeterValues" and remote_id is None:
            return
        if remote_id is not None and remote_id not in self._given_ids:
            self._complain(f"{action} with a transactionId that nobody gave: {remote_id}")
        fact = _fact(action, payload)
        if fact in self._settled and not self._may_be_lost(fact):
            self._complain(f"{action} is told again {now_s - self._settled[fact][0]:.1f} s after its answer: {payload}")
        self._order.setdefault(fact)

    def answered(self, action: str, asked: dict[str, Any], payload: dict[str, Any], now_s: float) -> None:
        """With a CALLRESULT, whatever is in it."""
        if action == "StartTransaction":
            remote_id = payload.get("transactionId")
            if isinstance(remote_id, bool) or not isinstance(remote_id, int):
                return
            self._given_ids.add(remote_id)
        if action in ("StartTransaction", "StopTransaction", "MeterValues"):
            self._settled[_fact(action, asked)] = (now_s, len(self._ends))

    def _may_be_lost(self, fact: Fact) -> bool:
        at_s, connection = self._settled[fact]
        return connection < len(self._ends) and self._ends[connection] - at_s < LOST_WITHIN_S


def _fact(action: str, payload: dict[str, Any]) -> Fact:
    """The id of the transaction may become known between two tries."""
    kept = {key: value for key, value in payload.items() if key != "transactionId"}
    return action, json.dumps(kept, sort_keys=True)
