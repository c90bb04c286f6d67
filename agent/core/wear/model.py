"""What wears out, counted for as long as the hardware lives: numbers that only rise, each of one part.

Beside them a time, of which the last word holds: that of a wrong clock is gone with the next.

Pure. A part that is replaced begins at 0 under its own serial number; what the old one came to stays on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from enum import Enum

from agent.values import frozen

CHARGER = "charger"
ENERGY = "energy_wh"
LAST_TEST = "last_test_utc_ms"
RETIRED_AT_MOST = 64
"""Exchanged parts that are kept, the newest; a charger that used up more is a project, not a product."""
LARGEST_COUNT = 2**53
"""What JSON carries exactly."""
MOMENT = "_utc_ms"
"""Ends the name of what is a time, and no count."""


class PartKind(Enum):
    """What has counters of its own."""

    CHARGER = "charger"
    CONTACTOR = "contactor"
    LOCK = "lock"
    RESIDUAL = "rcm"
    METER = "meter"
    CABLE = "cable"
    BOARD = "board"
    STORAGE = "storage"
    """What the records lie on: flash, or a disk."""


@frozen(kw_only=True)
class Counter:
    """One number. Its unit ends its name; no unit: how often it happened.

    `is_measured`: absent until something told it, so that no 0 stands where nobody could have seen. The most that was
    ever found, and the time of the last (`is_moment`), are such.
    """

    name: str
    part: PartKind
    meaning: str
    is_measured: bool = False


HEAT_STEPS_C = (50, 60, 70, 80, 90)
_CHARGER, _CONTACTOR, _LOCK, _RESIDUAL = PartKind.CHARGER, PartKind.CONTACTOR, PartKind.LOCK, PartKind.RESIDUAL

COUNTERS = (
    Counter(name="power_on_s", part=_CHARGER, meaning="time the program ran"),
    Counter(name="starts", part=_CHARGER, meaning="starts of the program"),
    *(
        Counter(name=f"above_{step}c_s", part=_CHARGER, meaning=f"time its warmest sensor stood above {step} °C")
        for step in HEAT_STEPS_C
    ),
    Counter(name="hottest_c", part=_CHARGER, meaning="the most any of its sensors showed", is_measured=True),
    Counter(name="undervoltages", part=_CHARGER, meaning="times the supply was too low"),
    Counter(name="overvoltages", part=_CHARGER, meaning="times the supply was too high"),
    Counter(name="interruptions", part=_CHARGER, meaning="times the supply, or a phase, was gone while the board ran"),
    Counter(name="frequency_errors", part=_CHARGER, meaning="times the frequency was out of its band"),
    Counter(name="earth_faults", part=_CHARGER, meaning="times the protective conductor was lost, or a PEN fault seen"),
    Counter(name="openings_of_enclosure", part=_CHARGER, meaning="times the enclosure was opened"),
    Counter(name="water_or_tilt", part=_CHARGER, meaning="times water, or a tilt, was seen"),
    Counter(name="closings", part=_CONTACTOR, meaning="closings of the power path"),
    Counter(name="openings", part=_CONTACTOR, meaning="openings of the power path"),
    Counter(name="openings_loaded", part=_CONTACTOR, meaning="of these, with more than 1 A by the last reading before"),
    Counter(name="openings_heavy", part=_CONTACTOR, meaning="of these, with more than 80 % of the rated current"),
    Counter(name="openings_by_fault", part=_CONTACTOR, meaning="of all openings, those that a fault forced"),
    Counter(name="welds", part=_CONTACTOR, meaning="times it was found welded, or its output live"),
    Counter(
        name="failures", part=_CONTACTOR, meaning="times it did not close, opened alone, or contradicted its contact"
    ),
    Counter(name="slow", part=_CONTACTOR, meaning="times it was found slow"),
    Counter(name="timed", part=_CONTACTOR, meaning="of its openings, those whose time the board told"),
    Counter(
        name="slowest_closing_ms", part=_CONTACTOR, meaning="the longest from coil to mirror contact", is_measured=True
    ),
    Counter(name="slowest_opening_ms", part=_CONTACTOR, meaning="the same of an opening", is_measured=True),
    Counter(name="moves", part=_LOCK, meaning="times it was told to lock or to let go"),
    Counter(name="failures", part=_LOCK, meaning="times it did not reach its place, or left it"),
    Counter(name="trips_dc", part=_RESIDUAL, meaning="trips on direct residual current"),
    Counter(name="trips_ac", part=_RESIDUAL, meaning="trips on alternating residual current"),
    Counter(name="failures", part=_RESIDUAL, meaning="tests it failed, and errors of its module"),
    Counter(name="tests", part=_RESIDUAL, meaning="plugs for which the board's test of it was seen to be passed"),
    Counter(name="slowest_trip_ms", part=_RESIDUAL, meaning="the longest it took in such a test", is_measured=True),
    Counter(name=LAST_TEST, part=_RESIDUAL, meaning="when the last of these was seen", is_measured=True),
    Counter(name=ENERGY, part=PartKind.METER, meaning="energy of charges, by its register"),
    Counter(name="errors", part=PartKind.METER, meaning="times it was silent, or told what cannot be"),
    Counter(
        name="sags",
        part=PartKind.METER,
        meaning="times it read a voltage below 90 % of the nominal one",
        is_measured=True,
    ),
    Counter(name="deepest_sag_percent", part=PartKind.METER, meaning="so far below, at the most", is_measured=True),
    Counter(
        name="swells",
        part=PartKind.METER,
        meaning="times it read a voltage above 110 % of the nominal one",
        is_measured=True,
    ),
    Counter(name="highest_swell_percent", part=PartKind.METER, meaning="so far above, at the most", is_measured=True),
    Counter(
        name="off_frequency",
        part=PartKind.METER,
        meaning="times it read a frequency more than 1 % off",
        is_measured=True,
    ),
    Counter(name="insertions", part=PartKind.CABLE, meaning="plugs put in"),
    Counter(name="charges", part=PartKind.CABLE, meaning="charges begun"),
    Counter(name="derated_s", part=PartKind.CABLE, meaning="time heat kept the offered current below what was wanted"),
    Counter(name="overheatings", part=PartKind.CABLE, meaning="times heat at connector or terminals stopped a charge"),
    Counter(name="restarts", part=PartKind.BOARD, meaning="restarts of the pilot board while the program ran"),
    Counter(name="watchdog_resets", part=PartKind.BOARD, meaning="of these, by its watchdog"),
    Counter(name="brownouts", part=PartKind.BOARD, meaning="of these, by a supply that fell"),
    Counter(name="failures", part=PartKind.BOARD, meaning="self-tests it failed, and rails out of their band"),
    Counter(name="silences", part=PartKind.BOARD, meaning="times nothing was heard of it"),
    Counter(name="written_mb", part=PartKind.STORAGE, meaning="what this program wrote to storage"),
    Counter(
        name="device_written_mb", part=PartKind.STORAGE, meaning="what everybody wrote to it while the program ran"
    ),
    Counter(
        name="life_used_percent", part=PartKind.STORAGE, meaning="of its life, as it tells itself", is_measured=True
    ),
)


def part_id(kind: PartKind, connector: int | None = None) -> str:
    """ "contactor:1"; the charger itself has no connector."""
    return kind.value if connector is None else f"{kind.value}:{connector}"


def kind_of(part: str) -> PartKind:
    """Raises ValueError for what is no part."""
    return PartKind(part.partition(":")[0])


def is_moment(name: str) -> bool:
    """By its name, so that those of a newer program are known as well."""
    return name.endswith(MOMENT)


@frozen(kw_only=True)
class Part:
    """One part and what it came to. `serial`, `model` "" and `fitted` None: nobody told. `fitted` is UTC milliseconds.

    `model` is the number that its maker sells it under.
    """

    serial: str = ""
    model: str = ""
    fitted: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def more(self, name: str, by: int = 1) -> Part:
        """Saturates: a count that cannot grow any more stays."""
        return replace(self, counts={**self.counts, name: min(LARGEST_COUNT, self.counts.get(name, 0) + by)})

    def at_least(self, name: str, value: int) -> Part:
        """For a peak."""
        if value <= self.counts.get(name, value - 1):
            return self
        return replace(self, counts={**self.counts, name: value})

    def last(self, name: str, value: int) -> Part:
        """For a time: what stood before may be a wrong clock's."""
        return replace(self, counts={**self.counts, name: value})


@frozen(kw_only=True)
class Retired:
    """A part that was taken out. `retired` is UTC milliseconds, None where the time was not known."""

    id: str
    part: Part
    retired: int | None


@frozen(kw_only=True)
class Wear:
    """All parts of one charger. `gaps`: when and why counting began anew, in words, oldest first."""

    parts: Mapping[str, Part] = field(default_factory=dict)
    retired: tuple[Retired, ...] = ()
    gaps: tuple[str, ...] = ()

    def part(self, id: str) -> Part:
        return self.parts.get(id, Part())

    def count(self, id: str, name: str) -> int:
        return self.part(id).counts.get(name, 0)

    def more(self, id: str, name: str, by: int = 1) -> Wear:
        return self.with_part(id, self.part(id).more(name, by)) if by > 0 else self

    def at_least(self, id: str, name: str, value: int) -> Wear:
        """For an extreme."""
        part = self.part(id)
        higher = part.at_least(name, value)
        return self if higher is part else self.with_part(id, higher)

    def last(self, id: str, name: str, value: int) -> Wear:
        """For a time."""
        return self.with_part(id, self.part(id).last(name, value))

    def with_part(self, id: str, part: Part) -> Wear:
        return replace(self, parts={**self.parts, id: part})


def replaced(wear: Wear, id: str, serial: str, utc_ms: int | None, model: str = "") -> Wear:
    """Another part is fitted in that place: it begins at 0, and the old one's numbers stay on record."""
    old = Retired(id=id, part=wear.part(id), retired=utc_ms)
    return replace(
        wear,
        parts={**wear.parts, id: Part(serial=serial, model=model, fitted=utc_ms)},
        retired=(*wear.retired, old)[-RETIRED_AT_MOST:],
    )


def named(wear: Wear, id: str, serial: str, utc_ms: int | None, model: str = "") -> Wear:
    """Who the part is that is fitted already; its numbers go on. "" says nothing.

    Of a serial number the first word counts: another one is another part (`replaced`).
    """
    part = wear.part(id)
    is_first = bool(serial) and not part.serial
    named_part = replace(
        part,
        serial=part.serial or serial,
        model=model or part.model,
        fitted=(part.fitted or utc_ms) if is_first else part.fitted,
    )
    return wear if named_part == part else wear.with_part(id, named_part)


def joined(copies: Iterable[Wear]) -> Wear:
    """What two copies of one record know together: of each number the higher one, so that it never goes down.

    A copy that has seen fewer replacements is older, and its numbers of a part that was replaced since do not count. A
    time is that of the newer copy: it comes with a count, so who counted more has heard the last of it.
    """
    known = list(copies)
    newest = max(known, key=_age, default=Wear())
    parts = dict(newest.parts)
    for copy in known:
        for id, part in copy.parts.items():
            mine = parts.get(id)
            if mine is None and not _was_retired(newest, id):
                parts[id] = part
            elif mine is not None and mine.serial == part.serial and mine.fitted == part.fitted:
                parts[id] = replace(mine, counts=_joined_counts(mine.counts, part.counts))
    return replace(newest, parts=parts)


def _joined_counts(mine: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    """`mine` are the newer ones."""
    higher = {name: max(count, mine.get(name, count)) for name, count in others.items() if not is_moment(name)}
    return {**others, **mine, **higher}


def _age(wear: Wear) -> tuple[int, int, int]:
    named_parts = sum(bool(part.serial) + bool(part.model) for part in wear.parts.values())
    counted = sum(count for part in wear.parts.values() for name, count in part.counts.items() if not is_moment(name))
    return len(wear.retired), named_parts, counted


def _was_retired(wear: Wear, id: str) -> bool:
    return any(one.id == id for one in wear.retired)


def known_counts(id: str, counts: Mapping[str, int]) -> dict[str, int]:
    """Those that this program knows, in the order of the table; others belong to a newer one."""
    known = [one for one in COUNTERS if one.part is kind_of(id)]
    return {one.name: counts.get(one.name, 0) for one in known if not one.is_measured or one.name in counts}
