"""How a meter is wired into the supply: what of each phase reaches which of its inputs, and which way round."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_sim.mains import PHASES

OF_A_THIRD = -0.5
"""A resistive load's current beside the voltage of another phase, 120° away: the cosine."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One of the three inputs. `current_of` and `voltage_of` are phases of the supply, 1 to 3."""

    current_of: int
    voltage_of: int
    factor: float = 1.0
    """Negative: its current flows backwards. Another amount than 1: its transformers are of another ratio."""

    def current_ma(self, phase_ma: tuple[int, int, int]) -> float:
        """Signed, as far as the voltage beside it lets a meter know."""
        return phase_ma[self.current_of - 1] * self.factor

    def power_uw(self, phases_mv: tuple[int, int, int], phase_ma: tuple[int, int, int]) -> int:
        if self.factor == 1.0 and self.current_of == self.voltage_of:
            return phases_mv[self.voltage_of - 1] * phase_ma[self.current_of - 1]
        cosine = 1.0 if self.current_of == self.voltage_of else OF_A_THIRD
        return round(phases_mv[self.voltage_of - 1] * self.current_ma(phase_ma) * cosine)


Wiring = tuple[Channel, Channel, Channel]

IN_ORDER: Wiring = (Channel(1, 1), Channel(2, 2), Channel(3, 3))


def powers_uw(wiring: Wiring, phases_mv: tuple[int, int, int], phase_ma: tuple[int, int, int]) -> tuple[int, int, int]:
    """What each input sees."""
    one, two, three = (each.power_uw(phases_mv, phase_ma) for each in wiring)
    return one, two, three


def exchanged(wiring: Wiring, one: int, other: int, *, with_voltage: bool) -> Wiring:
    """The same with the currents of two phases exchanged, and their voltages where the wires went along."""
    place = {one: other, other: one}

    def moved(channel: Channel) -> Channel:
        current_of = place.get(channel.current_of, channel.current_of)
        voltage_of = place.get(channel.voltage_of, channel.voltage_of) if with_voltage else channel.voltage_of
        return Channel(current_of, voltage_of, channel.factor)

    first, second, third = (moved(channel) for channel in wiring)
    return first, second, third


def scaled(wiring: Wiring, phase: int | None, factor: float) -> Wiring:
    """The same with the current of one phase's input, or of all (None), times that."""
    first, second, third = (
        Channel(one.current_of, one.voltage_of, one.factor * (factor if phase in (None, number) else 1.0))
        for number, one in zip(PHASES, wiring, strict=True)
    )
    return first, second, third
