"""`evsectl metrics [export FILE|prometheus]`: from the wall to the first paid energy, and figures for who watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.metrics.records import ChargerRecords

WIDTH = 26
EXPOSED = ("# HELP evse_", "# TYPE evse_")
"""How a text for Prometheus begins: nothing else is replaced by one."""
SPLIT = {
    "power_to_network": "power to network",
    "network_to_tls": "network to TLS",
    "tls_to_accepted": "TLS to accepted",
    "accepted_to_available": "accepted to available",
    "available_to_first_paid_energy": "available to paid energy",
}


async def figures(station: StationPort, _arguments: Arguments, _: Conversation) -> Done:
    from agent.core.metrics.charger import figures_of
    from agent.core.metrics.plain import of_charger

    records = await station.metrics_records()
    body = {**of_charger(figures_of(records)), "is_recording": bool(records.unit)}
    return Done(body | _of_service(records))


def _of_service(records: ChargerRecords) -> dict[str, Any]:
    """Uptime of the newest month of each port, and the rates of charging; nothing where there is no record of them."""
    from agent.core.uptime.figures import figures_of
    from agent.core.uptime.plain import of_month, of_visits
    from agent.core.visits.figures import figures_of as visits_of

    if records.service is None:
        return {}
    months = figures_of(records.service, months=1).months
    return {"uptime": [of_month(one) for one in months], "visits": of_visits(visits_of(records.attempts))}


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone, duration

    if not body["is_recording"]:
        page.line('nothing is recorded on a bench: the site file says commissioning = "lab"', Tone.WARN)
        _service(body, page)
        return
    page.line(f"charger {body['serial'] or 'without a serial number'}", Tone.STRONG)
    _time(page, "installation time", body["installation"])
    for word in ("planning", "mounting"):
        if body[f"{word}_min"] is not None:
            page.line(f"  {word:<{WIDTH - 2}} {duration(60 * body[f'{word}_min'])} (typed in, not part of it)")
    for run in body["commissionings"]:
        pauses = f", pauses of {duration(run['pauses_s'])} left out" if run["pauses_s"] else ""
        _time(page, "commissioning", run["duration"], f" ({_counted(run['runs'], 'run')}{_visits(run)}{pauses})")
    if not body["commissionings"]:
        _line(page, "commissioning", "not begun", Tone.WARN)
    _time(page, "time to activate", body["time_to_activate"])
    for stage, words in SPLIT.items():
        _time(page, f"  {words}", body["split"][stage])
    _verdict(page, "right the first time", body["first_time_right"])
    _verdict(page, "customer on board", body["onboarding"])
    _service(body, page)
    page.line()
    page.line("what each figure means and leaves out: docs/metrics.md; tickets of the help desk are not known here")


def _service(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    for one in body.get("uptime", ()):
        partial = ", of a partial year" if one["is_partial"] else ""
        _line(page, f"uptime, port {one['port']}", f"{one['percent']:.3f} %{partial}; evsectl uptime", Tone.PLAIN)
    rate = body.get("visits", {}).get("session_success")
    if rate and rate["share"] is not None:
        text = f"{100 * rate['share']:.1f} % of {rate['count']} that were meant; evsectl uptime"
        _line(page, "charges that succeeded", text, Tone.PLAIN)


def _visits(run: dict[str, Any]) -> str:
    return f", {_counted(run['visits'], 'visit')}" if run["visits"] is not None else ", visits unknown"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def _time(page: Page, name: str, span: dict[str, Any], more: str = "") -> None:
    from agent.control.render import Tone, duration

    if span["s"] is None:
        _line(page, name, f"not known: {span['why']}", Tone.DIM)
    else:
        _line(page, name, f"{duration(span['s'])}{more}", Tone.PLAIN)


def _verdict(page: Page, name: str, answer: dict[str, Any]) -> None:
    from agent.control.render import Tone

    words = {True: "yes", False: f"no: {answer['why']}", None: f"not known: {answer['why']}"}
    tones = {True: Tone.GOOD, False: Tone.WARN, None: Tone.DIM}
    _line(page, name, words[answer["holds"]], tones[answer["holds"]])


def _line(page: Page, name: str, text: str, tone: Any) -> None:
    page.line(f"{name:<{WIDTH}} {text}", tone)


async def export(station: StationPort, _arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.sent_files import say_in_pieces
    from agent.metrics_file import text_of

    records = await station.metrics_records()
    if not records.unit:
        raise BadRequest('nothing is recorded on a bench: the site file says commissioning = "lab"')
    await say_in_pieces(text_of(records), conversation)
    return Done({"pieces": []})


def look(arguments: Arguments) -> None:
    from agent.control.papers import look_for_new

    look_for_new(str(arguments["file"]))


def keep_file(arguments: Arguments, body: Body) -> Body:
    from pathlib import Path

    from agent.control.sent_files import write_new

    file, text = Path(str(arguments["file"])), "".join(body["pieces"])
    write_new(file, text)
    return {"file": str(file), "lines": text.count("\n")}


def show_export(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(
        f"{body['file']} written, {body['lines']} lines; for many chargers: evse-support metrics FOLDER", Tone.GOOD
    )


async def expose(station: StationPort, _arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.sent_files import say_in_pieces

    await say_in_pieces(await station.exposition(), conversation)
    return Done({"pieces": []})


def look_at_textfile(arguments: Arguments) -> None:
    from pathlib import Path

    from agent.control.papers import look
    from agent.control.sent_files import look_for_own

    if "to" in arguments:
        look(str(arguments["to"]), "--to")
        look_for_own(Path(str(arguments["to"])), "--to", EXPOSED)


def keep_textfile(arguments: Arguments, body: Body) -> Body:
    from pathlib import Path

    from agent.control.sent_files import look_for_own, replace_whole

    text = "".join(body["pieces"])
    if "to" not in arguments:
        return {"text": text}
    file = Path(str(arguments["to"]))
    look_for_own(file, "--to", EXPOSED)
    replace_whole(file, text)
    return {"file": str(file), "series": sum(not line.startswith("#") for line in text.splitlines())}


def show_exposition(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if "file" in body:
        page.line(f"{body['file']} written, {body['series']} series; what they mean: docs/prometheus.md", Tone.GOOD)
        return
    for line in str(body.get("text") or "".join(body.get("pieces", ()))).splitlines():
        page.line(line)


VERB = Verb(
    purpose="from the wall to the first paid energy: times, and how well it went",
    actions=(
        Action(
            name="export",
            purpose="the raw records as JSON lines; anybody can recompute the figures",
            parameters=(Parameter(name="file", kind=Kind.FILE, positional=True, purpose="where to"),),
            answer=export,
            look=look,
            keep=keep_file,
            show=show_export,
        ),
        Action(
            name="prometheus",
            purpose="state, power, limits, counters of this charger as text for Prometheus",
            parameters=(
                Parameter(name="to", kind=Kind.FILE, purpose="write it there in one step, for node_exporter to read"),
            ),
            answer=expose,
            look=look_at_textfile,
            keep=keep_textfile,
            remote=Effect.READ,
            show=show_exposition,
        ),
        Action(
            purpose="installation, commissioning, activation; what is not known and why",
            answer=figures,
            remote=Effect.READ,
            show=show,
        ),
    ),
)
