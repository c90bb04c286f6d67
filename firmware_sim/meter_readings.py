"""What a meter in front of the contactor measures of an outlet."""

from __future__ import annotations

from firmware_sim.energy import PJ_PER_WH
from firmware_sim.mains import PHASES
from firmware_sim.meters.points import Reading
from firmware_sim.outlet import Outlet

RIPPLE_STEP_US = 100_000


def readings_of(outlet: Outlet, now_us: int) -> dict[str, Reading]:
    """All quantities by name, in V, A, W, VA, var, Hz, Wh, as the meter is wired. Resistive load: no reactive power.

    Currents carry no sign, and what flows the wrong way round is counted nowhere.
    """
    mains, phase_uw, wiring = outlet.mains, outlet.metered_uw(), outlet.meter_wiring
    phase_ma = tuple(abs(channel.current_ma(outlet.phase_ma())) for channel in wiring)
    ripple_v = _ripple_v(now_us)
    counters_pj = outlet.registers.read_pj()
    total_wh = sum(counters_pj) // PJ_PER_WH
    power_w = sum(phase_uw) / 1e6
    readings: dict[str, Reading] = {
        "current_n": abs(phase_ma[0] - phase_ma[-1]) / 1000,
        "power_total": power_w,
        "apparent_power_total": power_w,
        "reactive_power_total": 0.0,
        "power_factor_total": 1.0,
        "frequency": mains.hz,
        "energy_import_total": total_wh,
        "energy_export_total": 0,
        "energy_sum_total": total_wh,
        "energy_resettable_total": total_wh,
        "energy_resettable_import": total_wh,
        "energy_resettable_export": 0,
        "power_import_total": power_w,
        "power_export_total": 0.0,
    }
    for phase, channel, current_ma, power_uw, counter_pj in zip(
        PHASES, wiring, phase_ma, phase_uw, counters_pj, strict=True
    ):
        phase_mv = mains.phase_mv(channel.voltage_of)
        phase_w = power_uw / 1e6
        readings[f"voltage_l{phase}"] = phase_mv / 1000 + (ripple_v if phase_mv else 0.0)
        readings[f"current_l{phase}"] = current_ma / 1000
        readings[f"power_l{phase}"] = phase_w
        readings[f"apparent_power_l{phase}"] = phase_w
        readings[f"reactive_power_l{phase}"] = 0.0
        readings[f"power_factor_l{phase}"] = 1.0
        readings[f"energy_import_l{phase}"] = counter_pj // PJ_PER_WH
        readings[f"energy_export_l{phase}"] = 0
    return readings


def _ripple_v(now_us: int) -> float:
    """A few hundredths of a volt that differ from reading to reading: a voltage that rests is a frozen meter."""
    step = now_us // RIPPLE_STEP_US
    return ((step * 2_654_435_761) >> 8 & 0xF) / 50
