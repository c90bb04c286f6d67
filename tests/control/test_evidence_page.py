"""What a pilot board kept of a trip, as people read it."""

from __future__ import annotations

from agent.control.board_pages import show_evidence
from agent.control.render import Page


def test_what_the_residual_current_sensor_says_of_its_own_test_does_not_read_as_a_trip() -> None:
    page = Page(colour=False)
    columns = ["t_ms", "high_v", "low_v", "residual", "coil", "mirror_open"]
    rows = [[-6000, 9.0, None, "dc trip", False, True], [-5000, 9.0, None, "quiet", False, True]]
    rows += [[-20, 6.0, None, "dc trip", True, False], [0, 6.0, None, "dc trip", False, True]]

    show_evidence({"connector": 1, "tripped": None, "faults": [], "columns": columns, "rows": rows}, page)

    assert [line.split()[0] for line in page.lines if "own test looks so" in line] == ["-6000"]
