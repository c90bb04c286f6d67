"""All checks of the bench: every function of these modules that is named like a sentence."""

import cable_checks
import chain_checks
import charge_checks
import configuration_checks
import contactor_checks
import current_checks
import earth_checks
import energised_test_checks
import fault_checks
import latch_checks
import link_checks
import lock_checks
import out_of_service_checks
import pilot_test_checks
import rails_checks
import residual_checks
import residual_test_checks
import restart_checks
import socket_checks
import startup_checks
import stranger_checks
import supply_checks
import temperature_checks
import update_checks
import wake_up_checks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

STARTS = ("a", "after", "an", "another", "contacts", "f", "garbage", "in", "less", "somebody", "the")
"""What the name of a check begins with; `tests/firmware/test_checks.py` finds one that begins otherwise."""


def checks_of(module: object) -> "list[Callable[[bool], None]]":
    return [getattr(module, name) for name in sorted(dir(module)) if name.split("_")[0] in STARTS]


CHECKS = (
    checks_of(charge_checks)
    + checks_of(contactor_checks)
    + checks_of(current_checks)
    + checks_of(fault_checks)
    + checks_of(residual_checks)
    + checks_of(residual_test_checks)
    + checks_of(startup_checks)
    + checks_of(out_of_service_checks)
    + checks_of(configuration_checks)
    + checks_of(stranger_checks)
    + checks_of(link_checks)
    + checks_of(energised_test_checks)
    + checks_of(pilot_test_checks)
    + checks_of(restart_checks)
    + checks_of(latch_checks)
    + checks_of(chain_checks)
    + checks_of(lock_checks)
    + checks_of(wake_up_checks)
    + checks_of(rails_checks)
    + checks_of(socket_checks)
    + checks_of(update_checks)
    + checks_of(supply_checks)
    + checks_of(earth_checks)
    + checks_of(temperature_checks)
    + checks_of(cable_checks)
)

LONG = (
    "a_fault_that_comes_and_goes_for_ever_is_written_twice_in_ten_minutes",
    "an_over_current_outlives_restarts_until_its_plug_is_out",
    "a_residual_trip_outlives_restarts_until_plug_and_test",
    "a_test_ends_after_ten_minutes_and_opens",
    "an_eleventh_closing_within_ten_minutes_has_to_wait",
    "a_third_over_current_is_kept_for_service_once_the_coil_is_off",
    "a_test_closes_forty_times_and_no_more",
    "a_third_trip_within_a_day_needs_a_service_person",
    "an_emergency_stop_outlives_a_restart_until_somebody_acknowledges_it",
    "a_car_that_was_too_greedy_may_come_again_until_the_third_time",
    "a_second_start_after_a_short_one_closes_nothing_for_a_minute",
    "after_a_trip_the_ul_profile_tries_again_a_quarter_of_an_hour_later",
    "a_host_that_withdraws_and_renews_its_commissioning_frees_the_board",
    "a_closing_counts_for_ten_minutes_and_the_start_waits_for_it",
    "a_trip_counts_for_a_day_and_no_start_forgets_it",
    "a_contactor_that_did_not_close_counts_for_a_day",
    "a_greedy_car_counts_for_a_day",
    "in_a_charge_no_board_starts_anew",
)
"""Minutes of the board's life each: `make test` plays them when due and under CPython, `make safety` in every way."""
