"""The board's end of the host link: bytes in, wishes heard, answers and status out. It owns no pin and no rule."""

from cbor import Places
from frames import DELIMITER, MAX_FRAME, FrameError, frame, unframe
from lease import Lease
from messages import (
    ASK,
    CLEAR,
    IDENTIFY,
    IDENTITY,
    IMAGE_PUTS,
    MAX_FAULTS,
    PUT,
    STATUS,
    TEST,
    U32,
    WISH,
    MessageError,
    fields_of,
    pack,
    table_hash,
    unpack,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from faults import Faults

STATUS_MS = 200
LEVELS, MEASURED = 14, 4
"""How many there are of each in a report."""
REQUESTS = (CLEAR, ASK, PUT, TEST)
MOST_REQUESTED = 4
"""A host has one request under way; what comes beyond this is dropped, and it asks again."""


class Identity:
    """Who this board is."""

    def __init__(self, board: str, revision: str, firmware_version: str, boot_id: str, capabilities: int = 0) -> None:
        self.board = board
        self.revision = revision
        self.firmware_version = firmware_version
        self.boot_id = boot_id
        self.capabilities = capabilities


class Link:
    """Reassembles frames, keeps the lease supplied, and says what there is to write.

    Garbage is counted and never raised. A wish counts only after the host named our own message table: until then it
    could mean something else.
    """

    def __init__(self, identity: Identity, lease: Lease) -> None:
        self.frame_errors = 0
        self.outgoing: list[bytes] = []
        """Frames to write; the board takes them after every `hear` and `report`."""
        self.requested: list[tuple[int, list[Any]]] = []
        """Requests by message number and fields, and IDENTIFY without fields for a host that came anew; the board takes
        them one by one."""
        self._identity = identity
        self._boot_number = int(identity.boot_id, 16) & U32
        self._table_hash = table_hash()
        self._lease = lease
        self._host_agrees = False
        self._host_named_itself = False
        self._last_identify = -1
        self._acknowledge = False
        self._acknowledge_next = False
        self._pending = b""
        self._overlong = False
        self._sequence = 0
        self._levels: list[object] | None = None
        self._changes = 0
        self._report_at = 0
        self._status_places = Places(1 + fields_of(STATUS))

    def hear(self, received: bytes, now: int) -> None:
        """Take bytes as they come, in whatever pieces."""
        if not received:
            return
        pieces = (self._pending + received).split(DELIMITER)
        self._pending = pieces.pop()
        for piece in pieces:
            if self._overlong:
                self._overlong = False
            elif piece:
                self._hear_frame(piece, now)
        if len(self._pending) > MAX_FRAME:
            self._pending = b""
            self.frame_errors += not self._overlong
            self._overlong = True

    def _hear_frame(self, piece: bytes, now: int) -> None:
        try:
            number, values = unpack(unframe(piece))
        except (FrameError, MessageError):
            self.frame_errors += 1
            return
        if number == IDENTIFY:
            self._identify(*values)
        elif number == WISH and self._host_agrees:
            says_new = self._lease.hear(values, now)
            self._acknowledge = self._acknowledge or says_new or self._acknowledge_next
            self._acknowledge_next = False
        elif number in REQUESTS and self._may_ask(number, values) and len(self.requested) < MOST_REQUESTED:
            self.requested.append((number, values))

    def _may_ask(self, number: int, values: "list[Any]") -> bool:
        """A host that speaks our table; any other that said who it is has at most a new firmware for us."""
        return self._host_agrees or (self._host_named_itself and number == PUT and values[1] in IMAGE_PUTS)

    def _identify(self, request: int, host_hash: str) -> None:
        me = self._identity
        self._host_named_itself = True
        self._host_agrees = host_hash == self._table_hash
        # A new host waits for a status that knows its wish, also where that wishes nothing new.
        self._acknowledge_next = self._host_agrees
        if not self._host_agrees:
            self._lease.revoke()
        if request != self._last_identify:
            # The same question again may be a transmitter stuck on its buffers, wishes among them.
            self._last_identify = request
            self._lease.expect_new_host()
        self.requested[:] = [(IDENTIFY, [])]
        values = (request, self._table_hash, me.board, me.revision, me.firmware_version, me.boot_id, me.capabilities)
        self.outgoing.append(frame(pack(IDENTITY, values)))

    def report(self, levels: "Sequence[object]", measured: "Sequence[object]", faults: "Faults", now: int) -> int:
        """Send the status when a level changed, a new wish was heard or it is time; returns when it is next time.

        `levels` are the status fields from pilot_state to chain_ok without the two voltages, then from live to testing;
        `measured`, what moves without being news, are high and low level, closings, openings under load. Both stay the
        caller's.
        """
        if self._acknowledge or now >= self._report_at or levels != self._levels or faults.changes != self._changes:
            self._acknowledge = False
            self._levels = list(levels)
            self._changes = faults.changes
            self._report_at = now + STATUS_MS
            self.outgoing.append(self._status(levels, measured, faults, now))
        return self._report_at

    def _status(self, levels: "Sequence[object]", measured: "Sequence[object]", faults: "Faults", now: int) -> bytes:
        self._sequence = (self._sequence + 1) & U32
        state, offered_da, duty, contactor, waits_for, permit_seen, plugged, insertions, chain_ok = levels[:9]
        high_mv, low_mv, closings, load_openings = measured
        present = {code: faults.evidence[code] for code in sorted(faults.evidence)[:MAX_FAULTS]}
        values = (
            STATUS, self._sequence, self._boot_number, self._lease.sequence, state, high_mv, low_mv, offered_da, duty,
            contactor, waits_for, permit_seen, plugged, insertions, chain_ok, present, now, closings, load_openings,
            min(self.frame_errors, U32),
        )  # fmt: skip
        return frame(self._status_places.encode(values + tuple(levels[9:])))
