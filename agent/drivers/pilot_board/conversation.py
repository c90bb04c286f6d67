"""What is said on the link and when, without the link: bytes and moments in, bytes and a report out. Pure.

The host asks who is there; a board that names the same message table is believed and hears the wish, the whole of it,
twice a second. Any other may be given a new firmware, and no more. A report counts once it knows a wish of this
conversation: what the board did before it heard us (its lease had run out, say) is no news. Silence ends the belief:
then no wish is sent, and the board's own lease ends the rest (architecture, section 5).

A permission is for the plug it was given to: it ends here when the board tells of another plug, and with a silence,
whoever was silent. A session that is held up, or a program that stood still, repeats no permission it could not renew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agent.drivers.pilot_board.codec import decode, encode
from agent.drivers.pilot_board.counters import Counters
from agent.drivers.pilot_board.frames import DELIMITER, FrameError, FrameSplitter, frame, unframe
from agent.drivers.pilot_board.messages import (
    TABLE_HASH,
    U16,
    U32,
    Answer,
    Block,
    Identify,
    Identity,
    Message,
    MessageError,
    Status,
    Wish,
)
from agent.drivers.pilot_board.repetition import LastStatus
from agent.drivers.pilot_board.requests import Reply as Reply  # noqa: PLC0414 - part of what is said here
from agent.drivers.pilot_board.requests import Request as Request  # noqa: PLC0414
from agent.drivers.pilot_board.requests import Requests, Tell, is_of_every_table
from agent.drivers.pilot_board.requests import Unanswered as Unanswered  # noqa: PLC0414
from agent.values import frozen

SILENT_AFTER_S = 2.0
"""Without a status for so long the board counts as lost (safety.md section 9)."""
WISH_EVERY_S = 0.5
WISH_WITH_STATUS_S = 0.25
"""A wish of this age is repeated at once when a status arrives: the loop is awake anyway, and need not be woken."""
ASK_EVERY_S = 1.0
ASK_STRANGER_EVERY_S = 5.0
"""Between two questions to a board that speaks another table: somebody may be flashing it."""

Send = Callable[[bytes], None]
_Plug = tuple[int, int]
"""The board's boot and its count of insertions."""


@frozen
class Report:
    """What the board said last. `boot_id` is its name for this run of its program."""

    boot_id: str
    status: Status
    heard_at: float = 0.0
    """A status that says the same again makes no new report."""


@frozen
class Mismatch:
    """The board speaks another message table."""

    board_speaks: str
    firmware_version: str


class Conversation:
    """One board behind one port. `send` writes at once; where that fails it calls `end` and returns."""

    def __init__(self, send: Send) -> None:
        self.wish = Wish(sequence=0, permit=False, offer_da=0, lock=False, signal=0, insertion=0, commissioned=False)
        """What was asked last; all but permission and offer outlive every silence."""
        self.identity: Identity | None = None
        self.mismatch: Mismatch | None = None
        self.report: Report | None = None
        """The last status, until it is too old to be true."""
        self.is_silent = False
        """Nothing that can be believed arrived in time."""
        self.is_agreed = False
        """The board at the other end understands us, and hears the wish."""
        self.heard_at = 0.0
        """When the last message arrived, or the port was opened."""
        self.believed_at = 0.0
        """When the last one arrived that told who is there and that we are heard, or the port was opened."""
        self.status_bytes = 0
        """Length on the wire of the last status."""
        self.counters = Counters()
        self._requests = Requests(lambda message: send(frame(encode(message))))
        self._send = send
        self._splitter = FrameSplitter()
        self._is_open = False
        self._pieces = 0
        self._messages = 0
        self._request = 0
        self._first_request = 0
        self._first_wish = 0
        """Of this conversation."""
        self._first_alike = 0
        """Of those that wished what is wished now."""
        self._permitted_plug: _Plug | None = None
        """What was plugged in when the permission was given."""
        self._permitted_count = 0
        """How many plugs the board had counted then."""
        self._boot_number = 0
        self._sequence: int | None = None
        self._heard_wish: int | None = None
        self._last = LastStatus()
        self._send_at = 0.0
        self._wished_at = 0.0
        self._believed_until = 0.0

    @property
    def is_acknowledged(self) -> bool:
        """The board has told that it knows what is wished now."""
        return self.is_agreed and self.report is not None and self._is_since(self._first_alike, self._heard_wish)

    @property
    def hears_only_garbage(self) -> bool:
        """Much arrived since the port was opened, and none of it was a message."""
        return self._pieces > 1 and self._messages == 0

    @property
    def hears_messages(self) -> bool:
        """Some arrived since the port was opened."""
        return self._messages > 0

    @property
    def due_at(self) -> float | None:
        """When `tick` must be called at the latest; None while there is no port."""
        if not self._is_open:
            return None
        due_at = min(self._send_at, self._believed_until) if self._may_fall_silent else self._send_at
        return due_at if self._requests.due_at is None else min(due_at, self._requests.due_at)

    @property
    def awaits_answer(self) -> bool:
        """A request is under way."""
        return self._requests.is_pending

    def begin(self, now: float) -> None:
        """A port is open; whoever is at its other end may be another board than before."""
        self._splitter = FrameSplitter()
        self._is_open = True
        self._pieces = self._messages = 0
        if not self.counters.openings:
            # A board takes up counting anew only for a question that it was not asked before.
            self._request = int(now * 1000) & U16
        self._first_request = (self._request + 1) & U16
        # A board takes a repeated number for a frame that came twice: a new program must not begin at the old one's.
        self.wish = replace(self.wish, sequence=max(self.wish.sequence, int(now * 1000) & U32))
        self.heard_at = self.believed_at = now
        self._believed_until = now + SILENT_AFTER_S
        self.counters.openings += 1
        self._ask(now)

    def end(self) -> None:
        """The port is gone, and with it all that is known."""
        self._is_open = False
        self.is_agreed = False
        self.is_silent = True
        self.mismatch = None
        self.report = None
        self._withdraw()
        self._requests.end("the port of the board was lost")

    def hear(self, received: bytes, now: float) -> None:
        """Take bytes as they come, in whatever pieces."""
        if self._may_fall_silent and now >= self._believed_until:
            # Nobody looked for so long (a stopped program, a loop held up): what waited in the port is as old.
            self._fall_silent(now)
        overlong = self._splitter.overlong
        for piece in self._splitter.feed(received):
            if self._is_open:
                self._hear_piece(piece, now)
        self.counters.overlong_frames += self._splitter.overlong - overlong
        if self.is_agreed and self.believed_at == now and now - self._wished_at >= WISH_WITH_STATUS_S:
            # Only after all that came: the last of it may have ended the permission.
            self._tell_wish(now)

    def tick(self, now: float) -> None:
        """Say what is due, and notice silence. Calling it early does no harm."""
        if not self._is_open:
            return
        if self._may_fall_silent and now >= self._believed_until:
            self._fall_silent(now)
        self._requests.tick(now)
        if now < self._send_at:
            return
        if self.is_agreed:
            self._tell_wish(now)
        else:
            self._ask(now)

    def ask_for(self, wish: Wish, now: float) -> None:
        """`wish` counts from now on, told at once where it differs. Sequence and insertion are not the caller's."""
        before = self.wish
        if wish.permit and not before.permit:
            self._permitted_plug = _plug_of(self.report)
            self._permitted_count = 0 if self.report is None else self.report.status.insertions
        # At an empty outlet that is the plug that has left: the next one counts one more, and has no permission by it.
        insertion = self._permitted_count if wish.permit else 0
        wish = replace(wish, sequence=before.sequence, insertion=insertion)
        if wish == before:
            return
        self.wish = wish
        self._first_alike = (wish.sequence + 1) & U32
        if self.is_agreed:
            self._tell_wish(now)

    def request(self, request: Request, tell: Tell, now: float) -> None:
        """Put it to the board; `tell` hears what came of it. It changes neither the wish nor its pace."""
        if not (self.is_agreed or self.is_for_a_stranger(request)):
            tell(Unanswered("no board hears the request"))
            return
        self._requests.post(request, tell, now)
        self.counters.requests += 1

    def is_for_a_stranger(self, request: Request) -> bool:
        """The board speaks another table, and takes this all the same: a piece of a new firmware."""
        return self.mismatch is not None and is_of_every_table(request)

    @property
    def _may_fall_silent(self) -> bool:
        return self.is_agreed or not self.is_silent

    def _fall_silent(self, now: float) -> None:
        self.counters.silences += not self.is_silent
        self.is_silent = True
        self.is_agreed = False
        self.mismatch = None
        self.report = None
        self._withdraw()
        self._requests.end("the board fell silent")
        self._send_at = now

    def _withdraw(self) -> None:
        """What was permitted is not any more; the session decides anew."""
        if self.wish.permit or self.wish.offer_da:
            self.wish = replace(self.wish, permit=False, offer_da=0, insertion=0)
            self._first_alike = (self.wish.sequence + 1) & U32

    def _hear_piece(self, piece: bytes, now: float) -> None:
        self._pieces += 1
        try:
            payload = unframe(piece)
            again = self._last.repeated_by(payload) if self.report is not None and self.is_agreed else None
            if again is not None:
                self.status_bytes = len(piece) + 1
                self._hear_status(again.sequence, again.wish_sequence, None, now)
                return
            message = decode(payload)
        except FrameError:
            # The first piece is the rest of a frame where the port was opened in its middle.
            self.counters.damaged_frames += self._pieces > 1
        except MessageError:
            # A board that speaks another table may say what it likes.
            self.counters.foreign_frames += self.mismatch is None
        else:
            self.status_bytes = len(piece) + 1 if isinstance(message, Status) else self.status_bytes
            self._hear_message(message, now)

    def _hear_message(self, message: Message, now: float) -> None:
        match message:
            case Identity():
                self._meet(message, now)
            case Status():
                self._take(message, now)
            case Answer() | Block() if (self.is_agreed or self.mismatch) and self._requests.hear(message, now):
                self._messages += 1
                self.heard_at = now
            case _:
                # Our own words come back: a looped line.
                self.counters.foreign_frames += 1

    def _meet(self, identity: Identity, now: float) -> None:
        is_late = _steps(self._first_request, identity.request) > _steps(self._first_request, self._request)
        boot_number = _boot_number(identity.boot_id)
        if is_late or boot_number is None:
            self.counters.foreign_frames += 1
            return
        self._messages += 1
        self.heard_at = now
        self.identity = identity
        if self._boot_number not in (0, boot_number):
            # What was permitted was permitted to the board before its restart.
            self._withdraw()
            self._requests.end("the board has started anew")
        self._boot_number = boot_number
        if identity.table_hash != TABLE_HASH:
            self._refuse(identity, now)
            return
        self.mismatch = None
        self.is_agreed = True
        self._sequence = None
        self._first_wish = (self.wish.sequence + 1) & U32
        # Where nothing is believed any more, this is how long the board has to tell that it heard the wish.
        self._believed_until = now + SILENT_AFTER_S if self.is_silent else self._believed_until
        self._tell_wish(now)

    def _refuse(self, identity: Identity, now: float) -> None:
        if self.mismatch is None:
            # Later ones leave what is under way alone: it may be a new firmware.
            self._requests.end("the board speaks another message table")
        self.mismatch = Mismatch(board_speaks=identity.table_hash, firmware_version=identity.firmware_version)
        self.report = None
        self.is_agreed = False
        self.is_silent = False
        self.believed_at = now
        self._send_at = now + ASK_STRANGER_EVERY_S
        self._believed_until = self._send_at + SILENT_AFTER_S

    def _take(self, status: Status, now: float) -> None:
        self._messages += 1
        self.heard_at = now
        if not self.is_agreed:
            return
        if status.boot_number != self._boot_number:
            self.counters.restarts += 1
            self.is_agreed = False
            self._requests.end("the board has started anew")
            self._ask(now)
            return
        self._hear_status(status.sequence, status.wish_sequence, status, now)

    def _hear_status(self, sequence: int, wish_sequence: int | None, status: Status | None, now: float) -> None:
        """A status of the board we agreed with; None where it says what the report says already."""
        self.heard_at = now
        if not self._is_new(sequence):
            return
        self.counters.statuses += 1
        if not self._is_since(self._first_wish, wish_sequence):
            return
        self._heard_wish = wish_sequence
        if status is not None:
            self._last.remember(status)
            self.report = Report(f"{status.boot_number:08x}", status, now)
            self._mind_plug(now)
        self.is_silent = False
        self.believed_at = now
        self._believed_until = now + SILENT_AFTER_S

    def _mind_plug(self, now: float) -> None:
        """The session withdraws what the plug that left was permitted; until it gets to it the next one has nothing."""
        if self.wish.permit and _plug_of(self.report) != self._permitted_plug:
            self._withdraw()
            self._tell_wish(now)

    def _is_new(self, sequence: int) -> bool:
        last, self._sequence = self._sequence, sequence
        if last is None:
            return True
        steps = _steps(last, sequence, U32)
        if steps == 0:
            # A frame that came twice, or a transmitter stuck on one buffer: no sign of life.
            self.counters.repeated_statuses += 1
            return False
        if steps < U32 // 2:
            self.counters.lost_statuses += steps - 1
        return True

    def _is_since(self, first: int, wish_sequence: int | None) -> bool:
        """It is the number of a wish from `first` to the last one."""
        return wish_sequence is not None and _steps(first, wish_sequence, U32) <= _steps(first, self.wish.sequence, U32)

    def _ask(self, now: float) -> None:
        self._request = (self._request + 1) & U16
        self._send_at = now + ASK_EVERY_S
        self.counters.questions += 1
        # The zero in front ends whatever piece of a frame the board still holds.
        self._send(DELIMITER + frame(encode(Identify(request=self._request, table_hash=TABLE_HASH))))

    def _tell_wish(self, now: float) -> None:
        self.wish = replace(self.wish, sequence=(self.wish.sequence + 1) & U32)
        self._wished_at = now
        self._send_at = now + WISH_EVERY_S
        self.counters.wishes += 1
        self._send(frame(encode(self.wish)))


def _plug_of(report: Report | None) -> _Plug | None:
    status = None if report is None else report.status
    return (status.boot_number, status.insertions) if status is not None and status.plugged else None


def _steps(first: int, last: int, most: int = U16) -> int:
    """From one number to another in a count that wraps after `most`."""
    return (last - first) & most


def _boot_number(boot_id: str) -> int | None:
    try:
        return int(boot_id, 16)
    except ValueError:
        return None
