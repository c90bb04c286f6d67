"""What is said to the controller and when, without the line: bytes and moments in, bytes and a report out. Pure.

One command is under way at a time, and only the answer that names its sequence id ends it. What to say next follows
from what is wished and from what the controller last said of itself (orders.py), so an order that got lost is given
again by itself, and so is one that the controller forgot in a restart.

Silence ends what is believed, and the wish with it: the session decides anew. A controller that was awake is told to
sleep all the same, as it may be that only its answers get lost; no pulse is told, and its heartbeat sees to the rest
(link.py says how far).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agent.core.identity import PlugIdentity
from agent.drivers.openevse import orders
from agent.drivers.openevse.counters import Counters
from agent.drivers.openevse.orders import Heartbeat, Known
from agent.drivers.openevse.rapi import (
    Answer,
    Foreign,
    Line,
    LineError,
    LineSplitter,
    Notice,
    command_line,
    next_sequence,
    read_line,
)
from agent.drivers.openevse.readings import (
    Range,
    ReadingError,
    Status,
    amps_of,
    range_of,
    status_of,
    transition_of,
)
from agent.drivers.plug_watch import PlugKeeper, Watch
from agent.drivers.wish import Wish
from agent.values import frozen

ANSWERS_WITHIN_S = 0.5
"""The maker's own sender waits as long (evse-controllers.md section 4)."""
SILENT_AFTER_S = 2.0
"""Four answers missed in a row."""
POLL_EVERY_S = 0.5
RANGE_EVERY_S = 5.0
LOOK_AGAIN_S = 5.0
"""At a controller that cannot be used: somebody may flash another firmware."""
NO_SEQUENCE = (
    "the firmware of this OpenEVSE answers without sequence ids, so a late answer could be taken for another one's; "
    "flash one with RAPI 3.0.0 or later, then check again"
)
NO_HEARTBEAT = (
    "the firmware of this OpenEVSE has no heartbeat supervision ($SY), so a dead agent would not lower the current; "
    "flash one that was built with HEARTBEAT_SUPERVISION, then check again"
)


@frozen
class Pending:
    """The command under way."""

    command: str
    sequence: int
    until: float


@frozen(kw_only=True)
class Report:
    """What the controller says: all of it is known, and its heartbeat is set."""

    status: Status
    range: Range
    watch: Watch
    firmware: str

    @property
    def plug(self) -> PlugIdentity | None:
        return self.watch.plug


class Conversation:
    """With one controller. `fresh_id` gives a name for each watch over its plugs that no other one has."""

    def __init__(self, send: Callable[[bytes], None], heartbeat_s: int, fresh_id: Callable[[], str]) -> None:
        self.wish = Wish()
        self.counters = Counters()
        self.report: Report | None = None
        self.unfit = ""
        """Why this controller cannot be used, for a person; "" where it can."""
        self.is_silent = False
        self.believed_at = float("-inf")
        self.heard = frozenset[type]()
        """Which kinds of lines have come since the port was opened."""
        self._send = send
        self._heartbeat = Heartbeat(heartbeat_s)
        self._splitter = LineSplitter()
        self._known = Known()
        self._keeper = PlugKeeper(fresh_id)
        self._pending: Pending | None = None
        self._sequence = 0
        self._permitted_plug: PlugIdentity | None = None
        self._is_open = False
        self._garbage_before = 0

    # --- for the link

    @property
    def due_at(self) -> float | None:
        """When `tick` is next wanted; None while no port is open."""
        if not self._is_open:
            return None
        due_at = self._known.due_at if self._pending is None else self._pending.until
        return min(due_at, self.believed_at + SILENT_AFTER_S) if self._may_fall_silent else due_at

    @property
    def is_withdrawn(self) -> bool:
        """The controller says itself that it gives no power."""
        status = self._known.status
        return status is not None and (not status.is_awake or status.has_fault)

    @property
    def hears_garbage(self) -> bool:
        """Something has come since the port was opened, and not only lines of RAPI."""
        return self.counters.garbage > self._garbage_before

    @property
    def speaks(self) -> bool:
        """Somebody at the other end answers."""
        return self._is_open and not self.is_silent

    def begin(self, now: float) -> None:
        """A port is open; whoever is at its other end may be another controller than before."""
        self._splitter = LineSplitter()
        self.heard = frozenset()
        self._is_open = True
        self.is_silent = False
        self.counters.openings += 1
        self.believed_at = now
        self._garbage_before = self.counters.garbage
        self._forget()
        self._say(now)

    def end(self) -> None:
        """The port is gone, and with it all that is known."""
        self._is_open = False
        self.is_silent = True
        self.unfit = ""
        self._forget()

    def hear(self, received: bytes, now: float) -> None:
        """Take bytes as they come, in whatever pieces."""
        if not self._is_open:
            return
        # Nobody looked for so long (a stopped program, a loop held up): what waited in the port is as old.
        self._mind_silence(now)
        stray = self._splitter.stray_bytes
        for line in self._splitter.feed(received):
            try:
                self._hear(read_line(line), now)
            except (LineError, ReadingError):
                self.counters.damaged_lines += 1
        self.counters.stray_bytes += self._splitter.stray_bytes - stray
        self._say(now)

    def tick(self, now: float) -> None:
        """Say what is due, and notice silence. Calling it early does no harm."""
        if not self._is_open:
            return
        self._mind_silence(now)
        if self._pending is not None and now >= self._pending.until:
            self.counters.unanswered += 1
            self._known = self._known.after_silence_to(self._pending.command)
            self._pending = None
            if self.unfit:
                self._fall_silent()
        self._say(now)

    def ask_for(self, wish: Wish, now: float) -> None:
        """`wish` counts from now on. A permission is for the plug that is in at this moment, and for no later one."""
        if wish.permit and not self.wish.permit:
            self._permitted_plug = None if self.report is None else self.report.plug
        self.wish = wish
        if self._is_open:
            self._say(now)

    # --- what is believed

    @property
    def _may_fall_silent(self) -> bool:
        """Whoever cannot be used is asked too seldom for that."""
        return not (self.is_silent or self.unfit)

    def _mind_silence(self, now: float) -> None:
        if self._may_fall_silent and now >= self.believed_at + SILENT_AFTER_S:
            self._fall_silent()

    def _fall_silent(self) -> None:
        self.counters.silences += 1
        self.is_silent = True
        self.unfit = ""
        status = self._known.status
        self._forget()
        if status is not None and status.is_awake and not status.has_fault:
            self._known = replace(self._known, blind_order=orders.SLEEP)

    def _forget(self) -> None:
        """Nothing that was said before counts, and nothing that was permitted; what is owed is owed."""
        self._known = Known(owes_look=self._known.owes_look)
        self._pending = None
        self._keeper.lose()
        self.report = None
        self._withdraw()

    def _withdraw(self) -> None:
        self.wish = replace(self.wish, permit=False, offer_a=0)

    def _hear(self, line: Line, now: float) -> None:
        self.heard |= {type(line)}
        match line:
            case Foreign():
                self.counters.echoes += 1
            case Notice():
                self.counters.notices += 1
                self._take_notice(line, now)
            case Answer():
                self._take_answer(line, now)

    def _take_notice(self, notice: Notice, now: float) -> None:
        if notice.kind == "AB":
            self.counters.restarts += 1
            # Told also where no car is there: the session gives up what only a restart of it clears.
            self._keeper.begin_anew()
            self._forget()
        elif notice.kind == "AT" and self._known.status is not None:
            status, set_a = transition_of(notice.words)
            self._known = self._known.with_amps(set_a)
            self._see(status, now)

    def _take_answer(self, answer: Answer, now: float) -> None:
        pending = self._pending
        if pending is None or answer.sequence != pending.sequence:
            if pending is not None and pending.command == "GV" and answer.ok and answer.sequence is None:
                self._refuse(NO_SEQUENCE, now)
                return
            self.counters.late_answers += 1
            return
        self._understand(pending.command, answer, now)
        self._pending = None
        self.counters.answers += 1
        self.is_silent = False
        self.believed_at = now

    def _understand(self, command: str, answer: Answer, now: float) -> None:
        """Raises ReadingError: the command counts as not answered then."""
        match command.split():
            case ["GV"]:
                self._known = replace(self._known, firmware=" ".join(answer.words) or "unknown")
            case ["GS"]:
                self._known = replace(self._known, poll_at=now + POLL_EVERY_S)
                self._see(status_of(answer.words), now)
            case ["GC"]:
                self._known = replace(self._known, range=range_of(answer.words), range_at=now + RANGE_EVERY_S)
                self._tell()
            case ["SC", amps, _]:
                set_a = amps_of(answer.words[0]) if answer.words else None
                self._known = self._known.after_setting(int(amps), set_a, now)
                self._tell()
            case ["SY"]:
                self._pulsed(answer, now)
            case ["SY", *wanted]:
                self._supervised(answer, wanted, now)
            case [order, *_]:
                self._known = self._known.after_order(order, now)

    def _pulsed(self, answer: Answer, now: float) -> None:
        self._known = replace(self._known, pulse_at=now + self._heartbeat.pulse_every_s)
        if not answer.ok:
            self.counters.missed_heartbeats += 1
            # Not acknowledged ($SY 165): that would set the highest current at once, ours or not. Supervision that is
            # set anew forgets the miss and leaves the current as it is.
            self._known = replace(self._known, has_missed=True, range_at=now)

    def _supervised(self, answer: Answer, wanted: list[str], now: float) -> None:
        if not answer.ok or list(answer.words[:2]) != wanted:
            self._refuse(NO_HEARTBEAT, now)
            return
        pulse_at = now + self._heartbeat.pulse_every_s
        self._known = replace(self._known, is_supervised=True, has_missed=False, pulse_at=pulse_at)
        self._tell()

    def _refuse(self, why: str, now: float) -> None:
        self.unfit = why
        self.is_silent = False
        self.believed_at = now
        self._forget()
        self._known = replace(self._known, ask_at=now + LOOK_AGAIN_S)

    def _see(self, status: Status, now: float) -> None:
        self._known = self._known.seeing(status, now)
        self._keeper.see(status, now)
        self._tell()
        if self.wish.permit and self._keeper.watch.plug != self._permitted_plug and status.is_connected is not None:
            # The session withdraws what the plug that left was permitted; until it gets to it the next one has nothing.
            self._withdraw()

    def _tell(self) -> None:
        known = self._known
        if known.status is None or known.range is None or not known.is_supervised:
            return
        self.unfit = ""
        self.report = Report(
            status=known.status, range=known.range, watch=self._keeper.watch, firmware=known.firmware or "unknown"
        )

    # --- what is said

    def _say(self, now: float) -> None:
        if self._pending is not None or not self._is_open:
            return
        plug = None if self.report is None else self.report.plug
        may_charge = plug is not None and plug == self._permitted_plug
        command = orders.next_command(self._known, self.wish, self._heartbeat, now, may_charge=may_charge)
        if command is None:
            return
        self._sequence = next_sequence(self._sequence)
        self._pending = Pending(command, self._sequence, now + ANSWERS_WITHIN_S)
        self.counters.commands += 1
        self._send(command_line(command, self._sequence))
