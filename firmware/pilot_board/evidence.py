"""Two seconds of readings around a fault that stops, the last half a second after it, for whoever asks why.

A record is 8 bytes of head (version 1, bytes of an entry, number of entries (2), moment of the fault in ms (4)) and the
entries, the oldest first, each as `LAYOUT` says; all numbers have the lowest byte first. An entry holds until the next.
"""

import struct

from faults import X1
from hal import X2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from faults import Faults
    from offer import Offer
    from situation import Situation

VERSION = 1
HEAD = "<BBHI"
HEAD_BYTES = struct.calcsize(HEAD)
LAYOUT = "<IhhHHBBBBBBBBHHHHHHHHHHBBBBB"
"""Moment in ms; high and low level in mV (-32768: none); flags; duty in 1/10000; believed pilot state; rails +12 V,
-12 V (as a positive number) and supply in 0.1 V; edges of L1 to L3 and of the earth sense; voltages in 10 mV; currents
in 10 mA; mains in 0.001 Hz; neutral to earth in 10 mV; proximity in mV (65535: none); lock's code; four temperature
codes divided by 16; the lock's stored energy in 0.1 V."""
ENTRY_BYTES = struct.calcsize(LAYOUT)
ENTRIES = 400
"""Two seconds of steps of 5 ms."""
STEP_MS = 5
AFTER_MS = 500
HELD_MS = 10_000
"""How long a reader may take from one block to the next before a newer record replaces the one being read."""

NO_LEVEL = -0x8000
NO_PROXIMITY = 0xFFFF

FROZEN, MIRROR_OPEN, CHAIN_OK, ROTATION_OK, COIL, OFFERED, SAMPLES, TESTING = [1 << place for place in range(8)]
RESIDUAL_PLACE = 8
"""Flags; the residual current module's lines stand from this bit on."""


class Ring:
    """One record's worth of memory, taken once."""

    def __init__(self) -> None:
        self.memory = bytearray(ENTRIES * ENTRY_BYTES)
        self.count = 0
        self.next = 0
        self.fault_at = 0

    def take(self, situation: "Situation", offer: "Offer", now: int) -> None:
        """One more entry, in the place of the oldest where there is no other."""
        write(self.memory, self.next * ENTRY_BYTES, situation, offer, now)
        self.next = (self.next + 1) % ENTRIES
        self.count = min(self.count + 1, ENTRIES)

    def size(self) -> int:
        """Bytes of the record, 0 without one."""
        return HEAD_BYTES + self.count * ENTRY_BYTES if self.count else 0

    def read(self, at: int, size: int) -> bytes:
        """A piece of the record."""
        head = struct.pack(HEAD, VERSION, ENTRY_BYTES, self.count, self.fault_at & 0xFFFFFFFF)
        piece = head[at : at + size]
        start = (self.next - self.count) % ENTRIES * ENTRY_BYTES + max(0, at - HEAD_BYTES)
        left = min(size - len(piece), self.size() - max(at, HEAD_BYTES))
        if left <= 0:
            return piece
        start %= len(self.memory)
        piece += bytes(self.memory[start : start + left])
        # What does not fit before the end of the memory goes on at its beginning.
        return piece + bytes(self.memory[: max(0, start + left - len(self.memory))])


class Evidence:
    """One ring fills up while the other holds what was found last."""

    def __init__(self, reaction: int) -> None:
        """`reaction` is what the board starts with: faults of its last life are no news."""
        self._ring = Ring()
        self._record = Ring()
        self._taken_at = -STEP_MS
        self._reaction = reaction
        self._freeze_at: int | None = None
        self._held_until = 0

    def observe(self, situation: "Situation", offer: "Offer", faults: "Faults", now: int) -> "int | None":
        """Note this step's readings; returns when the record is to be closed, None while none is."""
        if faults.reaction > self._reaction and faults.reaction >= X1 and self._freeze_at is None:
            self._ring.fault_at = now
            self._freeze_at = now + AFTER_MS
        self._reaction = faults.reaction
        stopped = self._freeze_at is not None and now > self._freeze_at
        if now - self._taken_at >= STEP_MS and not stopped:
            self._taken_at = now
            self._ring.take(situation, offer, now)
        return self._close(now)

    def _close(self, now: int) -> "int | None":
        if self._freeze_at is None:
            return None
        due = max(self._freeze_at, self._held_until)
        if now < due:
            return due
        self._freeze_at = None
        self._ring, self._record = self._record, self._ring
        self._ring.count = self._ring.next = 0
        return None

    def size(self) -> int:
        """Bytes of the last record, 0 without one."""
        return self._record.size()

    def read(self, at: int, size: int, now: int) -> bytes:
        """A piece of the last record; while somebody reads it, none takes its place."""
        is_last = at + size >= self.size()
        self._held_until = now if is_last else now + HELD_MS
        return self._record.read(at, size)


def write(memory: bytearray, at: int, situation: "Situation", offer: "Offer", now: int) -> None:
    """One entry into the memory."""
    pins = situation.inputs
    # Looked at together where all fit, and in threes: this runs every 5 ms, and a tuple of four would be left behind.
    volt1, volt2, volt3 = pins.voltage_mv
    volt1, volt2, volt3 = volt1 // 10, volt2 // 10, volt3 // 10
    ampere1, ampere2, ampere3 = pins.current_ma
    ampere1, ampere2, ampere3 = ampere1 // 10, ampere2 // 10, ampere3 // 10
    if (volt1 | volt2 | volt3 | ampere1 | ampere2 | ampere3) >> 16:
        volt1, volt2, volt3 = word(volt1), word(volt2), word(volt3)
        ampere1, ampere2, ampere3 = word(ampere1), word(ampere2), word(ampere3)
    plus, minus, supply = pins.plus_mv // 100, -pins.minus_mv // 100, pins.supply_mv // 100
    release = pins.release_mv // 100
    if (plus | minus | supply | release) >> 8:
        plus, minus, supply = octet(plus), octet(minus), octet(supply)
        release = octet(release)
    edge1, edge2, edge3 = pins.load_edges
    earth = pins.earth_edges
    if (edge1 | edge2 | edge3 | earth) >> 8:
        edge1, edge2, edge3 = octet(edge1), octet(edge2), octet(edge3)
        earth = octet(earth)
    ntc = pins.ntc_codes
    heat1, heat2, heat3 = ntc[0] // 16, ntc[1] // 16, ntc[2] // 16
    heat4 = ntc[3] // 16
    if (heat1 | heat2 | heat3 | heat4) >> 8:
        heat1, heat2, heat3 = octet(heat1), octet(heat2), octet(heat3)
        heat4 = octet(heat4)
    struct.pack_into(
        LAYOUT, memory, at,
        now & 0xFFFFFFFF, level(pins.high_mv), NO_LEVEL if pins.low_mv is None else level(pins.low_mv),
        flags(situation, offer.mode == X2), offer.duty, situation.pilot.state,
        plus, minus, supply, edge1, edge2, edge3, earth, volt1, volt2, volt3, ampere1, ampere2, ampere3,
        word(pins.mains_mhz), word(pins.earth_neutral_mv // 10),
        NO_PROXIMITY if pins.pp_mv is None else min(word(pins.pp_mv), NO_PROXIMITY - 1), word(pins.lock_code),
        heat1, heat2, heat3, heat4, release,
    )  # fmt: skip


def flags(situation: "Situation", offered: bool) -> int:
    """The bits of an entry."""
    pins = situation.inputs
    found = pins.residual << RESIDUAL_PLACE & 0xFFFF
    # One by one: this runs every 5 ms and must leave nothing behind for the garbage collection.
    if pins.frozen:
        found |= FROZEN
    if pins.mirror_open:
        found |= MIRROR_OPEN
    if pins.chain_ok:
        found |= CHAIN_OK
    if pins.rotation_ok:
        found |= ROTATION_OK
    if situation.contactor.energised:
        found |= COIL
    if offered:
        found |= OFFERED
    if pins.samples_high:
        found |= SAMPLES
    if situation.testing:
        found |= TESTING
    return found


def octet(number: int) -> int:
    """The nearest that eight bits hold."""
    return max(0, min(255, number))


def word(number: int) -> int:
    """The nearest that sixteen bits hold."""
    return max(0, min(0xFFFF, number))


def level(millivolts: int) -> int:
    """The nearest level that an entry can tell."""
    return max(NO_LEVEL + 1, min(-NO_LEVEL - 1, millivolts))
