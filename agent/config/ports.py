"""What the check of a board file must ask about drivers; `agent/drivers/loader.py` answers, `app.py` passes it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from agent.core.control_pilot import WithoutAgent
from agent.tables import TableProblem


class DriverCatalogue(Protocol):
    """Which drivers and buses exist, and whether their options fit. Problems are keyed from the table of the driver."""

    def check_driver(
        self, interface: str, driver: str, options: Mapping[str, object], bus_kind: str | None
    ) -> tuple[TableProblem, ...]:
        """`bus_kind` is the kind of the bus that `options` names, None where it names none."""
        ...

    def check_bus(
        self, kind: str, options: Mapping[str, object], bus_kind: str | None = None
    ) -> tuple[TableProblem, ...]:
        """`bus_kind` is the kind of the bus that this one is on, None where it has a wire of its own."""
        ...

    def without_agent(self, driver: str, bus_options: Mapping[str, object]) -> WithoutAgent:
        """What the contactor of that driver does once the agent is dead."""
        ...

    def parts_of(self, interface: str, name: str, options: Mapping[str, object]) -> Mapping[str, str]:
        """The part of its bus that each option names, as "channel 3"; the option "bus" where it is a whole device."""
        ...

    def check_parts(
        self,
        interface: str,
        driver: str,
        options: Mapping[str, object],
        bus_kind: str,
        bus_options: Mapping[str, object],
    ) -> tuple[TableProblem, ...]:
        """Parts of the bus that it has not."""
        ...

    def phases_of(self, interface: str, name: str, options: Mapping[str, object]) -> int | None:
        """How many phases a meter measures by its options; None where they do not tell."""
        ...

    def signs(self, driver: str) -> bool:
        """Whether a meter with this driver signs its register."""
        ...

    def defaults_of(self, interface: str, name: str) -> Mapping[str, object]:
        """What counts for the options that a table may leave out; the interface of a bus is "bus"."""
        ...

    def known_drivers(self, interface: str) -> list[str]:
        """The names a board may use for this interface."""
        ...

    def known_buses(self) -> list[str]:
        """The kinds a board may use for a bus."""
        ...

    def options_of(self, interface: str, name: str) -> type:
        """The dataclass of what a table of that driver may hold; the interface of a bus is "bus"."""
        ...
