"""Two users of one thing on a board: of a port, an address, a line, a channel, a controller. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agent.config.board_checks import located_drivers
from agent.config.model import BoardConfig, BusConfig, DriverConfig
from agent.config.ports import DriverCatalogue
from agent.tables import KeyPath, TableProblem, nearest

PILOT, CONTACTOR = "control_pilot", "contactor"


def problems(board: BoardConfig) -> Iterator[TableProblem]:
    """What can be said without knowing any driver."""
    yield from _port_problems(board)
    yield from _stacked_buses(board)
    yield from _address_problems(board)


def part_problems(board: BoardConfig, catalogue: DriverCatalogue) -> Iterator[TableProblem]:
    """What the drivers have to say of the parts of their buses."""
    yield from _taken_parts(board, catalogue)
    yield from _missing_parts(board, catalogue)
    yield from _crossed_controllers(board, catalogue)


def users_of_buses(board: BoardConfig) -> Iterator[tuple[KeyPath, str, Mapping[str, object]]]:
    """The place, the dotted key and the options of everything that can be on a bus, or have a port of its own."""
    for bus in board.buses:
        yield ("bus", bus.name), f"bus.{bus.name}", bus.options
    for at, driver in located_drivers(board):
        yield at, driver.key, driver.options


def _port_problems(board: BoardConfig) -> Iterator[TableProblem]:
    """A serial port has one user: a second one would steal every other byte of the first. A number is a port of TCP."""
    ports: dict[str, str] = {}
    for at, key, options in users_of_buses(board):
        port = options.get("port")
        if not isinstance(port, str) or not port:
            continue
        taken = ports.setdefault(port, key)
        if taken != key:
            yield TableProblem((*at, "port"), f'"{port}" is already the port of {taken}; name a port of its own')


def _stacked_buses(board: BoardConfig) -> Iterator[TableProblem]:
    on_another = {bus.name for bus in board.buses if "bus" in bus.options}
    for bus in board.buses:
        below = bus.options.get("bus")
        if below in on_another:
            what = f'"{below}" is a device on another bus itself; name the bus that has the wire'
            yield TableProblem(("bus", bus.name, "bus"), what)


def _address_problems(board: BoardConfig) -> Iterator[TableProblem]:
    """Two users of one address, and a bus that does not exist."""
    buses = [bus.name for bus in board.buses]
    addresses: dict[tuple[object, object], str] = {}
    for at, key, options in users_of_buses(board):
        bus_name, address = options.get("bus"), options.get("address")
        if isinstance(bus_name, str) and bus_name not in buses:
            yield TableProblem((*at, "bus"), f'there is no bus "{bus_name}"{nearest(bus_name, buses)}')
        if address is None:
            continue
        taken = addresses.setdefault((bus_name, address), key)
        if taken != key:
            yield TableProblem((*at, "address"), f"{address} on bus {bus_name} is already {taken}; give each its own")


def _taken_parts(board: BoardConfig, catalogue: DriverCatalogue) -> Iterator[TableProblem]:
    """A line, a channel, an input, or the only pilot of a controller that two name, or one driver for two purposes."""
    holders: dict[tuple[object, str], str] = {}
    for at, driver in located_drivers(board):
        bus = driver.options.get("bus")
        for option, part in catalogue.parts_of(driver.interface, driver.driver, driver.options).items():
            holder = holders.setdefault((bus, part), f"{driver.key}.{option}")
            if holder == f"{driver.key}.{option}":
                continue
            if option == "bus":
                what = f'bus "{bus}" has one {part}, and {holder.removesuffix(".bus")} has it; name a bus of its own'
            else:
                what = f"{part} of bus {bus} is already {holder}; give each its own"
            yield TableProblem((*at, option), what)


def _missing_parts(board: BoardConfig, catalogue: DriverCatalogue) -> Iterator[TableProblem]:
    buses = {bus.name: bus for bus in board.buses}
    for at, driver in located_drivers(board):
        bus = _named(driver.options, buses)
        if bus is None:
            continue
        name, options = driver.driver, driver.options
        for problem in catalogue.check_parts(driver.interface, name, options, bus.kind, bus.options):
            yield TableProblem((*at, *problem.key), problem.what)


def _named(options: Mapping[str, object], buses: Mapping[str, BusConfig]) -> BusConfig | None:
    name = options.get("bus")
    return buses.get(name) if isinstance(name, str) else None


def _crossed_controllers(board: BoardConfig, catalogue: DriverCatalogue) -> Iterator[TableProblem]:
    """A controller closes its contactor for the car at its own pilot: at another's, it waits for the wrong one.

    Where the pilot comes from elsewhere and the controller's own is nobody's, its driver says so itself.
    """
    pilots: dict[object, str] = {}
    for connector in board.connectors:
        if (pilot := connector.drivers.get(PILOT)) is not None:
            pilots.setdefault(pilot.options.get("bus"), pilot.key)
    for index, connector in enumerate(board.connectors):
        bus = _whole_controller(connector.drivers.get(CONTACTOR), catalogue)
        own = connector.drivers.get(PILOT)
        # Both at one controller that is another connector's are told as its second users.
        if bus is not None and bus in pilots and own is not None and own.options.get("bus") != bus:
            what = (
                f'the controller on "{bus}" has {pilots[bus]}, and closes for the car there; '
                "name the bus of this connector's own control pilot"
            )
            yield TableProblem(("connector", index, CONTACTOR, "bus"), what)


def _whole_controller(contactor: DriverConfig | None, catalogue: DriverCatalogue) -> str | None:
    """The bus of a contactor that belongs to an EVSE controller, else None."""
    if contactor is None or "bus" not in catalogue.parts_of(CONTACTOR, contactor.driver, contactor.options):
        return None
    return str(contactor.options["bus"])
