"""The meters that the simulator can be, by the name a board file uses in `map`."""

from __future__ import annotations

from collections.abc import Mapping

from firmware_sim.meters import abb, carlo_gavazzi, eastron, float_families, iskra, sunspec
from firmware_sim.meters.points import MeterModel

_VENDORS = (abb, carlo_gavazzi, eastron, float_families, iskra, sunspec)

MODELS: Mapping[str, MeterModel] = {model.id: model for vendor in _VENDORS for model in vendor.MODELS}
