"""The simulated OpenEVSE does what its maker's sources say, also where that is odd."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from firmware_sim.arguments import NotNow
from firmware_sim.breakage import NEEDS_RAPI
from firmware_sim.openevse import OpenEvse, Posture
from firmware_sim.rapi_line import Reply
from firmware_sim.rapi_words import CommandBuffer, Heard, spoken, understood
from firmware_sim.verbs import perform
from firmware_sim.virtual_loop import run
from tests.drivers.world import Charger, charger


def alone(test: Callable[[Charger, OpenEvse], Awaitable[None]]) -> None:
    """A controller that nobody talks to."""

    async def body() -> None:
        async with charger(name="sim-openevse") as site:
            assert isinstance(site.board, OpenEvse)
            await asyncio.sleep(1)
            await test(site, site.board)

    run(body())


def test_left_alone_it_serves_anybody_at_the_current_in_its_memory() -> None:
    async def wait(site: Charger, _controller: OpenEvse) -> None:
        site.plug_in()
        await asyncio.sleep(6)

        assert site.outlet.is_live
        assert site.outlet.offered_a() == pytest.approx(32, abs=0.1)

    alone(wait)


@pytest.mark.parametrize("fallback_a", ["0", "6"])
def test_a_heartbeat_that_stays_away_leaves_six_amperes_also_where_none_was_set(fallback_a: str) -> None:
    async def wait(site: Charger, controller: OpenEvse) -> None:
        assert controller.obey(("SY", "5", fallback_a)) == Reply(True, ("5", fallback_a, "0"))
        site.plug_in()
        await asyncio.sleep(8)

        assert site.outlet.is_live
        assert site.outlet.offered_a() == pytest.approx(6, abs=0.1)
        assert controller.obey(("SY",)) == Reply(False, ("5", fallback_a, "2"))

    alone(wait)


def test_acknowledging_a_miss_sets_the_highest_current() -> None:
    async def acknowledge(_site: Charger, controller: OpenEvse) -> None:
        controller.obey(("SC", "10", "V"))
        controller.obey(("SY", "5", "6"))
        await asyncio.sleep(6)

        assert controller.obey(("SY", "165")).well
        assert controller.capacity_a == 32

    alone(acknowledge)


def test_less_than_six_amperes_are_six_and_said_to_be_refused() -> None:
    async def set_little(_site: Charger, controller: OpenEvse) -> None:
        assert controller.obey(("SC", "5", "V")) == Reply(False, ("6",))

    alone(set_little)


def test_a_start_of_its_own_keeps_its_memory_and_wakes_it() -> None:
    async def restart(_site: Charger, controller: OpenEvse) -> None:
        for words in (("SY", "5", "6"), ("SC", "20"), ("FS",)):
            controller.obey(words)
        controller.reset("brownout")
        await asyncio.sleep(2)

        assert controller.posture is Posture.AWAKE
        assert (controller.pulse.interval_s, controller.capacity_a, controller.boots) == (5, 20, 2)

    alone(restart)


@pytest.mark.parametrize("name", NEEDS_RAPI)
def test_what_was_broken_of_its_protocol_is_listed_and_mended(name: str) -> None:
    async def break_and_mend(site: Charger, controller: OpenEvse) -> None:
        before = controller.line.is_well
        await perform(site.world, "fault", {"name": name, "connector": 1})
        assert [fault["name"] for fault in site.world.status()["faults"]] == [name]
        assert (before, controller.line.is_well) == (True, False)

        await perform(site.world, "heal", {})
        await asyncio.sleep(2)

        assert controller.line.is_well
        assert controller.obey(("SY",)).well

    alone(break_and_mend)


def test_a_pilot_board_has_no_protocol_of_an_openevse_to_break() -> None:
    async def refuse() -> None:
        async with charger() as site:
            with pytest.raises(NotNow, match="connector 1 has no OpenEVSE; run a board that has one"):
                await perform(site.world, "fault", {"name": "rapi_mute", "connector": 1})

    run(refuse())


def test_the_makers_example_of_a_line_is_spoken_and_heard() -> None:
    assert spoken("GS") == b"$GS^30\r"
    assert understood("$SC 16 V^65") == Heard(("SC", "16", "V"))
    assert understood("$SC 16 V^64") == Heard((), sound=False)


def test_a_command_longer_than_its_buffer_is_forgotten_without_a_word() -> None:
    buffer = CommandBuffer()

    heard = [buffer.put(character) for character in b"$S1 26 11 30 07 39 49 00 00 00^00\r" + spoken("GV", ticket="05")]

    assert [command for command in heard if command is not None] == [Heard(("GV",), "05")]
