"""The pilot board: its own firmware, run by CPython on simulated pins behind a serial line.

The real board polls every 5 ms. Here it is polled when a byte came, when a pin changed, and when it said it is due:
the same program in a thousandth of the time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from firmware_sim.board_kind import Words, kind_of, kind_words
from firmware_sim.board_pins import show
from firmware_sim.firmware import Program, load_board, signal_name
from firmware_sim.outlet import Outlet
from firmware_sim.parts import pilot_samples
from firmware_sim.parts.socket_lock import COAST
from firmware_sim.pilot_circuit import Drive
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Alarm, Timeline

WINDOW_S = 0.005
"""A change at the pins is seen with the next full window of samples."""

WATCHDOG_S = 0.5
"""A program that stands still by its own wish is reset so long after its last feed."""

CHARGE_PUMP_S = 0.04
"""The safety chain drops this long after the firmware's last edge (pilot-board-hardware.md 2: 30…50 ms)."""

MADE_WITH = ("local_key", "service_key")
"""The owner orders every board of his with the same."""
BOOT_S = 0.3
COIL_OFF = 0

OpenWire = Callable[[Callable[[bytes], None]], SerialWire]
"""Makes the line to the charger, given who takes what arrives on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a start of the firmware finds. `kept` outlives it; `restart` and `hang` are what its own wishes do."""

    boot_id: str
    reset_cause: str
    kind: Any
    kept: MutableMapping[str, bytes]
    restart: Callable[[], None]
    hang: Callable[[], None]


class SimHal:
    """The board's pins (firmware/pilot_board/hal.py) on an outlet of the world."""

    def __init__(self, outlet: Outlet, timeline: Timeline, wire: SerialWire, start: Start) -> None:
        self._outlet = outlet
        self._timeline = timeline
        self._wire = wire
        self._start_of = start
        self._start_us = timeline.now_us()
        self.arrived = bytearray()
        self.signal: int | None = None
        self.pulsed = True
        """The charge pump got its edge in the latest poll."""
        self.kind = start.kind
        self.slots: None = None
        """This program cannot be exchanged: it runs inside ours."""
        self._read_version = -1
        self._chance = random.Random(start.boot_id)

    def ticks_ms(self) -> int:
        return (self._timeline.now_us() - self._start_us) // 1000

    def boot_id(self) -> str:
        return self._start_of.boot_id

    def reset_cause(self) -> str:
        return self._start_of.reset_cause

    def read(self, inputs: Any) -> bool:
        if self._read_version == self._outlet.version:
            return False
        self._read_version = self._outlet.version
        show(self._outlet, inputs)
        return True

    def cp_drive(self, mode: int, duty: int) -> None:
        self._outlet.drive_pilot(Drive(mode), duty)

    def residual_test(self, on: bool) -> None:
        self._outlet.parts.residual.test(on)

    def residual_reset(self) -> None:
        self._outlet.parts.residual.reset()

    def lock(self, drive: int) -> None:
        if self._outlet.parts.lock is not None:
            self._outlet.parts.lock.drive(drive)

    def samples(self) -> tuple[int, bytes]:
        outlet = self._outlet
        window, converter = outlet.pilot_window(), outlet.specimen.converter
        noise_mv = outlet.faults.noise_mv
        codes = pilot_samples.capture(outlet.generator, window, self._chance, converter, noise_mv=noise_mv)
        return pilot_samples.STEP_US, codes

    def restart(self) -> None:
        self._start_of.restart()

    def recall(self, name: str) -> bytes:
        return self._start_of.kept.get(name, b"")

    def keep(self, name: str, content: bytes) -> None:
        assert not self._outlet.coil_energised, "a record was kept while the coil had current"
        self._start_of.kept[name] = content

    def cp_disconnect(self, disconnected: bool) -> None:
        self._outlet.disconnect_pilot(disconnected)

    def coil(self, mode: int) -> None:
        self._outlet.energise(mode != COIL_OFF)

    def hang(self) -> None:
        self._start_of.hang()

    def alive(self) -> None:
        """Edges between two polls are not played: one at each of them stands for all until the next."""
        self.pulsed = True

    def watchdog_feed(self) -> None:
        """The runner's matter: it knows whether the program still turns."""

    def led(self, signal: int) -> None:
        self.signal = signal

    def uart_read(self) -> bytes:
        arrived = bytes(self.arrived)
        self.arrived.clear()
        return arrived

    def uart_write(self, octets: bytes) -> None:
        self._wire.send(octets)


class PilotBoard:
    """One board on one outlet. Firmware that raises is a crash: the board restarts, as the watchdog would see to."""

    firmware = "cpython"
    slow_to_open_s = 0.0

    def __init__(
        self,
        outlet: Outlet,
        timeline: Timeline,
        open_wire: Callable[[Callable[[bytes], None]], SerialWire],
        ids: random.Random,
        *,
        kind: Words | None = None,
        kept: MutableMapping[str, bytes] | None = None,
    ) -> None:
        self.kind: Words = kind if kind is not None else kind_words(tethered=outlet.tethered)
        self._outlet = outlet
        self._timeline = timeline
        self._ids = ids
        self._hal: SimHal | None = None
        self._program: Program | None = None
        self._due = Alarm(timeline, self._poll)
        self._noticed = Alarm(timeline, self._poll)
        self._boot = Alarm(timeline, self._start)
        self._chain = Alarm(timeline, self._drop_chain)
        self._watchdog = Alarm(timeline, lambda: self.reset("watchdog"))
        self._reset_cause = "power"
        self.kept: MutableMapping[str, bytes] = kept if kept is not None else {}
        """What the board keeps over a loss of power."""
        self.boots = 0
        self.boot_id = ""
        self.wire = open_wire(self._received)
        outlet.board_notices = self._notice
        self._start()

    # --- what can happen to a board

    def reset(self, cause: str = "soft") -> None:
        """Stop at once, outputs at their reset levels, and start again with a new boot id."""
        self._halt()
        self._reset_cause = cause
        self._outlet.energise(False)
        self._outlet.drive_pilot(Drive.X1, 0)
        self._outlet.disconnect_pilot(False)
        self._outlet.supervise(False)
        self._outlet.parts.residual.test(False)
        if self._outlet.parts.lock is not None:
            self._outlet.parts.lock.drive(COAST)
        self._boot.set(BOOT_S)

    def hang(self) -> None:
        """The program stops turning with its outputs as they are; the charge pump runs down. Only a reset helps."""
        self._halt()
        self._boot.clear()
        self._chain.set_unless_set(CHARGE_PUMP_S)

    def _stand_still(self) -> None:
        """As it wished itself, in a test: nothing of this life goes on, and the watchdog ends it."""
        self.hang()
        self._watchdog.set(WATCHDOG_S)

    def close(self) -> None:
        """The board's power is cut."""
        self._halt()
        self._boot.clear()
        self._chain.clear()
        self._outlet.board_notices = lambda: None
        self.wire.vanish()

    def exchange(self) -> None:
        """A new board takes its place, which has kept nothing but its keys. What it read before, it reads again."""
        keys = {name: self.kept[name] for name in MADE_WITH if name in self.kept}
        self.kept.clear()
        self.kept.update(keys)
        self.reset("power")

    @property
    def is_running(self) -> bool:
        return self._program is not None

    @property
    def light(self) -> str | None:
        """What it shows; a program that stands still leaves its light as it was."""
        return signal_name(None if self._hal is None else self._hal.signal)

    def is_permitted(self) -> bool:
        """The firmware counts a permission of its host as fresh."""
        return self._program is not None and bool(self._program.interlock.situation.lease.is_permitted())

    def fault_codes(self) -> set[int]:
        """What the firmware has raised and not cleared."""
        return set() if self._program is None else set(self._program.interlock.faults.evidence)

    def insertions(self) -> int:
        """How many plugs the firmware has counted since its start."""
        return 0 if self._program is None else int(self._program.interlock.situation.pilot.insertions)

    # --- how it runs

    def _start(self) -> None:
        self.boots += 1
        self.boot_id = f"{self._ids.getrandbits(32):08x}"
        self._chain.clear()
        self._outlet.supervise(True)
        start = Start(
            boot_id=self.boot_id,
            reset_cause=self._reset_cause,
            kind=kind_of(self.kind),
            kept=self.kept,
            restart=self.reset,
            hang=self._stand_still,
        )
        self._hal = SimHal(self._outlet, self._timeline, self.wire, start)
        self._program = load_board(self._hal)
        self._due.set(0)

    def _halt(self) -> None:
        self._program = None
        self._due.clear()
        self._noticed.clear()
        self._watchdog.clear()

    def _drop_chain(self) -> None:
        self._outlet.supervise(False)

    def _received(self, octets: bytes) -> None:
        if self._hal is not None and self._program is not None:
            self._hal.arrived += octets
            self._poll()

    def _notice(self) -> None:
        if self._program is not None:
            self._noticed.set_unless_set(WINDOW_S)

    def _poll(self) -> None:
        if self._program is None or self._hal is None:
            return
        self._hal.pulsed = False
        due_ms = self._program.poll()
        if self._program is not None:
            self._pump()
            self._due.set((due_ms - self._hal.ticks_ms()) / 1000)

    def _pump(self) -> None:
        """The hardware chain follows the firmware's edges, and the lack of them a little later."""
        if self._hal is None or not self._hal.pulsed:
            self._chain.set_unless_set(CHARGE_PUMP_S)
            return
        self._chain.clear()
        self._outlet.supervise(True)
