"""The course of a real charge with somebody beside it: plug in, start, energy, stop, unplug, acknowledge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import Enum

from agent.core.commissioning.model import Outcome, broken, failed
from agent.core.control_pilot import ContactorState
from agent.drivers.interfaces import IdentifiedMeter
from agent.errors import DriverError
from agent.selftest.adapter import placed
from agent.selftest.bench import AdapterPosition, Bench, Question, RealCharge
from agent.selftest.ending import Ended
from agent.selftest.judging.real_charge import Charge, is_coarse, least_wh
from agent.selftest.load import USUAL_LOAD_A
from agent.values import frozen

PLUG_WITHIN_S = 120.0
START_WITHIN_S = 180.0
OFFERED_WITHIN_S = 30.0
ASKS_WITHIN_S = 60.0
STOP_WITHIN_S = 60.0
ACKNOWLEDGED_WITHIN_S = 120.0
CLOSES_WITHIN_S = 10.0
RESTS_WITHIN_S = 600.0
"""Ten closings in ten minutes, and no more (safety reference, section 5)."""
COARSE_MOST_S = 900.0
"""For a register that moves in 100 Wh, which 2 kW do in three minutes."""
LOOKS_EVERY_S = 5.0
SETTLES_S = 3.0
"""A register is written some moments behind the current that it counts."""


class By(Enum):
    """Who begins and ends it. HERE: as `evsectl start` and `stop`, where nobody sits at the central system."""

    CARD = "card"
    CENTRAL = "central system"
    HERE = "this command"


@frozen(kw_only=True)
class Plan:
    """`test` begins the keys of its questions. `offline`: no network from the plug to the unplugging.

    It lasts until enough was counted, within `least_s` and `most_s`; a coarse register may take `COARSE_MOST_S`. `look`
    is called every few seconds of it.
    """

    test: str
    by: By
    offline: bool = False
    least_s: float = 120.0
    most_s: float = 300.0
    load: AdapterPosition = AdapterPosition(state="B", load_a=USUAL_LOAD_A, load_phases=1)
    look: Callable[[float], Awaitable[None]] | None = None
    """Given the seconds since energy flows."""


async def charged(bench: Bench, plan: Plan) -> tuple[Charge, bool]:
    """The whole charge, and whether the central system was away meanwhile. Ends the check where it comes to nothing."""
    before_wh = await _register(bench)
    async with bench.charging.watch() as charge:
        if charge.phase() != "idle":
            raise Ended(broken(f"The connector is not free: it is {charge.phase()}.", "Unplug, and repeat."))
        if plan.offline:
            async with charge.without_network():
                await bench.wait(SETTLES_S)
                was_offline = not bench.connection.is_accepted()
                await _course(bench, plan, charge, before_wh)
                # Whatever let go of the network meanwhile: what was told by then proves nothing of the queue.
                was_offline = was_offline and not bench.connection.is_accepted()
        else:
            was_offline = False
            await _course(bench, plan, charge, before_wh)
        await _acknowledged(bench, charge)
        await bench.wait(SETTLES_S)
        after_wh = await _register(bench)
        done = Charge(
            by=plan.by.value,
            meter_wh=(before_wh, after_wh),
            step_wh=_step_wh(bench),
            states=charge.states(),
            records=await charge.records(),
        )
    return done, was_offline


async def _course(bench: Bench, plan: Plan, charge: RealCharge, before_wh: int) -> None:
    try:
        await _steps(bench, plan, charge, before_wh)
    finally:
        if charge.phase() in ("starting", "charging"):
            # Whoever left in the middle of it leaves no charge behind that nobody asked for.
            charge.stop()


async def _steps(bench: Bench, plan: Plan, charge: RealCharge, before_wh: int) -> None:
    with_car, load = await _is_car(bench, plan), plan.load
    await _turn(bench, with_car, load, "B")
    await _comes(charge, lambda seen: seen.phase() == "plugged", PLUG_WITHIN_S, "Nothing was plugged in")
    await _start(bench, plan, charge)
    is_begun = lambda seen: seen.phase() == "charging"  # noqa: E731 - said again where it fails
    await _comes(charge, is_begun, START_WITHIN_S, "No charge began")
    await _comes(charge, lambda seen: "B2" in seen.states(), OFFERED_WITHIN_S, "No current was offered")
    await _turn(bench, with_car, load, "C")
    await _comes(charge, lambda seen: "C2" in seen.states(), ASKS_WITHIN_S, "Nobody asked for power")
    await _flow(bench, plan, charge, before_wh)
    await _stop(bench, plan, charge)
    await _comes(charge, lambda seen: seen.phase() not in ("charging", "stopping"), STOP_WITHIN_S, "The charge goes on")
    await _turn(bench, with_car, load, "B")
    await _comes(charge, lambda seen: seen.states()[-1][0] == "B", ASKS_WITHIN_S, "Power is still asked for")
    await _turn(bench, with_car, load, "A")
    await _comes(charge, lambda seen: seen.phase() == "idle", PLUG_WITHIN_S, "The plug is still in")


async def _is_car(bench: Bench, plan: Plan) -> bool:
    asked = Question(
        key=f"{plan.test}.plug",
        text="What takes the energy of this charge?",
        choices=("adapter with a load", "car"),
        default=bench.answer(f"{plan.test}.plug") or "adapter with a load",
    )
    return await bench.person.ask(asked) == "car"


async def _turn(bench: Bench, with_car: bool, load: AdapterPosition, state: str) -> None:
    """A car goes through B and C by itself: it is only to be plugged in and drawn out.

    An adapter at A that stays in a socket is a cable that somebody left, and the outlet is not free.
    """
    if not with_car:
        await bench.person.set_adapter(placed(bench, replace(load, state="out" if state == "A" else state)))
    elif state == "B" and bench.session().plug is None:
        await bench.person.tell(f"Plug the car into connector {bench.connector}.")
    elif state == "A":
        await bench.person.tell(f"Unplug the car from connector {bench.connector}.")


async def _start(bench: Bench, plan: Plan, charge: RealCharge) -> None:
    where = f"connector {bench.connector}"
    match plan.by:
        case By.CARD:
            await bench.person.tell(f"Hold a card that may charge before the reader, for {where}.")
        case By.CENTRAL:
            ocpp = bench.config.ocpp
            who = "" if ocpp is None else f" of {ocpp.identity}"
            await bench.person.tell(f"Have a charge begun from the central system at {where}{who}.")
        case By.HERE:
            asked = Question(key=f"{plan.test}.token", text="The number of a card that the central system accepts")
            charge.start(await bench.person.ask(asked))


async def _stop(bench: Bench, plan: Plan, charge: RealCharge) -> None:
    match plan.by:
        case By.CARD:
            await bench.person.tell("Hold the same card before the reader again: the charge ends.")
        case By.CENTRAL:
            await bench.person.tell("Have the charge ended from the central system.")
        case By.HERE:
            charge.stop()


async def _flow(bench: Bench, plan: Plan, charge: RealCharge, before_wh: int) -> None:
    """What is too little in the end, the judge says."""
    await _closed(bench, charge)
    step_wh, most_s = _step_wh(bench), plan.most_s
    if is_coarse(step_wh):
        most_s = max(most_s, COARSE_MOST_S)
        bench.takes_longer(most_s - plan.most_s)
        least_kw = (least_wh(step_wh) + step_wh) * 3.6 / most_s
        await bench.person.tell(
            f"The meter counts in steps of {step_wh:g} Wh: this takes {most_s / 60:.0f} minutes at most, of a load of "
            f"{least_kw:.1f} kW or more. Leave all as it is."
        )
    began = bench.now()
    while True:
        await bench.wait(LOOKS_EVERY_S)
        lasted_s = bench.now().since(began)
        if plan.look is not None:
            await plan.look(lasted_s)
        if charge.phase() != "charging":
            raise Ended(_not(charge, "The charge ended by itself"))
        is_enough = await _register(bench) - before_wh >= least_wh(step_wh) + step_wh
        if lasted_s >= most_s or (lasted_s >= plan.least_s and is_enough):
            return


async def _closed(bench: Bench, charge: RealCharge) -> None:
    """Energy flows from then on. After the many closings of the tests before it a board lets its contactor rest."""
    if await bench.until(lambda: _may_flow(bench, charge), CLOSES_WITHIN_S) is None:
        await bench.person.tell(
            "The contactor has closed often and rests now, for ten minutes at most. Leave all as it is."
        )
        bench.takes_longer(RESTS_WITHIN_S)
        await bench.until(lambda: _may_flow(bench, charge), RESTS_WITHIN_S)


def _may_flow(bench: Bench, charge: RealCharge) -> bool:
    """Nobody knows better, or waiting is of no use."""
    return bench.contactor() is not ContactorState.OPEN or charge.phase() != "charging"


async def _acknowledged(bench: Bench, charge: RealCharge) -> None:
    began = bench.now()
    while not (await charge.records()).get("stop_answered"):
        if bench.now().since(began) > ACKNOWLEDGED_WITHIN_S:
            return
        await bench.wait(1.0)


async def _comes(charge: RealCharge, holds: Callable[[RealCharge], bool], within_s: float, otherwise: str) -> None:
    if not await charge.until(holds, within_s):
        raise Ended(_not(charge, f"{otherwise} within {within_s:g} s"))


def _not(charge: RealCharge, says: str) -> Outcome:
    why = charge.refusal()
    course = f"{says}: {why}" if why else f"{says}; the connector is {charge.phase()}"
    if not why:
        return broken(
            f"{course}.", "Do what was asked, and repeat. evsectl explain tells what the connector waits for."
        )
    hint = "Mend that first: evsectl faults and evsectl explain tell what to do. Then repeat."
    cause = why.removeprefix("present: ").partition(",")[0] if why.startswith("present: ") else ""
    return failed(f"{course}.", hint, cause=cause)


async def _register(bench: Bench) -> int:
    try:
        register_wh = (await bench.read_meter()).register_wh
    except DriverError as error:
        raise Ended(broken(f"The meter could not be read: {error.what}.", "Mend its line first: ST506.")) from error
    if register_wh is None:
        raise Ended(broken("The meter tells no register.", "Check its map in the board file: ST507."))
    return register_wh


def _step_wh(bench: Bench) -> float:
    meter = bench.drivers().get("meter")
    told = meter.identity() if isinstance(meter, IdentifiedMeter) else None
    return 1.0 if told is None or told.step_wh is None else max(1.0, told.step_wh)
