"""`evse-support fleet`: every charger of a broker in one table, live."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from agent.control.render import Tone, duration
from agent.telemetry.topics import Topics
from tools.support.fleet_table import SORTS, Wanted, as_json, chosen, lines, summary
from tools.support.healing import Healing
from tools.support.link import Link, Message, open_link
from tools.support.picture import VERDICTS, Picture
from tools.support.screen import Screen, full_screen, is_terminal, scrolled
from tools.support.settings import Settings, load
from tools.support.telling import page, printed, printed_json
from tools.support.times import seconds

PURPOSE = "all chargers in a live table: verdict, ports, faults, version, age of the last word"
FIRST_QUIET_S = 0.2
FIRST_LONGEST_S = 1.5
"""The first screen stands after this, complete or not; the live one fills up, --once waits for the rest."""
ONCE_LONGEST_S = 30.0
HEALS_AFTER_S = 0.4
REDRAW_S = 0.5
NOBODY = "no charger has told anything to this broker that you may read; is the prefix right, and the user?"
HELP = "q ends · arrows, page keys · s sorts · r reverses"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", default="", help="a port's state (Charging, Faulted …), or online, silent, offline")
    parser.add_argument("--fault", default="", help="with this fault or reason; * and ? stand for any")
    parser.add_argument("--version", default="", help="whose agent's version fits")
    parser.add_argument("--verdict", choices=VERDICTS, default="", help="only these")
    parser.add_argument(
        "--older-than", default="", metavar="TIME", help="last word older than this: 90s, 15min, 2h, 3d"
    )
    parser.add_argument("--match", default="", help="whose name fits; * and ? stand for any")
    parser.add_argument("--sort", choices=SORTS, default="worst", help="(worst)")
    parser.add_argument("--reverse", action="store_true", help="the other way round")
    parser.add_argument("--once", action="store_true", help="print once and end; so does what is no terminal")
    parser.add_argument("--json", action="store_true", help="print JSON, once")


def run(typed: argparse.Namespace) -> int:
    """0; 1 where no charger is there. Raises SupportError, ConfigError."""
    wanted = Wanted(
        state=typed.state,
        fault=typed.fault,
        version=typed.version,
        verdict=typed.verdict,
        older_than_s=seconds(typed.older_than) if typed.older_than else None,
        match=typed.match,
    )
    settings = load(typed.config)
    with open_link(settings.broker, here=typed.here) as link:
        subscribe(link, settings)
        picture = Picture()
        if typed.json or typed.once or not is_terminal():
            _take_all(link, picture, settings)
            return _once(picture, wanted, typed)
        take_first(link, picture, FIRST_LONGEST_S)
        with full_screen() as screen:
            _live(screen, _Live(link, picture, Healing(link, settings.broker.prefix)), wanted, typed)
    return 0


def whole_picture(typed: argparse.Namespace, listens_s: float = 0.0) -> Picture:
    """Of the whole fleet: all that the broker keeps, and what comes for so long. Raises SupportError, ConfigError."""
    settings, picture = load(typed.config), Picture()
    with open_link(settings.broker, here=typed.here) as link:
        subscribe(link, settings)
        _take_all(link, picture, settings)
        end = link.here.monotonic() + listens_s
        while (left_s := end - link.here.monotonic()) > 0:
            if (message := link.next(left_s)) is not None:
                _take(picture, message, link.here.now_ms())
    return picture


def _take_all(link: Link, picture: Picture, settings: Settings) -> None:
    take_first(link, picture, ONCE_LONGEST_S)
    healing = Healing(link, settings.broker.prefix)
    while healing.step(picture):
        take_first(link, picture, ONCE_LONGEST_S)


def subscribe(link: Link, settings: Settings) -> None:
    """What a picture needs, the small and telling first; all else, so that gaps are seen."""
    all_of = Topics(settings.broker.prefix, "+")
    kept = [all_of.state, f"{all_of.base}/port/+/status", all_of.health]
    live = [f"{all_of.base}/port/+/meter", all_of.event, all_of.session, all_of.outage, all_of.load, all_of.result("+")]
    link.subscribe([*kept, *live])


def take_first(link: Link, picture: Picture, longest_s: float) -> None:
    """What the broker keeps: until none of it has come for a moment, whatever comes live meanwhile."""
    now = kept = link.here.monotonic()
    end = now + longest_s
    while now < end and now - kept < FIRST_QUIET_S:
        message = link.next(FIRST_QUIET_S - (now - kept))
        now = link.here.monotonic()
        if message is not None:
            kept = now if message.retained else kept
            _take(picture, message, link.here.now_ms())


def _take(picture: Picture, message: Message, now_ms: int) -> None:
    picture.take(message.topic, message.payload, message.content_type, retained=message.retained, now_ms=now_ms)


def _once(picture: Picture, wanted: Wanted, typed: argparse.Namespace) -> int:
    now = typed.here.now_ms()
    rows = chosen(picture, wanted, typed.sort, now, reverse=typed.reverse)
    if typed.json:
        printed_json(
            {
                "chargers": len(picture.devices),
                "left_out": picture.left_out or None,
                "devices": [as_json(one, now) for one in rows],
            }
        )
        return 0 if picture.devices else 1
    shown = page()
    shown.line(summary(picture, rows, now) if picture.devices else NOBODY)
    if rows:
        shown.line()
        for text, tone in lines(rows, now):
            shown.line(text, tone)
    printed(shown)
    return 0 if picture.devices else 1


class _Live:
    """A picture that goes on, and is made complete once what the broker keeps has come."""

    def __init__(self, link: Link, picture: Picture, healing: Healing) -> None:
        self.link, self.picture = link, picture
        self._healing, self._heals = healing, True
        self._kept_s = self.link.here.monotonic()

    def catch_up(self) -> None:
        """All that has come since."""
        for message in self.link.drained():
            _take(self.picture, message, self.link.here.now_ms())
            self._kept_s = message.at_s if message.retained else self._kept_s
        if self._heals and self.link.lost_since is None and self.link.here.monotonic() - self._kept_s > HEALS_AFTER_S:
            self._heals = self._healing.step(self.picture)
            self._kept_s = self.link.here.monotonic()


def _live(screen: Screen, live: _Live, wanted: Wanted, typed: argparse.Namespace) -> None:
    offset, sort, reverse = 0, typed.sort, typed.reverse
    picture = live.picture
    while True:
        live.catch_up()
        now = typed.here.now_ms()
        rows = chosen(picture, wanted, sort, now, reverse=reverse)
        columns, height = screen.size
        room = max(1, height - 4)
        offset = scrolled(offset, (), rows=len(rows), room=room)
        shown = lines(rows[offset : offset + room], now, columns)
        foot = f"{offset + 1 if rows else 0}-{min(offset + room, len(rows))} of {len(rows)}, {sort} first · {HELP}"
        head = (summary(picture, rows, now), Tone.STRONG)
        screen.draw([head, (_link_words(live.link), Tone.WARN), *shown, (foot, Tone.DIM)])
        keys: Sequence[str] = screen.keys(REDRAW_S)
        if "quit" in keys:
            return
        offset = scrolled(offset, keys, rows=len(rows), room=room)
        sort = SORTS[(SORTS.index(sort) + list(keys).count("sort")) % len(SORTS)]
        reverse ^= list(keys).count("reverse") % 2 == 1


def _link_words(link: Link) -> str:
    if link.lost_since is not None:
        return f"the broker is away for {duration(link.here.monotonic() - link.lost_since)}; connecting again by itself"
    if link.dropped:
        return f"{link.dropped} messages came faster than they can be read, and are not in the picture"
    return ""
