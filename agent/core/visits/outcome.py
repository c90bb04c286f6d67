"""What became of an attempt, and with whom a failure lies. Pure; after ChargeX's customer-focused figures, our words.

Start success: energy flowed after the driver did all they should. End success: it ended as somebody wanted it to.
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.facts import StopReason
from agent.core.faults.catalogue import CATALOGUE
from agent.core.limits import LimitSource
from agent.core.session.model import RefusalCause
from agent.core.time import Instant
from agent.core.uptime.causes import class_of_fault
from agent.core.uptime.model import CauseClass
from agent.core.visits.follow import Following
from agent.core.visits.model import Attempt, FailureClass, Mark, Outcome

SHORT_S = 30.0
"""Unplugged sooner, without a word who wants to charge: nobody meant to."""
CLOSES_WITHIN_S = 10.0
"""From the car's request: a settled pilot, and the 5 s that a contactor rests between two closings."""
MREC_OF = {"auth.timeout": "CX009", "network": "CX013"}

_F = FailureClass
FROM_CAUSE = {
    CauseClass.CHARGER_HARDWARE: _F.CHARGER_HARDWARE,
    CauseClass.CHARGER_SOFTWARE: _F.CHARGER_SOFTWARE,
    CauseClass.UNKNOWN: _F.UNKNOWN,
    CauseClass.SITE: _F.GRID,
    CauseClass.CSMS: _F.CSMS,
    CauseClass.NETWORK: _F.NETWORK,
    CauseClass.MAINTENANCE: _F.CSMS,
    CauseClass.VANDALISM: _F.DRIVER,
    CauseClass.VEHICLE: _F.VEHICLE,
    CauseClass.GRID: _F.GRID,
}
WANTED = frozenset(
    {StopReason.LOCAL, StopReason.REMOTE, StopReason.EV_DISCONNECTED, StopReason.UNLOCK_COMMAND},
)
FROM_STOP = {
    StopReason.DEAUTHORIZED: _F.AUTHORIZATION,
    StopReason.EMERGENCY_STOP: _F.DRIVER,
    StopReason.POWER_LOSS: _F.GRID,
    StopReason.REBOOT: _F.CHARGER_SOFTWARE,
    StopReason.SOFT_RESET: _F.CSMS,
    StopReason.HARD_RESET: _F.CSMS,
    StopReason.FAULT: _F.CHARGER_HARDWARE,
    StopReason.OTHER: _F.UNKNOWN,
}
FROM_REFUSAL = {
    RefusalCause.UNWELCOME: _F.AUTHORIZATION,
    RefusalCause.ELSEWHERE: _F.AUTHORIZATION,
    RefusalCause.UNASKED: _F.NETWORK,
    RefusalCause.BUSY: _F.DRIVER,
    RefusalCause.RESERVED: _F.AUTHORIZATION,
    RefusalCause.BARRED: _F.CHARGER_HARDWARE,
    RefusalCause.METER: _F.CHARGER_HARDWARE,
    RefusalCause.STORE: _F.CHARGER_HARDWARE,
    RefusalCause.LOCK: _F.CHARGER_HARDWARE,
}
FROM_LIMIT = {
    LimitSource.CABLE: _F.VEHICLE,
    LimitSource.CHARGE_POINT_MAX: _F.CSMS,
    LimitSource.NETWORK: _F.CSMS,
    LimitSource.FAILSAFE: _F.NETWORK,
}


def judged(
    attempt: Attempt, last: Following, *, is_test: bool = False, gap: tuple[str, CauseClass] | None = None
) -> Attempt:
    """With outcome and failure. `last`: what was known as it ended. `gap`: the program was away, and it did not go on.

    `is_test`: a commissioning is open, so whoever charges tests.
    """
    if is_test:
        return replace(attempt, start=Outcome.EXCLUDED, end=Outcome.NONE, excluded="a test while it was commissioned")
    if attempt.at(Mark.ENERGY) is not None:
        return _ended(replace(attempt, start=Outcome.SUCCESS), last, gap)
    excluded = _excluded(attempt, last)
    if excluded:
        return replace(attempt, start=Outcome.EXCLUDED, end=Outcome.NONE, excluded=excluded)
    failure, code = _why_no_start(attempt, last, gap)
    return _failed(replace(attempt, start=Outcome.FAILED, end=Outcome.NONE), failure, code)


def failed_start(before: Attempt | None, over: Attempt) -> Attempt | None:
    """The last start that a fault of the charger kept from coming about, until one comes about. `before`: so far.

    A plug that is drawn clears most faults, and the next driver meets what was wrong again.
    """
    if over.start is Outcome.SUCCESS:
        return None
    is_own = over.failure in (_F.CHARGER_HARDWARE, _F.CHARGER_SOFTWARE) and over.code in CATALOGUE
    return over if over.start is Outcome.FAILED and is_own else before


def _excluded(attempt: Attempt, last: Following) -> str:
    if attempt.at(Mark.AUTHORIZED) is not None or last.fault:
        return ""
    if last.is_unwelcome:
        return "its token was rightly refused"
    if attempt.refusals:
        return ""
    plugged_s = _seconds(attempt.began, attempt.at(Mark.UNPLUGGED))
    if plugged_s is not None and plugged_s < SHORT_S:
        return f"unplugged within {SHORT_S:.0f} s without authorisation"
    return "nobody asked to charge"


def _why_no_start(attempt: Attempt, last: Following, gap: tuple[str, CauseClass] | None) -> tuple[FailureClass, str]:
    if gap is not None:
        return FROM_CAUSE[gap[1]], gap[0]
    if last.fault:
        return FROM_CAUSE[class_of_fault(last.fault)], last.fault
    if attempt.at(Mark.AUTHORIZED) is None:
        assert last.refusal_cause is not None
        return FROM_REFUSAL[last.refusal_cause], f"refused.{last.refusal_cause.value}"
    if attempt.stop_reason and StopReason(attempt.stop_reason) not in WANTED:
        return FROM_STOP[StopReason(attempt.stop_reason)], f"stop.{attempt.stop_reason}"
    if last.refusal_cause is not None and attempt.at(Mark.STARTED) is None:
        return FROM_REFUSAL[last.refusal_cause], f"refused.{last.refusal_cause.value}"
    if last.paused_by is not None:
        return FROM_LIMIT.get(last.paused_by, _F.CHARGER_HARDWARE), f"limit.{last.paused_by.value}"
    if attempt.at(Mark.REQUESTED) is None:
        return _F.VEHICLE, "ev.no_request"
    if _stayed_open(attempt):
        return _F.UNKNOWN, "contactor.stayed_open"
    return _F.UNKNOWN, "no_energy"


def _stayed_open(attempt: Attempt) -> bool:
    """The car asked, current was offered, and the pilot board did not close.

    With whom that lies nobody can say from here: it also rests after a car that flapped, a fault, a supply that dipped.
    """
    asked = attempt.at(Mark.REQUESTED)
    if asked is None or attempt.offered_a <= 0 or attempt.at(Mark.CLOSED) is not None:
        return False
    waited_s = _seconds(asked, attempt.at(Mark.STOPPED) or attempt.at(Mark.UNPLUGGED))
    return waited_s is not None and waited_s >= CLOSES_WITHIN_S


def _ended(attempt: Attempt, last: Following, gap: tuple[str, CauseClass] | None) -> Attempt:
    if gap is not None:
        return _failed(replace(attempt, end=Outcome.FAILED), FROM_CAUSE[gap[1]], gap[0])
    reason = StopReason(attempt.stop_reason) if attempt.stop_reason else StopReason.EV_DISCONNECTED
    if last.fault:
        # Whatever ended the transaction in the end: the energy had ended with the fault.
        return _failed(replace(attempt, end=Outcome.FAILED), FROM_CAUSE[class_of_fault(last.fault)], last.fault)
    if reason in WANTED:
        return replace(attempt, end=Outcome.SUCCESS)
    return _failed(replace(attempt, end=Outcome.FAILED), FROM_STOP[reason], f"stop.{reason.value}")


def _failed(attempt: Attempt, failure: FailureClass, code: str) -> Attempt:
    known = CATALOGUE.get(code)
    mrec = known.mrec if known is not None else MREC_OF["network"] if failure is _F.NETWORK else ""
    return replace(attempt, failure=failure, code=code, mrec=mrec)


def _seconds(earlier: Instant, later: Instant | None) -> float | None:
    return None if later is None or later.boot_id != earlier.boot_id else later.since(earlier)
