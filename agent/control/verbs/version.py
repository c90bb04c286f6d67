"""`evsectl version`: what runs here, and who it says it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.verb import Action, Arguments, Conversation, Effect, Verb
from agent.control.wire import PROTOCOL_VERSION, Body, Done

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page


async def answer(station: StationPort, _: Arguments, __: Conversation) -> Done:
    config = station.config
    boards = [(connector, station.board(connector)) for connector in station.connectors()]
    return Done(
        {
            "agent": station.agent().version,
            "protocol": PROTOCOL_VERSION,
            "firmware_version": config.station.firmware_version,
            "serial_number": config.station.serial_number,
            "vendor": config.board.vendor,
            "model": config.board.model,
            "board": config.board.board,
            "pilot_boards": [
                {"connector": int(connector), "name": board.name, "firmware_version": board.firmware_version}
                for connector, board in boards
                if board is not None
            ],
        }
    )


def show(body: Body, page: Page) -> None:
    page.line(f"evse-agent     {body['agent']}, control protocol {body['protocol']}")
    page.line(f"charger        {body['vendor']} {body['model']}, serial number {body['serial_number'] or 'not set'}")
    page.line(f"firmware       {body['firmware_version']}, board file {body['board']}")
    for board in body["pilot_boards"]:
        version = board["firmware_version"] or "not known yet"
        page.line(
            f"pilot board    connector {board['connector']}: {board['name'] or 'pilot board'}, firmware {version}"
        )


VERB = Verb(
    purpose="what runs here, and who it says it is",
    actions=(Action(purpose="what runs here, and who it says it is", answer=answer, remote=Effect.READ, show=show),),
)
