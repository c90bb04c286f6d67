"""By what the charger reaches the world, as health tells it: a cable, a modem and its word, and no address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.core.network_check.local import Scope, scope
from agent.station.way_out import way_out
from firmware_sim.virtual_loop import run
from tests.network_check.modems import IMEI, NO_SERVICE, modem
from tests.network_check.programs import Programs
from tests.network_check.programs import programs as programs
from tests.network_check.wire import Cable, cable, needs_namespaces


@pytest.fixture
def wire() -> Iterator[Cable]:
    with cable() as one:
        yield one


def told(wire: Cable, folder: Path) -> dict[str, Any]:
    return wire.live(lambda: way_out(2.0), folder)


def by_a_modem(wire: Cable, address: str = "100.64.7.7") -> None:
    """The far end of the cable is called as the kernel calls a modem."""
    wire.at_charger("link", "set", "eth0", "down")
    wire.at_charger("link", "set", "eth0", "name", "wwan0")
    wire.at_charger("link", "set", "wwan0", "up")
    wire.at_charger("addr", "add", f"{address}/24", "dev", "wwan0")
    wire.at_charger("route", "add", "default", "dev", "wwan0")


@needs_namespaces
def test_a_cable_is_told_with_the_kind_of_its_address(wire: Cable, tmp_path: Path) -> None:
    wire.address()

    assert told(wire, tmp_path) == {
        "interface": "eth0",
        "medium": "cable",
        "address_kind": "private",
        "ip_version": 4,
    }


@needs_namespaces
def test_ipv6_alone_is_told_as_that(wire: Cable, tmp_path: Path) -> None:
    wire.at_charger("addr", "add", "2001:db8:7::2/64", "dev", "eth0", "nodad")
    wire.at_charger("route", "add", "default", "via", "2001:db8:7::1", "dev", "eth0")

    assert told(wire, tmp_path)["ip_version"] == 6


@needs_namespaces
def test_without_a_default_route_nothing_is_told(wire: Cable, tmp_path: Path) -> None:
    assert told(wire, tmp_path) == {}


@needs_namespaces
def test_a_modem_is_asked_where_the_way_goes_by_it(programs: Programs, wire: Cable, tmp_path: Path) -> None:
    programs.says("mmcli", modem())
    by_a_modem(wire)

    seen = told(wire, tmp_path)

    assert (seen["medium"], seen["address_kind"]) == ("modem", "shared by a provider's customers")
    assert (seen["signal_percent"], seen["operator"]) == (57, "Example Mobile")
    assert IMEI not in repr(seen) and "100.64.7.7" not in repr(seen)


@needs_namespaces
def test_a_modem_that_nobody_can_be_asked_about_says_why(programs: Programs, wire: Cable, tmp_path: Path) -> None:
    programs.refuses("mmcli", NO_SERVICE)
    by_a_modem(wire)

    seen = told(wire, tmp_path)

    assert seen["not_looked_at"] == "mmcli refuses: couldn't find the ModemManager process in the bus"
    assert "signal_percent" not in seen


@needs_namespaces
def test_beside_a_cable_no_modem_is_asked(programs: Programs, wire: Cable, tmp_path: Path) -> None:
    programs.says("mmcli", modem())
    wire.address()

    told(wire, tmp_path)

    assert programs.asked("mmcli") == []


def test_in_virtual_time_it_takes_none(programs: Programs) -> None:
    assert isinstance(run(way_out(1.0)), dict)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("192.168.0.20", Scope.PRIVATE),
        ("10.1.2.3", Scope.PRIVATE),
        ("fd81::2", Scope.PRIVATE),
        ("100.64.0.1", Scope.SHARED),
        ("100.127.255.254", Scope.SHARED),
        ("100.128.0.1", Scope.PUBLIC),
        ("169.254.7.7", Scope.LINK),
        ("fe80::1%eth0", Scope.LINK),
        ("8.8.8.8", Scope.PUBLIC),
        ("2a00:1450::1", Scope.PUBLIC),
    ],
)
def test_an_address_is_of_one_kind(text: str, kind: Scope) -> None:
    assert scope(text) is kind
