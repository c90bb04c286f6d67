"""What reads the pilot of a connector and ends its power, as people call it and as the board file says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.config.model import BoardConfig
    from agent.core.identity import ConnectorId


def controller_of(board: BoardConfig, connector: ConnectorId) -> str:
    """The word on its box: of several kinds behind one driver, the kind."""
    pilot = board.connectors[connector - 1].drivers["control_pilot"]
    kinds = {bus.name: bus.options.get("controller") for bus in board.buses}
    kind = kinds.get(str(pilot.options.get("bus")))
    return kind if isinstance(kind, str) else pilot.driver.replace("_", " ")


def ends_power_of(board: BoardConfig, connector: ConnectorId) -> str:
    """What ends the power of a connector whose controller is silent."""
    if "cut_off" in board.connectors[connector - 1].drivers:
        return "the cut-off in series with its contactor opens"
    return "" if board.lab_only else "it opens the contactor by itself"
