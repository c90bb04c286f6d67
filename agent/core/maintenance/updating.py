"""How an update of the firmware goes on, from the order to its final word. Pure (ocpp16.md sections 12 and 14).

What is to be done follows from the phase alone, and the phase is on record before it is acted on. So a power cut at any
step is no special case: the next start reads the phase, asks the installer what became of an installation, and goes on.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from agent.core.maintenance.updates import FINAL, FirmwareNotice, FirmwareState, UpdateRequest
from agent.core.maintenance.uploading import LONGEST_INTERVAL_S, MOST_INTERRUPTIONS, MOST_NOTICES, MOST_RETRIES
from agent.core.time import Instant
from agent.values import frozen


class Phase(Enum):
    """What an update waits for, or is at."""

    SCHEDULED = "scheduled"
    """For the time to fetch it."""
    DOWNLOADING = "downloading"
    """The file; between two tries for the next one."""
    CHECKING = "checking"
    """Signature and image are looked at."""
    READY = "ready"
    """For the time to install it, and for the last car that charges."""
    INSTALLING = "installing"
    REBOOTING = "rebooting"
    """The installer did its part; the new firmware is to show itself after a restart."""


class Outcome(Enum):
    """What became of an installation, by the installer's word."""

    INSTALLED = "installed"
    NEEDS_REBOOT = "needs_reboot"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It was cut off, or never began."""


class Flaw(Enum):
    """What is wrong with a file that was fetched."""

    SIGNATURE = "signature"
    IMAGE = "image"


@frozen(kw_only=True)
class Update:
    """An order under way, under a name that no other ever had. `due_ms`: the next try to fetch it, UTC milliseconds."""

    name: str
    request: UpdateRequest
    phase: Phase
    due_ms: int
    failures: int = 0
    interruptions: int = 0
    state: FirmwareState


@frozen(kw_only=True)
class Updating:
    """All that is on record: the order, and what is not told yet, oldest first."""

    update: Update | None = None
    notices: tuple[FirmwareNotice, ...] = ()


def may_be_replaced(now: Updating) -> bool:
    """A newer order takes the place of one that is not installing yet."""
    return now.update is None or now.update.phase not in (Phase.INSTALLING, Phase.REBOOTING)


def ordered(now: Updating, request: UpdateRequest, at: Instant, name: str) -> Updating:
    """A new order. The one it replaces has no further word: the answer to this one was it."""
    assert may_be_replaced(now), "an installation is not interrupted"
    bounded = replace(
        request,
        retries=min(max(0, request.retries), MOST_RETRIES),
        retry_interval_s=min(max(0, request.retry_interval_s), LONGEST_INTERVAL_S),
    )
    begun = Update(
        name=name,
        request=bounded,
        phase=Phase.SCHEDULED,
        due_ms=request.retrieve_at_ms,
        state=FirmwareState.DOWNLOAD_SCHEDULED,
    )
    later = at.utc_ms is None or at.utc_ms < request.retrieve_at_ms
    after = replace(now, update=begun)
    return _telling(after, begun, FirmwareState.DOWNLOAD_SCHEDULED) if later else after


def time_passed(now: Updating, at: Instant, *, is_free: bool) -> Updating:
    """Go on with what only waited. `is_free`: no car charges and none is about to."""
    update = now.update
    if update is None:
        return now
    if update.phase is Phase.SCHEDULED and waits_s(update, at) == 0.0:
        return _entered(now, Phase.DOWNLOADING, FirmwareState.DOWNLOADING)
    if update.phase is Phase.READY and is_free and may_install(update, at):
        return _entered(now, Phase.INSTALLING, FirmwareState.INSTALLING)
    return now


def downloaded(now: Updating) -> Updating:
    return _entered(now, Phase.CHECKING, FirmwareState.DOWNLOADED)


def download_failed(now: Updating, at: Instant, *, may_retry: bool) -> Updating:
    """A try came to nothing. Between two tries nothing is told."""
    update = _under_way(now)
    failures = update.failures + 1
    if not may_retry or failures > update.request.retries:
        return _ended(now, FirmwareState.DOWNLOAD_FAILED)
    due_ms = (at.utc_ms or 0) + update.request.retry_interval_s * 1000
    return replace(now, update=replace(update, failures=failures, due_ms=due_ms))


def checked(now: Updating, flaw: Flaw | None, at: Instant, *, is_free: bool) -> Updating:
    """The file was looked at: the signature of the order, then the image itself."""
    update = _under_way(now)
    if flaw is Flaw.SIGNATURE:
        return _ended(now, FirmwareState.INVALID_SIGNATURE)
    if update.request.signed is not None:
        now = _telling(now, update, FirmwareState.SIGNATURE_VERIFIED)
    if flaw is Flaw.IMAGE:
        return _ended(now, FirmwareState.INSTALL_VERIFICATION_FAILED)
    waits = not is_free or not may_install(update, at)
    now = replace(now, update=replace(update, phase=Phase.READY))
    return _entered(now, Phase.READY, FirmwareState.INSTALL_SCHEDULED) if waits else now


def installed(now: Updating, outcome: Outcome) -> Updating:
    """The installer came to an end."""
    match outcome:
        case Outcome.INSTALLED:
            return _ended(now, FirmwareState.INSTALLED)
        case Outcome.NEEDS_REBOOT:
            return _entered(now, Phase.REBOOTING, FirmwareState.INSTALL_REBOOTING)
        case Outcome.FAILED | Outcome.UNKNOWN:
            return _ended(now, FirmwareState.INSTALLATION_FAILED)


def resumed(now: Updating, outcome: Outcome) -> Updating:
    """The program starts anew; `outcome` is the installer's word on the last installation.

    One that was cut off is not begun again by itself: the installation may be what took the power.
    """
    update = now.update
    if update is None:
        return now
    match update.phase:
        case Phase.INSTALLING:
            return installed(now, outcome)
        case Phase.REBOOTING:
            # Without a word on it the restart has not come yet, and is asked for again.
            is_known = outcome in (Outcome.INSTALLED, Outcome.FAILED)
            return installed(now, outcome) if is_known else _interrupted(now, update, FirmwareState.INSTALLATION_FAILED)
        case Phase.DOWNLOADING:
            return _interrupted(now, update, FirmwareState.DOWNLOAD_FAILED)
        case Phase.CHECKING:
            return _interrupted(now, update, FirmwareState.INSTALLATION_FAILED)
        case Phase.SCHEDULED | Phase.READY:
            return now


def told(now: Updating, notice: FirmwareNotice) -> Updating:
    """The network answered to the oldest notice; anything else changes nothing."""
    return replace(now, notices=now.notices[1:]) if now.notices[:1] == (notice,) else now


def waits_s(update: Update, at: Instant) -> float:
    """Seconds until the file is to be fetched. While nobody knows the time, a moment: the network tells it soon."""
    if at.utc_ms is None:
        return 1.0
    return max(0.0, (update.due_ms - at.utc_ms) / 1000)


def may_install(update: Update, at: Instant) -> bool:
    """Whether the time to install has come."""
    wanted_ms = update.request.install_at_ms
    return wanted_ms is None or (at.utc_ms is not None and at.utc_ms >= wanted_ms)


def holds_connectors(now: Updating, at: Instant) -> bool:
    """Whether no new charge may begin: idle connectors are Unavailable, those in use will be."""
    update = now.update
    if update is None:
        return False
    return update.phase in (Phase.INSTALLING, Phase.REBOOTING) or (
        update.phase is Phase.READY and may_install(update, at)
    )


def present(now: Updating, *, is_signed: bool) -> FirmwareNotice:
    """What a network that asks is told, by the message it asked for."""
    update = now.update
    # The signed message must name an order; one that came unsigned has no number.
    if update is None or (is_signed and update.request.signed is None):
        return FirmwareNotice(state=FirmwareState.IDLE, is_signed=is_signed)
    return replace(_notice(update, update.state), is_signed=is_signed)


def _under_way(now: Updating) -> Update:
    assert now.update is not None, "only an order under way goes on"
    return now.update


def _interrupted(now: Updating, update: Update, word: FirmwareState) -> Updating:
    interruptions = update.interruptions + 1
    if interruptions > MOST_INTERRUPTIONS:
        return _ended(now, word)
    return replace(now, update=replace(update, interruptions=interruptions))


def _entered(now: Updating, phase: Phase, state: FirmwareState) -> Updating:
    update = replace(_under_way(now), phase=phase, state=state, interruptions=0)
    return _telling(replace(now, update=update), update, state)


def _ended(now: Updating, word: FirmwareState) -> Updating:
    return _telling(replace(now, update=None), _under_way(now), word)


def _telling(now: Updating, update: Update, word: FirmwareState) -> Updating:
    """Of too many, the oldest that is no final word goes."""
    notices = (*now.notices, _notice(update, word))
    if len(notices) > MOST_NOTICES:
        spare = next((place for place, one in enumerate(notices) if one.state not in FINAL), 0)
        notices = notices[:spare] + notices[spare + 1 :]
    return replace(now, notices=notices)


def _notice(update: Update, word: FirmwareState) -> FirmwareNotice:
    is_signed = update.request.signed is not None
    return FirmwareNotice(state=word, request_id=update.request.request_id, is_signed=is_signed)
