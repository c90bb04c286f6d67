"""The metal around a session: a pilot board with its reflexes, a contactor, a meter, a car, and the time."""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.identity import PlugIdentity
from agent.core.quantities import MeterSample
from agent.core.session.effects import ReadPurpose, SetStanding, SignBegin, SignEnd
from agent.core.session.events import (
    ContactorReported,
    DriverLost,
    DriverReturned,
    MeterSampled,
    MeterSigned,
    PilotChanged,
    SessionEvent,
)
from agent.core.signatures import SignedEdge, SignedValue
from agent.core.time import Instant

POWER_W = 3_600
"""One Wh a second: sums in the head."""
BOARD_OPENS_AFTER_S = 6.0
LEASE_S = 2.0


class Charger:
    """Plain fields; what the drivers would report goes to `feed`. Time moves only by `pass_time`."""

    def __init__(self) -> None:
        self.now = Instant(1_000.0, 1_800_000_000_000, "kernel-1")
        self.register_wh = 5_000.0
        self.former_wh = 0.0
        """The last word of a meter that was exchanged."""
        self.meter_answers = True
        self.meter_signs = True
        self.signs_for: SignedValue | None = None
        """What it began to sign; kept over every restart of the program."""
        self.signed_end: SignedValue | None = None
        self.board_answers = True
        self.board_boot = 1
        self.insertions = 0
        self.pilot = PilotState.A
        self.reads_cable = False
        """It has a socket, and its board reads the proximity contact."""
        self.has_cable = False
        self.contactor = ContactorState.OPEN
        self.opens_at: float | None = None
        self.contactor_sticks = False
        self.board_permitted = False
        self.board_offer_a = 0.0
        self.offer_changed_at: float | None = None
        """When the board changed its offer last, as far as that obliges the session to wait."""
        self.standing = SetStanding()
        """Kept by the link over every silence."""
        self.locked = False

    def feed(self, event: SessionEvent) -> None:
        raise NotImplementedError

    def report_contactor(self) -> None:
        """The contactor moved while something else is being worked off."""
        raise NotImplementedError

    # --- the car -------------------------------------------------------------------------------------------------

    def plug_in(self, state: PilotState = PilotState.B) -> None:
        self.insertions += 1
        self.has_cable = True
        self.pilot_is(state)

    def pilot_is(self, state: PilotState) -> None:
        self.pilot = state
        self.reflexes()
        if self.board_answers:
            self.feed(self.pilot_level())

    def unplug(self) -> None:
        self.has_cable = False
        self.pilot_is(PilotState.A)

    def unplug_at_the_car(self) -> None:
        """Its cable stays in the socket."""
        self.pilot_is(PilotState.A)

    def take_cable_out(self) -> None:
        """Of a socket without a car."""
        self.has_cable = False
        if self.board_answers:
            self.feed(self.pilot_level())

    # --- the pilot board -----------------------------------------------------------------------------------------

    def pilot_level(self) -> PilotChanged:
        boot_id = f"board-{self.board_boot}"
        plug = PlugIdentity(boot_id, self.insertions) if self.pilot is not PilotState.A else None
        cable_in = self.has_cable if self.reads_cable else None
        return PilotChanged(state=self.pilot, plug=plug, board_boot_id=boot_id, cable_in=cable_in)

    def levels(self) -> None:
        """Drivers say how things are."""
        if self.board_answers:
            self.feed(self.pilot_level())
            self.feed(ContactorReported(self.contactor))
        else:
            self.feed(DriverLost(interface="pilot_board", detail="no answer"))
        if not self.meter_answers:
            self.feed(DriverLost(interface="meter", detail="no answer"))

    def reflexes(self) -> None:
        """It closes only for a car that asks and with permission; it opens at once when the car stops asking."""
        if not self.pilot.asks_for_power or self.standing.held_open:
            self.contactor_is(ContactorState.OPEN)
        elif self.board_permitted and self.board_offer_a >= 6:
            self.opens_at = None
            self.contactor_is(ContactorState.CLOSED)
        elif self.contactor is ContactorState.CLOSED and self.opens_at is None and not self.contactor_sticks:
            self.opens_at = self.now.monotonic_s + BOARD_OPENS_AFTER_S

    def contactor_is(self, state: ContactorState) -> None:
        if state is ContactorState.OPEN:
            self.opens_at = None
        is_stuck = self.contactor_sticks and self.contactor is ContactorState.CLOSED
        if self.contactor is not state and not is_stuck:
            self.contactor = state
            if self.board_answers:
                self.report_contactor()

    def forgets_orders(self) -> None:
        """The lease ended, or the board restarted: it does nothing until it is told anew."""
        self.board_permitted, self.board_offer_a, self.offer_changed_at = False, 0.0, None
        self.reflexes()

    def left_alone(self, seconds: float) -> None:
        """No program talks to it for so long: its lease ends, and it opens."""
        is_open_by_s = LEASE_S + BOARD_OPENS_AFTER_S
        self.pass_time(min(seconds, is_open_by_s))
        if seconds > LEASE_S:
            self.forgets_orders()
        if seconds > is_open_by_s:
            self.contactor_is(ContactorState.OPEN)
        self.pass_time(seconds - is_open_by_s)

    def board_restarts(self, *, plugged: bool, reads_at_once: bool = True) -> None:
        """The board reboots; a car that is still there counts as a new insertion. It may read nothing at first."""
        self.board_boot += 1
        self.insertions = int(plugged)
        self.pilot = PilotState.B if plugged else PilotState.A
        self.forgets_orders()
        self.contactor_is(ContactorState.OPEN)
        if self.board_answers and not reads_at_once:
            boot_id = self.pilot_level().board_boot_id
            self.feed(PilotChanged(state=PilotState.UNKNOWN, plug=None, board_boot_id=boot_id))
        if self.board_answers:
            self.feed(self.pilot_level())

    def board_falls_silent(self) -> None:
        if self.board_answers:
            self.board_answers = False
            self.forgets_orders()
            self.feed(DriverLost(interface="pilot_board", detail="no frame for 2 s"))

    def board_is_back(self) -> None:
        if not self.board_answers:
            self.board_answers = True
            self.feed(DriverReturned("pilot_board"))
            self.levels()

    # --- the meter -----------------------------------------------------------------------------------------------

    def meter_falls_silent(self) -> None:
        if self.meter_answers:
            self.meter_answers = False
            self.feed(DriverLost(interface="meter", detail="no answer from address 1"))

    def meter_is_back(self) -> None:
        if not self.meter_answers:
            self.meter_answers = True
            self.feed(DriverReturned("meter"))

    @property
    def highest_wh(self) -> float:
        """What no record may be above."""
        return max(self.register_wh, self.former_wh)

    def exchange_meter(self, register_wh: float) -> None:
        """Another meter is in its place, with a register of its own."""
        self.former_wh = self.highest_wh
        self.register_wh = register_wh

    def sample(self, purpose: ReadPurpose | None = None) -> None:
        if self.meter_answers:
            reading = MeterSample(at=self.now, register_wh=int(self.register_wh), power_w=0.0)
            self.feed(MeterSampled(sample=reading, purpose=purpose))

    def garbled_sample(self, register_wh: int) -> None:
        """One answer that slipped through its checksum, and then a good one."""
        if self.meter_answers:
            self.feed(MeterSampled(sample=MeterSample(at=self.now, register_wh=register_wh)))
            self.sample()

    def sign(self, order: SignBegin | SignEnd) -> MeterSigned:
        """What the meter makes of it now. An end that was taken is given again, until something else is begun."""
        edge = SignedEdge.BEGIN if isinstance(order, SignBegin) else SignedEdge.END
        if not self.meter_answers or not self.meter_signs:
            return MeterSigned(key=order.key, edge=edge, value=None, why="it does not sign")
        if isinstance(order, SignBegin):
            begun = SignedValue(
                data=f"begin {order.key} {order.identification.data}",
                encoding="test",
                method="",
                public_key="",
                signed_wh=int(self.register_wh),
            )
            self.signs_for, self.signed_end = begun, None
            return MeterSigned(key=order.key, edge=edge, value=begun)
        if order.begun != self.signs_for:
            return MeterSigned(key=order.key, edge=edge, value=None, why="it measures something else")
        if self.signed_end is None:
            text = f"end of {order.begun.data}"
            self.signed_end = replace(order.begun, data=text, signed_wh=int(self.register_wh), holds_begin=True)
        return MeterSigned(key=order.key, edge=edge, value=self.signed_end)

    # --- the time ------------------------------------------------------------------------------------------------

    def pass_time(self, seconds: float) -> None:
        if self.contactor is ContactorState.CLOSED and self.pilot.asks_for_power:
            self.register_wh += POWER_W * max(seconds, 0) / 3600
        self.now = self.now.plus(max(seconds, 0))
