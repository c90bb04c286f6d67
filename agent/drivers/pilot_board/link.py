"""The serial link to one pilot board: `[bus.NAME] kind = "pilot_board"`. It alone owns the port.

The loop's callbacks and one timer drive it, no task: a quiet board costs a wake-up per status and nothing beside. What
is said when is the conversation's matter; here a port is opened, lost and opened again, and what is known of the board
is shown to its drivers as a level.

Protects: everything between the mains and a person that a board's firmware can do: pilot with diode check, permission
with a lease of 2 s, closing rules, mirror contact and load side, residual current module, mains, temperatures, cable
coding and lock, emergency stop. docs/safety.md lists each with its limit, docs/safety-case.md why to believe it.

Missing: what docs/safety.md lists under "What is left"; above all no board has run on hardware yet.

Wiring: USB, or a UART with 3.3 V levels behind an isolator; 460800 baud, 8N1, no flow control. Name the port by
`/dev/serial/by-id/…`: two boards swap their numbers at a restart otherwise. docs/pilot-board-protocol.md has the line.

Quirks:

- A board of another fault table than the agent's is refused at its first word, with what to update.
- After its start a board counts 5 s before it closes, and a minute after a life of less than a minute.
- Several boards at once stay apart by their ports alone: the protocol carries no address.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from agent.core.control_pilot import ContactorState, PilotState
from agent.drivers.level import Level
from agent.drivers.pilot_board.conversation import (
    SILENT_AFTER_S,
    Conversation,
    Reply,
    Report,
    Request,
    Unanswered,
)
from agent.drivers.pilot_board.counters import GarbageNews
from agent.drivers.pilot_board.levels import (
    Absence,
    BoardLevel,
    BoardState,
    counters_of,
    present,
    refusal,
    state_of,
)
from agent.drivers.pilot_board.messages import Identity, Status, Wish
from agent.drivers.serial_device import LineSettings, PortName, SerialDevice
from agent.drivers.wire import ReopenPace, WireLost
from agent.errors import ConfigError, DriverRejected, DriverUnavailable
from agent.tables import Spelled, Within
from agent.values import frozen

log = logging.getLogger(__name__)

REOPEN_SILENT_AFTER_S = 10.0
"""A port without a conversation for so long is closed and opened: some adapters hang until then."""
LAST_WISH_TIMEOUT_S = 0.5
CONFIRMED_WITHIN_S = 2.0
"""A board that hears acknowledges a new wish at once."""
GROWTH_BYTES = 8
"""By so much the numbers of one status may lengthen it; a second one is longer than that."""
MARK_WORDS = 'write the eight digits that `evsectl board info` shows, as "1a2b3c4d"'


@frozen(kw_only=True)
class Options:
    """Where the board is, and which one it has to be.

    460800 baud is what the pilot board speaks. `configuration` is the mark of the only configuration that may charge
    here; None takes any.
    """

    port: PortName
    baud: Annotated[int, Within(9600, 1_000_000, "baud")] = 460_800
    configuration: Annotated[str, Spelled("[0-9a-fA-F]{8}", MARK_WORDS)] | None = None


class PilotLink:
    """A `Bus`. `level` is what is known of the board; the drivers change `wish`, each its own part."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self.level: Level[BoardLevel] = Level(None)
        self._port = options.port
        self._device = SerialDevice(LineSettings(port=options.port, baud=options.baud), self._received, self._lose)
        self._conversation = Conversation(self._send)
        if options.configuration is not None:
            expected = int(options.configuration, 16)
            self._conversation.wish = replace(self._conversation.wish, configuration=expected)
        self._pace = ReopenPace()
        self._port_failure: str | None = None
        self._told: Report | None = None
        """What `level` was made of last."""
        self._garbage = GarbageNews()
        self._timer: asyncio.TimerHandle | None = None
        self._due_at: float | None = None
        self._acted_at: float | None = None
        self._silent_until = 0.0
        self._heard = asyncio.Event()
        self._is_closed = True
        self._is_commissioned = False
        self._drivers: set[str] = set()

    async def open(self) -> None:
        """Start to look for the board. A missing port is reported by the drivers, and tried again."""
        if self._is_closed:
            self._is_closed = False
            self._open_port()
            self._settle()

    async def aclose(self) -> None:
        """Withdraw everything, wait a moment until the board says that it heard, let go of the port."""
        if self._is_closed:
            return
        self.ask_for(replace(self.wish, permit=False, offer_da=0))
        try:
            await self._acknowledged(LAST_WISH_TIMEOUT_S)
        except TimeoutError:
            log.warning("board did not confirm the last wish; its lease ends it", extra={"bus": self.name})
        self._close()

    def commission(self, commissioned: bool) -> None:
        """A `CommissionedBus`: every wish from now on says so."""
        self._is_commissioned = commissioned
        self._conversation.wish = replace(self._conversation.wish, commissioned=commissioned)

    async def confirm(self, driver: str) -> None:
        """A person's word that the board may serve again: commissioning is taken back, heard, and given anew.

        Raises DriverRejected where the station was never taken into service, DriverUnavailable where nobody hears.
        """
        self.require_board(driver)
        if not self._is_commissioned:
            raise DriverRejected(driver, "this charger was not commissioned, so there is nothing to confirm anew")
        self.ask_for(replace(self.wish, commissioned=False))
        try:
            await self._acknowledged(CONFIRMED_WITHIN_S)
        except TimeoutError as error:
            raise DriverUnavailable(driver, "the board did not hear the confirmation; try again") from error
        finally:
            self.ask_for(replace(self.wish, commissioned=self._is_commissioned))
        self.require_board(driver)

    async def _acknowledged(self, within_s: float) -> None:
        """Returns when the board knows the wish, or when no board is there. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while self._conversation.is_agreed and not self._conversation.is_acknowledged:
                self._heard.clear()
                await self._heard.wait()

    def trouble(self) -> str:
        """`Troubled`: why nothing is known of it."""
        level = self.level.value
        return level.why if isinstance(level, Absence) else ""

    def statistics(self) -> Mapping[str, Mapping[str, float]]:
        """Of the one device "board": what the link counted, and what the board did."""
        counted = self._conversation.counters.as_mapping()
        report = self._conversation.report
        return {"board": {**counted, **(counters_of(report.status) if report else {})}}

    def said(self) -> tuple[Status, Identity] | None:
        """The last status, and who the board said it is; None while it does not answer."""
        report, identity = self._conversation.report, self._conversation.identity
        if report is None or identity is None or not isinstance(self.level.value, BoardState):
            return None
        return report.status, identity

    def uptime_s(self) -> float | None:
        """How long the board's program runs now, counted on from its report; None while it does not answer."""
        report = self._conversation.report
        return None if report is None else report.status.uptime_ms / 1000 + self._now() - report.heard_at

    def identity(self) -> Identity | None:
        """Who the board says it is, be it one that speaks another table; None while none answers."""
        level = self.level.value
        is_there = isinstance(level, BoardState) or (isinstance(level, Absence) and level.mismatch is not None)
        return self._conversation.identity if is_there else None

    async def request(self, driver: str, request: Request) -> Reply:
        """The board's reply, after those to the requests before. Raises DriverUnavailable and DriverRejected."""
        if not self._conversation.is_for_a_stranger(request):
            self.require_board(driver)
        answered: asyncio.Future[Reply | Unanswered] = asyncio.get_running_loop().create_future()

        def tell(came: Reply | Unanswered) -> None:
            if not answered.done():  # who asked may be gone
                answered.set_result(came)

        self._conversation.request(request, tell, self._now())
        self._settle()
        outcome = await answered
        if isinstance(outcome, Unanswered):
            raise DriverUnavailable(driver, outcome.why)
        return outcome

    def fall_silent(self, driver: str, seconds: float) -> None:
        """Say nothing for so long, whatever is wished meanwhile: what a dead Linux would do (ST410).

        Raises DriverUnavailable and DriverRejected where no board has heard the last word.
        """
        self.require_board(driver)
        self._silent_until = self._now() + seconds

    def acted_at(self) -> float | None:
        """It speaks at least every 5 s, also to a board that does not answer, and tries a port as often."""
        return None if self._is_closed else self._acted_at

    def claim(self, interface: str) -> None:
        """One board has one pilot: a second driver of the same interface would fight over the wish."""
        if interface in self._drivers:
            raise ConfigError((f"bus.{self.name}: two connectors name it for their {interface}; a board has one",))
        self._drivers.add(interface)

    @property
    def wish(self) -> Wish:
        """What was asked last."""
        return self._conversation.wish

    def ask_for(self, wish: Wish) -> None:
        """Wish this from now on, told at once where a board hears. Also kept while there is none: withdrawals are."""
        self._conversation.ask_for(wish, self._now())
        self._settle()

    def require_board(self, driver: str) -> BoardState:
        """What the board said last; raises DriverUnavailable or DriverRejected where no board would hear."""
        state = present(self.level.value, driver)
        if state is None:
            raise Absence(why=f"the board on {self._port} was not heard yet; try again").error(driver)
        return state

    # --- the port

    def _open_port(self) -> None:
        self._acted_at = self._now()
        try:
            self._device.open()
        except WireLost as error:
            self._lose(str(error))
            return
        self._pace.succeeded()
        self._port_failure = None
        self._conversation.begin(self._now())

    def _lose(self, why: str) -> None:
        """The device is gone: `why` is for a person."""
        self._pace.failed(why)
        self._port_failure = why
        self._conversation.end()
        self._settle()

    def _close(self) -> None:
        self._is_closed = True
        self._device.close()
        self._port_failure = "the link was closed"
        self._conversation.end()
        self._settle()

    def _send(self, frame: bytes) -> None:
        self._acted_at = self._now()
        if self._acted_at < self._silent_until:
            return
        try:
            self._device.write(frame)
        except WireLost as error:
            self._lose(str(error))

    def _received(self, received: bytes) -> None:
        self._conversation.hear(received, self._now())
        self._heard.set()
        self._settle()

    # --- time

    def _on_timer(self) -> None:
        self._timer = self._due_at = None
        self._device.read_now()
        now = self._now()
        if not self._device.is_open:
            self._open_port()
        elif self._conversation.is_silent and now - self._conversation.believed_at >= REOPEN_SILENT_AFTER_S:
            self._device.close()
            self._open_port()
        else:
            self._conversation.tick(now)
        self._settle()

    def _settle(self) -> None:
        """After whatever happened: tell the level, and set the alarm for what is due next."""
        self._tell_garbage()
        self._publish()
        self._device.gather(self._conversation.status_bytes + GROWTH_BYTES if self._is_resting() else 1)
        due_at = None if self._is_closed else self._conversation.due_at
        if not self._is_closed and not self._device.is_open:
            due_at = self._pace.due_at
        if due_at != self._due_at:
            self._arm(due_at)

    def _arm(self, due_at: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due_at = due_at
        self._timer = None if due_at is None else asyncio.get_running_loop().call_at(due_at, self._on_timer)

    # --- what is known

    def _publish(self) -> None:
        report = self._conversation.report
        if report is not None and report is self._told:
            return
        self._told = report
        before = self.level.value
        level = self._level(before)
        self.level.set(level)
        if isinstance(level, Absence) and not self._is_closed and not isinstance(before, Absence):
            log.warning("pilot board is lost", extra={"bus": self.name, "reason": level.why})
        elif isinstance(level, BoardState) and _boot_id(level) != _boot_id(before):
            self._greet()

    def _is_resting(self) -> bool:
        """Nobody is plugged in and nothing is permitted: a plug may be told 0.2 s late, for half the wake-ups."""
        level, wish = self.level.value, self._conversation.wish
        return (
            isinstance(level, BoardState)
            and level.pilot.state is PilotState.A
            and level.contactor is ContactorState.OPEN
            and not (level.faults or wish.permit or wish.offer_da or self._conversation.awaits_answer)
        )

    def _level(self, before: BoardLevel) -> BoardLevel:
        talk = self._conversation
        if talk.mismatch is not None:
            return refusal(talk.mismatch)
        if self._port_failure is not None:
            return Absence(why=self._port_failure)
        if talk.is_silent:
            return Absence(why=self._silence())
        return before if talk.report is None else state_of(talk.report, before)

    def _silence(self) -> str:
        if self._conversation.hears_only_garbage:
            return f"what arrives on {self._port} is not a pilot board's; check that the port is the board's"
        if self._now() - self._conversation.heard_at < SILENT_AFTER_S and self._conversation.hears_messages:
            return f"the board on {self._port} talks and does not hear the agent; check the wire towards the board"
        return f"no word from the board on {self._port} for {SILENT_AFTER_S:g} s; check its power and its cable"

    def _greet(self) -> None:
        who = self._conversation.identity
        if who is not None:
            about = {"board": who.board, "revision": who.revision, "firmware": who.firmware_version}
            log.info("pilot board answers", extra={"bus": self.name, **about, "boot_id": who.boot_id})

    def _tell_garbage(self) -> None:
        total = self._conversation.counters.garbage
        if count := self._garbage.due(total, self._now()):
            log.warning("garbage on the link", extra={"bus": self.name, "pieces": count, "since_start": total})

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def create(name: str, options: Options) -> PilotLink:
    """A link of its own port, not yet open."""
    return PilotLink(name, options)


def _boot_id(level: BoardLevel) -> str | None:
    return level.pilot.board_boot_id if isinstance(level, BoardState) else None
