"""A board on the bench: the firmware on fake pins, moved through time by the test. Runs under MicroPython too."""

from board import Board
from fake_generator import FakeGenerator
from fake_hal import FakeHal
from fake_lock import FakeLock
from fake_residual import FakeResidual
from frames import frame, unframe
from hal import COIL_OFF, X2
from kind import RESIDUAL_CURRENT, VENTILATION, Kind
from messages import ANSWER, IDENTIFY, STATUS, TEST, TEST_STEPS, WAITS_FOR, WISH, pack, table_hash, unpack
from watch import Watch
from wishes import wish_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LOOP_MS = 5
CALM_AFTER_MS = 2_500
"""Longer than the wait for a plug that is out for good, and than a silent host's lease."""
CALM_LOOP_MS = 50
WISH_EVERY_MS = 500
LIMIT_MS = 100
WINDOW_MS = 5
CLOSED_FOR_MS = 700


def charging(sparse: bool) -> "Bench":
    """A bench with closed contacts, long enough for every blanking to be over."""
    bench = Bench(sparse)
    bench.charge()
    bench.run(CLOSED_FOR_MS)
    return bench


class Bench:
    """`sparse` polls when something changed or is due, as the simulator does; otherwise every 5 ms, as the board.

    Where nothing was told and nothing driven for 2.5 s, 5 ms become 50 ms and whatever window something is due in:
    minutes of waiting are most of what the checks live through. `never_calm` keeps to 5 ms all the while.

    A watch stands beside it: whatever a test does, AssertionError after the first poll that breaks a safety rule.
    """

    never_calm = False
    """For all benches: `make safety` sets it."""

    def __init__(
        self,
        sparse: bool = False,
        ventilation: bool = False,
        reset_cause: str = "power",
        introduces: bool = True,
        kind: "Kind | None" = None,
    ) -> None:
        kind = kind or Kind(has=VENTILATION if ventilation else 0)
        self.hal = FakeHal(1_000, reset_cause=reset_cause, kind=kind)
        self.residual = FakeResidual(self.hal)
        self.lock = FakeLock(self.hal)
        self.generator = FakeGenerator(self.hal)
        self.board = Board(self.hal)
        self.watch = Watch(self.hal)
        self.sparse = sparse
        self.permit = False
        self.offer_da = 0
        self.host_talks = True
        self.locks = False
        self.commissioned = True
        self.operative = True
        self.open_at_once = False
        self.configuration: int | None = None
        self.insertion: int | None = None
        """The plug that the host permits; None: whichever is in."""
        self._sequence = 0
        self._asked = 0
        self._wish_at = self.hal.now
        self._due = self.hal.now
        self._stirred_at = self.hal.now
        self._driven = 0
        if introduces:
            self.write(IDENTIFY, (1, table_hash()))

    @property
    def closed(self) -> bool:
        """The coil has current."""
        return self.hal.coil_mode != COIL_OFF

    @property
    def pwm(self) -> bool:
        """An offer is on the pilot."""
        return self.hal.mode == X2

    @property
    def faults(self) -> "list[int]":
        """Codes present now."""
        return sorted(self.board.interlock.faults.evidence)

    @property
    def waits_for(self) -> str:
        """What the board says closing waits for."""
        return WAITS_FOR[self.board.interlock.waits_for]

    def write(self, number: int, values: "tuple[object, ...]") -> None:
        """Put one message on the wire to the board."""
        self.hal.to_board += frame(pack(number, values))

    def wish(self, permit: bool, offer_da: int) -> None:
        """What the host wants from now on; told at once and repeated."""
        self.permit = permit
        self.offer_da = offer_da
        self._say_wish()
        self.touch()

    def let_host_talk(self, talks: bool) -> None:
        """A host that falls silent, or is back and says at once what it wants."""
        self.host_talks = talks
        self._stirred_at = self.hal.now
        if talks:
            self._say_wish()
            self._poll()

    def show(self, state: str, low_mv: int = -12_000) -> None:
        """Change the car; the sparse bench polls on it."""
        self.hal.show(state, low_mv)
        self.touch()

    def level(self, high_mv: int, low_mv: int = -12_000) -> None:
        """Put any levels on the pilot."""
        self.hal.high_mv = high_mv
        self.hal.low_mv = low_mv
        self.touch()

    def touch(self) -> None:
        """A pin changed that has no method of its own: the sparse bench polls on it."""
        self._stirred_at = self.hal.now
        self._poll()

    def run(self, milliseconds: int) -> None:
        """Let time pass."""
        end = self.hal.now + milliseconds
        while self.hal.now < end:
            self._go_on(end)

    def until(self, condition: "Callable[[], bool]", limit_ms: int) -> int:
        """Milliseconds until `condition()` holds; fails after `limit_ms`."""
        start = self.hal.now
        while not condition():
            assert self.hal.now - start < limit_ms, "not within " + str(limit_ms) + " ms"
            # Not every millisecond: a due time that was forgotten would not be noticed.
            self._go_on(start + limit_ms)
        return self.hal.now - start

    def opens_within(self, limit_ms: int) -> int:
        """Milliseconds until the main contacts are open; fails after `limit_ms`."""
        return self.until(lambda: not self.hal.main_closed, limit_ms + 1)

    def charge(self, offer_da: int = 160) -> None:
        """Bring a car from nothing to closed contacts."""
        self.run(600)
        self.show("B")
        self.run(4_000)
        self.wish(True, offer_da)
        self.run(500)
        self.show("C")
        self.until(lambda: self.closed, 3_000)
        self.run(300)

    def test_step(self, step: str, duty: int = 0) -> bool:
        """Ask for a step of a self-test; whether the board agreed at once."""
        self._asked += 1
        self.messages()
        self.write(TEST, (self._asked, TEST_STEPS.index(step), b"", duty))
        self.touch()
        agreed = (ANSWER, [self._asked, 0, 0]) in self.messages()
        if agreed:
            self.watch.tests(step)
        return agreed

    def messages(self) -> "list[tuple[int, list[Any]]]":
        """Everything the board has said since the last call."""
        pieces = bytes(self.hal.from_board).split(b"\x00")
        self.hal.from_board = bytearray()
        return [unpack(unframe(piece)) for piece in pieces if piece]

    def last_status(self) -> "list[Any]":
        """The fields of the latest status since the last call."""
        return [values for number, values in self.messages() if number == STATUS][-1]

    def _say_wish(self) -> None:
        self._sequence += 1
        self._wish_at = self.hal.now + WISH_EVERY_MS
        insertions = self.board.interlock.situation.pilot.insertions
        insertion = insertions if self.insertion is None else self.insertion
        wish = wish_of(
            self._sequence,
            self.permit,
            self.offer_da,
            locks=self.locks,
            insertion=insertion,
            commissioned=self.commissioned,
            operative=self.operative,
            open_at_once=self.open_at_once,
            configuration=self.configuration,
        )
        self.watch.wished(wish)
        self.write(WISH, wish)

    def _go_on(self, end: int) -> None:
        """To the next moment at which anything happens, at the latest to `end`."""
        self.hal.now = min(end, self._next_moment())
        if self.host_talks and self.hal.now >= self._wish_at:
            self._say_wish()
        self._poll()

    def _next_moment(self) -> int:
        if self.sparse:
            return self._due_moment()
        now = self.hal.now
        if self.never_calm or now - self._stirred_at < CALM_AFTER_MS:
            return _window_after(now, LOOP_MS)
        return min(_window_after(now, CALM_LOOP_MS), _window_after(self._due_moment() - 1, LOOP_MS))

    def _due_moment(self) -> int:
        moments = [self._due]
        if self.host_talks:
            moments.append(self._wish_at)
        contacts = self.hal.contactor_due()
        if contacts is not None:
            moments.append(contacts)
        for model in (self.residual, self.lock, self.generator):
            moment = model.due()
            if moment is not None:
                moments.append(moment)
        return max(self.hal.now + 1, min(moments))

    def _poll(self) -> None:
        self._look_at_module()
        self._due = self.board.poll()
        chain = self.hal.chain
        self._look_at_module()
        if self.hal.chain != chain:
            # What the board has just driven moved a pin: seen with the next window.
            self._due = min(self._due, _window_after(self.hal.now, LOOP_MS))
        if len(self.hal.history) != self._driven:
            self._driven = len(self.hal.history)
            self._stirred_at = self.hal.now
        self.watch.look(self.board.interlock.faults.reaction)

    def _look_at_module(self) -> None:
        self.hal.settle_contactor()
        self.lock.look()
        self.generator.look()
        if self.hal.kind.fits(RESIDUAL_CURRENT):
            self.hal.settle_contactor()
            self.residual.look()


def _window_after(now: int, window_ms: int) -> int:
    """The beginning of the next window."""
    return now + window_ms - now % window_ms
