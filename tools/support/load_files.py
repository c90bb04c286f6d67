"""Load profiles that chargers exported (`evsectl load --format json` or csv), read back; a sentence for all else.

A profile says itself whose it is only as JSON of a release that tells a serial number. All others go by the name of
their file, and two of them that say the same are one charger that was given twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from agent.control.verbs.load import SCHEMA, VERSION
from agent.core.load_profile.days import EMPTY, Day, PortDay, Row, day_number, day_text, means_of
from agent.core.load_profile.quarters import QUARTER_S, QUARTERS, mean_w
from agent.core.load_profile.site import Member, agreeing
from agent.core.metrics.fleet import LeftOut
from tools.support.failures import WrongUse

MOST_BYTES = 64 << 20
"""400 days of 64 connectors are less."""
MOST_W = 10_000_000
"""What no charger draws."""
MOST_PORTS = 64
MOST_SERIAL = 64
DAYS = range(day_number("2000-01-01"), day_number("3000-01-01"))
HEADS = ["begins", "port", "mean_w", "peak_w"]
AGAIN = "export it anew: evsectl load --days 400 --format json > FILE"
WH_TO_W = 3600 // QUARTER_S
PLACES = {f"{place // 4:02}:{place % 4 * 15:02}:00Z": place for place in range(QUARTERS)}
"""Of a quarter in its day, by when it begins."""


class LoadFileError(ValueError):
    """A sentence: why this is no whole load profile."""


@dataclass(kw_only=True)
class Profiles:
    """`serials`: by the name of a member, where its file told one."""

    members: list[Member] = field(default_factory=list)
    serials: dict[str, str] = field(default_factory=dict)
    files: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    file: str
    serial: str
    member: Member

    @property
    def stem(self) -> str:
        return Path(self.file).stem


def read_profiles(places: Iterable[Path]) -> Profiles:
    """Of files, and of all files in folders; subfolders are not looked into.

    Raises OSError, and WrongUse where one charger is given twice: it would count twice.
    """
    found, told = Profiles(), list[_Told]()
    for file in _files(places):
        found.files += 1
        try:
            serial, member = read_profile(file)
        except (LoadFileError, OSError) as error:
            found.left_out.append(LeftOut(file.name, getattr(error, "strerror", None) or str(error)))
            continue
        told.append(_Told(file=str(file), serial=serial, member=member))
    for one, other in combinations(told, 2):
        _refuse_twice(one, other)
    found.members = [one.member for one in sorted(told, key=lambda one: one.member.name)]
    found.serials = {one.member.name: one.serial for one in told if one.serial}
    found.notes += [f"{one.member.name}: this file does not say whose it is" for one in told if not one.serial]
    return found


def _files(places: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for place in places:
        if place.is_dir():
            files += sorted(one for one in place.iterdir() if one.is_file() and not one.name.startswith("."))
        else:
            files.append(place)
    return files


def _refuse_twice(one: _Told, other: _Told) -> None:
    files = f"{one.file} and {other.file}"
    if one.serial and one.serial == other.serial:
        raise WrongUse(f"{files} are both of {one.serial}, and a charger counts once; take one of them out")
    if one.serial and other.serial:
        return
    for mine, its in ((one, other), (other, one)):
        if its.serial and mine.stem == its.serial:
            raise WrongUse(f"{files} are both of {its.serial}, and a charger counts once; take one of them out")
    same = agreeing(one.member, other.member)
    if same:
        raise WrongUse(
            f"{files} say the same in all quarters, {same} of them with energy, so they are one charger, which counts "
            "once; take one of them out (two chargers by chance? as JSON a profile says whose it is)"
        )
    if one.member.name == other.member.name:
        raise WrongUse(f"{files} have one name, and nothing in them says whose they are; give each a name of its own")


def read_profile(file: Path) -> tuple[str, Member]:
    """Serial number ("" where it tells none) and profile. Raises LoadFileError, OSError."""
    if file.stat().st_size > MOST_BYTES:
        raise LoadFileError(f"it is larger than {MOST_BYTES >> 20} MB, no load profile is")
    octets = file.read_bytes()
    try:
        text = octets.decode("utf-16" if octets[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise LoadFileError(f"it is no text; is it the right file? {_upper(AGAIN)}") from error
    stripped = text.lstrip()
    if not stripped:
        raise LoadFileError(f"it is empty, so its export failed; {AGAIN}")
    if stripped.startswith("{"):
        return of_document(_document(stripped), file.name)
    return "", Member(name=file.name, days=_days_of_csv(text))


def of_document(body: Mapping[str, Any], name: str) -> tuple[str, Member]:
    """What a charger answered, or its file held; `name`: of one that tells no serial number. Raises LoadFileError."""
    days = body.get("days")
    if body.get("schema", SCHEMA) != SCHEMA or not isinstance(days, list):
        raise LoadFileError(f"it is JSON, and no load profile; {AGAIN}")
    version = body.get("version", 1)
    if type(version) is not int or not 1 <= version <= VERSION:
        raise LoadFileError(
            f"it is of version {str(version)[:20]} of a load profile, and this program reads up to {VERSION}; "
            "update evse-support"
        )
    serial = body.get("serial_number", "")
    connected_w = body.get("connected_w")
    if not isinstance(serial, str) or len(serial) > MOST_SERIAL or not (connected_w is None or _is_power(connected_w)):
        raise LoadFileError(f"its serial_number or connected_w is none; {AGAIN}")
    read = [_day(one) for one in days]
    _refuse_days_twice([one.number for one in read])
    return serial, Member(name=serial or name, days=_ordered(read), connected_w=connected_w)


def _document(text: str) -> Mapping[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LoadFileError(f"it was cut or changed ({error}); {AGAIN}") from error
    assert isinstance(body, dict), "it begins with a brace"
    return body


def _day(told: Any) -> Day:
    try:
        number, step_s = _day_number(told["day"]), told["step_s"]
        ports = {one["port"]: _port(one, told["day"]) for one in told["ports"]}
        peak_w = _row(told["peak_w"], "peak_w", told["day"])
        means = told["mean_w"]
        count = len(told["ports"])
    except (KeyError, TypeError, IndexError) as error:
        raise LoadFileError(f"it tells a day in another form than this program knows ({error}); {AGAIN}") from error
    if step_s != QUARTER_S:
        raise LoadFileError(f"it has steps of {str(step_s)[:20]} s on {told['day']}, and a quarter of an hour is 900 s")
    if len(ports) != count or not all(type(port) is int and port > 0 for port in ports) or count > MOST_PORTS:
        raise LoadFileError(f"its ports of {told['day']} are none, or one is there twice; {AGAIN}")
    day = Day(number=number, ports=ports, peak_w=peak_w)
    if not isinstance(means, list) or tuple(means) != day.mean_w():
        raise LoadFileError(f"its mean of {told['day']} is not the sum of its connectors: it was changed; {AGAIN}")
    return day


def _port(told: Any, day: str) -> PortDay:
    energy_wh, peak_w = _row(told["energy_wh"], "energy_wh", day), _row(told["peak_w"], "peak_w", day)
    if tuple(told.get("mean_w", means_of(energy_wh))) != means_of(energy_wh):
        raise LoadFileError(f"energy and mean of port {told['port']} on {day} disagree: it was changed; {AGAIN}")
    return PortDay(energy_wh=energy_wh, peak_w=peak_w)


def _row(told: Any, name: str, day: str) -> Row:
    if not isinstance(told, list) or len(told) != QUARTERS:
        raise LoadFileError(f"{name} of {day} is no row of {QUARTERS} quarters; {AGAIN}")
    if not all(one is None or _is_power(one) for one in told):
        raise LoadFileError(f"{name} of {day} holds what is no whole number of 0 to {MOST_W}; {AGAIN}")
    return tuple(told)


def _is_power(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_W


def _day_number(text: Any) -> int:
    try:
        number = day_number(text)
        is_day = number in DAYS and day_text(number) == text
    except (ValueError, TypeError):
        is_day = False
    if not is_day:
        raise LoadFileError(f'"{str(text)[:30]}" is no day as 2026-12-01; {AGAIN}')
    return number


def _refuse_days_twice(numbers: Sequence[int]) -> None:
    twice = [number for number, count in Counter(numbers).items() if count > 1]
    if twice:
        raise LoadFileError(f"it tells {day_text(twice[0])} twice; {AGAIN}")


def _ordered(days: Iterable[Day]) -> tuple[Day, ...]:
    return tuple(sorted(days, key=lambda one: one.number))


# CSV.


@dataclass(kw_only=True)
class _Columns:
    """Of one port, or of the station, on one day."""

    mean_w: list[int | None] = field(default_factory=lambda: list(EMPTY))
    peak_w: list[int | None] = field(default_factory=lambda: list(EMPTY))
    places: set[int] = field(default_factory=set)


def _days_of_csv(text: str) -> tuple[Day, ...]:
    lines = text.splitlines()
    if lines[0] != ",".join(HEADS):
        raise LoadFileError(_no_csv(lines[0]))
    days: dict[int, dict[int, _Columns]] = {}
    for number, line in enumerate(lines[1:], start=2):
        if line:
            _take(line.split(","), number, days)
    return _ordered(_day_of_columns(number, columns) for number, columns in days.items())


def _no_csv(heads: str) -> str:
    if heads.replace(";", ",").replace("\t", ",").replace('"', "") == ",".join(HEADS):
        return f"its columns are parted otherwise than by commas, as a spreadsheet saves them; {AGAIN}"
    if "of all quarters known" in heads or heads.startswith("nothing is on record"):
        return f"it is the page for people; {AGAIN}"
    return f"it is no load profile: its first line is not {','.join(HEADS)}; {AGAIN}"


def _take(row: Sequence[str], line: int, days: dict[int, dict[int, _Columns]]) -> None:
    """0 stands for the station as a whole."""
    try:
        begins, port, mean, peak = row
        number, place = _quarter_of(begins)
        columns = days.setdefault(number, {}).setdefault(_whole(port, 1, MOST_PORTS) or 0, _Columns())
        told = _whole(mean, 0, MOST_W), _whole(peak, 0, MOST_W)
    except ValueError as error:
        why = (
            f"{error}; was it saved by a spreadsheet?" if isinstance(error, LoadFileError) else "it has no four columns"
        )
        raise LoadFileError(f"line {line}: {why} {_upper(AGAIN)}") from error
    if place in columns.places:
        raise LoadFileError(f"line {line}: {begins} of this port is there twice; {AGAIN}")
    columns.places.add(place)
    columns.mean_w[place], columns.peak_w[place] = told


def _quarter_of(begins: str) -> tuple[int, int]:
    day, _, clock = begins.partition("T")
    place = PLACES.get(clock)
    if place is None:
        raise LoadFileError(f'"{begins[:30]}" is no beginning of a quarter as 2026-12-01T00:15:00Z')
    return _day_number(day), place


def _whole(text: str, low: int, high: int) -> int | None:
    """None for "", which is not known."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high):
        raise LoadFileError(f'"{text[:30]}" is no whole number of {low} to {high}')
    return int(text)


def _day_of_columns(number: int, columns: Mapping[int, _Columns]) -> Day:
    ports = {port: _port_of(one, number) for port, one in sorted(columns.items()) if port}
    station = columns.get(0)
    day = Day(number=number, ports=ports, peak_w=EMPTY if station is None else tuple(station.peak_w))
    if station is None or tuple(station.mean_w) != day.mean_w():
        raise LoadFileError(
            f"the rows of the station on {day_text(number)} (without a port) are not the sum of its connectors: "
            f"rows are missing, or it was changed; {AGAIN}"
        )
    return day


def _port_of(columns: _Columns, number: int) -> PortDay:
    energies_wh = tuple(None if one is None else one // WH_TO_W for one in columns.mean_w)
    if any(one is not None and one != mean_w(one // WH_TO_W) for one in columns.mean_w):
        raise LoadFileError(f"a mean of {day_text(number)} is no whole number of watt hours: it was changed; {AGAIN}")
    return PortDay(energy_wh=energies_wh, peak_w=tuple(columns.peak_w))


def _upper(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
