"""The whole board: pins in, one step of the rules, pins out, link. One instance is one pilot channel."""

from boot import Boot
from faults import NONE
from hal import COIL_OFF, X1
from host_requests import Requests
from interlock import Interlock
from lease import FRESH
from link import LEVELS, MEASURED, Identity, Link
from messages import SIGNALS
from offer import STEADY
from operations import Bookkeeping
from outputs import LOCK_COAST

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

    def __init__(self, hal: "Hal") -> None:
        self._hal = hal
        kind = hal.kind
        self.interlock = Interlock(hal.ticks_ms(), hal.reset_cause(), kind)
        self._boot = Boot(hal, self.interlock.situation)
        self._bookkeeping = Bookkeeping(hal, self.interlock.situation.operations)
        identity = Identity(kind.board, kind.revision, FIRMWARE_VERSION, hal.boot_id(), kind.has)
        self.link = Link(identity, self.interlock.situation.lease)
        self.requests = Requests(hal, self.interlock, identity)
        self._coil = -1
        self._mode = self._duty = -1
        self._signal = -1
        self._disconnected = False
        self._residual_test = False
        self._residual_resets = 0
        self._lock_drive = LOCK_COAST
        # Filled anew in every turn: fresh ones would have to be collected every few seconds.
        self._levels: list[object] = [None] * LEVELS
        self._measured: list[object] = [None] * MEASURED
        self._step_due = hal.ticks_ms()
        self._write_outputs()

    def poll(self) -> int:
        """Do everything that is due now; returns the time in milliseconds at which it must be called again.

        Call it earlier whenever a pin changed or bytes arrived. The board itself calls it every 5 ms.
        """
        hal = self._hal
        now = hal.ticks_ms()
        if self.interlock.situation.test.pulses(now):
            hal.alive()
        hal.watchdog_feed()
        heard = hal.uart_read()
        self.link.hear(heard, now)
        # Without anything new, and before the moment that the last step announced, another one would change nothing.
        if hal.read(self.interlock.situation.inputs) or heard or now >= self._step_due:
            self._step_due = self.interlock.step(now)
            if self._write_outputs():
                self._step_due = min(self._step_due, now + WINDOW_MS)
            self._boot.turn(self._coil == COIL_OFF)
            self._bookkeeping.turn(self._coil == COIL_OFF, now)
        due = self._serve(now)
        for frame in self.link.outgoing:
            hal.uart_write(frame)
        self.link.outgoing.clear()
        return due

    def _serve(self, now: int) -> int:
        """Requests and status; returns when the board is due."""
        wanted = self.requests.turn(self.link, now)
        if self.requests.has_changed_rules():
            self._step_due = now + 1
        due = min(self._step_due, self._report(now))
        return due if wanted is None else min(due, wanted)

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
        self._write_guards_outputs()
        offer = self.interlock.offer
        duty = STEADY if offer.mode == X1 else offer.duty
        if offer.mode == self._mode and duty == self._duty:
            return False
        self._mode = offer.mode
        self._duty = duty
        self._hal.cp_drive(offer.mode, offer.duty)
        return True

    def _write_guards_outputs(self) -> None:
        outputs = self.interlock.situation.outputs
        disconnected = outputs.is_disconnected()
        if disconnected != self._disconnected:
            self._disconnected = disconnected
            self._hal.cp_disconnect(self._disconnected)
        if outputs.residual_test != self._residual_test:
            self._residual_test = outputs.residual_test
            self._hal.residual_test(self._residual_test)
        if outputs.residual_resets != self._residual_resets:
            self._residual_resets = outputs.residual_resets
            self._hal.residual_reset()
        if outputs.lock_drive != self._lock_drive:
            self._lock_drive = outputs.lock_drive
            self._hal.lock(self._lock_drive)

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
        levels = self._levels
        levels[0] = pilot.state
        levels[1] = offer.offered_da
        levels[2] = offer.duty
        levels[3] = contactor.state()
        levels[4] = waits_for
        levels[5] = situation.lease.is_permitted()
        levels[6] = pilot.plugged
        levels[7] = pilot.insertions
        levels[8] = inputs.chain_ok
        levels[9] = situation.live
        levels[10] = situation.lock_state
        levels[11] = situation.cable_da
        levels[12] = self.interlock.limit_da()
        levels[13] = situation.testing
        measured = self._measured
        measured[0] = inputs.high_mv
        measured[1] = None if offer.mode == X1 else inputs.low_mv
        measured[2] = contactor.closings
        measured[3] = self.interlock.load_openings
        return self.link.report(levels, measured, self.interlock.faults, now)
