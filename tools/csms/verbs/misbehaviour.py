"""Commands that make the central system misbehave, and `heal`, which ends all of it."""

from __future__ import annotations

from tools.csms.arguments import Arguments, BadCommand
from tools.csms.behaviour import HEARTBEAT_INTERVAL_S
from tools.csms.hostile import FRAMES, hostile_frames
from tools.csms.server import CentralSystem
from tools.csms.verbs.verb import Outcome, Verb

TOKEN_STATES = ("Blocked", "Expired", "Invalid", "ConcurrentTx", "Accepted")


async def silent(system: CentralSystem, arguments: Arguments) -> Outcome:
    system.behaviour.is_silent = arguments.flag("on", True)
    arguments.finish()
    return {}


async def deaf(system: CentralSystem, arguments: Arguments) -> Outcome:
    system.behaviour.is_deaf = arguments.flag("on", True)
    arguments.finish()
    return {}


async def slow(system: CentralSystem, arguments: Arguments) -> Outcome:
    delay_s = arguments.number("delay_s")
    arguments.finish()
    if delay_s < 0:
        raise BadCommand(f"delay_s: {delay_s} is below 0")
    system.behaviour.answer_delay_s = delay_s
    return {}


async def drop(system: CentralSystem, arguments: Arguments) -> Outcome:
    every = arguments.optional_whole("every")
    if every is not None:
        arguments.finish()
        if every < 1:
            raise BadCommand(f"every: {every} is below 1")
        system.behaviour.drop_every = every
        return {}
    station = system.station(arguments.optional_text("charger"))
    is_polite = arguments.flag("polite", False)
    arguments.finish()
    if is_polite:
        await station.connection.socket.close()
    else:
        station.connection.tear()
    return {}


async def freeze(system: CentralSystem, arguments: Arguments) -> Outcome:
    station = system.station(arguments.optional_text("charger"))
    is_frozen = arguments.flag("on", True)
    arguments.finish()
    station.connection.freeze(is_frozen)
    return {}


async def refuse(system: CentralSystem, arguments: Arguments) -> Outcome:
    status = arguments.whole("status", 503)
    arguments.finish()
    if status not in (400, 401, 403, 404, 500, 502, 503):
        raise BadCommand(f"status: {status} is not an HTTP error a charger meets in the field")
    system.behaviour.refused_status = status
    return {}


async def offline(system: CentralSystem, arguments: Arguments) -> Outcome:
    arguments.finish()
    await system.close()
    return {}


async def boot_answer(system: CentralSystem, arguments: Arguments) -> Outcome:
    status = arguments.choice("status", ("Accepted", "Pending", "Rejected"))
    interval_s = arguments.whole("interval_s", HEARTBEAT_INTERVAL_S)
    arguments.finish()
    system.behaviour.boot_status, system.behaviour.boot_interval_s = status, interval_s
    return {}


async def reject(system: CentralSystem, arguments: Arguments) -> Outcome:
    action, code = arguments.text("action"), arguments.text("code", "InternalError")
    arguments.finish()
    system.behaviour.rejected_actions[action] = code
    return {}


async def refuse_token(system: CentralSystem, arguments: Arguments) -> Outcome:
    token, status = arguments.text("token"), arguments.choice("status", TOKEN_STATES, "Invalid")
    arguments.finish()
    system.behaviour.refused_tokens[token.casefold()] = status
    return {}


async def parent(system: CentralSystem, arguments: Arguments) -> Outcome:
    token, parent_token = arguments.text("token"), arguments.text("parent")
    arguments.finish()
    system.behaviour.parents[token.casefold()] = parent_token
    return {}


async def clock(system: CentralSystem, arguments: Arguments) -> Outcome:
    system.behaviour.clock_offset_s = arguments.number("offset_s")
    arguments.finish()
    return {}


async def hostile(system: CentralSystem, arguments: Arguments) -> Outcome:
    station = system.station(arguments.optional_text("charger"))
    name = arguments.choice("name", (*FRAMES, "all"), "all")
    arguments.finish()
    frames = hostile_frames(name)
    for frame in frames:
        await station.connection.put(frame)
    return {"sent": len(frames)}


async def raw(system: CentralSystem, arguments: Arguments) -> Outcome:
    station = system.station(arguments.optional_text("charger"))
    text = arguments.text("text")
    arguments.finish()
    await station.connection.put(text)
    return {}


async def heal(system: CentralSystem, arguments: Arguments) -> Outcome:
    arguments.finish()
    system.behaviour.heal()
    for station in system.stations.values():
        station.connection.freeze(False)
    await system.reopen()
    return {}


VERBS = (
    Verb("silent", "on=true", "take everything in, withhold every answer", silent),
    Verb("deaf", "on=true", "record frames and ignore them", deaf),
    Verb("slow", "delay_s=S", "answer late", slow),
    Verb("drop", "polite=false | every=N", "tear the connection now, or at every n-th CALL, unanswered", drop),
    Verb("freeze", "on=true", "stop reading the socket: half open, no pong", freeze),
    Verb("refuse", "status=503", "turn new connections away", refuse),
    Verb("offline", "", "tear all connections and close the port", offline),
    Verb("boot_answer", "status=Pending interval_s=300", "how BootNotification is answered", boot_answer),
    Verb("reject", "action=… code=InternalError", "answer an action with CALLERROR", reject),
    Verb("refuse_token", "token=… status=Invalid", "refuse a token; status=Accepted takes it back", refuse_token),
    Verb("parent", "token=… parent=…", "tell this parentIdTag with every word on the token", parent),
    Verb("clock", "offset_s=S", "tell a wrong time", clock),
    Verb("hostile", f"name=all|{'|'.join(FRAMES)}", "send what no central system should", hostile),
    Verb("raw", "text=…", "send any text frame", raw),
    Verb("heal", "", "behave again, listen again", heal),
)
