"""This process and its disk, read from files of a machine that is made for the test."""

from __future__ import annotations

import resource
from pathlib import Path

from agent.host.process import process, resident_kb, room_of, written_bytes
from agent.host.soc import CARD_RESET, watchdog_began_this_boot


def test_what_the_kernel_tells_is_read_and_what_it_does_not_is_absent(tmp_path: Path) -> None:
    own = tmp_path / "proc/self"
    own.mkdir(parents=True)
    (own / "statm").write_text("5000 1234 400 1 0 300 0\n")
    (own / "status").write_text("Name:\tevse-agent\nThreads:\t7\n")
    (own / "io").write_text("rchar: 9\nwrite_bytes: 4096\ncancelled_write_bytes: 5\n")

    assert resident_kb(tmp_path) == 1234 * resource.getpagesize() // 1024
    assert process(tmp_path)["threads"] == 7
    assert written_bytes(tmp_path) == 4096
    assert set(process(tmp_path / "nowhere")) == {"cpu_s"}
    assert written_bytes(tmp_path / "nowhere") is None


def test_damage_in_such_a_file_is_no_number(tmp_path: Path) -> None:
    own = tmp_path / "proc/self"
    own.mkdir(parents=True)
    (own / "statm").write_text("5000\n")
    (own / "io").write_text("write_bytes: many\n")

    assert resident_kb(tmp_path) is None
    assert written_bytes(tmp_path) is None


def test_the_room_of_a_folder_is_known_and_of_none_is_not(tmp_path: Path) -> None:
    room = room_of(tmp_path)

    assert room is not None
    assert 0 < room.free_bytes <= room.total_bytes
    assert not room.is_read_only
    assert room_of(tmp_path / "nowhere") is None


def test_the_controllers_own_watchdog_is_told_by_one_bit(tmp_path: Path) -> None:
    status = tmp_path / "sys/class/watchdog/watchdog0/bootstatus"
    status.parent.mkdir(parents=True)

    assert not watchdog_began_this_boot(tmp_path)
    status.write_text("0\n")
    assert not watchdog_began_this_boot(tmp_path)
    status.write_text(f"{CARD_RESET | 1}\n")
    assert watchdog_began_this_boot(tmp_path)
