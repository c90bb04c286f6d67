"""From the drivers of a board file to the contactor of a connector."""

from __future__ import annotations

from agent.drivers.interfaces import Contactor, ControlPilot, CutOff, Switch
from agent.drivers.power_path.in_series import ContactorInSeries
from agent.drivers.power_path.switched import SwitchedContactor


def joined(contactor: Contactor | Switch, pilot: ControlPilot, cut_off: CutOff | None) -> Contactor:
    """A plain switch gets the pilot before it, and a cut-off, where there is one, comes in series with either."""
    whole = SwitchedContactor(contactor, pilot) if isinstance(contactor, Switch) else contactor
    return whole if cut_off is None else ContactorInSeries(whole, cut_off)
