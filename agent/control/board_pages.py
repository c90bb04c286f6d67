"""What a person reads of `evsectl board`. Runs in `evsectl`, never in the agent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from agent.control.wire import Body

if TYPE_CHECKING:
    from agent.control.render import Page

NEVER = "none on the board: its levels are the converter's own"
INDENT = " " * 13
TOLD_ABOVE = ("board", "revision", "has")
"""Properties that have lines of their own."""
DISCRETE = ("pilot", "coil", "mirror_open", "chain_ok", "residual", "rotation_ok", "frozen", "offered", "testing")
"""Columns of a trip whose change is worth a line."""


def show_info(body: Body, page: Page) -> None:
    from agent.control.render import Tone, duration, quantities

    page.line(f"pilot board  {body['board']} revision {body['revision']}, connector {body['connector']}", Tone.STRONG)
    page.line(f"firmware     {body['firmware_version']}, started {duration(body['uptime_s'])} ago ({body['boot_id']})")
    page.line(f"it has       {', '.join(_words(body['capabilities'])) or 'its pilot alone'}")
    calibration = body["calibration"]
    known = {name: value for name, value in calibration.items() if name != "date"}
    page.line(f"calibration  {calibration['date'] + ', ' + quantities(known) if calibration else NEVER}")
    page.line(f"contactor    {quantities(body['counters']) if body['counters'] else 'not counted on this board'}")
    page.line(f"update       {update_line(body['update'])}")
    _show_configuration(body["configuration"], page)
    state = body["state"]
    if state is not None and state["limit_a"] is not None:
        page.line(f"its limit    {state['limit_a']:.1f} A")
    for name, value in body["measures"].items():
        page.line(f"  {_measure(name, value)}")
    for fault in body["faults"]:
        page.line(f"fault        {fault['id']}: {fault['meaning']}", Tone.BAD)
    if not body["faults"]:
        page.line("fault        none", Tone.GOOD)


def _show_configuration(configuration: Mapping[str, Any], page: Page) -> None:
    """What may differ between two boards of one name, and whether the board file asks for just this."""
    from agent.control.render import Tone, quantities

    mark, pinned = configuration["mark"], configuration["pinned"]
    if mark is None:
        return
    known = {name: _word(value) for name, value in configuration["properties"].items() if name not in TOLD_ABOVE}
    is_pinned = ", as the board file pins it" if pinned == mark else ""
    page.line(f"configuration {mark}{is_pinned}: {quantities(known)}")
    pin = f'`configuration = "{mark}"` below its bus'
    from_when = "from the agent's next start"
    if pinned is None:
        page.line(f"{INDENT}the board file pins none; {pin} pins this one, {from_when}")
    elif pinned != mark:
        page.line(f"{INDENT}the board file pins {pinned}: no new charge begins", Tone.BAD)
        page.line(f"{INDENT}if this one is right: {pin} pins it, {from_when}", Tone.BAD)


def update_line(update: Mapping[str, Any]) -> str:
    """How its firmware stands, in words."""
    if not update:
        return "not possible over the link"
    words = {
        "trial": "a new firmware is on trial",
        "confirmed": "the last update stayed",
        "fell_back": "the last update did not come up; the board went back",
    }
    state = str(update.get("state", "unknown"))
    line = words.get(state, state)
    if update.get("other", "none") != "none":
        line += f"; in the other slot: {update['other']}"
    return line if update.get("reason", "none") == "none" else f"{line}; the last one was refused: {update['reason']}"


def show_capture(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    total_ms = body["samples"] * body["step_us"] / 1000
    page.line(f"pilot of connector {body['connector']}, {body['samples']} samples in {total_ms:g} ms", Tone.STRONG)
    if body["frequency_hz"] is None:
        low = "" if body["low_v"] is None else f" and {body['low_v']:.2f} V, less than one period"
        page.line(f"level        {body['high_v']:.2f} V{low}")
    else:
        page.line(f"high         {body['high_v']:.2f} V")
        page.line(f"low          {body['low_v']:.2f} V")
        sample_percent = body["step_us"] * body["frequency_hz"] / 1e4
        page.line(f"duty         {body['duty_percent']:.1f} % (one sample is {sample_percent:.1f} %)")
        page.line(f"frequency    {body['frequency_hz']:.1f} Hz over {body['periods']} periods")
    page.line(f"noise        {1000 * body['noise_v']:.0f} mV (one standard deviation)")
    if "csv" in body:
        page.line(f"samples      in {body['csv']}")


def show_evidence(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    columns = {name: place for place, name in enumerate(body["columns"])}
    rows = body["rows"]
    page.line(f"last trip of connector {body['connector']}: {_when(body['tripped'], page)}", Tone.STRONG)
    for fault in body["faults"]:
        page.line(f"fault        {fault['id']}: {fault['meaning']}", Tone.BAD)
    if not body["faults"]:
        page.line("fault        the agent heard of none at that moment; see: evsectl events")
    span = f"{rows[0][0]} to {rows[-1][0]} ms around the trip" if rows else "empty"
    page.line(f"record       {len(rows)} moments, {span}")
    for moment, changed, row in _changes(columns, rows):
        levels = f"{row[columns['high_v']]:.1f} V"
        low_v = row[columns["low_v"]]
        levels += "" if low_v is None else f" / {low_v:.1f} V"
        is_tested = moment < 0 and _is_tested(columns, row)
        test = " (contactor open, before the trip: the sensor's own test looks so)" if is_tested else ""
        page.line(f"{moment:>8} ms  {levels:<16}  {changed}{test}", Tone.WARN if moment >= 0 else Tone.PLAIN)
    page.line(f"all readings in {body['csv']}" if "csv" in body else "all readings: --csv FILE, or --json")


def _is_tested(columns: Mapping[str, int], row: list[Any]) -> bool:
    """The residual current unit answers where nothing flows that it could have seen."""
    told = {name: row[columns[name]] for name in ("residual", "coil", "mirror_open") if name in columns}
    is_open = told.get("coil") is False and told.get("mirror_open") is not False
    return is_open and "trip" in str(told.get("residual", ""))


def _when(tripped: Mapping[str, Any] | None, page: Page) -> str:
    from agent.control.render import duration

    if tripped is None:
        return "the board runs for so long that its record does not tell when"
    date = f"{page.date(tripped)}, " if tripped["utc"] else ""
    return f"{date}{duration(tripped['age_s'])} ago"


def _changes(columns: Mapping[str, int], rows: list[list[Any]]) -> Iterator[tuple[int, str, list[Any]]]:
    """The moments at which something switched, the first one included."""
    told = [name for name in DISCRETE if name in columns]
    before: list[Any] | None = None
    for row in rows:
        changed = [name for name in told if before is None or row[columns[name]] != before[columns[name]]]
        if changed:
            yield row[0], ", ".join(f"{name.replace('_', ' ')} {_word(row[columns[name]])}" for name in changed), row
        before = row


def show_challenge(body: Body, page: Page) -> None:
    # Nothing but the text: what goes into a file is what is signed, byte for byte.
    for line in body["text"].split("\n")[:-1]:
        page.line(line)


def show_cleared(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(f"connector {body['connector']}: {body['cleared']} is cleared, at the board too", Tone.GOOD)
    if body["left"]:
        page.line(f"still present: {', '.join(body['left'])}; see: evsectl faults list", Tone.WARN)


def show_flash(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if "note" in body:
        page.line(body["note"], Tone.WARN)
        return
    if "sent_bytes" in body:
        share = 100 * body["sent_bytes"] // body["total_bytes"]
        page.line(f"{share:>3} %  {body['sent_bytes']} of {body['total_bytes']} bytes", Tone.DIM)
        if share == 100:
            page.line("the board has it all and restarts; its trial takes up to a minute")
        return
    if body["stayed"]:
        page.line(f"the new firmware stayed: {body['after']} (before: {body['before']})", Tone.GOOD)
        return
    page.line(f"the new firmware did not stay; the board went back to {body['after']}", Tone.BAD)
    if body["detail"]:
        page.line(body["detail"])
    page.line("what to do: evsectl board info; then ask whoever made the image")


def _words(names: list[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]


def _measure(name: str, value: object) -> str:
    from agent.control.render import quantity

    return f"{name.replace('_', ' ')} not measured" if value is None else quantity(name, _word(value))


def _word(value: object) -> object:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
