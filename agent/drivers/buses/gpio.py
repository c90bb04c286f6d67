"""The lines of one GPIO chip by libgpiod, version 2: `[bus.NAME] kind = "gpio"`.

A driver asks for its lines when it is created, all that belong together in one group, which is one request of the
kernel (two relays of one pair change in one step):

    relay = bus.outputs("gpio_relay on gpio", [OutputLine(line="RELAY_1")])
    relay.set(True)                       # DriverUnavailable while the chip is away or somebody else holds the line
    door = bus.inputs("gpio on gpio", [InputLine(line="DOOR", bias=Bias.PULL_UP, debounce_s=0.03)])
    async for level in door.level.follow():    # (True,), Absent("check …"), None before the bus is open

Outputs begin with their safe values in the request itself, and again after each return of the chip; before they are
let go they get them once more. `on_edges` hears each change of an input with the kernel's time of it (Edge.at_s), and
`on_level` is called after each change of `level`, for drivers without a task of their own.
A chip that is missing, a line that is not there or is somebody else's, is told by the drivers and tried again, at most
5 s apart. Once a second each group is looked at, for a chip that left without a word and an edge that got lost.

What is left to hardware: a program that is killed gives no safe values, and what becomes of a line then is the chip's
own affair. Whatever must open needs its own resistor and its own timer.

Wiring: 3.3 V levels, a few milliamperes: relays by a driver stage, contacts dry or through an optocoupler. Whatever
must be off while the computer starts or is dead has a resistor of its own to that level.

Quirks:

- Lines are named by their names (`gpioinfo`), chips by their labels (`gpiodetect`): numbers change with kernels.
- A line that something else holds (a kernel driver, another program) is told with the name of its holder.
- The library is gpiod, version 2 (`evse-agent[gpio]`); distributions have a version 1 under the same name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, TypeVar

from agent.drivers.gpio.chip import FoundChip, Library, chip_at, find_chip, load_library
from agent.drivers.gpio.lines import Edge, InputLine, LineName, OutputLine
from agent.drivers.gpio.requests import EdgesSeen, Held, Inputs, LevelSeen, Outputs
from agent.drivers.wire import WireLost
from agent.errors import ConfigError
from agent.tables import Spelled
from agent.values import frozen

Group = TypeVar("Group", bound=Held)

LOOK_EVERY_S = 1.0
EVENT_BUFFER = 64
"""Events that the kernel keeps for a group; its own default is 16 a line. Pulses that carry numbers want more."""

ModuleName = Annotated[str, Spelled(r"[A-Za-z_]\w*(\.\w+)*", "write the name of a Python module")]


@frozen(kw_only=True)
class Options:
    """`chip` is the label that `gpiodetect` shows in brackets ("pinctrl-rp1"), or a path: numbers change with kernels.

    `library` is the Python module with gpiod's interface; `devices` the folder with the gpiochip files.
    """

    chip: Annotated[str, Spelled(r".*\S.*", "write its label, as gpiodetect shows it in brackets")]
    library: ModuleName = "gpiod"
    devices: Path = Path("/dev")


class GpioBus:
    """A `Bus`, and an `ActingBus`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options
        # Now, while nothing runs that it could keep waiting: importing takes its time, also where it fails.
        self._library = _loaded(options.library)
        self._chip: FoundChip | None = None
        self._groups: list[Held] = []
        self._users: dict[LineName, str] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._acted_at: float | None = None
        self._is_open = False

    def outputs(self, user: str, lines: Sequence[OutputLine], on_level: LevelSeen | None = None) -> Outputs:
        """Lines to drive, from `open` on. Raises ConfigError where a line has a user already."""
        return self._with(Outputs(user, lines, on_level or _nobody_looks))

    def inputs(
        self,
        user: str,
        lines: Sequence[InputLine],
        on_edges: EdgesSeen | None = None,
        on_level: LevelSeen | None = None,
        *,
        buffer: int = EVENT_BUFFER,
    ) -> Inputs:
        """Lines to watch, from `open` on. Raises ConfigError where a line has a user already."""
        return self._with(Inputs(user, lines, on_edges or _nobody_hears, on_level or _nobody_looks, buffer=buffer))

    async def open(self) -> None:
        """Ask for every line that has a user."""
        if not self._is_open:
            self._is_open = True
            self._turn()

    async def aclose(self) -> None:
        """Outputs to their safe values, then let go of all lines."""
        self._is_open = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for group in self._groups:
            group.end("the bus was closed")

    def statistics(self) -> Mapping[str, Mapping[str, float]]:
        """For each user of lines: how often they were lost; of inputs how many changes came, and were dropped."""
        return {" ".join((group.user, *group.names)): group.counts() for group in self._groups}

    def acted_at(self) -> float | None:
        """It looks at its lines, or for them, every second."""
        return self._acted_at if self._is_open else None

    def _with(self, group: Group) -> Group:
        for line in group.names:
            if line in self._users:
                what = f'bus.{self.name}: line "{line}" is already used by {self._users[line]}; give each its own'
                raise ConfigError((what,))
            self._users[line] = group.user
        self._groups.append(group)
        return group

    def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        self._acted_at = loop.time()
        due = [group for group in self._groups if not group.is_held and group.pace.due_at <= loop.time()]
        for group in self._groups:
            if group.is_held:
                group.look()
        self._begin(due)
        self._timer = loop.call_later(LOOK_EVERY_S, self._turn)

    def _begin(self, groups: Sequence[Held]) -> None:
        """All of them on one look at the chip: to read the names of its lines is the dear part."""
        try:
            chip = self._found() if groups else None
        except WireLost as error:
            for group in groups:
                group.lose(str(error))
            return
        for group in groups:
            try:
                assert chip is not None
                group.begin(chip)
            except WireLost as error:
                group.lose(str(error))

    def _found(self) -> FoundChip:
        """As it is now: at the path of last time where it is still that, so that not every chip is opened each time."""
        if isinstance(self._library, WireLost):
            raise WireLost(str(self._library))
        before, self._chip = self._chip, None
        if before is not None:
            with suppress(WireLost):
                again = chip_at(self._library, before.path)
                self._chip = again if again.label == before.label else None
        if self._chip is None:
            self._chip = find_chip(self._library, self._options.chip, self._options.devices)
        return self._chip


def _loaded(name: str) -> Library | WireLost:
    """What is missing is told by whoever wants lines, as all else that they lack."""
    try:
        return load_library(name)
    except WireLost as error:
        return error


def _nobody_hears(_edges: tuple[Edge, ...]) -> None:
    """Whoever follows the level needs no single changes."""


def _nobody_looks() -> None:
    """Whoever follows the level is told by it."""


def create(name: str, options: Options) -> GpioBus:
    """A bus of its own chip, not yet open."""
    return GpioBus(name, options)
