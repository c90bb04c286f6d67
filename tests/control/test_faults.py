"""`evsectl faults`: what is present, how it goes away, and the end of what only a person may clear."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent.control.roles import Role
from agent.control.wire import RefusalKind
from agent.core.explain.clearing import how_it_clears, next_step
from agent.core.explain.reason import Effect
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Fault
from agent.core.session.events import DriverLost, FaultObserved
from agent.core.time import Instant
from agent.errors import DriverRejected
from tests.control.calling import ONE, TWO, asked, charging, refused, shown
from tests.control.charger import Charger
from tests.control.paper_service import PaperService
from tests.core.explain.test_explain import explained, named
from tests.core.session.station import RecordingStation

WELDED = "contactor.welded"
HELD = "mcu.restarts"
REASON = "contactor exchanged"
KEPT_BY_THE_BOARD = (
    "the pilot board keeps it, also over a restart; "
    "once it is repaired, it ends at the charger, with a signature: evsectl board clear"
)


def weld(charger: Charger, *, repaired: bool) -> None:
    """At connector 1, in the middle of a charge."""
    outlet = charger.outlets[ONE]
    charging(outlet)
    outlet.feed(FaultObserved(id=WELDED, present=True))
    outlet.advance(30)
    if repaired:
        outlet.feed(FaultObserved(id=WELDED, present=False))


def test_no_fault_is_said_to_be_none(charger: Charger, socket_path: Path) -> None:
    assert shown("faults list", asked(charger, socket_path, "faults list")) == "no fault is present"


def test_a_fault_is_listed_with_its_way_to_clear_and_the_command_once_it_may_be(
    charger: Charger, socket_path: Path
) -> None:
    weld(charger, repaired=False)
    before = shown("faults list", asked(charger, socket_path, "faults list"))
    charger.outlets[ONE].feed(FaultObserved(id=WELDED, present=False))
    after = shown("faults list", asked(charger, socket_path, "faults list"))

    assert "connector 1  contactor.welded: load side live" in before
    assert KEPT_BY_THE_BOARD in before
    assert "next: isolate supply at once" in before
    assert "its condition is gone" in after
    assert "at the charger: evsectl faults clear contactor.welded --connector 1 --reason WHY" in after


def test_a_board_of_another_configuration_bars_the_next_charge_and_says_where_to_compare() -> None:
    outlet = RecordingStation()
    charging(outlet)
    outlet.feed(FaultObserved(id="mcu.config_mismatch", present=True))
    assert named(explained(outlet), "fault.mcu.config_mismatch").effect is Effect.NOTE
    assert explained(outlet).charging

    outlet.unplug()
    outlet.advance(5.0)
    outlet.plug_in()

    reason = explained(outlet).reasons[0]
    assert (reason.key, reason.effect) == ("fault.mcu.config_mismatch", Effect.BLOCKS)
    assert "not the one that the board file pins" in reason.what
    assert "compare with evsectl board info" in reason.next_step
    assert "flash the right firmware" in reason.next_step


def test_a_repaired_fault_is_cleared_and_why_is_on_record(charger: Charger, socket_path: Path) -> None:
    weld(charger, repaired=True)

    body = asked(charger, socket_path, "faults clear", id=WELDED, reason=REASON)

    assert body == {"connector": 1, "cleared": WELDED, "left": []}
    assert charger.session(ONE).faults.ids == ()
    assert "connector 1: contactor.welded is cleared" in shown("faults clear", body)
    (command,) = charger.journal.recorded
    assert command.verb == "faults clear"
    assert REASON in command.arguments


def test_what_else_is_present_is_said(charger: Charger, socket_path: Path) -> None:
    weld(charger, repaired=True)
    charger.outlets[ONE].feed(FaultObserved(id="meter.comm", present=True))

    body = asked(charger, socket_path, "faults clear", id=WELDED, reason=REASON)

    assert "still present: meter.comm" in shown("faults clear", body)


def test_a_fault_the_board_keeps_is_refused_with_the_signature_that_lets_it_go(
    charger: Charger, socket_path: Path
) -> None:
    weld(charger, repaired=False)

    refusal = refused(charger, socket_path, "faults clear", id=WELDED, reason=REASON)

    assert refusal.kind is RefusalKind.BUSY
    assert "is not cleared: isolate supply at once; replace contactor" in refusal.text
    assert refusal.text.endswith(KEPT_BY_THE_BOARD)
    assert charger.session(ONE).faults.ids == (WELDED,)


def test_a_fault_the_agent_sees_is_refused_while_its_condition_is_there(charger: Charger, socket_path: Path) -> None:
    charger.outlets[ONE].feed(FaultObserved(id="storage.wear", present=True))

    text = refused(charger, socket_path, "faults clear", id="storage.wear", reason=REASON).text

    assert "its condition is still present" in text
    assert "pilot board" not in text


def test_with_a_silent_board_nobody_sees_whether_it_is_gone(charger: Charger, socket_path: Path) -> None:
    weld(charger, repaired=True)
    charger.outlets[ONE].feed(DriverLost(interface="pilot_board", detail="the test"))

    assert "does not answer" in refused(charger, socket_path, "faults clear", id=WELDED, reason=REASON).text


def held(charger: Charger) -> None:
    """By three short lives of its board."""
    charger.outlets[ONE].feed(FaultObserved(id=HELD, present=True, evidence=(("count", 3),)))


def test_a_board_that_holds_itself_is_told_a_person_s_word_and_lets_go(charger: Charger, socket_path: Path) -> None:
    held(charger)
    service = charger.services[ONE] = PaperService()

    def lets_go() -> None:
        charger.outlets[ONE].feed(FaultObserved(id=HELD, present=False))
        charger.outlets[ONE].advance(2)

    service.on_clear = lets_go

    listed = shown("faults list", asked(charger, socket_path, "faults list"))
    body = asked(charger, socket_path, "faults clear", id=HELD, reason=REASON)

    assert "the pilot board holds itself, also over a restart, until a person says that it may serve again" in listed
    assert f"evsectl faults clear {HELD} --connector 1 --reason WHY" in listed
    assert body == {"connector": 1, "cleared": HELD, "left": []}


def test_a_board_that_does_not_take_the_word_is_said(charger: Charger, socket_path: Path) -> None:
    held(charger)
    assert "no pilot board" in refused(charger, socket_path, "faults clear", id=HELD, reason=REASON).text

    service = charger.services[ONE] = PaperService()
    service.refuses = DriverRejected("pilot_board", "this charger was not commissioned")

    refusal = refused(charger, socket_path, "faults clear", id=HELD, reason=REASON)

    assert (refusal.kind, charger.session(ONE).faults.ids) == (RefusalKind.BUSY, (HELD,))
    assert "was not commissioned" in refusal.text


def test_a_fault_that_clears_otherwise_is_refused_with_its_way(charger: Charger, socket_path: Path) -> None:
    charger.outlets[ONE].feed(FaultObserved(id="cp.diode", present=True))

    text = refused(charger, socket_path, "faults clear", id="cp.diode", reason=REASON).text

    assert "is not cleared by hand: it is latched and waits for unplugging; it clears by unplugging" in text


def test_what_is_not_there_or_at_several_connectors_is_said(charger: Charger, socket_path: Path) -> None:
    assert "see: evsectl faults list" in refused(charger, socket_path, "faults clear", id="x", reason=REASON).text
    for connector in (ONE, TWO):
        charger.outlets[connector].feed(FaultObserved(id=WELDED, present=True))
        charger.outlets[connector].feed(FaultObserved(id=WELDED, present=False))

    assert "which one" in refused(charger, socket_path, "faults clear", id=WELDED, reason=REASON).text
    cleared = asked(charger, socket_path, "faults clear", id=WELDED, reason=REASON, connector=2)
    assert (cleared["connector"], charger.session(ONE).faults.ids) == (2, (WELDED,))


def test_what_no_fault_is_called_is_told_apart_from_one_that_is_absent(charger: Charger, socket_path: Path) -> None:
    unknown = refused(charger, socket_path, "faults clear", id="nonsense.id", reason=REASON).text
    misspelt = refused(charger, socket_path, "faults clear", id="contactor.weldet", reason=REASON).text
    absent = refused(charger, socket_path, "faults clear", id=WELDED, reason=REASON).text

    assert 'no fault is called "nonsense.id"' in unknown
    assert 'did you mean "contactor.welded"?' in misspelt
    assert "no fault contactor.welded is present here" in absent


def test_clearing_needs_a_reason_and_the_role_service(charger: Charger, socket_path: Path) -> None:
    weld(charger, repaired=True)

    assert "reason: is missing" in refused(charger, socket_path, "faults clear", id=WELDED).text
    refusal = refused(charger, socket_path, "faults clear", role=Role.INSTALLER, id=WELDED, reason=REASON)

    assert refusal.kind is RefusalKind.NOT_PERMITTED
    assert charger.session(ONE).faults.ids == (WELDED,)


def test_a_fault_that_the_board_latches_is_not_called_present() -> None:
    lasting = Fault(kind=CATALOGUE["cp.diode"], first_seen=Instant(0.0), last_seen=Instant(0.0))
    latched_by_service = replace(lasting, kind=CATALOGUE[WELDED])
    seen_by_agent = replace(lasting, kind=CATALOGUE["mcu.firmware_mismatch"])

    assert how_it_clears(lasting) == "it is latched and waits for unplugging; it clears by unplugging"
    assert "its condition is gone" in how_it_clears(replace(lasting, condition_gone_since=Instant(1.0)))
    assert how_it_clears(seen_by_agent).startswith("its condition is present; it clears by itself after")
    assert "evsectl board clear" in next_step(latched_by_service)
    assert "evsectl board clear" not in next_step(lasting)


def test_no_remedy_refers_to_another_row() -> None:
    assert not [kind.id for kind in CATALOGUE.values() if "as above" in kind.remedy]
