"""After a change of duty some hybrids show B for a moment; that excuse is short, and no host can stretch it."""

from collections.abc import Iterator

import pytest
from bench import Bench, charging
from pilot import BLANK_AFTER_DUTY_CHANGE_MS

DETECTION_AND_TRAVEL_MS = 100


@pytest.mark.parametrize("sparse", [False, True], ids=["every 5 ms", "when due"])
@pytest.mark.parametrize("every_ms", [20, 100, 300, 599])
def test_a_host_that_lowers_its_offer_again_and_again_does_not_hold_a_car_that_stopped(
    every_ms: int, sparse: bool
) -> None:
    bench = charging(sparse)
    offers_da = iter(range(159, 60, -1))
    bench.wish(True, next(offers_da))

    bench.show("B")
    lowered_until(bench, offers_da, every_ms)

    assert not bench.hal.main_closed


def lowered_until(bench: Bench, offers_da: Iterator[int], every_ms: int) -> None:
    """Lower the offer for as long as the contacts may be closed at most."""
    end = bench.hal.now + BLANK_AFTER_DUTY_CHANGE_MS + DETECTION_AND_TRAVEL_MS
    while bench.hal.now + every_ms <= end:
        bench.run(every_ms)
        bench.wish(True, next(offers_da))
    bench.run(end - bench.hal.now)


def test_a_short_b_after_a_change_of_duty_still_does_not_open() -> None:
    bench = charging(sparse=False)
    bench.wish(True, 100)
    bench.run(500)

    bench.show("B")
    bench.run(90)
    bench.show("C")
    bench.run(1_000)

    assert bench.hal.main_closed
