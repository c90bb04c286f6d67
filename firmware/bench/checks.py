"""All checks of the bench: every function of these modules that is named like a sentence."""

import chain_checks
import charge_checks
import contactor_checks
import current_checks
import fault_checks
import latch_checks
import link_checks
import lock_checks
import rails_checks
import residual_checks
import residual_test_checks
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

STARTS = ("a", "after", "an", "contacts", "garbage", "less", "the")


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
    + checks_of(stranger_checks)
    + checks_of(link_checks)
    + checks_of(latch_checks)
    + checks_of(chain_checks)
    + checks_of(lock_checks)
    + checks_of(wake_up_checks)
    + checks_of(rails_checks)
    + checks_of(socket_checks)
    + checks_of(update_checks)
    + checks_of(supply_checks)
    + checks_of(temperature_checks)
)
