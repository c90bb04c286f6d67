"""How a run ended is told by the next one, out of what is on record; health and uptime say the same of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.crash_loop import CrashLoop, crash_loop
from agent.core.runs import Run, RunEnd, RunReason, end_of, told, why_it_begins
from agent.core.time import Instant
from agent.core.uptime.causes import CAUSE_OF_END, gap_cause
from agent.core.uptime.model import CauseClass

AT = Instant(100.0, 1_800_000_000_000, "boot-1")
RUN = Run(number=1, began=AT, alive=AT, version="1.0", boards=((1, "x"),))
SAME = replace(RUN, number=2)
OTHER = replace(RUN, number=2, began=replace(AT, boot_id="boot-2"), boards=((1, "y"),))
PAGE = (Path(__file__).parents[2] / "docs" / "uptime.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "now", "reason", "how"),
    [
        (replace(RUN, ended="in order"), SAME, RunReason.STARTED, RunEnd.IN_ORDER),
        (replace(RUN, ended="in order"), OTHER, RunReason.REBOOT, RunEnd.IN_ORDER),
        (replace(RUN, ended="in order"), replace(SAME, version="1.1"), RunEnd.UPDATED, RunEnd.UPDATED),
        (replace(RUN, ended="restart asked"), SAME, RunEnd.RESTART, RunEnd.RESTART),
        (replace(RUN, ended="restart asked"), replace(OTHER, hardware_watchdog=True), RunReason.REBOOT, RunEnd.RESTART),
        (RUN, SAME, RunEnd.CRASHED, RunEnd.CRASHED),
        (RUN, replace(SAME, hardware_watchdog=True), RunEnd.CRASHED, RunEnd.CRASHED),
        (replace(RUN, result="oom-kill"), SAME, RunEnd.CRASHED, RunEnd.CRASHED),
        (replace(RUN, stuck="connector 1"), SAME, RunEnd.WATCHDOG, RunEnd.WATCHDOG),
        (replace(RUN, result="watchdog"), SAME, RunEnd.WATCHDOG, RunEnd.WATCHDOG),
        (replace(RUN, crash="ended by an exception"), OTHER, RunEnd.CRASHED, RunEnd.CRASHED),
        (replace(RUN, stuck="store"), OTHER, RunEnd.POWER, RunEnd.POWER),
        (RUN, OTHER, RunEnd.POWER, RunEnd.POWER),
        (RUN, replace(OTHER, hardware_watchdog=True), RunEnd.HARDWARE_WATCHDOG, RunEnd.HARDWARE_WATCHDOG),
        (RUN, replace(OTHER, boards=RUN.boards), RunEnd.PANIC, RunEnd.PANIC),
        (RUN, replace(OTHER, boards=()), RunEnd.UNKNOWN, RunEnd.UNKNOWN),
        (replace(RUN, boards=()), OTHER, RunEnd.UNKNOWN, RunEnd.UNKNOWN),
    ],
)
def test_a_start_tells_how_the_run_before_it_ended(
    before: Run, now: Run, reason: RunEnd | RunReason, how: RunEnd
) -> None:
    assert (why_it_begins(before, now), end_of(before, now).how) == (reason, how)


def test_what_was_left_behind_is_in_the_words() -> None:
    crash = "ended by an exception in agent/store/writer.py:90 (work): OperationalError: disk I/O error"

    assert end_of(replace(RUN, crash=crash), SAME).words == f"the program {crash}"
    words = end_of(replace(RUN, stuck="limits", crash="ended by SIGABRT in x.py:1 (f)"), SAME).words
    assert words == "limits was stuck, and the service manager ended it; ended by SIGABRT in x.py:1 (f)"
    assert end_of(replace(RUN, result="oom-kill"), SAME).words == "the kernel killed the program: no memory was left"


# A world that knows what happened, and the record that it leaves.

HAPPENINGS = ("stop", "restart", "update", "crash", "hang", "watchdog", "panic", "power")
CLASSES = {
    **{what: {CauseClass.CHARGER_SOFTWARE} for what in ("stop", "restart", "crash", "hang", "watchdog")},
    "update": {CauseClass.MAINTENANCE},
    "panic": {CauseClass.CHARGER_SOFTWARE, CauseClass.UNKNOWN},
    "power": {CauseClass.GRID, CauseClass.UNKNOWN},
}
WORDS = {
    "stop": {RunEnd.IN_ORDER},
    "restart": {RunEnd.RESTART},
    "update": {RunEnd.UPDATED},
    "crash": {RunEnd.CRASHED},
    "hang": {RunEnd.WATCHDOG},
    "watchdog": {RunEnd.HARDWARE_WATCHDOG},
    "panic": {RunEnd.PANIC, RunEnd.UNKNOWN},
    "power": {RunEnd.POWER, RunEnd.UNKNOWN},
}


def _history(happened: list[tuple[str, bool]]) -> list[Run]:
    """`happened`: how each run ended, and whether it heard its pilot board. Oldest first, one run more than ends."""
    boot, board, version, runs = 1, 1, 1, []
    began_by_watchdog = False
    for place, (what, hears) in enumerate([*happened, ("", True)]):
        at = Instant(10.0 * place, 1_800_000_000_000 + 10_000 * place, f"boot-{boot}")
        ended = {"stop": "in order", "update": "in order", "restart": "restart asked"}.get(what, "")
        run = Run(
            number=place + 1,
            began=at,
            alive=at.plus(5.0),
            version=f"1.{version}",
            ended=ended,
            stuck="limits" if what == "hang" else "",
            boards=((1, f"board-{board}"),) if hears else (),
            hardware_watchdog=began_by_watchdog,
        )
        runs.append(run)
        boot += what in ("watchdog", "panic", "power")
        board += what == "power"
        version += what == "update"
        began_by_watchdog = what == "watchdog" or (began_by_watchdog and what not in ("panic", "power"))
    return runs


@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.booleans()), min_size=1, max_size=12))
def test_health_and_uptime_agree_with_what_happened_and_with_each_other(happened: list[tuple[str, bool]]) -> None:
    runs = _history(happened)

    said = list(told(list(reversed(runs))))

    assert said[0].end is None and said[-1].reason is RunReason.FIRST
    ends = [one.end for one in reversed(said[1:])]
    for place, (end, (what, hears)) in enumerate(zip(ends, happened, strict=True)):
        assert end is not None
        cause = gap_cause(runs[place], runs[place + 1])
        assert end.how in WORDS[what]
        assert (cause.key, cause.of) == CAUSE_OF_END[end.how] and cause.of in CLASSES[what]
        assert cause.evidence == end.words
        can_tell = hears and (place + 1 == len(happened) or happened[place + 1][1])
        assert (end.how is RunEnd.UNKNOWN) == (what in ("panic", "power") and not can_tell)


def test_the_table_of_the_page_is_the_table_of_the_code() -> None:
    rows = re.findall(r"^\| .+ \| `([^`]+)` \| `([^`]+)` \| (\w+) \|$", PAGE, re.MULTILINE)

    assert sorted(rows) == sorted((how.value, key, of.value) for how, (key, of) in CAUSE_OF_END.items())


def looped(runs: list[Run], now: Instant) -> CrashLoop | None:
    """`runs` oldest first."""
    return crash_loop(list(told(list(reversed(runs)))), now)


def test_only_ends_of_the_last_hour_that_failed_make_a_loop() -> None:
    now = Instant(10_000.0, 1_800_010_000_000, "boot-1")
    starts = [now.plus(-seconds) for seconds in (9_000.0, 3_601.0, 3_600.0, 90.0, 60.0, 30.0)]
    runs = [replace(RUN, number=place, began=at, alive=at) for place, at in enumerate(starts)]
    runs[3] = replace(runs[3], ended="restart asked")

    loop = looped(runs, now)
    assert loop is not None
    assert (loop.starts, loop.since, loop.within_s) == (3, starts[2], 3_600.0)
    assert looped(runs[:5], now) is None, "two are none"
    assert looped(runs, now.plus(0.1)) is None, "the first of them is of another hour"


def test_what_is_no_failure_or_cannot_be_dated_makes_no_loop() -> None:
    now_ms = 1_800_010_000_000
    now = Instant(10_000.0, now_ms, "boot-9")
    starts = [now.plus(-seconds) for seconds in (400.0, 300.0, 200.0, 100.0)]
    runs = [replace(RUN, number=place, began=at, alive=at) for place, at in enumerate(starts)]
    cut = [
        replace(one, began=replace(one.began, boot_id=f"boot-{one.number}"), boards=((1, f"board {one.number}"),))
        for one in runs
    ]
    clockless = [replace(one, began=replace(one.began, utc_ms=None, boot_id="boot-1")) for one in runs]

    assert looped(runs, now) is not None
    assert looped([replace(one, ended="in order") for one in runs], now) is None
    assert looped(cut, now) is None, "a power cut is no loop of ours"
    assert looped(clockless, now) is None
    assert looped(runs, Instant(1.0, now_ms - 3_600_000, "boot-10")) is None, "by a clock that was set back"


@pytest.mark.parametrize(
    ("last", "words", "name"),
    [
        ({"crash": "ended by SIGSEGV in agent/x.py:1 (f)"}, "ended by SIGSEGV in agent/x.py:1 (f)", "SIGSEGV"),
        ({"result": "oom-kill"}, "the kernel killed the program: no memory was left", "crash"),
        ({"stuck": "limits"}, "limits was stuck, and the service manager ended it", "watchdog"),
    ],
)
def test_a_loop_tells_how_its_newest_failure_came_about(last: dict[str, str], words: str, name: str) -> None:
    runs = [replace(RUN, number=place, began=AT.plus(place), alive=AT.plus(place)) for place in range(4)]
    runs[2] = replace(runs[2], **last)  # type: ignore[arg-type]

    loop = looped(runs, AT.plus(60.0))

    assert loop is not None and (loop.last, loop.died_of) == (words, name)
