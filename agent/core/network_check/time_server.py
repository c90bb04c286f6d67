"""What the time servers say that this machine's own settings name, judged. Pure.

Who is off, this clock or the server, one answer cannot tell: `remote.clock` compares, and here it is said who answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from agent.core.network_check.model import Finding, Layer, ok, skipped, span, warn
from agent.values import frozen

DISAGREE_S = 1.0
"""Two servers that keep the time differ by milliseconds."""
OPEN_123 = "have port 123 (UDP) opened for outgoing packets, or name a time server of the site in the settings of {}"


class Heard(Enum):
    """What a time server said (RFC 5905). KISS: it sends the charger away (section 7.4)."""

    TIME = "tells the time"
    UNSYNCHRONIZED = "says that it does not know the time itself"
    KISS = "refuses to answer"
    NONSENSE = "answers with something that is no time"
    NOBODY = "is not there: the machine at that address runs no time server"
    SILENT = "does not answer"
    NO_NAME = "is not found by the name server"


@frozen(kw_only=True)
class Answered:
    """One server. `ahead_s`: how far it is ahead of this clock; None where this clock knows no time."""

    server: str
    heard: Heard
    ahead_s: float | None = None
    took_s: float = 0.0


@frozen(kw_only=True)
class TimeSeen:
    """`kept_by`: who keeps this clock, "" where nobody is seen to. `is_synchronized` None: `why_not` says why."""

    answers: Sequence[Answered] = ()
    kept_by: str = ""
    is_synchronized: bool | None = None
    why_not: str = ""


def ahead_s(seen: TimeSeen) -> float | None:
    """How far the servers that know the time are ahead of this clock, where they agree."""
    told = sorted(one.ahead_s for one in seen.answers if one.heard is Heard.TIME and one.ahead_s is not None)
    if not told or told[-1] - told[0] > DISAGREE_S:
        return None
    return told[len(told) // 2]


def time_server(seen: TimeSeen) -> Finding:
    """Whether somebody tells this clock the time. Never a failure: a charger charges without."""
    kept = _kept(seen)
    if not seen.answers:
        return skipped(Layer.TIME_SERVER, f"no time server is named in this system's settings; {kept}")
    good = [one for one in seen.answers if one.heard is Heard.TIME]
    bad = [one for one in seen.answers if one.heard is not Heard.TIME]
    values = _values(seen)
    said = "; ".join(f"{one.server} {one.heard.value}" for one in bad)
    if not good:
        return warn(Layer.TIME_SERVER, f"{said}; {kept}", _none_tells(seen), values)
    told = [one.ahead_s for one in good if one.ahead_s is not None]
    if told and max(told) - min(told) > DISAGREE_S:
        each = "; ".join(f"{one.server} is {_off(one.ahead_s)}" for one in good if one.ahead_s is not None)
        return warn(
            Layer.TIME_SERVER,
            f"the time servers disagree: beside this clock, {each}",
            "take the wrong one out of the settings; compare each with a clock that is known to be right",
            values,
        )
    best = min(good, key=lambda one: one.took_s)
    says = f"{best.server} answers after {1000 * best.took_s:.0f} ms"
    says += f"; but {said}" if bad else ""
    if seen.is_synchronized is False:
        then = f"look at the service that keeps the time: systemctl status {seen.kept_by or 'systemd-timesyncd chrony'}"
        return warn(Layer.TIME_SERVER, f"{says}; {kept}", then, values)
    return ok(Layer.TIME_SERVER, f"{says}; {kept}", values)


def _kept(seen: TimeSeen) -> str:
    by = seen.kept_by or "the system"
    if seen.is_synchronized is None:
        return f"whether the clock is kept by one was not looked at: {seen.why_not}"
    return f"{by} {'keeps the clock by one' if seen.is_synchronized else 'has not set the clock by one'}"


def _none_tells(seen: TimeSeen) -> str:
    heard = {one.heard for one in seen.answers}
    if heard == {Heard.NO_NAME}:
        return "compare the names of the time servers, or look at the name server"
    if heard <= {Heard.UNSYNCHRONIZED, Heard.KISS, Heard.NONSENSE}:
        return f"name another time server in the settings of {seen.kept_by or 'timesyncd or chrony'}"
    return OPEN_123.format(seen.kept_by or "timesyncd or chrony")


def _values(seen: TimeSeen) -> dict[str, object]:
    values: dict[str, object] = {"servers": [one.server for one in seen.answers]}
    told = ahead_s(seen)
    if told is not None:
        values["offset_s"] = round(told, 3)
    if seen.is_synchronized is not None:
        values["synchronized"] = seen.is_synchronized
    return values


def _off(seconds: float) -> str:
    return f"{span(abs(seconds))} {'ahead' if seconds > 0 else 'behind'}"
