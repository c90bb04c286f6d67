"""What must agree beside the pilot: a permission for this plug, a station in service, every guard of the board."""

from __future__ import annotations

from faults import BLOCK, BY_SERVICE, OPEN
from guard import FOR_MAINS, NO_LIMIT_DA, NOTHING, Guard
from hal import X1, X2, F
from offer import Offer
from situation import Situation

from tests.firmware.rules import Rules, Trouble

# --- permission


def test_a_permission_for_the_plug_before_is_none() -> None:
    rules = Rules()
    rules.prepare()
    rules.insertion = 1
    rules.show("A")
    rules.run(100)
    rules.show("C")
    rules.run(20_000)

    assert rules.situation.pilot.insertions == 2
    assert not rules.energised
    assert rules.waits_for == "permit"
    assert rules.offer.mode == X1


def test_a_permission_for_a_plug_to_come_is_none_until_it_is_in() -> None:
    rules = Rules()
    rules.insertion = 1
    rules.wish(True, 160)
    rules.run(10_000)
    assert rules.waits_for == "permit"

    rules.show("C")
    rules.run(2_000)

    assert rules.energised


def test_a_station_that_was_not_taken_into_service_closes_nothing() -> None:
    rules = Rules()
    rules.commissioned = False
    rules.prepare_for("commissioning")
    rules.show("C")
    rules.run(5_000)
    assert rules.offer.mode == X1
    assert rules.situation.contactor.closings == 0

    rules.commissioned = True
    rules.run(1_500)

    assert rules.energised


def test_a_station_that_is_taken_out_of_service_ends_its_charge_like_a_permission() -> None:
    rules = Rules()
    rules.charge()
    rules.commissioned = False
    rules.run(600)
    assert rules.offer.mode == X1
    stopped_at = rules.offer.mode_since

    rules.until(lambda: not rules.energised, 6_100)

    assert rules.now == stopped_at + 6_000


# --- what only blocks


def test_a_fault_that_blocks_ends_no_charge_and_lets_none_begin() -> None:
    trouble = Trouble(BLOCK)
    rules = Rules(trouble.check)
    rules.charge()

    trouble.is_there = True
    rules.run(10_000)
    assert (rules.energised, rules.offer.mode) == (True, X2)
    rules.show("B")
    rules.run(10_000)
    assert (rules.energised, rules.offer.mode) == (False, X1)
    assert rules.waits_for == "fault"

    rules.show("C")
    rules.run(20_000)

    assert rules.situation.contactor.closings == 1


# --- guards


class Doorkeeper(Guard):
    """A guard that holds against closing what the test says, and limits the offer."""

    def __init__(self) -> None:
        super().__init__()
        self.holds: tuple[int, int | None] = (NOTHING, None)
        self.most_da = NO_LIMIT_DA
        self.left = 0

    def unplugged(self, now: int) -> None:
        self.left += 1

    def obstacle(self, situation: Situation, now: int) -> tuple[int, int | None]:
        return self.holds

    def limit_da(self) -> int:
        return self.most_da


def test_what_any_guard_holds_against_closing_is_told_and_waited_for() -> None:
    calm, strict = Doorkeeper(), Doorkeeper()
    rules = Rules(guards=(calm, strict))
    rules.prepare()
    gone_at = rules.now + 900
    strict.holds = (FOR_MAINS, gone_at)
    rules.show("C")
    rules.run(600)
    assert rules.waits_for == "mains"
    assert rules.due == gone_at
    rules.run(10_000)
    assert not rules.energised

    strict.holds = (NOTHING, None)
    rules.step()

    assert rules.energised


def test_the_smallest_limit_of_any_guard_counts() -> None:
    low, lower = Doorkeeper(), Doorkeeper()
    rules = Rules(guards=(low, lower))
    assert rules.interlock.limit_da() == 320
    low.most_da, lower.most_da = 130, 100
    rules.prepare()

    assert rules.interlock.limit_da() == 100
    assert rules.offer.offered_da == 100


def test_a_board_offers_no_more_than_it_is_rated_for() -> None:
    rules = Rules(rated_da=160)
    rules.prepare(800)

    assert rules.interlock.limit_da() == 160
    assert rules.offer.offered_da == 160


def test_a_guard_hears_once_that_a_plug_left_for_good() -> None:
    guard = Doorkeeper()
    rules = Rules(guards=(guard,))
    rules.prepare()
    before = guard.left

    rules.show("A")
    rules.run(10_000)

    assert guard.left == before + 1


class Witness(Guard):
    """Keeps what it was shown at its last look."""

    def __init__(self) -> None:
        super().__init__()
        self.offered_da = self.duty = -1

    def observe(self, situation: Situation, now: int) -> int | None:
        self.offered_da, self.duty = situation.offered_da, situation.drive_duty
        return None


def test_guards_see_what_is_offered_and_what_the_generator_was_told() -> None:
    witness = Witness()
    rules = Rules(guards=(witness,))

    rules.prepare(offer_da=160)

    assert (witness.offered_da, witness.duty) == (160, 2_666)


def test_a_host_that_wants_it_open_has_it_open_in_the_same_step_and_for_half_a_minute_more() -> None:
    rules = Rules()
    rules.charge()
    rules.open_at_once = True
    rules.wish(True, 160)
    assert not rules.energised
    rules.run(10_000)
    assert rules.waits_for == "permit"

    rules.open_at_once = False
    rules.wish(True, 160)
    released_at = rules.now

    rules.until(lambda: rules.energised, 31_000)
    assert rules.now == released_at + 30_000


def test_while_a_host_wants_it_open_no_test_with_power_begins() -> None:
    rules = Rules()
    rules.prepare()
    assert rules.interlock.may_be_tested()

    rules.open_at_once = True
    rules.wish(True, 160)
    assert not rules.interlock.may_be_tested()

    rules.open_at_once = False
    rules.wish(True, 160)
    assert rules.interlock.may_be_tested()


def test_a_fault_that_waits_for_service_shows_f_though_it_is_there_no_more() -> None:
    trouble = Trouble(OPEN, BY_SERVICE)
    rules = Rules(trouble.check)
    rules.run(3_000)
    trouble.is_there = True
    rules.step()
    assert rules.offer.mode == F

    trouble.is_there = False
    rules.run(60_000)

    rules.until(lambda: rules.offer.mode == F, 1_000)
    assert rules.interlock.faults.needs_service


def test_an_outlet_out_of_service_shows_f_for_ten_seconds_and_looks_for_half_a_second() -> None:
    rules = Rules()
    rules.run(3_000)
    rules.operative = False
    rules.wish(False, 0)
    assert rules.offer.mode == F
    assert (rules.offer.offered_da, rules.offer.duty) == (0, 0)
    shown_at = rules.now

    rules.until(lambda: rules.offer.mode == X1, 11_000)
    assert rules.now == shown_at + 10_000
    rules.until(lambda: rules.offer.mode == F, 1_000)
    assert rules.now == shown_at + 10_500


def test_an_offer_wished_in_f_begins_with_x1_and_its_three_seconds() -> None:
    offer = Offer(0)
    offer.follow(0, 1_000, out_of_service=True)
    assert offer.mode == F

    assert offer.follow(160, 1_200) == 1_300, "F lasts 300 ms"
    offer.follow(160, 1_300)
    assert (offer.mode, offer.offered_da) == (X1, 0)

    assert offer.follow(160, 1_301) == 4_300
    offer.follow(160, 4_300)
    assert (offer.mode, offer.offered_da) == (X2, 160)
