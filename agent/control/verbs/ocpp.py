"""`evsectl ocpp …`: how the link to the central system is doing, and what goes over its wire."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.records_ports import FrameFollower
    from agent.control.render import Page
    from agent.core.link_figures import SlotFigures
    from agent.core.time import Instant
    from agent.store.wire_trace import TracedFrame

ROWS_A_PART = 20
SIGN_OF_LIFE_S = 10.0
"""Something is said at least this often, so that a caller who left is noticed."""
SILENCE_TIMEOUT_S = 3 * SIGN_OF_LIFE_S
CERTIFICATE_WARNS_DAYS = 30
CLOCK_WARNS_S = 10.0
QUEUE_WARNS_PERCENT = 90
SHOWN = {"sent": "→", "received": "←"}
NONE_CONFIGURED = "none configured; this charger decides alone"

_CALL = re.compile(r'\s*\[\s*2\s*,\s*"[^"]*"\s*,\s*"([^"]*)"')


async def status(station: StationPort, _arguments: Arguments, _: Conversation) -> Done:
    from agent.control.moments import told
    from agent.core.link_figures import age_s, certificate_days

    seen, now = station.link_figures(), station.now()
    if seen is None:
        return Done({"configured": False})
    oldest_age_s = None if seen.oldest is None else age_s(seen.oldest, now)
    return Done(
        {
            "configured": True,
            "endpoint": seen.endpoint,
            "connected": seen.is_connected,
            "since": told(seen.since, now),
            "cause": seen.cause,
            "registration": seen.registration or None,
            "last_answer_s": None if seen.last_answer_s is None else round(seen.last_answer_s, 1),
            "round_trip_ms": None if seen.round_trip_s is None else round(1000 * seen.round_trip_s, 1),
            "queued": seen.queued,
            "queue_percent": round(100 * seen.fill),
            "thinned": seen.thinned,
            "unanswered": seen.unanswered,
            "oldest": None if seen.oldest is None else told(seen.oldest, now),
            "oldest_kind": seen.oldest_kind or None,
            "oldest_age_s": None if oldest_age_s is None else round(oldest_age_s),
            "reconnects": seen.reconnects,
            "losses": dict(seen.losses),
            "clock_known": now.utc_ms is not None,
            "clock_offset_s": None if seen.clock_offset_s is None else round(seen.clock_offset_s, 1) + 0.0,
            "certificate_days": certificate_days(seen, now),
            "slots": [_slot_row(one) for one in seen.slots],
        }
    )


def _slot_row(seen: SlotFigures) -> dict[str, Any]:
    return {
        "slot": seen.number,
        "endpoint": seen.endpoint or None,
        "network": seen.network or None,
        "security_profile": seen.security_profile,
        "active": seen.is_active,
        "last_good": seen.is_last_good,
        "failures": seen.failures,
        "why": seen.why or None,
        "trial": seen.trial or None,
        "trial_failures": seen.trial_failures,
    }


def show_status(body: Body, page: Page) -> None:
    from agent.control.render import Tone, duration

    if not body["configured"]:
        page.line(f"central system  {NONE_CONFIGURED}")
        return
    page.line(f"central system  {body['endpoint']}")
    # The cause is a sentence of its own: who refuses has answered.
    state = "answers" if body["connected"] else f"is not there: {body['cause'] or 'not connected yet'}"
    page.line(f"link            {state} {page.since(body['since'])}", Tone.GOOD if body["connected"] else Tone.BAD)
    page.line(f"registration    {body['registration'] or 'not answered yet'}")
    answered_s, trip_ms = body["last_answer_s"], body["round_trip_ms"]
    took = "" if trip_ms is None else f", after {trip_ms:g} ms"
    page.line(f"last answer     {'none yet' if answered_s is None else f'{duration(answered_s)} ago{took}'}")
    page.line(f"reconnects      {body['reconnects']}{_reasons(body['losses'])}")
    _show_queue(body, page)
    page.line(*_clock_line(body))
    days = body["certificate_days"]
    if days is not None:
        is_short = days < CERTIFICATE_WARNS_DAYS
        page.line(f"certificate     good for {days} more days", Tone.WARN if is_short else Tone.PLAIN)
    _show_slots(body, page)


def _show_slots(body: Body, page: Page) -> None:
    """Where there is a choice of addresses, or something is tried."""
    from agent.control.render import Tone

    rows = body["slots"]
    if len(rows) < 2 and not any(row["trial"] for row in rows):
        return
    for row in rows:
        words = ["in use" if body["connected"] else "tried now"] if row["active"] else []
        words += ["accepted the charger last"] if row["last_good"] and not (row["active"] and body["connected"]) else []
        words += [f"network {row['network']}"] if row["network"] else []
        words += [_failures(row)] if row["failures"] else []
        about = f" ({'; '.join(words)})" if words else ""
        page.line(f"slot {row['slot']}          {row['endpoint'] or 'empty'}{about}", _slot_tone(row))
        if row["trial"]:
            page.line(f"                on trial: {row['trial']}, {row['trial_failures']} attempts failed", Tone.WARN)


def _failures(row: dict[str, Any]) -> str:
    if row["failures"] == 1:
        return f"one failure since: {row['why']}"
    return f"{row['failures']} failures since, the last: {row['why']}"


def _slot_tone(row: dict[str, Any]) -> Any:
    from agent.control.render import Tone

    return Tone.WARN if row["failures"] else Tone.PLAIN


async def use(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    slot = int(arguments["slot"])
    await station.use_slot(slot)
    return Done({"slot": slot})


def show_use(body: Body, page: Page) -> None:
    page.line(f"slot {body['slot']} is tried now; if it fails, it is the next one's turn. See: evsectl ocpp status")


async def connect(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control import connecting

    return await connecting.connect(station, arguments, conversation)


async def undo(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control import connecting

    return await connecting.undo(station, arguments, conversation)


def look(arguments: Arguments) -> None:
    from agent.control import connection_supply

    connection_supply.look(arguments)


def supply(arguments: Arguments, asked: str) -> str:
    from agent.control import connection_supply

    return connection_supply.supply(arguments, asked)


def show_connect(body: Body, page: Page) -> None:
    from agent.control.connection_page import show

    show(body, page)


def _show_queue(body: Body, page: Page) -> None:
    from agent.control.render import Tone, duration

    if body["thinned"]:
        thinned = f"{body['thinned']} samples went for want of room since the agent started; starts and stops never do"
        page.line(f"samples         {thinned}", Tone.BAD)
    if not body["queued"]:
        page.line("queue           empty")
        return
    if body["queue_percent"] >= QUEUE_WARNS_PERCENT:
        page.line(f"room            queue {body['queue_percent']} % full; samples are thinned out at 100 %", Tone.WARN)
    aged = "of unknown age" if body["oldest_age_s"] is None else f"{duration(body['oldest_age_s'])} old"
    aside = f", {body['unanswered']} of them not answered and told again later" if body["unanswered"] else ""
    tone = Tone.PLAIN if body["connected"] and not aside else Tone.WARN
    page.line(f"queue           {body['queued']} to tell, the oldest a {body['oldest_kind']} {aged}{aside}", tone)


def _reasons(losses: dict[str, int]) -> str:
    return f" (ends and failures: {', '.join(f'{cause} {count}' for cause, count in losses.items())})" if losses else ""


def _clock_line(body: Body) -> tuple[str, Any]:
    from agent.control.render import Tone

    if not body["clock_known"]:
        return "clock           unknown; records are dated once somebody tells the time", Tone.WARN
    offset_s = body["clock_offset_s"]
    if offset_s is None:
        return "clock           known", Tone.PLAIN
    where = f"the central system is {abs(offset_s):g} s {'ahead' if offset_s >= 0 else 'behind'}"
    return f"clock           known; {where}", Tone.WARN if abs(offset_s) > CLOCK_WARNS_S else Tone.PLAIN


async def trace(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    try:
        with station.trace.follower() as follower:
            frames = await station.trace.newest(int(arguments["limit"]))
            # What came meanwhile stands in the file already.
            follower.drain()
            if not frames and not arguments["follow"]:
                return Done({"frames": [], "why_none": NO_FRAMES})
            for start in range(0, len(frames), ROWS_A_PART):
                await conversation.say({"frames": _rows(frames[start : start + ROWS_A_PART], station.now())})
            if arguments["follow"]:
                await _follow(station, follower, conversation)
    except OSError as error:
        raise Busy(f"the trace cannot be read: {error}; look at the disk of the store") from error
    return Done({"frames": []})


async def _follow(station: StationPort, follower: FrameFollower, conversation: Conversation) -> None:
    """Until the caller is gone."""
    while True:
        try:
            async with asyncio.timeout(SIGN_OF_LIFE_S):
                await follower.arrived()
        except TimeoutError:
            await conversation.say({"frames": []})
        for row in _rows(follower.drain(), station.now()):
            await conversation.say({"frames": [row]})


def _rows(frames: Iterable[TracedFrame], now: Instant) -> list[dict[str, Any]]:
    return list(_each_row(frames, now))


def _each_row(frames: Iterable[TracedFrame], now: Instant) -> Iterator[dict[str, Any]]:
    from agent.control.moments import utc_text

    for frame in frames:
        called = _CALL.match(frame.text)
        yield {
            "utc": utc_text(frame.at, now),
            "direction": frame.direction,
            "action": called[1] if called else None,
            "latency_ms": None if frame.latency_s is None else round(1000 * frame.latency_s, 1),
            "frame": frame.text,
        }


def show_trace(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if body.get("why_none"):
        page.line(str(body["why_none"]))
    for row in body["frames"]:
        if row["direction"] not in SHOWN:
            page.line(f"… {row['frame']} frames are missing here: too many at once", Tone.WARN)
            continue
        latency = "" if row["latency_ms"] is None else f"{row['latency_ms']:g} ms"
        tone = Tone.PLAIN if row["direction"] == "sent" else Tone.DIM
        page.line(f"{page.date(row)}  {SHOWN[row['direction']]}  {latency:>10}  {row['frame']}", tone)


NO_FRAMES = (
    "no message went over the link yet: it was never open, or nothing is kept; how it stands: evsectl ocpp status"
)
SURE = Parameter(name="yes", kind=Kind.FLAG, default=False, purpose="without being asked")
VERB = Verb(
    purpose="the link to the central system: its state, and what goes over its wire",
    actions=(
        Action(
            name="status",
            purpose="queue, oldest message, last answer, reconnects and why, clock, certificate, addresses",
            answer=status,
            remote=Effect.READ,
            show=show_status,
        ),
        Action(
            name="use",
            purpose="connect to the address in a slot now, a trial that waits is given up",
            role=Role.INSTALLER,
            parameters=(Parameter(name="slot", kind=Kind.WHOLE, positional=True, high=4, purpose="its number"),),
            answer=use,
            show=show_use,
            changes=True,
        ),
        Action(
            name="connect",
            purpose="connect by what the operator handed out: tries its likely forms and writes the one that answers",
            role=Role.INSTALLER,
            parameters=(
                Parameter(
                    name="string",
                    positional=True,
                    default="ask",
                    is_token=True,
                    is_personal=True,
                    purpose="an address, JSON, or URL: … ID: … Password: …; left out, it is asked for and not shown",
                ),
                Parameter(name="file", kind=Kind.FILE, is_personal=True, purpose="a file that holds it"),
                Parameter(name="identity", purpose="the charger's name there, where it is not in it"),
                Parameter(name="password_file", purpose="a file on the charger that holds the password"),
                SURE,
            ),
            answer=connect,
            look=look,
            supply=supply,
            show=show_connect,
            changes=True,
            follows=True,
            timeout_s=60.0,
        ),
        Action(
            name="undo",
            purpose="back to the connection before the last `ocpp connect`; only while nobody charges",
            role=Role.INSTALLER,
            parameters=(SURE,),
            answer=undo,
            supply=supply,
            show=show_connect,
            changes=True,
            timeout_s=60.0,
        ),
        Action(
            name="trace",
            purpose="the latest frames, both ways; tokens by their last letters (from afar: not at all), no secrets",
            role=Role.INSTALLER,
            parameters=(
                Parameter(name="limit", kind=Kind.WHOLE, default=50, high=5000, purpose="so many of the newest"),
                Parameter(name="follow", kind=Kind.FLAG, default=False, purpose="go on with what comes, until Ctrl-C"),
            ),
            answer=trace,
            remote=Effect.READ,
            masked=(Masked.CARDS,),
            show=show_trace,
            follows=True,
            timeout_s=SILENCE_TIMEOUT_S,
        ),
    ),
)
