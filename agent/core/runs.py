"""The runs of the program: how each one began and ended. Pure, from the record of runs and from nothing else.

One judgement for everybody who asks: health tells its word, uptime the cause that belongs to the word
(core/uptime/causes.py). What is on record are facts, and the word is made anew each time: a pilot board tells only
seconds after a start whether it kept its supply.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from agent.core.time import Instant
from agent.values import frozen

BY_WATCHDOG, BY_MEMORY = "watchdog", "oom-kill"
"""What the service manager calls two ends of a service (`Result` in systemd.exec(5))."""


class RunEnd(Enum):
    """How a run of the program ended."""

    IN_ORDER = "in order"
    RESTART = "restart asked"
    """In order, by somebody's wish that it begins anew: a command, the network's reset, new firmware."""
    UPDATED = "updated"
    """In order, and another version runs now."""
    CRASHED = "crash"
    """The controller went on, the program did not: a failure of ours, no memory, `kill`, or a loop that hung whole."""
    WATCHDOG = "watchdog"
    """A vital part had made no progress, and the service manager ended it."""
    HARDWARE_WATCHDOG = "hardware watchdog"
    """The controller's own watchdog started it anew."""
    PANIC = "kernel panic"
    """The controller started anew while a pilot board kept its supply: its kernel died, or somebody reset it alone."""
    POWER = "power cut"
    """The controller and a pilot board lost their supply, or somebody pulled it."""
    UNKNOWN = "unknown"
    """The controller started anew, and no pilot board tells whether its supply was cut."""


class RunReason(Enum):
    """Why a run began, where that is no word of the end before it."""

    FIRST = "first start"
    STARTED = "started"
    """After an end in order, on the same boot of the controller."""
    REBOOT = "controller restarted in order"


BAD = (RunEnd.CRASHED, RunEnd.WATCHDOG, RunEnd.HARDWARE_WATCHDOG, RunEnd.PANIC)
"""Ends that make a loop: ours, and none of the supply."""


@frozen(kw_only=True)
class Run:
    """One run of the program, as far as it is known. `alive` is its last sign of life on record.

    `ended` is its own last word, "" where it gave none or still runs. `stuck`: vital parts that made no progress when
    last looked at. `boards`: boot ids of the pilot boards, by port; one that is the same in two runs kept its supply
    between them. `hardware_watchdog`: the controller's own watchdog began this boot; None where nobody can tell.
    `result`, `crash`: how the service manager called its end, and a headline of what it left behind. `image`: the
    version of what it ran on; `firmware`: those of the pilot boards, by port; `configuration`: its mark
    (agent/config/mark.py). They are empty where an older release wrote the row, which kept no acts either
    (`keeps_acts`, core/uptime/acts.py).
    """

    number: int
    began: Instant
    alive: Instant
    ended: str = ""
    version: str = ""
    boards: tuple[tuple[int, str], ...] = ()
    stuck: str = ""
    hardware_watchdog: bool | None = None
    result: str = ""
    crash: str = ""
    image: str = ""
    firmware: tuple[tuple[int, str], ...] = ()
    configuration: str = ""
    keeps_acts: bool = False


@frozen(kw_only=True)
class End:
    """`words`: a sentence with what it is known by."""

    how: RunEnd
    words: str


@frozen(kw_only=True)
class ToldRun:
    """One run with the judgement. `end` None: it runs. `began`: with all that is known of its time by now."""

    run: Run
    began: Instant
    reason: RunEnd | RunReason
    end: End | None


def end_of(before: Run, now: Run) -> End:
    """Of a run that `now` follows."""
    same_boot = before.began.boot_id == now.began.boot_id
    if before.ended:
        return _in_order(before, now, same_boot)
    if same_boot or before.crash:
        return _of_program(before)
    return _of_controller(before, now)


def _in_order(before: Run, now: Run, same_boot: bool) -> End:
    if before.version != now.version:
        return End(how=RunEnd.UPDATED, words=f"{before.version or 'an older release'} gave way to {now.version}")
    where = "and started anew" if same_boot else "and the controller started anew"
    how = RunEnd.RESTART if before.ended == RunEnd.RESTART.value else RunEnd.IN_ORDER
    return End(how=how, words=f"the program was ended in order ({before.ended}) {where}")


def _of_program(before: Run) -> End:
    left = f"; {before.crash}" if before.crash else ""
    if before.stuck or before.result == BY_WATCHDOG:
        who = f"{before.stuck} was stuck" if before.stuck else "the program did not answer"
        return End(how=RunEnd.WATCHDOG, words=f"{who}, and the service manager ended it{left}")
    if before.crash:
        return End(how=RunEnd.CRASHED, words=f"the program {before.crash}")
    if before.result == BY_MEMORY:
        return End(how=RunEnd.CRASHED, words="the kernel killed the program: no memory was left")
    return End(how=RunEnd.CRASHED, words="the program ended without a word; the kernel ran on")


def _of_controller(before: Run, now: Run) -> End:
    if now.hardware_watchdog:
        return End(how=RunEnd.HARDWARE_WATCHDOG, words="the controller's watchdog started it anew")
    kept = sorted({port for port, boot in before.boards if (port, boot) in now.boards})
    if kept:
        words = f"the controller started anew, and the pilot board of port {kept[0]} ran on: it was no power cut"
        return End(how=RunEnd.PANIC, words=words)
    began = "the controller started anew without an end in order"
    if {port for port, _ in before.boards} & {port for port, _ in now.boards}:
        return End(how=RunEnd.POWER, words=f"{began}; the pilot board restarted, too")
    return End(how=RunEnd.UNKNOWN, words=f"{began}; nothing tells whether its supply was cut")


def why_it_begins(before: Run | None, now: Run) -> RunEnd | RunReason:
    """`before` None: nothing is on record."""
    if before is None:
        return RunReason.FIRST
    how = end_of(before, now).how
    same_boot = before.began.boot_id == now.began.boot_id
    if how is RunEnd.IN_ORDER:
        return RunReason.STARTED if same_boot else RunReason.REBOOT
    return RunReason.REBOOT if how is RunEnd.RESTART and not same_boot else how


def told(runs: Sequence[Run], began: Sequence[Instant] | None = None) -> Iterator[ToldRun]:
    """`runs`: the newest first, the first of them runs, nothing is on record before the last.

    Judged by the boots in which their moments were read; `began` places them in time, which may need a later boot.
    """
    after: Run | None = None
    for place, run in enumerate(runs):
        before = runs[place + 1] if place + 1 < len(runs) else None
        end = None if after is None else end_of(run, after)
        at = run.began if began is None else began[place]
        yield ToldRun(run=run, began=at, reason=why_it_begins(before, run), end=end)
        after = run
