"""`evsectl restart board`: a pilot board that answers starts anew by order, and is heard again or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.arguments import chosen_connectors
from agent.control.refusals import in_words
from agent.control.verb import Arguments
from agent.control.wire import Done
from agent.core.identity import ConnectorId
from agent.errors import BadRequest, Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.drivers.board_service import BoardService

OF_ITS_SUPPLY = (
    "a board that does not hear cannot be told to start anew. One that stands still is started by its own watchdog "
    "within seconds; else have its supply switched off and on. evsectl restart system does that only where the "
    "controller feeds the board and switches that off when it starts; no board file names a line that resets it"
)


async def restarted(station: StationPort, arguments: Arguments) -> Done:
    """Done once it is heard again, not passed where it is not. Raises Busy, BadRequest and TimeoutError."""
    connector, service = _chosen(station, arguments)
    _refuse_in_use(station, connector)
    try:
        with in_words():
            back_after_s = await station.remedies.restart_board(connector, service, str(arguments["reason"]))
    except TimeoutError as error:
        raise TimeoutError(f"{error}; {OF_ITS_SUPPLY}") from error
    body = {
        "restarts": "board",
        "connector": int(connector),
        "back_after_s": None if back_after_s is None else round(back_after_s, 1),
    }
    return Done(body, passed=back_after_s is not None)


def _chosen(station: StationPort, arguments: Arguments) -> tuple[ConnectorId, BoardService]:
    """The board that was meant. Raises Busy with what there is instead where none of them is started by order."""
    meant = chosen_connectors(station.connectors(), arguments)
    found = [(one, service) for one in meant if (service := station.board_service(one)) is not None]
    if not found:
        raise Busy("; ".join(dict.fromkeys(station.no_restart(one) for one in meant)))
    if len(found) > 1:
        raise BadRequest("connector: which board? write --connector N")
    return found[0]


def _refuse_in_use(station: StationPort, connector: ConnectorId) -> None:
    session = station.session(connector)
    if session.transaction is not None:
        raise Busy(
            f"a charge runs at connector {connector}, and a restart would end it; wait for its end, or stop it: "
            f"evsectl stop --connector {connector}"
        )
    if session.loan is not None:
        raise Busy(f"connector {connector} is lent to {session.loan.by}; wait until that is done")
    if session.pilot.plugged:
        raise Busy(f"a car is plugged in at connector {connector}; the board starts anew with an empty outlet: unplug")
