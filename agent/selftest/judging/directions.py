"""Which phase a meter takes for which, and which way it thinks that energy flows (ST509, ST510). Pure.

Loads are resistive: their current stands in the voltage, so power over volt-amperes tells the direction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.core.commissioning.model import Measured, Outcome, failed, passed, skipped, warned
from agent.selftest.judging.limits import CATALOGUE, all_told, outside
from agent.selftest.judging.loaded import IMPLAUSIBLE, SIGN, Volts
from agent.selftest.judging.mains import PHASES
from agent.values import frozen

ITS_OWN_SHARE, ELSEWHERE_A = 0.9, 0.1
SHOWS_FROM_W = 50.0
"""More than the noise of a meter, and far less than any load of a test."""

# --- ST509


@frozen(kw_only=True)
class PhaseRow:
    """A load on that phase alone, 1 to 3, as meter and board see it."""

    phase: int
    meter_a: Volts
    power_w: float | None
    board_a: Volts = ()


def phase_map(rows: Sequence[PhaseRow], phases: int) -> Outcome:
    """Each phase's current shows at its own place, and flows the right way (ST509)."""
    measured = tuple(one for row in rows for one in _of_row(row))
    evidence = {"matrix": [[row.phase, *row.meter_a] for row in rows], "power_w": [row.power_w for row in rows]}
    tells_currents = any(a is not None for row in rows for a in row.meter_a)
    seen_at = {row.phase: _place(row.meter_a) if tells_currents else _place_by_power(row) for row in rows}
    misplaced = {phase: at for phase, at in seen_at.items() if at != phase}
    turned = [PHASES[row.phase - 1] for row in rows if row.power_w is not None and row.power_w < 0]
    if misplaced:
        return _misplaced(rows, misplaced, measured, evidence)
    if turned:
        return failed(
            f"The current of {' and '.join(turned)} flows backwards through the meter.",
            f"Switch off, and turn the current transformer of {' and '.join(turned)} round, or swap the lines into and "
            "out of the meter there.",
            *measured,
            cause=SIGN,
            evidence=evidence,
        )
    if not tells_currents:
        return warned(
            "The meter tells no current of a phase, so it cannot say which is which; each load flowed the right way.",
            "Compare the wires at the meter with its diagram by eye, and note it.",
            *(_power_of(row) for row in rows),
        )
    if outside(measured):
        return failed(
            f"Current shows where no load is: {all_told(outside(measured))}.",
            "Take everything else off this circuit and repeat. If it stays, the lines share a transformer at the "
            "meter.",
            *measured,
            cause=SIGN,
            evidence=evidence,
        )
    names = ", ".join(PHASES[row.phase - 1] for row in rows)
    if len(rows) < phases:
        return warned(
            f"The meter shows {names} at its own place; the other phases were not tried.",
            "Try them with a three-phase socket or adapter, or compare the wires at the meter by eye and note it.",
            *measured,
        )
    return passed(f"The meter shows each load at its own place: {names}.", *measured, evidence=evidence)


def _of_row(row: PhaseRow) -> tuple[Measured, ...]:
    total_a = sum(abs(a) for a in row.meter_a if a is not None)
    own_a = row.meter_a[row.phase - 1] if row.phase <= len(row.meter_a) else None
    name = PHASES[row.phase - 1]
    share = None if own_a is None or not total_a else round(100 * abs(own_a) / total_a, 1)
    others = [abs(a) for at, a in enumerate(row.meter_a, 1) if at != row.phase and a is not None]
    source = f"{CATALOGUE} ST509"
    return (
        Measured(name=f"load on {name}, shown there", value=share, unit="%", low=100 * ITS_OWN_SHARE, source=source),
        Measured(
            name=f"load on {name}, shown elsewhere",
            value=round(max(others, default=0.0), 3),
            unit="A",
            high=ELSEWHERE_A,
            source=source,
        ),
    )


def _power_of(row: PhaseRow) -> Measured:
    name = f"power, load on {PHASES[row.phase - 1]}"
    return Measured(name=name, value=row.power_w, unit="W", low=0.0, source=f"{CATALOGUE} ST509")


def _place_by_power(row: PhaseRow) -> int | None:
    """Of a meter that tells no currents: the load shows, or it does not."""
    return row.phase if abs(row.power_w or 0.0) >= SHOWS_FROM_W else None


def _place(amperes: Volts) -> int | None:
    """Where the current shows, 1 to 3; None where there is none to speak of."""
    known = [(abs(a), at) for at, a in enumerate(amperes, 1) if a is not None]
    most_a, at = max(known, default=(0.0, 0))
    return at if most_a > ELSEWHERE_A else None


def _misplaced(
    rows: Sequence[PhaseRow],
    misplaced: Mapping[int, int | None],
    measured: tuple[Measured, ...],
    evidence: Mapping[str, object],
) -> Outcome:
    board_at = {row.phase: _place(row.board_a) for row in rows if row.board_a}
    found = "; ".join(
        f"the load on {PHASES[phase - 1]} shows {'nowhere' if at is None else f'at {PHASES[at - 1]}'}"
        for phase, at in misplaced.items()
    )
    if board_at and all(board_at.get(phase) == at for phase, at in misplaced.items()):
        return failed(
            f"Meter and board agree with each other, and not with the load: {found}.",
            "The load hangs on another phase than was said, or the lines are swapped in front of the charger (ST503): "
            "check those first.",
            *measured,
            cause="mains.rotation",
            evidence=evidence,
        )
    pairs = [
        f"{PHASES[phase - 1]} and {PHASES[at - 1]}"
        for phase, at in misplaced.items()
        if at is not None and misplaced.get(at) == phase and phase < at
    ]
    if not any(misplaced.values()) and len(misplaced) == len(rows):
        return failed(
            f"The meter does not follow the load: {found}.",
            "Look whether the figures on its own display move: if not, exchange it; if they do, compare its map.",
            *measured,
            cause=IMPLAUSIBLE,
            evidence=evidence,
        )
    hint = (
        f"Switch off, and swap the lines of {' and '.join(pairs)} at the meter."
        if pairs
        else "Switch off, and follow each line through the meter; one passes it by or sits at another's place."
    )
    return failed(f"The meter mistakes phases: {found}.", hint, *measured, cause=SIGN, evidence=evidence)


# --- ST510

TURNED = (
    (1 / 3, "one of the three phases flows backwards"),
    (-1 / 3, "two of the three phases flow backwards"),
    (-1.0, "everything flows backwards: the lines into and out of the meter are swapped"),
    (0.0, "two current transformers are exchanged, without their voltages"),
    (-0.5, "the three current transformers are moved round by one phase"),
)
"""What a balanced resistive load on three phases shows as power over volt-amperes."""
NEAR = 0.08
FORWARD = 0.9


def sign(evidence: Mapping[str, object]) -> Outcome:
    """From the figures of ST508: a load is import, and nothing else (ST510)."""
    power_w, apparent_va = _float(evidence, "power_w"), _float(evidence, "apparent_va")
    loaded = evidence.get("loaded")
    if power_w is None:
        return skipped(
            "The meter tells no power, so it cannot be said which way it flows.", "Watch its register instead."
        )
    share = None if not apparent_va else power_w / apparent_va
    measured = (
        Measured(name="power", value=round(power_w, 1), unit="W", low=0.0, source=f"{CATALOGUE} ST510"),
        Measured(
            name="power over volt-amperes",
            value=None if share is None else round(share, 3),
            low=FORWARD,
            source=f"{CATALOGUE} ST510: a resistive load",
        ),
        _counted(evidence, power_w),
    )
    judged = measured if share is not None else (measured[0], measured[2])
    if not outside(judged):
        return passed(f"A load is import for this meter: {all_told(judged)}.", *judged)
    known = "" if share is None or loaded != len(PHASES) else _turned(share)
    says = f"The meter takes a load for something else: {all_told(outside(judged))}"
    return failed(
        f"{says}; {known}." if known else f"{says}.",
        "Run ST509 with one phase at a time: it names the phase. Switch off before a wire is touched.",
        *judged,
        cause=SIGN if power_w or known else IMPLAUSIBLE,
    )


def _counted(evidence: Mapping[str, object], power_w: float) -> Measured:
    """What the register had more afterwards: something, unless it moves in steps above what the load made."""
    step_wh, due_wh = _float(evidence, "step_wh") or 1.0, power_w * (_float(evidence, "closed_s") or 0.0) / 3600
    is_coarse = step_wh > max(1.0, due_wh)
    why = f": it moves in steps of {step_wh:g} Wh, and ST1001 charges until it has moved" if is_coarse else ""
    return Measured(
        name="counted as import",
        value=_float(evidence, "gained_wh"),
        unit="Wh",
        low=0.0 if is_coarse else 1.0,
        source=f"{CATALOGUE} ST510{why}",
    )


def _turned(share: float) -> str:
    return next((words for value, words in TURNED if abs(share - value) <= NEAR), "")


def _float(evidence: Mapping[str, object], name: str) -> float | None:
    value = evidence.get(name)
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
