"""DataTransfer of the vendor "evse-agent": the verbs of evsectl, asked by the central system."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from agent.ocpp_client.v16.message import Charger, load
from agent.values import frozen
from firmware_sim.virtual_loop import run


@frozen
class Told:
    body: Mapping[str, Any]
    done: bool = True
    known: bool = True


class Side:
    """Answers what it was told to, and remembers what it was asked."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.heard: list[tuple[str, str | None]] = []

    async def asked(self, verb: str, data: str | None) -> Told:
        self.heard.append((verb, data))
        return self.told


def answer(side: Side | None, **payload: str) -> dict[str, Any]:
    charger = Charger(None, None, support=side)  # type: ignore[arg-type]

    async def main() -> dict[str, Any]:
        return dict((await load("DataTransfer").handle(payload, charger)).payload)

    return run(main())


@pytest.mark.parametrize(
    ("told", "status", "data"),
    [
        (Told({"verdict": "ok"}), "Accepted", {"verdict": "ok"}),
        (Told({"reason": "not now"}, done=False), "Rejected", {"reason": "not now"}),
    ],
)
def test_the_answer_is_json_in_the_data(told: Told, status: str, data: dict[str, str]) -> None:
    side = Side(told)

    found = answer(side, vendorId="EVSE-Agent", messageId="health", data='{"case": "T-1"}')

    assert (found["status"], json.loads(found["data"])) == (status, data)
    assert side.heard == [("health", '{"case": "T-1"}')]


def test_an_unknown_verb_is_an_unknown_message() -> None:
    assert answer(Side(Told({}, done=False, known=False)), vendorId="evse-agent", messageId="x") == {
        "status": "UnknownMessageId"
    }


@pytest.mark.parametrize(("side", "vendor"), [(None, "evse-agent"), (Side(Told({})), "somebody.else")])
def test_where_nobody_answers_the_vendor_is_unknown(side: Side | None, vendor: str) -> None:
    assert answer(side, vendorId=vendor, messageId="health") == {"status": "UnknownVendorId"}
