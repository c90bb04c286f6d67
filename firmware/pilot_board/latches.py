"""Faults that outlive restart and loss of power (fault catalogue, section 1).

Those that only a service person ends, and those that end with the plug: the plug that is in after a restart is the one
that tripped. Kept as CBOR with a checksum: a map from the fault's code to its evidence, the code of a fault that ends
with its plug marked by one bit beyond all codes. A record without such a fault is what it always was. What cannot be
read back might have been anything, so it counts as a latched fault itself.
"""

from cbor import CborError, decode, encode
from fault_codes import MCU_SELFTEST
from messages import fits
from storage import sealed, unsealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from faults import Faults
    from storage import Storage

NAME = "latches"
MOST = 255
"""More codes than the catalogue has."""
OF_PLUG = 1 << 16
"""Marks the code of a fault that ends with its plug."""
FORGET_EVERY_MS = 10 * 60_000
"""Flash wears: a fault that comes and goes is written twice within this time, 288 times a day at the worst."""


def packed(latched: "dict[int, dict[int, int]]", of_plug: "dict[int, dict[int, int]] | None" = None) -> bytes:
    """Codes with their evidence, ready to be kept: those for a service person, and those that end with their plug."""
    record = latched.copy()
    for code, evidence in (of_plug or {}).items():
        record[code | OF_PLUG] = evidence
    return sealed(encode(record))


def parsed(kept: "bytes | None") -> "dict[int, dict[int, int]] | None":
    """What `packed` made, marks included; empty where nothing was kept, None for anything else."""
    if kept == b"":
        return {}
    content = None if kept is None else unsealed(kept)
    if content is None:
        return None
    try:
        record: Any = decode(content)
    except CborError:
        return None
    return record if isinstance(record, dict) and is_record(record) else None


def is_record(record: "dict[Any, Any]") -> bool:
    """Codes, marked or not, with their evidence."""
    if not all(isinstance(code, int) and not isinstance(code, bool) for code in record):
        return False
    latched, of_plug = parted(record)
    return fits(latched, "faults", 0, MOST) and fits(of_plug, "faults", 0, MOST)


def parted(record: "dict[int, dict[int, int]]") -> "tuple[dict[int, dict[int, int]], dict[int, dict[int, int]]]":
    """The faults for a service person, and those that end with their plug without the mark."""
    latched = {code: record[code] for code in record if code < OF_PLUG}
    return latched, {code - OF_PLUG: record[code] for code in record if code >= OF_PLUG}


class Latches:
    """Brings `faults` back at the start and keeps them in step with the storage afterwards."""

    def __init__(self, storage: "Storage", faults: "Faults") -> None:
        self._storage = storage
        self._faults = faults
        self._cleared: set[int] = set()
        kept = parsed(storage.recall(NAME))
        latched, self._of_plug = parted(kept or {})
        """What the storage has of faults that end with their plug: there may be some that have ended."""
        self._tried = set(latched)
        self._written = set(self._of_plug)
        """The codes of `_of_plug`."""
        self._forget_from: int | None = None
        if kept is None:
            latched = {MCU_SELFTEST: {}}
        for code in sorted(latched):
            faults.restore(code, latched[code])
        for code in sorted(self._of_plug):
            faults.resume(code, self._of_plug[code])

    def turn(self, coil_is_off: bool, now: int) -> "int | None":
        """Keep what is new as soon as the coil has no current; returns when what has ended may be forgotten."""
        faults = self._faults
        if not (coil_is_off and self._storage.is_fitted):
            return None
        is_known = faults.held == self._tried
        if is_known and faults.bound == self._written:
            return None
        may_forget = self._forget_from is None or now >= self._forget_from
        if is_known and not may_forget and self._has_all(faults.bound):
            return self._forget_from
        # Tried once for each new fault: a dead storage must not cost the loop its time again and again.
        self._tried = set(faults.held)
        if self._note_of_plug(may_forget):
            self._forget_from = now + FORGET_EVERY_MS
        if not self._keep():
            faults.restore(MCU_SELFTEST, {})
        return None

    def _has_all(self, bound: "set[int]") -> bool:
        return all(code in self._written for code in bound)

    def _note_of_plug(self, may_forget: bool) -> bool:
        """Bring `_of_plug` up to date; whether something that has ended is forgotten."""
        faults = self._faults
        ended = [code for code in self._of_plug if code not in faults.bound]
        for code in ended:
            # What became a service person's is written as that.
            if may_forget or code in faults.held:
                del self._of_plug[code]
        for code in faults.bound:
            self._of_plug[code] = faults.evidence[code]
        self._written = set(self._of_plug)
        return may_forget and bool(ended)

    def is_latched(self, code: int) -> bool:
        """The fault is here for a service person to end."""
        return code in self._faults.held and code not in self._cleared

    def clear(self, code: int) -> bool:
        """Forget it over the next restart, which is what judges anew; False where the storage failed.

        Until then it stays present: what a check has once believed lives in its guard, and only a start ends that.
        """
        self._cleared.add(code)
        if self._keep():
            return True
        # Whatever the storage made of it: the latch is written anew with the next turn.
        self._cleared.discard(code)
        self._tried = set()
        return False

    def _keep(self) -> bool:
        faults = self._faults
        latched = {code: faults.evidence[code] for code in faults.held if code not in self._cleared}
        return self._storage.keep(NAME, packed(latched, self._of_plug))
