"""Wi-Fi and modem: what the programs of the system say of them, each in words, and nothing that is not known."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.network_check.conclusion import concluded
from agent.core.network_check.local import Interface, Medium, link
from agent.core.network_check.model import Finding, Layer, Sign, Verdict, fail
from agent.core.network_check.radio import Modem, RadioSeen, Wifi, radio
from agent.errors import NotTold
from agent.host import modem, wifi
from agent.host.programs import told_by
from agent.host.wifi import by_iw, by_nmcli, frequency_mhz
from firmware_sim.virtual_loop import run
from tests.network_check.modems import ICCID, IMEI, NO_MODEM, NO_SERVICE, OWN_NUMBER
from tests.network_check.modems import modem as said_by_mmcli
from tests.network_check.programs import Programs
from tests.network_check.wire import Check, cable, listening, needs_namespaces


def looked(programs: Programs, said: str) -> Finding:
    programs.says("mmcli", said)
    return radio(RadioSeen(modem=asyncio.run(modem.look())))


# Modems.


def test_a_modem_that_is_connected_is_told_with_operator_technology_and_signal(programs: Programs) -> None:
    seen = looked(programs, said_by_mmcli())

    assert seen.says == "the modem (EC25) is connected, Example Mobile, lte, signal 57 %"
    assert seen.verdict is Verdict.OK
    assert seen.values == {
        "modem": "connected",
        "sim": "ready",
        "registration": "home",
        "operator": "Example Mobile",
        "technology": "lte",
        "signal_percent": 57,
    }
    assert programs.asked("mmcli") == ["-m any -J"]


def test_no_number_of_card_device_or_subscriber_is_told(programs: Programs) -> None:
    seen = looked(programs, said_by_mmcli())

    assert not any(number in repr(seen) for number in (IMEI, ICCID, OWN_NUMBER))


@pytest.mark.parametrize(
    ("said", "says", "then"),
    [
        (said_by_mmcli("failed", failed="sim-missing"), "out of order (sim-missing)", "whether a SIM card is in"),
        (said_by_mmcli("failed", failed="unknown"), "out of order (unknown)", "restart modem"),
        (said_by_mmcli("locked", unlock="sim-pin"), "locked (sim-pin)", "write the SIM card's PIN"),
        (said_by_mmcli("searching", registration="searching", operator="--"), "is searching", "antenna"),
        (said_by_mmcli("enabled", registration="denied"), "its registration is denied", "whether it is active"),
        (said_by_mmcli("disabled", registration="--"), "is disabled", "switched on"),
    ],
)
def test_a_modem_without_a_network_says_why_and_what_to_do(programs: Programs, said: str, says: str, then: str) -> None:
    seen = looked(programs, said)

    assert (seen.verdict, seen.sign) == (Verdict.WARN, Sign.NO_NETWORK)
    assert says in seen.says
    assert then in seen.next


def test_a_weak_signal_is_a_warning_and_an_old_one_none(programs: Programs) -> None:
    weak, old = looked(programs, said_by_mmcli(signal="12")), looked(programs, said_by_mmcli(signal="12", recent="no"))

    assert (weak.verdict, "20 % or more is wanted" in weak.says) == (Verdict.WARN, True)
    assert (old.verdict, "signal" in old.says) == (Verdict.OK, False)


def test_a_modem_without_a_sim_card_is_to_blame_for_the_link_that_is_missing(programs: Programs) -> None:
    carried = looked(programs, said_by_mmcli("failed", failed="sim-missing"))
    missing = link([Interface(name="wwan0", medium=Medium.MODEM, has_carrier=False)])

    end = concluded([carried, missing])

    assert end.layer is Layer.RADIO
    assert (
        end.says
        == "the modem (EC25) is out of order (sim-missing); therefore: no interface is connected: wwan0 (modem)"
    )
    assert "SIM card" in end.next
    assert concluded([carried, fail(Layer.TLS, "wrong", "x")]).layer is Layer.TLS


@pytest.mark.parametrize("refusal", [NO_MODEM, NO_SERVICE])
def test_what_mmcli_refuses_is_told_in_its_words(programs: Programs, refusal: str) -> None:
    programs.refuses("mmcli", refusal)

    with pytest.raises(NotTold, match=refusal.removeprefix("error: ")):
        asyncio.run(modem.look())


def test_a_program_that_is_not_there_is_named(programs: Programs) -> None:
    with pytest.raises(NotTold, match=r"^mmcli is not installed$"):
        asyncio.run(modem.look())


def test_a_program_that_hangs_is_ended_and_named(programs: Programs) -> None:
    programs.put("mmcli", "time.sleep(60)")
    began_s = time.monotonic()

    with pytest.raises(NotTold, match=r"did not answer within 0\.5 s"):
        asyncio.run(modem.look(0.5))

    assert time.monotonic() - began_s < 10.0
    assert not programs.is_running("mmcli")


def test_a_program_that_writes_for_ever_is_ended(programs: Programs) -> None:
    programs.put("mmcli", "while True: print('x' * 65536)")

    with pytest.raises(NotTold, match="did not answer"):
        asyncio.run(modem.look(1.0))

    assert not programs.is_running("mmcli")


def test_a_program_sees_neither_the_secrets_of_our_environment_nor_a_language(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCPP_PASSWORD", "hunter2")
    programs.put("mmcli", "import os; print(sorted(os.environ))")

    said = asyncio.run(told_by(("mmcli",), 5.0))

    assert "hunter2" not in said and "OCPP_PASSWORD" not in said
    assert "LC_ALL" in said


def test_in_virtual_time_no_program_is_started(programs: Programs) -> None:
    programs.says("mmcli", said_by_mmcli())

    with pytest.raises(NotTold, match="cannot be run here"):
        run(modem.look())
    assert programs.asked("mmcli") == []


@given(st.one_of(st.text(), st.recursive(st.none() | st.text() | st.integers(), st.lists).map(str)))
def test_whatever_mmcli_writes_is_a_modem_or_none(text: str) -> None:
    with suppress(NotTold):
        assert isinstance(modem.read(text), Modem)


@given(
    st.dictionaries(
        st.sampled_from(["state", "signal-quality", "access-technologies", "model", "unlock-required"]),
        st.one_of(
            st.none(), st.text(), st.integers(), st.lists(st.one_of(st.text(), st.none())), st.just({"value": []})
        ),
    )
)
def test_whatever_stands_in_a_modems_fields_is_judged(generic: dict[str, object]) -> None:
    try:
        seen = modem.read(json.dumps({"modem": {"generic": generic}}))
    except NotTold:
        return
    finding = radio(RadioSeen(modem=seen))
    assert all(letter.isprintable() or letter.isspace() or ord(letter) > 127 for letter in finding.says)


# In a check.


@needs_namespaces
def test_an_interface_of_a_modem_that_nobody_can_be_asked_about_says_so(programs: Programs, tmp_path: Path) -> None:
    with cable() as wire:
        wire.address()
        wire.at_charger("link", "add", "wwan0", "type", "veth", "peer", "wwan1")

        async def story() -> list[Finding]:
            async with listening(wire.socket(socket.SOCK_STREAM, 9000)):
                return await Check(url="ws://10.81.0.1:9000/").findings()

        seen = next(one for one in wire.live(story, tmp_path) if one.layer is Layer.RADIO)

    assert programs.asked("mmcli") == []
    assert (seen.verdict, seen.says) == (Verdict.SKIPPED, "not looked at: the modem, as mmcli is not installed")


# Wi-Fi.


def test_a_wifi_is_told_without_its_name_in_the_sentence() -> None:
    one = Wifi(interface="wlan0", name="Miller family", level_dbm=-61.0, rate_mbit=65.0, frequency_mhz=2437)

    seen = radio(RadioSeen(wifis=(one,)))

    assert seen.says == "wlan0 hears its access point at -61 dBm, 65 Mbit/s, 2437 MHz"
    assert seen.values["ssid"] == "Miller family"


@pytest.mark.parametrize(("level_dbm", "verdict"), [(-75.0, Verdict.OK), (-75.1, Verdict.WARN)])
def test_a_weak_wifi_is_a_warning_with_what_to_do(level_dbm: float, verdict: Verdict) -> None:
    seen = radio(RadioSeen(wifis=(Wifi(interface="wlan0", level_dbm=level_dbm),)))

    assert seen.verdict is verdict
    assert ("access point" in seen.next) is (verdict is Verdict.WARN)


def test_without_wifi_and_modem_nothing_is_judged() -> None:
    seen = radio(RadioSeen())

    assert (seen.verdict, seen.says) == (Verdict.SKIPPED, "there is neither a Wi-Fi nor a modem here")


def test_a_cable_has_no_wifi_and_a_kernel_without_one_tells_nothing() -> None:
    wired = Interface(name="eth0", medium=Medium.WIRED, has_carrier=True)
    none = Interface(name="nowlan9", medium=Medium.WIRELESS, has_carrier=False)

    assert wifi.wifis((wired, none)) == (Wifi(interface="nowlan9"),)


@pytest.mark.parametrize(
    ("mantissa", "exponent", "mhz"), [(2437, 6, 2437), (24370, 5, 2437), (5180, 6, 5180), (6, 0, None), (0, 6, None)]
)
def test_a_frequency_is_read_and_a_channels_number_is_none(mantissa: int, exponent: int, mhz: int | None) -> None:
    assert frequency_mhz(mantissa, exponent) == mhz


NMCLI = r"""*:Quay 7:2437 MHz:72:WPA2
:Miller\:family \\:5180 MHz:40:WPA2 WPA3
::2412 MHz:15:
broken
:x:2412 MHz:many:WPA2"""
IW = """BSS 02:00:00:00:01:00(on wlan0) -- associated
\tfreq: 2437.0
\tcapability: ESS Privacy ShortSlotTime (0x0411)
\tsignal: -61.00 dBm
\tSSID: Quay 7
\tRSN:\t * Version: 1
BSS 02:00:00:00:02:00(on wlan0)
\tfreq: 5180
\tcapability: ESS (0x0421)
\tsignal: -82.50 dBm
\tSSID: Caf\\xc3\\xa9
BSS 02:00:00:00:03:00(on wlan0)
\tfreq: 2412
\tcapability: ESS Privacy (0x0411)
\tsignal: -90.00 dBm
\tSSID: \\x00\\x00
"""


def test_networks_are_read_as_nmcli_writes_them() -> None:
    found = list(by_nmcli(NMCLI))

    assert [(one.name, one.frequency_mhz, one.signal_percent, one.security, one.is_own) for one in found] == [
        ("Quay 7", 2437, 72, "WPA2", True),
        ("Miller:family \\", 5180, 40, "WPA2 WPA3", False),
        (None, 2412, 15, "none", False),
    ]


def test_networks_are_read_as_iw_writes_them() -> None:
    found = list(by_iw(IW))

    assert [(one.name, one.frequency_mhz, one.level_dbm, one.security, one.is_own) for one in found] == [
        ("Quay 7", 2437, -61.0, "WPA2 or newer", True),
        ("Café", 5180, -82.5, "none", False),
        (None, 2412, -90.0, "WEP", False),
    ]


@given(st.text())
def test_whatever_a_program_writes_of_networks_is_read(text: str) -> None:
    for one in (*by_nmcli(text), *by_iw(text), *by_iw(f"BSS {text}")):
        assert one.name is None or one.name.isprintable()


def test_network_manager_is_asked_first_and_then_iw(programs: Programs) -> None:
    programs.says("nmcli", NMCLI)
    programs.says("iw", IW)

    by, found = asyncio.run(wifi.heard("wlan0"))

    assert (by, [one.name for one in found]) == ("nmcli", ["Quay 7", "Miller:family \\", None])
    assert programs.asked("nmcli")[0].endswith("device wifi list ifname wlan0 --rescan yes")
    programs.refuses("nmcli", "Error: NetworkManager is not running.")
    by, found = asyncio.run(wifi.heard("wlan0"))
    assert (by, [one.level_dbm for one in found]) == ("iw", [-61.0, -82.5, -90.0])


def test_where_nobody_lets_it_look_around_it_is_told_what_was_heard_last(programs: Programs) -> None:
    programs.put("nmcli", f"sys.exit('Error: not authorized') if words[-1] == 'yes' else print({NMCLI!r})")

    by, found = asyncio.run(wifi.heard("wlan0"))

    assert by == "nmcli, as it heard them last"
    assert found[0].name == "Quay 7"


def test_where_nobody_can_look_around_each_says_why(programs: Programs) -> None:
    programs.refuses("iw", "command failed: Operation not permitted (-1)")

    with pytest.raises(NotTold, match=r"nmcli is not installed; iw refuses: command failed: Operation not permitted"):
        asyncio.run(wifi.heard("wlan0"))
