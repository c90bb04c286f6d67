"""`evsectl commission`: from bolted to the wall to in service, step by step, and on from where it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.control.ports import StationPort
    from agent.control.render import Page

SILENCE_TIMEOUT_S = 60.0
"""A sign of life comes each second while a test runs; the report and a restart take longer."""
LEFT = "paused; go on where it was left, today or another day: evsectl commission"
WIDTH = 52
MOST_MISSING = 12
MARKS = {"pass": " ok  ", "warn": " warn", "fail": " FAIL", "skip": " –   ", "error": " ?   "}


async def commission(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.commissioning import Commissioning
    from agent.control.commissioning_sitting import Restarts, Sitting, given_of

    desk = station.commissioning
    if desk is None:
        raise Busy("this charger has no store to keep a commissioning in; see its log")
    sitting = Sitting(station, desk, conversation, given_of(arguments))
    try:
        return Done({}, passed=await Commissioning(sitting).run())
    except Restarts as restarts:
        await conversation.say({"restart": restarts.args[0]})
        return Done({"restarts": True}, passed=False)


def look(arguments: Arguments) -> None:
    """Files and names, before anybody is asked. Raises BadRequest."""
    from agent.control.answering import answering
    from agent.control.commissioning_sitting import given_of

    given_of(arguments)
    answering(arguments)
    if "plan" in arguments:
        from agent.control.verbs.plan import look as look_at_plan

        look_at_plan({"file": arguments["plan"]})


def supplier(arguments: Arguments) -> Callable[[str], str]:
    from agent.control.answering import answering

    return answering(arguments)


# What a person sees.


def show(body: Body, page: Page) -> None:
    for part, draw in DRAWN.items():
        if part in body:
            draw(body[part], page)


def _job(job: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone

    again = f", run {job['run']}; what is on record is not asked again" if job["run"] > 1 else ""
    page.line(f"Commissioning {job['number']}{again}", Tone.STRONG)
    page.line("Ctrl-C pauses it safely at any point. To leave out a question or a test, type: skip REASON", Tone.DIM)


def _step(step: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone

    page.line()
    page.line(f"{step['number']} of {step['of']}  {step['title']}", Tone.STRONG)


def _begun(begun: dict[str, Any], page: Page) -> None:
    about = f", about {begun['seconds']:g} s" if begun["seconds"] >= 5 else ""
    page.awaited = f"  … {begun['test']} {begun['purpose']}{_at(begun)}{about}"


def _running(running: dict[str, Any], page: Page) -> None:
    page.awaited = f"  … {running['test']}{_at(running)}"


def _tell(text: str, page: Page) -> None:
    page.line(f"      {text}")


def _test(test: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone

    tones = {"pass": Tone.PLAIN, "warn": Tone.WARN, "fail": Tone.BAD, "skip": Tone.DIM, "error": Tone.WARN}
    name = f"{test['test']} {test['purpose']}{_at(test)}"
    took = f"  {test['duration_ms'] / 1000:.1f} s" if test["duration_ms"] >= 100 else ""
    seen = measured_words(test["measured"]) if test["verdict"] == "pass" else ""
    page.line(f"{MARKS[test['verdict']]} {name:<{WIDTH}} {seen or test['says']}{took}", tones[test["verdict"]])
    for one in test["measured"] if test["verdict"] in ("warn", "fail", "error") else ():
        if test["verdict"] != "warn" or one["low"] is not None or one["high"] is not None:
            page.line(f"        {_held(one)}")
    if test["verdict"] != "pass" and test["next"]:
        page.line(f"        next: {test['next']}")


def _left_out(left: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone

    tests = left["tests"]
    what = "1 test is" if len(tests) == 1 else f"{len(tests)} tests are"
    page.line(f"{MARKS['skip']} {what} left out{_at(left)}: {', '.join(tests)}", Tone.DIM)
    page.line(f"        {left['why']}", Tone.DIM)


def _ended(ended: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, duration

    tone = {"pass": Tone.GOOD, "fail": Tone.BAD, "error": Tone.BAD}.get(ended["verdict"], Tone.WARN)
    took = "" if ended["took_ms"] is None else f" ({duration(ended['took_ms'] / 1000)})"
    page.line(f"{MARKS[ended['verdict']]} {ended['title']}: {ended['says']}{took}", tone)


def _changes(changes: list[dict[str, str]], page: Page) -> None:
    page.line("      What the plan changes here:")
    page.table(["      key", "in force", "then"], [[f"      {one['key']}", one["now"], one["then"]] for one in changes])


def _limit(limit: dict[str, Any], page: Page) -> None:
    rows = [
        [f"      {bound['part']}", f"{bound['current_a']:g} A", bound["source"]]
        for bound in sorted(limit["bounds"], key=lambda bound: bound["current_a"])
    ]
    page.line(f"      Connector {limit['connector']}: at most {limit['current_a']:g} A; the {limit['by']} decides")
    page.table(["      part", "bears", "by"], rows)


def _report(report: dict[str, Any], page: Page) -> None:
    number = report.get("number", 0)
    page.line(
        f"      report {report['report_id']}; to take along: evsectl report export {number} --format pdf report.pdf"
    )


def _left(why: str, page: Page) -> None:
    page.line()
    page.line(f"Paused: {why}. The outputs are safe. Go on with: evsectl commission")


def _summary(body: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, duration

    page.line()
    if body["diagnosis"]:
        _first_to_mend(body["diagnosis"], page)
    counts = body["counts"]
    done = sum(count for verdict, count in counts.items() if verdict != "not_applicable")
    page.line(_counted(counts, done))
    rows = [
        [one["title"], one["verdict"] or "open", "?" if one["took_ms"] is None else duration(one["took_ms"] / 1000)]
        for one in body["steps"]
    ]
    page.table(["step", "verdict", "time"], rows)
    page.line()
    if body["complete"]:
        page.line("Complete: this charger is in service.", Tone.GOOD)
        return
    page.line(f"Not complete, {len(body['missing'])} missing:", Tone.BAD)
    for line in body["missing"][:MOST_MISSING]:
        page.line(f"  {line}")
    if len(body["missing"]) > MOST_MISSING:
        page.line(f"  and {len(body['missing']) - MOST_MISSING} more: evsectl commission --json tells all")
    page.line("Next: mend the first, then go on with: evsectl commission")


def _first_to_mend(roots: list[dict[str, Any]], page: Page) -> None:
    from agent.control.render import Tone

    first = roots[0]
    page.line(f"First to mend: {first['purpose']}{_at(first)}: {first['says']}", Tone.BAD)
    if first["next"]:
        page.line(f"Next: {first['next']}")
    if first["behind"]:
        names = ", ".join(dict.fromkeys(one["test"] for one in first["behind"]))
        page.line(f"It explains {names} too: {first['because']}.", Tone.DIM)
    for other in roots[1:]:
        page.line(f"Then: {other['test']} {other['purpose']}{_at(other)}: {other['says']}")
    page.line()


def _counted(counts: dict[str, int], done: int) -> str:
    words = {"error": "could not be judged", "warn": "with a warning", "skip": "left out"}
    bad = counts["fail"]
    head = f"{bad} of {done} tests failed" if bad else f"{counts['pass'] + counts['warn']} of {done} tests passed"
    rest = "".join(f", {counts[verdict]} {word}" for verdict, word in words.items() if counts[verdict])
    return f"{head}{rest}; {counts['not_applicable']} do not apply to this charger"


def _restart(_changed: int, page: Page) -> None:
    from agent.control.render import Tone

    page.line("      The plan is written. The agent starts anew, and this goes on by itself.", Tone.GOOD)


def measured_words(measured: list[dict[str, Any]]) -> str:
    """The first values against their limits, as they fit on a line."""
    return "; ".join(_held(one) for one in measured[:2]) + ("; …" if len(measured) > 2 else "")


def _held(one: dict[str, Any]) -> str:
    value = one["value"]
    shown = f"{value:.4g}" if isinstance(value, float) else str(value)
    low, high, unit = one["low"], one["high"], f" {one['unit']}" if one["unit"] else ""
    if low is not None and high is not None:
        limit = f" ({low:g} to {high:g})"
    elif low is not None:
        limit = f" (at least {low:g})"
    else:
        limit = "" if high is None else f" (at most {high:g})"
    return f"{one['name']} {shown}{unit}{limit}"


def _at(place: dict[str, Any]) -> str:
    return "" if place["connector"] is None else f" at {place['connector']}"


DRAWN: dict[str, Callable[[Any, Page], None]] = {
    "job": _job,
    "step": _step,
    "begun": _begun,
    "running": _running,
    "tell": _tell,
    "test": _test,
    "left_out": _left_out,
    "ended": _ended,
    "changes": _changes,
    "limit": _limit,
    "report": _report,
    "left": _left,
    "restart": _restart,
    "summary": _summary,
}
"""By the one name that each part of the answer has."""


def is_to_go_on(body: Body) -> bool:
    """The agent starts anew in the middle, and the same command goes on with it."""
    return bool(body.get("restarts"))


VERB = Verb(
    purpose="take the charger into service: tests, measurements, network, first charge, report; resumable at any point",
    actions=(
        Action(
            name="",
            purpose="go through all steps, or on from where it was left",
            role=Role.INSTALLER,
            parameters=(
                Parameter(name="plan", kind=Kind.FILE, purpose="the plan of this site: compared, and applied on a yes"),
                Parameter(name="serial", purpose="the number on the label, where the charger does not know it yet"),
                Parameter(name="measurements", kind=Kind.FILE, purpose="readings of the instrument, a CSV file"),
                Parameter(name="answers", kind=Kind.FILE, purpose='answers by key, TOML; "-": a program answers'),
                Parameter(name="key", kind=Kind.FILE, purpose="the local key of this unit, as on its key card"),
                Parameter(name="only", purpose="these steps or tests alone, parted by commas: network, ST301"),
                Parameter(name="from", purpose="this step and all behind it, done or not"),
                Parameter(name="skip", purpose="leave these steps or tests out, parted by commas; wants --because"),
                Parameter(name="because", purpose="why; it stands in the report beside your name", is_personal=True),
                Parameter(name="anew", kind=Kind.FLAG, default=False, purpose="a new commissioning from the beginning"),
            ),
            answer=commission,
            look=look,
            supplier=supplier,
            show=show,
            changes=True,
            follows=True,
            left=LEFT,
            goes_on=is_to_go_on,
            timeout_s=SILENCE_TIMEOUT_S,
        ),
    ),
)
