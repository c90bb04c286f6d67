"""What the board must do, case by case: closing, opening, the host and the offer.

Plain functions, so that MicroPython runs them as well. A function's name is the sentence it proves; its argument says
whether the bench polls when due or every 5 ms. Times are those of the pilot reference, section 5, and the safety
reference, sections 2, 3 and 9.
"""

import fault_codes as code
from bench import LIMIT_MS, WINDOW_MS, Bench, charging
from frames import cobs_encode, crc16, frame
from hal import COIL_HOLD, COIL_PULL, X1
from messages import CONTACTOR_STATES, IDENTIFY, IDENTITY, STATUS, WISH, pack, table_hash
from wishes import wish_of

# --- closing


def a_car_that_asks_is_served_within_a_second_and_a_half(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.run(600)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(6_000)

    bench.show("C")

    assert bench.until(lambda: bench.hal.main_closed, 1_500) >= 500


def a_permit_alone_closes_nothing(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.wish(True, 160)
    bench.run(6_000)
    assert bench.hal.mode == X1, "an offer to nobody"

    bench.show("B")
    bench.run(20_000)

    assert bench.pwm
    assert not bench.closed
    assert bench.waits_for == "car"


def a_car_alone_closes_nothing(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.show("C")
    bench.run(20_000)

    assert not bench.pwm
    assert not bench.closed
    assert bench.waits_for == "permit"


def a_permit_below_6_a_is_no_offer(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.show("C")
    bench.wish(True, 59)
    bench.run(20_000)

    assert not bench.pwm
    assert not bench.closed


def a_car_found_asking_at_the_start_gets_x1_first_and_is_served_after_the_off_time(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.show("C")
    bench.wish(True, 160)

    waited_ms = bench.until(lambda: bench.closed, 8_000)

    assert 5_000 <= waited_ms <= 6_000


def the_coil_is_pulled_in_with_full_current_and_then_held(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.charge()
    assert bench.hal.coil_mode == COIL_HOLD

    bench.show("B")
    bench.run(10_000)
    bench.show("C")
    bench.until(lambda: bench.closed, 2_000)

    assert bench.hal.coil_mode == COIL_PULL


def a_short_ask_of_a_quarter_second_closes_nothing(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(8_000)
    for _ in range(5):
        bench.show("C")
        bench.run(250)
        bench.show("B")
        bench.run(250)

    assert not bench.closed


# --- opening


def an_unplugging_opens_within_100_ms(sparse: bool) -> None:
    for phase in range(0, 50, 7):
        bench = charging(sparse)
        bench.run(phase)
        bench.show("A")

        bench.opens_within(LIMIT_MS)


def an_unplugging_right_after_closing_opens_within_100_ms(sparse: bool) -> None:
    bench = Bench(sparse)
    bench.run(600)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(6_000)
    bench.show("C")
    bench.until(lambda: bench.hal.main_closed, 2_000)

    bench.show("A")

    bench.opens_within(LIMIT_MS)


def an_unplugging_right_after_a_change_of_the_offer_opens_within_100_ms(sparse: bool) -> None:
    bench = charging(sparse)
    bench.wish(True, 100)
    bench.run(2 * WINDOW_MS)

    bench.show("A")

    bench.opens_within(LIMIT_MS)


def a_bouncing_unplugging_opens_within_100_ms(sparse: bool) -> None:
    for other in ("B", "D", "E"):
        bench = charging(sparse)
        start = bench.hal.now
        while bench.hal.now < start + 20:
            bench.show("A")
            bench.run(3)
            bench.show(other)
            bench.run(3)
        bench.show("A")

        bench.opens_within(LIMIT_MS - (bench.hal.now - start))


def a_car_that_stops_asking_opens_within_100_ms(sparse: bool) -> None:
    bench = charging(sparse)
    bench.show("B")

    bench.opens_within(LIMIT_MS)
    assert bench.pwm, "it may ask again"


def a_level_that_never_settles_opens_as_well(sparse: bool) -> None:
    for levels, limit_ms in (((1_250, 1_150), 230), ((-1_250, -1_150), 230), ((1_250, -1_900), 1_130)):
        bench = charging(sparse)
        start = bench.hal.now
        while bench.hal.main_closed:
            for high_mv in levels:
                bench.level(high_mv)
                bench.run(10)
            assert bench.hal.now - start <= limit_ms


# --- the host


def the_end_of_permission_stops_the_offer_at_once_and_waits_for_the_car(sparse: bool) -> None:
    bench = charging(sparse)
    bench.wish(False, 0)
    assert not bench.pwm
    bench.run(2_000)
    assert bench.closed

    bench.show("B")

    bench.opens_within(LIMIT_MS)
    assert bench.faults == []


def a_car_that_ignores_the_end_of_the_offer_is_cut_off_after_six_seconds(sparse: bool) -> None:
    bench = charging(sparse)
    bench.wish(False, 0)

    waited_ms = bench.opens_within(6_100)

    assert waited_ms >= 6_000
    bench.run(100)
    assert bench.faults == [code.EV_NO_STOP]
    assert bench.board.interlock.load_openings == 1


def a_silent_host_ends_the_offer_after_two_seconds_and_the_charge_after_the_grace(sparse: bool) -> None:
    bench = charging(sparse)
    bench.let_host_talk(False)
    bench.until(lambda: not bench.pwm, 2_000 + WINDOW_MS)
    assert bench.closed
    assert bench.faults == [code.HOST_LEASE_EXPIRED]

    assert bench.opens_within(6_100) >= 5_900


def a_host_that_comes_back_is_served_again(sparse: bool) -> None:
    bench = charging(sparse)
    bench.let_host_talk(False)
    bench.run(3_000)
    bench.show("B")
    bench.run(3_000)
    assert not bench.closed

    bench.let_host_talk(True)
    bench.run(4_000)
    bench.show("C")

    bench.until(lambda: bench.closed, 5_000)


def a_transmitter_stuck_on_one_wish_is_no_sign_of_life(sparse: bool) -> None:
    bench = charging(sparse)
    bench.let_host_talk(False)
    stuck = frame(pack(WISH, wish_of(999_999)))
    for _ in range(10):
        bench.hal.to_board += stuck
        bench.run(500)

    assert not bench.pwm


def a_host_with_another_table_is_told_ours_and_not_obeyed(sparse: bool) -> None:
    bench = charging(sparse)
    bench.messages()

    bench.write(IDENTIFY, (7, "00000000"))
    bench.run(1_000)

    answers = [values for number, values in bench.messages() if number == IDENTITY]
    assert [values[:2] for values in answers] == [[7, table_hash()]]
    assert not bench.pwm
    bench.run(10_000)
    assert not bench.closed


def a_wish_before_the_tables_name_is_not_heard(sparse: bool) -> None:
    bench = Bench(sparse, introduces=False)
    bench.show("C")
    bench.wish(True, 160)
    bench.run(20_000)

    assert not bench.pwm
    assert not bench.closed


def garbage_on_the_wire_changes_nothing(sparse: bool) -> None:
    bench = charging(sparse)
    payload = pack(WISH, wish_of(888_888, False, 0))
    valid = frame(payload)
    other_checksum = crc16(payload + b"x").to_bytes(2, "big")
    for garbage in (
        b"\x00\x00\x00",
        b"\xff" * 2_000 + b"\x00",
        valid[:-3] + b"\x00",
        valid[:4] + b"\x07" + valid[5:],
        cobs_encode(payload + other_checksum) + b"\x00",
        frame(b""),
        frame(b"\xa0"),
        frame(pack(WISH, (888_888, False, 0, False, 0, 1))),
        frame(pack(99, (1,))),
        frame(b"\xa1\x00\x9f"),
    ):
        bench.hal.to_board += garbage
        bench.run(100)

    assert bench.pwm
    assert bench.closed
    assert bench.board.link.frame_errors == 9, bench.board.link.frame_errors


def the_status_is_told_at_once_when_something_changes_and_every_200_ms_besides(sparse: bool) -> None:
    bench = charging(sparse)
    bench.messages()

    bench.run(10_000)
    assert 50 <= len([1 for number, _ in bench.messages() if number == STATUS]) <= 53

    bench.show("B")
    bench.until(lambda: not bench.closed, LIMIT_MS)
    last = bench.last_status()
    assert last[3] == 2
    assert CONTACTOR_STATES[last[8]] == "closed", "the mirror's word counts, not the coil's"


def a_lost_status_costs_latency_and_never_truth(sparse: bool) -> None:
    bench = charging(sparse)
    bench.show("A")
    bench.run(400)
    bench.messages()

    bench.run(200)

    last = bench.last_status()
    assert CONTACTOR_STATES[last[8]] == "open"
    assert not last[11], "unplugged"


# --- the offer


def less_is_offered_at_once_and_more_after_five_seconds(sparse: bool) -> None:
    bench = charging(sparse)
    bench.wish(True, 60)
    assert bench.hal.duty == 1_000

    bench.wish(True, 320)
    bench.run(4_900)
    assert bench.hal.duty == 1_000
    bench.run(200)

    assert bench.hal.duty == 5_333
    assert bench.closed


def the_offer_comes_back_after_three_seconds_of_x1_at_the_earliest(sparse: bool) -> None:
    bench = charging(sparse)
    bench.wish(False, 0)
    bench.wish(True, 160)

    waited_ms = bench.until(lambda: bench.pwm, 3_100)

    assert waited_ms >= 2_990
    assert bench.closed, "within the grace nothing has to open"


def a_transmitter_that_goes_round_its_last_frames_is_no_host(sparse: bool) -> None:
    bench = charging(sparse)
    bench.let_host_talk(False)
    wishes = [wish_of(number) for number in (700_000, 700_001)]
    ring = [frame(pack(WISH, wish)) for wish in wishes]
    start = bench.hal.now
    for turn in range(100):
        if turn < len(ring):
            bench.watch.wished(wishes[turn])
        bench.hal.to_board += ring[turn % 2]
        if turn % 10 == 0:
            bench.write(IDENTIFY, (1, table_hash()))
        bench.touch()
        bench.run(100)
        if not bench.closed:
            break

    assert bench.hal.mode == X1
    assert bench.hal.now - start <= 9_000
