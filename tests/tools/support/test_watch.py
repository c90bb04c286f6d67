"""What is drawn and what may be drawn have names of their own."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest

from agent.core.orders.envelope import Order
from tests.tools.support.chargers import FakeCharger
from tests.tools.support.conftest import Engineer, Makes
from tools.support.__main__ import INTERRUPTED, main
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


def test_a_scale_goes_below_zero_only_where_a_value_did() -> None:
    plots = Plots()
    plots.take({"port": 1, "power_w": 0}, 0.0)
    one = plots.series["port 1: power_w"]
    low, high = one.low_high(0.0)
    assert low == 0.0 < high
    plots.take({"port": 1, "power_w": -40}, 1.0)
    assert one.low_high(0.0)[0] < -40


def test_a_line_for_a_pipe_says_the_same() -> None:
    assert told_line(METER) == (
        "port 1, charging True, power 3680 W, current L1 16.0 A, current L2 0.1 A, voltage L1 230.0 V"
    )
    assert told_line(STATUS) == "port 1, state Charging, offered 16 A, limit 32 A, limit by hardware"


def test_whoever_leaves_ends_the_stream_at_the_charger(engineer: Engineer, charger: Makes) -> None:
    def live(one: FakeCharger, order: Order) -> None:
        if order.args["seconds"] == 1:
            one.say(order, "result", body={"samples": [], "looks": 1, "took_s": 1.0}, passed=True)
        else:
            one.say(order, "progress", body={"samples": [], "temps": []})
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    one = charger(answer=live)
    # Where the tests run in the background, Ctrl-C is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main(engineer.words("watch", "--seconds", "300", "QE-1")) == INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, before)
    assert [(order.verb, order.args["seconds"]) for order in one.orders] == [("live", 60), ("live", 1)]


def test_that_its_stream_was_ended_for_whoever_leaves_is_no_failure(
    engineer: Engineer, charger: Makes, capsys: pytest.CaptureFixture[str]
) -> None:
    began: list[Order] = []

    def live(one: FakeCharger, order: Order) -> None:
        began.append(order)
        if len(began) == 1:
            one.say(order, "progress", body={"samples": [], "temps": []})
            return
        ended = {"key": "failed", "text": "this live ended, because the same key began another one"}
        one.say(began[0], "failed", reason=ended)
        # As a charger does it: the second that was asked for.
        result = {"body": {"samples": [], "looks": 1, "took_s": 1.0}, "passed": True}
        threading.Timer(1.0, one.say, (order, "result"), result).start()

    charger(answer=live)

    assert main(engineer.words("watch", "--seconds", "1", "QE-1")) == 0
    assert len(began) == 2
    assert "ended" not in capsys.readouterr().err
