"""`evsectl uptime`: how much of the time each port could serve, month by month, and whether charges succeeded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.control.ports import StationPort
    from agent.control.render import Page

FORMATS = ("csv", "json", "pdf")
EXCLUSIONS = ("utility", "vehicle", "maintenance", "vandalism", "disaster", "none")
OUTAGES_TOLD = 500
"""More are in the exported record; an answer is one line at the socket."""
OUTAGES_SHOWN = 10


async def figures(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.core.uptime.figures import figures_of
    from agent.core.uptime.plain import of_service, of_visits
    from agent.core.visits.figures import figures_of as visits_of

    service = station.service
    months = int(arguments["months"])
    body = await service.computed(lambda records: of_service(figures_of(records, months)))
    left_out = max(0, len(body["outages"]) - OUTAGES_TOLD)
    body |= {"outages": body["outages"][:OUTAGES_TOLD], "outages_left_out": left_out}
    visits = of_visits(visits_of(await service.attempts()))
    return Done({"serial_number": station.config.station.serial_number, **body, "visits": visits})


def look(arguments: Arguments) -> None:
    """Whether the file can be written, before anybody is asked. Raises BadRequest."""
    from agent.control.papers import look as look_at

    form, file = arguments.get("format"), arguments.get("to")
    if form == "pdf" and file is None:
        raise BadRequest("a PDF goes into a file; write --to FILE")
    if file is not None and form is None:
        raise BadRequest(f"--to needs a format; write --format {', --format '.join(FORMATS)}")
    if file is not None:
        look_at(str(file))


def keep(arguments: Arguments, body: Body) -> Body:
    """The file that was asked for, or the text of it where none was. Raises BadRequest."""
    import json

    from agent.control.papers import write_bytes, write_paper
    from agent.core.uptime import sheet

    form, file = arguments.get("format"), arguments.get("to")
    if form is None:
        return body
    serial = str(body["serial_number"])
    if form == "pdf":
        write_paper("uptime", "pdf", str(file), json.dumps(dict(body)).encode())
        return {"file": str(file)}
    text = sheet.months(body, serial) if form == "csv" else json.dumps(dict(body), indent=1, ensure_ascii=False) + "\n"
    if file is None:
        return {"text": text}
    write_bytes(str(file), text.encode())
    return {"file": str(file)}


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if "file" in body:
        page.line(f"{body['file']} written", Tone.GOOD)
        return
    if "text" in body:
        for line in str(body["text"]).splitlines():
            page.line(line)
        return
    if body["why_not"]:
        page.line(str(body["why_not"]), Tone.WARN)
    _months(body, page)
    _reliability(body, page)
    _outages(body, page)
    _visits(body["visits"], page)
    page.line()
    page.line("what each figure means, and how to compute it by hand: docs/uptime.md")


def _months(body: Body, page: Page) -> None:
    if not body["months"] and not body["why_not"]:
        page.line("no port has served anybody yet, so there is nothing to tell")
        return
    heads = ["port", "month", "uptime", "if offline is down", "outage", "excluded", "month alone", ""]
    page.table(heads, [_month(one) for one in body["months"]])
    if any(one["is_partial"] for one in body["months"]):
        page.line("partial: the record is shorter than twelve months, and what is not on record counts as up")


def _month(one: dict[str, Any]) -> list[str]:
    year = one["year"]
    return [
        str(one["port"]),
        one["month"],
        _percent(one["percent"]),
        _percent(one["percent_connected"]),
        f"{year['outage_min']:.1f} min",
        f"{year['excluded_min']:.1f} min",
        _percent(one["month_percent"]),
        "partial" if one["is_partial"] else "",
    ]


def _reliability(body: Body, page: Page) -> None:
    from agent.control.render import duration

    for one in body["reliability"]:
        if one["failures"]:
            repaired = "" if one["mttr_min"] is None else f", usable again after {duration(60 * one['mttr_min'])}"
            failures = "failure" if one["failures"] == 1 else "failures"
            page.line(
                f"port {one['port']}: {one['failures']} {failures} in {_hours(one['operating_h'])} of operation, "
                f"one in {_hours(one['mtbf_h'])}{repaired}"
            )
            for line in split(one):
                page.line(f"  {line}")
        else:
            page.line(f"port {one['port']}: no failure in {_hours(one['operating_h'])} of operation")
    if body["reliability"]:
        page.line("a failure: it lay with the charger, lasted longer than a minute, and somebody wanted to charge")


def split(repairs: Mapping[str, Any]) -> Iterator[str]:
    """What the time until the port served again consisted of, where somebody acted, and where nobody did."""
    if repairs["detect_min"] is None:
        return
    yield f"told to the network, or on record, after {_short(repairs['detect_min'])}"
    if "acknowledged" not in repairs:
        return  # a charger of an earlier release answers
    repaired, acted, alone = (repairs[name] for name in ("repaired", "acknowledged", "unattended"))
    if acted:
        acts, serves = _short(repairs["acknowledge_min"]), _short(repairs["repair_min"])
        yield f"{acted} of {repaired} acknowledged {acts} after that, and serving again {serves} later"
    if alone:
        yield f"{alone} of {repaired} over without anybody's act, {_short(repairs['unattended_min'])} after being told"
    if unknown := repaired - acted - alone:
        yield f"{unknown} of {repaired} from before acts were on record"


def _short(minutes: float) -> str:
    from agent.control.render import duration

    return duration(60 * minutes)


def _hours(hours: float) -> str:
    from agent.control.render import duration

    return f"{hours:.0f} h" if hours >= 10 else duration(3600 * hours)


def _outages(body: Body, page: Page) -> None:
    from agent.core.uptime.telling import why

    if not body["outages"]:
        return
    page.line()
    rows = [
        [
            str(one["number"]),
            str(one["port"]),
            one["began"][:19] + "Z",
            f"{one['minutes']:.1f} min" + ("" if one["ended"] else ", lasts"),
            ", ".join(sorted({part["why"] for part in one["excluded"]})),
            one["class"],
            why(one),
        ]
        for one in body["outages"][:OUTAGES_SHOWN]
    ]
    page.table(["outage", "port", "began", "lasted", "excluded", "class", "why"], rows)
    more = len(body["outages"]) + body["outages_left_out"] - OUTAGES_SHOWN
    if more > 0:
        page.line(f"and {more} more; all of them: evsectl metrics export FILE")


def _visits(visits: dict[str, Any], page: Page) -> None:
    if not visits["attempts"]:
        return
    page.line()
    page.line(f"of {visits['attempts']} attempts to charge:")
    names = {
        "start_success": "charge start success",
        "end_success": "charge end success",
        "session_success": "session success",
        "first_time_success": "first-time plug-in success",
    }
    for key, name in names.items():
        rate = visits[key]
        share = "not known" if rate["share"] is None else f"{100 * rate['share']:.1f} %"
        out = ", ".join(f"{count} {why}" for why, count in rate["left_out"].items())
        left_out = f"; left out: {out}" if out else ""
        page.line(f"  {name:<27} {share}, {rate['good']} of {rate['count']}{left_out}")
    start = visits["charge_start"]
    if start["median_s"] is not None:
        page.line(f"  {'charge start time':<27} median {start['median_s']:.1f} s, p95 {start['p95_s']:.1f} s")
    for failure, count in visits["failures"].items():
        attempts = "attempt" if count == 1 else "attempts"
        page.line(f"  {count} {attempts} failed, which lies with: {failure.replace('_', ' ') or 'nobody known'}")


def _percent(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f} %"


# The quarter's session data.


async def sessions(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.sent_files import say_in_pieces
    from agent.core.uptime import sheet
    from agent.core.uptime.figures import axis_of

    try:
        within = sheet.quarter_of(str(arguments["quarter"])) if "quarter" in arguments else None
    except ValueError as error:
        raise BadRequest(f"quarter: {error}") from error
    records, attempts = await station.service.records(), await station.service.attempts()
    text = sheet.sessions(attempts, axis_of(records), station.config.station.serial_number, within)
    await say_in_pieces(text, conversation)
    return Done({"pieces": []})


def keep_sessions(arguments: Arguments, body: Body) -> Body:
    from agent.control.papers import write_bytes

    text = "".join(body["pieces"])
    if "to" not in arguments:
        return {"text": text}
    write_bytes(str(arguments["to"]), text.encode())
    return {"file": str(arguments["to"]), "rows": text.count("\r\n") - 1}


def show_sessions(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if "file" in body:
        page.line(f"{body['file']} written, {body['rows']} attempts", Tone.GOOD)
        return
    for line in str(body.get("text", "".join(body.get("pieces", ())))).splitlines():
        page.line(line)


def look_sessions(arguments: Arguments) -> None:
    from agent.control.papers import look as look_at

    if "to" in arguments:
        look_at(str(arguments["to"]))


# What a person says of an outage.


async def exclude(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    number, verdict = int(arguments["outage"]), str(arguments["as"])
    by = str(arguments["by"])
    if not await station.service.judge(number, verdict, by, str(arguments["why"])):
        raise BadRequest(f"outage: none on record has the number {number}; see: evsectl uptime")
    return Done({"outage": number, "as": verdict, "by": by})


def show_exclude(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    what = "counts" if body["as"] == "none" else f"does not count: {body['as']}"
    page.line(f"outage {body['outage']} {what}, says {body['by']}", Tone.GOOD)


VERB = Verb(
    purpose="how much of the time each port could serve, and whether charges succeeded",
    actions=(
        Action(
            name="sessions",
            purpose="each attempt to charge as CSV, for the quarterly data of 23 CFR 680.112",
            parameters=(
                Parameter(name="quarter", purpose="only this one, as 2026-Q4"),
                Parameter(name="to", kind=Kind.FILE, purpose="the file to write"),
            ),
            remote=Effect.READ,
            answer=sessions,
            look=look_sessions,
            keep=keep_sessions,
            show=show_sessions,
        ),
        Action(
            name="exclude",
            purpose="say why an outage does not count, or that it does; your name is kept with it",
            role=Role.OPERATOR,
            parameters=(
                Parameter(name="outage", kind=Kind.WHOLE, positional=True, purpose="its number"),
                Parameter(
                    name="as",
                    required=True,
                    choices=EXCLUSIONS,
                    purpose="the reason by 23 CFR 680.116(b)(3); none: it counts",
                ),
                Parameter(name="why", required=True, is_words=True, purpose="what shows it, in words"),
                Parameter(name="by", required=True, is_personal=True, purpose="who says so: a name, kept with it"),
            ),
            remote=Effect.READ,
            masked=(Masked.WORDS,),
            changes=True,
            answer=exclude,
            show=show_exclude,
        ),
        Action(
            purpose="uptime of the past twelve months, outages, failures, success of charging",
            parameters=(
                Parameter(name="months", kind=Kind.WHOLE, default=12, high=13, purpose="so many of the newest"),
                Parameter(name="format", choices=FORMATS, purpose="the monthly file instead of the page"),
                Parameter(name="to", kind=Kind.FILE, purpose="the file to write"),
            ),
            remote=Effect.READ,
            masked=(Masked.WORDS,),
            answer=figures,
            look=look,
            keep=keep,
            show=show,
        ),
    ),
)
