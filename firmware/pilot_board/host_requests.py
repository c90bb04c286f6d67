"""What the host asks of the board beside its wish: reading, writing, clearing a latch, testing. Each is answered once.

The link hands over what it heard from a host that speaks our table. One request is answered per poll, after the rules
had their step; what takes longer goes on slice by slice. Storage is written only while the coil has no current.
"""

import calibration
from answers import BAD_CHECKSUM, BUSY, DONE, FAILED, NOT_NOW, REFUSED, UNKNOWN
from challenge import Challenge
from clearing import KEY_BYTES, KEY_NAME, Clearing
from evidence import Evidence
from frames import frame
from lasting import sooner
from latches import Latches
from messages import ANSWER, ASK, ASKS, CLEAR, IDENTIFY, PUT, PUTS, TEST_STEPS, pack
from messages import BLOCK as CONTENT
from pilot import A
from readings import Reader
from storage import Storage
from test_steps import TestSteps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from hal import Hal
    from interlock import Interlock
    from link import Identity, Link

    class Receiver(Protocol):
        """Takes a firmware image; results are places in `messages.RESULTS`."""

        def begin(self, content: bytes, now: int) -> int: ...
        def take(self, number: int, content: bytes, now: int) -> int: ...
        def end(self, now: int) -> int: ...
        def turn(self, now: int) -> "int | None": ...
        def state(self) -> bytes: ...


LOCAL_KEY = "local_key"
SERIAL = "serial"
SLICE_MS = 5
"""A slice of work with each poll of the loop."""
RESTART_AFTER_MS = 100
"""The answer is on the wire by then."""


class Requests:
    """Owns what only requests need, and what must see every step for their sake: latches and evidence."""

    def __init__(self, hal: "Hal", interlock: "Interlock", identity: "Identity") -> None:
        storage = Storage(hal)
        # Before anything else: what was latched stays latched.
        self.latches = Latches(storage, interlock.faults)
        local_key = storage.recall(LOCAL_KEY)
        self.update: Receiver | None = None
        if hal.slots is not None:
            # Loaded only where it can serve: memory is short.
            from update import Update

            self.update = Update(hal, hal.slots, interlock.situation, hal.ticks_ms())
        self.evidence = Evidence(interlock.faults.reaction)
        self._hal = hal
        self._interlock = interlock
        self._storage = storage
        self._challenge = Challenge(identity, storage.recall(SERIAL))
        self._clearing = Clearing(storage.recall(KEY_NAME), self._challenge, self.latches)
        has_key = local_key is not None and len(local_key) == KEY_BYTES
        self._test_steps = TestSteps(interlock, local_key if has_key else None, self._challenge)
        self._reader = Reader(hal, interlock.situation, storage, self.evidence, self._test_steps.residual)
        self._changed_rules = False
        self._request: tuple[int, list[Any]] | None = None
        self._reply = b""
        self._restart_at: int | None = None

    def turn(self, link: "Link", now: int) -> "int | None":
        """Once per poll, after step and outputs; returns when to be called again, None for no wish."""
        interlock = self._interlock
        due = self.latches.turn(self._coil_is_off(), now)
        due = sooner(due, self.evidence.observe(interlock.situation, interlock.offer, interlock.faults, now))
        due = sooner(due, self._restart(now))
        self._test_steps.keep(self._storage)
        if self._test_steps.must_hang(now):
            self._hal.hang()
        if self._test_steps.must_restart(now):
            self._hal.restart()
        due = sooner(sooner(due, self._test_steps.hangs_at), self._test_steps.restarts_at)
        if self.update is not None:
            due = sooner(due, self.update.turn(now))
        return sooner(due, self._converse(link, now))

    def has_changed_rules(self) -> bool:
        """Since the last call something was asked for that the next step of the rules has to know."""
        changed = self._changed_rules
        self._changed_rules = False
        return changed

    def _coil_is_off(self) -> bool:
        return not self._interlock.situation.contactor.energised

    def _restart(self, now: int) -> "int | None":
        if self._restart_at is None or now < self._restart_at:
            return self._restart_at
        self._restart_at = None
        self._hal.restart()
        return None

    def _converse(self, link: "Link", now: int) -> "int | None":
        if self._clearing.is_under_way:
            self._go_on_clearing(link, now)
            return now + SLICE_MS
        if link.requested:
            self._hear(link, now)
        return now + 1 if link.requested or self._clearing.is_under_way else None

    def _go_on_clearing(self, link: "Link", now: int) -> None:
        if link.requested and self._put_off(link):
            return
        result = self._clearing.turn(self._coil_is_off())
        if result is None or self._request is None:
            return
        if result == DONE:
            self._restart_at = now + RESTART_AFTER_MS
        _, values = self._request
        self._say(link, self._answered(values, result, values[1]))

    def _put_off(self, link: "Link") -> bool:
        """Deal with one request that came while a signature is verified; whether it was answered."""
        request = link.requested.pop(0)
        if request[0] == IDENTIFY:
            self._forget()
        if request[0] == IDENTIFY or request == self._request:
            return False
        link.outgoing.append(self._answered(request[1], BUSY, 0))
        return True

    def _hear(self, link: "Link", now: int) -> None:
        request = link.requested.pop(0)
        if request[0] == IDENTIFY:
            self._forget()
        elif request == self._request:
            link.outgoing.append(self._reply)
        else:
            self._request = request
            reply = self._do(request[0], request[1], now)
            if reply is not None:
                self._say(link, reply)

    def _forget(self) -> None:
        # A host that has just started may use a number again that its predecessor used.
        self._request = None
        self._clearing.abandon()

    def _say(self, link: "Link", reply: bytes) -> None:
        self._reply = reply
        link.outgoing.append(reply)

    def _do(self, number: int, values: "list[Any]", now: int) -> "bytes | None":
        """The reply; None where it comes later."""
        if number == ASK:
            return self._ask(values, now)
        if number == PUT:
            return self._answered(values, self._put(values[1], values[2], values[3], now), values[2])
        if number == CLEAR:
            result = self._clearing.begin(tuple(values[1:]), self._coil_is_off())
            return None if result is None else self._answered(values, result, values[1])
        self._changed_rules = True
        return self._answered(values, self._test_steps.do(TEST_STEPS[values[1]], values[2], values[3], now), 0)

    def _ask(self, values: "list[Any]", now: int) -> bytes:
        request, what, number = values
        name = ASKS[what]
        if name == "challenge":
            found: tuple[int, bytes] | int = UNKNOWN if number else (1, self._challenge.text())
        elif name == "update":
            found = UNKNOWN if number or self.update is None else (1, self.update.state())
        else:
            found = self._reader.block(name, number, now)
        if isinstance(found, int):
            return self._answered(values, found, number)
        return frame(pack(CONTENT, (request, what, number, found[0], found[1])))

    def _put(self, place: int, number: int, content: bytes, now: int) -> int:
        if place >= len(PUTS):  # a word of a later host
            return UNKNOWN
        what = PUTS[place]
        if what == "calibration":
            return self._calibrate(content)
        if self.update is None:
            return UNKNOWN
        if what == "image_begin":
            return self.update.begin(content, now)
        return self.update.take(number, content, now) if what == "image" else self.update.end(now)

    def _calibrate(self, record: bytes) -> int:
        """Keep a record; it counts from the next start on, so that no level moves under a rule's feet."""
        if not self._storage.is_fitted:
            return UNKNOWN
        if calibration.has_wrong_checksum(record):
            return BAD_CHECKSUM
        if calibration.parsed(record) is None:
            return REFUSED
        if not self._coil_is_off() or self._interlock.situation.pilot.state != A:
            return NOT_NOW
        return DONE if self._storage.keep(calibration.NAME, record) else FAILED

    def _answered(self, values: "list[Any]", result: int, number: int) -> bytes:
        return frame(pack(ANSWER, (values[0], result, number)))
