"""`evsectl board …`: the pilot board itself: what it is and sees, why it tripped, its latched faults, its firmware."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agent.control import board_files as files
from agent.control import board_pages as pages
from agent.control.refusals import in_words
from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Done
from agent.core.identity import ConnectorId
from agent.errors import BadRequest, Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.drivers.board_service import BoardService

OPERATOR_MOST, REASON_MOST = 32, 64
"""Characters that the board takes."""
ANSWERS_WITHIN_S = 180.0
"""A board that verifies a signature answers nothing else for some seconds, and a content comes in many pieces."""
FLASH_SILENCE_S = 240.0
"""From the last block to the end of a trial that failed."""
GONE_WITHIN_S = 5.0
MISMATCH = "mcu.firmware_mismatch"
STRANGER = "the board speaks another message table than this agent; a firmware of the agent's release ends that"


async def info(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.snapshot import board_body, fault_body

    connector, service = _chosen(station, arguments)
    with in_words():
        found = await service.describe()
    session, now = station.session(connector), station.now()
    return Done(
        {
            "connector": int(connector),
            "board": found.board,
            "revision": found.revision,
            "firmware_version": found.firmware_version,
            "boot_id": found.boot_id,
            "uptime_s": found.uptime_s,
            "capabilities": list(found.capabilities),
            "calibration": dict(found.calibration),
            "counters": dict(found.counters),
            "update": dict(found.update),
            "configuration": {
                "mark": found.mark or None,
                "pinned": found.pinned or None,
                "properties": dict(found.configuration),
            },
            "measures": dict(found.measures),
            "state": board_body(station.board(connector)),
            "faults": [fault_body(fault, now) for fault in session.faults.faults if "mcu" in fault.kind.owner],
        }
    )


async def capture(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    connector, service = _chosen(station, arguments)
    with in_words():
        found = await service.capture()
    return Done({"connector": int(connector), "step_us": found.step_us, "levels_mv": list(found.levels_mv)})


async def evidence(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.moments import told
    from agent.control.trips import faults_of_trip
    from agent.core.faults.catalogue import CATALOGUE

    connector, service = _chosen(station, arguments)
    with in_words():
        found = await service.trip_record()
    now, age_s = station.now(), found.age_s
    ids = () if age_s is None else await faults_of_trip(station, connector, age_s)
    return Done(
        {
            "connector": int(connector),
            "tripped": None if age_s is None else told(now.plus(-age_s), now),
            "faults": [{"id": id, "meaning": CATALOGUE[id].meaning} for id in ids],
            "columns": list(found.columns),
            "rows": [list(row) for row in found.rows],
        }
    )


async def challenge(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    fault, operator, reason = _signed_words(arguments)
    connector, service = _chosen(station, arguments)
    _refuse_not_kept(station, connector, fault)
    with in_words():
        text = await service.text_to_sign(fault, operator, reason)
    return Done({"connector": int(connector), "text": text.decode()})


async def clear(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.drivers.board_service import Clearing

    fault, operator, reason = _signed_words(arguments)
    connector, service = _chosen(station, arguments)
    _refuse_not_kept(station, connector, fault)
    signature = files.signature_of(await conversation.ask(files.SIGNATURE))
    with in_words():
        await service.clear(Clearing(fault=fault, operator=operator, reason=reason, signature=signature))
    await _clear_here(station, connector, fault)
    left = [other.kind.id for other in station.session(connector).faults.faults]
    return Done({"connector": int(connector), "cleared": fault, "left": left})


async def _clear_here(station: StationPort, connector: ConnectorId, id: str) -> None:
    """The charger's own latch of what the board let go of: one signature ends both."""
    from agent.control.following import follow

    def is_seen_gone() -> bool | None:
        fault = station.session(connector).faults.find(id)
        return True if fault is None or fault.condition_gone_since is not None else None

    with station.bus.reader() as reader:
        await follow(reader, GONE_WITHIN_S, is_seen_gone)
        station.clear_fault(connector, id)
        await follow(reader, GONE_WITHIN_S, lambda: station.session(connector).faults.find(id) is None or None)


async def flash(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    connector, service = _chosen(station, arguments)
    _refuse_in_use(station, connector)
    if station.session(connector).faults.find(MISMATCH) is not None:
        await conversation.say({"connector": int(connector), "note": STRANGER})
    size = files.size_of(await conversation.ask(files.SIZE))

    async def supply(at: int, length: int) -> bytes:
        return files.piece_of(await conversation.ask(files.question(at, length)), length)

    async def progress(done: int, total: int) -> None:
        await conversation.say({"connector": int(connector), "sent_bytes": done, "total_bytes": total})
        await asyncio.sleep(0)

    with in_words():
        outcome = await service.flash(size, supply, progress)
    body = {
        "connector": int(connector),
        "before": outcome.before,
        "after": outcome.after,
        "stayed": outcome.stayed,
        "detail": outcome.detail,
    }
    await conversation.say(body)
    return Done({}, passed=outcome.stayed)


def _refuse_in_use(station: StationPort, connector: ConnectorId) -> None:
    session = station.session(connector)
    if session.transaction is not None:
        raise Busy(f"a charge runs at connector {connector}; first: evsectl stop --connector {connector}")
    if session.pilot.plugged:
        raise Busy(f"a car is plugged in at connector {connector}; the board takes no firmware then: unplug first")


def _refuse_not_kept(station: StationPort, connector: ConnectorId, id: str) -> None:
    """Raises Busy for a fault that no signature ends at this board; one that is silent is for the driver to tell."""
    from agent.core.explain.clearing import how_it_clears
    from agent.core.faults.releasing import is_kept_by_board

    session = station.session(connector)
    fault = session.faults.find(id)
    if not session.board_speaks or (fault is not None and is_kept_by_board(fault)):
        return
    here = f"the pilot board of connector {connector} does not hold {id}"
    raise Busy(f"{here}; see: evsectl faults list" if fault is None else f"{here}: {how_it_clears(fault)}")


def _chosen(station: StationPort, arguments: Arguments) -> tuple[ConnectorId, BoardService]:
    """The board that was meant. Raises BadRequest where that is open, or where there is none."""
    from agent.control.arguments import chosen_connectors

    found = [
        (one, service)
        for one in chosen_connectors(station.connectors(), arguments)
        if (service := station.board_service(one)) is not None
    ]
    if not found:
        raise BadRequest("connector: there is no pilot board that can be asked")
    if len(found) > 1:
        raise BadRequest("connector: which board? write --connector N")
    return found[0]


def _signed_words(arguments: Arguments) -> tuple[str, str, str]:
    """Fault, operator and reason, as they stand in the text that is signed. Raises BadRequest."""
    from agent.core.faults.catalogue import CATALOGUE
    from agent.tables import close_to

    id, operator, reason = (str(arguments[name]) for name in ("id", "operator", "reason"))
    if id not in CATALOGUE:
        raise BadRequest(f'id: no fault is called "{id[:40]}"{close_to(id[:40], CATALOGUE)}')
    for name, text, most in (("operator", operator, OPERATOR_MOST), ("reason", reason, REASON_MOST)):
        if text != text.strip() or not text.isprintable() or len(text) > most:
            raise BadRequest(f"{name}: up to {most} printable characters, none of them a space at an end")
    return id, operator, reason


CONNECTOR = Parameter(name="connector", kind=Kind.CONNECTOR, purpose="which board, where there are several")
CSV = Parameter(name="csv", kind=Kind.FILE, purpose="write every row into this file")
SIGNED = (
    Parameter(name="id", positional=True, purpose='the fault, as "contactor.welded"'),
    CONNECTOR,
    Parameter(name="operator", required=True, is_words=True, purpose="who clears it; part of what is signed"),
    Parameter(
        name="reason", required=True, is_words=True, purpose="what was done about the cause; part of what is signed"
    ),
)
VERB = Verb(
    purpose="the pilot board: who it is, what it sees, its latched faults, its firmware",
    actions=(
        Action(
            name="info",
            purpose="who the board is, what it counts, and every reading",
            parameters=(CONNECTOR,),
            answer=info,
            remote=Effect.READ,
            show=pages.show_info,
            timeout_s=ANSWERS_WITHIN_S,
        ),
        Action(
            name="capture",
            purpose="100 ms of the pilot: levels, duty, frequency, noise",
            role=Role.INSTALLER,
            parameters=(CONNECTOR, CSV),
            answer=capture,
            remote=Effect.READ,
            look=files.place_of_csv,
            keep=files.keep_capture,
            show=pages.show_capture,
            timeout_s=ANSWERS_WITHIN_S,
        ),
        Action(
            name="evidence",
            purpose="what the board saw around its last trip: seconds closely, moments further back",
            role=Role.INSTALLER,
            parameters=(CONNECTOR, CSV),
            answer=evidence,
            remote=Effect.READ,
            look=files.place_of_csv,
            keep=files.keep_evidence,
            show=pages.show_evidence,
            timeout_s=ANSWERS_WITHIN_S,
        ),
        Action(
            name="challenge",
            purpose="the text whose SHA-256 a service key signs to clear a latched fault",
            role=Role.SERVICE,
            parameters=SIGNED,
            answer=challenge,
            show=pages.show_challenge,
            timeout_s=ANSWERS_WITHIN_S,
        ),
        Action(
            name="clear",
            purpose="end a fault that the board keeps over restarts, with a signature made for its challenge",
            role=Role.SERVICE,
            parameters=(
                *SIGNED,
                Parameter(
                    name="signature",
                    kind=Kind.FILE,
                    required=True,
                    purpose="file with the Ed25519 signature, 64 bytes or as hexadecimal digits",
                ),
            ),
            answer=clear,
            look=files.signature_in,
            supply=files.supply_signature,
            show=pages.show_cleared,
            changes=True,
            timeout_s=ANSWERS_WITHIN_S,
        ),
        Action(
            name="flash",
            purpose="give the board a signed firmware; it goes back by itself where the new one does not come up",
            role=Role.SERVICE,
            parameters=(
                Parameter(name="image", kind=Kind.FILE, positional=True, purpose="made by tools/firmware_image"),
                CONNECTOR,
            ),
            answer=flash,
            look=files.size_in,
            supply=files.supply_image,
            show=pages.show_flash,
            changes=True,
            follows=True,
            timeout_s=FLASH_SILENCE_S,
        ),
    ),
)
