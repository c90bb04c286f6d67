"""Whether an instrument's word counts: by the date of its last calibration. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from agent.core.commissioning.typed_number import NotTaken
from agent.values import frozen

NONE = "none"
"""What is written where an instrument was never calibrated, or nobody knows when."""
NOTHING = frozenset({"-", "no", "none", "unknown", "?"})
FORMS = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?"),
    re.compile(r"(?:(?P<day>\d{1,2})\.)?(?P<month>\d{1,2})\.(?P<year>\d{4})"),
    re.compile(r"(?P<day>\d{1,2})[ -](?P<word>[A-Za-z]{3})[a-z]*[ -](?P<year>\d{4})"),
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def day_of(text: str) -> date | None:
    """The day that is meant; None where the text says that there is none. A month alone is its first day.

    Raises NotTaken. "03/04/2026" is another day in London than in New York, so slashes are refused.
    """
    cleaned = text.strip()
    if cleaned.lower() in NOTHING:
        return None
    found = next((match for form in FORMS if (match := form.fullmatch(cleaned))), None)
    if found is None:
        raise NotTaken(f'"{cleaned}" is no date; write it as 2026-03-31, or "none"')
    parts = found.groupdict()
    try:
        month = MONTHS.index(parts["word"].lower()) + 1 if parts.get("word") else int(parts["month"])
        return date(int(parts["year"]), month, int(parts["day"] or 1))
    except ValueError:
        raise NotTaken(f'there is no day "{cleaned}"; write it as 2026-03-31, or "none"') from None


@frozen(kw_only=True)
class Calibration:
    """What can be said of one instrument. `says` is "" where it is fine; `is_known` False: nobody can judge it now."""

    is_fine: bool
    is_known: bool = True
    is_to_come: bool = False
    """Made on a day that has not come yet: the day is wrong, or the clock."""
    says: str = ""


def judged(what: str, made: date | None, now_ms: int | None, months: int) -> Calibration:
    """`what` names the instrument; `made` is the day of its last calibration, `now_ms` UTC or None."""
    if made is None:
        return Calibration(is_fine=False, says=f"{what} has no date of calibration")
    if now_ms is None:
        says = (
            f"{what} was calibrated on {made}; whether that is still good cannot be judged, as the clock is not known"
        )
        return Calibration(is_fine=False, is_known=False, says=says)
    today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    if (made - today).days > 1:
        says = f"the calibration of {what} is said to be of {made}, which is still to come: today is {today}"
        return Calibration(is_fine=False, is_to_come=True, says=says)
    ended = _later(made, months)
    if today > ended:
        return Calibration(is_fine=False, says=f"the calibration of {what} ended on {ended}")
    return Calibration(is_fine=True)


def oldest(days: Iterable[date | None]) -> date | None:
    """What counts for several instruments together: None as soon as one has none."""
    found = list(days)
    known = [one for one in found if one is not None]
    return min(known) if known and len(known) == len(found) else None


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):  # the 31st has no like in the shorter months
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))
