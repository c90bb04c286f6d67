"""`evsectl maintenance`: planned maintenance, told before it begins, and visits for a case. It moves nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest, Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.uptime.model import Window

LONGEST_S = 14 * 86_400
"""A window that is forgotten must not excuse a year."""
AHEAD_S = 90 * 86_400
SHOWN = 20


async def open_window(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.core.uptime.model import Window

    now = station.now()
    if now.utc_ms is None:
        raise Busy("the clock is not known, so nobody can say when a window ends; wait for the time to be set")
    from_ms = _moment("from", str(arguments["from"]), now.utc_ms) if "from" in arguments else now.utc_ms
    until_ms = _moment("until", str(arguments["until"]), from_ms)
    _check(now.utc_ms, from_ms, until_ms)
    for one in station.service.windows():
        if max(from_ms, one.from_ms) < min(until_ms, one.end_ms):
            raise BadRequest(
                f"window {one.number} lies in that time until {_text(one.end_ms)}; "
                f"end it first: evsectl maintenance close --window {one.number}"
            )
    wanted = Window(
        number=0,
        opened=now,
        from_ms=from_ms,
        until_ms=until_ms,
        why=str(arguments["why"]),
        by=str(arguments["by"]),
    )
    made = await station.service.open_window(wanted)
    return Done({"window": _plain(made, now.utc_ms)})


def _check(now_ms: int, from_ms: int, until_ms: int) -> None:
    """Raises BadRequest for what is no plan."""
    if from_ms < now_ms:
        raise BadRequest("from: it lies in the past, and what was not planned is not scheduled; leave it out for now")
    if from_ms - now_ms > AHEAD_S * 1000:
        raise BadRequest(f"from: it is more than {AHEAD_S // 86_400} days ahead; open it nearer to the day")
    if until_ms <= from_ms:
        raise BadRequest("until: it is not after the begin; write a later time, as 2h or 2026-12-01T18:00Z")
    if until_ms - from_ms > LONGEST_S * 1000:
        raise BadRequest(f"until: a window is at most {LONGEST_S // 86_400} days long; open another one behind it")


def _moment(name: str, text: str, base_ms: int) -> int:
    """ "90m", "2h" or "3d" from `base_ms` on, or a time with its offset. UTC milliseconds; raises BadRequest."""
    from agent.control.durations import seconds_of

    on_s = seconds_of(text) if not text.isdecimal() else None
    if on_s is not None:
        return base_ms + round(on_s * 1000)
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadRequest(f'{name}: "{text[:40]}" is no time; write 90m, 2h, 3d, or 2026-12-01T18:00Z') from error
    if at.tzinfo is None:
        raise BadRequest(f"{name}: of {text[:40]} nobody knows in which zone; write it with Z or +01:00 behind it")
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))


async def close(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    now_ms = station.now().utc_ms
    if now_ms is None:
        raise Busy("the clock is not known, so nobody can say when the window ended; wait for the time to be set")
    number = int(arguments["window"]) if "window" in arguments else None
    live = [one for one in station.service.windows() if one.end_ms > max(now_ms, one.from_ms)]
    open_now = station.service.open_now()
    chosen = open_now if number is None else next((one for one in live if one.number == number), None)
    if chosen is None:
        told = f"no window {number} is open or planned" if number is not None else "no maintenance window is open"
        raise BadRequest(f"{told}; see: evsectl maintenance list")
    await station.service.close_window(chosen.number)
    closed = next(one for one in station.service.windows() if one.number == chosen.number)
    return Done({"window": _plain(closed, now_ms)})


async def listed(station: StationPort, _arguments: Arguments, _: Conversation) -> Done:
    now_ms = station.now().utc_ms
    newest = station.service.windows()[-SHOWN:]
    return Done({"windows": [_plain(one, now_ms) for one in reversed(newest)]})


async def visit(_: StationPort, arguments: Arguments, __: Conversation) -> Done:
    """The command on record is all of it: the dispatcher puts the case beside it."""
    from agent.core.orders.checking import CASE

    case = str(arguments["case"])
    if not CASE.fullmatch(case):
        raise BadRequest("case: write its number at the help desk, 1 to 64 letters, digits or . _ : / # -, and no name")
    return Done({"case": case})


def show_visit(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(f"it is on record that somebody is here for case {body['case']}", Tone.GOOD)
    page.line("what is done at the charger within the hour after each command belongs to this visit", Tone.DIM)


def _plain(one: Window, now_ms: int | None) -> dict[str, Any]:
    return {
        "number": one.number,
        "state": _state(one, now_ms),
        "from": _text(one.from_ms),
        "until": _text(one.end_ms),
        "why": one.why,
        "by": one.by,
    }


def _state(one: Window, now_ms: int | None) -> str:
    if one.end_ms <= one.from_ms:
        return "called off"
    if now_ms is None:
        return "not known"
    return "open" if one.is_open(now_ms) else "planned" if now_ms < one.from_ms else "over"


def _text(utc_ms: int) -> str:
    return datetime.fromtimestamp(utc_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def show_opened(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    one = body["window"]
    page.line(f"window {one['number']} is {one['state']}, {one['from']} until {one['until']}: {one['why']}", Tone.GOOD)
    page.line("what goes out of service meanwhile does not count for uptime; nothing was moved or switched off")


def show_closed(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    one = body["window"]
    what = "is called off" if one["state"] == "called off" else f"ended at {one['until']}"
    page.line(f"window {one['number']} {what}", Tone.GOOD)


def show_list(body: Body, page: Page) -> None:
    if not body["windows"]:
        page.line('none; one is opened with: evsectl maintenance open --until 2h --why "exchange the meter" --by NAME')
        return
    rows = [
        [str(one["number"]), one["state"], one["from"], one["until"], one["by"], one["why"]] for one in body["windows"]
    ]
    page.table(["window", "", "from", "until", "by", "why"], rows)


VERB = Verb(
    purpose="planned maintenance: what goes out of service in it does not count for uptime",
    actions=(
        Action(
            name="open",
            purpose="begin a window, or plan one; nothing is moved or switched off",
            role=Role.OPERATOR,
            parameters=(
                Parameter(name="until", required=True, purpose="its end: 90m, 2h, 3d, or 2026-12-01T18:00Z"),
                Parameter(name="why", required=True, is_words=True, purpose="what is going to be done"),
                Parameter(name="by", required=True, is_personal=True, purpose="who says so: a name, kept with it"),
                Parameter(name="from", purpose="its begin, where it is not now; never in the past"),
            ),
            remote=Effect.READ,
            masked=(Masked.WORDS,),
            changes=True,
            answer=open_window,
            show=show_opened,
        ),
        Action(
            name="close",
            purpose="end the window that is open, or a planned one, now",
            role=Role.OPERATOR,
            parameters=(
                Parameter(name="window", kind=Kind.WHOLE, purpose="its number; left out: the one that is open"),
            ),
            remote=Effect.READ,
            masked=(Masked.WORDS,),
            changes=True,
            answer=close,
            show=show_closed,
        ),
        Action(
            name="visit",
            purpose="say for which support case you are at the charger; evidence and times of repair tell it",
            role=Role.OPERATOR,
            parameters=(Parameter(name="case", positional=True, purpose="its number at the help desk"),),
            changes=True,
            answer=visit,
            show=show_visit,
        ),
        Action(
            name="list",
            purpose="open, planned and past windows",
            remote=Effect.READ,
            masked=(Masked.WORDS,),
            answer=listed,
            show=show_list,
        ),
    ),
)
