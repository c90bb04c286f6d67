"""What a board must do about a car that sleeps (pilot reference, 7), and while its pilot is disconnected (6).

Plain functions, so that MicroPython runs them as well. A function's name is the sentence it proves; its argument says
whether the bench polls when due or every 5 ms.
"""

from bench import Bench
from hal import X1
from kind import Kind

B_STATE = 2


def sleeping(sparse: bool, second_wake_up: bool = False) -> Bench:
    """A car in B with an offer, which begins with this return."""
    bench = Bench(sparse, kind=Kind(wake_up_s=30, second_wake_up=second_wake_up))
    bench.run(1_000)
    bench.show("B")
    bench.wish(True, 160)
    bench.until(lambda: bench.pwm, 10_000)
    return bench


def breaks_of(bench: Bench) -> "list[int]":
    """How long the pilot was disconnected, each time, in milliseconds."""
    moments = [at for at, output, _, _ in bench.hal.history if output == "disconnect"]
    return [moments[place + 1] - moments[place] for place in range(0, len(moments) - 1, 2)]


def a_car_that_sleeps_for_30_seconds_is_woken_once_by_a_break_of_four(sparse: bool) -> None:
    bench = sleeping(sparse)

    assert bench.until(lambda: bench.hal.disconnected, 30_010) >= 29_990
    assert bench.hal.mode == X1
    bench.until(lambda: not bench.hal.disconnected, 4_100)
    assert 750 <= bench.until(lambda: bench.pwm, 1_000) <= 760
    bench.run(120_000)

    assert [4_000 <= length <= 4_005 for length in breaks_of(bench)] == [True]
    assert bench.faults == []


def a_second_break_of_30_seconds_follows_only_where_it_is_wished(sparse: bool) -> None:
    bench = sleeping(sparse, second_wake_up=True)
    bench.run(200_000)

    assert [length // 100 for length in breaks_of(bench)] == [40, 300]


def a_plug_counts_as_plugged_while_the_pilot_is_disconnected(sparse: bool) -> None:
    bench = sleeping(sparse)
    bench.until(lambda: bench.hal.disconnected, 31_000)
    insertions = bench.board.interlock.situation.pilot.insertions
    for _ in range(50):
        bench.run(100)
        assert bench.board.interlock.situation.pilot.state == B_STATE
    bench.run(10_000)

    assert bench.board.interlock.situation.pilot.insertions == insertions


def a_car_unplugged_during_the_break_is_gone_after_it(sparse: bool) -> None:
    bench = sleeping(sparse)
    bench.until(lambda: bench.hal.disconnected, 31_000)
    bench.show("A")
    bench.until(lambda: not bench.hal.disconnected, 5_000)
    bench.run(140)

    assert not bench.board.interlock.situation.pilot.plugged
    bench.run(10_000)
    assert not bench.pwm


def a_car_that_wakes_is_served(sparse: bool) -> None:
    bench = sleeping(sparse)
    bench.until(lambda: bench.hal.disconnected, 31_000)
    bench.run(5_000)
    bench.show("C")

    bench.until(lambda: bench.closed, 3_000)


def a_car_that_has_charged_during_this_offer_is_let_sleep(sparse: bool) -> None:
    bench = sleeping(sparse)
    bench.show("C")
    bench.until(lambda: bench.closed, 10_000)
    bench.show("B")
    bench.run(120_000)

    assert breaks_of(bench) == []


def a_new_offer_may_wake_again(sparse: bool) -> None:
    bench = sleeping(sparse)
    bench.run(60_000)
    bench.wish(False, 0)
    bench.run(5_000)
    bench.wish(True, 160)
    bench.run(60_000)

    assert len(breaks_of(bench)) == 2


def a_car_without_an_offer_is_not_woken(sparse: bool) -> None:
    bench = sleeping(sparse)
    bench.wish(False, 0)
    bench.run(120_000)

    assert breaks_of(bench) == []
