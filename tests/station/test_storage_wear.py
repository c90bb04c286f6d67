"""What is written to the storage, and how worn it is: files of a machine that is made for the test."""

from __future__ import annotations

from pathlib import Path

from agent.core.wear.model import Wear
from agent.station.storage_wear import STORAGE, StorageSeen, StorageWear
from tests.selftest.test_platform import machine, with_disk

DISK = "sys/devices/platform/soc/mmc0/block/mmcblk0"
MMC = {"life_time": "0x02 0x03", "type": "MMC", "name": "BJTD4R", "serial": "0x2fe1a077"}


def computer(tmp_path: Path, *, own_bytes: int, sectors: int) -> Path:
    root = tmp_path / "root"
    if not root.exists():
        with_disk(root, tmp_path / "state", **MMC)
    told = f"  120 4 9600 80 33 2 {sectors} 41 0 100 121 0 0 0 0\n"
    return machine(root, {f"{DISK}/stat": told, "proc/self/io": f"rchar: 1\nwrite_bytes: {own_bytes}\n"})


def test_a_look_finds_who_the_storage_is_and_what_was_written_to_it(tmp_path: Path) -> None:
    root = computer(tmp_path, own_bytes=5_000_000, sectors=40_000)

    assert StorageWear(tmp_path / "state", root).look() == StorageSeen(
        serial="0x2fe1a077", model="BJTD4R", own_bytes=5_000_000, device_bytes=40_000 * 512, life_used_percent=30
    )


def test_whole_megabytes_are_counted_once_and_what_the_device_took_before_is_not_ours_to_know(tmp_path: Path) -> None:
    storage, wear = StorageWear(tmp_path / "state", computer(tmp_path, own_bytes=2_700_000, sectors=40_000)), Wear()
    wear = storage.counted(wear, storage.look())
    first = dict(wear.part(STORAGE).counts)
    for own_bytes, sectors in ((3_400_000, 50_000), (3_900_000, 51_000)):
        computer(tmp_path, own_bytes=own_bytes, sectors=sectors)
        wear = storage.counted(wear, storage.look())

    assert first == {"written_mb": 2, "life_used_percent": 30}
    assert wear.part(STORAGE).counts == {"written_mb": 3, "device_written_mb": 6, "life_used_percent": 30}


def test_a_system_that_tells_nothing_counts_nothing(tmp_path: Path) -> None:
    storage = StorageWear(tmp_path, tmp_path / "nowhere")

    assert storage.look() == StorageSeen()
    assert storage.counted(Wear(), storage.look()) == Wear()


def test_a_storage_of_another_kind_is_told_as_far_as_it_goes(tmp_path: Path) -> None:
    root = with_disk(tmp_path / "root", tmp_path / "state", model="SSD 970   ", serial="S4EV")

    seen = StorageWear(tmp_path / "state", root).look()

    assert (seen.model, seen.serial, seen.device_bytes, seen.life_used_percent) == ("SSD 970", "S4EV", None, None)
