"""The file that came with an answer, on this computer: under its own name or where `--to` says, never over another."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from errno import EEXIST
from pathlib import Path

from tools.support.failures import SupportError, WrongUse
from tools.support.ordering import Outcome, Wish

MOST_OF_ONE_NAME = 1000


def parted(asked: Wish) -> tuple[Wish, Path | None]:
    """What is asked of the charger, and where the person wants its file: a place here is nothing to send there.

    Raises WrongUse before anything is asked, for a charger makes some files once for each order.
    """
    to = asked.arguments.get("to")
    if to is None:
        return asked, None
    left = {name: value for name, value in asked.arguments.items() if name != "to"}
    target = Path(str(to)).expanduser()
    if target.is_dir():
        raise WrongUse(f"--to: {target} is a folder; name the file in it")
    if target.exists():
        raise WrongUse(f"--to: {target} is there already; name another file")
    if not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
        raise WrongUse(f"--to: nothing can be written in {target.parent}; name another place")
    return replace(asked, arguments=left), target


def kept(outcome: Outcome, to: Path | None, device: str) -> Path:
    """Written whole or not at all. Without `to` a name that is taken gets a number. Raises SupportError."""
    assert outcome.file is not None
    places: Iterable[Path] = [to] if to is not None else _names(outcome.file_name, device)
    draft = (to.parent if to is not None else Path()) / f".evse-support-{os.getpid()}.part"
    try:
        draft.write_bytes(outcome.file)
        return _linked(draft, places)
    except OSError as error:
        raise SupportError(f"the file of {device} cannot be written: {error.strerror}; name a place: --to") from error
    finally:
        draft.unlink(missing_ok=True)


def _linked(draft: Path, places: Iterable[Path]) -> Path:
    for place in places:
        try:
            os.link(draft, place)
        except FileExistsError:
            continue
        return place
    raise FileExistsError(EEXIST, "each of its names is taken already")


def _names(told: str, device: str) -> Iterator[Path]:
    """A charger names a file, and no folder of ours, nor one that hides."""
    name = "".join(one for one in told.replace("\\", "/").rpartition("/")[2] if one.isprintable()).lstrip(".")
    own = Path(name or f"{device.replace(':', '-')}.bin")
    yield own
    for number in range(2, MOST_OF_ONE_NAME):
        stem, dot, ending = own.name.partition(".")
        yield Path(f"{stem}-{number}{dot}{ending}")
