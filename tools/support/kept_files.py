"""The file that came with an answer, on this computer: under its own name or where `--to` says, never over another."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from errno import EEXIST
from pathlib import Path

from agent.control.arguments import checked
from agent.control.sent_files import take_name
from agent.control.wire import Argument
from tools.support.failures import SupportError, WrongUse
from tools.support.ordering import Outcome, Wish

MOST_OF_ONE_NAME = 1000
PLACES = ("to", "csv")
"""Parameters that say where `evsectl` writes."""


def parted(asked: Wish) -> tuple[Wish, Mapping[str, Argument]]:
    """What is asked of the charger, and what names a file here, which is nothing to send there.

    Raises WrongUse and BadRequest before anything is asked, for a charger makes some files once for each order.
    """
    if asked.action.look is not None:
        asked.action.look(checked(asked.action, asked.arguments))
    places = {name: value for name, value in asked.arguments.items() if name in PLACES}
    for name, value in places.items():
        places[name] = str(free_place(name, Path(str(value))))
    left = {name: value for name, value in asked.arguments.items() if name not in PLACES}
    return replace(asked, arguments=left), places


def free_place(option: str, file: Path) -> Path:
    """Where a file may go, by the option that names it. Raises WrongUse for a place that will not do."""
    target = writable_place(option, file)
    if target.exists():
        raise WrongUse(f"--{option}: {target} is there already; name another file")
    return target


def writable_place(option: str, file: Path) -> Path:
    """The same, where it may be written over."""
    target = file.expanduser()
    if target.is_dir():
        raise WrongUse(f"--{option}: {target} is a folder; name the file in it")
    if not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
        raise WrongUse(f"--{option}: nothing can be written in {target.parent}; name another place")
    return target


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
            take_name(draft, place)
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
