"""Item 9 of the checklist of OCPP 1.6 (ocpp16.md section 19): what a limit becomes on the control pilot."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

import pytest

from agent.core.control_pilot import duty_from_current
from tests.simulation.stage import Charger, tell

TENTHS = [Decimal(tenth) / 10 for tenth in range(801)]
STEP = Decimal("0.01")


def duty_by_the_standard(current_a: Decimal) -> Decimal | None:
    """IEC 61851-1, A.2: I = duty x 0.6 A up to 85 %, (duty - 64) x 2.5 A above, no duty below 6 A; rounded down.

    85 % is 51 A by the first formula and 52.5 A by the second: between the two there is no duty for the current itself.
    """
    if current_a < 6:
        return None
    if current_a <= 51:
        exact = current_a / Decimal("0.6")
    elif current_a < Decimal("52.5"):
        exact = Decimal(85)
    else:
        exact = current_a / Decimal("2.5") + 64
    return exact.quantize(STEP, ROUND_FLOOR)


def may_draw(duty: Decimal) -> Decimal:
    """What a car may draw by the table of the standard (A.8), amperes."""
    return duty * Decimal("0.6") if duty <= 85 else (duty - 64) * Decimal("2.5")


@pytest.mark.parametrize("whole_a", range(81))
def test_item_09_each_tenth_of_an_ampere_has_the_duty_of_the_standard_rounded_down(whole_a: int) -> None:
    for current_a in (one for one in TENTHS if int(one) == whole_a):
        expected = duty_by_the_standard(current_a)
        if expected is None:
            with pytest.raises(ValueError, match="no duty cycle"):
                duty_from_current(float(current_a))
            continue
        duty = Decimal(str(duty_from_current(float(current_a))))
        assert duty == expected, current_a
        least_a = current_a - (Decimal("1.5") if 51 < current_a <= Decimal("52.5") else Decimal("0.025"))
        assert least_a <= may_draw(duty) <= current_a, "never more than the limit, and hardly less"


def test_item_09_a_limit_of_the_network_is_the_duty_at_the_wire_and_below_6_a_a_pause() -> None:
    """What the board really generates (x2: PWM, x1: steady), read at the wire; between tenths it rounds down."""

    async def story(charger: Charger) -> None:
        await charger.charge()
        for limit_a in ("31.9", "16.0", "13.7", "6.0"):
            await charger.network("limit", amps=float(limit_a), purpose="TxDefaultProfile", connector=1)
            await charger.passes(10.0)
            duty = duty_by_the_standard(Decimal(limit_a).quantize(Decimal("0.1"), ROUND_FLOOR))
            wire = charger.outlet()["pilot"]
            assert wire["drive"] == "x2" and abs(Decimal(str(wire["duty_percent"])) - Decimal(duty or 0)) < Decimal(
                "0.06"
            )
            assert may_draw(Decimal(str(wire["duty_percent"]))) <= Decimal(limit_a)
            assert charger.statuses()[-1] == "Charging"

        for pause_a in (5.9, 0.0):
            await charger.network("limit", amps=pause_a, purpose="TxDefaultProfile", connector=1)
            await charger.passes(15.0)
            assert charger.outlet()["pilot"]["drive"] == "x1", "no PWM: 5 % would ask for digital communication"
            assert charger.outlet()["contactor"] == "open"
            assert charger.statuses()[-1] == "SuspendedEVSE"
        assert charger.told("StopTransaction") == [], "0 A is a pause and not an end"

        await charger.network("limit", amps=20.0, purpose="TxDefaultProfile", connector=1)
        await charger.passes(90.0)
        assert charger.statuses()[-1] == "Charging"

    tell(story)
