"""Heat and cold: less current when warm, none when hot, no start in hard frost (safety reference, P22 and section 8).

A sensor that cannot be trusted halves the rated current at once, until it has been good for a minute. Contactor and
terminal watch the same joints from two sides: with neither of them trusted nobody sees a joint burn, so nothing is
offered; where only one of the two is wired, it is that one. The limit rises again at its usual pace.
"""

import fault_codes as code
from derating import LEAST_DA, PacedLimit, line_da
from faults import BLOCK, BY_SERVICE, NONE, OPEN, X1, Check
from guard import Guard
from inputs import BOARD_NTC, CONNECTOR_NTC, CONTACTOR_NTC, SENSORS, TERMINAL_NTC
from lasting import Lasting, sooner, soonest
from ntc import OPEN_ABOVE, SHORT_BELOW
from thermometer import Thermometer, readings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind
    from situation import Situation

LOOK_EVERY_MS = 100
"""At most so often, however the converter trembles: nothing that is warm is faster, and a look costs a step dearly. A
lead that breaks or touches is looked at in the step that reads it."""
BELIEVED_MS = 500
"""Half of the second that stopping may take: one odd reading must not latch until service."""
RECOVERY_MS = 10_000

COLD_DC, WARM_ENOUGH_DC = -350, -300
IDLE_MS = 8 * 3_600_000
APART_DC = 400
TRUSTED_AFTER_MS = 60_000

TEMPERATURE_DC = 12
SENSOR = 13
"""Places in `messages.EVIDENCE`; a sensor's number is its place in `Inputs.ntc_codes`."""


def showing(temperature_dc: int, thermometers: "list[Thermometer]") -> "dict[int, int]":
    """As evidence: this temperature and the first sensor that has it."""
    for found in thermometers:
        if found.temperature_dc == temperature_dc:
            return {TEMPERATURE_DC: temperature_dc, SENSOR: found.place}
    return {}


def unreadable(codes: "tuple[int, ...]") -> int:
    """A bit for each place whose lead is open or shorted."""
    found = 0
    for reading in codes:
        found <<= 1
        if reading > OPEN_ABOVE or reading < SHORT_BELOW:
            found |= 1
    return found


class Zone:
    """Sensors that share their thresholds; the warmest of them counts."""

    def __init__(
        self, thresholds: "tuple[int, int, int]", thermometers: "list[Thermometer]", stops_when_steep: bool = False
    ) -> None:
        self._from_dc, self._stop_dc, self._resume_dc = thresholds
        self._thermometers = thermometers
        self._stops_when_steep = stops_when_steep
        self._over = Lasting(BELIEVED_MS)
        self._steep = Lasting(BELIEVED_MS)
        self._warmest_dc: int | None = None
        self.has_been_hot = False
        """Was above the stop threshold, or steep, and is not below the one for resuming yet."""

    def observe(self, now: int) -> "int | None":
        """Look at the sensors; returns when to look again if nothing changes."""
        warmest = self._warmest_dc = self._warmest()
        steep = self._stops_when_steep and any(found.is_steep for found in self._thermometers)
        over_due = self._over.observe(warmest is not None and warmest > self._stop_dc, now)
        due = sooner(over_due, self._steep.observe(steep, now))
        if self._over.believed or self._steep.believed:
            self.has_been_hot = True
        elif warmest is not None and warmest < self._resume_dc:
            self.has_been_hot = False
        return due

    def allowed_da(self, rated_da: int) -> int:
        """The point on this zone's line."""
        warmest = self._warmest_dc
        return rated_da if warmest is None else line_da(warmest, self._from_dc, self._stop_dc, rated_da)

    def is_blind(self) -> bool:
        """There are sensors here, and none of them is trusted."""
        return bool(self._thermometers) and not any(found.is_trusted for found in self._thermometers)

    def is_warm(self, situation: "Situation") -> bool:
        warmest = self._warmest_dc
        return warmest is not None and warmest > self._from_dc

    def is_hot(self, situation: "Situation") -> bool:
        return self.has_been_hot

    def evidence(self, situation: "Situation") -> "dict[int, int]":
        warmest = self._warmest_dc
        return {} if warmest is None else showing(warmest, self._thermometers)

    def _warmest(self) -> "int | None":
        readings = readings_of(self._thermometers)
        return max(readings) if readings else None


class Temperature(Guard):
    """Watches the temperature sensors. Part: TEMPERATURES."""

    def __init__(self, kind: "Kind", now: int) -> None:
        self._rated_da = kind.rated_da
        self._thermometers = [Thermometer(place) for place in range(SENSORS) if kind.sensors & 1 << place]
        self._limit = PacedLimit(kind.rated_da, now)
        self._board = Zone((700, 850, 650), self._at(BOARD_NTC))
        # Latched until service: where it stops being hot matters only to who wants to clear it.
        self._terminal = Zone((800, 1_000, 800), self._at(CONTACTOR_NTC, TERMINAL_NTC), stops_when_steep=True)
        self._connector = Zone((750, 900, 600), self._at(CONNECTOR_NTC))
        self._zones = (self._board, self._terminal, self._connector)
        self._frozen = Lasting(BELIEVED_MS)
        self._is_frosty = False
        self._idle = Lasting(IDLE_MS)
        self._agreeing = Lasting(TRUSTED_AFTER_MS)
        self._disagree = False
        self._codes: tuple[int, ...] | None = None
        self._unreadable = 0
        self._is_idle = False
        self._is_blind = self._terminal.is_blind()
        self._looks_at = now
        self._due: int | None = None
        self.checks = (
            Check(code.TEMP_BOARD_DERATE, NONE, RECOVERY_MS, self._board.is_warm, self._board.evidence),
            Check(code.TEMP_BOARD_STOP, X1, RECOVERY_MS, self._board.is_hot, self._board.evidence),
            Check(code.TEMP_TERMINAL_DERATE, NONE, RECOVERY_MS, self._terminal.is_warm, self._terminal.evidence),
            Check(code.TEMP_TERMINAL_STOP, OPEN, BY_SERVICE, self._terminal.is_hot, self._terminal.evidence),
            Check(code.TEMP_CONNECTOR_DERATE, NONE, RECOVERY_MS, self._connector.is_warm, self._connector.evidence),
            Check(code.TEMP_CONNECTOR_STOP, X1, RECOVERY_MS, self._connector.is_hot, self._connector.evidence),
            # The minute of good readings is counted by the sensor.
            Check(code.TEMP_SENSOR, NONE, 0, self._has_distrust, self._distrusted),
            Check(code.TEMP_LOW, BLOCK, RECOVERY_MS, self._is_too_cold, self._coldest),
        )

    def observe(self, situation: "Situation", now: int) -> "int | None":
        codes = situation.inputs.ntc_codes
        is_idle = situation.inputs.mirror_open and not situation.contactor.energised
        if self._due is None or now < self._due:
            if codes == self._codes and is_idle == self._is_idle:
                return self._due
            if now < self._looks_at and unreadable(codes) == self._unreadable:
                return sooner(self._due, self._looks_at)
        self._codes = codes
        self._unreadable = unreadable(codes)
        self._is_idle = is_idle
        self._looks_at = now + LOOK_EVERY_MS
        self._due = self._look(codes, is_idle, now)
        self._is_blind = self._terminal.is_blind()
        self.calm = not any(check.present(situation) for check in self.checks)
        return self._due

    def _look(self, codes: "tuple[int, ...]", is_idle: bool, now: int) -> "int | None":
        dues = [found.observe(codes[found.place], now) for found in self._thermometers]
        dues.extend([zone.observe(now) for zone in self._zones])
        dues.append(self._observe_frost(now))
        dues.append(self._observe_agreement(is_idle, now))
        dues.append(self._follow(now))
        return soonest(dues)

    def counts(self, now: int) -> bool:
        """A sensor that is warm, cold or not trusted yet, or a limit on its way up again."""
        return not self.calm or self._limit.limit_da < self._rated_da

    def limit_da(self) -> int:
        return 0 if self._is_blind else self._limit.limit_da

    def _at(self, *places: int) -> "list[Thermometer]":
        return [found for found in self._thermometers if found.place in places]

    def _follow(self, now: int) -> "int | None":
        target_da = min([zone.allowed_da(self._rated_da) for zone in self._zones])
        if self._is_distrustful():
            target_da = min(target_da, self._rated_da // 2)
            self._limit.cap(self._rated_da // 2, now)
        if any(zone.has_been_hot for zone in self._zones):
            # The bottom of every line. What starts again after heat starts there.
            target_da = min(target_da, LEAST_DA)
            self._limit.cap(LEAST_DA, now)
        return self._limit.follow(target_da, now)

    def _observe_frost(self, now: int) -> "int | None":
        readings = readings_of(self._thermometers)
        coldest = min(readings) if readings else 0
        due = self._frozen.observe(coldest < COLD_DC, now)
        self._is_frosty = self._frozen.believed or (self._is_frosty and coldest <= WARM_ENOUGH_DC)
        return due

    def _observe_agreement(self, is_idle: bool, now: int) -> "int | None":
        """After eight hours without a charge all sensors have the same temperature, or one of them is wrong."""
        readings = readings_of(self._thermometers)
        apart = bool(readings) and max(readings) - min(readings) > APART_DC
        idle_due = self._idle.observe(is_idle, now)
        if apart and self._idle.believed:
            self._disagree = True
        agreeing_due = self._agreeing.observe(self._disagree and not apart, now)
        self._disagree = self._disagree and not self._agreeing.believed
        return soonest((idle_due, agreeing_due))

    def _is_distrustful(self) -> bool:
        return self._disagree or not all(found.is_trusted for found in self._thermometers)

    def _has_distrust(self, situation: "Situation") -> bool:
        return self._is_distrustful()

    def _distrusted(self, situation: "Situation") -> "dict[int, int]":
        for found in self._thermometers:
            if not found.is_trusted:
                return {SENSOR: found.place}
        return showing(max(readings_of(self._thermometers)), self._thermometers)

    def _is_too_cold(self, situation: "Situation") -> bool:
        return self._is_frosty

    def _coldest(self, situation: "Situation") -> "dict[int, int]":
        return showing(min(readings_of(self._thermometers)), self._thermometers)
