"""The list that the network sends: who it lets in while the network is away, and that no message leaves half of it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from agent.core.session.model import SessionPhase
from tests.simulation.stage import BAD_CARD, CARD, OTHER_CARD, Charger, tell

ENTRIES = 10_000
ENTRIES_A_MESSAGE = 500


async def send(charger: Charger, version: int, kind: str = "Differential", **tokens: str | None) -> str:
    answer = await charger.network("send_list", version=version, kind=kind, tokens=tokens)
    return str(answer["answer"]["status"])


async def version(charger: Charger) -> int:
    return int((await charger.network("list_version"))["answer"]["listVersion"])


async def is_let_in_offline(charger: Charger, card: str) -> bool:
    await charger.swipe(card)
    await charger.passes(5.0)
    is_in = charger.session().phase is SessionPhase.CHARGING
    if is_in:
        await charger.swipe(card)
        await charger.passes(10.0)
    return is_in


def test_without_the_network_the_list_decides_and_outlives_a_restart() -> None:
    async def story(charger: Charger) -> None:
        assert await version(charger) == 0
        assert await send(charger, 1, "Full", **{CARD: "Accepted", BAD_CARD: "Blocked"}) == "Accepted"
        await charger.stage.charger.kill(with_power=True)
        await charger.stage.charger.start()
        await charger.passes(30.0)
        assert await version(charger) == 1
        await charger.network("offline")
        await charger.plug_in()
        assert await is_let_in_offline(charger, CARD)
        assert not await is_let_in_offline(charger, BAD_CARD)
        assert not await is_let_in_offline(charger, OTHER_CARD)

    tell(story)


def test_a_difference_is_added_and_taken_away_and_an_old_one_changes_nothing() -> None:
    async def story(charger: Charger) -> None:
        assert await send(charger, 5, "Full", **{CARD: "Accepted"}) == "Accepted"
        assert await send(charger, 5, **{OTHER_CARD: "Accepted"}) == "VersionMismatch"
        assert await send(charger, 7, "Differential", **{OTHER_CARD: "Accepted", CARD: None}) == "Accepted"
        assert await version(charger) == 7
        await charger.network("offline")
        await charger.plug_in()
        assert not await is_let_in_offline(charger, CARD)
        assert await is_let_in_offline(charger, OTHER_CARD)

    tell(story)


def test_an_empty_full_list_has_version_0_and_a_list_begins_anew_from_there() -> None:
    async def story(charger: Charger) -> None:
        await send(charger, 5, "Full", **{CARD: "Accepted"})
        assert await send(charger, 9, "Full") == "Accepted"
        assert await version(charger) == 0
        assert await send(charger, 1, **{CARD: "Accepted"}) == "Accepted"
        assert await version(charger) == 1

    tell(story)


def test_a_list_that_is_switched_off_counts_no_more() -> None:
    async def story(charger: Charger) -> None:
        await send(charger, 1, "Full", **{CARD: "Accepted"})
        await charger.network("change_configuration", key="LocalAuthListEnabled", value="false")
        assert await send(charger, 2, **{OTHER_CARD: "Accepted"}) == "NotSupported"
        assert await version(charger) == -1
        await charger.network("offline")
        await charger.plug_in()
        assert not await is_let_in_offline(charger, CARD)

    tell(story)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_power_cut_while_a_list_is_written_leaves_the_old_one_or_the_new_one(when: str) -> None:
    async def story(charger: Charger) -> None:
        await send(charger, 1, "Full", **{CARD: "Accepted"})
        charger.stage.charger.crash_at_commit(1, when)
        answer: dict[str, Any] = {}

        async def try_to_send() -> None:
            try:
                answer.update(
                    await charger.network("send_list", version=2, kind="Full", tokens={OTHER_CARD: "Accepted"})
                )
            except AssertionError:
                return  # the charger died before it could answer

        await try_to_send()
        await charger.passes(5.0)
        assert charger.stage.charger.crashes == 1
        await charger.stage.charger.start()
        await charger.passes(30.0)
        is_new = when == "after"
        assert await version(charger) == (2 if is_new else 1)
        await charger.network("offline")
        await charger.plug_in()
        assert await is_let_in_offline(charger, OTHER_CARD) == is_new
        assert await is_let_in_offline(charger, CARD) != is_new

    tell(story)


def conflicts(charger: Charger) -> list[tuple[str, str]]:
    """What was told of the station as a whole: errorCode and the words beside it."""
    told = [one for one in charger.told("StatusNotification") if one["connectorId"] == 0]
    assert all(one["status"] == "Available" for one in told)
    return [(one["errorCode"], one.get("info", "")) for one in told]


def test_a_start_that_the_network_refuses_against_its_own_list_is_told_as_a_conflict_until_the_list_is_sent() -> None:
    async def story(charger: Charger) -> None:
        await send(charger, 1, "Full", **{CARD: "Accepted"})
        await charger.network("change_configuration", key="LocalPreAuthorize", value="true")
        await charger.network("refuse_token", token=CARD, status="Blocked")
        await charger.plug_in()
        assert conflicts(charger) == [("NoError", "")]

        await charger.swipe()
        await charger.passes(20.0)
        found = ("LocalListConflict", "auth.list_conflict …B2C3: Accepted, then Blocked")
        assert [charger.told("StopTransaction")[-1]["reason"], *conflicts(charger)[1:]] == ["DeAuthorized", found]
        assert await charger.events("list.contradicted") == [
            {"token": "…B2C3", "listed": "Accepted", "said": "Blocked"}
        ]

        await send(charger, 2, "Full", **{CARD: "Blocked"})
        await charger.passes(5.0)
        assert conflicts(charger)[2:] == [("NoError", "")]

    tell(story)


def test_a_conflict_is_over_once_the_network_says_what_its_list_says() -> None:
    async def story(charger: Charger) -> None:
        await send(charger, 1, "Full", **{CARD: "Blocked", BAD_CARD: "Blocked"})
        await charger.swipe(BAD_CARD)  # both refuse: no conflict
        await charger.swipe()
        await charger.passes(5.0)
        assert [code for code, _ in conflicts(charger)] == ["NoError", "LocalListConflict"]
        await charger.network("trigger", message="StatusNotification", connector=0)
        await charger.passes(5.0)
        assert [code for code, _ in conflicts(charger)][2:] == ["LocalListConflict"]

        await charger.network("refuse_token", token=CARD, status="Invalid")
        await charger.passes(150.0)
        await charger.swipe()
        await charger.passes(5.0)
        assert [code for code, _ in conflicts(charger)][3:] == ["NoError"]

    tell(story)


def test_ten_thousand_entries_arrive_in_messages_of_five_hundred_and_one_more_is_refused() -> None:
    async def story(charger: Charger) -> None:
        for part in range(ENTRIES // ENTRIES_A_MESSAGE):
            first = part * ENTRIES_A_MESSAGE
            words = {f"{number:020}": "Accepted" for number in range(first, first + ENTRIES_A_MESSAGE)}
            assert await send(charger, part + 1, **words) == "Accepted"
            await asyncio.sleep(1.0)
        assert await send(charger, 21, **{"ONE MORE": "Accepted"}) == "Failed"
        assert await version(charger) == 20
        began = time.process_time()
        assert await send(charger, 21, **{f"{0:020}": "Blocked"}) == "Accepted"
        assert time.process_time() - began < 1.0
        too_many = {f"{number:020}": "Accepted" for number in range(ENTRIES_A_MESSAGE + 1)}
        answer = await charger.network("send_list", version=22, kind="Full", tokens=too_many)
        assert answer["call_error"]["code"] == "OccurenceConstraintViolation"
        await charger.network("offline")
        await charger.plug_in()
        assert await is_let_in_offline(charger, f"{ENTRIES - 1:020}")
        assert not await is_let_in_offline(charger, f"{0:020}")

    tell(story)
