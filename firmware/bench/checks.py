"""All checks of the bench: every function of the two modules that is named like a sentence."""

import charge_checks
import fault_checks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

STARTS = ("a", "after", "an", "contacts", "garbage", "less", "the")


def checks_of(module: object) -> "list[Callable[[bool], None]]":
    return [getattr(module, name) for name in sorted(dir(module)) if name.split("_")[0] in STARTS]


CHECKS = checks_of(charge_checks) + checks_of(fault_checks)
