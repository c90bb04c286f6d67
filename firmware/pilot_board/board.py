"""The whole board: pins in, one step of the rules, pins out, link. One instance is one pilot channel."""

from faults import NONE
from hal import X1
from interlock import Interlock
from lease import FRESH
from link import Identity, Link
from messages import SIGNALS
from offer import STEADY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hal import Hal

FIRMWARE_VERSION = "0.1.0"
WINDOW_MS = 5
"""One window of pilot samples: what a changed drive did is seen after it."""
SHOW_FAULT = SIGNALS.index("fault")
SHOW_OFFLINE = SIGNALS.index("offline")


class Board:
    """The program of the pilot board on whatever pins `hal` has. It holds all state: several may run side by side."""

    def __init__(self, hal: "Hal", board: str = "pilot-board", revision: str = "a", ventilation: bool = False) -> None:
        self._hal = hal
        self.interlock = Interlock(hal.ticks_ms(), hal.reset_cause(), ventilation)
        identity = Identity(board, revision, FIRMWARE_VERSION, hal.boot_id())
        self.link = Link(identity, self.interlock.situation.lease)
        self._coil = -1
        self._drive = (-1, -1)
        self._signal = -1
        self._write_outputs()

    def poll(self) -> int:
        """Do everything that is due now; returns the time in milliseconds at which it must be called again.

        Call it earlier whenever a pin changed or bytes arrived. The board itself calls it every 5 ms.
        """
        hal = self._hal
        now = hal.ticks_ms()
        hal.alive()
        hal.watchdog_feed()
        self.link.hear(hal.uart_read(), now)
        self._read_inputs()
        due = self.interlock.step(now)
        if self._write_outputs():
            due = min(due, now + WINDOW_MS)
        due = min(due, self._report(now))
        for frame in self.link.outgoing:
            hal.uart_write(frame)
        self.link.outgoing.clear()
        return due

    def _read_inputs(self) -> None:
        inputs = self.interlock.situation.inputs
        high_mv, low_mv, samples_high, _, _, frozen = self._hal.cp_window()
        inputs.high_mv = high_mv
        inputs.low_mv = low_mv
        inputs.samples_high = samples_high
        inputs.frozen = frozen
        inputs.mirror_open = self._hal.mirror_open()
        inputs.chain_ok = self._hal.chain_ok()

    def _write_outputs(self) -> bool:
        """Bring the pins in line with the rules; returns whether the pilot's drive changed."""
        coil = self.interlock.situation.contactor.coil
        if coil != self._coil:
            self._coil = coil
            self._hal.coil(coil)
        signal = self._signal_to_show()
        if signal != self._signal:
            self._signal = signal
            self._hal.led(signal)
        offer = self.interlock.offer
        drive = (offer.mode, STEADY if offer.mode == X1 else offer.duty)
        if drive == self._drive:
            return False
        self._drive = drive
        self._hal.cp_drive(offer.mode, offer.duty)
        return True

    def _signal_to_show(self) -> int:
        # The board shows its own fault also when the host is silent, and the host's silence itself.
        lease = self.interlock.situation.lease
        if lease.standing != FRESH:
            return SHOW_OFFLINE
        return lease.signal if self.interlock.faults.reaction == NONE else SHOW_FAULT

    def _report(self, now: int) -> int:
        situation = self.interlock.situation
        offer = self.interlock.offer
        pilot = situation.pilot
        contactor = situation.contactor
        inputs = situation.inputs
        waits_for = 0 if contactor.energised else self.interlock.waits_for
        levels = (
            pilot.state, offer.offered_da, offer.duty, contactor.state(), waits_for, situation.lease.is_permitted(),
            pilot.plugged, pilot.insertions, inputs.chain_ok,
        )  # fmt: skip
        low_mv = None if offer.mode == X1 else inputs.low_mv
        measured = (inputs.high_mv, low_mv, contactor.closings, self.interlock.load_openings)
        return self.link.report(levels, measured, self.interlock.faults, now)
