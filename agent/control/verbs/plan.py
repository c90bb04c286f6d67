"""`evsectl plan new|check`: what shall hang where, in one file, judged in an office as it will be at the charger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest, ConfigError

if TYPE_CHECKING:
    from agent.control.render import Page

SHOWN_SERIALS = 3


def new(arguments: Arguments) -> Done:
    """Writes a file that was not there before."""
    from agent.control.plan_text import known_country, new_plan

    file = Path(str(arguments["file"]))
    text = new_plan(
        file=str(file),
        board=str(arguments["board"]),
        country=known_country(str(arguments["country"])),
        chargers=int(arguments["chargers"]),
    )
    try:
        with file.open("x", encoding="utf-8") as written:
            written.write(text)
    except FileExistsError as error:
        raise BadRequest(f"{file} is there already; name another file, or move it away") from error
    except OSError as error:
        raise BadRequest(f"{file} cannot be written ({error.strerror}); name another place") from error
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
    count = f"{body['chargers']} charger{'s' if body['chargers'] > 1 else ''}"
    if bad:
        page.line(f"{len(bad)} thing{'s' if len(bad) > 1 else ''} to mend in {body['file']} ({count})", Tone.BAD)
    else:
        page.line(f"{body['file']} holds for {count}; at each charger: evsectl plan apply {body['file']}", Tone.GOOD)


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


FILE = Parameter(name="file", kind=Kind.FILE, positional=True, purpose="the plan")
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
    ),
)
