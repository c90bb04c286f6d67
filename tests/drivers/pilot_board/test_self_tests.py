"""What a pilot board does for self-tests, asked through the driver of a simulated board (self-test catalogue, 5)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import pytest
from challenge import keyed_hash

from agent.core.control_pilot import ContactorState
from agent.drivers import board_service
from agent.drivers.board_service import Drive
from agent.drivers.watching import until
from agent.errors import DriverRejected
from firmware_sim import breakage, verbs
from firmware_sim.bench_keys import LOCAL_KEY
from firmware_sim.pilot_circuit import Drive as Driven
from tests.drivers.pilot_board.bench import BoardBench
from tests.drivers.pilot_board.linked import charges, on_a_board, state_of


def board_of(bench: BoardBench) -> board_service.TestedBoard:
    service = bench.pilot.service()
    assert isinstance(service, board_service.TestedBoard)
    return service


def driven(bench: BoardBench) -> tuple[Driven, int]:
    generator = bench.site.outlet.generator
    return generator.drive, generator.duty


async def seconds(task: object) -> float:
    loop = asyncio.get_running_loop()
    start = loop.time()
    await task  # type: ignore[misc]
    return loop.time() - start


def test_levels_are_driven_on_an_empty_outlet_one_after_the_other() -> None:
    async def story(bench: BoardBench) -> None:
        board = board_of(bench)
        await asyncio.sleep(3)

        await board.drive(Drive.X1)
        assert driven(bench) == (Driven.X1, 0)
        await board.drive(Drive.F)
        assert driven(bench)[0] is Driven.F
        await board.drive(Drive.PWM, 26.66)
        assert driven(bench) == (Driven.X2, 2666)
        assert await seconds(board.drive(Drive.PWM, 50)) < 0.3, "another duty waits for nothing"
        assert driven(bench) == (Driven.X2, 5000)
        await board.drive(Drive.RELEASE)
        await asyncio.sleep(0.1)
        assert driven(bench) == (Driven.X1, 0)

    on_a_board(story)


def test_a_plug_ends_what_is_driven_before_it_is_believed() -> None:
    async def story(bench: BoardBench) -> None:
        await asyncio.sleep(3)
        await board_of(bench).drive(Drive.PWM, 50)

        bench.plug_in()
        await asyncio.sleep(0.015)

        assert driven(bench) == (Driven.X1, 0)
        with pytest.raises(DriverRejected, match="nothing may be plugged in"):
            await board_of(bench).drive(Drive.PWM, 50)

    on_a_board(story)


def is_live(bench: BoardBench) -> bool:
    """Voltage behind the contactor."""
    return bench.site.outlet.is_live


async def turned(bench: BoardBench, **position: object) -> None:
    await verbs.perform(bench.site.world, "adapter", dict(position))


async def under_power(bench: BoardBench) -> board_service.TestedBoard:
    """A test with power: an adapter in C behind closed contacts, nobody has taken the station into service."""
    board = board_of(bench)
    bench.link.commission(False)
    await turned(bench, state="B")
    await until(bench.pilot.states(), lambda reading: reading.state.plugged)
    await board.begin_test(keyed_hash(LOCAL_KEY, await board.challenge()))
    await bench.contactor.permit(True)
    await bench.pilot.offer(16)
    await asyncio.sleep(8)
    await turned(bench, state="C")
    await until(bench.contactor.states(), lambda state: state is ContactorState.CLOSED)
    await asyncio.sleep(2)
    return board


async def opened(bench: BoardBench) -> None:
    await until(bench.contactor.states(), lambda state: state is not ContactorState.CLOSED)
    await asyncio.sleep(0.2)


def test_an_adapter_sees_nothing_of_a_cut_pilot_and_the_board_goes_on_believing_in_it() -> None:
    async def story(bench: BoardBench) -> None:
        board = board_of(bench)
        with pytest.raises(DriverRejected, match="an adapter or a plug must be in"):
            await board.drive(Drive.CUT)
        await turned(bench, state="B")
        await asyncio.sleep(1)

        await board.drive(Drive.CUT)
        await asyncio.sleep(4)
        assert bench.site.outlet.pilot_window().high_mv == 12_000, "open behind the switch"
        assert state_of(bench).pilot.state.value == "B"
        await board.drive(Drive.RELEASE)
        await asyncio.sleep(0.1)
        assert bench.site.outlet.pilot_window().high_mv < 9_100

    on_a_board(story)


def test_duties_that_no_car_knows_are_refused_before_they_are_asked() -> None:
    async def story(bench: BoardBench) -> None:
        for duty_percent in (0, 2.9, 97.1, 100):
            with pytest.raises(DriverRejected, match="outside 3…97 %"):
                await board_of(bench).drive(Drive.PWM, duty_percent)

    on_a_board(story)


def test_the_residual_current_unit_is_tested_on_demand_and_tells_its_times() -> None:
    async def story(bench: BoardBench) -> None:
        await asyncio.sleep(10)

        found = await board_of(bench).test_residual()

        assert found.passed
        assert found.chain_dropped is True
        assert found.trip_ms is not None
        assert found.clear_ms is not None
        assert 0 < found.trip_ms < found.clear_ms <= 3_000

    on_a_board(story)


@pytest.mark.parametrize("name", ["rcd_dead", "rcd_test_dead"])
def test_a_residual_current_unit_that_does_not_trip_has_no_times(name: str) -> None:
    async def story(bench: BoardBench) -> None:
        await asyncio.sleep(10)
        breakage.break_it(bench.site.world, name, 1, {})

        found = await board_of(bench).test_residual()

        assert found == board_service.ResidualTestOutcome(
            passed=False, trip_ms=None, clear_ms=None, chain_dropped=False
        )

    on_a_board(story)


def test_the_residual_current_unit_is_not_tested_beside_a_plug() -> None:
    async def story(bench: BoardBench) -> None:
        bench.plug_in()
        await asyncio.sleep(10)

        with pytest.raises(DriverRejected, match="nothing may be plugged in"):
            await board_of(bench).test_residual()

    on_a_board(story)


def test_before_the_first_movement_nothing_was_seen_of_the_contactor() -> None:
    async def story(bench: BoardBench) -> None:
        assert await board_of(bench).travel() == board_service.Travel(
            mirror_closed_ms=None,
            load_live_ms=(None, None, None),
            mirror_open_ms=None,
            load_dead_ms=(None, None, None),
            why_opened="",
            event_ms=None,
        )

    on_a_board(story)


def test_a_closing_and_an_unplugging_are_told_in_milliseconds() -> None:
    async def story(bench: BoardBench) -> None:
        await charges(bench)
        await asyncio.sleep(3)
        bench.plug_out()
        await opened(bench)

        found = await board_of(bench).travel()

        # The armature needs 12 and 18 ms, 22 and 25 ms back; a loop is 5 ms, edges count over 30 ms.
        assert found.mirror_closed_ms is not None
        assert 12 <= found.mirror_closed_ms <= 22
        assert all(ms is not None and 18 <= ms <= 60 for ms in found.load_live_ms)
        assert found.mirror_open_ms is not None
        assert 25 <= found.mirror_open_ms <= 35
        assert all(ms is not None and 22 <= ms <= 60 for ms in found.load_dead_ms)
        assert found.why_opened == "state"
        assert found.event_ms is not None
        assert 20 <= found.event_ms <= 45

    on_a_board(story)


@pytest.mark.parametrize(
    ("name", "late_ms"), [("contactor_slow", {"late_ms": 84}), ("weld_sticky", {"release_s": 0.08})]
)
def test_a_slow_contactor_is_told_as_slow(name: str, late_ms: dict[str, object]) -> None:
    async def story(bench: BoardBench) -> None:
        breakage.break_it(bench.site.world, name, 1, dict(late_ms))
        await charges(bench)
        await asyncio.sleep(3)
        bench.plug_out()
        await opened(bench)

        found = await board_of(bench).travel()

        slow_ms = found.mirror_closed_ms if name == "contactor_slow" else found.mirror_open_ms
        assert slow_ms is not None
        assert 90 <= slow_ms <= 115

    on_a_board(story)


def withdraw(bench: BoardBench) -> None:
    bench.link.ask_for(replace(bench.link.wish, permit=False))


def fall_silent(bench: BoardBench) -> None:
    bench.site.board.wire.is_cut = True
    asyncio.get_running_loop().call_later(9, partial(setattr, bench.site.board.wire, "is_cut", False))


REASONS = {
    "state": (lambda bench: bench.site.world.car(1).suspend(), 20, 50),
    "permit": (withdraw, 5_995, 6_005),
    "lease": (fall_silent, 7_990, 8_600),
    "residual": (lambda bench: breakage.break_it(bench.site.world, "rcd_dc", 1, {}), 0, 10),
    "chain": (lambda bench: bench.site.outlet.press_emergency_stop(True), 0, 10),
    "earth": (lambda bench: breakage.break_it(bench.site.world, "pe_lost", 1, {}), 490, 520),
    "fault": (lambda bench: breakage.break_it(bench.site.world, "mains_phase_loss", 1, {}), 0, 600),
}


@pytest.mark.parametrize("why", REASONS)
def test_what_came_before_an_opening_is_told_with_its_time(why: str) -> None:
    happens, least_ms, most_ms = REASONS[why]

    async def story(bench: BoardBench) -> None:
        await charges(bench)
        await asyncio.sleep(3)
        if why in ("permit", "lease"):
            breakage.break_it(bench.site.world, "car_no_stop", 1, {})
        happens(bench)  # type: ignore[no-untyped-call]
        await asyncio.sleep(12)

        found = await board_of(bench).travel()

        assert found.why_opened == why
        assert found.event_ms is not None
        assert least_ms <= found.event_ms <= most_ms

    on_a_board(story)


def test_a_test_with_power_needs_the_proof_of_this_moment() -> None:
    async def story(bench: BoardBench) -> None:
        board = board_of(bench)
        bench.link.commission(False)
        proof = keyed_hash(LOCAL_KEY, await board.challenge())
        with pytest.raises(DriverRejected, match="the proof does not fit"):
            await board.begin_test(keyed_hash(bytes(32), await board.challenge()))
        await board.begin_test(proof)
        with pytest.raises(DriverRejected, match="no other test under way"):
            await board.begin_test(proof)
        await board.end_test()
        with pytest.raises(DriverRejected, match="the proof does not fit"):
            await board.begin_test(proof)

    on_a_board(story)


def test_what_ends_a_program_is_refused_without_a_test_with_power() -> None:
    async def story(bench: BoardBench) -> None:
        await charges(bench)
        for step in (board_of(bench).stop_alive, board_of(bench).hang):
            with pytest.raises(DriverRejected, match="part of a test with power"):
                await step()
        await asyncio.sleep(1)

        assert is_live(bench)

    on_a_board(story)


def test_a_chain_without_pulses_lets_the_contactor_go_and_is_no_emergency_stop() -> None:
    async def story(bench: BoardBench) -> None:
        board = await under_power(bench)
        assert is_live(bench)
        await board.stop_alive()
        await asyncio.sleep(0.1)
        assert not is_live(bench)
        await opened(bench)

        assert (await board.travel()).why_opened == "chain"
        await asyncio.sleep(2)
        assert state_of(bench).faults == ()
        assert bench.site.outlet.chain_ok()

    on_a_board(story)


def test_a_chain_that_stands_without_pulses_is_found_and_ends_the_test() -> None:
    async def story(bench: BoardBench) -> None:
        board = await under_power(bench)
        breakage.break_it(bench.site.world, "chain_held", 1, {})
        await board.stop_alive()
        await asyncio.sleep(0.3)

        assert [fault.id for fault in state_of(bench).faults] == ["chain.mismatch"]
        assert not is_live(bench)

    on_a_board(story)


def test_a_program_that_hangs_is_reset_by_its_watchdog_with_open_contacts() -> None:
    async def story(bench: BoardBench) -> None:
        board = await under_power(bench)
        before = state_of(bench).pilot.board_boot_id
        await board.hang()
        await asyncio.sleep(0.2)
        assert not is_live(bench), "the charge pump has run down"
        await asyncio.sleep(4)

        assert state_of(bench).pilot.board_boot_id != before
        assert "mcu.watchdog_reset" in [fault.id for fault in state_of(bench).faults]

    on_a_board(story)


def test_a_host_that_falls_silent_ends_power_and_its_withdrawal_is_heard_afterwards() -> None:
    async def story(bench: BoardBench) -> None:
        board = await under_power(bench)
        await board.fall_silent(6)
        await bench.contactor.permit(False)
        await asyncio.sleep(1)
        assert is_live(bench), "the withdrawal was not heard"
        await asyncio.sleep(1.5)
        assert not is_live(bench)
        await asyncio.sleep(6)

        found = await board.travel()
        assert (found.why_opened, found.event_ms) == ("lease", 2000)
        assert not is_live(bench)

    on_a_board(story)


def test_the_last_test_of_the_residual_current_unit_is_told_once_it_is_over() -> None:
    async def story(bench: BoardBench) -> None:
        bench.plug_in()
        await asyncio.sleep(0.3)
        while_it_runs = await board_of(bench).last_residual_test()
        await asyncio.sleep(10)

        found = await board_of(bench).last_residual_test()

        assert while_it_runs is None
        assert found is not None
        assert (found.passed, found.chain_dropped) == (True, True)
        assert found.trip_ms is not None and found.trip_ms > 0

    on_a_board(story)
