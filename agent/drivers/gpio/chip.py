"""Finding a chip and its lines by name, and what to say where that fails. Speaks gpiod's interface, version 2."""

from __future__ import annotations

import errno
import importlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from agent.drivers.gpio.lines import LineName
from agent.drivers.wire import WireLost
from agent.tables import nearest
from agent.values import frozen

Library = Any
"""The module `gpiod`, or one with the same names. Typed as what it is: somebody else's, and imported late."""


@frozen(kw_only=True)
class FoundChip:
    """`path` is the device file, `label` what the chip calls itself, `names` those of its lines as they were then."""

    library: Library
    path: str
    label: str
    names: tuple[str, ...]


def load_library(name: str) -> Library:
    """Raises WireLost where it is missing, or of the first version, whose interface was another one."""
    try:
        library = importlib.import_module(name)
    except ImportError as error:
        check = "check that evse-agent[gpio] is installed, and start the agent anew"
        what = f"the Python package {name} cannot be loaded ({error}); {check}"
        raise WireLost(what) from error
    if not hasattr(library, "request_lines"):
        version = _version_of(library)
        what = f"the Python package {name} is of version {version}, and 2 is needed; check with: pip show {name}"
        raise WireLost(f"{what}; a package of the distribution may stand in the way of evse-agent[gpio]")
    return library


def _version_of(library: Library) -> str:
    told = getattr(library, "__version__", None) or getattr(library, "version_string", None)
    return str(told() if callable(told) else told or "1")


def find_chip(library: Library, chip: str, devices: Path) -> FoundChip:
    """The chip at that path, or the only one with that label below `devices`. Raises WireLost."""
    if "/" in chip:
        return chip_at(library, chip)
    labels = _labels(library, devices)
    paths = [path for path, label in labels.items() if label == chip]
    if len(paths) > 1:
        told = " and ".join(sorted(paths))
        raise WireLost(f'{told} are both labelled "{chip}"; check which one is meant, and name it by its path')
    if not paths:
        known = sorted(set(labels.values()))
        there_is = nearest(chip, known) if known else f"; there is no {devices}/gpiochip* that this user may open"
        raise WireLost(f'there is no GPIO chip labelled "{chip}"{there_is}; check with: gpiodetect')
    return chip_at(library, paths[0])


def chip_at(library: Library, path: str) -> FoundChip:
    """Whatever chip is there. Raises WireLost."""
    try:
        with library.Chip(path) as opened:
            info = opened.get_info()
            names = tuple(str(opened.get_line_info(offset).name) for offset in range(info.num_lines))
            return FoundChip(library=library, path=path, label=str(info.label), names=names)
    except OSError as error:
        raise WireLost(why_no_chip(path, error)) from error


def _labels(library: Library, devices: Path) -> dict[str, str]:
    """Label by path. Old names may be links to new ones: a chip counts once."""
    found = {}
    for path in sorted({str(one.resolve()) for one in devices.glob("gpiochip*")}):
        try:
            with library.Chip(path) as opened:
                found[path] = str(opened.get_info().label)
        except OSError:
            continue  # another's; whether it would have been the one is not known, and a path says why it is refused
    return found


def why_no_chip(path: str, error: OSError) -> str:
    """What is wrong with a chip, and the next thing to check."""
    match error.errno:
        case errno.ENOENT:
            return f"{path} is not there; check with: gpiodetect"
        case errno.EACCES | errno.EPERM:
            return f"{path} may not be opened by this user; check that the user is in its group (often gpio)"
        case errno.ENODEV:
            return f"the GPIO chip {path} has left; check its cable and the kernel's log"
        case errno.ENOTTY | errno.EINVAL:
            return f"{path} is no GPIO chip; check with: gpiodetect"
        case _:
            return f"the GPIO chip {path} failed ({error.strerror}); check the kernel's log"


def offsets_of(chip: FoundChip, lines: Sequence[LineName]) -> tuple[int, ...]:
    """Each line's place on the chip. Raises WireLost for one that is not there, or a name that two lines have."""
    return tuple(_offset(chip, line) for line in lines)


def _offset(chip: FoundChip, line: LineName) -> int:
    names = chip.names
    places = [offset for offset, name in enumerate(names) if name == line]
    if len(places) == 1:
        return places[0]
    if places:
        told = " and ".join(map(str, places))
        raise WireLost(f'lines {told} of {chip.label} are both named "{line}"; check which is meant, name its offset')
    if line.isdigit() and int(line) < len(names):
        return int(line)
    there_is = nearest(line, [name for name in names if name])
    raise WireLost(f'there is no line "{line}" on {chip.label}{there_is}; check with: gpioinfo')


def why_no_lines(chip: FoundChip, lines: Iterable[tuple[LineName, int]], error: OSError) -> str:
    """Why the kernel did not give them out."""
    if error.errno == errno.EBUSY:
        holders = [_holder(chip, line, offset) for line, offset in lines]
        held = ", ".join(holder for holder in holders if holder) or f"a line of {chip.label} is held by somebody"
        return f"{held}; check with: gpioinfo, and end what holds it"
    if error.errno == errno.EINVAL:
        return f"{chip.label} cannot do what is asked of its lines; check bias and debouncing in the board file"
    return why_no_chip(chip.path, error)


def _holder(chip: FoundChip, line: LineName, offset: int) -> str:
    """ "line RELAY_1 is held by gpio-led"; nothing for a line that is free."""
    try:
        with chip.library.Chip(chip.path) as opened:
            info = opened.get_line_info(offset)
    except OSError:
        return ""
    return f"line {line} is held by {info.consumer or 'the kernel'}" if info.used else ""
