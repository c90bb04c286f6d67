"""The meter under a load that somebody plugged in, against every other instrument there is (ST508). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from agent.core.commissioning.model import ENTERED, Measured, Outcome, failed, passed, skipped, warned
from agent.selftest.judging.limits import CATALOGUE, all_told, outside
from agent.values import frozen

IMPLAUSIBLE, SIGN = "meter.implausible", "meter.sign_or_phase"

LEAST_W = 1000.0
PERCENT = 3.0
COUNTS = 2
"""Of the register. One in steps of 10 Wh tells 60 Wh to 33 % only: power carries the accuracy, energy the rest."""

Volts = tuple[float | None, ...]


@frozen(kw_only=True)
class LoadLook:
    """One moment under load, by the meter and, where it measures, by the board. Seconds from the first one."""

    at_s: float
    voltages_v: Volts
    currents_a: Volts
    power_w: float | None
    register_wh: int | None
    board_v: Volts = ()
    board_a: Volts = ()


@frozen(kw_only=True)
class LoadRun:
    """A load for some minutes. `rest_v` is the voltage before and after it; `clamp_a` what a person read on L1.

    `closed_s` is how long it was fed in all, and `gained_wh` what the register had more afterwards, both at rest.
    `loaded` counts the phases with load, L1 first. `step_wh` is the register's; None: nobody knows.
    """

    rest_v: Volts
    looks: tuple[LoadLook, ...]
    loaded: int
    closed_s: float
    gained_wh: int | None
    clamp_a: float | None = None
    step_wh: float | None = None


def figures(run: LoadRun) -> dict[str, object]:
    """What ST510 and ST511 rest on, for the evidence of ST508."""
    return {
        "loaded": run.loaded,
        "rest_v": list(run.rest_v),
        "load_v": [_mean(_column(run, at, "v")) for at in range(len(run.rest_v))],
        "load_a": [_mean(_column(run, at, "a")) for at in range(len(run.rest_v))],
        "power_w": _mean([look.power_w for look in run.looks]),
        "apparent_va": _mean([_volt_amperes(look.voltages_v, look.currents_a) for look in run.looks]),
        "gained_wh": run.gained_wh,
        "step_wh": run.step_wh,
        "closed_s": round(run.closed_s, 1),
        "curve_w": [[round(look.at_s, 1), look.power_w] for look in run.looks],
    }


def _column(run: LoadRun, at: int, what: str) -> list[float | None]:
    """Of one phase, by the board where it measures: it has the shorter way to the terminals."""
    if any(look.board_v for look in run.looks):
        return [(look.board_v if what == "v" else look.board_a)[at] for look in run.looks]
    return [(look.voltages_v if what == "v" else look.currents_a)[at] for look in run.looks]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _volt_amperes(volts: Volts, amperes: Volts) -> float | None:
    pairs = [(v, a) for v, a in zip(volts, amperes, strict=False) if v is not None and a is not None]
    return sum(v * abs(a) for v, a in pairs) if pairs else None


# --- ST508


def accuracy(run: LoadRun) -> Outcome:
    """Power against board and clamp, and the register against the power that it should have counted."""
    meter_w, board_w = _mean([look.power_w for look in run.looks]), _board_w(run)
    clamp_w = _clamp_w(run)
    evidence = figures(run) | ({} if clamp_w is None else {ENTERED: ["power, meter against clamp"]})
    by_other = board_w if board_w is not None else clamp_w
    reference_w = by_other if by_other is not None else meter_w
    if reference_w is None or abs(reference_w) < LEAST_W:
        seen = "nobody can tell what" if reference_w is None else f"{abs(reference_w):.0f} W"
        return skipped(
            f"The load is too small to judge a meter by: {seen}, and {LEAST_W:g} W are needed.",
            "Switch the load on, or plug in a larger one (a fan heater has 2 kW), and repeat.",
        )
    measured = _comparisons(run, meter_w, board_w, clamp_w)
    if meter_w is not None and meter_w < 0:
        return _backwards(measured, evidence, meter_w)
    wrong = outside(measured)
    if wrong:
        return failed(
            f"The meter is wrong under load: {all_told(wrong)}.",
            _why_wrong(meter_w, reference_w),
            *measured,
            cause=IMPLAUSIBLE,
            evidence=evidence,
        )
    if by_other is None:
        lone = warned(
            f"The meter's register and its power agree ({all_told(measured)}), and nothing else here measures.",
            "Read a current clamp on L1 while the load is on, and repeat: only a second instrument proves a meter.",
            *measured,
        )
        return replace(lone, evidence=evidence)
    return passed(f"The meter is right under load: {all_told(measured)}.", *measured, evidence=evidence)


def _comparisons(
    run: LoadRun, meter_w: float | None, board_w: float | None, clamp_w: float | None
) -> tuple[Measured, ...]:
    beside = {"board": board_w, "clamp": clamp_w}
    powers = tuple(
        Measured(
            name=f"power, meter against {who}",
            value=None if meter_w is None else round(100 * (meter_w - watts) / watts, 2),
            unit="%",
            low=-PERCENT,
            high=PERCENT,
            source=f"{CATALOGUE} ST508",
        )
        for who, watts in beside.items()
        if watts
    )
    return (*powers, *_energy(run, meter_w))


def _energy(run: LoadRun, meter_w: float | None) -> tuple[Measured, ...]:
    if meter_w is None:
        return ()
    expected_wh = meter_w * run.closed_s / 3600
    slack_wh = max(PERCENT / 100 * abs(expected_wh), COUNTS * (run.step_wh or 1.0))
    counted = Measured(
        name=f"counted in {run.closed_s:.0f} s",
        value=run.gained_wh,
        unit="Wh",
        low=round(expected_wh - slack_wh, 1),
        high=round(expected_wh + slack_wh, 1),
        source=f"{CATALOGUE} ST508: the meter's own power, ±3 % or {COUNTS} counts",
    )
    return (counted,)


def _board_w(run: LoadRun) -> float | None:
    return _mean([_volt_amperes(look.board_v, look.board_a) for look in run.looks])


def _clamp_w(run: LoadRun) -> float | None:
    if run.clamp_a is None:
        return None
    volts = _mean(_column(run, 0, "v"))
    return None if volts is None else volts * run.clamp_a * run.loaded


def _backwards(measured: tuple[Measured, ...], evidence: Mapping[str, object], meter_w: float) -> Outcome:
    return failed(
        f"The meter counts the load backwards: {meter_w:.0f} W.",
        "Swap the lines into and out of the meter, or turn its current transformers round; ST509 tells which phase.",
        *measured,
        cause=SIGN,
        evidence=evidence,
    )


def _why_wrong(meter_w: float | None, reference_w: float) -> str:
    share = None if meter_w is None else meter_w / reference_w
    if share is not None and share < 0.05:
        return (
            "The load goes past the meter: check which line runs through it, and whether it is this connector's meter."
        )
    if share is not None and abs(share - 1) > 0.1:
        return (
            f"It shows {share:.2f} of what flows. Where it has current transformers, compare the ratio that it is "
            "set to with their label; with one third or two, run ST509: a phase is turned round or missing."
        )
    return "Repeat with a steady load. If it stays so, have the meter checked: it is out of its class."
