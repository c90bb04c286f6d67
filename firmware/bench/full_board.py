"""The fullest board there is, in a charge without anything wrong: where each protective function is measured.

Contacts part at the slow end of the hardware reference: 28 ms after the coil's current. Runs under MicroPython too.
"""

from bench import Bench
from fake_contactor import FakeContactor, fitted
from full_kind import EVERYTHING
from kind import Kind
from socket_checks import put

SLOW_OPENING_MS = 28
RESTS_MS = 5_000
"""Long enough after the closing for every count, settling and blanking to be over."""


def everything(sparse: bool, open_pen: bool = False) -> "tuple[Bench, FakeContactor]":
    """The fullest board there is: a socket-outlet with a 32 A cable in it, and a host that locks."""
    bench = Bench(sparse, kind=Kind(has=EVERYTHING, open_pen=open_pen))
    contactor = fitted(bench)
    contactor.open_main_ms = SLOW_OPENING_MS
    contactor.open_mirror_ms = SLOW_OPENING_MS + 3
    bench.locks = True
    put(bench, 220)
    return bench, contactor


def charging(sparse: bool, open_pen: bool = False) -> "tuple[Bench, FakeContactor]":
    """Closed contacts, and nothing wrong."""
    bench, contactor = everything(sparse, open_pen)
    bench.charge()
    bench.run(RESTS_MS)
    assert bench.faults == []
    assert bench.hal.main_closed
    return bench, contactor


def opened(bench: Bench, limit_ms: int, fault: int = 0) -> int:
    """Milliseconds until the contacts are open; `fault` is told by then."""
    opened_ms = bench.opens_within(limit_ms)
    bench.run(50)
    assert not fault or fault in bench.faults, "another fault: " + str(bench.faults)
    return opened_ms
