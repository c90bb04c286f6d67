"""`evsectl stop`: ends a charge in order, and says what was delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.core.identity import ConnectorId
from agent.core.session.model import Session, SessionPhase
from agent.errors import BadRequest, Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

ENDED_WITHIN_S = 30.0
"""Opening takes 8 s at most, the last register 3 s, its record as long as the card stalls."""
BEFORE_A_CHARGE = (SessionPhase.AUTHORIZED, SessionPhase.STARTING)


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.following import follow

    connector = _connector(station, arguments)
    before = station.session(connector)
    if before.transaction is None and before.phase not in BEFORE_A_CHARGE:
        raise Busy(f"connector {connector}: no charge runs here, so there is none to stop")
    with station.bus.reader() as reader:
        station.request_stop(connector)
        outcome = await follow(reader, ENDED_WITHIN_S, lambda: _outcome(station.session(connector), before))
    return Done({"connector": int(connector), **outcome.body, "energy_wh": await _energy_wh(station, before)})


def _connector(station: StationPort, arguments: Arguments) -> ConnectorId:
    from agent.control.arguments import existing_connector

    named = existing_connector(station.connectors(), arguments)
    if named is not None:
        return named
    running = [one for one in station.connectors() if station.session(one).transaction is not None]
    candidates = running or list(station.connectors())
    if len(candidates) != 1:
        raise BadRequest("connector: which one? write --connector N")
    return candidates[0]


def _outcome(session: Session, before: Session) -> Done | None:
    """What came of the request, None while it is open."""
    if before.transaction is None:
        withdrawn = session.transaction is None and session.phase not in BEFORE_A_CHARGE
        return Done({"outcome": "withdrawn"}) if withdrawn else None
    if session.transaction is not None and session.transaction.key == before.transaction.key:
        return None
    return Done({"outcome": "stopped", "transaction": before.transaction.key})


async def _energy_wh(station: StationPort, before: Session) -> int | None:
    """By the record of the charge that ran, so that this figure and the receipt are one."""
    if before.transaction is None:
        return 0
    records = await station.records.sessions(len(station.connectors()) + 4)
    return next((record.energy_wh for record in records if record.key == before.transaction.key), None)


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone, energy

    place = f"connector {body['connector']}"
    if body["outcome"] == "withdrawn":
        page.line(f"{place}: the acceptance is taken back; no charge had begun", Tone.GOOD)
        return
    page.line(f"{place}: the charge is over, {energy(body['energy_wh'])} delivered", Tone.GOOD)
    page.line("its record: evsectl sessions --limit 1")


VERB = Verb(
    purpose="end a charge",
    actions=(
        Action(
            purpose="end a charge in order: offer 0, contactor open, last register, record",
            role=Role.OPERATOR,
            parameters=(
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="where; may be left out where it is clear"),
            ),
            answer=answer,
            show=show,
            changes=True,
            timeout_s=ENDED_WITHIN_S + 5,
        ),
    ),
)
