"""What the agent wants of an EVSE controller that does everything else by itself, and which drivers want it."""

from __future__ import annotations

from agent.errors import ConfigError
from agent.values import frozen


@frozen(kw_only=True)
class Wish:
    """`offer_a` in amperes, 0 for none; `held_open`: open now, and closed for nobody.

    `ends`: the agent is about to go, and the controller is left at rest whatever it still had to look at.
    """

    permit: bool = False
    offer_a: float = 0
    held_open: bool = False
    ends: bool = False


class Claims:
    """Which drivers a link has: a second one of an interface would fight over the wish."""

    def __init__(self, bus: str, kind: str) -> None:
        self._bus = bus
        self._kind = kind
        self._interfaces: set[str] = set()

    def add(self, interface: str) -> None:
        """Raises ConfigError where another connector has it."""
        if interface in self._interfaces:
            what = f"bus.{self._bus}: two connectors name it for their {interface}; {self._kind} has one"
            raise ConfigError((what,))
        self._interfaces.add(interface)

    @property
    def is_pilot_only(self) -> bool:
        """The board has another contactor than the controller's."""
        return "contactor" not in self._interfaces
