"""`evsectl load`: what the charger drew, by quarters of an hour, for whoever plans the grid it hangs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.load_profile.days import Day

CSV, JSON, TABLE = "csv", "json", "table"
SCHEMA, VERSION = "evse-load", 2
"""Of the document; the first had neither of them, nor a serial number."""


async def answer(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.core.load_profile.days import DAY_MS, figures_of

    now = station.now()
    if now.utc_ms is None:
        raise BadRequest("the time of day is not known yet, and a load profile goes by it; wait for a time server")
    last = _day(str(arguments["until"])) if "until" in arguments else now.utc_ms // DAY_MS
    days = await station.load_days(last - int(arguments["days"]) + 1, last)
    for day in days:
        await conversation.say({"days": [day_body(day)]})
    figures = figures_of(days)
    body: dict[str, Any] = {"known_percent": round(100 * figures.known, 2)}
    for name in ("energy_wh", "peak_w", "peak_mean_w", "sum_of_peaks_w", "coincidence"):
        if (value := getattr(figures, name)) is not None:
            body[name] = value
    whose = {"schema": SCHEMA, "version": VERSION, "serial_number": station.config.station.serial_number}
    return Done({**whose, "days": [], "format": arguments["format"], **_connected(station), "figures": body})


def _day(text: str) -> int:
    from agent.core.load_profile.days import day_number

    try:
        return day_number(text)
    except ValueError as error:
        raise BadRequest(f'--until: "{text[:40]}" is no day; write it as 2026-12-01 (UTC)') from error


def day_body(day: Day) -> dict[str, Any]:
    """One day as it is told everywhere; null stands in a row where a quarter is not known."""
    from agent.core.load_profile.days import day_text, means_of
    from agent.core.load_profile.quarters import QUARTER_S

    return {
        "day": day_text(day.number),
        "step_s": QUARTER_S,
        "mean_w": list(day.mean_w()),
        "peak_w": list(day.peak_w),
        "ports": [
            {
                "port": port,
                "energy_wh": list(one.energy_wh),
                "mean_w": list(means_of(one.energy_wh)),
                "peak_w": list(one.peak_w),
            }
            for port, one in sorted(day.ports.items())
        ],
    }


def _connected(station: StationPort) -> dict[str, int]:
    """What all connectors together could draw at their rated currents, and what the supply lets through, W."""
    from agent.core.schedule.compose import NOMINAL_V

    config = station.config
    w_per_a = NOMINAL_V * config.phases
    rated_a = sum(config.connector_current_a(connector) for connector in station.connectors())
    return {"connected_w": round(rated_a * w_per_a), "supply_w": round(config.site.supply_current_a * w_per_a)}


def show(body: Body, page: Page) -> None:
    match body.get("format"):
        case "csv":
            for line in csv_lines(body["days"]):
                page.line(line)
        case "json":
            import json

            page.line(json.dumps({name: value for name, value in body.items() if name != "format"}))
        case _:
            _show_figures(body, page)


def csv_lines(days: list[dict[str, Any]]) -> list[str]:
    """Times are UTC, the beginning of each quarter; the station as a whole has no port; unknown is empty."""
    lines = ["begins,port,mean_w,peak_w"]
    for day in days:
        rows = [
            ("", day["mean_w"], day["peak_w"]),
            *((one["port"], one["mean_w"], one["peak_w"]) for one in day["ports"]),
        ]
        for place in range(len(day["mean_w"])):
            minutes = place * day["step_s"] // 60
            begins = f"{day['day']}T{minutes // 60:02}:{minutes % 60:02}:00Z"
            lines += [f"{begins},{port},{_text(means[place])},{_text(peaks[place])}" for port, means, peaks in rows]
    return lines


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _show_figures(body: Body, page: Page) -> None:
    from agent.control.render import Tone, energy, power

    figures, days = body["figures"], body["days"]
    if not days:
        page.line("nothing is on record of these days; the first quarter of an hour is, once it is over")
        return
    page.line(
        f"{days[0]['day']} to {days[-1]['day']}, {figures['known_percent']:g} % of all quarters known", Tone.STRONG
    )
    page.line(f"energy         {energy(figures.get('energy_wh'))}")
    page.line(f"connected      {power(body['connected_w'])}, the supply lets {power(body['supply_w'])} through")
    page.line(f"highest mean   {power(figures.get('peak_mean_w'))} over a quarter of an hour")
    page.line(f"peak           {power(figures.get('peak_w'))}, all connectors at one moment")
    if "coincidence" in figures:
        total = power(figures["sum_of_peaks_w"])
        page.line(f"coincidence    {figures['coincidence']:g} (the peak over {total}, the sum of each connector's own)")
    page.line()
    page.table(["day", "energy", "highest mean", "peak", "known"], [_row(day) for day in days])
    page.line("by quarters: evsectl load --format csv; a gap is a quarter of which the register is not known")


def _row(day: dict[str, Any]) -> list[str]:
    from agent.control.render import energy, power

    means = [mean for mean in day["mean_w"] if mean is not None]
    peaks = [peak for peak in day["peak_w"] if peak is not None]
    energies = [one for port in day["ports"] for one in port["energy_wh"] if one is not None]
    return [
        *(
            day["day"],
            energy(sum(energies) if energies else None),
            power(max(means, default=None)),
            power(max(peaks, default=None)),
        ),
        f"{len(means)} of {len(day['mean_w'])}",
    ]


VERB = Verb(
    purpose="what was drawn, by quarters of an hour: for the planner of the grid",
    actions=(
        Action(
            purpose="what was drawn, by quarters of an hour: mean and peak, connected load, coincidence",
            parameters=(
                Parameter(
                    name="days", kind=Kind.WHOLE, default=7, high=400, purpose="the last so many days, today's too"
                ),
                Parameter(name="until", purpose="the last of these days, as 2026-12-01; without it today"),
                Parameter(name="format", default=TABLE, choices=(TABLE, CSV, JSON), purpose="csv has a row a quarter"),
            ),
            answer=answer,
            show=show,
            remote=Effect.READ,
        ),
    ),
)
