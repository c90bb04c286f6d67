"""What the measures read: /proc, mounts, the interpreter's report of imports."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks import process
from benchmarks.importing import by_room, own_times_ms
from benchmarks.machine import file_system

ROLLUP = """558a9dec0000-7ffe10e4d000 ---p 00000000 00:00 0                          [rollup]
Rss:               38348 kB
Pss:               25965 kB
Pss_Dirty:         24268 kB
"""
STATUS = "Name:\tpython\nvoluntary_ctxt_switches:\t64\nnonvoluntary_ctxt_switches:\t108\n"
MOUNTS = """/dev/root / ext4 rw,relatime 0 0
tmpfs /tmp tmpfs rw 0 0
/dev/sda /tmp/disk xfs rw 0 0
"""
REPORT = """import time: self [us] | cumulative | imported package
import time:       200 |        200 |   json
import time:      1500 |       1700 |     agent.core.session.model
import time:       500 |       2200 |   agent.core.time
import time:       700 |        700 | pymodbus.pdu
agent started version=0.1.0
"""


def test_memory_is_read_in_megabytes() -> None:
    found = process.memory_of(ROLLUP)

    assert (found.rss_mb, found.pss_mb) == (38348 / 1024, 25965 / 1024)


def test_a_field_is_found_by_its_whole_name() -> None:
    assert process.field("voluntary_ctxt_switches", STATUS) == 64


def test_a_field_that_is_missing_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        process.field("Swap", STATUS)


def test_the_first_number_of_schedstat_is_nanoseconds_on_a_processor() -> None:
    assert process.cpu_ms_of("12500000 900 37\n") == 12.5


def test_work_between_two_looks_is_their_difference() -> None:
    assert process.Work(150.0, 70).since(process.Work(50.0, 64)) == process.Work(100.0, 6)


def test_this_process_can_be_looked_at() -> None:
    seen = process.work(os.getpid())

    assert seen.cpu_ms > 0
    assert process.memory(os.getpid()).rss_mb >= process.memory(os.getpid()).pss_mb > 0
    assert process.written_bytes() >= 0


@pytest.mark.parametrize(
    ("path", "kind"), [("/var/tmp", "ext4"), ("/tmp/evse", "tmpfs"), ("/tmp/disk/evse", "xfs"), ("/tmpx", "ext4")]
)
def test_a_path_lies_on_the_nearest_mount(path: str, kind: str) -> None:
    assert file_system(Path(path), MOUNTS) == kind


def test_own_times_leave_the_head_and_other_lines_alone() -> None:
    assert own_times_ms(REPORT) == {
        "json": 0.2,
        "agent.core.session.model": 1.5,
        "agent.core.time": 0.5,
        "pymodbus.pdu": 0.7,
    }


def test_imports_are_summed_by_room_without_what_the_floor_imports_too() -> None:
    assert by_room(own_times_ms(REPORT), {"json": 0.3}) == [("agent.core", 2, 2.0), ("pymodbus", 1, 0.7)]
