"""One connector with a real core on stand-ins: what is done in which order, and what a failure leads to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agent.connector.inbox import LONGEST
from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import StopReason
from agent.core.quantities import Measurand, ReadingContext
from agent.core.session.events import FaultObserved, StopRequested, TokenPresented
from agent.core.session.model import SessionPhase
from firmware_sim.virtual_loop import run
from tests.connector.charging import charge
from tests.connector.fakes import CARD, CONNECTOR, Bench, FakeSampling


def on_bench(story: Callable[[Bench], Awaitable[None]], sampling: FakeSampling | None = None) -> Bench:
    """Tell the story to a bench in virtual time; the bench for looking at afterwards."""

    async def told() -> Bench:
        async with Bench(sampling) as bench:
            await bench.passes(1.0)
            await story(bench)
        return bench

    return run(told())


def test_a_charge_from_plug_to_plug_is_recorded_to_the_last_wh() -> None:
    async def story(bench: Bench) -> None:
        await charge(bench)
        await bench.passes(60.0)
        bench.connector.post(TokenPresented(CARD))
        await bench.passes(5.0)
        bench.board.pilot_shows(PilotState.A)
        await bench.passes(1.0)

    bench = on_bench(story)

    (start,), (stop,) = bench.ledger.starts, bench.ledger.stops
    assert (start.register_wh, stop.register_wh, stop.reason) == (
        10_000,
        int(bench.meter._counted_wh),
        StopReason.LOCAL,
    )
    assert stop.register_wh >= 10_060
    assert bench.listener.told() == [
        ConnectorStatus.AVAILABLE,
        ConnectorStatus.PREPARING,
        ConnectorStatus.SUSPENDED_EV,
        ConnectorStatus.CHARGING,
        ConnectorStatus.FINISHING,
        ConnectorStatus.AVAILABLE,
    ]
    assert not bench.board.permitted


def test_a_fault_is_told_as_of_when_it_was_seen_however_long_its_record_takes() -> None:
    async def story(bench: Bench) -> None:
        bench.keeper.takes_s = 3.0
        bench.connector.post(FaultObserved(id="contactor.welded", present=True))
        await bench.passes(5.0)

    bench = on_bench(story)

    (told,) = [news for news in bench.listener.news if news.name == "fault.raised"]
    assert told.at == bench.connector.session.faults.faults[0].first_seen
    assert bench.keeper.latched == [("contactor.welded",)]


def test_no_power_without_a_record() -> None:
    async def story(bench: Bench) -> None:
        bench.ledger.full = True
        await charge(bench)
        await bench.passes(30.0)

    bench = on_bench(story)

    assert bench.ledger.starts == []
    assert not bench.board.permitted
    assert bench.board.contactor.value is ContactorState.OPEN


def test_a_stop_that_cannot_be_recorded_is_tried_until_it_is() -> None:
    async def story(bench: Bench) -> None:
        await charge(bench)
        bench.ledger.full = True
        bench.connector.post(StopRequested(reason=StopReason.REMOTE))
        await bench.passes(60.0)
        assert bench.connector.session.phase is SessionPhase.STOPPING
        bench.ledger.full = False
        await bench.passes(5.0)

    bench = on_bench(story)

    assert [stop.reason for stop in bench.ledger.stops] == [StopReason.REMOTE]
    assert bench.connector.session.phase is SessionPhase.FINISHING


def test_an_order_the_board_did_not_take_is_given_again() -> None:
    async def story(bench: Bench) -> None:
        bench.board.broken = "cable off"
        bench.board.pilot_shows(PilotState.B)
        await bench.passes(1.0)
        bench.connector.post(TokenPresented(CARD))
        await bench.passes(5.0)
        assert not bench.board.permitted
        bench.board.broken = None
        await bench.passes(2.0)

    bench = on_bench(story)

    assert bench.board.permitted
    assert bench.board.offered_a == 16.0


def test_the_periodic_samples_follow_the_start_and_end_with_the_stop() -> None:
    sampling = FakeSampling(sample_interval_s=10, stop_sampled_measurands=(Measurand.ENERGY_IMPORT_REGISTER,))

    async def story(bench: Bench) -> None:
        await charge(bench)
        await bench.passes(35.0)
        bench.connector.post(TokenPresented(CARD))
        await bench.passes(30.0)

    bench = on_bench(story, sampling)

    started_at = bench.ledger.starts[0].at.monotonic_s
    after_s = [fact.readings.at.monotonic_s - started_at for fact in bench.ledger.samples]
    assert [round(seconds) for seconds in after_s] == [10, 20, 30]
    assert bench.ledger.kept_for_stop[0].readings.context is ReadingContext.BEGIN
    assert bench.ledger.stops[0].history[-1].context is ReadingContext.END
    assert bench.ledger.stops[0].history[-1].readings[0].value == bench.ledger.stops[0].register_wh


def test_clock_aligned_samples_stand_at_the_marks_of_the_clock_also_without_a_car() -> None:
    async def story(bench: Bench) -> None:
        await bench.passes(95.0)

    bench = on_bench(story, FakeSampling(aligned_interval_s=30))

    past_the_mark_ms = [(fact.readings.at.utc_ms or 0) % 30_000 for fact in bench.ledger.samples]
    assert len(past_the_mark_ms) == 3
    assert max(past_the_mark_ms) <= 100
    assert {fact.key for fact in bench.ledger.samples} == {None}


def test_a_silent_meter_is_asked_at_the_pace_of_its_cycle_and_no_faster() -> None:
    async def story(bench: Bench) -> None:
        await charge(bench)
        bench.meter.silent, bench.meter.answers_in_s = True, 0.0
        bench.meter.reads.clear()
        await bench.passes(50.0)

    bench = on_bench(story, FakeSampling(sample_interval_s=10, aligned_interval_s=10))

    assert 45 <= len(bench.meter.reads) <= 65


def test_the_profiles_word_on_a_charge_holds_before_its_first_permission() -> None:
    async def story(bench: Bench) -> None:
        bench.limiter.current_a = 8.0
        await charge(bench)
        await bench.passes(30.0)

    bench = on_bench(story)

    offers_a = [dict(news.fields)["current_a"] for news in bench.listener.news if news.name == "offer.changed"]
    assert bench.board.permitted
    assert offers_a == [8.0]


def test_an_idle_connector_proves_its_progress_and_so_does_its_meter() -> None:
    async def story(bench: Bench) -> None:
        await bench.passes(600.0)
        assert bench.clock.now().monotonic_s - bench.vital.stamped_at <= 6.0
        assert bench.clock.now().monotonic_s - bench.meter_vital.stamped_at <= 6.0

    on_bench(story)


def test_a_silent_meter_is_no_stuck_task_and_a_reading_that_never_ends_is_one() -> None:
    async def story(bench: Bench) -> None:
        bench.meter.silent = True
        await bench.passes(100.0)
        assert bench.clock.now().monotonic_s - bench.meter_vital.stamped_at <= 6.0
        bench.meter.answers_in_s = 1_000_000.0
        await bench.passes(100.0)
        assert bench.clock.now().monotonic_s - bench.meter_vital.stamped_at >= 90.0
        assert bench.clock.now().monotonic_s - bench.vital.stamped_at <= 6.0

    on_bench(story)


def test_what_did_not_fit_into_the_inbox_is_counted_and_told_once() -> None:
    async def story(bench: Bench) -> None:
        for _ in range(LONGEST + 7):
            bench.connector.post(TokenPresented(CARD))
        await bench.passes(10.0)

    bench = on_bench(story)

    dropped = [news for news in bench.listener.news if news.name == "report.dropped"]
    assert [(news.connector, news.fields) for news in dropped] == [(CONNECTOR, (("count", 7),))]


def test_a_register_the_session_doubts_is_in_no_sample() -> None:
    async def story(bench: Bench) -> None:
        await charge(bench)
        await bench.passes(12.0)
        bench.meter.misreads_by_wh = 5_000_000
        await bench.passes(10.0)
        bench.meter.misreads_by_wh = 0
        await bench.passes(15.0)

    bench = on_bench(story, FakeSampling(sample_interval_s=10))

    told_wh = [reading.value for fact in bench.ledger.samples for reading in fact.readings.readings]
    assert told_wh
    assert max(told_wh) <= bench.meter.register_wh
