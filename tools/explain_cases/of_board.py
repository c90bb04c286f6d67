"""The faults of the pilot board as cases, out of the world's own table (firmware_sim/injections.py)."""

from __future__ import annotations

from dataclasses import replace

from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Reaction
from firmware_sim.injections import INJECTIONS, Injection, Moment
from tools.explain_cases.case import (
    CHARGE,
    HEAL,
    ONE_PHASE,
    PLUG_OUT,
    PLUGGED,
    SINGLE,
    SOCKET,
    Act,
    Case,
    broken,
    network,
    waits,
)

NOT_ON = {"cable.cut": (SOCKET,), "mains.phase_loss": (ONE_PHASE,), "mains.rotation": (ONE_PHASE,)}
"""Boards that have no such part."""


def _of_injection(id: str, injection: Injection) -> Case:
    """A fault of the pilot board, at the moment that makes it this one."""
    breaks = broken(injection.way, **injection.given)
    breaks_first = () if injection.together_with is None else (broken(injection.together_with),)
    once: tuple[Act, ...]
    match injection.moment:
        case Moment.REST:
            once = (*breaks_first, breaks)
        case Moment.PLUGGING:
            once = (*breaks_first, breaks, *PLUGGED)
        case Moment.CHARGE:
            once = (*CHARGE, waits(2), *breaks_first, breaks)
        case Moment.STOPPING:
            once = (*CHARGE, waits(2), *breaks_first, breaks, network("remote_stop"))
    again = (waits(injection.within_s), HEAL, PLUG_OUT, waits(45), *once) * (injection.times - 1)
    # A fault that bars the next charge lets a running one go on.
    bars = injection.moment is not Moment.CHARGE and CATALOGUE[id].reaction is Reaction.BLOCK
    stops = bars or CATALOGUE[id].reaction in (Reaction.OPEN, Reaction.X1)
    return Case(
        name=id,
        names=f"fault.{id}",
        link="*" if stops else "",
        before=(*once, *again),
        board=SOCKET if injection.socket else SINGLE,
        within_s=injection.within_s + 15,
        options=lambda: {"board_kind": injection.kind},
        not_on=NOT_ON.get(id, ()),
    )


AT_REST_TOO = (
    *("cp.short", "cp.adc", "rcd.module_error", "pe.lost", "pen.fault", "mains.loss", "mains.undervoltage"),
    *("mains.overvoltage", "mains.frequency", "mains.phase_loss", "mains.polarity", "temp.board_stop"),
    *("temp.terminal_stop", "temp.connector_stop", "power.rail", "safety.emergency_stop"),
)
"""What the table breaks while a car charges, and the board sees with none in as well. The others need a car."""
IN_A_CHARGE_TOO = ("mcu.selftest",)
"""The other way round."""


def _at(id: str, moment: Moment) -> Case:
    return replace(_of_injection(id, replace(INJECTIONS[id], moment=moment)), name=f"{id}_{moment.name.lower()}")


LEFT_OUT = {
    "host.lease_expired": "the agent cannot hear it while the line is cut; the case link_cut tells of that",
    "mcu.config_mismatch": "only a board file with a pinned mark tells it (tests/drivers/pilot_board)",
    "mcu.watchdog_reset": "it is over with the restart, before anybody could ask",
    "mcu.brownout": "the same",
    "contactor.slow": "a warning after eight closings; the board's own test has it (tests/firmware_sim)",
    "rcd.retry_exhausted": "three trips in a day; slow, and the same as any fault that a signature ends",
    "temp.terminal_derate": "a warning after twenty minutes of heat; tests/simulation/test_cabinet_stories.py",
    "lock.unlock_failed": "the plug cannot be drawn while it lasts, which is the fault itself",
}
"""Injections of the board's own table that are not played here, and why."""
OF_BOARD = tuple(_of_injection(id, one) for id, one in INJECTIONS.items() if id not in LEFT_OUT)
OF_BOARD_ELSEWHEN = (
    *(_at(id, Moment.REST) for id in AT_REST_TOO),
    *(_at(id, Moment.CHARGE) for id in IN_A_CHARGE_TOO),
)
"""The same at another moment than the one of the table."""
