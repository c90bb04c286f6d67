"""Small files of the kernel and the system, below a root folder: another root is another machine."""

from __future__ import annotations

from pathlib import Path

LARGEST_BYTES = 65_536


def text_of(file: Path) -> str | None:
    """Without the blanks around it; None where there is no such file, or it tells nothing now."""
    try:
        with file.open("rb") as source:
            return source.read(LARGEST_BYTES).decode("utf-8", errors="replace").strip("\n\0 ")
    except OSError:
        return None


def number_of(file: Path) -> int | None:
    """None also where it holds no whole number, decimal or "0x…"."""
    try:
        return int(text_of(file) or "", 0)
    except ValueError:
        return None


def listed(folder: Path, pattern: str) -> tuple[Path, ...]:
    """In the order of the names; none where there is no such folder."""
    try:
        return tuple(sorted(folder.glob(pattern)))
    except OSError:
        return ()


def known(**values: float | int | str | bool | None) -> dict[str, float | int | str | bool | None]:
    """Those that are not None: what a machine does not tell is absent."""
    return {name: value for name, value in values.items() if value is not None}
