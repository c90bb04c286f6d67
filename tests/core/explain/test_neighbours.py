"""What of one connector is explained by another, beside the supply they share."""

from __future__ import annotations

from dataclasses import replace

from agent.core.availability import Bookings, Reservation
from agent.core.explain.change import Kind
from agent.core.explain.explain import explain
from agent.core.explain.links import Who
from agent.core.explain.neighbours import named
from agent.core.explain.reason import Reason
from agent.core.explain.scene import NO_NETWORK, Scene
from agent.core.explain.would_start import would_start
from agent.core.facts import StopReason
from agent.core.identity import ConnectorId
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    AvailabilityRequested,
    BookingsChanged,
    DriverLost,
    FaultObserved,
    StopRequested,
    TokenPresented,
)
from agent.core.session.model import Session, SessionPhase
from agent.core.time import Instant
from tests.core.session.station import CARD, RecordingStation, charging

TWO = ConnectorId(2)


def second(session: Session) -> Session:
    return replace(session, connector=TWO)


def scene(station: RecordingStation, *others: Session, **more: bool) -> Scene:
    return Scene(session=station.session, network=NO_NETWORK, now=station.now, others=others, **more)  # type: ignore[arg-type]


def reason(seen: Scene, key: str) -> Reason:
    return next(one for one in explain(seen).reasons if one.key == key)


def with_fault(id: str) -> RecordingStation:
    station = RecordingStation()
    station.feed(FaultObserved(id=id, present=True))
    return station


def test_a_fault_that_another_connector_has_as_well_says_so() -> None:
    here = with_fault("meter.comm")

    both = reason(scene(here, second(with_fault("meter.comm").session)), "fault.meter.comm")
    alone = reason(scene(here, second(with_fault("contactor.welded").session)), "fault.meter.comm")

    assert dict(both.evidence)["also_at"] == "connector 2"
    assert "also_at" not in dict(alone.evidence)


def test_a_card_that_was_shown_since_and_went_elsewhere_is_told_at_a_shared_reader_alone() -> None:
    here = RecordingStation()
    here.plug_in()
    there = charging()

    taken = reason(scene(here, second(there.session), reader_is_shared=True), "nobody_accepted")
    own_readers = reason(scene(here, second(there.session)), "nobody_accepted")

    assert taken.what.endswith(f"; {CARD.masked}, shown since, counts for connector 2")
    assert "connector 2" not in own_readers.what


def test_a_card_that_began_a_charge_before_this_plug_came_is_none_of_its() -> None:
    there = charging()
    here = RecordingStation()
    here.advance(500.0)
    here.plug_in()

    assert (
        "connector 2" not in reason(scene(here, second(there.session), reader_is_shared=True), "nobody_accepted").what
    )


def test_a_charge_from_before_a_restart_of_the_controller_took_no_card_since() -> None:
    """Its start counts by a clock that began anew, and looks late."""
    there = charging()
    assert there.session.transaction is not None
    before = replace(there.session.transaction, started_at=Instant(900_000.0, 1_800_000_000_000, "the boot before"))
    here = RecordingStation()
    here.plug_in()

    seen = scene(here, second(replace(there.session, transaction=before)), reader_is_shared=True)

    assert "connector 2" not in reason(seen, "nobody_accepted").what


def test_a_card_that_is_refused_because_it_charges_here_says_where() -> None:
    here = RecordingStation()
    here.authorizes_by_itself = False
    here.plug_in()
    here.feed(TokenPresented(CARD))
    here.feed(AuthorizationDecided(token=CARD, status=AuthorizationStatus.CONCURRENT_TX))

    elsewhere = reason(scene(here), "refused")
    at_two = reason(scene(here, second(charging().session)), "refused")

    assert "at the other place" in elsewhere.next_step
    assert at_two.next_step.startswith("end the charge of this token at connector 2, then show it again")


def test_a_reservation_of_any_connector_says_why_this_one_is_the_last() -> None:
    here = RecordingStation()
    kept = Reservation(id=5, connector=None, token=CARD, group=None, expires_ms=2_000_000_000_000)
    here.feed(BookingsChanged(Bookings(own=None, anywhere=(kept,), is_needed=True)))
    seen = scene(here, second(charging().session), with_third(with_fault("contactor.welded").session))

    assert (
        "as the last free one (connector 2 in use, connector 3 faulted), the connector" in reason(seen, "reserved").what
    )


def with_third(session: Session) -> Session:
    return replace(session, connector=ConnectorId(3))


def test_a_connector_that_is_held_for_new_firmware_names_the_charge_that_it_waits_for() -> None:
    here = RecordingStation()
    here.feed(AvailabilityRequested(False, is_lasting=False))
    seen = scene(here, second(charging().session), firmware_waits=True)

    changes = would_start(seen)

    assert reason(seen, "firmware.waits").what.startswith(
        "new firmware is installed once no car charges any more at connector 2"
    )
    assert "out_of_service" not in [one.key for one in explain(seen).reasons]
    assert (changes[0].kind, changes[0].who, changes[0].subject) == (Kind.FIRMWARE, Who.DRIVER, "2")
    assert Kind.IN_SERVICE not in [one.kind for one in changes]


def test_while_the_firmware_is_installed_there_is_nobody_to_wait_for_but_the_program() -> None:
    here = RecordingStation()
    here.feed(AvailabilityRequested(False, is_lasting=False))

    change = would_start(scene(here, second(RecordingStation().session), firmware_waits=True))[0]

    assert (change.kind, change.who, change.subject) == (Kind.FIRMWARE, Who.WAIT, "")


def without_meter() -> RecordingStation:
    station = RecordingStation()
    station.feed(DriverLost(interface="meter", detail="no answer"))
    return station


def test_a_meter_that_is_silent_together_with_another_says_so() -> None:
    here = without_meter()

    both = reason(scene(here, second(without_meter().session)), "meter.silent")
    alone = reason(scene(here, second(RecordingStation().session)), "meter.silent")

    assert dict(both.evidence)["also_at"] == "connector 2"
    assert "also_at" not in dict(alone.evidence)


def test_a_charge_that_is_being_stopped_has_let_its_card_go() -> None:
    here, there = RecordingStation(), charging()
    here.plug_in()
    there.feed(StopRequested(reason=StopReason.LOCAL))
    assert there.session.phase is SessionPhase.STOPPING

    taken = reason(scene(here, second(there.session), reader_is_shared=True), "nobody_accepted")

    assert "counts for connector" not in taken.what


def test_of_two_cards_that_went_elsewhere_the_one_that_began_its_charge_last_is_told() -> None:
    here = RecordingStation()
    here.plug_in()
    first, last = charging(), RecordingStation()
    last.advance(30.0)
    last.feed(TokenPresented(CARD))

    told = reason(
        scene(here, second(first.session), with_third(last.session), reader_is_shared=True), "nobody_accepted"
    )

    assert last.session.phase is SessionPhase.AUTHORIZED
    assert told.what.endswith("counts for connector 3")


def test_a_card_whose_charge_is_over_is_at_no_other_place() -> None:
    here, over = RecordingStation(), charging()
    over.feed(StopRequested(reason=StopReason.LOCAL))
    over.advance(15.0)
    here.authorizes_by_itself = False
    here.plug_in()
    here.feed(TokenPresented(CARD))
    here.feed(AuthorizationDecided(token=CARD, status=AuthorizationStatus.CONCURRENT_TX))
    session = replace(over.session, token=CARD)
    assert session.phase is SessionPhase.FINISHING

    assert "at the other place" in reason(scene(here, second(session)), "refused").next_step


def test_connectors_are_named_as_one_says_them() -> None:
    numbers = [ConnectorId(one) for one in (1, 2, 4)]

    assert [named(numbers[:count]) for count in range(4)] == [
        "",
        "connector 1",
        "connectors 1 and 2",
        "connectors 1, 2 and 4",
    ]
