"""Why the program began, and how the run before it ended. Pure: from the record of runs and the controller's boot."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from agent.core.time import Instant
from agent.values import frozen

HOUR_S = 3600


class RunEnd(Enum):
    """How a run of the program ended."""

    IN_ORDER = "in order"
    RESTART = "restart asked"
    """In order, by somebody's wish that it begins anew: a command, the network's reset, new firmware."""
    KILLED = "killed"
    """The controller went on, the program did not: a failure of ours, no memory, or a watchdog that saw a dead loop."""
    WATCHDOG = "watchdog"
    """A vital part had made no progress, and the service manager or the controller's own watchdog ended it."""
    POWER = "power cut"
    """The controller itself started anew, without a word: the supply failed, or somebody pulled it."""


class RunReason(Enum):
    """Why a run began."""

    FIRST = "first start"
    STARTED = "started"
    """After an end in order, on the same boot of the controller."""
    RESTART = "restart asked"
    KILLED = "killed"
    WATCHDOG = "watchdog"
    POWER = "power cut"
    REBOOT = "controller restarted in order"


@frozen(kw_only=True)
class Run:
    """One run. `ended` is when it ended in order; None where it did not, or still runs. `how` None: it runs."""

    started: Instant
    version: str
    reason: RunReason
    ended: Instant | None = None
    how: RunEnd | None = None
    stuck: str = ""
    """Vital parts that made no progress when last looked at, "" for none."""


def how_it_ended(before: Run, boot_id: str, *, hardware_watchdog: bool) -> RunEnd:
    """Of a run that another one follows under `boot_id`. `hardware_watchdog`: it began this boot of the controller."""
    if before.how is not None:
        return before.how
    if before.started.boot_id == boot_id and before.stuck:
        return RunEnd.WATCHDOG
    return without_a_word(before.started.boot_id, boot_id, hardware_watchdog=hardware_watchdog)


def without_a_word(before_boot_id: str, boot_id: str, *, hardware_watchdog: bool) -> RunEnd:
    """Of a run that has no end on record, by the boots of the controller alone. Uptime looks at its boards besides."""
    if before_boot_id == boot_id:
        return RunEnd.KILLED
    return RunEnd.WATCHDOG if hardware_watchdog else RunEnd.POWER


def why_it_begins(before: Run | None, boot_id: str, *, hardware_watchdog: bool) -> RunReason:
    """`before` None: nothing is on record."""
    if before is None:
        return RunReason.FIRST
    match how_it_ended(before, boot_id, hardware_watchdog=hardware_watchdog):
        case RunEnd.IN_ORDER | RunEnd.RESTART if before.started.boot_id != boot_id:
            return RunReason.REBOOT
        case RunEnd.IN_ORDER:
            return RunReason.STARTED
        case RunEnd.RESTART:
            return RunReason.RESTART
        case RunEnd.KILLED:
            return RunReason.KILLED
        case RunEnd.WATCHDOG:
            return RunReason.WATCHDOG
        case RunEnd.POWER:
            return RunReason.POWER


def bad_ends(runs: Iterable[Run], now: Instant, within_s: float = HOUR_S) -> int:
    """Runs that began within the last hour because the one before was killed; what cannot be dated does not count."""
    bad = (RunReason.KILLED, RunReason.WATCHDOG)
    ages_ms = (now.ms_since(run.started) for run in runs if run.reason in bad)
    return sum(age_ms is not None and 0 <= age_ms <= within_s * 1000 for age_ms in ages_ms)
