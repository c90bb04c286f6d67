"""What the system's log tells of this program and of the hardware below it: the newest lines, read by `journalctl`.

A child of its own that lives for seconds reads them, so that neither a journal of gigabytes nor one on a dying card
holds up anything. Blocks: for a thread. No line comes out of here as it was written (core/free_text.py).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import IO, Any

from agent.core.free_text import fit_to_leave
from agent.core.kernel_lines import topic_of
from agent.errors import NotTold
from agent.host.files import text_of
from agent.values import frozen

ROOT = Path("/")
JOURNALCTL = ("journalctl",)
UNIT = "evse-agent.service"
"""Of packaging/; asked for where this program does not run as a service of its own."""
LINES_TAKEN, KERNEL_LINES_TAKEN = 2_000, 500
"""The newest: to make a line fit to leave takes 0.2 ms on a PC, and many times that on a Pi."""
LINES_SEEN = 5_000
"""Of the kernel, to find those that tell something."""
BYTES_SEEN = 8 * 1024 * 1024
LONGEST_SEEN = 64 * 1024
WITHIN_S = 4.0
"""For both readings together: a bundle is made in ten seconds, and the journal is one part of it."""
OWN_SHARE = 0.75
"""So much of it the lines of the service may take; what they leave is the kernel's."""
ENDS_WITHIN_S = 1.0
FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_BOOT_ID"
OF_KERNEL = "_TRANSPORT=kernel"
"""And not `--dmesg`, which looks at this boot alone: what went before a restart is wanted most."""


@frozen(kw_only=True)
class Span:
    """UTC milliseconds; None: no bound."""

    oldest_ms: int | None = None
    latest_ms: int | None = None

    def words(self) -> Iterator[str]:
        """As journalctl takes them."""
        if self.oldest_ms is not None:
            yield f"--since=@{self.oldest_ms / 1000:.3f}"
        if self.latest_ms is not None:
            yield f"--until=@{self.latest_ms / 1000:.3f}"


class SystemLog:
    """`command` is what reads the journal; empty where there is none, as in a simulation.

    One object a bundle: both readings have `within_s` together, and the second what the first leaves of it.
    """

    def __init__(self, command: Sequence[str] = JOURNALCTL, root: Path = ROOT, within_s: float = WITHIN_S) -> None:
        self._command, self._root, self._within_s = tuple(command), root, within_s
        self._left_s = within_s

    def own_lines(self, span: Span) -> Iterator[str]:
        """Of this program's service, JSON, the newest first. Raises NotTold before the first where there are none."""
        unit = unit_of(self._root)
        asked = (f"--unit={unit}", f"--lines={LINES_TAKEN}", *span.words())
        yield from self._told(asked, unit, LINES_TAKEN, OWN_SHARE * self._within_s, with_topic=False)

    def kernel_lines(self, span: Span) -> Iterator[str]:
        """The same of what the kernel says of supply, storage, USB, memory, heat and network."""
        asked = (OF_KERNEL, f"--lines={LINES_SEEN}", *span.words())
        within_s = max(self._left_s, (1 - OWN_SHARE) * self._within_s)
        yield from self._told(asked, "the kernel", KERNEL_LINES_TAKEN, within_s, with_topic=True)

    def _told(self, asked: Sequence[str], whose: str, most: int, within_s: float, *, with_topic: bool) -> Iterator[str]:
        reading = Reading(self._command, asked, within_s)
        count, began_s = 0, monotonic()
        with closing(reading.entries()) as entries:
            for line in islice(filter(None, (_line(one, with_topic=with_topic) for one in entries)), most):
                yield json.dumps(line, ensure_ascii=False)
                count += 1
        self._left_s -= monotonic() - began_s
        if reading.is_late:
            words = f"journalctl took longer than {within_s:.1f} s; what is older is not here"
            yield json.dumps({"missing": words})
        elif not count:
            raise NotTold(_nothing(whose, reading, with_topic=with_topic))


class Reading:
    """One child and what it says. `said`: its words that are no entry; `seen`: entries."""

    def __init__(self, command: Sequence[str], asked: Sequence[str], within_s: float) -> None:
        self._command, self._asked, self._within_s = command, asked, within_s
        self.said = ""
        self.seen = 0
        self.is_late = False

    def entries(self) -> Generator[dict[str, Any], None, None]:
        """The newest first, BYTES_SEEN of them at the most. Raises NotTold where it cannot be run."""
        child = self._begun()
        assert child.stdout is not None
        clock = Timer(self._within_s, self._is_over, (child,))
        clock.daemon = True
        clock.start()
        try:
            for raw in _bounded(child.stdout):
                entry = _entry(raw)
                if entry is None:
                    self.said = self.said or raw.decode(errors="replace").strip()
                    continue
                self.seen += 1
                yield entry
        finally:
            clock.cancel()
            child.kill()
            child.stdout.close()
            with suppress(subprocess.TimeoutExpired):
                child.wait(ENDS_WITHIN_S)

    def _begun(self) -> subprocess.Popen[bytes]:
        if not self._command:
            raise NotTold("this charger has no system with a journal")
        words = (*self._command, *self._asked, "--output=json", f"--output-fields={FIELDS}", "--reverse", "--no-pager")
        try:
            return subprocess.Popen(  # noqa: S603 the system's own program
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LC_ALL": "C"},
            )
        except OSError as error:
            raise NotTold(f"{self._command[0]} cannot be run here ({error.strerror})") from error

    def _is_over(self, child: subprocess.Popen[bytes]) -> None:
        self.is_late = True
        child.kill()


def unit_of(root: Path = ROOT) -> str:
    """The service that this program runs in, as the kernel tells it."""
    for line in (text_of(root / "proc/self/cgroup") or "").splitlines():
        name = line.rpartition("/")[2]
        if re.fullmatch(r"evse[\w@.:-]*\.service", name):
            return name
    return UNIT


def _bounded(stream: IO[bytes]) -> Iterator[bytes]:
    left = BYTES_SEEN
    while left > 0 and (raw := stream.readline(LONGEST_SEEN)):
        left -= len(raw)
        yield raw


def _entry(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _line(entry: dict[str, Any], *, with_topic: bool) -> dict[str, Any] | None:
    """What leaves of it; None where it tells nothing."""
    text, source = _text(entry.get("MESSAGE")), str(entry.get("SYSLOG_IDENTIFIER", ""))
    if with_topic and text and source not in ("", "kernel"):
        text = f"{source}: {text}"  # journald takes the first word of some lines for who wrote them.
    topic = topic_of(text) if with_topic else ""
    if not text or (with_topic and not topic):
        return None
    priority = str(entry.get("PRIORITY", ""))
    return {
        "at": _time(entry.get("__REALTIME_TIMESTAMP")),
        "boot": str(entry.get("_BOOT_ID", ""))[:8],
        **({"about": topic} if topic else {"from": fit_to_leave(source)}),
        **({"priority": int(priority)} if priority.isdecimal() else {}),
        "text": fit_to_leave(text),
    }


def _text(message: object) -> str:
    """journalctl writes what is no UTF-8 as numbers, and null for what is too long for it."""
    if isinstance(message, list):
        octets = (one for one in message if isinstance(one, int) and 0 <= one < 256)
        return bytes(octets).decode("utf-8", "replace")
    return message if isinstance(message, str) else ""


def _time(microseconds: object) -> str:
    try:
        at_s = int(str(microseconds)) / 1_000_000
        return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return "unknown"


def _nothing(whose: str, reading: Reading, *, with_topic: bool) -> str:
    if with_topic and reading.seen:
        return f"nothing about the hardware in the newest {reading.seen} lines of {whose}"
    words = fit_to_leave(reading.said)
    return f"the journal shows nothing of {whose}" + (f": {words}" if words else " for this time")
