"""An OpenEVSE on an outlet of the world: it drives the pilot and its relay by itself and takes orders over RAPI.

After the maker's sources (OpenEVSE/open_evse, line 8: J1772EvseController, rapi_proc), also where they are odd:
fallback 0 A of the heartbeat offers 6 A; acknowledging a miss sets the highest current; asleep it looks at nothing but
the plug; disabled not even at that; a start of its own ends with a controller that serves anybody.
"""

from __future__ import annotations

import random
from collections.abc import MutableMapping
from dataclasses import dataclass
from enum import IntEnum

from firmware_sim.board_kind import Words
from firmware_sim.openevse_faults import Shown, fault_now
from firmware_sim.outlet import Outlet
from firmware_sim.pilot_board import OpenWire
from firmware_sim.pilot_circuit import Drive
from firmware_sim.rapi_line import RapiLine, Reply
from firmware_sim.timeline import US_PER_S, Alarm, Timeline

LEAST_A, MOST_A = 6, 80
AB_MV, BC_MV, CD_MV, D_MV = 10_500, 7_500, 4_500, 1_500
DIODE_MV = -8_900
"""The lower half of the square wave must lie below it."""
LOOP_S = 0.001
DEBOUNCE_S, DEBOUNCE_A_S = 0.25, 0.025
SLEEP_OPENS_S = 3.0
SMALL_CURRENT_MA = 1_000
SELF_TEST_S = 1.0
"""Sixty cycles through the test winding before each closing; the program waits for it, and answers nobody."""
RELAY_CHECK_S = 1.0
POST_S = 1.5
VERSION = ("D9.0.0", "5.2.1")

CAR, RELAY, AUTH_LOCK = 0x0100, 0x0040, 0x0008
NEVER_MISSED, MISSED_ONCE, MISSED = 0, 1, 2
COOKIE = 0xA5


class Posture(IntEnum):
    """What it was told to be."""

    AWAKE = 0
    ASLEEP = 0xFE
    DISABLED = 0xFF


@dataclass(slots=True)
class Pulse:
    """The heartbeat: seconds (0: none), amperes, and whether one was missed."""

    interval_s: int = 0
    fallback_a: int = 0
    missed: int = NEVER_MISSED


class OpenEvse:
    """A `Board`. `kept` is its EEPROM: "heartbeat" as "SECONDS AMPERES", "capacity" in amperes."""

    firmware = "openevse"
    slow_to_open_s = 0.2
    """After C became B it waits 250 ms."""

    def __init__(
        self,
        outlet: Outlet,
        timeline: Timeline,
        open_wire: OpenWire,
        ids: random.Random,
        *,
        kept: MutableMapping[str, bytes] | None = None,
    ) -> None:
        self.kind: Words = {}
        self.kept: MutableMapping[str, bytes] = kept if kept is not None else {}
        self.boots, self.boot_id = 0, ""
        self.state = Shown.STARTING
        self.posture = Posture.AWAKE
        self.capacity_a = MOST_A
        self.pulse = Pulse()
        self._outlet, self._timeline, self._ids = outlet, timeline, ids
        self._running = False
        self._connected = self._auth_locked = self._relay = False
        self._charged_s = 0
        self._relay_us = self._slept_us = 0
        self._towards: Shown | None = None
        self._told: tuple[object, ...] = ()
        self._look = Alarm(timeline, self._update)
        self._later = Alarm(timeline, self._update)
        self._settled = Alarm(timeline, self._arrive)
        self._closing = Alarm(timeline, self._close_relay)
        self._missing = Alarm(timeline, self._miss)
        self._boot = Alarm(timeline, self._start)
        self.line = RapiLine(timeline, open_wire, self.obey)
        self.wire = self.line.wire
        outlet.board_notices = lambda: self._look.set_unless_set(LOOP_S)
        self._start()

    # --- what can happen to it

    @property
    def is_running(self) -> bool:
        return self._running

    @property
    def light(self) -> str | None:
        return None

    def is_permitted(self) -> bool:
        """It knows no permission beyond being awake."""
        return self._running and self.posture is Posture.AWAKE

    def reset(self, cause: str = "soft") -> None:
        """Relay and pilot at rest; it serves again when its self-test is through, whatever `cause` was."""
        self._halt()
        self._outlet.energise(False)
        self._outlet.drive_pilot(Drive.X1, 0)
        self._boot.set(POST_S)

    def hang(self) -> None:
        """The program stands still with its outputs as they are: as shipped, its watchdog is off."""
        self._halt()
        self._boot.clear()

    def exchange(self) -> None:
        self.kept.clear()
        self.reset("power")

    def close(self) -> None:
        """Its power is cut."""
        self.hang()
        self._outlet.board_notices = lambda: None
        self.wire.vanish()

    # --- how it starts and stops

    def _start(self) -> None:
        self._running = True
        self.boots += 1
        self.boot_id = f"{self._ids.getrandbits(32):08x}"
        self._outlet.supervise(True)
        self.state, self.posture = Shown.STARTING, Posture.AWAKE
        self._connected = self._auth_locked = self._relay = False
        self._charged_s = 0
        self.capacity_a = self.most_a
        interval_s, fallback_a = (int(word) for word in self.kept.get("heartbeat", b"0 0").split())
        self.pulse = Pulse(interval_s, fallback_a)
        self._beat()
        self.line.is_on = True
        self.line.say("AB", "00", VERSION[0])
        self._look.set(0)

    def _halt(self) -> None:
        self._running = self.line.is_on = False
        for alarm in (self._look, self._later, self._settled, self._closing, self._missing):
            alarm.clear()
        self._towards = None

    @property
    def most_a(self) -> int:
        """As configured; PP is not read."""
        return int(self.kept.get("capacity", b"32"))

    # --- what it sees

    def _update(self) -> None:
        if not self._running or self.posture is Posture.DISABLED:
            return
        level_mv = self._outlet.pilot_read().high_mv
        was, self._connected = self._connected, level_mv < AB_MV
        if self._connected and not was:
            self._charged_s = 0
        if self.posture is Posture.ASLEEP:
            self._update_asleep(level_mv)
        else:
            self._aim(self._seen(level_mv))
        self._tell()

    def _update_asleep(self, level_mv: int) -> None:
        if not self._relay:
            return
        waited_s = (self._timeline.now_us() - self._slept_us) / US_PER_S
        small = max(self._outlet.phase_ma()) <= SMALL_CURRENT_MA
        if level_mv >= BC_MV or small or waited_s >= SLEEP_OPENS_S:
            self._open_relay()
        else:
            self._later.set(SLEEP_OPENS_S - waited_s)

    def _seen(self, level_mv: int) -> Shown:
        fault = fault_now(self._outlet, self.state, relay=self._relay, since_s=self._since_relay_s())
        if fault is not None:
            return fault
        if self.state.is_latched and self._connected:
            return self.state
        generator = self._outlet.generator
        low_mv = self._outlet.pilot_read().low_mv
        if generator.drive is Drive.X2 and low_mv is not None and low_mv > DIODE_MV:
            return Shown.DIODE
        if level_mv >= AB_MV:
            return Shown.A
        if level_mv >= BC_MV:
            return Shown.B
        if level_mv >= CD_MV:
            return Shown.C if generator.drive is Drive.X2 and not self._auth_locked else Shown.B
        return Shown.VENT if level_mv > D_MV else Shown.STARTING

    def _since_relay_s(self) -> float:
        return (self._timeline.now_us() - self._relay_us) / US_PER_S

    def _aim(self, seen: Shown) -> None:
        if self._since_relay_s() <= RELAY_CHECK_S:
            # What the load side shows is looked at once the relay had its time.
            self._later.set(RELAY_CHECK_S + 0.01 - self._since_relay_s())
        if seen is self.state:
            self._settled.clear()
            self._towards = None
        elif seen.is_immediate:
            self._towards = seen
            self._arrive()
        elif seen is not self._towards:
            self._towards = seen
            self._settled.set(DEBOUNCE_A_S if seen is Shown.A else DEBOUNCE_S)

    def _arrive(self) -> None:
        if self._towards is None or self.posture is not Posture.AWAKE:
            return
        self.state, self._towards = self._towards, None
        self._settled.clear()
        self._closing.clear()
        if self.state is Shown.C:
            self._send_pwm()
            self.line.busy(SELF_TEST_S)
            self._closing.set(SELF_TEST_S)
        else:
            self._open_relay()
            if self.state is Shown.B and not self._auth_locked:
                self._send_pwm()
            elif self.state is not Shown.STUCK:
                self._outlet.drive_pilot(Drive.X1, 0)
        self._tell()
        self._look.set_unless_set(LOOP_S)

    # --- what it does

    def _send_pwm(self) -> None:
        amps = self.capacity_a
        duty_percent = amps / 0.6 if amps <= 51 else amps / 2.5 + 64
        self._outlet.drive_pilot(Drive.X2, int(duty_percent * 100))

    def _close_relay(self) -> None:
        self._relay, self._relay_us = True, self._timeline.now_us()
        self._outlet.energise(True)
        self._tell()
        self._later.set(RELAY_CHECK_S + 0.01)

    def _open_relay(self) -> None:
        if self._relay:
            self._charged_s = self.charged_s()
            self._relay, self._relay_us = False, self._timeline.now_us()
        self._outlet.energise(False)

    def charged_s(self) -> int:
        """Whole seconds with its relay closed since this car came."""
        return self._charged_s + (int(self._since_relay_s()) if self._relay else 0)

    def set_capacity(self, amps: int) -> bool:
        """Clipped into what is allowed; whether it was allowed as it stood."""
        self.capacity_a = min(max(amps, LEAST_A), self.most_a)
        if self._outlet.generator.drive is Drive.X2:
            self._send_pwm()
        return self.capacity_a == amps

    def sleep(self) -> None:
        if self.posture is not Posture.ASLEEP:
            self._rest(Posture.ASLEEP)
            self._outlet.drive_pilot(Drive.X1, 0)
            self._slept_us = self._timeline.now_us()
            self._look.set(LOOP_S)

    def disable(self) -> None:
        if self.posture is not Posture.DISABLED:
            self._rest(Posture.DISABLED)
            self._outlet.drive_pilot(Drive.F, 0)
            self._open_relay()

    def enable(self) -> None:
        if self.posture is not Posture.AWAKE:
            self._rest(Posture.AWAKE)
            self.state = Shown.STARTING
            self._outlet.drive_pilot(Drive.X1, 0)
            self._beat_on_waking()
            self._look.set(LOOP_S)

    def _rest(self, posture: Posture) -> None:
        self.posture, self._towards = posture, None
        self._settled.clear()
        self._closing.clear()

    # --- the heartbeat

    def _beat(self) -> None:
        self._beat_us = self._timeline.now_us()
        self._missing.clear()
        if self.pulse.interval_s:
            self._missing.set(self.pulse.interval_s + 0.001)

    def _beat_on_waking(self) -> None:
        """Looked at only while it is awake: a pulse that was missed asleep is noticed now."""
        since_s = (self._timeline.now_us() - self._beat_us) / US_PER_S
        if self.pulse.interval_s and since_s > self.pulse.interval_s:
            self._missing.set(0)

    def _miss(self) -> None:
        if self.posture is Posture.AWAKE:
            if self.pulse.fallback_a < self.capacity_a:
                self.set_capacity(self.pulse.fallback_a)
            self.pulse.missed = MISSED
            self._tell()
            self._beat()

    # --- what it says

    def shown_state(self) -> int:
        return int(self.state) if self.posture is Posture.AWAKE else int(self.posture)

    def flags(self) -> int:
        return CAR * self._connected | RELAY * self._relay | AUTH_LOCK * self._auth_locked

    def _tell(self) -> None:
        """Unasked, where something has changed that the maker finds worth it."""
        now = (self.shown_state(), self.capacity_a, self._connected, self._auth_locked)
        is_between = self.posture is Posture.AWAKE and (self.state is Shown.A) == self._connected
        if now != self._told and self.state is not Shown.STARTING and not (is_between and self.state.is_of_car):
            self._told = now
            state = f"{self.shown_state():02x}"
            self.line.say("AT", state, state, str(self.capacity_a), f"{self.flags():04x}")

    def obey(self, words: tuple[str, ...]) -> Reply:
        """Carry out one command."""
        reply = self._obey(words)
        self._tell()
        return reply

    def _obey(self, words: tuple[str, ...]) -> Reply:
        match words:
            case ("GV", *_):
                return Reply(True, VERSION)
            case ("GS", *_):
                state = f"{self.shown_state():02x}"
                return Reply(True, (state, str(self.charged_s()), f"{int(self.state):02x}", f"{self.flags():04x}"))
            case ("GC", *_):
                return Reply(True, tuple(map(str, (LEAST_A, MOST_A, self.capacity_a, self.most_a))))
            case ("FE", *_):
                self.enable()
            case ("FS", *_):
                self.sleep()
            case ("FD", *_):
                self.disable()
            case ("S4", locked):
                self._auth_locked = locked != "0"
            case ("SC", amps, *_) if len(words) <= 3:
                allowed = self.set_capacity(int(amps))
                if len(words) == 2:
                    self.kept["capacity"] = str(self.capacity_a).encode()
                return Reply(allowed, (str(self.capacity_a),))
            case ("SY", *given) if "heartbeat" not in self.line.lacks:
                return self._obey_heartbeat(given)
            case _:
                return Reply(False)
        return Reply(True)

    def _obey_heartbeat(self, given: list[str]) -> Reply:
        pulse, well = self.pulse, True
        match given:
            case []:
                well = pulse.missed != MISSED
                self._beat()
            case [cookie]:
                well = int(cookie) == COOKIE
                if well and pulse.missed == MISSED:
                    self.set_capacity(self.most_a)
                    pulse.missed = MISSED_ONCE
            case [interval_s, fallback_a]:
                pulse = self.pulse = Pulse(int(interval_s), int(fallback_a))
                self.kept["heartbeat"] = f"{interval_s} {fallback_a}".encode()
                self._beat()
            case _:
                well = False
        return Reply(well, (str(pulse.interval_s), str(pulse.fallback_a), str(pulse.missed)))
