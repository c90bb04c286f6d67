"""The chain from the grid to the clock: what makes a link right, what leaves it unknown, and what blocks it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.explain.chain import FRESH_S, LinkSeen, LinkState
from agent.core.explain.explain import explain
from agent.core.explain.links import LIMITS, WAITED_FOR, Link, link_of, place_of_fault
from agent.core.explain.scene import NO_NETWORK, BoardState, NetworkState, Scene
from agent.core.explain.waiting import OBSTACLES
from agent.core.faults.catalogue import CATALOGUE
from agent.core.leaving import names_somebody
from agent.core.limits import Limits, LimitSource
from agent.core.quantities import MeterSample
from agent.core.session.effects import RecordStart, RecordStop
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    FaultObserved,
    LoanRequested,
    MeterSampled,
    ProgramEnds,
    TokenPresented,
)
from agent.core.session.model import Loan, Session, SessionPhase, SessionSettings
from agent.core.time import Instant, rfc3339
from tests.core.explain.test_explain import OFFLINE, charging
from tests.core.explain.test_would_start import FREE, check_minimal
from tests.core.session.station import CARD, RecordingStation

CONNECTED = NetworkState(configured=True, connected=True, registration="Accepted", host="csms.example")
PENDING = NetworkState(configured=True, connected=True, registration="Pending", host="csms.example")


@pytest.fixture
def station() -> RecordingStation:
    return RecordingStation()


def scene_of(session: Session, now: Instant, network: NetworkState = NO_NETWORK, **more: object) -> Scene:
    return Scene(session=session, network=network, now=now, **more)  # type: ignore[arg-type]


def link(station: RecordingStation, which: Link, network: NetworkState = NO_NETWORK, **more: object) -> LinkSeen:
    chain = explain(scene_of(station.session, station.now, network, **more)).chain
    return next(one for one in chain if one.link is which)


def reads(station: RecordingStation, *volts: float | None) -> RecordingStation:
    sample = MeterSample(at=station.now, register_wh=5_000, voltages_v=(volts[0], volts[1], volts[2]))
    station.feed(MeterSampled(sample=sample))
    return station


def test_voltage_that_the_meter_reads_makes_grid_and_breaker_right(station: RecordingStation) -> None:
    reads(station, 231.0, 230.0, 229.0)

    grid, breaker = link(station, Link.GRID), link(station, Link.BREAKER)

    assert (grid.state, breaker.state) == (LinkState.OK, LinkState.OK)
    assert grid.evidence == (("l1_v", 231.0), ("l2_v", 230.0), ("l3_v", 229.0), ("age_s", 0.0))
    assert breaker.evidence == (("supply_a", 16.0),)


def test_what_was_read_long_ago_or_shows_no_voltage_is_no_evidence(station: RecordingStation) -> None:
    silent = reads(RecordingStation(), 3.0, None, 2.0)
    old = reads(station, 230.0, 230.0, 230.0)
    old.now = old.now.plus(FRESH_S + 1.0)

    assert link(silent, Link.GRID).state is LinkState.UNKNOWN
    assert [link(old, which).state for which in (Link.GRID, Link.BREAKER, Link.METER)] == [LinkState.UNKNOWN] * 3


def test_what_was_read_before_the_mains_went_is_no_sign_of_a_live_circuit(station: RecordingStation) -> None:
    reads(charging(station), 231.0, 230.0, 229.0)
    read = station.session
    station.now = station.now.plus(1.0)
    station.feed(FaultObserved(id="mains.loss", present=True))
    station.session = replace(station.session, last_sample=read.last_sample)

    assert link(station, Link.GRID).state is LinkState.BLOCKS
    assert link(station, Link.BREAKER).state is LinkState.UNKNOWN


def test_a_link_tells_since_when_and_by_what_the_core_knows_it(station: RecordingStation) -> None:
    charging(station)
    station.advance(3.0)
    reads(station, 230.0, 230.0, 230.0)
    station.now = station.now.plus(2.0)
    session, clock = station.session, replace(CONNECTED, clock_ahead_s=0.26)
    decides = session.limits.effective().source
    assert decides is not None

    chain = {one.link: one for one in explain(scene_of(session, station.now, clock)).chain}

    assert ("age_s", 2.0) in chain[Link.GRID].evidence and ("age_s", 2.0) in chain[Link.METER].evidence
    assert chain[Link.LOCK].evidence == (("lock", "none"),)
    assert (chain[Link.CAR].evidence, chain[Link.CAR].since) == ((("pilot", "C"),), session.pilot_since)
    limit = session.limits.named(decides)
    assert limit is not None and chain[Link.LIMIT].since == limit.since
    assert station.now.utc_ms is not None
    assert chain[Link.TIME].evidence == (("utc", rfc3339(station.now.utc_ms)), ("central_system_ahead_s", 0.3))


def test_a_pilot_that_reads_nothing_tells_since_when_once_the_board_was_heard(station: RecordingStation) -> None:
    station.pilot_is(PilotState.E)
    heard = link(station, Link.PILOT).since
    station.session = replace(station.session, board_heard=False)

    assert (heard, link(station, Link.PILOT).since) == (station.session.pilot_since, None)


def test_who_was_accepted_is_told_under_a_name_that_may_leave_the_charger(station: RecordingStation) -> None:
    charging(station)

    evidence = dict(link(station, Link.AUTHORIZATION).evidence)

    assert list(evidence) == ["accepted"]
    assert not any(names_somebody(name) for name in evidence)


def test_voltage_behind_the_contactor_is_evidence_where_no_meter_reads_any(station: RecordingStation) -> None:
    board = BoardState(answering=True, live_phases=("L1", "L2", "L3"))

    assert link(charging(station), Link.GRID, board=board).state is LinkState.OK


def test_a_link_that_only_a_warning_is_about_stays_right_and_tells_it(station: RecordingStation) -> None:
    charging(station).feed(FaultObserved(id="temp.board_derate", present=True))

    hardware = link(station, Link.HARDWARE)

    assert hardware.state is LinkState.OK
    assert "temp.board_derate" in hardware.what


@pytest.mark.parametrize("id", ["reader.failed", "net.dns", "clock.unsynced", "meter.implausible"])
def test_a_warning_about_what_sees_or_hears_leaves_its_link_unknown(station: RecordingStation, id: str) -> None:
    charging(station).feed(FaultObserved(id=id, present=True))

    assert link(station, place_of_fault(id)[0], CONNECTED).state is LinkState.UNKNOWN


def test_a_central_system_that_is_away_and_a_clock_that_nobody_set_are_unknown_and_block_nothing(
    station: RecordingStation,
) -> None:
    charging(station)
    station.now = Instant(station.now.monotonic_s, None, station.now.boot_id)

    assert link(station, Link.NETWORK, OFFLINE).state is LinkState.UNKNOWN
    assert link(station, Link.NETWORK, CONNECTED).state is LinkState.OK
    assert link(station, Link.TIME).state is LinkState.UNKNOWN


def test_who_asks_is_unknown_before_anybody_did_and_right_once_somebody_was_accepted(station: RecordingStation) -> None:
    before = link(station, Link.AUTHORIZATION).state
    charging(station)

    assert (before, link(station, Link.AUTHORIZATION).state) == (LinkState.UNKNOWN, LinkState.OK)
    free = RecordingStation(SessionSettings(free_vend_token=FREE))
    assert link(free, Link.AUTHORIZATION).state is LinkState.OK


@pytest.mark.parametrize("word", sorted(OBSTACLES))
def test_a_contactor_that_waits_belongs_to_what_it_waits_for(station: RecordingStation, word: str) -> None:
    charging(station).contactor_is(ContactorState.OPEN)
    board = BoardState(answering=True, waits_for=word)

    assert set(WAITED_FOR) == set(OBSTACLES)
    assert link(station, WAITED_FOR[word][0], board=board).state is LinkState.BLOCKS


@pytest.mark.parametrize("source", LimitSource)
def test_a_limit_of_nothing_blocks_the_link_it_comes_from(station: RecordingStation, source: LimitSource) -> None:
    session = charging(station).session
    limits = session.limits.with_limit(source, 0.0, "a reason", station.now)

    chain = explain(scene_of(replace(session, limits=limits), station.now)).chain

    assert [one.link for one in chain if one.state is LinkState.BLOCKS] == [LIMITS[source][0]]


@pytest.mark.parametrize("id", CATALOGUE)
def test_every_fault_has_a_link_of_its_own(id: str) -> None:
    assert link_of(f"fault.{id}") is place_of_fault(id)[0]


def _asks(station: RecordingStation) -> None:
    station.authorizes_by_itself = False
    station.plug_in()
    station.feed(TokenPresented(CARD))


def _free(station: RecordingStation) -> None:
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(15.0)
    station.session = replace(station.session, start_not_before=station.now.monotonic_s + 50.0, refusal=None)


def _store_fails(station: RecordingStation) -> None:
    station.fails = lambda effect: isinstance(effect, RecordStart)
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(1.0)


def _stop_is_not_recorded(station: RecordingStation) -> None:
    charging(station).fails = lambda effect: isinstance(effect, RecordStop)
    station.feed(TokenPresented(CARD))
    station.advance(20.0)


def _no_register(station: RecordingStation) -> None:
    station.meter_answers = False
    station.plug_in()
    station.feed(TokenPresented(CARD))
    station.advance(1.0)


def _after_restart(station: RecordingStation) -> None:
    charging(station).pilot_is(PilotState.UNKNOWN)
    station.restart()


def _without_limits(station: RecordingStation) -> None:
    station.session = replace(charging(station).session, limits=Limits())


def _unasked(station: RecordingStation) -> None:
    charging(station)
    transaction = station.session.transaction
    assert transaction is not None
    station.session = replace(station.session, transaction=replace(transaction, limit_is_known=False))


def _cable_left(station: RecordingStation) -> None:
    station.session = replace(
        station.session, phase=SessionPhase.CABLE_LEFT, cable_in=True, held_for=CARD, pilot=PilotState.A
    )


def _starting(station: RecordingStation) -> None:
    station.session = replace(station.session, board_heard=False, pilot=PilotState.UNKNOWN)


def _unclear(station: RecordingStation) -> None:
    charging(station).pilot_is(PilotState.UNKNOWN)


def _ends(station: RecordingStation) -> None:
    charging(station).feed(ProgramEnds())
    station.advance(10.0)


def _lent(station: RecordingStation) -> None:
    station.feed(LoanRequested(Loan(by="self-test ST201", since=station.now)))


MOMENTS = [
    ("board.starting", _starting, Link.HARDWARE),
    ("ending", _ends, Link.HARDWARE),
    ("lent", _lent, Link.HARDWARE),
    ("store.fails", _store_fails, Link.HARDWARE),
    ("store.fails", _stop_is_not_recorded, Link.HARDWARE),
    ("starting", _no_register, Link.METER),
    ("after_restart", _after_restart, Link.HARDWARE),
    ("limit.none", _without_limits, Link.LIMIT),
    ("limit.unasked", _unasked, Link.LIMIT),
    ("pilot.unclear", _unclear, Link.PILOT),
    ("cable_left", _cable_left, Link.CAR),
    ("authorization.waiting", _asks, Link.AUTHORIZATION),
]


@pytest.mark.parametrize(("key", "comes", "blocks"), MOMENTS, ids=[f"{key}-{n}" for n, (key, *_) in enumerate(MOMENTS)])
def test_a_moment_has_its_reason_its_link_and_a_way_on(
    station: RecordingStation, key: str, comes: object, blocks: Link
) -> None:
    comes(station)  # type: ignore[operator]
    scene = scene_of(station.session, station.now)

    explanation = explain(scene)

    assert key in [reason.key for reason in explanation.reasons]
    assert blocks in [one.link for one in explanation.chain if one.state is LinkState.BLOCKS]
    check_minimal(scene)


def test_a_cable_that_is_kept_for_somebody_is_a_note_at_the_lock(station: RecordingStation) -> None:
    _cable_left(station)

    reasons = explain(scene_of(station.session, station.now)).reasons

    assert next(one.link for one in reasons if one.key == "cable_held") is Link.LOCK


def test_where_nobody_identifies_the_start_is_about_to_come() -> None:
    station = RecordingStation(SessionSettings(free_vend_token=FREE))
    session = replace(
        station.session,
        phase=SessionPhase.PLUGGED,
        pilot=PilotState.B,
        start_not_before=station.now.monotonic_s + 50.0,
        wake_at=station.now.monotonic_s + 50.0,
    )

    keys = [reason.key for reason in explain(scene_of(session, station.now)).reasons]

    assert keys[0] == "free_vending"


def test_a_charger_that_is_not_accepted_and_one_without_a_central_system_say_so(station: RecordingStation) -> None:
    def keys(network: NetworkState) -> list[str]:
        return [reason.key for reason in explain(scene_of(station.session, station.now, network)).reasons]

    assert "network.not_accepted" in keys(PENDING)
    assert "network.none" in keys(NO_NETWORK)
    assert link(station, Link.NETWORK, PENDING).state is LinkState.UNKNOWN
    assert link(station, Link.NETWORK, NO_NETWORK).state is LinkState.OK


@pytest.mark.parametrize(
    ("status", "network", "blocks"),
    [
        (AuthorizationStatus.UNREACHABLE, OFFLINE, Link.NETWORK),
        (AuthorizationStatus.BLOCKED, CONNECTED, Link.AUTHORIZATION),
    ],
)
def test_a_refusal_blocks_where_it_came_from(
    station: RecordingStation, status: AuthorizationStatus, network: NetworkState, blocks: Link
) -> None:
    _asks(station)
    station.feed(AuthorizationDecided(token=CARD, status=status))

    chain = explain(scene_of(station.session, station.now, network)).chain

    assert [one.link for one in chain if one.state is LinkState.BLOCKS] == [blocks]
