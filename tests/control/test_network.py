"""`evsectl network check`: each layer as it comes, what is to blame at the end, and exit codes for scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.control.cli import Exit, main
from agent.control.roles import Role
from agent.control.wire import Done, Part, RefusalKind
from agent.core.leaving import without_words
from agent.core.network_check.model import Layer, Sign, fail, ok, skipped, warn
from agent.core.network_check.radio import RadioSeen, Wifi, radio
from agent.core.network_check.scan import Heard, Scan
from tests.control.calling import asked, at_the_desk, refused, shown
from tests.control.charger import Charger
from tests.control.remote.test_remedies import from_afar

CLOCK = warn(Layer.CLOCK, "this clock is 365 days behind", "set the time", sign=Sign.NONE)
TLS = fail(Layer.TLS, "the certificate is not valid yet", "look at the clock", sign=Sign.DATE)
LINK = ok(Layer.LINK, "eth0 is connected", {"interfaces": ["eth0"]})


def told(charger: Charger, path: Path) -> list[Part | Done]:
    replies = at_the_desk(charger, path, lambda at: at.replies("network check", {}))
    assert all(isinstance(one, Part | Done) for one in replies), replies
    return [one for one in replies if isinstance(one, Part | Done)]


def test_every_layer_is_an_item_of_its_own_and_the_last_one_names_the_blame(
    charger: Charger, socket_path: Path
) -> None:
    charger.findings = [LINK, CLOCK, TLS]

    *parts, end, done = told(charger, socket_path)

    assert [one.body["finding"]["layer"] for one in parts] == ["link", "clock", "tls"]
    assert parts[0].body["finding"]["measured"] == {"interfaces": ["eth0"]}
    assert (end.body["passed"], end.body["layer"]) == (False, "clock")
    assert isinstance(done, Done)
    assert not done.passed


def test_all_is_well(charger: Charger, socket_path: Path) -> None:
    charger.findings = [LINK]

    *_, end, done = told(charger, socket_path)

    assert isinstance(done, Done)
    assert (done.passed, end.body["layer"]) == (True, None)
    assert shown("network check", dict(end.body)) == "\nResult: the way to the central system is open."


def test_a_person_reads_result_layer_and_what_to_do(charger: Charger, socket_path: Path) -> None:
    charger.findings = [LINK, skipped(Layer.DNS, "10.0.0.7 is an address"), CLOCK, TLS]

    page = "\n".join(shown("network check", dict(one.body)) for one in told(charger, socket_path)[:-1])

    assert page.splitlines() == [
        " ok   link            eth0 is connected",
        " –    name server     10.0.0.7 is an address",
        " warn clock           this clock is 365 days behind",
        "                      set the time",
        " FAIL TLS             the certificate is not valid yet",
        "",
        "First to mend: clock: this clock is 365 days behind; therefore: the certificate is not valid yet.",
        "Next: set the time.",
    ]


def test_who_may_only_look_may_not_send_anything(charger: Charger, socket_path: Path) -> None:
    assert refused(charger, socket_path, "network check", role=Role.VIEWER).kind is RefusalKind.NOT_PERMITTED


def test_a_slot_without_an_address_is_refused(charger: Charger, socket_path: Path) -> None:
    assert "slot 4 has no address" in refused(charger, socket_path, "network check", slot=4).text


def test_where_no_agent_answers_the_way_without_one_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--socket", str(tmp_path / "none" / "c.sock"), "network", "check"])

    assert code == Exit.NOT_REACHABLE
    assert "without an agent: evse-agent network --config FILE" in capsys.readouterr().err


QUAY = Heard(name="Quay 7", frequency_mhz=2437, level_dbm=-61.0, security="WPA2", is_own=True)
MILLERS = Heard(name="Miller family", frequency_mhz=5180, level_dbm=-82.0, security="none")
HIDDEN = Heard(name=None, frequency_mhz=2412, signal_percent=15, security="WEP")


def test_the_networks_that_are_heard_are_listed_with_how_well(charger: Charger, socket_path: Path) -> None:
    charger.scans = (
        Scan(interface="wlan0", by="iw", heard=(QUAY, MILLERS, HIDDEN)),
        Scan(interface="wlan1", problem="nmcli is not installed; iw is not installed"),
    )

    body = asked(charger, socket_path, "network wifi")

    assert shown("network wifi", body).splitlines() == [
        "wlan0 hears 3 networks, by iw",
        "   -61 dBm  2437 MHz  WPA2            Quay 7  the one in use",
        "   -82 dBm  5180 MHz  none            Miller family",
        "      15 %  2412 MHz  WEP             (hidden)",
        "wlan1: not looked at: nmcli is not installed; iw is not installed",
    ]


def test_without_wifi_it_is_said(charger: Charger, socket_path: Path) -> None:
    assert shown("network wifi", asked(charger, socket_path, "network wifi")) == "this controller has no Wi-Fi"


def test_names_of_networks_do_not_leave_the_charger(charger: Charger, socket_path: Path) -> None:
    """Neither those that are heard, nor the one that is in use: a network is named after a family."""
    charger.scans = (Scan(interface="wlan0", by="iw", heard=(MILLERS,)),)
    seen = radio(RadioSeen(wifis=(Wifi(interface="wlan0", name="Miller family", level_dbm=-61.0),)))
    charger.findings = [seen]

    here = [asked(charger, socket_path, "network wifi"), [one.body for one in told(charger, socket_path)]]
    afar = without_words(here, "network check")

    assert repr(here).count("Miller family") == 2
    assert "Miller" not in repr(afar) and repr(afar).count("'ssid': '…'") == 2
    ended, said = from_afar(charger, "network check", Role.OPERATOR)
    assert ended.kind == "result" and "Miller" not in repr(said)
