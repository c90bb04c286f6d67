"""`evsectl evidence make|wear|list|name|replace`: what a claim under warranty rests on, and the counters behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.roles import Role
from agent.control.sent_files import look_at_arrival
from agent.control.verb import Action, Arguments, Conversation, Effect, Masked, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

MADE_WITHIN_S = 60.0
UNTOLD: Body = {"serial": "", "model": "", "fitted": None, "counts": {}}


async def make(station: StationPort, _: Arguments, __: Conversation) -> Done:
    file, body = await station.evidence.make()
    return Done(body, file=file)


def show_made(body: Body, page: Page) -> None:
    from agent.control.render import Tone, quantities

    page.line(f"evidence {body['claim_id']}: {body['bytes'] / 1000:.0f} kB", Tone.GOOD)
    rows = [
        [one["id"], "left out: " + one["left_out"] if "left_out" in one else quantities({"lines": one.get("lines", 1)})]
        for one in body["records"]
    ]
    page.table(["record", "holds"], rows)
    for gap in body["gaps"]:
        page.line(f"gap: {gap}", Tone.WARN)
    if not body["signed"]:
        page.line(f"it is not signed: {body['unsigned_because']}", Tone.WARN)
    page.line(f"sha-256 of the claim {body['hash']}", Tone.DIM)
    page.line("to check it anywhere: evse-support verify FILE --key KEY (evsectl report key)", Tone.DIM)


async def wear(station: StationPort, _: Arguments, __: Conversation) -> Done:
    from agent.core.wear.model import COUNTERS, kind_of
    from agent.store.wear_codec import body_of

    record = station.evidence.wear
    meanings = {f"{one.part.value}.{one.name}": one.meaning for one in COUNTERS}
    body = body_of(record)
    known = station.evidence.parts()
    return Done(
        body
        | {
            "parts": {id: body["parts"].get(id, UNTOLD) for id in known},
            "meanings": meanings,
            "kinds": {id: kind_of(id).value for id in known},
        }
    )


def show_wear(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    for id, part in body["parts"].items():
        model = f", {part['model']}" if part["model"] else ""
        serial = f", serial number {part['serial']}" if part["serial"] else ""
        page.line(f"{id}{model}{serial}", Tone.STRONG)
        rows = [
            [_count(page, name, count), _bare(name), _meaning(body, id, name)] for name, count in part["counts"].items()
        ]
        if rows:
            page.table(["", "", ""], rows)
        else:
            page.line("  nothing yet", Tone.DIM)
    for one in body["retired"]:
        page.line(
            f"exchanged: {one['id']} {one['serial'] or '(no serial number)'}, {_sum(page, one['counts'])}", Tone.DIM
        )
    for gap in body["gaps"]:
        page.line(f"gap: {gap}", Tone.WARN)


UNITS = {"_utc_ms": "", "_s": "", "_wh": "kWh", "_c": "°C", "_ms": "ms", "_mb": "MB", "_percent": "%"}
"""By the ending of a counter's name; the first that fits."""


def _unit(name: str) -> str:
    return next((ending for ending in UNITS if name.endswith(ending)), "")


def _bare(name: str) -> str:
    return name.removesuffix(_unit(name))


def _count(page: Page, name: str, count: int) -> str:
    from agent.control.render import duration
    from agent.core.time import rfc3339

    match _unit(name):
        case "_utc_ms":
            return page.date({"utc": rfc3339(count)})
        case "_s":
            return duration(count)
        case "_wh":
            return f"{count / 1000:.1f} kWh"
        case unit:
            return f"{count} {UNITS.get(unit, '')}".rstrip()


def _meaning(body: Body, id: str, name: str) -> str:
    return str(body["meanings"].get(f"{body['kinds'][id]}.{name}", ""))


def _sum(page: Page, counts: dict[str, int]) -> str:
    return (
        ", ".join(f"{_bare(name)} {_count(page, name, count)}" for name, count in counts.items()) or "nothing counted"
    )


async def listed(station: StationPort, _: Arguments, __: Conversation) -> Done:
    from agent.control.moments import told

    now = station.now()
    return Done(
        {
            "claims": [
                {"number": one.number, "claim_id": one.claim_id, "made": told(one.made, now), "hash": one.hash}
                for one in await station.evidence.claims()
            ]
        }
    )


def show_list(body: Body, page: Page) -> None:
    if not body["claims"]:
        page.line("no evidence was made yet: evsectl evidence make --to FILE")
        return
    rows = [[one["claim_id"], page.date(one["made"]), one["hash"]] for one in body["claims"]]
    page.table(["claim", "made", "sha-256"], rows)


async def replace(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    part, serial, model = str(arguments["part"]), _written(arguments, "serial"), _written(arguments, "model")
    if not serial:
        raise BadRequest(NO_NUMBER.format(name="serial"))
    before = station.evidence.wear.part(part)
    await station.evidence.replaced(part, serial, model)
    counts = dict(before.counts)
    return Done({"part": part, "serial": serial, "model": model, "before": before.serial, "counts": counts})


def _written(arguments: Arguments, name: str) -> str:
    text = str(arguments.get(name) or "").strip()
    if name in arguments and not text:
        raise BadRequest(NO_NUMBER.format(name=name))
    if len(text) > NUMBER_AT_MOST or not text.isprintable():
        raise BadRequest(NO_NUMBER.format(name=name))
    return text


def show_replaced(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(f"{body['part']}: {body['serial']} is counted from 0 now", Tone.GOOD)
    page.line(f"the one before ({body['before'] or 'no serial number'}) stays on record: {_sum(page, body['counts'])}")


async def name(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    part, serial, model = str(arguments["part"]), _written(arguments, "serial"), _written(arguments, "model")
    if not serial and not model:
        raise BadRequest("say who the part is: --serial, --model, or both, as they stand on it")
    wear = await station.evidence.named(part, serial, model)
    return Done({"part": part, "serial": wear.part(part).serial, "model": wear.part(part).model})


def show_named(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    serial = f"serial number {body['serial']}" if body["serial"] else ""
    page.line(
        f"{body['part']}: {', '.join(one for one in (body['model'], serial) if one)}; its counters go on", Tone.GOOD
    )


NUMBER_AT_MOST = 40
NO_NUMBER = "{name}: write what stands on the part, 40 characters at most"
MODEL = Parameter(name="model", purpose="the number its maker sells it under")
VERB = Verb(
    purpose="what a claim under warranty rests on, and the counters behind it",
    actions=(
        Action(
            name="make",
            purpose="a sealed bundle of counters and records that nobody can change unseen; it names no person",
            role=Role.OPERATOR,
            parameters=(Parameter(name="to", purpose="where it is written; else under its own name in this folder"),),
            answer=make,
            look=look_at_arrival,
            show=show_made,
            remote=Effect.READ,
            masked=(Masked.CARDS, Masked.WORDS, Masked.LOGINS),
            changes=True,
            timeout_s=MADE_WITHIN_S,
        ),
        Action(
            name="wear",
            purpose="the counters of every part; they only rise",
            answer=wear,
            show=show_wear,
            remote=Effect.READ,
        ),
        Action(
            name="list",
            purpose="every bundle that was made, oldest first, with the hash that the next one names",
            answer=listed,
            show=show_list,
            remote=Effect.READ,
        ),
        Action(
            name="name",
            purpose="who a part is that is fitted already; its counters go on",
            role=Role.INSTALLER,
            parameters=(
                Parameter(name="part", positional=True, purpose='which one, as "contactor:1" (evsectl evidence wear)'),
                Parameter(name="serial", purpose="its serial number"),
                MODEL,
            ),
            answer=name,
            show=show_named,
            changes=True,
        ),
        Action(
            name="replace",
            purpose="a part was exchanged: its counters begin anew under its own serial number",
            role=Role.INSTALLER,
            parameters=(
                Parameter(name="part", positional=True, purpose='which one, as "contactor:1" (evsectl evidence wear)'),
                Parameter(name="serial", positional=True, purpose="the serial number of the new one"),
                MODEL,
            ),
            answer=replace,
            show=show_replaced,
            changes=True,
        ),
    ),
)
