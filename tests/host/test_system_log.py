"""The log of the system, read by a child: the newest lines, bounded in time and size, and none as it was written."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from agent.errors import NotTold
from agent.host import system_log
from agent.host.system_log import UNIT, Span, SystemLog, unit_of
from tests.host.journal import Line, asked, stand_in

CARD = "04A1B2C3D4E5F6"
AT_MS = 1_800_000_000_000


def own(command: tuple[str, ...], **span: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in SystemLog(command).own_lines(Span(**span))]


def of_kernel(command: tuple[str, ...], **span: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in SystemLog(command).kernel_lines(Span(**span))]


def test_the_newest_line_comes_first_and_nothing_of_anybody_is_in_it(tmp_path: Path) -> None:
    command = stand_in(
        tmp_path,
        [
            Line(text="agent started version=0.1.0"),
            Line(text=f"reader told {CARD} password=hunter", at_s=1_800_000_060.5, priority=4),
            Line(text="Main process exited, code=killed, status=9/KILL", source="systemd", at_s=1_800_000_061.0),
        ],
    )

    assert own(command) == [
        {
            "at": "2027-01-15T08:01:01.000+00:00",
            "boot": "01234567",
            "from": "systemd",
            "priority": 6,
            "text": "Main process exited, code=killed, status=9/KILL",
        },
        {
            "at": "2027-01-15T08:01:00.500+00:00",
            "boot": "01234567",
            "from": "evse-agent",
            "priority": 4,
            "text": "reader told … password=…",
        },
        {
            "at": "2027-01-15T08:00:00.000+00:00",
            "boot": "01234567",
            "from": "evse-agent",
            "priority": 6,
            "text": "agent started version=0.1.0",
        },
    ]


def test_only_the_wanted_time_is_asked_for(tmp_path: Path) -> None:
    lines = [Line(text=f"line {number}", at_s=AT_MS / 1000 + number) for number in range(10)]

    found = own(stand_in(tmp_path, lines), oldest_ms=AT_MS + 3_000, latest_ms=AT_MS + 5_000)

    assert [one["text"] for one in found] == ["line 5", "line 4", "line 3"]
    assert f"--unit={UNIT}" in asked(tmp_path)[0]


def test_of_the_kernel_only_what_tells_of_the_hardware_is_taken_and_of_every_boot(tmp_path: Path) -> None:
    command = stand_in(
        tmp_path,
        [
            Line(text="usb 1-1.2: USB disconnect, device number 5", of_kernel=True, priority=6),
            Line(text=f"[UFW BLOCK] {CARD}", of_kernel=True),
            Line(text=f"mmc0: error -110 of {CARD}", of_kernel=True, priority=3),
            Line(text="not of the kernel: mmc0"),
        ],
    )

    assert [(one["about"], one["text"]) for one in of_kernel(command)] == [
        ("storage", "mmc0: error -110 of …"),
        ("usb", "usb 1-1.2: USB disconnect, device number 5"),
    ]
    assert not {"--dmesg", "--boot", "-k", "-b"} & set(asked(tmp_path)[0])


def test_what_is_no_text_and_what_is_no_entry_does_no_harm(tmp_path: Path) -> None:
    rows = [Line(text=None), Line(text=list(b"caf\xc3\xa9 \xff")), Line(text="a\nb\x1b[31m")]
    command = stand_in(tmp_path, rows, hint="Hint: You are currently not seeing messages from other users.")

    assert [one["text"] for one in own(command)] == ["a b\x1b[31m", "café \ufffd"]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ((), "this charger has no system with a journal"),
        (("/nowhere/journalctl",), "/nowhere/journalctl cannot be run here (No such file or directory)"),
        (("true",), f"the journal shows nothing of {UNIT} for this time"),
        (("false",), f"the journal shows nothing of {UNIT} for this time"),
    ],
)
def test_why_there_is_none_is_said(command: tuple[str, ...], why: str) -> None:
    with pytest.raises(NotTold) as error:
        own(command)

    assert str(error.value) == why


def test_why_the_journal_shows_nothing_is_said_in_its_own_words(tmp_path: Path) -> None:
    hint = "Hint: You are currently not seeing messages from other users and the system."
    with pytest.raises(NotTold) as error:
        own(stand_in(tmp_path, [], hint=hint))
    assert str(error.value) == f"the journal shows nothing of {UNIT}: {hint}"

    with pytest.raises(NotTold) as error:
        of_kernel(stand_in(tmp_path, [Line(text="audit: x", of_kernel=True)]))
    assert str(error.value) == "nothing about the hardware in the newest 1 lines of the kernel"


def test_more_lines_than_are_taken_are_not_read(tmp_path: Path) -> None:
    lines = [Line(text=f"mmc0: error {number}", of_kernel=True) for number in range(1_200)]

    found = of_kernel(stand_in(tmp_path, lines))

    assert len(found) == system_log.KERNEL_LINES_TAKEN
    assert found[0]["text"] == "mmc0: error 1199"


def test_a_flood_of_octets_ends_where_it_is_bounded() -> None:
    """One endless line, as of a journal that is damaged."""
    began_s = time.monotonic()

    with pytest.raises(NotTold):
        own(("sh", "-c", "cat /dev/zero"))

    assert time.monotonic() - began_s < system_log.WITHIN_S


def test_a_journal_that_hangs_is_left_in_time_with_what_it_told(tmp_path: Path) -> None:
    command = stand_in(tmp_path, [Line(text="the newest of all")], last_s=600.0)

    first, *rest = SystemLog(command, within_s=1.0).own_lines(Span())

    assert json.loads(first)["text"] == "the newest of all"
    assert [json.loads(line) for line in rest] == [
        {"missing": "journalctl took longer than 0.8 s; what is older is not here"}
    ]


def test_both_readings_of_a_journal_that_hangs_have_one_time_together(tmp_path: Path) -> None:
    rows = [Line(text="agent started"), Line(text="mmc0: error -110", of_kernel=True)]
    log, began_s = SystemLog(stand_in(tmp_path, rows, last_s=600.0), within_s=2.0), time.monotonic()

    told = [[json.loads(line) for line in lines(Span())] for lines in (log.own_lines, log.kernel_lines)]

    assert [len(one) for one in told] == [2, 2], "a line, and that there may be more"
    assert time.monotonic() - began_s < 2.0 + system_log.ENDS_WITHIN_S


def test_what_the_first_reading_leaves_is_for_the_second(tmp_path: Path) -> None:
    hangs = stand_in(tmp_path / "kernel", [Line(text="mmc0: error -110", of_kernel=True)], last_s=600.0)
    both = tmp_path / "journalctl"
    both.write_text(f'#!/bin/sh\ncase "$*" in *--unit*) exit 0;; *) exec {hangs[0]} "$@";; esac\n')
    both.chmod(0o755)
    log = SystemLog((str(both),), within_s=2.0)

    with pytest.raises(NotTold):
        list(log.own_lines(Span()))
    *_, last = log.kernel_lines(Span())

    # Not the half second that is left where the first takes all it may.
    assert float(json.loads(last)["missing"].split()[4]) > 1.0


def test_no_child_is_left_behind(tmp_path: Path) -> None:
    lines = SystemLog(stand_in(tmp_path, [Line(text="x"), Line(text="y")], last_s=600.0)).own_lines(Span())
    next(lines)

    lines.close()  # type: ignore[attr-defined]

    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path / "journalctl") not in running


def test_the_service_is_the_one_that_the_kernel_names(tmp_path: Path) -> None:
    file = tmp_path / "proc/self/cgroup"
    file.parent.mkdir(parents=True)
    for text, unit in (
        ("0::/system.slice/evse-agent@2.service\n", "evse-agent@2.service"),
        ("9:pids:/system.slice/cron.service\n0::/system.slice/cron.service\n", UNIT),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", UNIT),
    ):
        file.write_text(text)
        assert unit_of(tmp_path) == unit
    assert unit_of(tmp_path / "nowhere") == UNIT


@pytest.mark.skipif(shutil.which("journalctl") is None, reason="no systemd here")
def test_the_real_journalctl_takes_these_words_and_shows_what_is_there_or_says_why() -> None:
    for lines in (SystemLog().own_lines, SystemLog().kernel_lines):
        try:
            told = [json.loads(line) for line in lines(Span(oldest_ms=1_000_000, latest_ms=4_000_000_000_000))]
        except NotTold as why:
            told = []
            assert "invalid" not in str(why) and "unrecognized" not in str(why) and "Failed" not in str(why), why
        assert all({"at", "text"} <= one.keys() for one in told)
