"""What a connector hears: of readers each token, a long absence, the return; of devices what is wrong no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from agent.connector.sources import SETTLED_AFTER_S, follow_faults, follow_tokens
from agent.core.faults.model import Witness
from agent.core.faults.register import StandingFault
from agent.core.session.events import DriverLost, DriverReturned, FaultObserved, SessionEvent, TokenPresented
from agent.core.time import Instant
from agent.drivers.interfaces import DeviceFault
from agent.drivers.level import Level, changes
from agent.errors import DriverUnavailable
from firmware_sim.virtual_loop import run
from tests.connector.fakes import CARD, FakePilot, FakeReader, PilotOf


def heard(story: Callable[[FakeReader], Awaitable[None]]) -> list[SessionEvent]:
    async def told() -> list[SessionEvent]:
        reader, events = FakeReader(), list[SessionEvent]()
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(follow_tokens(reader, events.append))
            await story(reader)
            following.cancel()
        return events

    return run(told())


def test_every_token_is_passed_on() -> None:
    async def story(reader: FakeReader) -> None:
        reader.shown.put_nowait(CARD)
        await asyncio.sleep(5)
        reader.shown.put_nowait(CARD)
        await asyncio.sleep(5)

    assert heard(story) == [TokenPresented(CARD), TokenPresented(CARD)]


def test_a_reader_that_is_away_for_long_is_told_once_and_its_return_once() -> None:
    async def story(reader: FakeReader) -> None:
        reader.away = True
        await asyncio.sleep(200)
        reader.away = False
        await asyncio.sleep(200)

    lost, returned = heard(story)

    assert lost == DriverLost(interface="token_reader", detail="no such port")
    assert returned == DriverReturned("token_reader")


def test_a_short_absence_is_no_news() -> None:
    async def story(reader: FakeReader) -> None:
        for _ in range(10):
            reader.away = True
            await asyncio.sleep(10)
            reader.away = False
            await asyncio.sleep(10)

    assert heard(story) == []


# Faults that stood before the program began.

STOP, SHORT, WELDED = "safety.emergency_stop", "cp.short", "contactor.welded"
OWNER, SWITCH = Witness.OWNER, Witness.SWITCH


class FaultyDevice(PilotOf):
    """Its faults are a level; None: it is silent."""

    def __init__(self, wrong: tuple[str, ...] | None) -> None:
        super().__init__(FakePilot())
        self.wrong = Level(wrong)

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        return changes(self.wrong, self._speaks, lambda wrong: tuple(DeviceFault(id=id) for id in wrong))

    def _speaks(self, wrong: tuple[str, ...] | None) -> tuple[str, ...]:
        if wrong is None:
            raise DriverUnavailable(self.name, "no word from the board")
        return wrong


def stood(id: str, *witnesses: Witness) -> StandingFault:
    return StandingFault(id=id, first_seen=Instant(1.0), count=1, witnesses=frozenset(witnesses))


def followed(
    remembered: Sequence[StandingFault],
    *levels: tuple[float, tuple[str, ...] | None],
    witness: Witness = OWNER,
) -> list[tuple[int, str, bool]]:
    """What is told of a device, and in which second, that has these faults from these moments on."""
    told: list[tuple[int, str, bool]] = []

    async def play() -> None:
        device, loop = FaultyDevice(levels[0][1]), asyncio.get_running_loop()

        def hear(event: SessionEvent) -> None:
            assert isinstance(event, FaultObserved)
            assert event.witness is witness
            told.append((round(loop.time()), event.id, event.present))

        following = asyncio.ensure_future(follow_faults(device, hear, remembered, witness))
        for at_s, level in levels:
            await asyncio.sleep(at_s - loop.time())
            device.wrong.set(level)
        await asyncio.sleep(200.0)
        following.cancel()

    run(play())
    return told


def test_what_a_device_does_not_say_any_more_is_told_as_absent_once_it_had_time_to_look() -> None:
    assert followed([stood(SHORT, OWNER)], (0.0, ())) == [(SETTLED_AFTER_S, SHORT, False)]


def test_what_a_device_finds_again_while_it_settles_is_never_told_as_absent() -> None:
    assert followed([stood(SHORT, OWNER)], (0.0, ()), (SETTLED_AFTER_S - 2.0, (SHORT,))) == [(8, SHORT, True)]


def test_what_a_device_still_says_is_absent_only_when_it_ends() -> None:
    told = followed([stood(SHORT, OWNER), stood(STOP, OWNER)], (0.0, (SHORT, STOP)), (50.0, (STOP,)))

    assert told == [(0, SHORT, True), (0, STOP, True), (50, SHORT, False)]


def test_a_silent_device_and_one_that_is_not_understood_have_missed_nothing() -> None:
    levels = (0.0, None), (20.0, ("mcu.firmware_mismatch",)), (60.0, ())

    told = followed([stood(SHORT, OWNER)], *levels)

    assert [one for one in told if one[1] == SHORT] == [(70, SHORT, False)]


def test_a_device_that_falls_silent_settles_anew() -> None:
    assert followed([stood(SHORT, OWNER)], (0.0, ()), (6.0, None), (30.0, ())) == [(40, SHORT, False)]


@pytest.mark.parametrize("id", ["meter.comm", "reader.failed", "mcu.comm", "comm.selftest_failed", "storage.low"])
def test_what_others_say_is_not_missed_by_the_device_of_the_pilot(id: str) -> None:
    assert followed([stood(id, OWNER)], (0.0, ())) == []


def test_each_witness_misses_only_what_it_said_itself() -> None:
    remembered = [stood(WELDED, SWITCH), stood(SHORT, OWNER), stood("mcu.comm", OWNER, SWITCH)]

    assert followed(remembered, (0.0, ()), witness=SWITCH) == [(10, WELDED, False), (10, "mcu.comm", False)]
    assert followed(remembered, (0.0, ())) == [(10, SHORT, False)]
