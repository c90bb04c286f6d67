"""The figures of many chargers, each beside what was left out of it and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import ceil
from statistics import median

from agent.core.commissioning.model import JobState
from agent.core.metrics.charger import ENDED, Answer, ChargerFigures, Span, Stage
from agent.values import frozen


@frozen
class LeftOut:
    """One charger, or one commissioning of it, that a figure could not count."""

    serial: str
    why: str


@frozen(kw_only=True)
class Duration:
    """Seconds over `count` chargers or commissionings; None where nothing could be counted. `p90`: nearest rank."""

    count: int
    median_s: float | None
    p90_s: float | None
    left_out: tuple[LeftOut, ...] = ()


@frozen(kw_only=True)
class Rate:
    """`good` of `count`; `against` says of each of the others why it is none of them."""

    good: int
    count: int
    left_out: tuple[LeftOut, ...] = ()
    against: tuple[LeftOut, ...] = ()

    @property
    def share(self) -> float | None:
        """None where nothing could be counted."""
        return self.good / self.count if self.count else None


@frozen(kw_only=True)
class FleetFigures:
    """`success` by calendar month (UTC) of a commissioning's begin. `tickets_counted`: those of the help desk."""

    chargers: int
    installation: Duration
    planning: Duration
    mounting: Duration
    commissioning: Duration
    pauses: Duration
    activation: Duration
    split: Mapping[Stage, Duration]
    success: Mapping[str, Rate]
    success_left_out: tuple[LeftOut, ...]
    first_time_right: Rate
    onboarding: Rate
    tickets_counted: bool = False


def fleet_of(chargers: Iterable[ChargerFigures], tickets: Collection[str] | None = None) -> FleetFigures:
    """`tickets`: serial numbers with a corrective ticket within 30 days; None where the help desk was not asked."""
    all_of = sorted(chargers, key=lambda one: (one.serial, repr(one)))
    complete = [(one.serial, run) for one in all_of for run in one.runs if run.state is JobState.COMPLETE]
    others = [LeftOut(one.serial, run.duration.why) for one in all_of for run in one.runs if run.duration.why]
    none = [LeftOut(one.serial, "commissioning was not begun") for one in all_of if not one.runs]
    counted = [(serial, run) for serial, run in complete if run.duration.seconds is not None]
    success, unknown = _success(all_of)
    return FleetFigures(
        chargers=len(all_of),
        installation=_duration((one.serial, one.installation) for one in all_of),
        planning=_duration((one.serial, _typed(one.planning_min)) for one in all_of),
        mounting=_duration((one.serial, _typed(one.mounting_min)) for one in all_of),
        commissioning=_of(((serial, run.duration) for serial, run in counted), [*others, *none]),
        pauses=_of(((serial, Span(run.pauses_s)) for serial, run in counted), [*others, *none]),
        activation=_duration((one.serial, one.activation) for one in all_of),
        split={stage: _duration((one.serial, one.split[stage]) for one in all_of) for stage in Stage},
        success=success,
        success_left_out=(*unknown, *none),
        first_time_right=_rate((one.serial, _with_ticket(one, tickets)) for one in all_of),
        onboarding=_rate((one.serial, one.onboarding) for one in all_of),
        tickets_counted=tickets is not None,
    )


def _typed(minutes: float | None) -> Span:
    return Span(None, "nobody typed it in") if minutes is None else Span(60 * minutes)


def _with_ticket(one: ChargerFigures, tickets: Collection[str] | None) -> Answer:
    if tickets is None or one.serial not in tickets or one.first_time_right.why == "commissioning is not complete":
        return one.first_time_right
    before = one.first_time_right.why if one.first_time_right.holds is False else ""
    return Answer(False, "; ".join(filter(None, (before, "a corrective ticket"))))


def _duration(spans: Iterable[tuple[str, Span]]) -> Duration:
    return _of(spans, [])


def _of(spans: Iterable[tuple[str, Span]], left_out: Sequence[LeftOut]) -> Duration:
    found, out = [], list(left_out)
    for serial, span in spans:
        if span.seconds is None:
            out.append(LeftOut(serial, span.why))
        else:
            found.append(span.seconds)
    found.sort()
    return Duration(
        count=len(found),
        median_s=median(found) if found else None,
        p90_s=found[ceil(0.9 * len(found)) - 1] if found else None,
        left_out=tuple(out),
    )


def _rate(answers: Iterable[tuple[str, Answer]]) -> Rate:
    good, against, out = 0, [], []
    for serial, answer in answers:
        if answer.holds is None:
            out.append(LeftOut(serial, answer.why))
        elif answer.holds:
            good += 1
        else:
            against.append(LeftOut(serial, answer.why))
    return Rate(good=good, count=good + len(against), left_out=tuple(out), against=tuple(against))


def _success(chargers: Iterable[ChargerFigures]) -> tuple[Mapping[str, Rate], list[LeftOut]]:
    months: dict[str, list[tuple[str, Answer]]] = {}
    unknown = []
    for one in chargers:
        for run in one.runs:
            if not run.month:
                unknown.append(LeftOut(one.serial, "the clock was unknown when it began, so its month is"))
                continue
            is_over = run.state in ENDED
            holds = run.state is JobState.COMPLETE if is_over else None
            why = "" if holds else f"it is {run.state.value}" + ("" if is_over else " still")
            months.setdefault(run.month, []).append((one.serial, Answer(holds, why)))
    return {month: _rate(found) for month, found in sorted(months.items())}, unknown
