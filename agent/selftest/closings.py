"""Closing the contactor for a test, opening it again, and what the board measured of both.

A closing costs something: an adapter has to be turned, the contacts wear, and a job has forty. So the tests that need
no more than a closing and an opening share three of them: whoever comes first makes them and keeps them in its
evidence, the others judge the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent.core.commissioning.model import Outcome, broken, failed, skipped
from agent.core.control_pilot import ContactorState
from agent.selftest.adapter import ADAPTER_DRAWS_A, Adapter
from agent.selftest.bench import Bench
from agent.selftest.ending import Ended
from agent.selftest.judging.contactor import Movement
from agent.selftest.pilot_board import PHASES, measures, report, state_of, tested_board
from agent.selftest.standing_faults import barring, of_fault
from agent.selftest.waiting import WAITS

OFFERED_A = 6.0
TOLD_WITHIN_S = 1.0
CLOSES_WITHIN_S = 75.0
"""A minute after a short life of the board, half a one after a fault, and the residual current unit's own test."""
FAULT_LASTS_S = 15.0
"""What is over by itself is over within ten seconds; a fault that is not keeps the contactor open for good."""
OPENS_WITHIN_S = 10.0
"""Six seconds are a car's own, to stop."""
MEASURED_AFTER_S = 1.2
"""The board judges an opening for a second."""
SETTLES_S = 0.5
"""Until the board has seen each phase live, and what is drawn."""
TIMES = 3
BY_ADAPTER = "state"
SHARED = "movements"
"""In the evidence of an outcome: the movements it judged, and when they were made."""
SHARING = ("ST402", "ST403", "ST408")
FRESH_S = 900.0


# --- one closing, one opening


async def needs_power(bench: Bench) -> None:
    """Ends the check where the board has not agreed to a test with power; its next status tells."""
    tested_board(bench)
    if await bench.until(lambda: _is_testing(bench), TOLD_WITHIN_S) is None:
        why = "The board does not run a test with power now: it ended one, or was never proven the right to it."
        raise Ended(skipped(why, "Run the test again, with the unit's key at hand."))


def _is_testing(bench: Bench) -> bool:
    said = report(bench)
    return said is not None and said.testing


async def allow(bench: Bench, current_a: float = OFFERED_A) -> None:
    """Lock, offer and permit, for the plug that is in: closing is for the adapter to ask for, the board's to do.

    Ends the check where a lock does not hold the plug.
    """
    if "lock" in bench.drivers() and not await bench.set_locked(True):
        says = "The socket does not lock the adapter's plug, so its contactor stays open."
        raise Ended(failed(says, "Push the plug home and repeat; then run ST604.", cause="lock.lock_failed"))
    await bench.offer(current_a)
    await bench.permit(True)


async def close(bench: Bench, adapter: Adapter) -> float:
    """Have the adapter at C and the contactor closed; seconds from C to there. Ends the check where it does not close.

    Also where current flows: nothing may hang behind the adapter in these tests.
    """
    await needs_power(bench)
    await adapter.be("B")
    await allow(bench)
    await adapter.turn("C")
    began = bench.now()
    await bench.until(_closed_or_faulted(bench), CLOSES_WITHIN_S)
    took_s = bench.now().since(began)
    if not is_closed(bench):
        raise Ended(not_closed(bench, took_s))
    await bench.wait(SETTLES_S)
    await _refuse_load(bench)
    return took_s


def _closed_or_faulted(bench: Bench) -> Callable[[], bool]:
    faulted_s: float | None = None

    def is_decided() -> bool:
        nonlocal faulted_s
        said, now_s = report(bench), bench.now().monotonic_s
        if said is None or said.waits_for != "fault":
            faulted_s = None
        elif faulted_s is None:
            faulted_s = now_s
        return is_closed(bench) or (faulted_s is not None and now_s - faulted_s >= FAULT_LASTS_S)

    return is_decided


def is_closed(bench: Bench) -> bool:
    return bench.contactor() is ContactorState.CLOSED


def is_open(bench: Bench) -> bool:
    return bench.contactor() is ContactorState.OPEN


async def opened(bench: Bench, within_s: float = OPENS_WITHIN_S) -> float:
    """Seconds until it is open. Ends the check where it stays closed."""
    took_s = await bench.until(lambda: is_open(bench), within_s)
    if took_s is None:
        raise Ended(not_opened(bench, within_s))
    return took_s


async def movement(bench: Bench, closed_s: float) -> Movement:
    """What the board measured of the latest closing and the opening behind it."""
    await bench.wait(MEASURED_AFTER_S)
    return Movement.of(closed_s, await tested_board(bench).travel())


async def _refuse_load(bench: Bench) -> None:
    readings = await measures(tested_board(bench))
    drawn = [readings.get(f"current_{phase}_a") for phase in PHASES]
    drawn_a = max((abs(one) for one in drawn if isinstance(one, int | float)), default=0.0)
    if drawn_a > ADAPTER_DRAWS_A:
        await bench.permit(False)
        says = f"{drawn_a:.1f} A flow behind the contactor, where this test allows at most {ADAPTER_DRAWS_A:g} A."
        raise Ended(broken(says, "Take the load off the adapter, or the car off the charger, and repeat."))


# --- why not


def not_closed(bench: Bench, after_s: float = CLOSES_WITHIN_S) -> Outcome:
    """What stands between the board and closing, by its own word."""
    says = f"The contactor did not close within {after_s:.0f} s."
    if fault := barring(bench):
        return of_fault(says, fault)
    said = report(bench)
    if said is None:
        return broken(f"{says} The board is silent.", "Check its cable and its supply, and repeat.")
    state = state_of(bench)
    seen = "" if state is None else f" The pilot shows {state.value} at {said.high_v:.1f} V."
    words, hint, cause = WAITS.get(said.waits_for, (f"the board waits for: {said.waits_for}", "Repeat the test.", ""))
    if not cause:
        return broken(f"{says} Not allowed yet: {words}.{seen}", hint)
    return failed(f"{says} Not allowed yet: {words}.{seen}", hint, cause=cause)


def not_opened(bench: Bench, within_s: float) -> Outcome:
    """It should be open, and nobody says so."""
    state = bench.contactor()
    if state is None:
        return broken("The board fell silent while the contactor was to open.", "Check its cable, and repeat.")
    return failed(
        f"The contactor did not open within {within_s:g} s: the board tells {state.value}.",
        "Switch the supply off now and prove it dead. Replace the contactor; check its coil for voltage that stays.",
        cause="contactor.welded",
    )


# --- shared movements


async def shared_movements(bench: Bench, adapter: Adapter, own: str) -> tuple[Movement, ...]:
    """Three closings by C and openings by B: those that another test made a moment ago, or new ones.

    A test that is repeated makes new ones: what it judged before was judged.
    """
    judged_before = _made_at(bench.earlier(own))
    for test in SHARING:
        made_at, found = _made_at(bench.earlier(test)), _kept(bench.earlier(test))
        if test != own and made_at is not None and made_at != judged_before and found:
            age_s = bench.now().monotonic_s - made_at
            if -1 <= age_s <= FRESH_S:  # what is kept is rounded
                return found
    return tuple([await _cycle(bench, adapter) for _ in range(TIMES)])


def kept(bench: Bench, movements: tuple[Movement, ...]) -> Mapping[str, object]:
    """The evidence by which another test finds them."""
    for test in SHARING:
        if _kept(bench.earlier(test)) == movements:
            return {SHARED: [one.as_mapping() for one in movements], "made_at_s": _made_at(bench.earlier(test))}
    return {SHARED: [one.as_mapping() for one in movements], "made_at_s": round(bench.now().monotonic_s, 3)}


async def _cycle(bench: Bench, adapter: Adapter) -> Movement:
    closed_s = await close(bench, adapter)
    await adapter.turn("B")
    await opened(bench)
    seen = await movement(bench, closed_s)
    if seen.why_opened != BY_ADAPTER:
        says = f"The contactor opened before the adapter asked for it: the board tells {seen.why_opened}."
        fault = barring(bench)
        raise Ended(of_fault(says, fault) if fault else broken(says, "Do only what is asked, and repeat the test."))
    return seen


def _made_at(outcome: Outcome | None) -> float | None:
    at = None if outcome is None else outcome.evidence.get("made_at_s")
    return float(at) if isinstance(at, int | float) else None


def _kept(outcome: Outcome | None) -> tuple[Movement, ...]:
    found = None if outcome is None else outcome.evidence.get(SHARED)
    if not isinstance(found, list | tuple):
        return ()
    return tuple(Movement.from_mapping(one) for one in found if isinstance(one, Mapping))
