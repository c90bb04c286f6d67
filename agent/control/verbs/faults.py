"""`evsectl faults list|clear`: what is wrong, how it goes away, and the end of what only a person may clear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.core.faults.model import Fault
from agent.core.faults.releasing import Objection, awaits_confirmation, objection
from agent.core.identity import ConnectorId
from agent.core.session.model import Session
from agent.errors import BadRequest, Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

CLEARED_WITHIN_S = 5.0
"""A connector takes its events within milliseconds, or after the record it waits for."""


async def listed(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.arguments import chosen_connectors
    from agent.control.room import room_notices

    chosen = chosen_connectors(station.connectors(), arguments)
    rows = [row for one in chosen for row in _rows(station, one)]
    return Done({"faults": rows, "notices": list(room_notices(station.config.storage.path))})


def _rows(station: StationPort, connector: ConnectorId) -> list[dict[str, Any]]:
    from agent.control.snapshot import fault_body
    from agent.core.explain.clearing import how_it_clears

    session, now = station.session(connector), station.now()
    return [
        {
            "connector": int(connector),
            **fault_body(fault, now),
            "clears": how_it_clears(fault),
            "clearable": awaits_confirmation(fault) or _objection(fault, session) is None,
        }
        for fault in session.faults.faults
    ]


def _objection(fault: Fault, session: Session) -> Objection | None:
    return objection(fault, board_speaks=session.board_speaks)


def show_list(body: Body, page: Page) -> None:
    from agent.control.render import Tone, quantities
    from agent.core.explain.clearing import clearing_command

    if not body["faults"]:
        page.line("no fault is present" + (" at a connector" if body["notices"] else ""), Tone.GOOD)
    for notice in body["notices"]:
        page.line(f"charger      {notice}", Tone.WARN)
    for fault in body["faults"]:
        head = f"connector {fault['connector']}  {fault['id']}: {fault['meaning']}"
        page.line(head, Tone.BAD if fault["severity"] in "CS" else Tone.WARN)
        known = (quantities(fault["evidence"]), page.since(fault["since"]))
        page.line(f"             {', '.join(words for words in known if words)}")
        page.line(f"             {fault['clears']}")
        if fault["clearable"]:
            page.line(f"             {clearing_command(fault['id'])} --connector {fault['connector']} --reason WHY")
        elif fault["remedy"]:
            page.line(f"             next: {fault['remedy']}")


async def clear(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.following import follow

    id = str(arguments["id"])
    connector, fault = _found(station, id, arguments)
    confirms = awaits_confirmation(fault)
    if not confirms:
        _refuse(fault, _objection(fault, station.session(connector)))
    with station.bus.reader() as reader:
        if confirms:
            await _confirm(station, connector)
        else:
            station.clear_fault(connector, id)
        await follow(reader, CLEARED_WITHIN_S, lambda: station.session(connector).faults.find(id) is None or None)
    left = [other.kind.id for other in station.session(connector).faults.faults]
    return Done({"connector": int(connector), "cleared": id, "left": left})


async def clear_from_afar(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """Only what can be tested from afar, and was. Raises Busy."""
    from agent.core.faults.from_afar import is_remotely_clearable, linked_tests, untested

    id = str(arguments["id"])
    connector, fault = _found(station, id, arguments)
    if not is_remotely_clearable(fault.kind):
        raise Busy(
            f"{id} is cleared by somebody at the charger, who has looked at its cause: evsectl faults clear {id}"
        )
    desk = station.commissioning
    left = (
        tuple(row.test for row in linked_tests(fault.kind))
        if desk is None
        else untested(fault, connector, await desk.attempts(), station.now())
    )
    if left:
        raise Busy(f"{id} is not cleared: {', '.join(left)} has to pass first; order: selftest run {','.join(left)}")
    return await clear(station, arguments, conversation)


async def _confirm(station: StationPort, connector: ConnectorId) -> None:
    """Tell the pilot board that it may serve again; it lets go by itself then."""
    from agent.control.refusals import in_words

    service = station.board_service(connector)
    if service is None:
        raise Busy("there is no pilot board that can be told")
    with in_words():
        await service.confirm()


def _found(station: StationPort, id: str, arguments: Arguments) -> tuple[ConnectorId, Fault]:
    from agent.control.arguments import chosen_connectors

    chosen = chosen_connectors(station.connectors(), arguments)
    found = [(one, fault) for one in chosen if (fault := station.session(one).faults.find(id)) is not None]
    if not found:
        _refuse_unknown(id)
        raise BadRequest(f"id: no fault {id[:40]} is present here; see: evsectl faults list")
    if len(found) > 1:
        raise BadRequest("connector: which one? it is present at several; write --connector N")
    return found[0]


def _refuse_unknown(id: str) -> None:
    """Raises BadRequest for what no fault is called; one that is only absent passes."""
    from agent.core.faults.catalogue import CATALOGUE
    from agent.tables import close_to

    if id not in CATALOGUE:
        where_to_look = close_to(id[:40], CATALOGUE) or "; see: evsectl faults list"
        raise BadRequest(f'id: no fault is called "{id[:40]}"{where_to_look}')


def _refuse(fault: Fault, why: Objection | None) -> None:
    """Raises Busy where something stands against it."""
    from agent.core.explain.clearing import KEPT, how_it_clears

    id = fault.kind.id
    match why:
        case Objection.CLEARS_OTHERWISE:
            raise Busy(f"{id} is not cleared by hand: {how_it_clears(fault)}")
        case Objection.STILL_PRESENT:
            remedy = f"; {fault.kind.remedy}" if fault.kind.remedy else ""
            raise Busy(f"{id} is not cleared: its condition is still present{remedy}")
        case Objection.KEPT_BY_BOARD:
            remedy = f"{fault.kind.remedy}; " if fault.kind.remedy else ""
            raise Busy(f"{id} is not cleared: {remedy}{KEPT}")
        case Objection.UNSEEN:
            raise Busy(f"{id} is not cleared: the pilot board does not answer, so nobody sees whether it is gone")
        case None:
            return


def show_cleared(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(f"connector {body['connector']}: {body['cleared']} is cleared", Tone.GOOD)
    if body["left"]:
        page.line(f"still present: {', '.join(body['left'])}; see: evsectl faults list", Tone.WARN)


CONNECTOR = Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only this connector")
VERB = Verb(
    purpose="what is wrong, and the end of what only a person may clear",
    actions=(
        Action(
            name="list",
            purpose="every fault that is present, and how it goes away",
            parameters=(CONNECTOR,),
            answer=listed,
            remote=Effect.READ,
            show=show_list,
        ),
        Action(
            name="clear",
            purpose="clear a fault that ends by a person's word, once its cause was repaired and tested",
            role=Role.SERVICE,
            parameters=(
                Parameter(name="id", positional=True, purpose='which one, as "contactor.welded"'),
                CONNECTOR,
                Parameter(
                    name="reason",
                    required=True,
                    is_words=True,
                    purpose="what was done about it, for the log of commands",
                ),
            ),
            answer=clear,
            answer_remote=clear_from_afar,
            remote=Effect.CLOSES_POSSIBLE,
            show=show_cleared,
            changes=True,
            timeout_s=CLEARED_WITHIN_S + 5,
        ),
    ),
)
