"""Items 6 and 10 of the checklist of OCPP 1.6 (ocpp16.md section 19): silence before registration, crossing CALLs."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.acceptance.words import calls_of, frames_of
from tests.simulation.stage import CARD, Charger, tell

INTERVAL_S = 60


async def _boots_anew(charger: Charger, status: str) -> int:
    """A power cut, and a central system that answers the boot with `status`; how many CALLs it had heard before."""
    await charger.network("boot_answer", status=status, interval_s=INTERVAL_S)
    before = len(calls_of(charger))
    await charger.stage.charger.kill(with_power=True)
    await charger.stage.charger.start()
    await charger.passes(30.0)
    return before


async def _ask(charger: Charger, id: str, action: str, **payload: object) -> None:
    await charger.network("raw", text=json.dumps([2, id, action, payload]))
    await charger.passes(2.0)


def _answer_to(charger: Charger, id: str) -> list[object] | None:
    rows = [row for row in frames_of(charger, direction="from") if row["kind"] != "call" and row["message_id"] == id]
    return list(rows[0]["parts"]) if rows else None


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_item_06_before_it_is_accepted_the_charger_says_nothing_but_its_boot(status: str) -> None:
    """Whatever happens at it meanwhile: cards, a car, a fault; and after the interval it asks again."""

    async def story(charger: Charger) -> None:
        before = await _boots_anew(charger, status)
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(3 * INTERVAL_S)
        said = [action for action, _ in calls_of(charger)[before:]]
        assert set(said) == {"BootNotification"} and 3 <= len(said) <= 5

        await _ask(charger, "asked", "GetConfiguration", key=["NumberOfConnectors"])
        await _ask(charger, "start", "RemoteStartTransaction", idTag=CARD, connectorId=1)
        await _ask(charger, "hello", "TriggerMessage", requestedMessage="Heartbeat")
        after = [action for action, _ in calls_of(charger)[before:] if action != "BootNotification"]
        if status == "Pending":
            assert _answer_to(charger, "asked") is not None
            assert _answer_to(charger, "start") == [3, "start", {"status": "Rejected"}]
            assert _answer_to(charger, "hello") == [3, "hello", {"status": "Accepted"}]
            assert after == ["Heartbeat"], "what it is asked for, and nothing else"
        else:
            assert [_answer_to(charger, id) for id in ("asked", "start", "hello")] == [None] * 3
            assert after == []

        await charger.network("boot_answer", status="Accepted", interval_s=300)
        accepted_from = len(calls_of(charger))
        await charger.passes(2 * INTERVAL_S)
        (_, *first) = calls_of(charger)[accepted_from:]
        statuses = [payload["connectorId"] for action, payload in first[:2] if action == "StatusNotification"]
        assert sorted(statuses) == [0, 1], "errata 3.22: the station and every connector, before anything else"

    tell(story)


def test_item_10_a_call_that_crosses_ours_is_answered_at_once_and_ours_stay_one_at_a_time() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("slow", delay_s=8.0)
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(3.0)
        crossed = 0
        for turn in range(4):
            if _outstanding(charger) is None:
                await charger.network("trigger", message="Heartbeat")
                await charger.passes(0.5)
            ours = _outstanding(charger)
            assert ours is not None, "a CALL of ours waits for its answer"
            ids = [f"crossing-{turn}-{number}" for number in range(3)]
            texts = [json.dumps([2, id, "GetConfiguration", {"key": ["NumberOfConnectors"]}]) for id in ids]
            await asyncio.gather(*(charger.network("raw", text=text) for text in texts))
            await charger.passes(0.5)
            assert all(_answer_to(charger, id) is not None for id in ids), "answered while ours still waits"
            crossed += _outstanding(charger) == ours
            await charger.passes(9.0)
        assert crossed >= 3
        await charger.network("slow", delay_s=0.0)
        await charger.passes(60.0)
        _is_one_at_a_time(charger)
        assert _outstanding(charger) is None, "and each of ours has its answer"

    tell(story)


def _outstanding(charger: Charger) -> str | None:
    """The id of our CALL that has no answer yet."""
    waiting: str | None = None
    for row in frames_of(charger):
        if row["direction"] == "from" and row["kind"] == "call":
            waiting = row["message_id"]
        elif row["direction"] == "to" and row["message_id"] == waiting:
            waiting = None
    return waiting


def _is_one_at_a_time(charger: Charger) -> None:
    waiting: str | None = None
    for row in frames_of(charger):
        if row["direction"] == "from" and row["kind"] == "call":
            assert waiting is None, f"{row['action']} was sent while another CALL of ours had no answer"
            waiting = row["message_id"]
        elif row["direction"] == "to" and row["message_id"] == waiting:
            waiting = None
