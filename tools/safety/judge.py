"""Is the contactor ever closed where it must not be? Judged from outside: the circuit, the octets heard, the clock.

Nothing here is taken from the firmware. Rules and times: safety.md 2 and 3, pilot.md 5, 6 and 8.4, in the judge's own
words. Times are integers in microseconds.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.outlet import Outlet
from firmware_sim.pilot_circuit import Diode, Drive
from firmware_sim.timeline import US_PER_S, Alarm, Timeline
from tools.safety.heard import LEASE_US, Heard
from tools.safety.puppet import Puppet
from tools.safety.world_rules import WorldRules

MS = 1_000
STEADY_US = 499 * MS
OFF_US = 4_999 * MS
"""The board counts whole milliseconds: 500 and 5,000 of its own may be a part of one shorter."""
GRACE_US = 6_000 * MS
TRAVEL_US = 22 * MS
WINDOW_US = 5 * MS
OFFER_FOLLOWS_US = 10 * MS
"""One window of the board, and another for rounding to its millisecond."""
LOWER_OFFER_FOLLOWS_US = 110 * MS
"""Less is offered ten times a second at most; the end of an offer waits for nothing."""
HYBRID_US = 600 * MS
DEAD_BOARD_US = 100 * MS
NEVER_US = 1 << 60
WAVE_US = 10_000 * MS
"""So long a self-test may drive its square wave."""
OUT_US = 60 * MS
"""Nothing in the outlet for so long: what comes then is another plug, also for a slow board."""

OPEN_WITHIN_US = {"A": 100 * MS, "B": 100 * MS, "D": 200 * MS, "E": 200 * MS, "no diode": 200 * MS}
"""From the car's leaving C2 to open main contacts, by what it shows instead; D without ventilation."""
AGAIN_WITHIN_US = 60 * MS
"""A state that follows another one which was no C either: its own recognition and the travel, if that is later."""
DIODE_SEEN_US = 100 * MS
OPENS_WITHIN_US = 60 * MS
NOT_YET_SEEN_US = 250 * MS
"""A plug that came so shortly before F may not have been believed yet."""
LEAST_F_US, LONGEST_F_US = 299 * MS, 10_100 * MS
SHORT_OHM = 100.0


def state_of(outlet: Outlet, ventilated: bool) -> str:
    """What there truly is at the pilot, before anybody measures it. Where the room is ventilated, D asks as C does."""
    puppet = outlet.plugged
    shunt_ohm = outlet.faults.shunt_ohm()
    if shunt_ohm is not None and shunt_ohm <= SHORT_OHM:
        return "E"
    if not isinstance(puppet, Puppet) or outlet.faults.wire_open:
        return "A"
    if puppet.diode is not Diode.OK:
        return "no diode"
    return "C" if ventilated and puppet.letter == "D" else puppet.letter


def offered_da(duty: int) -> float:
    """What a car reads from this duty, in 0.1 A (pilot.md 3)."""
    return duty * 0.06 if duty <= 8_500 else (duty - 6_400) / 4


class Judge:
    """`look` after everything that happened; it wakes itself when a time is over. `breaches` is what it found."""

    def __init__(
        self, outlet: Outlet, timeline: Timeline, is_alive: Callable[[], bool], *, ventilated: bool = False
    ) -> None:
        self.breaches: list[str] = []
        self.heard = Heard()
        self.closings = self.closings_in_d = self.shown_f = 0
        self._outlet = outlet
        self._timeline = timeline
        self._is_alive = is_alive
        self._ventilated = ventilated
        self._due = Alarm(timeline, self.look)
        now_us = timeline.now_us()
        self._state = state_of(outlet, ventilated)
        self._state_since_us = self._not_c_since_us = now_us
        self._plugged_since_us = NEVER_US
        self._coil = self._closed = False
        self._off_since_us = now_us
        self._drive = outlet.generator.drive
        self._drive_since_us = now_us
        self._duty = outlet.generator.duty
        self._duty_changed_us = -HYBRID_US
        self._world = WorldRules(outlet, now_us)
        self._was_out_us = now_us
        """When the outlet was last empty long enough to count."""
        self._closed_for: tuple[int, int] | None = None
        """Number that the host had named at the last closing, and `_was_out_us` of that plug."""
        self._diode_deadline_us = NEVER_US
        self._void_since_us = self._permitted_da = 0
        self._lowered_us = now_us
        self._granted_us = self._unheard_us = -NEVER_US
        """When a permission began last, and when the host fell silent."""
        self._was_fresh = False
        self._dead_since_us = NEVER_US
        self._restarted_us = -1
        self._opens_since_us = NEVER_US
        """Since when the host has wanted it open at once."""

    # --- what it is told

    def hear(self, octets: bytes) -> None:
        """These octets have reached the board."""
        self.heard.hear(octets, self._timeline.now_us())
        self.look()

    def board_restarted(self) -> None:
        """Nothing said before counts."""
        self.heard = Heard()
        self._restarted_us = self._timeline.now_us()
        self._closed_for = None
        self.look()

    def look(self) -> None:
        """Ask all rules now."""
        now_us = self._timeline.now_us()
        self._note_state(now_us)
        self._world.look(now_us)
        self._note_drive(now_us)
        self._note_permission(now_us)
        self._note_life(now_us)
        self._judge_coil(now_us)
        self._judge_offer(now_us)
        self._judge_closed(now_us)
        self._wake(now_us)

    # --- what it notes

    def _note_state(self, now_us: int) -> None:
        state = state_of(self._outlet, self._ventilated)
        if self._state == "A" and now_us - self._state_since_us >= OUT_US:
            self._was_out_us = now_us
        if state == self._state:
            return
        if state == "C":
            self._not_c_since_us = NEVER_US
        elif self._state in ("C", "no diode"):
            self._not_c_since_us = now_us
        if state == "A":
            self._plugged_since_us = NEVER_US
        elif self._plugged_since_us == NEVER_US:
            self._plugged_since_us = now_us
        self._state, self._state_since_us = state, now_us
        self._diode_deadline_us = NEVER_US

    def _note_drive(self, now_us: int) -> None:
        generator = self._outlet.generator
        if generator.drive is not self._drive:
            self._note_seen_diode(now_us)
            if generator.drive is Drive.F:
                self.shown_f += 1
                plugged_us = now_us - self._plugged_since_us
                self._demand(plugged_us <= NOT_YET_SEEN_US, "state F while somebody is plugged in")
            if self._drive is Drive.F and self._is_alive() and now_us > self._restarted_us:
                f_us = now_us - self._drive_since_us
                self._demand(f_us >= LEAST_F_US, f"state F for {f_us // MS} ms")
            self._drive, self._drive_since_us = generator.drive, now_us
        elif generator.duty != self._duty:
            self._duty_changed_us = now_us
        self._duty = generator.duty

    def _note_seen_diode(self, now_us: int) -> None:
        """A board that ends the PWM by itself has seen that the diode is gone: no excuse for closed contacts."""
        began_us = max(self._state_since_us, self._drive_since_us)
        seen = self._state == "no diode" and now_us - began_us >= DIODE_SEEN_US
        if seen and self._drive is Drive.X2 and self.heard.permitted_da(now_us):
            self._diode_deadline_us = began_us + OPEN_WITHIN_US["no diode"]

    def _note_permission(self, now_us: int) -> None:
        permitted_da = self.heard.permitted_da(now_us)
        if permitted_da and not self._permitted_da:
            self._void_since_us = NEVER_US
            self._granted_us = now_us
        elif self._permitted_da and not permitted_da:
            self._void_since_us = now_us
        if permitted_da < self._permitted_da:
            self._lowered_us = now_us
        self._permitted_da = permitted_da
        is_fresh = self.heard.is_fresh(now_us)
        if self._was_fresh and not is_fresh:
            self._unheard_us = now_us
        self._was_fresh = is_fresh
        if not self.heard.must_open(now_us):
            self._opens_since_us = NEVER_US
        elif self._opens_since_us == NEVER_US:
            self._opens_since_us = now_us

    def _note_life(self, now_us: int) -> None:
        if self._is_alive() and not self._outlet.emergency_stop:
            self._dead_since_us = NEVER_US
        elif self._dead_since_us == NEVER_US:
            self._dead_since_us = now_us

    # --- what it demands

    def _judge_coil(self, now_us: int) -> None:
        coil = self._outlet.coil_energised
        if coil and not self._coil:
            self.closings += 1
            self.closings_in_d += isinstance(self._outlet.plugged, Puppet) and self._outlet.plugged.letter == "D"
            self._judge_closing(now_us)
        if self._coil and not coil:
            self._off_since_us = now_us
        self._coil = coil

    def _judge_closing(self, now_us: int) -> None:
        self._demand(self._permitted_da > 0, "closed without a fresh permission")
        wish = self.heard.wish
        self._demand(wish is not None and wish.commissioned, "closed before anybody took it into service")
        self._judge_plug(0 if wish is None else wish.insertion)
        for rule in self._world.against_closing(now_us):
            self._demand(False, rule)
        plugged_us = self._plugged_since_us
        self._demand(self.heard.wish_at_us > plugged_us - LEASE_US, "closed by a permission kept over a new plug")
        self._demand(self._state == "C", f"closed in {self._state}")
        self._demand(self._drive is Drive.X2, "closed without an offer")
        steady_us = now_us - max(self._state_since_us, self._drive_since_us)
        self._demand(steady_us >= STEADY_US, f"closed after {steady_us // MS} ms of C2")
        off_us = now_us - self._off_since_us
        self._demand(off_us >= OFF_US, f"closed {off_us // MS} ms after opening")

    def _judge_plug(self, insertion: int) -> None:
        """Another plug has another number, the same plug the same: so the host's permission was for this one."""
        if self._closed_for is not None:
            last, out_us = self._closed_for
            same_plug = out_us == self._was_out_us
            self._demand(same_plug or insertion != last, "closed by a permission for another plug")
        self._closed_for = (insertion, self._was_out_us)

    def _judge_offer(self, now_us: int) -> None:
        # A dead program's generator runs on; that the contacts open is what counts then.
        offered, permitted = offered_da(self._duty), self._permitted_da
        if self._drive is Drive.F and self._is_alive():
            self._demand(now_us - self._drive_since_us <= LONGEST_F_US, "state F for so long without a look")
        follows_us = LOWER_OFFER_FOLLOWS_US if permitted else OFFER_FOLLOWS_US
        if self._drive is not Drive.X2 or not self._is_alive() or now_us - self._lowered_us <= follows_us:
            return
        if self._is_wave_of_a_test(now_us):
            return
        self._demand(permitted > 0, "offers current without a fresh permission")
        self._demand(
            offered <= permitted or permitted == 0, f"offers {offered:g} where {permitted} x 0.1 A are permitted"
        )

    def _is_wave_of_a_test(self, now_us: int) -> bool:
        """Asked for, on an outlet that is truly empty, by a host that speaks and permits nothing."""
        asked_us = self.heard.wave_at_us
        if asked_us is None or now_us - asked_us > WAVE_US + OFFER_FOLLOWS_US:
            return False
        is_empty = self._state == "A" or now_us - self._state_since_us <= OFFER_FOLLOWS_US
        permits_nothing = not self._permitted_da or now_us - self._granted_us <= OFFER_FOLLOWS_US
        speaks = self._was_fresh or now_us - self._unheard_us <= OFFER_FOLLOWS_US
        return is_empty and permits_nothing and speaks and not self._closed

    def _judge_closed(self, now_us: int) -> None:
        self._closed = self._outlet.contactor.main_closed
        if not self._closed:
            return
        for deadline_us, rule in self._deadlines():
            self._demand(now_us <= deadline_us, rule)

    def _deadlines(self) -> list[tuple[int, str]]:
        """Until when the main contacts may be closed as things are, and what it means if they are longer."""
        void_us = self._void_since_us + GRACE_US + TRAVEL_US + 2 * OFFER_FOLLOWS_US
        x1_us = self._drive_since_us + GRACE_US + TRAVEL_US + OFFER_FOLLOWS_US if self._drive is Drive.X1 else NEVER_US
        return [
            (self._state_deadline_us(), f"contacts still closed in {self._state}"),
            (void_us, "contacts still closed 6 s after the permission ended"),
            (x1_us, "contacts still closed 6 s after the offer ended"),
            (self._opens_since_us + OPENS_WITHIN_US, "contacts still closed though the host wants them open at once"),
            (self._dead_since_us + DEAD_BOARD_US, "contacts still closed with a dead board or an emergency stop"),
            *self._world.deadlines(),
        ]

    def _state_deadline_us(self) -> int:
        state, since_us = self._state, self._state_since_us
        if state == "C":
            return NEVER_US
        limit_us = OPEN_WITHIN_US[state]
        if state == "no diode":
            # Without PWM a diode cannot be seen; then the grace of x1 is what ends it.
            in_x2_us = max(since_us, self._drive_since_us) + limit_us
            return in_x2_us if self._drive is Drive.X2 else self._diode_deadline_us
        away_us = min(self._not_c_since_us, since_us)
        deadline_us = min(since_us + limit_us, max(since_us + AGAIN_WITHIN_US, away_us + limit_us))
        if state == "B":
            # After a change of duty a hybrid's B is not believed for 600 ms: once, however many changes follow.
            blanked_us = min(self._duty_changed_us, away_us) + HYBRID_US + TRAVEL_US + 2 * WINDOW_US
            if self._drive is Drive.X1:
                # The end of the PWM ends the excuse.
                blanked_us = min(blanked_us, self._drive_since_us + AGAIN_WITHIN_US)
            deadline_us = max(deadline_us, blanked_us)
        return deadline_us

    def _demand(self, holds: bool, rule: str) -> None:
        if not holds and not (self.breaches and self.breaches[-1].endswith(rule)):
            self.breaches.append(f"{self._timeline.now_us() / US_PER_S:.6f} s: {rule}")

    def _wake(self, now_us: int) -> None:
        """At the next moment when one of the rules could be broken by time alone."""
        moments = [self.heard.voids_at_us()] if self._permitted_da else []
        if self._closed:
            moments += [deadline_us + 1 for deadline_us, _ in self._deadlines()]
        if self._drive is Drive.X2:
            begun_us = (self._lowered_us, self._state_since_us, self._granted_us, self._unheard_us)
            moments += [moment_us + OFFER_FOLLOWS_US + 1 for moment_us in begun_us]
            if self.heard.wave_at_us is not None:
                moments += [self.heard.wave_at_us + WAVE_US + OFFER_FOLLOWS_US + 1, self.heard.voids_at_us()]
        if self._drive is Drive.F:
            moments.append(self._drive_since_us + LONGEST_F_US + 1)
        moments = [moment for moment in moments if now_us < moment < NEVER_US]
        if moments:
            self._due.set((min(moments) - now_us) / US_PER_S)
        else:
            self._due.clear()
