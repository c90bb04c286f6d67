"""`evsectl report list|show|export|key`: the sealed reports of this charger's commissioning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.store.reports import ReportRow


ANOTHER = "the file is not the one that was sealed: its hash is another"


async def listed(station: StationPort, _: Arguments, __: Conversation) -> Done:
    from agent.control.moments import told

    now = station.now()
    rows = await station.reports.listed()
    return Done(
        {
            "reports": [
                {
                    "number": row.number,
                    "report_id": row.report_id,
                    "complete": row.is_complete,
                    "missing": row.missing,
                    "sealed": told(row.sealed, now),
                    "hash": row.hash,
                    "signed": bool(row.public_key),
                }
                for row in rows
            ]
        }
    )


def show_list(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if not body["reports"]:
        page.line("no report is sealed yet; evsectl commission makes one")
        return
    rows = [
        [
            *(str(one["number"]), one["report_id"], page.date(one["sealed"]), _verdict(one)),
            *("yes" if one["signed"] else "no", f"{one['hash'][:16]}…"),
        ]
        for one in body["reports"]
    ]
    page.table(["number", "report", "sealed", "verdict", "signed", "sha-256"], rows)
    newest = body["reports"][-1]
    page.line()
    page.line(f"evsectl report export {newest['number']} --format pdf FILE", Tone.DIM)


def _verdict(one: Any) -> str:
    return "complete" if one["complete"] else f"NOT COMPLETE, {one['missing']} missing"


async def row_of(station: StationPort, arguments: Arguments) -> ReportRow:
    """The report that was named, or the newest. Raises BadRequest."""
    rows = await station.reports.listed()
    if not rows:
        raise BadRequest("no report is sealed yet; evsectl commission makes one")
    number = int(arguments["number"])
    found = rows[-1] if number == 0 else next((row for row in rows if row.number == number), None)
    if found is None:
        raise BadRequest(f"there is no report {number}; there are 1 to {rows[-1].number}, see: evsectl report list")
    return found


async def say_sealed(station: StationPort, row: ReportRow, conversation: Conversation) -> None:
    """The sealed file as it lies. Raises StoreError where it is gone."""
    from agent.control.sent_files import say_in_pieces

    await say_in_pieces((await station.reports.file(row.number)).decode("utf-8"), conversation)


async def exported(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    row = await row_of(station, arguments)
    await say_sealed(station, row, conversation)
    return Done({"number": row.number, "report_id": row.report_id, "hash": row.hash})


def look(arguments: Arguments) -> None:
    from agent.control import papers

    papers.look(str(arguments["file"]))


def keep_export(arguments: Arguments, body: Body) -> Body:
    from agent.control import papers

    octets, form, file = papers.joined(body["pieces"]), str(arguments["format"]), str(arguments["file"])
    if form == "json":
        papers.write_bytes(file, octets)
    else:
        papers.write_paper("report", form, file, octets)
    return {"report_id": body["report_id"], "hash": body["hash"], "file": file, "format": form}


def show_export(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(f"report {body['report_id']} written to {body['file']}", Tone.GOOD)
    if body["format"] == "json":
        page.line(
            f"this is the original; to check it: evse-support verify {body['file']} --key KEY (evsectl report key)"
        )
    else:
        page.line("the original is the JSON: evsectl report export --format json FILE")


def keep_shown(_: Arguments, body: Body) -> Body:
    """What stands in it, and whether it is as it was sealed: looked at here, not where it lies."""
    from agent.control import papers
    from agent.security.sealed import examine

    octets = papers.joined(body["pieces"])
    found = examine(octets)
    shown = {"report_id": body["report_id"], "hash": body["hash"], "problems": list(found.problems)}
    if found.hash != body["hash"]:
        shown["problems"] = [*shown["problems"], ANOTHER]
    if shown["problems"]:
        return shown
    report = json.loads(octets)["report"]
    return shown | {name: report[name] for name in ("verdict", "deviations", "times", "head", "people")}


async def shown_from_afar(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    """What it came to, without the people in it. Whoever has the file checks whether it is as it was sealed."""
    row = await row_of(station, arguments)
    said = {"report_id": row.report_id, "hash": row.hash}
    try:
        sealed = json.loads(await station.reports.file(row.number))
        report, hash = sealed["report"], sealed["seal"]["hash"]
    except (ValueError, KeyError, TypeError):
        return Done(said | {"problems": ["the file is no sealed report any more; evsectl report show says more"]})
    if hash != row.hash:
        return Done(said | {"problems": [ANOTHER]})
    kept = ("id", "verdict", "says")
    return Done(
        said
        | {
            "problems": [],
            "verdict": report["verdict"],
            "deviations": [{name: one.get(name) for name in kept} for one in report["deviations"]],
            "times": report["times"],
            "head": {"made": report["head"]["made"]},
            "people": {"installer": {}},
        }
    )


def show_one(body: Body, page: Page) -> None:
    from agent.control.render import Tone, duration

    if body["problems"]:
        page.line(f"report {body['report_id']}: NOT as it was sealed", Tone.BAD)
        for problem in body["problems"]:
            page.line(f"  {problem}", Tone.BAD)
        return
    verdict, times, installer = body["verdict"], body["times"], body["people"]["installer"]
    complete = verdict["complete"]
    page.line(
        f"report {body['report_id']}: {'complete' if complete else 'NOT COMPLETE'}", Tone.GOOD if complete else Tone.BAD
    )
    for line in verdict["missing"]:
        page.line(f"  missing: {line}", Tone.BAD)
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in verdict["counts"].items() if count)
    page.line(f"  tests: {counts}")
    when = body["head"]["made"]["utc"] or "at a time not known"
    page.line(f"  by {installer.get('person', '-')}, {installer.get('company', '-')}; sealed {when}")
    worked = "not known" if times["worked_ms"] is None else duration(times["worked_ms"] / 1000)
    page.line(f"  worked {worked} in {_counted(times['visits'], 'visit')}, {_counted(times['runs'], 'run')}")
    for one in body["deviations"]:
        accepted = f" (accepted by {one['accepted_by']}: {one['accepted_why']})" if one.get("accepted_by") else ""
        page.line(f"  {one['id']}: {one['verdict']}, {one['says']}{accepted}", Tone.WARN)
    page.line(f"  sha-256 {body['hash']}", Tone.DIM)


def _counted(count: int | None, what: str) -> str:
    return f"{'an unknown number of' if count is None else count} {what}{'' if count == 1 else 's'}"


async def key(station: StationPort, _: Arguments, __: Conversation) -> Done:
    return Done(
        {"public_key": await station.reports.public_key(), "serial_number": station.config.station.serial_number}
    )


def show_key(body: Body, page: Page) -> None:
    page.line(f"public key of {body['serial_number'] or 'this charger'} (Ed25519), for evse-support verify --key:")
    page.line(body["public_key"])


NUMBER = Parameter(
    name="number",
    kind=Kind.WHOLE,
    positional=True,
    default=0,
    low=0,
    purpose="as `report list` counts; else the newest",
)
VERB = Verb(
    purpose="sealed reports of the commissioning",
    actions=(
        Action(
            name="list",
            purpose="every report, oldest first, with its verdict",
            answer=listed,
            remote=Effect.READ,
            show=show_list,
        ),
        Action(
            name="show",
            purpose="the verdict of one, and whether its file is as it was sealed; it names people",
            role=Role.OPERATOR,
            parameters=(NUMBER,),
            answer=exported,
            remote=Effect.READ,
            masked=(Masked.WORDS,),
            answer_remote=shown_from_afar,
            keep=keep_shown,
            show=show_one,
            timeout_s=30.0,
        ),
        Action(
            name="export",
            purpose="write one as sealed JSON, as PDF or as HTML; it names people",
            role=Role.OPERATOR,
            parameters=(
                Parameter(name="number", kind=Kind.WHOLE, positional=True, purpose="as `report list` counts"),
                Parameter(name="file", positional=True, purpose="where it is written"),
                Parameter(
                    name="format",
                    default="json",
                    choices=("json", "pdf", "html"),
                    purpose="the sealed original, or a page of it",
                ),
            ),
            answer=exported,
            look=look,
            keep=keep_export,
            show=show_export,
            timeout_s=30.0,
        ),
        Action(
            name="key",
            purpose="the public key that proves this charger's reports",
            answer=key,
            show=show_key,
        ),
    ),
)
