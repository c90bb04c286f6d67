"""A program that blocks, in the time of a virtual loop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import pytest

from firmware_sim import virtual_loop
from firmware_sim.mqtt_broker import Broker
from tools.cases.beside import Beside, Said
from tools.support.link import AT_LEAST_ONCE, Link, open_link
from tools.support.settings import BrokerTable

PATIENCE_S = 200.0
"""Longer than a broker waits for a client that says nothing: one and a half times its keep-alive."""


def played(program: Callable[[Beside], int]) -> tuple[Said, float]:
    """What it said, and when it ended."""

    async def play() -> tuple[Said, float]:
        here = Beside(1)
        return await here.run(lambda: program(here)), asyncio.get_running_loop().time()

    return virtual_loop.run(play())


def on_a_broker(program: Callable[[Link, Broker], None]) -> Broker:
    """Runs it with a link to the broker, which is closed again."""
    broker = Broker()

    async def play() -> None:
        here, port = Beside(1), await broker.open()

        def linked() -> int:
            with open_link(BrokerTable(url=f"mqtt://127.0.0.1:{port}"), here=here) as link:
                program(link, broker)
            return 0

        assert (await here.run(linked)).code == 0
        await asyncio.sleep(1.0)
        await broker.close()

    virtual_loop.run(play())
    return broker


def test_a_wait_takes_the_time_of_the_world_and_computing_none() -> None:
    seen: list[tuple[float, int]] = []

    def program(here: Beside) -> int:
        began, news = (here.monotonic(), here.now_ms()), here.news()
        with news:
            assert not news.wait_for(lambda: False, 90.0)
        seen.append((here.monotonic() - began[0], here.now_ms() - began[1]))
        print(sum(range(1_000_000)))
        print("beside", file=sys.stderr)
        return 3

    said, ended_s = played(program)

    assert (said.screen, said.beside, said.code) == ("499999500000\n", "beside\n", 3)
    assert seen == [(90.0, 90_000)] and ended_s == 90.0


def test_a_wait_for_next_to_nothing_moves_time_on() -> None:
    """Else a program that waits for the rest of a sum of floats would look at one clock for ever."""

    def program(here: Beside) -> int:
        news = here.news()
        return sum(news.wait_for(lambda: False, 1e-17) for _ in range(10))

    assert played(program)[1] == pytest.approx(0.01)


def test_what_a_program_raises_is_raised_to_who_ran_it() -> None:
    def program(_: Beside) -> int:
        raise FileNotFoundError("no such thing")

    with pytest.raises(FileNotFoundError, match="no such thing"):
        played(program)


def test_a_program_that_nobody_waits_for_any_more_is_interrupted() -> None:
    ended: list[str] = []

    def program(here: Beside) -> int:
        news = here.news()
        try:
            while True:
                news.wait_for(lambda: False, 1.0)
        except KeyboardInterrupt:
            ended.append("in order")
        return 130

    async def play() -> None:
        here = Beside(1)
        async with asyncio.timeout(10.0):
            await here.run(lambda: program(here))

    with pytest.raises(TimeoutError):
        virtual_loop.run(play())
    assert ended == ["in order"]


def test_a_link_in_the_time_of_the_world_stays_alive_and_says_goodbye() -> None:
    def program(link: Link, broker: Broker) -> None:
        link.subscribe(["a/+"])
        assert link.next(PATIENCE_S) is None
        assert link.lost_since is None and len(broker.links) == 1
        link.publish("a/b", b"heard")
        message = link.next(10.0)
        assert message is not None and (message.topic, message.payload) == ("a/b", b"heard")

    broker = on_a_broker(program)

    assert broker.connects == 1 and not broker.everybody


def test_what_the_program_sends_is_there_before_time_moves_on() -> None:
    """An acknowledgement and a subscription are two small packets, of which a kernel likes to keep the second back."""

    def program(link: Link, _: Broker) -> None:
        link.subscribe(["a/+"], AT_LEAST_ONCE)
        began_s = link.here.monotonic()
        for number in range(20):
            link.publish("a/b", b"heard")
            assert link.next(1.0) is not None
            link.subscribe([f"b/{number}"])
        assert link.here.monotonic() == began_s

    on_a_broker(program)


def test_chance_is_that_of_the_seed() -> None:
    async def drawn(seed: int) -> list[str]:
        here = Beside(seed)
        return [here.token(16), here.token(16)]

    first, again, other = (virtual_loop.run(drawn(seed)) for seed in (1, 1, 2))

    assert first == again and first[0] != first[1]
    assert not set(first) & set(other)


def test_nothing_of_a_terminal_is_left_behind(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    played(lambda _: print("on its own screen") or 0)

    assert sys.stdout is before
    assert capsys.readouterr().out == ""
