"""A meter with an optical window: it sends its values every second, whether anybody looks or not."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware_sim import sml_words
from firmware_sim.meters.points import Reading
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline

PUSH_S = 1.0
PIECE_OCTETS = 32
OCTET_S = 10 / 9600

QUANTITIES: Mapping[str, tuple[str, int, int]] = {
    "power_total": ("16.7.0", sml_words.WATT, 0),
    **{f"power_l{phase}": (f"{16 + 20 * phase}.7.0", sml_words.WATT, 0) for phase in (1, 2, 3)},
    **{f"voltage_l{phase}": (f"{12 + 20 * phase}.7.0", sml_words.VOLT, -1) for phase in (1, 2, 3)},
    **{f"current_l{phase}": (f"{11 + 20 * phase}.7.0", sml_words.AMPERE, -2) for phase in (1, 2, 3)},
    "frequency": ("14.7.0", sml_words.HERTZ, -1),
}
"""Code, unit and power of ten of what it tells beside its register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmlModel:
    """How the meter is set up. `register_scaler`: 10^n Wh, the last digit of its register; 3 before its PIN is entered.

    `is_short`: no more than the register, as before the PIN.
    """

    id: str = "sml"
    register_scaler: int = -1
    is_short: bool = False
    kermit: bool = False
    server_id: bytes = bytes.fromhex("0A01455653000000002A")

    @property
    def energy_step_wh(self) -> int:
        """The least step of the register, in whole watt-hours."""
        return int(10 ** max(0, self.register_scaler))


class SmlMeter:
    """`measure` gives the readings of this moment; the wire is where its light goes."""

    def __init__(
        self,
        timeline: Timeline,
        open_wire: Callable[[Callable[[bytes], None]], SerialWire],
        measure: Callable[[], dict[str, Reading]],
        noise: random.Random,
    ) -> None:
        self.model = SmlModel()
        self.silent = False
        self.garbage = False
        self.without_values = False
        self.all_zero = False
        self.late_s = 0.0
        """Added to the second between two pushes."""
        self.wire = open_wire(_hears_nothing)
        self._timeline = timeline
        self._measure = measure
        self._noise = noise
        self._frozen: dict[str, Reading] | None = None
        self._pushes = 0
        timeline.after(PUSH_S, self._push)

    def become(self, model: SmlModel) -> None:
        """Another meter takes its place under the head."""
        self.model = model

    def freeze(self, frozen: bool) -> None:
        """Go on sending the values of this moment, good checksum and all."""
        self._frozen = self._measure() if frozen else None

    def _push(self) -> None:
        self._pushes += 1
        content = self._file()
        for start in range(0, len(content), PIECE_OCTETS):
            piece = content[start : start + PIECE_OCTETS]
            self._timeline.after((start + len(piece)) * OCTET_S, lambda piece=piece: self._send(piece))  # type: ignore[misc]
        self._timeline.after(PUSH_S + self.late_s, self._push)

    def _send(self, piece: bytes) -> None:
        if not self.silent:
            self.wire.send(self._noise.randbytes(len(piece)) if self.garbage else piece)

    def _file(self) -> bytes:
        readings = self._frozen or self._measure()
        entries = [sml_words.entry("96.1.0", None, 0, sml_words.octets(self.model.server_id)), self._register(readings)]
        if not self.model.is_short:
            entries += [self._entry(name, readings) for name in QUANTITIES]
        return sml_words.file(self.model.server_id, self._pushes, entries, kermit=self.model.kermit)

    def _register(self, readings: Mapping[str, Reading]) -> bytes:
        energy_wh, scaler = readings["energy_import_total"], self.model.register_scaler
        assert isinstance(energy_wh, int | float)
        # A counter shows only what is complete.
        steps = int(energy_wh) * 10**-scaler if scaler <= 0 else int(energy_wh) // 10**scaler
        return sml_words.entry("1.8.0", sml_words.WATT_HOUR, scaler, self._word(steps, size=8))

    def _entry(self, name: str, readings: Mapping[str, Reading]) -> bytes:
        code, unit, scaler = QUANTITIES[name]
        reading = readings[name]
        assert isinstance(reading, int | float)
        return sml_words.entry(code, unit, scaler, self._word(round(reading * 10**-scaler), size=4))

    def _word(self, value: int, *, size: int) -> bytes:
        if self.without_values:
            return sml_words.ABSENT
        number = 0 if self.all_zero else value
        return sml_words.whole(number, size) if size == 8 else sml_words.signed(number, size)


def _hears_nothing(_octets: bytes) -> None:
    """A push is no answer."""
