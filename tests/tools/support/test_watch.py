"""What is drawn and what may be drawn have names of their own."""

from __future__ import annotations

from typing import Any

from tools.support.plots import Plots, page_lines
from tools.support.verbs.watch import told_line

METER: dict[str, Any] = {"port": 1, "charging": True, "power_w": 3680, "currents_a": [16.0, 0.1], "voltages_v": [230.0]}
STATUS: dict[str, Any] = {
    "port": 1,
    "state": "Charging",
    "offered_a": 16.0,
    "reasons": [],
    "limit": {"current_a": 32.0, "owner": "hardware", "detail": "the cable"},
}


def test_the_curves_of_what_flows_are_no_limit_and_the_limit_is_called_so() -> None:
    plots = Plots()
    plots.take(STATUS, 0.0)
    plots.take(METER, 1.0)

    last = {name: one.last for name, one in plots.series.items()}
    assert last["port 1: current_a L1"] == 16.0
    assert last["port 1: limit_a"] == 32.0
    assert "port 1: current_a" not in last
    heads = [line[:30].split("  ")[0] for line in page_lines(plots, now_s=2.0, span_s=10.0, size=(100, 40))[::2]]
    assert heads == [
        f"port 1: {one}" for one in ("power", "current L1", "current L2", "offered", "limit", "voltage L1")
    ]


def test_a_line_for_a_pipe_says_the_same() -> None:
    assert told_line(METER) == (
        "port 1, charging True, power 3680 W, current L1 16.0 A, current L2 0.1 A, voltage L1 230.0 V"
    )
    assert told_line(STATUS) == "port 1, state Charging, offered 16 A, limit 32 A, limit by hardware"
