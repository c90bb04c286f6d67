"""What the bench itself does to a charger: its disk, its clock, its process."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.simulate.run import Stage

SMALL_BYTES = 24 << 20


async def do(stage: Stage, verb: str, given: dict[str, object]) -> None:
    """One of them, by its word."""
    match verb:
        case "wait":
            return
        case "fill_disk":
            _fill(stage.ledger_file.parent)
        case "turn_clock":
            stage.charger.clock.ahead_s += float(str(given["by_s"]))
        case "kill_and_start":
            await stage.charger.kill()
            await stage.charger.start()
            await asyncio.sleep(1.0)
        case _:
            raise ValueError(f"{verb} is nothing the bench can do")


def _fill(folder: Path) -> None:
    """Until the file system says that there is no room."""
    with (folder / "filler").open("wb", buffering=0) as filler:
        for piece in (1 << 20, 4096, 512):
            with suppress(OSError):
                while True:
                    filler.write(bytes(piece))


@contextmanager
def file_system(folder: Path) -> Iterator[None]:
    """A small one of its own at `folder`, which is made. Raises OSError where this user may make none."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL_BYTES}", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise PermissionError(f"no file system can be made here: {done.stderr.decode(errors='replace').strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)
