"""`evsectl handover show|tick|pack|code|activate`: the charger goes to its owner (operations.md section 3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.verbs.report import row_of, say_sealed
from agent.control.wire import Body, Done
from agent.core.commissioning.handover import ITEMS, items_of
from agent.errors import BadRequest, Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

WORDS = {
    "charge": "how to charge was shown",
    "access": "cards or app work",
    "lights": "the light was explained",
    "red": "what to do when it is red was explained",
    "emergency": "the place of the emergency disconnection was shown",
    "rcd": "the test button of the RCD was shown",
    "price": "price and data protection were told",
    "papers": "the copies were handed over",
    "owner_code": "the sealed sheet with the owner's code was handed over",
    "first_charge": "the owner made a first charge",
}
LANGUAGES = ("de", "en")


def _items(station: StationPort) -> tuple[str, ...]:
    return items_of(has_light=station.config.board.has_light)


async def shown(station: StationPort, _: Arguments, __: Conversation) -> Done:
    from agent.control.moments import told

    now, ticks = station.now(), await station.reports.ticks()
    rows = await station.reports.listed()
    items = [{"item": item, "ticked": told(ticks[item], now) if item in ticks else None} for item in _items(station)]
    newest = rows[-1] if rows else None
    return Done(
        {
            "items": items,
            "report": None if newest is None else {"report_id": newest.report_id, "complete": newest.is_complete},
            "owner_code": await station.reports.owner_code_state(),
        },
        passed=all(one["ticked"] for one in items),
    )


def show_items(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    rows = [
        [
            "x" if one["ticked"] else "",
            one["item"],
            WORDS[one["item"]],
            page.date(one["ticked"]) if one["ticked"] else "",
        ]
        for one in body["items"]
    ]
    page.table(["", "item", "what", "ticked"], rows)
    page.line()
    report = body["report"]
    if report is None:
        page.line("there is no report yet, so no pack can be made: evsectl commission", Tone.WARN)
    elif not report["complete"]:
        page.line(f"report {report['report_id']} is not complete; the pack says so on its first page", Tone.WARN)
    code = {"none": "not drawn yet: evsectl handover code", "drawn": "drawn, not used yet", "used": "used"}
    page.line(f"the owner's code: {code[body['owner_code']]}")
    left = [one["item"] for one in body["items"] if not one["ticked"]]
    if left:
        page.line(f"next: evsectl handover tick {left[0]}")
    else:
        page.line("everything is ticked", Tone.GOOD)


async def tick(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    item = str(arguments["item"])
    is_new = await station.reports.tick(item)
    ticks = await station.reports.ticks()
    left = [one for one in _items(station) if one not in ticks]
    return Done({"item": item, "is_new": is_new, "left": left})


def show_tick(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(
        f"{body['item']}: {'ticked' if body['is_new'] else 'was ticked before; the first moment stays'}", Tone.GOOD
    )
    left = body["left"]
    page.line(f"{len(left)} left, next: evsectl handover tick {left[0]}" if left else "everything is ticked")


async def pack(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.moments import told

    row = await row_of(station, arguments)
    await say_sealed(station, row, conversation)
    now, ticks = station.now(), await station.reports.ticks()
    ticked = {item: told(at, now) for item, at in ticks.items()}
    return Done({"report_id": row.report_id, "complete": row.is_complete, "ticks": ticked})


def look(arguments: Arguments) -> None:
    from agent.control import papers

    papers.look(str(arguments["file"]))


def keep_pack(arguments: Arguments, body: Body) -> Body:
    from agent.control import papers

    file, more = str(arguments["file"]), {"language": str(arguments["language"]), "ticks": body["ticks"]}
    papers.write_paper("pack", str(arguments["format"]), file, papers.joined(body["pieces"]), more)
    return {"file": file, "report_id": body["report_id"], "complete": body["complete"]}


def show_pack(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(f"pack made of report {body['report_id']}, written to {body['file']}", Tone.GOOD)
    if not body["complete"]:
        page.line("that report is not complete, and the pack says so on its first page", Tone.WARN)
    page.line("the owner's code is on no page of it: evsectl handover code")


async def code(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """Refused where it was used: an owner has the station, and only a factory reset gives it to another."""
    if await station.reports.owner_code_state() == "used":
        raise Busy("the owner has activated this charger; a new owner begins with a factory reset")
    if "sheet" not in arguments:
        return Done({"code": await station.reports.draw_owner_code()})
    await say_sealed(station, await row_of(station, {"number": 0}), conversation)
    return Done({"code": await station.reports.draw_owner_code()})


def look_at_sheet(arguments: Arguments) -> None:
    if "sheet" in arguments:
        from agent.control import papers

        papers.look(str(arguments["sheet"]))


def keep_sheet(arguments: Arguments, body: Body) -> Body:
    """Printed, the code is not shown: it is for the owner's eyes."""
    if "sheet" not in arguments:
        return body
    from agent.control import papers

    file, more = str(arguments["sheet"]), {"language": str(arguments["language"]), "code": body["code"]}
    papers.write_paper("owner-code", str(arguments["format"]), file, papers.joined(body["pieces"]), more)
    return {"file": file}


def show_code(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if "file" in body:
        page.line(f"the owner's code is on the sheet {body['file']}; print it, seal it, delete the file", Tone.GOOD)
    else:
        page.line(f"the owner's code: {body['code']}", Tone.STRONG)
    page.line("it is shown this once; any earlier one no longer counts")


async def activate(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    if not await station.reports.use_owner_code(str(arguments["code"])):
        raise BadRequest(
            "this code does not count: mistyped, used already, or replaced by a newer one; look at the sheet"
        )
    return Done({"activated": True})


def show_activated(_: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line("activated; the code is used up", Tone.GOOD)


LANGUAGE = Parameter(name="language", default="en", choices=LANGUAGES, purpose="of the paper")
FORM = Parameter(name="format", default="pdf", choices=("pdf", "html"), purpose="of the file")
NUMBER = Parameter(
    name="number", kind=Kind.WHOLE, default=0, low=0, purpose="of the report it is made of; else the newest"
)
FILE = Parameter(name="file", positional=True, purpose="where it is written")
SHOWN = Action(name="show", purpose="what was shown and handed over, and what is left", answer=shown, show=show_items)
VERB = Verb(
    purpose="the owner's check-list, pack and activation code",
    actions=(
        replace(SHOWN, name="", purpose="the same as show"),
        SHOWN,
        Action(
            name="tick",
            purpose="one thing of the check-list is done",
            role=Role.INSTALLER,
            parameters=(Parameter(name="item", positional=True, choices=ITEMS, purpose="what is done"),),
            answer=tick,
            show=show_tick,
            changes=True,
        ),
        Action(
            name="pack",
            purpose="write the two pages for the owner",
            role=Role.OPERATOR,
            parameters=(FILE, LANGUAGE, FORM, NUMBER),
            answer=pack,
            look=look,
            keep=keep_pack,
            show=show_pack,
            timeout_s=30.0,
        ),
        Action(
            name="code",
            purpose="draw the owner's activation code, once; the last one drawn counts",
            role=Role.INSTALLER,
            parameters=(
                Parameter(name="sheet", purpose="write a sheet of this name to be sealed, and show nothing"),
                LANGUAGE,
                FORM,
            ),
            answer=code,
            look=look_at_sheet,
            keep=keep_sheet,
            show=show_code,
            changes=True,
            timeout_s=30.0,
        ),
        Action(
            name="activate",
            purpose="the owner takes the station over, with the code of the sheet",
            role=Role.OPERATOR,
            parameters=(Parameter(name="code", positional=True, is_personal=True, purpose="as on the sheet"),),
            answer=activate,
            show=show_activated,
            changes=True,
        ),
    ),
)
