"""`evsectl hardware` without a world: verdicts, who may ask, and what `evsectl` finds where no agent runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.config.model import BusConfig
from agent.control.cli import Exit, main
from agent.control.hardware_pages import show_scan, show_test
from agent.control.hardware_report import Verdict, bus_report, contactor_seen, lock_seen, meter_seen, pilot_seen
from agent.control.ports import BoardState, DeviceState
from agent.control.render import Page
from agent.control.roles import Role
from agent.control.wire import RefusalKind
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.identity import ConnectorId
from agent.core.quantities import MeterSample
from agent.core.session.events import FaultObserved
from agent.core.session.model import Session
from agent.core.time import Instant
from tests.control.calling import asked, refused
from tests.control.charger import Charger

NOW = Instant(monotonic_s=100.0)
SESSION = Session(connector=ConnectorId(1), pilot=PilotState.A, contactor=ContactorState.OPEN)
BOARD = BoardState(answering=True, high_v=12.0, lock="unlocked")


def sample(*, age_s: float = 1.0, register_wh: int | None = 100) -> MeterSample:
    return MeterSample(
        at=NOW.plus(-age_s),
        register_wh=register_wh,
        power_w=0.0,
        voltages_v=(230.0, 231.0, None),
        currents_a=(0.0, 0.0, None),
        frequency_hz=50.0,
    )


def test_a_fresh_reading_is_good_and_shown_with_its_age() -> None:
    seen = meter_seen(replace(SESSION, last_sample=sample()), NOW)

    assert seen.verdict is Verdict.OK
    assert seen.readings["age_s"] == 1.0
    assert seen.readings["voltages_v"] == [230.0, 231.0, None]


@pytest.mark.parametrize(
    ("session", "verdict", "says"),
    [
        (SESSION, Verdict.FAIL, "it has not been read yet"),
        (replace(SESSION, last_sample=sample(age_s=20)), Verdict.FAIL, "the last reading is 20 s old"),
        (replace(SESSION, last_sample=sample(), meter_lost_since=NOW), Verdict.FAIL, "the last reading is 1 s old"),
        (replace(SESSION, last_sample=sample(register_wh=None)), Verdict.WARN, "it tells no energy register"),
    ],
)
def test_a_reading_that_is_none_is_no_good(session: Session, verdict: Verdict, says: str) -> None:
    seen = meter_seen(session, NOW)

    assert (seen.verdict, seen.says) == (verdict, says)
    assert seen.check.startswith("check ")


@pytest.mark.parametrize(
    ("session", "board", "says"),
    [
        (SESSION, replace(BOARD, answering=False), "it does not answer"),
        (replace(SESSION, pilot=PilotState.UNKNOWN), None, "it does not answer"),
        (replace(SESSION, pilot=PilotState.E), BOARD, "the pilot is shorted to earth"),
        (SESSION, replace(BOARD, high_v=10.9), "10.9 V without a car, and it should be 11.4 to 12.6 V"),
    ],
)
def test_a_pilot_that_cannot_be_right_fails_with_the_wire_to_check(
    session: Session, board: BoardState | None, says: str
) -> None:
    seen = pilot_seen(session, board)

    assert (seen.verdict, seen.says) == (Verdict.FAIL, says)
    assert seen.check.startswith("check ")


@pytest.mark.parametrize("state", ContactorState)
def test_every_state_of_a_contactor_has_a_verdict(state: ContactorState) -> None:
    seen = contactor_seen(replace(SESSION, contactor=state), None)

    assert seen.readings == {"state": state.value}
    assert (seen.verdict is Verdict.OK) == (state in (ContactorState.OPEN, ContactorState.CLOSED))
    assert bool(seen.check) == (seen.verdict is not Verdict.OK)


@pytest.mark.parametrize(
    ("lock", "verdict"),
    [("unlocked", Verdict.OK), ("locked", Verdict.OK), ("fault", Verdict.FAIL), ("none", Verdict.FAIL)],
)
def test_a_lock_is_judged_by_its_own_feedback(lock: str, verdict: Verdict) -> None:
    assert lock_seen(replace(BOARD, lock=lock)).verdict is verdict


BUS = BusConfig(name="rs485", kind="modbus_rtu", options={})


def wire(*, answering: bool = True, **counters: float) -> DeviceState:
    return DeviceState(name="unit 1 on rs485", answering=answering, counters=tuple(counters.items()))


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (wire(requests=1000, timeouts=2), Verdict.OK),
        (wire(requests=1000, damaged=30), Verdict.WARN),
        (wire(requests=1000, answering=False), Verdict.FAIL),
    ],
)
def test_a_bus_is_judged_by_its_worst_device(state: DeviceState, verdict: Verdict) -> None:
    good = wire(requests=10)

    for devices in ((good, state), (state, good)):
        report = bus_report(BUS, devices)
        assert report.verdict is verdict
        assert bool(report.check) == (verdict is not Verdict.OK)


def test_a_fault_that_speaks_of_a_device_decides_and_brings_its_remedy(tmp_path: Path) -> None:
    charger = Charger(tmp_path)
    charger.outlets[ConnectorId(1)].feed(FaultObserved(id="contactor.welded", present=True))

    body = asked(charger, tmp_path / "c.sock", "hardware test", name="connector.1")

    contactor = next(one for one in body["devices"] if one["name"] == "connector.1.contactor")
    assert contactor["verdict"] == "FAIL"
    assert contactor["says"].startswith("contactor.welded: ")
    assert contactor["check"]


def test_an_unknown_name_is_refused_with_what_is_near(tmp_path: Path) -> None:
    refusal = refused(Charger(tmp_path), tmp_path / "c.sock", "hardware test", name="connector.1.metre")

    assert refusal.kind is RefusalKind.BAD_REQUEST
    assert 'did you mean "connector.1.meter"' in refusal.text


def test_a_scan_is_for_an_installer_and_a_test_for_everybody(tmp_path: Path) -> None:
    refusal = refused(Charger(tmp_path), tmp_path / "c.sock", "hardware scan", role=Role.OPERATOR)

    assert refusal.kind is RefusalKind.NOT_PERMITTED


Output = pytest.CaptureFixture[str]


def scanned(tmp_path: Path, capsys: Output, *words: str) -> dict[str, Any]:
    code = main(["--socket", str(tmp_path / "none/c.sock"), "hardware", "scan", *words, "--json"])

    assert code == Exit.OK
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("words", [(), ("--alone",)])
def test_where_no_agent_runs_this_machine_is_looked_at_all_the_same(
    tmp_path: Path, capsys: Output, words: tuple[str, ...]
) -> None:
    body = scanned(tmp_path, capsys, "--quick", *words)

    assert {"held", "units", "ports", "chips", "others"} <= body.keys()
    assert body["held"] == body["units"] == []


def test_a_port_that_is_not_there_is_told_with_what_to_check(tmp_path: Path, capsys: Output) -> None:
    body = scanned(tmp_path, capsys, "--alone", "--port", str(tmp_path / "gone"))

    (port,) = body["ports"]
    (finding,) = port["findings"]
    assert finding["check"].endswith("is not there; check that the adapter is plugged in")


def test_a_test_needs_an_agent(tmp_path: Path, capsys: Output) -> None:
    assert main(["--socket", str(tmp_path / "none/c.sock"), "hardware", "test"]) == Exit.NOT_REACHABLE
    assert "there is no such socket" in capsys.readouterr().err


def shown(body: dict[str, Any]) -> list[str]:
    page = Page()
    show_scan({"held": [], "units": [], "chips": [], "others": [], "ports": [], **body}, page)
    return page.lines


PORT = {"port": "/dev/serial/by-id/usb-X", "device": "/dev/ttyUSB0", "adapter": "FTDI", "holder": "", "findings": []}
FOUND = {"where": "x", "what": "pilot board a", "write": ["[bus.pilot]", 'port = "x"'], "check": ""}


def test_a_port_is_shown_with_what_hangs_there_and_what_to_write() -> None:
    assert shown({"ports": [{**PORT, "findings": [FOUND]}]}) == [
        "/dev/serial/by-id/usb-X  = /dev/ttyUSB0  FTDI",
        "    pilot board a",
        "        [bus.pilot]",
        '        port = "x"',
    ]


def test_a_port_that_is_held_says_by_whom_and_a_silent_one_what_it_is_not() -> None:
    held = shown({"ports": [{**PORT, "holder": "the agent, as bus rs485"}]})
    silent = shown({"ports": [PORT]})

    assert held[1] == "    held by the agent, as bus rs485"
    assert "nobody answers" in silent[1]


def test_a_machine_without_a_port_says_what_to_check() -> None:
    assert shown({}) == ["no serial port is there; check that the adapter is plugged in: ls /dev/serial/by-id"]


def test_the_lines_of_a_chip_are_a_table() -> None:
    lines = [{"offset": 5, "name": "RELAY_1", "consumer": "evse-agent"}, {"offset": 6, "name": "", "consumer": ""}]
    chip = {"path": "/dev/gpiochip0", "label": "pinctrl", "lines": lines, "check": "", "write": ["[bus.gpio]"]}

    assert [line.split() for line in shown({"ports": [PORT], "chips": [chip]})[3:5]] == [
        ["line", "name", "held", "by"],
        ["5", "RELAY_1", "evse-agent"],
    ]


def test_a_device_that_fails_is_shown_with_what_is_wrong_and_what_to_check() -> None:
    device = {
        "name": "connector.1.meter",
        "driver": "modbus_map on rs485, address 1",
        "verdict": "FAIL",
        "readings": {"register_wh": 12_340, "power_w": None, "age_s": 20.0},
        "says": "the last reading is 20 s old",
        "check": "check its wires and its power",
    }
    page = Page()

    show_test({"devices": [device]}, page)

    assert page.lines == [
        " FAIL  connector.1.meter  modbus_map on rs485, address 1",
        "       register 12.340 kWh, power not told, age 20 s",
        "       the last reading is 20 s old",
        "       check its wires and its power",
        "",
        "1 of 1 failed.",
    ]
