"""The pilot board: its own firmware, run by MicroPython in a process of its own, in real time.

The same modules as on the board poll every 5 ms there; here are their pins. The alive edges and the watchdog are
honoured: an interpreter that stands still drops the safety chain first, and is then reset. Not for the virtual clock.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware_sim.board_kind import Words, kind_words
from firmware_sim.board_pins import as_words, new_inputs, show
from firmware_sim.board_storage import FolderStorage
from firmware_sim.firmware import FIRMWARE, load_module, signal_name
from firmware_sim.micropython_process import MicropythonProcess, find_micropython
from firmware_sim.outlet import Outlet
from firmware_sim.parts.socket_lock import COAST
from firmware_sim.pilot_board import BOOT_S, COIL_OFF, MADE_WITH, WATCHDOG_S, WINDOW_S, OpenWire
from firmware_sim.pilot_circuit import Drive
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import US_PER_S, Alarm, Timeline

log = logging.getLogger(__name__)

__all__ = ["MicropythonBoard", "find_micropython"]

HEAP = "640k"
"""Objects of this port are twice as large as on an RP2040, which has some 190 kB for Python. Twice that is enough to
charge, and now and then too little for the manifest of an update, which needs its memory in one piece."""

CHARGE_PUMP_S = 0.05
"""The slow end of 30…50 ms (pilot-board-hardware.md 2): a process shares its processor with others."""

OCTETS_PER_LINE = 1024
OWN_WORDS_AT_MOST = 20


def without_capture(words: Words) -> Words:
    """The same board without its captures: the pipe brings levels, not the waveform behind them."""
    return {**words, "has": int(words.get("has", 0)) & ~load_module("kind").CAPTURE}


class Deadline:
    """Calls `missed` when it was not met for `limit_s`; quiet until it is met again."""

    def __init__(self, timeline: Timeline, limit_s: float, missed: Callable[[], None]) -> None:
        self._timeline = timeline
        self._limit_us = round(limit_s * US_PER_S)
        self._missed = missed
        self._met_us = 0
        self._alarm = Alarm(timeline, self._look)

    def meet(self) -> None:
        self._met_us = self._timeline.now_us()
        self._alarm.set_unless_set(self._limit_us / US_PER_S)

    def forget(self) -> None:
        self._alarm.clear()

    def _look(self) -> None:
        # One timer that looks again is far cheaper than one that is moved four hundred times a second.
        left_us = self._met_us + self._limit_us - self._timeline.now_us()
        if left_us > 0:
            self._alarm.set(left_us / US_PER_S)
        else:
            self._missed()


class MicropythonBoard:
    """One board on one outlet. Raises FirmwareMissing when `micropython` cannot be started."""

    firmware = "micropython"
    slow_to_open_s = 0.0

    def __init__(
        self,
        outlet: Outlet,
        timeline: Timeline,
        open_wire: OpenWire,
        ids: random.Random,
        *,
        micropython: Path,
        folder: Path | None = None,
        kind: Words | None = None,
    ) -> None:
        self.kind: Words = without_capture(kind if kind is not None else kind_words(tethered=outlet.tethered))
        self._outlet = outlet
        self._timeline = timeline
        self._ids = ids
        self._interpreter = micropython
        self._process: MicropythonProcess | None = None
        self._hung = False
        self._reset_cause = "power"
        self._pins = new_inputs()
        self._temporary = TemporaryDirectory(prefix="pilot-board-")
        self.folder = folder or Path(self._temporary.name)
        self.kept = FolderStorage(self.folder)
        """What the board keeps over a loss of power."""
        self._noticed = Alarm(timeline, self._tell_pins)
        self._boot = Alarm(timeline, self._start)
        self._chain = Deadline(timeline, CHARGE_PUMP_S, lambda: outlet.supervise(False))
        self._watchdog = Deadline(timeline, WATCHDOG_S, lambda: self.reset("watchdog"))
        self.boots = 0
        self.boot_id = ""
        self._passed_on = 0
        self.signal: int | None = None
        self.wire: SerialWire = open_wire(self._received)
        outlet.board_notices = lambda: self._noticed.set_unless_set(WINDOW_S)
        self._start()

    def is_permitted(self) -> bool:
        """Nobody looks into that process."""
        return True

    # --- what can happen to a board

    def reset(self, cause: str = "soft") -> None:
        """Stop at once, outputs at their reset levels, and start again with a new boot id."""
        self._halt()
        self._hung = False
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
        """The interpreter stands still, outputs as they are, its watchdog as well; the charge pump runs down."""
        if self._process is not None:
            self._process.freeze()
            self._watchdog.forget()
            self._hung = True

    def close(self) -> None:
        """The board's power is cut."""
        self._halt()
        self._boot.clear()
        self._outlet.board_notices = lambda: None
        self.wire.vanish()

    def exchange(self) -> None:
        """A new board takes its place: of what was kept its program and its keys stay, which manufacture writes."""
        for name in [name for name in self.kept if not name.endswith(".py") and name not in MADE_WITH]:
            del self.kept[name]
        self.reset("power")

    @property
    def is_running(self) -> bool:
        return self._process is not None and not self._hung

    @property
    def light(self) -> str | None:
        """What it shows; a program that stands still leaves its light as it was."""
        return signal_name(self.signal)

    @property
    def pid(self) -> int | None:
        """The interpreter's process, None while the board is off."""
        return self._process.pid if self._process is not None else None

    # --- how it runs

    def _start(self) -> None:
        self.boots += 1
        self.boot_id = f"{self._ids.getrandbits(32):08x}"
        # A folder laid out as a board's file system holds its own program, behind the loader.
        loader = self.folder / "main.py"
        main = loader if loader.exists() else FIRMWARE / "main.py"
        described = [f"{name}={word}" for name, word in self.kind.items()]
        program: tuple[str | Path, ...] = (main, self.boot_id, self._reset_cause, self.folder, *described)
        command = (self._interpreter, "-X", f"heapsize={HEAP}", *program)
        self._process = MicropythonProcess(self._timeline.loop, command, self._hear, lambda: self.reset("watchdog"))
        self._tell_pins()

    def _halt(self) -> None:
        if self._process is not None:
            self._process.stop()
        self._process = None
        self._noticed.clear()
        self._chain.forget()
        self._watchdog.forget()

    def _received(self, octets: bytes) -> None:
        if self._process is not None:
            for start in range(0, len(octets), OCTETS_PER_LINE):
                self._process.say("u " + octets[start : start + OCTETS_PER_LINE].hex())

    def _tell_pins(self) -> None:
        if self._process is None:
            return
        show(self._outlet, self._pins)
        self._process.say("p " + as_words(self._pins))

    def _hear(self, line: bytes) -> None:
        kind, *words = line.split(b" ")
        match kind:
            case b"a":
                self._chain.meet()
                self._outlet.supervise(True)
            case b"w":
                self._watchdog.meet()
            case b"d":
                self._outlet.drive_pilot(Drive(int(words[0])), int(words[1]))
            case b"k":
                self._outlet.energise(int(words[0]) != COIL_OFF)
            case b"x":
                self._outlet.disconnect_pilot(words[0] == b"1")
            case b"t":
                self._outlet.parts.residual.test(words[0] == b"1")
            case b"r":
                self._outlet.parts.residual.reset()
            case b"m":
                if self._outlet.parts.lock is not None:
                    self._outlet.parts.lock.drive(int(words[0]))
            case b"l":
                self.signal = int(words[0])
            case b"u":
                self.wire.send(bytes.fromhex(words[0].decode()))
            case _:
                self._hear_of_itself(line)

    def _hear_of_itself(self, line: bytes) -> None:
        """That it ends because it ordered so; any other words are the interpreter's own."""
        if line == b"s":
            self.reset("soft")
        else:
            self._pass_on(line)

    def _pass_on(self, line: bytes) -> None:
        """A traceback, for whoever broke the firmware. The first words say it all."""
        self._passed_on += 1
        if self._passed_on <= OWN_WORDS_AT_MOST:
            log.error("the firmware's interpreter says: %s", line.decode(errors="replace"))
