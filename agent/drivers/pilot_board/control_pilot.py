"""The control pilot of a pilot board: `driver = "pilot_board"` under `control_pilot`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.drivers.interfaces import BoardReport, Bus, DeviceFault, PilotReading
from agent.drivers.level import changes
from agent.drivers.offer_steps import offer_steps
from agent.drivers.pilot_board.levels import Absence, BoardState, present, report_of
from agent.drivers.pilot_board.link import PilotLink
from agent.values import frozen

if TYPE_CHECKING:
    from agent.drivers.board_service import BoardService
    from agent.drivers.pilot_board.pinning import Pinning

BUS_KINDS = ("pilot_board",)
STEPS_PER_A = 10
"""The wish counts in 0.1 A."""


@frozen(kw_only=True)
class Options:
    bus: str


class BoardControlPilot:
    """A `ControlPilot`."""

    def __init__(self, name: str, link: PilotLink) -> None:
        self.name = name
        self._link = link
        self._pinning: Pinning | None = None
        """Loaded with the first fault: a charger that charges needs none of it."""

    async def open(self) -> None:
        """The link keeps the board alive."""

    async def aclose(self) -> None:
        """No offer from now on."""
        self._ask(0)

    async def offer(self, current_a: float) -> None:
        """0 (x1) or 6…80 A, in steps of 0.1 A, rounded down; the board raises at the standard's pace.

        Less than before is kept also while no board is there to hear it; more is refused then.
        """
        steps = offer_steps(current_a, STEPS_PER_A)
        if steps > self._link.wish.offer_da:
            self._link.require_board(self.name)
        self._ask(steps)

    async def stand(self, *, operative: bool, held_open: bool) -> None:
        """Told to a board that comes back as well."""
        self._link.ask_for(replace(self._link.wish, operative=operative, open_at_once=held_open))

    def report(self) -> BoardReport | None:
        """What the board says of itself."""
        said = self._link.said()
        return None if said is None else report_of(*said)

    def service(self) -> BoardService:
        """What a person with tools may ask. Loaded at its first use: a charger that charges needs none of it."""
        from agent.drivers.pilot_board.service import PilotBoardService

        return PilotBoardService(self.name, self._link)

    def states(self) -> AsyncIterator[PilotReading]:
        """Levels, each time something but noise of the volts changed."""
        return changes(self._link.level, lambda level: present(level, self.name), lambda state: state.pilot)

    async def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """The board's own faults; a board that cannot be understood is one, beside those it told before."""
        told: tuple[DeviceFault, ...] | None = None
        of_board: tuple[DeviceFault, ...] = ()
        async for level in self._link.level.follow():
            match level:
                case BoardState():
                    now = of_board = await self._faults_of(level)
                case Absence(mismatch=None):
                    raise level.error(self.name)
                case Absence():
                    now = (*of_board, *level.faults)
                case _:
                    continue
            if now != told:
                told = now
                yield now

    async def _faults_of(self, state: BoardState) -> tuple[DeviceFault, ...]:
        if not state.faults:
            return ()
        if self._pinning is None:
            from agent.drivers.pilot_board.pinning import Pinning

            self._pinning = Pinning(self.name, self._link)
        return await self._pinning.with_marks(state)

    def _ask(self, steps: int) -> None:
        self._link.ask_for(replace(self._link.wish, offer_da=steps))


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> BoardControlPilot:
    """The pilot of the board on `options.bus`. Raises ConfigError where another connector has it."""
    link = buses[options.bus]
    assert isinstance(link, PilotLink)
    link.claim("control_pilot")
    return BoardControlPilot(name, link)
