"""From the websocket on: the agent's own client, asked while it works, beside a real central system."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

from websockets.asyncio.server import serve

from agent.core.network_check.conclusion import concluded
from agent.core.network_check.model import Finding, Layer, Verdict
from agent.core.network_check.own_link import OF_CAUSE
from agent.errors import Busy
from agent.ocpp_client.causes import Cause
from agent.station.network import Network
from agent.station.network_looks import of_the_agent
from firmware_sim.virtual_loop import run
from tests.ocpp_client.secured import Charger, Site, central_system, charger
from tests.station.desk import Desk
from tests.tools.csms.charger import Bench

Ask = Callable[..., Awaitable[list[Finding]]]


@asynccontextmanager
async def asked(folder: Path, csms: Bench) -> AsyncIterator[tuple[Charger, Ask]]:
    """A charger that runs, and the check of its network."""
    async with charger(folder, csms, Site(profile=1)) as one:
        link = Network(one.station)
        link.use(one.client)
        link.preview = one.side.slots.preview

        async def check(slot: int | None = None) -> list[Finding]:
            async with aclosing(of_the_agent(link, one.clock, one.station.config, slot)) as findings:
                return [finding async for finding in findings]

        yield one, check


def story_of(folder: Path, tell: Callable[[Bench, Charger, Ask], Awaitable[None]], **behaviour: Any) -> None:
    async def story() -> None:
        async with central_system(folder, None) as csms:
            for name, value in behaviour.items():
                setattr(csms.system.behaviour, name, value)
            async with asked(folder, csms) as (one, check):
                await tell(csms, one, check)

    run(story())


def of(findings: list[Finding], layer: Layer) -> Finding:
    return next(one for one in findings if one.layer is layer)


def test_the_open_connection_is_looked_at_and_no_other_one_made(tmp_path: Path) -> None:
    async def tell(_: Bench, one: Charger, check: Ask) -> None:
        await one.connected()
        findings = await check()

        assert concluded(findings).is_good, findings
        assert of(findings, Layer.SUBPROTOCOL).values["subprotocol"] == "ocpp1.6"
        assert of(findings, Layer.BOOT).values["registration"] == "Accepted"
        assert len(cast("list[float]", of(findings, Layer.ROUND_TRIP).values["pings_ms"])) == 5
        assert one.connections == 1
        assert len(await one.told("BootNotification")) == 1

    story_of(tmp_path, tell)


@pytest.mark.parametrize(
    ("status", "says", "then"),
    [
        (401, "refuses identity or password", "letter by letter"),
        (403, "refuses this charger", "letter by letter"),
        (404, "does not know this charger or path", "path and identity"),
        (503, "is not available now", "ask the operator when"),
        (302, "redirects", "write the address"),
    ],
)
def test_an_http_status_is_the_websocket_layer_in_words(tmp_path: Path, status: int, says: str, then: str) -> None:
    async def tell(_: Bench, one: Charger, check: Ask) -> None:
        findings = await check()

        end = concluded(findings)
        assert (end.layer, of(findings, Layer.UPGRADE).verdict) == (Layer.UPGRADE, Verdict.FAIL)
        assert says in end.says
        assert f"HTTP {status}" in end.says
        assert then in end.next
        assert one.connections == 0

    story_of(tmp_path, tell, refused_status=status)


def test_a_central_system_of_another_version_is_the_subprotocol(tmp_path: Path) -> None:
    async def story() -> None:
        async with serve(lambda one: one.wait_closed(), "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            async with asked(tmp_path, Bench(cast("Any", None), f"ws://127.0.0.1:{port}")) as (_, check):
                end = concluded(await check())

        assert end.layer is Layer.SUBPROTOCOL
        assert "ocpp1.6" in end.says

    run(story())


@pytest.mark.parametrize(("word", "then"), [("Pending", "release it"), ("Rejected", "enter this charger")])
def test_pending_and_rejected_are_the_registration(tmp_path: Path, word: str, then: str) -> None:
    async def tell(_: Bench, __: Charger, check: Ask) -> None:
        end = concluded(await check())

        assert (end.layer, word in end.says, then in end.next) == (Layer.BOOT, True, True)

    story_of(tmp_path, tell, boot_status=word)


def test_a_central_system_that_opens_and_never_answers_is_the_registration(tmp_path: Path) -> None:
    async def tell(_: Bench, __: Charger, check: Ask) -> None:
        end = concluded(await check())

        assert end.layer is Layer.BOOT
        assert "does not answer BootNotification" in end.says

    story_of(tmp_path, tell, is_deaf=True)


def test_a_central_system_that_fell_mute_behind_a_proxy_is_no_open_way(tmp_path: Path) -> None:
    """It accepted the charger once, its websocket answers pings still, and nobody answers a message."""

    async def tell(csms: Bench, one: Charger, check: Ask) -> None:
        await one.connected()
        csms.system.behaviour.is_silent = True
        for later_s in (0.0, 180.0):
            await asyncio.sleep(later_s)
            findings = await check()

            end = concluded(findings)
            assert (end.layer, of(findings, Layer.BOOT).verdict) == (Layer.ROUND_TRIP, Verdict.OK), findings
            assert "messages are not answered by the central system; the last answer came" in end.says
            assert "ask the operator" in end.next

        csms.system.behaviour.is_silent = False
        await asyncio.sleep(300.0)
        assert concluded(await check()).is_good

    story_of(tmp_path, tell)


def test_a_check_does_not_wait_for_the_next_attempt_of_the_ladder(tmp_path: Path) -> None:
    async def tell(csms: Bench, one: Charger, check: Ask) -> None:
        await asyncio.sleep(900.0)
        csms.system.behaviour.refused_status = None
        began_s = asyncio.get_running_loop().time()
        findings = await check()

        assert concluded(findings).is_good, findings
        assert asyncio.get_running_loop().time() - began_s < 20.0
        assert one.connections == 1

    story_of(tmp_path, tell, refused_status=503)


def test_an_attempt_is_not_followed_by_another_one_at_once(tmp_path: Path) -> None:
    async def tell(_: Bench, one: Charger, check: Ask) -> None:
        await asyncio.sleep(900.0)
        before = len(one.causes)
        await check()
        await asyncio.sleep(1.0)

        assert len(one.causes) - before == 1

    story_of(tmp_path, tell, refused_status=503)


def test_a_slot_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    async def tell(_: Bench, __: Charger, check: Ask) -> None:
        with pytest.raises(Busy, match="slot 4 has no address"):
            await check(4)

    story_of(tmp_path, tell)


def test_two_people_do_not_check_at_the_same_time(tmp_path: Path) -> None:
    async def story() -> None:
        control = Desk(tmp_path).control_side
        first = control.network_check(None)
        assert (await anext(first)).layer is Layer.SETTINGS

        with pytest.raises(Busy, match="for somebody else; wait"):
            await anext(control.network_check(None))
        await first.aclose()

        assert [one.layer async for one in control.network_check(None)] == [Layer.SETTINGS]

    run(story())


def test_every_cause_of_the_client_has_its_layer_and_what_to_do() -> None:
    assert set(OF_CAUSE) == {cause.value for cause in Cause}
