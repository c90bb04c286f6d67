"""When one can charge at a port, by the one table of rules, over sessions that the core reaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.control_pilot import PilotState
from agent.core.facts import StopReason
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Reaction
from agent.core.health.common import OF_THE_CAR
from agent.core.health.model import Defect, Judgement, PortSeen, Verdict
from agent.core.health.rules import RULES
from agent.core.health.verdict import judged, ports_with, station_judged, worst
from agent.core.limits import LimitSource
from agent.core.session.events import (
    AuthorizationStatus,
    AvailabilityRequested,
    BookingsChanged,
    FaultObserved,
    LimitChanged,
    LoanRequested,
    OfferReported,
    StartRequested,
    StopRequested,
    TokenPresented,
)
from agent.core.session.model import Loan
from agent.core.time import Instant
from tests.core.health.scenes import (
    AWAY,
    EXAMPLES,
    GOOD_STORAGE,
    LOOP,
    around,
    charging,
    idle,
    limited,
    out_of_service,
    seen,
    with_fault,
    worse,
)
from tests.core.session.reserving import bookings
from tests.core.session.station import CARD, OTHER_CARD, RecordingStation

FAULTS = ("cp.diode", "contactor.welded", "temp.board_derate", "mcu.firmware_mismatch", "cp.leak", "ev.no_request")


def raising(id: str) -> Callable[[RecordingStation], object]:
    return lambda station: station.feed(FaultObserved(id=id, present=True))


def charges(station: RecordingStation) -> None:
    """The way every charge takes, so that the rarer happenings meet one often."""
    if not station.pilot.plugged:
        station.plug_in(PilotState.B)
    station.feed(StartRequested(token=CARD, authorize=False))
    station.advance(1.0)
    station.pilot_is(PilotState.C)


HAPPENINGS: Mapping[str, Callable[[RecordingStation], object]] = {
    "charge": charges,
    "plug": lambda station: station.plug_in(PilotState.B) if not station.pilot.plugged else None,
    "ask": lambda station: station.pilot_is(PilotState.C),
    "leave": lambda station: station.pilot_is(PilotState.A),
    "card": lambda station: station.feed(TokenPresented(CARD)),
    "stop": lambda station: station.feed(StopRequested(reason=StopReason.REMOTE)),
    "silent board": lambda station: station.board_falls_silent(),
    "board": lambda station: station.board_is_back(),
    "silent meter": lambda station: station.meter_falls_silent(),
    "meter": lambda station: station.meter_is_back(),
    "out": lambda station: station.feed(AvailabilityRequested(False)),
    "in": lambda station: station.feed(AvailabilityRequested(True)),
    "no disk": lambda station: setattr(station, "store_works", False),
    "disk": lambda station: setattr(station, "store_works", True),
    "lend": lambda station: station.feed(LoanRequested(Loan(by="a test", since=station.now))),
    "restart": lambda station: station.restart(),
    "a while": lambda station: station.advance(70.0),
    "pause": lambda station: station.feed(LimitChanged(source=LimitSource.NETWORK, current_a=0.0, detail="profile 3")),
    "heat": lambda station: station.feed(OfferReported(offered_a=6.0, limit_a=8.0, detail="heat")),
    **{id: raising(id) for id in FAULTS},
}
"""By words, so that a failure can be read."""
histories = st.lists(st.sampled_from(sorted(HAPPENINGS)), max_size=12)


def after(history: list[str]) -> RecordingStation:
    station = RecordingStation()
    for word in history:
        HAPPENINGS[word](station)
    return station


def keys(found: PortSeen) -> list[str]:
    return [defect.key for defect in judged(found).defects]


def family(key: str) -> str:
    subject = key.partition(".")[0]
    return f"{subject}.*" if subject in ("fault", "limit", "flapping") else key


@given(histories, st.booleans())
@settings(max_examples=60)
def test_every_session_has_a_verdict_whose_reasons_come_in_the_order_of_the_rules(
    history: list[str], is_away: bool
) -> None:
    found = seen(after(history), network=AWAY) if is_away else seen(after(history))

    judgement = judged(found)

    assert (judgement.verdict is Verdict.OK) == (not judgement.defects)
    assert judgement.verdict is worst(defect.verdict for defect in judgement.defects)
    order = [(rule.key, rule.verdict) for rule in RULES]
    places = [order.index((family(defect.key), defect.verdict)) for defect in judgement.defects]
    assert places == sorted(places)
    assert judged(found) == judgement


@given(histories, st.data())
@settings(max_examples=60)
def test_one_more_defect_never_makes_it_better(history: list[str], data: st.DataObject) -> None:
    found = seen(after(history))
    others = worse(found)
    first, second = (data.draw(st.sampled_from(sorted(others))) for _ in range(2))

    once = others[first]
    twice = worse(once)[second]

    assert judged(found).verdict.rank <= judged(once).verdict.rank <= judged(twice).verdict.rank


@given(histories)
@settings(max_examples=40)
def test_every_reason_is_a_line_of_words_and_says_what_to_do(history: list[str]) -> None:
    for defect in judged(seen(after(history), network=AWAY, crash_loop=LOOP)).defects:
        assert defect.text.isprintable()
        assert defect.text
        assert defect.remedy


@pytest.mark.parametrize("row", sorted(EXAMPLES), ids=lambda row: f"{row[0]} {row[1]}")
def test_each_rule_is_found_by_itself(row: tuple[str, str]) -> None:
    key, verdict = row

    judgement = judged(EXAMPLES[row]())

    # A policy that closes it without a network goes behind the network itself.
    gravest = next(one for one in judgement.defects if one.verdict is judgement.verdict)
    assert (family(gravest.key), judgement.verdict.value) == (key, verdict)


def test_there_is_an_example_for_each_rule() -> None:
    assert sorted(EXAMPLES) == sorted((rule.key, rule.verdict.value) for rule in RULES)


def test_a_charger_in_good_times_has_no_reason_at_all() -> None:
    assert judged(seen(idle())) == judged(seen(charging())) == Judgement(verdict=Verdict.OK)


def test_a_full_car_a_refused_card_and_a_pause_of_the_network_are_no_defect() -> None:
    full, refused, paused = charging(), idle(), charging()
    full.pilot_is(PilotState.B)
    refused.answers[OTHER_CARD] = (AuthorizationStatus.BLOCKED, None)
    refused.plug_in(PilotState.B)
    refused.feed(TokenPresented(OTHER_CARD))
    refused.advance(1.0)
    paused.feed(
        LimitChanged(
            source=LimitSource.NETWORK,
            current_a=0.0,
            detail="profile 3",
            transaction=paused.session.transaction.key if paused.session.transaction else None,
        )
    )

    assert refused.session.refusal is not None
    assert paused.session.limits.effective().current_a == 0
    assert [judged(seen(one)).verdict for one in (full, refused, paused)] == [Verdict.OK] * 3


@given(bookings)
@settings(max_examples=20)
def test_a_reservation_is_no_defect(booked: object) -> None:
    station = idle()
    station.feed(BookingsChanged(booked))  # type: ignore[arg-type]  # what the strategy draws

    assert keys(seen(station)) == []


@pytest.mark.parametrize("id", sorted(OF_THE_CAR))
def test_a_fault_that_only_the_car_can_have_is_no_defect_of_the_charger(id: str) -> None:
    assert keys(seen(with_fault(id))) == []


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.id)
def test_a_fault_that_keeps_power_away_is_never_passed_over(kind: object) -> None:
    id, reaction = kind.id, kind.reaction  # type: ignore[attr-defined]
    if id in OF_THE_CAR or reaction not in (Reaction.OPEN, Reaction.X1, Reaction.BLOCK):
        return

    assert judged(seen(with_fault(id))).verdict is Verdict.DOWN


def test_a_fault_that_bars_the_next_charge_is_no_outage_while_one_runs() -> None:
    judgement = judged(seen(with_fault("mcu.firmware_mismatch", charging())))

    assert judgement.verdict is Verdict.DEGRADED


def test_what_a_self_test_provokes_is_no_defect() -> None:
    station = idle()
    station.feed(LoanRequested(Loan(by="a test", since=station.now)))

    assert keys(seen(with_fault("rcd.dc_trip", station))) == []


def test_out_of_service_by_plan_is_no_outage() -> None:
    assert keys(seen(out_of_service())) == ["out_of_service"]
    assert keys(seen(out_of_service(), is_planned=True)) == []


def test_a_link_counts_once_it_is_missed_and_a_clock_after_a_minute() -> None:
    def clockless(runs_s: float) -> PortSeen:
        return replace(seen(idle()), around=around(Instant(5000.0, None, "b"), runs_s=runs_s))

    assert keys(seen(idle(), network=replace(AWAY, is_missed=False))) == []
    assert keys(seen(idle(), network=AWAY)) == ["network.offline"]
    assert keys(clockless(59.0)) == []
    assert keys(clockless(60.0)) == ["clock.unknown"]


def test_limits_that_somebody_far_away_wishes_are_no_defect() -> None:
    wished = (LimitSource.NETWORK, LimitSource.CHARGE_POINT_MAX, LimitSource.SUPPLY, LimitSource.CABLE)

    assert [keys(seen(limited(source, 0.0))) for source in wished] == [[], [], [], []]
    assert keys(seen(limited(LimitSource.THERMAL, 16.0))) == ["limit.thermal"]
    assert keys(seen(limited(LimitSource.LOCAL, 16.0))) == []


def test_a_full_disk_is_one_reason_and_not_two() -> None:
    assert keys(seen(idle(), storage=replace(GOOD_STORAGE, free_mb=2.0))) == ["store.failed"]


def test_the_station_is_down_only_where_all_ports_are() -> None:
    down = Judgement(verdict=Verdict.DOWN, defects=(Defect(key="a", verdict=Verdict.DOWN, text="one"),))
    degraded = Judgement(verdict=Verdict.DEGRADED, defects=(Defect(key="b", verdict=Verdict.DEGRADED, text="two"),))
    fine = Judgement(verdict=Verdict.OK)

    assert station_judged({1: down, 2: down}).verdict is Verdict.DOWN
    assert station_judged({1: down, 2: fine}).verdict is Verdict.DEGRADED
    assert station_judged({1: degraded, 2: fine}).verdict is Verdict.DEGRADED
    assert station_judged({1: fine, 2: fine}).verdict is Verdict.OK
    both = station_judged({1: degraded, 2: down})
    assert [defect.key for defect in both.defects] == ["a", "b"]
    assert ports_with(both.defects[0], {1: degraded, 2: down}) == (2,)
    assert len(station_judged({1: degraded, 2: degraded}).defects) == 1


def test_a_crash_loop_names_what_the_last_one_died_of() -> None:
    [defect] = judged(seen(idle(), crash_loop=LOOP)).defects

    assert defect.text.startswith("the program started anew 4 times within an hour")
    assert defect.text.endswith(f"; the last: {LOOP.last}")
    assert defect.since == LOOP.since


@pytest.mark.parametrize("source", [LimitSource.PILOT_BOARD, LimitSource.THERMAL, LimitSource.FAILSAFE])
def test_a_limit_says_what_to_do_before_where_it_comes_from(source: LimitSource) -> None:
    (defect,) = judged(seen(limited(source, 0.0))).defects

    step, _, comes = defect.remedy.partition("; it comes from: ")
    assert step
    assert comes == "some key"
