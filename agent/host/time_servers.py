"""The time servers that this machine's own settings name, and whether its clock is kept by one.

Whether it is, the kernel knows; the unit of the service lets nobody near the clock (ProtectClock), so the word of
`timedatectl`, which asks a service outside, counts where systemd-timesyncd leaves no mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.errors import NotTold
from agent.host.files import listed, text_of
from agent.host.programs import told_by
from agent.host.timekeeping import time
from agent.values import frozen

MOST_SERVERS = 4
TIMEDATECTL_WITHIN_S = 0.7
"""It is asked twice at most, beside other looks that take as long."""
KEPT = ("timedatectl", "show", "-p", "NTPSynchronized", "--value")
OF_TIMESYNCD = ("LinkNTPServers", "SystemNTPServers", "FallbackNTPServers")
"""By DHCP, by settings, built in: the last only where there is none of the others."""
RUNNING = ("timedatectl", "show-timesync", *(f"-p{name}" for name in OF_TIMESYNCD))
TIMESYNCD = "systemd-timesyncd"
TIMESYNCD_FOLDERS = ("usr/lib", "usr/local/lib", "run", "etc")
"""Later ones count more (systemd.syntax)."""
CHRONY_FILES = ("etc/chrony/chrony.conf", "etc/chrony.conf")
NTPD_FILES = ("etc/ntpsec/ntp.conf", "etc/ntp.conf")
SERVER_WORDS = frozenset({"server", "pool", "peer"})


@frozen(kw_only=True)
class Keeping:
    """`servers`: at most MOST_SERVERS. `is_synchronized` None: `why_not`."""

    kept_by: str
    servers: tuple[str, ...]
    is_synchronized: bool | None = None
    why_not: str = ""


async def keeping(root: Path) -> Keeping:
    """Of this machine, below `root`. Raises nothing; what is not told is said in `why_not`."""
    seen = time(root, None)
    kept_by = str(seen.get("kept_by", "")).rpartition("/")[2].removesuffix(".pid")
    servers = tuple(dict.fromkeys(named(root, kept_by)))
    if not servers and kept_by == TIMESYNCD:
        servers = await _of_the_running_one()
    mark = seen.get("synchronized")
    if isinstance(mark, bool):
        return Keeping(kept_by=kept_by, servers=servers[:MOST_SERVERS], is_synchronized=mark)
    try:
        said = (await told_by(KEPT, TIMEDATECTL_WITHIN_S)).strip()
    except NotTold as why:
        return Keeping(kept_by=kept_by, servers=servers[:MOST_SERVERS], why_not=str(why))
    return Keeping(kept_by=kept_by, servers=servers[:MOST_SERVERS], is_synchronized=said == "yes")


async def _of_the_running_one() -> tuple[str, ...]:
    try:
        said = await told_by(RUNNING, TIMEDATECTL_WITHIN_S)
    except NotTold:
        return ()
    rows = dict(line.partition("=")[::2] for line in said.splitlines())
    link, system, built_in = (rows.get(name, "").split() for name in OF_TIMESYNCD)
    return tuple(dict.fromkeys([*link, *system] or built_in))


def named(root: Path, kept_by: str) -> Iterator[str]:
    """By the settings of whoever keeps the clock; where nobody is seen to, by all there are."""
    if kept_by in ("", TIMESYNCD):
        yield from of_timesyncd([text_of(one) or "" for one in _timesyncd_files(root)])
    if kept_by.startswith("chrony") or not kept_by:
        yield from _of_chrony(root)
    if "ntpd" in kept_by or not kept_by:
        for file in NTPD_FILES:
            yield from of_lines(text_of(root / file) or "")


def _timesyncd_files(root: Path) -> Iterator[Path]:
    yield root / "etc/systemd/timesyncd.conf"
    by_name = {}
    for folder in TIMESYNCD_FOLDERS:
        for one in listed(root / folder / "systemd/timesyncd.conf.d", "*.conf"):
            by_name[one.name] = one
    yield from (by_name[name] for name in sorted(by_name))


def of_timesyncd(texts: list[str]) -> tuple[str, ...]:
    """NTP= of timesyncd.conf(5), else FallbackNTP=. Each line adds; an empty one begins anew."""
    found: dict[str, list[str]] = {"NTP": [], "FallbackNTP": []}
    for line in "\n".join(texts).splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and (names := found.get(key.strip())) is not None:
            names.extend(value.split())
            if not value.strip():
                names.clear()
    return tuple(found["NTP"] or found["FallbackNTP"])


def _of_chrony(root: Path) -> Iterator[str]:
    for file in CHRONY_FILES:
        text = text_of(root / file) or ""
        yield from of_lines(text)
        for word, place in _pairs(text):
            pattern = {"confdir": "*.conf", "sourcedir": "*.sources"}.get(word)
            if pattern is not None and place.startswith("/"):
                for one in listed(root / place.lstrip("/"), pattern):
                    yield from of_lines(text_of(one) or "")


def of_lines(text: str) -> Iterator[str]:
    """The servers of chrony.conf(5) and ntp.conf(5)."""
    for word, name in _pairs(text):
        if word in SERVER_WORDS and not name.startswith("127.127."):  # ntpd's clocks of its own
            yield name


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for row in (line.split() for line in text.splitlines()):
        words = [word for word in row if word not in ("-4", "-6", "iburst")]
        if len(words) >= 2 and words[0][0] not in "#%;!":
            yield words[0].lower(), words[1]
