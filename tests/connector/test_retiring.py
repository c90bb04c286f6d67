"""The end of the program during a charge, whatever does not work then: within its bound, without power, resumable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agent.connector.retiring import RECORDS_WITHIN_S, RETIRES_WITHIN_S, retire
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import OpenTransaction
from agent.core.identity import PlugIdentity, TransactionKey
from agent.core.limits import LimitSource
from agent.core.session.events import LimitChanged, TokenPresented, TransactionFound
from agent.core.session.model import SessionPhase
from agent.core.time import Instant
from firmware_sim.virtual_loop import run
from tests.connector.charging import charge
from tests.connector.fakes import BOOT, CARD, CONNECTOR, Bench, FakeSampling

QUICKLY_S = 0.2
FOUND = OpenTransaction(
    key=TransactionKey("found"),
    connector=CONNECTOR,
    token=CARD,
    started_at=Instant(1.0, 1_799_990_000_000, "earlier-boot"),
    start_wh=9_000,
    last_wh=9_950,
    last_at=Instant(50.0, 1_799_995_000_000, "earlier-boot"),
    plug=PlugIdentity(BOOT, 1),
    kernel_boot_id="earlier-boot",
    stop_requested=None,
    stop_token=None,
    group=None,
    deauthorized=False,
)


class Ended:
    """A bench after the end, and how long that took."""

    def __init__(self, bench: Bench, took_s: float) -> None:
        self.bench = bench
        self.took_s = took_s


def ends_while_charging(trouble: Callable[[Bench], object] = lambda _: None) -> Ended:
    """A charge runs, something breaks, and the program is told to end at once."""

    async def told() -> Ended:
        async with Bench(FakeSampling(sample_interval_s=10)) as bench:
            await bench.passes(1.0)
            await charges(bench)
            await bench.passes(25.0)
            trouble(bench)
            began = bench.clock.now().monotonic_s
            await retire(bench.connector, bench.ledger)
            return Ended(bench, bench.clock.now().monotonic_s - began)

    return run(told())


async def charges(bench: Bench) -> None:
    await charge(bench)
    assert bench.board.contactor.value is ContactorState.CLOSED


def board_takes_no_orders(bench: Bench) -> None:
    bench.board.broken = "cable off"


def board_is_silent(bench: Bench) -> None:
    bench.board.falls_silent()


def contactor_stays_closed(bench: Bench) -> None:
    bench.board.sticks = True


def meter_is_silent(bench: Bench) -> None:
    bench.meter.silent = True


def meter_never_answers(bench: Bench) -> None:
    bench.meter.answers_in_s = 3600.0


def store_is_full(bench: Bench) -> None:
    bench.ledger.full = True


def store_stalls(bench: Bench) -> None:
    bench.ledger.takes_s = 3600.0


def nothing_works(bench: Bench) -> None:
    board_takes_no_orders(bench)
    contactor_stays_closed(bench)
    meter_never_answers(bench)
    store_stalls(bench)


TROUBLES = (
    board_takes_no_orders,
    board_is_silent,
    contactor_stays_closed,
    meter_is_silent,
    meter_never_answers,
    store_is_full,
    store_stalls,
    nothing_works,
)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_end_is_within_its_bound_and_leaves_the_charge_to_be_taken_up_again(
    trouble: Callable[[Bench], None],
) -> None:
    ended = ends_while_charging(trouble)

    assert ended.took_s <= RETIRES_WITHIN_S
    assert ended.bench.ledger.stops == []
    assert ended.bench.ledger.decisions == []
    assert ended.bench.connector.session.phase is SessionPhase.CHARGING


@pytest.mark.parametrize("trouble", [one for one in TROUBLES if one not in (board_takes_no_orders, nothing_works)])
def test_a_board_that_hears_has_no_permission_after_the_end(trouble: Callable[[Bench], None]) -> None:
    ended = ends_while_charging(trouble)

    assert not ended.bench.board.permitted
    assert not ended.bench.connector.session.permitted


def test_an_ordinary_end_takes_no_time_and_keeps_the_register() -> None:
    ended = ends_while_charging()

    assert ended.took_s <= QUICKLY_S
    assert ended.bench.board.contactor.value is ContactorState.OPEN
    assert ended.bench.ledger.checkpoints[-1] == ended.bench.connector.session.last_register_wh


def test_a_charge_that_is_still_undecided_keeps_its_last_sign_of_life() -> None:
    """A record of this boot would make a power cut look like a restart of the program to the next start."""

    async def told() -> None:
        bench = Bench(FakeSampling(sample_interval_s=10))
        bench.board.falls_silent()
        bench.connector.post(TransactionFound(record=FOUND, kernel_restarted=True))
        async with bench:
            await bench.passes(60.0)
            assert bench.connector.session.found is not None
            await retire(bench.connector, bench.ledger)

        assert bench.meter.register_wh == bench.connector.session.last_register_wh
        assert (bench.ledger.checkpoints, bench.ledger.samples) == ([], [])

    run(told())


def test_a_silent_board_is_not_waited_for() -> None:
    """Its lease ends what it was permitted, and nobody would tell of the contactor."""
    assert ends_while_charging(board_is_silent).took_s <= QUICKLY_S


def test_a_stalling_store_costs_its_own_bound_and_no_power() -> None:
    ended = ends_while_charging(store_stalls)

    assert ended.took_s <= RECORDS_WITHIN_S + QUICKLY_S
    assert not ended.bench.board.permitted


def test_a_connector_stuck_in_a_record_does_not_hold_up_the_end() -> None:
    async def told() -> float:
        async with Bench(FakeSampling(sample_interval_s=10)) as bench:
            await bench.passes(1.0)
            await charges(bench)
            bench.ledger.takes_s = 3600.0
            await bench.passes(25.0)
            async with asyncio.timeout(RETIRES_WITHIN_S + QUICKLY_S):
                await retire(bench.connector, bench.ledger)
            assert bench.ledger.stops == []
            return bench.clock.now().monotonic_s

    run(told())


@pytest.mark.parametrize("happens", ["limit is lifted", "car asks again", "card is shown", "plug comes anew"])
def test_nothing_that_happens_during_the_end_gives_power_again(happens: str) -> None:
    async def told() -> None:
        async with Bench() as bench:
            await bench.passes(1.0)
            await charges(bench)
            await retire(bench.connector, bench.ledger)
            await HAPPENINGS[happens](bench)
            await bench.passes(30.0)
            assert not bench.board.permitted
            assert bench.board.offered_a == 0
            assert bench.board.contactor.value is ContactorState.OPEN
            assert len(bench.ledger.starts) == 1

    run(told())


async def limit_is_lifted(bench: Bench) -> None:
    for source in (LimitSource.FAILSAFE, LimitSource.HARDWARE):
        bench.connector.post(LimitChanged(source=source, current_a=None, detail="the test"))


async def car_asks_again(bench: Bench) -> None:
    bench.board.pilot_shows(PilotState.B)
    await bench.passes(1.0)
    bench.board.pilot_shows(PilotState.C)


async def card_is_shown(bench: Bench) -> None:
    bench.connector.post(TokenPresented(CARD))
    await bench.passes(1.0)
    bench.connector.post(TokenPresented(CARD))


async def plug_comes_anew(bench: Bench) -> None:
    bench.board.pilot_shows(PilotState.A)
    await bench.passes(10.0)
    bench.board.pilot_shows(PilotState.C, insertions=2)
    await bench.passes(1.0)
    bench.connector.post(TokenPresented(CARD))


HAPPENINGS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "limit is lifted": limit_is_lifted,
    "car asks again": car_asks_again,
    "card is shown": card_is_shown,
    "plug comes anew": plug_comes_anew,
}
