"""`evsectl plan new|check|diff|apply|undo`: what hangs where, judged in an office and at the charger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest, ConfigError

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

SHOWN_SERIALS = 3


def new(arguments: Arguments) -> Done:
    """Writes a file that was not there before."""
    from agent.control.plan_text import known_country, new_plan
    from agent.control.sent_files import write_new

    file = Path(str(arguments["file"]))
    text = new_plan(
        file=str(file),
        board=str(arguments["board"]),
        country=known_country(str(arguments["country"])),
        chargers=int(arguments["chargers"]),
    )
    write_new(file, text)
    return Done({"file": str(file), "chargers": arguments["chargers"]})


def show_new(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(f"{body['file']} written; put in what is known of the place, then:", Tone.GOOD)
    page.line(f"evsectl plan check {body['file']}")


def check(arguments: Arguments) -> Done:
    """The rules of the place and those of the agent, for every charger of the plan; needs no agent."""
    from agent.config.circuit_checks import as_words
    from agent.config.countries import country_of
    from agent.config.plan_checks import judged
    from agent.config.plans import read_plan
    from agent.drivers import loader

    file = str(arguments["file"])
    try:
        plan = read_plan(Path(file), loader)
    except ConfigError as error:
        return Done({"file": file, "problems": list(error.problems), "findings": [], "chargers": 0}, passed=False)
    found = judged(plan)
    rows = [{**as_words(one.finding), "where": one.where, "about": list(one.about)} for one in found]
    countries = dict.fromkeys(charger.config.site.country for charger in plan.chargers)
    body = {
        "file": file,
        "problems": [],
        "findings": rows,
        "chargers": len(plan.chargers),
        "country_files": {code: country_of(code).note for code in countries},
    }
    return Done(body, passed=all(one.finding.verdict.passes for one in found))


def show_check(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if body["problems"]:
        for problem in body["problems"]:
            page.line(problem, Tone.BAD)
        count = len(body["problems"])
        page.line()
        page.line(f"{count} problem{'s' if count > 1 else ''}; mend the plan, then check again")
        return
    measured = [row for row in body["findings"] if row["limit"]]
    cells = [[row["verdict"], row["rule"], row["measured"], row["limit"], _about(row, body)] for row in measured]
    page.table(["", "rule", "planned", "limit", "for"], cells)
    bad = [row for row in body["findings"] if row["verdict"] not in ("ok", "note")]
    notes = [row for row in body["findings"] if row["verdict"] == "note"]
    for title, rows, tone in (("", bad, Tone.BAD), ("note: ", notes, Tone.WARN)):
        if rows:
            page.line()
        for row in rows:
            source = f" ({row['source']})" if row["source"] else ""
            page.line(f"{title}{_place(row)}{row['what']}{source}{_of_whom(row, body)}", tone)
    page.line()
    for code, note in body["country_files"].items():
        page.line(f"rules of {code}: {note}", Tone.DIM)
    whom = f"{body['chargers']} charger{'s' if body['chargers'] > 1 else ''}"
    if bad:
        page.line(f"{len(bad)} thing{'s' if len(bad) > 1 else ''} to mend in {body['file']} ({whom})", Tone.BAD)
    else:
        page.line(f"{body['file']} holds for {whom}; at each charger: evsectl plan apply {body['file']}", Tone.GOOD)


def _place(row: dict[str, Any]) -> str:
    """A line only where it leads to something to change."""
    return f"{row['where']}: {row['key']}: " if row["verdict"] != "note" else ""


def _about(row: dict[str, Any], body: Body) -> str:
    named = [one for one in row["about"] if one]
    if not named or (len(named) == body["chargers"] and body["chargers"] > 1):
        return "all" if body["chargers"] > 1 else ""
    more = f" and {len(named) - SHOWN_SERIALS} more" if len(named) > SHOWN_SERIALS else ""
    return ", ".join(named[:SHOWN_SERIALS]) + more


def _of_whom(row: dict[str, Any], body: Body) -> str:
    about = _about(row, body)
    return f"; {about}" if body["chargers"] > 1 and about != "all" else ""


async def diff(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control import plan_applying

    return await plan_applying.diff(station, arguments, conversation)


async def apply(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control import plan_applying

    return await plan_applying.apply(station, arguments, conversation)


async def undo(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control import plan_applying

    return await plan_applying.undo(station, arguments, conversation)


def look(arguments: Arguments) -> None:
    """The same check as in the office, before anybody is asked. Raises BadRequest."""
    found = check(arguments)
    lines = [*found.body["problems"]]
    lines += [
        f"{row['where']}: {row['key']}: {row['what']} ({row['source']})"
        for row in found.body["findings"]
        if row["verdict"] not in ("ok", "note")
    ]
    if lines:
        raise BadRequest("this plan is not applied:\n" + "\n".join(lines))


def supply(arguments: Arguments, asked: str) -> str:
    """A piece of this charger's part of the plan; anything else is asked of the person at the terminal."""
    from agent.control.plan_supply import piece, typed

    answer = piece(Path(str(arguments["file"])), asked) if "file" in arguments else None
    return typed(asked) if answer is None else answer


def show_changes(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if body["changes"]:
        page.table(["key", "in force", "then"], [[row["key"], row["now"], row["then"]] for row in body["changes"]])
    if "restarts" not in body:
        same = f"{body['serial_number']} is as planned"
        page.line(f"{len(body['changes'])} keys differ; next: evsectl plan apply" if body["changes"] else same)
    elif not body["restarts"]:
        page.line(f"{body['serial_number']} is as planned already; nothing was changed", Tone.GOOD)
    else:
        where = "without a plan again" if body.get("without_plan") else "written and read back"
        page.line(f"{where}; the agent starts anew", Tone.GOOD)
        page.line("what holds then: evsectl plan diff FILE; the way back: evsectl plan undo")


FILE = Parameter(name="file", kind=Kind.FILE, positional=True, purpose="the plan")
SERIAL = Parameter(name="serial", purpose="the number on the label, where the charger does not know it yet")
SURE = Parameter(name="yes", kind=Kind.FLAG, default=False, purpose="without being asked")
VERB = Verb(
    purpose="what shall hang where: planned and checked in an office, applied at the charger",
    actions=(
        Action(
            name="new",
            purpose="write a plan to fill in, for one charger or many",
            parameters=(
                FILE,
                Parameter(name="board", required=True, purpose='the hardware, a name as "pi-pilot-single" or a file'),
                Parameter(name="country", default="DE", purpose="two letters; whose rules hold"),
                Parameter(name="chargers", kind=Kind.WHOLE, default=1, low=1, high=1000, purpose="how many hang there"),
            ),
            local=new,
            show=show_new,
        ),
        Action(
            name="check",
            purpose="hold a plan against breaker, cable, phases, feeder and the rules of the place; needs no charger",
            parameters=(FILE,),
            local=check,
            show=show_check,
        ),
        Action(
            name="diff",
            purpose="what the plan would change of what is in force here",
            role=Role.INSTALLER,
            parameters=(FILE, SERIAL),
            answer=diff,
            supply=supply,
            show=show_changes,
        ),
        Action(
            name="apply",
            purpose="show what changes, write it, read it back and start anew; only while nobody charges",
            role=Role.INSTALLER,
            parameters=(FILE, SERIAL, SURE),
            answer=apply,
            look=look,
            supply=supply,
            show=show_changes,
            changes=True,
            timeout_s=60.0,
        ),
        Action(
            name="undo",
            purpose="back to the plan that was applied before, or to none; only while nobody charges",
            role=Role.INSTALLER,
            parameters=(SURE,),
            answer=undo,
            supply=supply,
            show=show_changes,
            changes=True,
            timeout_s=60.0,
        ),
    ),
)
