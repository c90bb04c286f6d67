"""A faulty site to practise on, whole: world, central system and charger, broken as the scenario says.

python -m tools.training NAME
"""

from __future__ import annotations

from firmware_sim.training import Scenario
from tools.sites.faults import SiteFault
from tools.sites.play import Drawn


def site_of(scenario: Scenario) -> Drawn:
    """The scenario as a site for `tools.sites.play`. Raises ValueError where it breaks more than one thing."""
    (way, given) = ("", {}) if not scenario.broken else scenario.broken[0]
    if len(scenario.broken) > 1:
        raise ValueError(f"{scenario.name} breaks more than one thing; a site here has one fault")
    fault = SiteFault(
        name=scenario.name,
        group="training",
        causes=frozenset(scenario.causes),
        way=way,
        network=scenario.network,
    )
    board, at = scenario.board, scenario.connector
    return Drawn(seed=0, board=board, connector=at, fault=fault, given=given, typed=scenario.typed)
