"""The meter: who it is, its line, at rest (ST505 to ST507). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.core.commissioning.model import Measured, Outcome, failed, passed, warned
from agent.core.quantities import MeterIdentity
from agent.selftest.judging.limits import CATALOGUE, all_told, outside
from agent.values import frozen

COMM, IMPLAUSIBLE = "meter.comm", "meter.implausible"

LOST_GOOD, LOST_MOST = 0, 1
SLOW_S = 0.4
"""For 95 of 100 answers. The catalogue's 0.2 s cannot hold for one block of 76 registers at 9600 baud, of which 0.17 s
are the wire's own; a driver gives up after 0.5 s."""
REST_A, REST_W = 0.05, 10.0
VOLTAGE_PERCENT = 3.0

LOSSES = ("timeouts", "damaged", "foreign", "refused", "wire_lost")
"""Counters of a Modbus line, by what went wrong with an exchange."""


def identity(told: MeterIdentity, wanted_serial: str | None, *, must_sign: bool, signs: bool) -> Outcome:
    """The meter of the order (ST505). `wanted_serial` was typed from its label; None: nobody did."""
    measured = (
        Measured(name="model", value=told.model),
        Measured(name="serial number", value=told.serial_number),
        Measured(name="firmware", value=told.firmware),
        Measured(name="signs its register", value=signs),
    )
    who = f"{told.model}, serial number {told.serial_number or 'not told'}"
    if must_sign and not signs:
        return failed(
            f"The meter is {who}, and signs nothing, where signed registers are required here.",
            'Fit the meter that was ordered. If none has to sign, write signature = "off" under [meter] in the site '
            "file.",
            *measured,
            cause="meter.identity",
        )
    if wanted_serial and told.serial_number and _plain(wanted_serial) != _plain(told.serial_number):
        return failed(
            f"The meter says that it is {who}, and its label says {wanted_serial}.",
            "Compare the label again; where it was typed wrong: evsectl commission --only identify. If both are right, "
            "another meter has the address that is in the board file: check addresses and wires of all meters on this "
            "line.",
            *measured,
            cause="meter.identity",
        )
    return passed(f"The meter is {who}.", *measured)


def _plain(serial: str) -> str:
    return serial.strip().lstrip("0").casefold()


@frozen(kw_only=True)
class LineLook:
    """Some readings one after the other. `counted` is what the bus counted of this meter meanwhile, by its words."""

    readings: int
    failures: tuple[str, ...]
    counted: Mapping[str, float]
    p95_answer_s: float | None
    registers_wh: tuple[int, ...]


def line(look: LineLook) -> Outcome:
    """The link to the meter under real readings (ST506)."""
    lost = max(len(look.failures), round(sum(look.counted.get(what, 0) for what in LOSSES)))
    losses = Measured(
        name="lost answers", value=lost, high=LOST_MOST, source=f"{CATALOGUE} ST506: at most 1 of {look.readings}"
    )
    slow = Measured(
        name="95 % of answers within",
        value=None if look.p95_answer_s is None else round(look.p95_answer_s, 3),
        unit="s",
        high=SLOW_S,
        source="proposed: before the drivers' patience of 0.5 s ends",
    )
    measured = (losses, slow) if look.p95_answer_s is not None else (losses,)
    evidence = {"counted": dict(look.counted), "failures": list(look.failures), "registers_wh": list(look.registers_wh)}
    if any(later < earlier for earlier, later in zip(look.registers_wh, look.registers_wh[1:], strict=False)):
        return failed(
            f"The meter's register fell while it was read: {min(look.registers_wh)} Wh after "
            f"{max(look.registers_wh)} Wh.",
            "Two meters answer at one address, or the line is disturbed: give each meter an address of its own.",
            *measured,
            cause=IMPLAUSIBLE,
            evidence=evidence,
        )
    if outside(measured):
        why = f" The last failure: {look.failures[-1]}." if look.failures else ""
        return failed(
            f"The link to the meter is bad: {all_told(outside(measured))}.{why}",
            "Check A and B of RS-485 at both ends, the 120 Ω at the two ends of the line and nowhere else, its "
            "shield at one end, and that no other device has this address.",
            *measured,
            cause=COMM,
            evidence=evidence,
        )
    if lost > LOST_GOOD:
        return warned(
            f"The meter answered all but {lost} of {look.readings} questions.",
            "Look at the terminals of the meter's line once more: one lost answer in fifty becomes many in damp "
            "weather.",
            *measured,
            cause=COMM,
        )
    return passed(f"The meter answered {look.readings} of {look.readings} questions.", *measured, evidence=evidence)


@frozen(kw_only=True)
class RestLook:
    """One moment of the meter with nobody charging; `board_v` is what the board measured beside it, if it does."""

    voltages_v: tuple[float | None, ...]
    currents_a: tuple[float | None, ...]
    power_w: float | None
    register_wh: int | None
    board_v: tuple[float | None, ...] = ()


def at_rest(looks: Sequence[RestLook]) -> Outcome:
    """Nothing flows, nothing is counted, and the voltage is the one that the board sees (ST507)."""
    current_a = max((abs(a) for look in looks for a in look.currents_a if a is not None), default=None)
    power_w = max((abs(look.power_w) for look in looks if look.power_w is not None), default=None)
    registers = [look.register_wh for look in looks if look.register_wh is not None]
    gained_wh = registers[-1] - registers[0] if registers else None
    rest = f"{CATALOGUE} ST507"
    measured = [
        Measured(name="current at rest", value=current_a, unit="A", high=REST_A, source=rest),
        Measured(name="power at rest", value=power_w, unit="W", high=REST_W, source=rest),
        Measured(name="counted at rest", value=gained_wh, unit="Wh", low=0, high=0, source=rest),
    ]
    known = tuple(one for one in measured if one.value is not None)
    apart = _voltages_apart(looks)
    everything = (*known, *apart)
    evidence = {"registers_wh": registers}
    if not registers:
        return failed(
            "The meter tells no register, so no charge can be counted.",
            "Check the meter's map in the board file: the point energy_import_total is missing or not answered. A new "
            "SunSpec meter has none, by its standard, before a load on the bench made it count its first watt-hour.",
            *everything,
            cause=IMPLAUSIBLE,
        )
    if outside(known):
        return failed(
            f"The meter sees something flow, and nothing is plugged in: {all_told(outside(known))}.",
            "Look what else hangs behind this meter and move it in front. If nothing does, the meter is another "
            "connector's: check its address.",
            *everything,
            cause=IMPLAUSIBLE,
            evidence=evidence,
        )
    if outside(apart):
        return failed(
            f"Meter and pilot board see different voltages: {all_told(outside(apart))}.",
            "Measure the voltage at the meter's terminals. Where the meter is wrong, check its map and its voltage "
            "inputs; where the board is, replace it.",
            *everything,
            cause=IMPLAUSIBLE,
            evidence=evidence,
        )
    beside = "with the board's own voltages" if apart else "and this board has no voltages of its own to compare with"
    return passed(f"The meter is at rest, {beside}: {all_told(everything)}.", *everything, evidence=evidence)


def _voltages_apart(looks: Sequence[RestLook]) -> tuple[Measured, ...]:
    """The worst of each phase, in percent of the board's."""
    worst: dict[int, float] = {}
    for look in looks:
        for at, (meter_v, board_v) in enumerate(zip(look.voltages_v, look.board_v, strict=False)):
            if meter_v is not None and board_v:
                percent = 100 * (meter_v - board_v) / board_v
                worst[at] = max(worst.get(at, 0.0), percent, key=abs)
    return tuple(
        Measured(
            name=f"L{at + 1}, meter against board",
            value=round(percent, 2),
            unit="%",
            low=-VOLTAGE_PERCENT,
            high=VOLTAGE_PERCENT,
            source=f"{CATALOGUE} ST507",
        )
        for at, percent in sorted(worst.items())
    )
