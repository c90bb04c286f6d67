"""`evsectl evidence make|wear|list|replace`: what a claim under warranty rests on, and the counters behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.roles import Role
from agent.control.sent_files import look_at_arrival
from agent.control.verb import Action, Arguments, Conversation, Effect, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

MADE_WITHIN_S = 60.0


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
            "parts": {id: body["parts"].get(id, {"serial": "", "fitted": None, "counts": {}}) for id in known},
            "meanings": meanings,
            "kinds": {id: kind_of(id).value for id in known},
        }
    )


def show_wear(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    for id, part in body["parts"].items():
        serial = f", serial number {part['serial']}" if part["serial"] else ""
        page.line(f"{id}{serial}", Tone.STRONG)
        rows = [
            [_count(name, count), name.rpartition("_")[0] if _is_time(name) else name, _meaning(body, id, name)]
            for name, count in part["counts"].items()
        ]
        if rows:
            page.table(["", "", ""], rows)
        else:
            page.line("  nothing yet", Tone.DIM)
    for one in body["retired"]:
        page.line(f"exchanged: {one['id']} {one['serial'] or '(no serial number)'}, {_sum(one['counts'])}", Tone.DIM)
    for gap in body["gaps"]:
        page.line(f"gap: {gap}", Tone.WARN)


def _is_time(name: str) -> bool:
    return name.endswith("_s")


def _count(name: str, count: int) -> str:
    from agent.control.render import duration

    if _is_time(name):
        return duration(count)
    if name.endswith("_wh"):
        return f"{count / 1000:.1f} kWh"
    return f"{count} °C" if name.endswith("_c") else str(count)


def _meaning(body: Body, id: str, name: str) -> str:
    return str(body["meanings"].get(f"{body['kinds'][id]}.{name}", ""))


def _sum(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing counted"


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
    part, serial = str(arguments["part"]), str(arguments["serial"]).strip()
    if not serial or len(serial) > SERIAL_AT_MOST or not serial.isprintable():
        raise BadRequest(f"serial: write what stands on the new part, {SERIAL_AT_MOST} characters at most")
    before = station.evidence.wear.part(part)
    await station.evidence.replaced(part, serial)
    return Done({"part": part, "serial": serial, "before": before.serial, "counts": dict(before.counts)})


def show_replaced(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(f"{body['part']}: {body['serial']} is counted from 0 now", Tone.GOOD)
    page.line(f"the one before ({body['before'] or 'no serial number'}) stays on record: {_sum(body['counts'])}")


SERIAL_AT_MOST = 40
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
            name="replace",
            purpose="a part was exchanged: its counters begin anew under its own serial number",
            role=Role.INSTALLER,
            parameters=(
                Parameter(name="part", positional=True, purpose='which one, as "contactor:1" (evsectl evidence wear)'),
                Parameter(name="serial", positional=True, purpose="the serial number of the new one"),
            ),
            answer=replace,
            show=show_replaced,
            changes=True,
        ),
    ),
)
