"""What is wrong with a board file beyond its spelling: names, addresses, drivers, and what ends the power. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agent.config.model import BoardConfig, ConnectorConfig, DriverConfig, Outlet
from agent.config.ports import DriverCatalogue
from agent.core.control_pilot import WithoutAgent
from agent.tables import KeyPath, TableProblem, nearest


def problems(board: BoardConfig) -> Iterator[TableProblem]:
    """What can be said without knowing any driver."""
    yield from _naming_problems(board)
    yield from _connector_problems(board)
    yield from _bus_problems(board)
    yield from _sharing_problems(board)


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


def _bus_problems(board: BoardConfig) -> Iterator[TableProblem]:
    """A port that two buses name, and a device on a bus that is on a bus itself."""
    ports: dict[object, str] = {}
    on_another = {bus.name for bus in board.buses if "bus" in bus.options}
    for bus in board.buses:
        port, below = bus.options.get("port"), bus.options.get("bus")
        if isinstance(port, str) and port in ports:
            yield TableProblem(("bus", bus.name, "port"), f'"{port}" is already the port of bus {ports[port]}')
        ports[port] = bus.name
        if below in on_another:
            what = f'"{below}" is a device on another bus itself; name the bus that has the wire'
            yield TableProblem(("bus", bus.name, "bus"), what)


def _sharing_problems(board: BoardConfig) -> Iterator[TableProblem]:
    """Two users of one address, and a bus that does not exist."""
    buses = [bus.name for bus in board.buses]
    addresses: dict[tuple[object, object], str] = {}
    for at, key, options in _users_of_buses(board):
        bus_name, address = options.get("bus"), options.get("address")
        if isinstance(bus_name, str) and bus_name not in buses:
            yield TableProblem((*at, "bus"), f'there is no bus "{bus_name}"{nearest(bus_name, buses)}')
        if address is None:
            continue
        taken = addresses.setdefault((bus_name, address), key)
        if taken != key:
            yield TableProblem((*at, "address"), f"{address} on bus {bus_name} is already {taken}; give each its own")


def _users_of_buses(board: BoardConfig) -> Iterator[tuple[KeyPath, str, Mapping[str, object]]]:
    for bus in board.buses:
        yield ("bus", bus.name), f"bus.{bus.name}", bus.options
    for at, driver in located_drivers(board):
        yield at, driver.key, driver.options


def _catalogue_problems(board: BoardConfig, catalogue: DriverCatalogue) -> Iterator[TableProblem]:
    kinds = {bus.name: bus.kind for bus in board.buses}
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
    options = {bus.name: bus.options for bus in board.buses}
    for index, connector in enumerate(board.connectors):
        contactor = connector.drivers.get("contactor")
        if contactor is None or not contactor.driver:
            continue
        at: KeyPath = ("connector", index, "contactor", "driver")
        bus_name = contactor.options.get("bus")
        match catalogue.without_agent(contactor.driver, options.get(str(bus_name), {})):
            case WithoutAgent.OPENS:
                pass
            case WithoutAgent.STAYS if "cut_off" in connector.drivers:
                pass
            case WithoutAgent.STAYS:
                yield TableProblem(
                    at,
                    f"{contactor.driver} may go on with power when this program is dead; add [connector.cut_off], an "
                    "independent switch with a watchdog of its own, or write lab_only = true",
                )
            case WithoutAgent.BARE:
                yield TableProblem(
                    at,
                    f"{contactor.driver} is switched by Linux alone, with nothing beneath it that protects a person; "
                    "write lab_only = true: such a board is for the laboratory and is never commissioned",
                )
