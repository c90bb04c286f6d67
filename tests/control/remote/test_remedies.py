"""What may be done about a charger: at its socket, and what from afar differs."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.control.dispatch import Dispatcher
from agent.control.peer import REMOTE_UID, Caller
from agent.control.ports import BoardState
from agent.control.remedies_port import Restart, Unlocked
from agent.control.remote.running import Answered, Runner
from agent.control.roles import Role
from agent.core.commissioning.model import Attempt, Job, JobState, Outcome, Verdict
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.from_afar import is_remotely_clearable
from agent.core.network_check.radio import Modem, ModemBack
from agent.core.session.events import FaultObserved
from agent.core.time import Instant
from agent.drivers.board_service import PilotCapture
from agent.drivers.modbus.exchange_log import Exchanged
from agent.errors import BadRequest, Busy, DriverRejected
from agent.host.reboot import reboot
from agent.log_levels import LogLevels
from firmware_sim.virtual_loop import run
from tests.control.calling import ONE, asked, charging, refused, shown
from tests.control.charger import Charger
from tests.control.paper_desk import PaperDesk
from tests.control.paper_service import PaperService


def from_afar(charger: Charger, verb: str, role: Role = Role.SERVICE, **arguments: Any) -> tuple[Answered, list[Any]]:
    said: list[Any] = []

    async def main() -> Answered:
        async def tell(body: Any) -> None:
            said.append(body)

        caller = Caller(uid=REMOTE_UID, role=role, via="mqtt", key="ada", case="T-1", order_id="1")
        return await Runner(Dispatcher(charger)).run(verb, arguments, caller, tell)

    return run(main()), said


def why(answered: Answered) -> str:
    return str(answered.fields["reason"]["text"])


def test_a_lock_is_opened_where_no_charge_runs(charger: Charger, socket_path: Path) -> None:
    body = asked(charger, socket_path, "unlock", connector=1)

    assert charger.remedies.unlocked == [1]
    assert "can be taken out" in shown("unlock", body)


def test_a_lock_stays_while_a_charge_runs_and_where_it_does_not_move(charger: Charger, socket_path: Path) -> None:
    charger.remedies.lock = Unlocked.STUCK
    text = refused(charger, socket_path, "unlock", connector=1).text
    assert "stays locked: the pin does not move" in text and "may be live" not in text
    charger.remedies.unlocked.clear()
    charging(charger.outlets[ONE])

    assert "a charge runs" in refused(charger, socket_path, "unlock", connector=1).text
    assert charger.remedies.unlocked == []


def test_a_restart_waits_for_the_end_of_a_charge_unless_it_is_forced(charger: Charger, socket_path: Path) -> None:
    asked(charger, socket_path, "restart service", reason="slow")
    charging(charger.outlets[ONE])

    assert "forced" in refused(charger, socket_path, "restart system", reason="slow").text
    asked(charger, socket_path, "restart forced", what="system", reason="stuck")
    assert charger.remedies.restarts == [(Restart.SERVICE, "slow", False), (Restart.SYSTEM, "stuck", True)]


def test_no_restart_while_the_agent_would_not_come_back(charger: Charger, socket_path: Path) -> None:
    """A slip in the site file, that the running program never read."""
    file = charger.config.site_file
    file.write_text(file.read_text(encoding="utf-8") + "suply = 1\n", encoding="utf-8")

    for what in ("service", "system"):
        text = refused(charger, socket_path, f"restart {what}", reason="slow").text
        assert "would not come back" in text and "suply" in text
    assert charger.remedies.restarts == []
    checked, _ = from_afar(charger, "config check", Role.VIEWER)
    assert (checked.kind, checked.fields["passed"]) == ("result", False)
    assert any("suply" in one for one in checked.fields["body"]["problems"])
    assert "would not start" in shown("config check", checked.fields["body"])
    assert "suply" in shown("config diff", asked(charger, socket_path, "config diff"))

    asked(charger, socket_path, "restart forced", what="service", reason="somebody is there")
    assert charger.remedies.restarts == [(Restart.SERVICE, "somebody is there", True)]


def test_a_site_file_that_changed_since_the_start_is_told(charger: Charger, socket_path: Path) -> None:
    file = charger.config.site_file
    assert "as it is on disk" not in shown("config diff", asked(charger, socket_path, "config diff"))
    file.write_text(file.read_text(encoding="utf-8").replace("QE-000123", "QE-000124"), encoding="utf-8")

    body = asked(charger, socket_path, "config diff")

    assert [one["then"] for one in body["on_disk"]["changes"] if one["key"] == "station.serial_number"] == ["QE-000124"]
    assert "says something else, in force from the next start on" in shown("config diff", body)
    assert "leave the path out" in why(from_afar(charger, "config check", what="/etc/passwd")[0])


def test_only_service_may_force_a_restart(charger: Charger, socket_path: Path) -> None:
    role = Role.INSTALLER

    assert "service" in refused(charger, socket_path, "restart forced", role=role, what="system", reason="r").text


@pytest.mark.parametrize(("what", "says"), [("board", "not started anew"), ("modem", "mmcli is not installed")])
def test_what_cannot_be_restarted_says_so(charger: Charger, socket_path: Path, what: str, says: str) -> None:
    assert says in refused(charger, socket_path, f"restart {what}", reason="r").text


MODEM = Modem(state="connected", operator="Example Mobile", technologies=("lte",), signal_percent=57)


def test_a_modem_is_restarted_while_a_charge_runs_and_its_return_is_told(charger: Charger, socket_path: Path) -> None:
    charging(charger.outlets[ONE])
    charger.remedies.modem = ModemBack(after_s=23.4, modem=MODEM)

    body = asked(charger, socket_path, "restart modem", reason="slow")

    assert charger.remedies.modem_restarts == ["slow"]
    assert (body["back_after_s"], body["modem"]["operator"]) == (23.4, "Example Mobile")
    assert "back after 23 s: connected, Example Mobile, lte, signal 57 %" in shown("restart modem", body)


@pytest.mark.parametrize(
    ("seen", "says", "then"),
    [
        (None, "it is not there", "supply away"),
        (Modem(state="failed", failed_because="sim-missing"), "failed", "SIM card"),
    ],
)
def test_a_modem_that_does_not_come_back_is_told_with_what_to_do(
    charger: Charger, seen: Modem | None, says: str, then: str
) -> None:
    charger.remedies.modem = ModemBack(after_s=None, modem=seen)

    ended, _ = from_afar(charger, "restart modem", Role.OPERATOR, reason="slow")

    assert (ended.kind, ended.fields["passed"]) == ("result", False)
    page = shown("restart modem", ended.fields["body"])
    assert says in page and then in page


@pytest.mark.parametrize(("command", "says"), [(("false",), "ended with 1"), (("/no/such/program",), "cannot be run")])
def test_a_system_that_does_not_let_itself_be_restarted_is_told_in_words(command: tuple[str, ...], says: str) -> None:
    with pytest.raises(Busy, match=says):
        asyncio.run(reboot(command))

    asyncio.run(reboot(("true",)))


def test_live_shows_samples_each_second_and_ends_by_itself(charger: Charger) -> None:
    charging(charger.outlets[ONE])
    charger.boards[ONE] = BoardState(answering=True, high_v=9.0, low_v=-11.9, offered_a=16.0)

    ended, said = from_afar(charger, "live", connector=1, seconds=3, hz=5)

    assert ended.fields["body"]["looks"] == 15
    assert [len(one["samples"]) for one in said] == [5, 5, 5]
    sample = said[0]["samples"][0]
    assert (sample["high_v"], sample["duty_percent"], sample["state"]) == (9.0, 26.7, "Charging")
    assert "26.7 %" in shown("live", said[0])


def test_live_lasts_a_quarter_of_an_hour_at_most(charger: Charger, socket_path: Path) -> None:
    assert "900" in refused(charger, socket_path, "live", seconds=901).text


def test_live_from_afar_ends_after_a_minute_for_nobody_sees_who_left(charger: Charger) -> None:
    ended, said = from_afar(charger, "live", connector=1, seconds=900)

    assert (ended.kind, ended.fields["body"]["looks"], len(said)) == ("result", 60, 60)


def test_a_board_with_a_service_and_no_capture_in_it_tells_its_levels(charger: Charger, socket_path: Path) -> None:
    class WithoutCapture(PaperService):
        async def capture(self) -> PilotCapture:
            raise DriverRejected("pilot", "the board knows no capture")

    charger.services[ONE] = WithoutCapture()
    charger.boards[ONE] = BoardState(answering=True, high_v=9.04, low_v=-11.9)

    body = asked(charger, socket_path, "waveform", connector=1)

    assert (body["by"], body["histogram"]["high_v"]) == ("reports", [[9.0, 50]])
    assert "knows no capture" in body["why"]


def test_the_spread_of_levels_stands_in_for_a_capture(charger: Charger, socket_path: Path) -> None:
    charger.boards[ONE] = BoardState(answering=True, high_v=12.04, low_v=None)

    body = asked(charger, socket_path, "waveform", connector=1)

    assert body["histogram"] == {"high_v": [[12.0, 50]], "low_v": []}
    assert "12 V 50 times" in shown("waveform", body)


class _Wire:
    """Talks twice a second with one meter."""

    def __init__(self) -> None:
        self._began_s = asyncio.get_running_loop().time()

    def exchanged(self) -> list[Exchanged]:
        now_s = asyncio.get_running_loop().time()
        times_s = (self._began_s + 0.5 * number for number in range(-4, 240))
        kept = [one for one in times_s if one <= now_s][-100:]
        return [Exchanged(at=one, took_s=0.02, sent=b"\x01\x04", heard=b"\x01", ended="answered") for one in kept]

    def statistics(self) -> dict[str, dict[str, float]]:
        return {"unit 1": {"requests": 7, "timeouts": 2}}


def test_the_wires_tell_each_exchange_once_and_what_they_count_last(charger: Charger) -> None:
    async def main() -> tuple[Answered, list[Any]]:
        charger.lines["rs485"] = _Wire()  # type: ignore[assignment]
        said: list[Any] = []

        async def tell(body: Any) -> None:
            said.append(body)

        caller = Caller(uid=REMOTE_UID, role=Role.OPERATOR, via="mqtt")
        return await Runner(Dispatcher(charger)).run("meter-trace", {"seconds": 3}, caller, tell), said

    ended, said = run(main())

    assert [one["t_s"] for part in said for one in part["exchanges"]] == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert [part["counters"] for part in said if "counters" in part] == [said[-1]["counters"]]
    assert "unit 1 on rs485: requests 7, timeouts 2" in shown("meter-trace", said[-1])
    assert ended.kind == "result"


def test_a_charger_without_a_wire_that_keeps_anything_says_so(charger: Charger) -> None:
    assert "only lines of Modbus" in why(from_afar(charger, "meter-trace")[0])


def test_a_level_of_the_log_is_set_for_as_many_minutes(charger: Charger, socket_path: Path) -> None:
    body = asked(charger, socket_path, "log-level", part="store", level="debug", minutes=90)

    assert charger.remedies.levels == [("store", "debug", 5400.0)]
    assert "store logs debug for 1 h 30 min" in shown("log-level", body)
    assert "1440" in refused(charger, socket_path, "log-level", part="all", level="debug", minutes=1441).text


def test_a_level_of_the_log_ends_by_itself() -> None:
    ended: list[str] = []
    logger = logging.getLogger("agent.control")

    async def main() -> tuple[int, int]:
        levels = LogLevels(ended.append)
        levels.set("control", "debug", 60.0)
        levels.set("control", "warning", 120.0)
        during = logger.level
        with pytest.raises(BadRequest, match="no_such"):
            levels.set("no_such", "debug", 1.0)
        await asyncio.sleep(121)
        return during, logger.level

    assert run(main()) == (logging.WARNING, logging.NOTSET)
    assert ended == ["control"]


def test_which_faults_may_be_cleared_from_afar_follows_from_the_tables() -> None:
    found = {id for id, kind in CATALOGUE.items() if is_remotely_clearable(kind)}

    assert found == {"meter.identity", "storage.readonly", "storage.wear", "rtc.fault"}


def latched(charger: Charger, id: str) -> None:
    outlet = charger.outlets[ONE]
    outlet.feed(FaultObserved(id=id, present=True))
    outlet.feed(FaultObserved(id=id, present=False))
    charger.advance(1.0)


def came_to(charger: Charger, paper: PaperDesk, started: Instant, verdict: Verdict) -> None:
    """ST704, which looks at the clock, came to this then."""
    attempt = Attempt(
        test="ST704",
        connector=None,
        version=1,
        attempt=1,
        started=started,
        duration_ms=5,
        outcome=Outcome(verdict=verdict, says="looked"),
    )
    if not paper.jobs:
        paper.jobs.append(Job(number=1, job_id="J1", state=JobState.RUNNING, started=started, by="anna"))
    paper.jobs[-1] = replace(paper.jobs[-1], attempts=(*paper.jobs[-1].attempts, attempt))


def test_a_fault_is_cleared_from_afar_after_its_test_has_passed(charger: Charger, paper: PaperDesk) -> None:
    latched(charger, "rtc.fault")
    before, _ = from_afar(charger, "faults clear", id="rtc.fault", reason="new cell")
    came_to(charger, paper, charger.now(), Verdict.PASS)

    after, _ = from_afar(charger, "faults clear", id="rtc.fault", reason="new cell")

    assert "ST704 has to pass first" in why(before)
    assert after.fields["body"]["cleared"] == "rtc.fault"


def test_a_test_that_passed_before_the_fault_or_failed_since_does_not_count(charger: Charger, paper: PaperDesk) -> None:
    came_to(charger, paper, charger.now(), Verdict.PASS)
    charger.advance(5.0)
    latched(charger, "rtc.fault")
    early, _ = from_afar(charger, "faults clear", id="rtc.fault", reason="r")
    came_to(charger, paper, charger.now(), Verdict.PASS)
    came_to(charger, paper, charger.now(), Verdict.FAIL)

    failed, _ = from_afar(charger, "faults clear", id="rtc.fault", reason="r")

    assert "ST704" in why(early)
    assert "ST704" in why(failed)


def test_what_somebody_has_to_look_at_is_never_cleared_from_afar(charger: Charger) -> None:
    latched(charger, "contactor.welded")

    ended, _ = from_afar(charger, "faults clear", id="contactor.welded", reason="looks fine")

    assert "somebody at the charger" in why(ended)


@pytest.mark.parametrize(
    ("tests", "says"),
    [("ST302", "somebody at the charger"), ("ST508", "somebody"), ("ST1001", "somebody"), ("ST999", "no test")],
)
def test_no_test_with_power_or_hands_is_done_from_afar(
    charger: Charger, paper: PaperDesk, tests: str, says: str
) -> None:
    ended, _ = from_afar(charger, "selftest run", tests=tests)

    assert ended.kind == "refused"
    assert says in why(ended)


def test_a_test_is_refused_with_the_reason_while_its_condition_does_not_hold(
    charger: Charger, paper: PaperDesk
) -> None:
    charging(charger.outlets[ONE])

    ended, _ = from_afar(charger, "selftest run", tests="ST203", connector=1)

    assert "ST203 is not done now" in why(ended)
    assert not any(job.attempts for job in paper.jobs)


def test_a_remote_safe_test_is_done_where_nobody_is(charger: Charger, paper: PaperDesk) -> None:
    run(paper.begin("anna"))

    ended, said = from_afar(charger, "selftest run", tests="ST203", connector=1)

    assert ended.kind == "result"
    assert any("test" in one for one in said)


def test_the_log_of_commands_tells_door_key_and_case(charger: Charger, socket_path: Path) -> None:
    from_afar(charger, "unlock", connector=1)
    asked(charger, socket_path, "version")

    body = asked(charger, socket_path, "audit", case="T-1")
    everything = asked(charger, socket_path, "audit")

    assert [(one["via"], one["key"], one["case"], one["order_id"]) for one in body["commands"]] == [
        ("mqtt", "ada", "T-1", "1")
    ]
    assert {one["via"] for one in everything["commands"]} == {"mqtt", "socket"}
    assert "ada (service)" in shown("audit", body)


@pytest.mark.parametrize(
    ("verb", "role", "says"),
    [
        ("token list", Role.SERVICE, "at the charger only"),
        ("factory-reset", Role.SERVICE, "at the charger only"),
        ("unlock", Role.VIEWER, "needs the role operator"),
        ("faults clear", Role.OPERATOR, "needs the role service"),
        ("ocpp trace", Role.OPERATOR, "needs the role installer"),
    ],
)
def test_the_dispatcher_keeps_its_own_door_shut_behind_the_desk(
    charger: Charger, verb: str, role: Role, says: str
) -> None:
    ended, _ = from_afar(charger, verb, role)

    assert says in why(ended)
    assert charger.security == [("MaintenanceLoginFailed", f"key ada over mqtt ({role.word}) asked for {verb}")]
