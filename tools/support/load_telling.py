"""The load of a site as a page, as JSON and as CSV. Moments are UTC, the beginning of a quarter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agent.control.render import UNKNOWN, Page, Tone, energy, power
from agent.core.load_profile.days import Figures, day_text
from agent.core.load_profile.quarters import QUARTER_MS, QUARTER_S, QUARTERS
from agent.core.load_profile.site import MemberFigures, SiteFigures, SiteQuarter
from tools.support.load_files import Profiles
from tools.support.telling import counted

SCHEMA, VERSION = "evse-site-load", 1
HEADS = "begins,mean_w,at_least_w,peak_at_least_w,peak_at_most_w,missing"
ROWS = ("mean_w", "at_least_w", "peak_at_least_w", "peak_at_most_w")
SHOWN = 20
"""Of what is left out, and of gaps; JSON has all."""


def begins(number: int) -> str:
    """ "2026-12-01T00:15:00Z" of quarters since 1970."""
    return f"{datetime.fromtimestamp(number * QUARTER_MS / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def gaps(figures: SiteFigures, name: str) -> list[tuple[int, int]]:
    """Where this charger is not known: from one quarter to the one behind the last."""
    found: list[tuple[int, int]] = []
    for one in figures.quarters:
        if name not in one.missing:
            continue
        if found and found[-1][1] == one.number:
            found[-1] = found[-1][0], one.number + 1
        else:
            found.append((one.number, one.number + 1))
    return found


def csv_lines(figures: SiteFigures) -> Iterator[str]:
    """A row for each quarter; what is not known is empty, and `missing` names the chargers that it is for."""
    yield HEADS
    for one in figures.quarters:
        values = ("" if (value := getattr(one, row)) is None else str(value) for row in ROWS)
        yield ",".join((begins(one.number), *values, " ".join(_cell(name) for name in one.missing)))


def _cell(name: str) -> str:
    """A file may be called anything, and a comma in it would be one more column."""
    return "".join(letter if letter.isalnum() or letter in "._:-" else "_" for letter in name)


def body_of(figures: SiteFigures, profiles: Profiles, site: str) -> dict[str, Any]:
    """All of it. null: not known."""
    quarters = figures.quarters
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "site": site,
        "from": begins(quarters[0].number) if quarters else None,
        "until": begins(quarters[-1].number + 1) if quarters else None,
        "step_s": QUARTER_S,
        "figures": _figures(figures),
        "chargers": [_charger(one, figures, profiles.serials.get(one.name, "")) for one in figures.members],
        "left_out": [{"what": one.serial, "why": one.why} for one in profiles.left_out],
        "notes": list(profiles.notes),
        "days": [_day(quarters[at : at + QUARTERS]) for at in range(0, len(quarters), QUARTERS)],
    }


def _figures(figures: SiteFigures) -> dict[str, Any]:
    names = (
        *("energy_wh", "connected_w", "peak_mean_w", "at_least_w", "peak_at_least_w", "peak_at_most_w"),
        *("sum_of_peak_means_w", "coincidence", "coincidence_of_connectors", "load_factor"),
    )
    low, high = figures.moments or (None, None)
    return {
        "quarters": len(figures.quarters),
        "known": figures.known,
        "known_percent": _percent(figures.known, len(figures.quarters)),
        "bounded": figures.bounded,
        **{name: getattr(figures, name) for name in names},
        "moments_at_least": low,
        "moments_at_most": high,
        "percentiles": [{"percent": percent, "mean_w": value} for percent, value in figures.percentiles],
        "highest": [{"begins": begins(one.number), **_row(one)} for one in figures.highest],
    }


def _row(one: SiteQuarter) -> dict[str, int | None]:
    return {name: getattr(one, name) for name in ROWS}


def _charger(one: MemberFigures, figures: SiteFigures, serial: str) -> dict[str, Any]:
    own: Figures = one.own
    return {
        "name": one.name,
        "serial_number": serial or None,
        "connected_w": one.connected_w,
        "energy_wh": own.energy_wh,
        "peak_mean_w": own.peak_mean_w,
        "peak_w": own.peak_w,
        "known_percent": _percent(one.known, len(figures.quarters)),
        "missing": [{"from": begins(first), "until": begins(end)} for first, end in gaps(figures, one.name)],
    }


def _day(quarters: Sequence[SiteQuarter]) -> dict[str, Any]:
    rows = {name: [getattr(one, name) for one in quarters] for name in ROWS}
    return {"day": day_text(quarters[0].number // QUARTERS), **rows}


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def show(figures: SiteFigures, body: Mapping[str, Any], page: Page) -> None:
    """As a planner reads it; everything rests on what is known, so that stands first."""
    told = body["figures"]
    whose = f"{body['site']}: " if body["site"] else ""
    page.line(f"{whose}{counted(len(figures.members), 'charger')}, {_span(figures)}", Tone.STRONG)
    page.line(
        f"{told['known_percent']:g} % of {told['quarters']} quarters are known of every charger",
        Tone.PLAIN if figures.known == len(figures.quarters) else Tone.WARN,
    )
    for row in body["left_out"][:SHOWN]:
        page.line(f"  left out: {row['what']}: {row['why']}", Tone.WARN)
    if len(body["left_out"]) > SHOWN:
        page.line(f"  and {len(body['left_out']) - SHOWN} more; --format json names them all", Tone.WARN)
    for line in body["notes"]:
        page.line(f"  note: {line}")
    page.line()
    for line in _figure_lines(figures, told):
        page.line(line)
    page.line()
    page.table(
        ["charger", "energy", "highest mean", "peak", "connected", "known"],
        [_member_row(one) for one in body["chargers"]],
    )
    for line in _gap_lines(body["chargers"]):
        page.line(line)
    if figures.highest:
        page.line()
        page.table(["highest quarters", "mean", "highest moment in it"], [_highest_row(one) for one in figures.highest])
    page.line("by quarters: --format csv or json; moments are UTC", Tone.DIM)


def _span(figures: SiteFigures) -> str:
    first, last = (one.number // QUARTERS for one in (figures.quarters[0], figures.quarters[-1]))
    return day_text(first) if first == last else f"{day_text(first)} to {day_text(last)}"


def _figure_lines(figures: SiteFigures, told: Mapping[str, Any]) -> Iterator[str]:
    is_whole = figures.known == len(figures.quarters)
    least = "" if is_whole or figures.energy_wh is None else "at least "
    yield f"energy          {least}{energy(figures.energy_wh)}"
    connected = "not known: an export as CSV, or of a charger that does not answer, does not tell it"
    yield f"connected       {connected if figures.connected_w is None else power(figures.connected_w)}"
    peak_w = figures.peak_mean_w
    if peak_w is not None:
        used = f", {_percent(peak_w, figures.connected_w):g} % of what is connected" if figures.connected_w else ""
        yield f"highest mean    {power(peak_w)}, the quarter of {begins(figures.highest[0].number)}{used}"
    if figures.at_least_w > (peak_w or 0):
        most = max(figures.quarters, key=lambda one: one.at_least_w)
        who = ", ".join(most.missing[:SHOWN])
        yield f"  at least      {power(most.at_least_w)} in that of {begins(most.number)}, of which {who} is not known"
    yield from _moment_lines(figures)
    if figures.coincidence is not None:
        total = power(figures.sum_of_peak_means_w)
        yield f"coincidence     {figures.coincidence:g} (the highest mean over {total}, the sum of each charger's own)"
        if figures.coincidence_of_connectors is not None:
            yield f"                {figures.coincidence_of_connectors:g} over the sum of each connector's own"
    if figures.moments is not None:
        low, high = figures.moments
        yield f"                {low:g} to {high:g} of the moments"
    if figures.load_factor is not None:
        yield f"load factor     {figures.load_factor:g} (the mean of all known quarters over the highest)"
    if figures.percentiles:
        marks = ", ".join(f"{percent:g} % {power(value)}" for percent, value in figures.percentiles)
        yield f"at or below     {marks} of the known quarters"


def _moment_lines(figures: SiteFigures) -> Iterator[str]:
    """Nobody saw all chargers at one moment, so there is no one figure."""
    is_told = figures.energy_wh is not None or figures.peak_at_least_w > 0
    yield f"highest moment  {f'at least {power(figures.peak_at_least_w)}' if is_told else UNKNOWN}"
    if figures.peak_at_most_w is not None:
        few = figures.bounded < len(figures.quarters)
        where = f", in the {counted(figures.bounded, 'quarter')} whose peaks every charger tells" if few else ""
        yield f"                at most {power(figures.peak_at_most_w)}, as if all had peaked at once{where}"


def _member_row(one: Mapping[str, Any]) -> list[str]:
    shown = (power(one["peak_mean_w"]), power(one["peak_w"]), power(one["connected_w"]))
    return [one["name"], energy(one["energy_wh"]), *shown, f"{one['known_percent']:g} %"]


def _gap_lines(chargers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    missing = [(one["name"], span) for one in chargers for span in one["missing"]]
    for name, span in missing[:SHOWN]:
        yield f"  not known of {name}: {span['from']} to {span['until']}"
    if len(missing) > SHOWN:
        yield f"  and {len(missing) - SHOWN} more gaps; --format json names them all"


def _highest_row(one: SiteQuarter) -> list[str]:
    low, high = power(one.peak_at_least_w), one.peak_at_most_w
    return [begins(one.number), power(one.mean_w), f"at least {low}" if high is None else f"{low} to {power(high)}"]
