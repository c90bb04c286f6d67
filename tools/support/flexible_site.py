"""What could be shed or raised now over several chargers, added up of what each port told last. Pure.

A port tells it when it moves, so an old word is not a wrong one; but nobody sees from outside whether it is old because
nothing moved or because the charger hangs. So each has its age, and what is too old counts for nothing, by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agent.control.render import Page, Tone, power
from agent.core.metrics.fleet import LeftOut
from agent.tables import close_to
from agent.values import frozen
from tools.support.flexible import Flexible
from tools.support.picture import MOST_AHEAD_S, Device, Picture, Port, Presence
from tools.support.telling import age_words, counted

FRESH_S = 900.0
NEVER = "it has never told anything to this broker"
SCHEMA, VERSION = "evse-site-flexibility", 1
HEADS = "charger,port,state,age_s,shed_w,shed_to_minimum_w,raise_w,raise_by,until"
NOTHING = Flexible(shed_w=0.0, shed_to_minimum_w=0.0, raise_w=0.0, raise_by="", until="")


@frozen(kw_only=True)
class Word:
    """Of one port that counts. `age_s` None: it tells no time, and nothing can be shed or raised there."""

    device: str
    port: int
    state: str
    age_s: float | None
    able: Flexible

    @property
    def name(self) -> str:
        return f"{self.device} port {self.port}"


@frozen(kw_only=True)
class SiteFlexibility:
    """`left_out`: ports and chargers, each with why. Sums are of what is known, watts."""

    words: tuple[Word, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def shed_w(self) -> float:
        return sum(one.able.shed_w for one in self.words)

    @property
    def shed_to_minimum_w(self) -> float:
        return sum(one.able.shed_to_minimum_w or 0.0 for one in self.words)

    @property
    def raise_w(self) -> float:
        """At the most: each by itself, without a look at what feeds several of them."""
        return sum(one.able.raise_w or 0.0 for one in self.words)

    def not_known(self, name: str) -> tuple[str, ...]:
        """Ports that do not tell this figure."""
        return tuple(one.name for one in self.words if getattr(one.able, name) is None)


def flexibility_of(picture: Picture, names: Iterable[str], now_ms: int, fresh_s: float = FRESH_S) -> SiteFlexibility:
    """Of these chargers. `fresh_s`: how old the word of a port that could be shed or raised may be."""
    words, left_out = list[Word](), list[LeftOut]()
    for name in sorted(set(names)):
        device = picture.devices.get(name)
        if device is None:
            left_out.append(LeftOut(name, f"{NEVER}{close_to(name, list(picture.devices))}"))
        elif why := _absent(device, now_ms):
            left_out.append(LeftOut(name, why))
        else:
            for number in sorted({*device.ports, *device.numbers}):
                port = device.ports.get(number, Port())
                word = Word(
                    device=name,
                    port=number,
                    state=port.state,
                    age_s=_age_s(port, now_ms),
                    able=port.flexible or NOTHING,
                )
                why = _useless(port, word.age_s, fresh_s)
                if why:
                    left_out.append(LeftOut(word.name, why))
                else:
                    words.append(word)
    return SiteFlexibility(words=tuple(words), left_out=tuple(left_out))


def _absent(device: Device, now_ms: int) -> str:
    presence = device.presence(now_ms)
    if presence is Presence.ONLINE:
        return "" if device.ports or device.numbers else "it has told of no port"
    age_s = device.age_s(now_ms)
    return f"it is {presence.value}, " + ("and tells no time" if age_s is None else f"last word {age_words(age_s)} ago")


def _age_s(port: Port, now_ms: int) -> float | None:
    """By its own clock, where that is not ahead, or since something of it came live."""
    is_ahead = port.told_ms > now_ms + 1000 * MOST_AHEAD_S
    told = [one for one in (0 if is_ahead else port.told_ms, port.heard_ms) if one]
    return max(0.0, (now_ms - max(told)) / 1000) if told else None


def _useless(port: Port, age_s: float | None, fresh_s: float) -> str:
    """Why what it said counts for nothing; "" where it counts."""
    if not port.state:
        return "it has told no status"
    if port.flexible is None and not port.charging:
        return ""
    if port.flexible is None:
        return "it charges, and tells nothing of what could be shed (an older release, or its meter is silent)"
    again = "hear it live: --listen 70s, or ask for its health: evse-support show NAME --fresh"
    if age_s is None:
        return f"its word has no time that can be believed; {again}"
    return "" if age_s <= fresh_s else f"its last word is {age_words(age_s)} old; {again}"


def body_of(found: SiteFlexibility, site: str) -> dict[str, Any]:
    """All of it as JSON."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "site": site,
        "shed_w": found.shed_w,
        "shed_to_minimum_w": found.shed_to_minimum_w,
        "raise_w": found.raise_w,
        "minimum_not_known": list(found.not_known("shed_to_minimum_w")),
        "raise_not_known": list(found.not_known("raise_w")),
        "shift": "unknown",
        "ports": [_row(one) for one in found.words],
        "left_out": [{"what": one.serial, "why": one.why} for one in found.left_out],
    }


def _row(one: Word) -> dict[str, Any]:
    age_s = None if one.age_s is None else round(one.age_s, 1)
    return {
        "charger": one.device,
        "port": one.port,
        "state": one.state,
        "age_s": age_s,
        "shed_w": one.able.shed_w,
        "shed_to_minimum_w": one.able.shed_to_minimum_w,
        "raise_w": one.able.raise_w,
        "raise_by": one.able.raise_by or None,
        "until": one.able.until or None,
    }


def csv_lines(found: SiteFlexibility) -> Iterator[str]:
    """A row for each port that counts; what is not known is empty."""
    yield HEADS
    for one in found.words:
        yield ",".join("" if value is None else str(value) for value in _row(one).values())


def show(found: SiteFlexibility, site: str, page: Page) -> None:
    """The sums first, then each port with the age of its word, then who is left out."""
    chargers, ports = len({one.device for one in found.words}), counted(len(found.words), "port")
    whose = f"{site}: " if site else ""
    page.line(f"{whose}{counted(chargers, 'charger')}, {ports}, by their last word", Tone.STRONG)
    if found.words:
        page.line(f"shed          {power(found.shed_w)} by a pause of all that charge")
        page.line(f"  to 6 A      {power(found.shed_to_minimum_w)}{_but(found.not_known('shed_to_minimum_w'))}")
        page.line(f"raise         at most {power(found.raise_w)}{_but(found.not_known('raise_w'))}")
        page.line("  each by itself: what feeds several of them is not looked at", Tone.DIM)
    else:
        page.line("nobody's word counts, so nothing is known")
    able = [one for one in found.words if one.able != NOTHING]
    if able:
        page.line()
        heads = ["charger", "port", "state", "word", "shed", "to 6 A", "raise", "by", "until"]
        page.table(heads, [_cells(one) for one in able])
    if found.left_out:
        page.line()
    for one in found.left_out:
        page.line(f"left out: {one.serial}: {one.why}", Tone.WARN)


def _but(names: Sequence[str]) -> str:
    return f", not known of {', '.join(names)}" if names else ""


def _cells(one: Word) -> list[str]:
    able: Mapping[str, Any] = _row(one)
    watts = [power(able[name]) for name in ("shed_w", "shed_to_minimum_w", "raise_w")]
    return [one.device, str(one.port), one.state, age_words(one.age_s), *watts, one.able.raise_by, one.able.until]
