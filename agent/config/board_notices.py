"""What of a board file is allowed and hardly meant: told, and nothing is refused for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from agent.config.board_checks import goes_on_alone
from agent.config.board_sharing import users_of_buses
from agent.config.model import BoardConfig, StationConfig
from agent.config.ports import DriverCatalogue

ALL_PHASES = 3


def notices(config: StationConfig, catalogue: DriverCatalogue | None) -> Iterator[str]:
    """One sentence each, with the line it is about. Without a catalogue nothing is known of meters."""
    for name in _idle_buses(config.board):
        yield f"{_where(config, f'bus.{name}')}nobody uses bus.{name}; name it below a driver, or remove it"
    if catalogue is not None:
        for index, contactor, _ in goes_on_alone(config.board, catalogue):
            if "cut_off" not in config.board.connectors[index].drivers:
                at = f"{_where(config, contactor.key)}{contactor.key}"
                yield f"{at}: where this program is dead, nothing ends the power"
    if catalogue is not None and config.board.phases == config.site.phases == ALL_PHASES:
        yield from _narrow_meters(config, catalogue)


def _idle_buses(board: BoardConfig) -> Iterator[str]:
    used = {options.get("bus") for _, _, options in users_of_buses(board)}
    return (bus.name for bus in board.buses if bus.name not in used)


def _narrow_meters(config: StationConfig, catalogue: DriverCatalogue) -> Iterator[str]:
    """What two phases carry would be given away, and no limit of theirs kept."""
    for connector in config.board.connectors:
        meter = connector.drivers["meter"]
        if catalogue.phases_of("meter", meter.driver, meter.options) == 1:
            yield (
                f"{_where(config, meter.key)}{meter.key} measures one phase of three; name a meter for three, or write "
                "phases = 1 where the board or the site has one"
            )


def _where(config: StationConfig, key: str) -> str:
    """The line of that table, or of its first key."""
    at = f"board.{key}"
    lines = [where for name, where in config.origins.items() if name == at or name.startswith(f"{at}.")]
    return f"{lines[0]}: " if lines else ""
