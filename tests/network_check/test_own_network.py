"""Link, address, route and names, each broken for real between two namespaces of the kernel."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from agent.core.network_check.conclusion import Conclusion, concluded
from agent.core.network_check.model import Finding, Layer, Verdict
from tests.network_check.wire import (
    CHARGER_IP,
    HOST,
    WORLD_IP,
    Cable,
    Check,
    NameServer,
    cable,
    listening,
    name_server,
    needs_namespaces,
)

pytestmark = needs_namespaces


@pytest.fixture
def wire() -> Iterator[Cable]:
    with cable() as one:
        yield one


def checked(wire: Cable, folder: Path, *, server: NameServer | None = None, **how: Any) -> list[Finding]:
    """With a name server, unless there is none, and a central system behind port 9000."""

    async def story() -> list[Finding]:
        async with AsyncExitStack() as stack:
            if server is not None:
                await stack.enter_async_context(name_server(wire, server))
            await stack.enter_async_context(listening(wire.socket(socket.SOCK_STREAM, 9000)))
            return await Check(**how).findings()

    return wire.live(story, folder)


def blamed(findings: list[Finding], layer: Layer) -> Conclusion:
    end = concluded(findings)
    assert end.layer is layer, findings
    return end


def test_all_is_well_and_said_within_ten_seconds(wire: Cable, tmp_path: Path) -> None:
    wire.address()
    began_s = time.monotonic()

    findings = checked(wire, tmp_path, server=NameServer())

    assert time.monotonic() - began_s < 10.0
    assert concluded(findings).is_good, findings
    assert {one.layer for one in findings} == set(Layer)
    by_layer = {one.layer: one for one in findings}
    assert by_layer[Layer.ADDRESS].values["addresses"] == [CHARGER_IP]
    assert by_layer[Layer.ROUTE].values["gateways"] == [WORLD_IP]
    assert by_layer[Layer.DNS].values["addresses"] == [WORLD_IP]


def test_a_cable_that_is_not_plugged_in_is_the_link(wire: Cable, tmp_path: Path) -> None:
    wire.address()
    wire.at_world("link", "set", "eth0", "down")

    end = blamed(checked(wire, tmp_path), Layer.LINK)

    assert "eth0 (cable)" in end.says
    assert "plug in the network cable" in end.next


def no_lease(wire: Cable) -> None:
    """Nothing: a cable alone gives no address."""


def own_choice(wire: Cable) -> None:
    wire.at_charger("addr", "add", "169.254.7.7/16", "dev", "eth0")


@pytest.mark.parametrize(("breakage", "says"), [(no_lease, "no address"), (own_choice, "no DHCP server answered")])
def test_no_lease_is_the_address(wire: Cable, tmp_path: Path, breakage: Callable[[Cable], None], says: str) -> None:
    breakage(wire)

    assert says in blamed(checked(wire, tmp_path), Layer.ADDRESS).says


def test_no_router_is_the_route(wire: Cable, tmp_path: Path) -> None:
    wire.at_charger("addr", "add", "10.99.0.2/24", "dev", "eth0")

    assert "no router is known" in blamed(checked(wire, tmp_path), Layer.ROUTE).says


def test_a_router_that_is_not_there_is_the_route(wire: Cable, tmp_path: Path) -> None:
    wire.at_charger("addr", "add", f"{CHARGER_IP}/24", "dev", "eth0")
    wire.at_charger("route", "add", "default", "via", "10.81.0.99")

    assert "10.81.0.99 at eth0" in blamed(checked(wire, tmp_path), Layer.ROUTE).says


def test_without_a_router_a_central_system_on_the_same_cable_is_reached(wire: Cable, tmp_path: Path) -> None:
    wire.at_charger("addr", "add", f"{CHARGER_IP}/24", "dev", "eth0")

    findings = checked(wire, tmp_path, url=f"ws://{WORLD_IP}:9000/")

    assert concluded(findings).is_good
    assert next(one for one in findings if one.layer is Layer.ROUTE).verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("server", "says", "then"),
    [
        (NameServer(code=3), "there is no such name", "letter by letter"),
        (NameServer(v4=()), "no address of it", "letter by letter"),
        (NameServer(code=2), "cannot answer", "another name server"),
        (NameServer(code=5), "refuses to answer", "another name server"),
        (None, "runs no name server", "port 53"),
    ],
    ids=["unknown", "no address", "fails", "refuses", "nobody"],
)
def test_names_fail_in_the_name_servers_own_words(
    wire: Cable, tmp_path: Path, server: NameServer | None, says: str, then: str
) -> None:
    wire.address()

    end = blamed(checked(wire, tmp_path, server=server), Layer.DNS)

    assert HOST in end.says
    assert says in end.says
    assert then in end.next


def test_a_name_server_behind_a_black_hole_is_named(wire: Cable, tmp_path: Path) -> None:
    wire.address()
    wire.at_world("addr", "del", f"{WORLD_IP}/24", "dev", "eth0")
    wire.at_world("addr", "add", "10.81.0.1/32", "dev", "lo")
    wire.at_world("route", "add", "blackhole", f"{CHARGER_IP}/32")

    end = blamed(checked(wire, tmp_path), Layer.DNS)

    assert f"{WORLD_IP} does not answer" in end.says


def test_beside_a_connection_that_answers_what_fails_is_a_warning(wire: Cable, tmp_path: Path) -> None:
    wire.address()

    findings = checked(wire, tmp_path, server=NameServer(code=3), stands=True)

    assert concluded(findings).is_good
    names = next(one for one in findings if one.layer is Layer.DNS)
    assert (names.verdict, "works all the same" in names.says) == (Verdict.WARN, True)


def test_a_name_with_a_dead_first_address_is_connected_to_all_the_same(wire: Cable, tmp_path: Path) -> None:
    """IPv6 is announced and dead: the check says so, and the agent's own dialling goes on to IPv4 at once."""
    from websockets.asyncio.server import serve
    from websockets.typing import Subprotocol

    from agent.ocpp_client.link import LinkOptions, dial

    wire.address()
    wire.at_charger("addr", "add", "fd81::2/64", "dev", "eth0", "nodad")
    wire.at_charger("route", "add", "default", "via", "fd81::1", "dev", "eth0")
    wire.at_world("route", "add", "blackhole", "fd99::/64")
    wire.at_world("route", "add", "blackhole", "fd81::2/128")

    async def story() -> list[Finding]:
        async with (
            name_server(wire, NameServer(v6=("fd99::7",))),
            serve(
                lambda one: one.wait_closed(),
                sock=wire.socket(socket.SOCK_STREAM, 9000),
                subprotocols=[Subprotocol("ocpp1.6")],
            ),
        ):
            async with asyncio.timeout(3.0):
                link = await dial(LinkOptions(url=f"ws://{HOST}:9000/CP-1", identity="CP-1"), "ocpp1.6")
            await link.close()
            return await Check().findings()

    findings = wire.live(story, tmp_path)

    tcp = next(one for one in findings if one.layer is Layer.TCP)
    assert (tcp.verdict, tcp.values["address"]) == (Verdict.WARN, WORLD_IP)
    assert "IPv6 does not work from here" in tcp.next
