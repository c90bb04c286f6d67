"""A faulty site of each group: the run names its cause in the first action it suggests. All of them: `make sites`."""

from __future__ import annotations

import pytest

from agent.core.faults.catalogue import CATALOGUE
from firmware_sim.ways.registry import WAYS
from tools.sites.faults import FAULTS
from tools.sites.play import BOARDS, Drawn, drawn, play

GROUPS = {"wiring", "pilot", "contactor", "residual current", "meter", "supply setting", "network", "TLS", "backend"}
SAMPLE = (
    ("mains_phase_loss", ""),
    ("rail_low", ""),
    ("chain_broken", ""),
    ("rcd_stuck", ""),
    ("meter_zero", ""),
    ("unauthorized", "network"),
)
"""The quick ones, and of those whose charger is whole the step alone in which they show."""


def of(name: str, board: str = "sim-single") -> Drawn:
    place = [fault.name for fault in FAULTS].index(name)
    again = (drawn(place + turn * len(FAULTS)) for turn in range(50))
    return next(one for one in again if one.board == board)


@pytest.mark.parametrize(("name", "only"), SAMPLE)
def test_the_cause_is_named_in_the_first_action(name: str, only: str) -> None:
    heard = play(of(name), only)

    assert heard.is_right, f"{heard.cause}: {heard.first} {heard.refused}; again: python -m tools.sites --fault {name}"


def test_the_table_has_every_group_and_names_what_there_is() -> None:
    assert {fault.group for fault in FAULTS} >= GROUPS
    assert {fault.way for fault in FAULTS if fault.way} <= set(WAYS)
    assert {cause for fault in FAULTS for cause in fault.causes} <= set(CATALOGUE)
    assert {board for fault in FAULTS for board in fault.boards} <= set(BOARDS)
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_a_seed_is_the_same_site_again() -> None:
    assert [drawn(seed) for seed in range(200)] == [drawn(seed) for seed in range(200)]
