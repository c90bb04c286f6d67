"""What is wrong with a board file beyond its spelling: names, drivers, and what ends the power. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from agent.config.model import BoardConfig, ConnectorConfig, DriverConfig, Outlet
from agent.config.ports import DriverCatalogue
from agent.core.control_pilot import WithoutAgent
from agent.tables import KeyPath, TableProblem


def problems(board: BoardConfig) -> Iterator[TableProblem]:
    """What can be said without knowing any driver."""
    yield from _naming_problems(board)
    yield from _connector_problems(board)


def driver_problems(board: BoardConfig, catalogue: DriverCatalogue) -> Iterator[TableProblem]:
    """What the drivers themselves have to say."""
    yield from _catalogue_problems(board, catalogue)
    yield from _supervision_problems(board, catalogue)


def located_drivers(board: BoardConfig) -> Iterator[tuple[KeyPath, DriverConfig]]:
    """Every driver of the board with the place of its table."""
    for index, connector in enumerate(board.connectors):
        for interface, driver in connector.drivers.items():
            yield ("connector", index, interface), driver
        yield from _located_elements(("connector", index), connector)
    for interface, driver in board.drivers.items():
        yield (interface,), driver
    yield from _located_elements((), board)


def _located_elements(at: KeyPath, of: BoardConfig | ConnectorConfig) -> Iterator[tuple[KeyPath, DriverConfig]]:
    for place, one in enumerate(of.inputs):
        yield (*at, "input", place), one.driver
    for place, sensor in enumerate(of.temperature_sensors):
        yield (*at, "temperature_sensor", place), sensor.driver


def _naming_problems(board: BoardConfig) -> Iterator[TableProblem]:
    for bus in board.buses:
        if not bus.kind:
            yield TableProblem(("bus", bus.name, "kind"), 'is missing; write the kind of bus, as "modbus_rtu"')
    for at, driver in located_drivers(board):
        if not driver.driver:
            yield TableProblem((*at, "driver"), 'is missing; write the name of the driver, as "modbus_map"')


def _connector_problems(board: BoardConfig) -> Iterator[TableProblem]:
    if not board.connectors:
        yield TableProblem(("connector",), "there is none; a board has at least one [[connector]]")
    for index, connector in enumerate(board.connectors):
        if connector.id != index + 1:
            yield TableProblem(
                ("connector", index, "id"), f"{connector.id} breaks the order 1, 2, 3 …; write {index + 1}"
            )
        if connector.outlet is Outlet.SOCKET and "lock" not in connector.drivers:
            yield TableProblem(
                ("connector", index, "outlet"), 'a socket needs a lock; add [connector.lock] or write "tethered"'
            )
        if connector.outlet is Outlet.TETHERED and "lock" in connector.drivers:
            yield TableProblem(
                ("connector", index, "lock"), 'a tethered cable has no lock; remove it or write outlet = "socket"'
            )


def _catalogue_problems(board: BoardConfig, catalogue: DriverCatalogue) -> Iterator[TableProblem]:
    # Of a bus without its kind, which is told already, nothing more can be said by those on it.
    kinds = {bus.name: bus.kind for bus in board.buses if bus.kind}
    for bus in board.buses:
        below = bus.options.get("bus")
        kind = kinds.get(below) if isinstance(below, str) else None
        for problem in catalogue.check_bus(bus.kind, bus.options, kind) if bus.kind else ():
            yield TableProblem(("bus", bus.name, *problem.key), problem.what)
    for at, driver in located_drivers(board):
        if not driver.driver:
            continue
        bus_name = driver.options.get("bus")
        kind = kinds.get(bus_name) if isinstance(bus_name, str) else None
        for problem in catalogue.check_driver(driver.interface, driver.driver, driver.options, kind):
            yield TableProblem((*at, *problem.key), problem.what)


def _supervision_problems(board: BoardConfig, catalogue: DriverCatalogue) -> Iterator[TableProblem]:
    """When this program is dead something else must end the power, or the board never leaves the bench.

    A Linux process is never the last line of defence (relays-and-inputs.md section 1, rule 1).
    """
    if board.lab_only:
        return
    for index, contactor, answer in goes_on_alone(board, catalogue):
        at: KeyPath = ("connector", index, "contactor", "driver")
        if answer is WithoutAgent.BARE:
            what = (
                f"{contactor.driver} is switched by Linux alone, with nothing beneath it that protects a person; "
                "write lab_only = true: such a board is for the laboratory and is never commissioned"
            )
        else:
            what = (
                f"{contactor.driver} may go on with power when this program is dead; add [connector.cut_off], an "
                "independent switch with a watchdog of its own, or write lab_only = true"
            )
        yield TableProblem(at, what)


def goes_on_alone(board: BoardConfig, catalogue: DriverCatalogue) -> Iterator[tuple[int, DriverConfig, WithoutAgent]]:
    """The connectors, by index, where nothing that may leave the laboratory ends the power of a dead program."""
    options = {bus.name: bus.options for bus in board.buses}
    for index, connector in enumerate(board.connectors):
        contactor = connector.drivers.get("contactor")
        if contactor is None or not contactor.driver:
            continue
        answer = catalogue.without_agent(contactor.driver, options.get(str(contactor.options.get("bus")), {}))
        match answer:
            case WithoutAgent.OPENS:
                pass
            case WithoutAgent.STAYS if "cut_off" in connector.drivers:
                pass
            case WithoutAgent.STAYS | WithoutAgent.BARE:
                yield index, contactor, answer
            case _:
                assert_never(answer)
