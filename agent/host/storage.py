"""The storage below a folder: how full it is, whether what is written comes back, how worn it is.

The kernel tells the wear of eMMC (JEDEC JESD84-B51, 7.4.93 ff.: PRE_EOL_INFO, DEVICE_LIFE_TIME_EST). An SD card tells
nothing of its own, a disk not in a file, and asking one (SMART) needs rights that the agent has not. What is written
to a device the kernel counts, from its own start on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256, shake_256
from pathlib import Path

from agent.core.commissioning.model import Quantity
from agent.host.files import known, number_of, text_of

MB = 1_000_000
WRITTEN_MB = 16
TRIAL = ".write-test"
LIFE = re.compile(r"0x[0-9a-fA-F]{1,2}")
"""Of DEVICE_LIFE_TIME_EST: tenths of a life that are used, 0x0B more than all of them; 0 is not told."""
SECTOR_BYTES = 512
"""The kernel's unit, whatever the device's own is (Documentation/block/stat.rst)."""
SECTORS_WRITTEN = 6
"""Its place in `stat`."""
PRE_EOL = {1: "normal", 2: "warning", 3: "urgent"}


def space(folder: Path) -> dict[str, Quantity]:
    """free_mb, free_percent, free_inodes_percent (absent where a file system counts none). Raises OSError."""
    seen = os.statvfs(folder)
    return known(
        free_mb=round(seen.f_bavail * seen.f_frsize / MB, 1),
        free_percent=round(100 * seen.f_bavail / seen.f_blocks, 1) if seen.f_blocks else None,
        free_inodes_percent=round(100 * seen.f_favail / seen.f_files, 1) if seen.f_files else None,
    )


def write(folder: Path, now_s: Callable[[], float], megabytes: int = WRITTEN_MB) -> dict[str, Quantity]:
    """Written, made durable, read again past the cache: written_mb, write_mb_per_s, read_mb_per_s, is_same.

    `problem` is why it came to nothing, in the words of the system. Leaves no file behind.
    """
    trial = folder / TRIAL
    blocks = [shake_256(number.to_bytes(4, "big")).digest(MB) for number in range(megabytes)]
    wanted = sha256(b"".join(blocks)).digest()
    began_s = now_s()
    try:
        with trial.open("wb") as file:
            for block in blocks:
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        wrote_s = now_s()
        found = _read(trial)
    except OSError as error:
        return {"problem": error.strerror or str(error)}
    finally:
        _remove(trial)
    return known(
        written_mb=megabytes,
        write_mb_per_s=_rate(megabytes, wrote_s - began_s),
        read_mb_per_s=_rate(megabytes, now_s() - wrote_s),
        is_same=found == wanted,
    )


def wear(folder: Path, root: Path) -> dict[str, Quantity]:
    """device, kind ("MMC", "SD", "disk"), and what an eMMC tells: life_used_percent at the most, pre_eol."""
    disk = _disk_below(folder, root)
    if disk is None:
        return {}
    own = disk / "device"
    lives = (text_of(own / "life_time") or "").split()
    told = [int(one, 16) for one in lives if LIFE.fullmatch(one) and int(one, 16)]
    return known(
        device=disk.name,
        kind=text_of(own / "type") or "disk",
        life_used_percent=10 * max(told) if told else None,
        pre_eol=PRE_EOL.get(number_of(own / "pre_eol_info") or 0),
    )


def label(folder: Path, root: Path) -> dict[str, str]:
    """model, serial, as far as the kernel tells them: both of eMMC, SD and NVMe, of another disk the model."""
    disk = _disk_below(folder, root)
    if disk is None:
        return {}
    own = disk / "device"
    told = {"model": text_of(own / "name") or text_of(own / "model"), "serial": text_of(own / "serial")}
    return {name: text.strip() for name, text in told.items() if text}


def written_bytes(folder: Path, root: Path) -> int | None:
    """What everybody wrote to the whole device since the kernel began."""
    disk = _disk_below(folder, root)
    words = [] if disk is None else (text_of(disk / "stat") or "").split()
    is_told = len(words) > SECTORS_WRITTEN and words[SECTORS_WRITTEN].isdecimal()
    return int(words[SECTORS_WRITTEN]) * SECTOR_BYTES if is_told else None


def _disk_below(folder: Path, root: Path) -> Path | None:
    """The whole device of the file system that `folder` lies in; None where it lies in none (a RAM disk)."""
    device = _device_number(str(folder.resolve()), text_of(root / "proc/self/mountinfo") or "")
    if not device:
        return None
    try:
        place = (root / "sys/dev/block" / device).resolve(strict=True)
    except OSError:
        return None
    return place.parent if (place / "partition").exists() else place


def _device_number(folder: str, mountinfo: str) -> str:
    """ "179:2" of the mount that is nearest above `folder` (proc(5), mountinfo)."""
    best, found = "", ""
    for row in (line.split() for line in mountinfo.splitlines()):
        if len(row) < 5:
            continue
        place = row[4].encode().decode("unicode_escape")  # blanks are written as \040
        is_above = folder == place or folder.startswith(place.rstrip("/") + "/")
        if is_above and len(place) >= len(best):
            best, found = place, row[2]
    return found


def _read(trial: Path) -> bytes:
    """The hash of what the storage gives back, as far as the kernel lets go of its own copy."""
    hashed = sha256()
    with trial.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while block := file.read(MB):
            hashed.update(block)
    return hashed.digest()


def _remove(trial: Path) -> None:
    with suppress(OSError):
        trial.unlink(missing_ok=True)


def _rate(megabytes: int, seconds: float) -> float | None:
    """None where no time passed that a clock could see."""
    return round(megabytes / seconds, 1) if seconds > 0 else None
