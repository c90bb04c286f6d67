"""The test with power before a station is taken into service: what its token lets happen, and what it does not.

Times and counts are those of the self-test catalogue, section 1, and of the safety reference, section 2.
"""

from challenge import keyed_hash
from messages import TEST
from service_bench import LOCAL_KEY, ServiceBench

CLOSED_MS = 60_000
TEST_MS = 600_000
STEP_MS = 5


def ready_for_a_test(sparse: bool) -> ServiceBench:
    """A station that nobody has taken into service, an adapter in B, a host that permits."""
    bench = ServiceBench(sparse)
    bench.commissioned = False
    bench.run(1_000)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(11_000)
    return bench


def testing(sparse: bool) -> ServiceBench:
    """The same with contacts that closed under a token."""
    bench = ready_for_a_test(sparse)
    assert bench.begin_test() == "done"
    bench.show("C")
    bench.until(lambda: bench.closed, 2_000)
    return bench


def a_station_that_is_not_in_service_closes_under_a_test(sparse: bool) -> None:
    bench = ready_for_a_test(sparse)
    bench.show("C")
    bench.run(5_000)
    assert not bench.closed
    assert bench.waits_for == "commissioning"
    assert not bench.pwm, "an offer of a station that nobody took into service"

    assert bench.begin_test() == "done"

    bench.until(lambda: bench.closed, 600)
    assert bench.last_status()[-1] is True


def a_test_without_the_right_proof_does_not_begin(sparse: bool) -> None:
    bench = ready_for_a_test(sparse)
    challenge = bench.content("challenge")
    for proof in (b"", bytes(32), challenge[:32]):
        assert bench.test("begin", proof) == "bad_signature"
    assert bench.begin_test(bytes(32)) == "bad_signature"

    assert not bench.board.interlock.situation.testing


def a_proof_works_once(sparse: bool) -> None:
    bench = ready_for_a_test(sparse)
    proof = keyed_hash(LOCAL_KEY, bench.content("challenge"))
    assert bench.test("begin", proof) == "done"
    assert bench.test("end") == "done"

    assert bench.test("begin", proof) == "bad_signature"


def a_board_without_a_local_key_refuses_every_test(sparse: bool) -> None:
    for key in (b"", b"short"):
        bench = ServiceBench(sparse, local_key=key)
        bench.run(1_000)
        bench.wish(True, 160)

        assert bench.test("begin", bytes(32)) == "refused"


def a_closing_under_a_test_ends_after_a_minute_whatever_the_adapter_says(sparse: bool) -> None:
    bench = testing(sparse)
    at = bench.hal.now
    closings = bench.board.interlock.situation.contactor.closings
    bench.run(CLOSED_MS - 500)
    assert bench.closed
    bench.until(lambda: not bench.closed, 501)

    assert CLOSED_MS - STEP_MS <= bench.hal.now - at <= CLOSED_MS
    bench.run(10_000)
    assert bench.board.interlock.situation.contactor.closings == closings + 1, "it may close again"


def an_adapter_is_turned_to_and_fro_faster_than_a_car_may(sparse: bool) -> None:
    bench = testing(sparse)
    bench.watch.most_closings = 40
    for _ in range(8):
        bench.show("B")
        bench.run(1_000)
        bench.show("C")
        bench.until(lambda: bench.closed, 6_000)
    assert bench.faults == []


def a_test_closes_forty_times_and_no_more(sparse: bool) -> None:
    bench = testing(sparse)
    bench.watch.most_closings = 40
    for _ in range(39):
        bench.run(1_000)
        bench.show("B")
        bench.run(11_500)
        bench.show("C")
        bench.until(lambda: bench.closed, 2_000)
    bench.show("B")
    bench.run(11_500)
    bench.show("C")
    bench.run(20_000)

    assert bench.board.interlock.situation.contactor.closings == 40
    assert bench.waits_for == "rate"


def a_test_ends_after_ten_minutes_and_opens(sparse: bool) -> None:
    bench = ready_for_a_test(sparse)
    assert bench.begin_test() == "done"
    began = bench.hal.now
    bench.run(TEST_MS - 3_000)
    bench.show("C")
    bench.until(lambda: bench.closed, 2_000)

    bench.until(lambda: not bench.closed, 10_000)

    assert TEST_MS - STEP_MS <= bench.hal.now - began <= TEST_MS + STEP_MS
    bench.run(60_000)
    assert not bench.closed
    assert bench.waits_for == "commissioning"


def a_test_that_is_ended_opens_at_once(sparse: bool) -> None:
    bench = testing(sparse)
    bench.run(1_000)
    bench.write(TEST, (9_999, 1, b"", 0))

    bench.opens_within(50)
    bench.run(60_000)
    assert not bench.closed


def a_test_ends_with_a_silent_host(sparse: bool) -> None:
    bench = testing(sparse)
    bench.run(1_000)
    bench.let_host_talk(False)

    bench.opens_within(2_100)
    bench.let_host_talk(True)
    bench.run(60_000)
    assert not bench.closed, "a host that is back has no test any more"


def a_test_ends_with_a_fault(sparse: bool) -> None:
    bench = testing(sparse)
    bench.run(1_000)
    bench.show("C", low_mv=-6_000)
    bench.opens_within(250)
    bench.show("A")
    bench.run(40_000)
    assert bench.faults == []
    bench.show("B")
    bench.run(2_000)
    bench.show("C")
    bench.run(30_000)

    assert not bench.closed


def a_test_ends_with_a_restart(sparse: bool) -> None:
    bench = testing(sparse)
    bench.show("B")
    # So that the starts are no row of short ones, which would keep the board in x1.
    bench.run(50_000)
    bench.show("C")
    bench.until(lambda: bench.closed, 1_000)
    bench.restart()
    bench.run(30_000)

    assert not bench.closed
    assert bench.last_status()[-1] is False


def a_test_does_not_begin_while_the_coil_has_current_or_another_one_runs(sparse: bool) -> None:
    bench = testing(sparse)
    assert bench.begin_test() == "not_now"
    bench.show("B")
    bench.run(1_000)

    assert bench.begin_test() == "not_now"


def a_test_never_closes_in_state_a(sparse: bool) -> None:
    bench = ready_for_a_test(sparse)
    assert bench.begin_test() == "done"
    bench.show("A")
    bench.run(60_000)

    assert not bench.closed
