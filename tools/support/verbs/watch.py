"""`evse-support watch DEVICE`: what a charger measures, drawn live: by the order `live`, or by what it tells."""

from __future__ import annotations

import argparse
import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Any

from agent.control.render import Tone, quantities
from agent.errors import AgentError
from agent.telemetry.letters import BadDocument, read
from agent.telemetry.topics import Topics
from tools.support.asking import order_arguments, outcome_of, show_body, typed_wish
from tools.support.failures import WrongUse
from tools.support.link import Link, open_link
from tools.support.ordering import known, standing
from tools.support.plots import LIMIT, Plots, page_lines
from tools.support.screen import Screen, full_screen, is_terminal
from tools.support.settings import load
from tools.support.telling import printed_json, printed_line, without_head

PURPOSE = "power, current, pilot and temperatures of a charger, drawn live"
SPAN_S = 120.0
ASKS_FOR_S = 60
"""A charger shows a minute at a time; while somebody looks it is asked again, and it runs out when he has left."""
EARLY_S = 2.0
REDRAW_S = 0.5
PHASES = {"currents_a": "current", "voltages_v": "voltage"}


def arguments(parser: argparse.ArgumentParser) -> None:
    order_arguments(parser)
    parser.add_argument("--told", action="store_true", help="no order: only what it tells by itself, each minute or so")
    parser.add_argument(
        "--seconds", type=int, default=300, metavar="N", help="how long (300); what is left behind ends in a minute"
    )
    parser.add_argument("--hz", type=int, default=2, metavar="N", help="looks a second (2); 10 at most")
    parser.add_argument("--span", type=int, default=int(SPAN_S), metavar="S", help="seconds on the screen (120)")
    parser.add_argument("device", metavar="DEVICE")


def run(typed: argparse.Namespace) -> int:
    """0 at its end, or at q. Raises AgentError."""
    if min(typed.seconds, typed.span) < 1:
        raise WrongUse("--seconds, --span: at least 1")
    settings = load(typed.config)
    incoming = _Incoming()
    if typed.told or settings.key is None:
        with open_link(settings.broker, here=typed.here) as link:
            device = known(link, settings.broker.prefix, typed.device)
            base = Topics(settings.broker.prefix, typed.device).base
            link.subscribe([f"{base}/port/+/meter", f"{base}/port/+/status"])
            _shown(typed, incoming, f"{standing(device, typed.here.now_ms())}; by what it tells by itself", link)
        return 0
    asking = threading.Thread(target=_ask, args=(typed, incoming), daemon=True)
    asking.start()
    try:
        _shown(typed, incoming, f"{typed.device}, live", None)
    finally:
        incoming.is_left = True
        if not incoming.is_over:
            _ended(typed)
    if incoming.error is not None:
        raise incoming.error
    return 0


class _Incoming:
    """What the asking thread hands to the drawing one."""

    def __init__(self) -> None:
        self.bodies: list[tuple[float, Mapping[str, Any]]] = []
        self.error: AgentError | None = None
        self.is_over = False
        self.is_left = False
        """Nobody looks any more: it is not asked again."""
        self._lock = threading.Lock()

    def take(self, body: Mapping[str, Any]) -> None:
        with self._lock:
            self.bodies.append((time.monotonic(), body))

    def taken(self) -> list[tuple[float, Mapping[str, Any]]]:
        with self._lock:
            found, self.bodies = self.bodies, []
            return found


def _ask(typed: argparse.Namespace, incoming: _Incoming) -> None:
    ends = time.monotonic() + typed.seconds
    try:
        while (left := round(ends - time.monotonic())) > 0 and not incoming.is_left:
            seconds, began = min(left, ASKS_FOR_S), time.monotonic()
            asked = typed_wish(typed.device, ["live", "--seconds", str(seconds), "--hz", str(typed.hz)])
            outcome = outcome_of(typed, asked, progress=incoming.take)
            incoming.take(outcome.body)
            if time.monotonic() - began < seconds - EARLY_S:
                return  # it ended this by itself, and would end the next one, too
            typed.is_shown = True
    except AgentError as error:
        if not incoming.is_left:  # else it was ended for whoever left, and that is no failure of his
            incoming.error = error
    finally:
        incoming.is_over = True


def _ended(typed: argparse.Namespace) -> None:
    """Whoever has left takes no more of the line: the newest stream of a key ends the one before, and this is short."""
    typed.is_shown = True
    with contextlib.suppress(AgentError):
        outcome_of(typed, typed_wish(typed.device, ["live", "--seconds", "1", "--hz", "1"]), progress=lambda _: None)


def _shown(typed: argparse.Namespace, incoming: _Incoming, title: str, link: Link | None) -> None:
    plots, began = Plots(), time.monotonic()
    if typed.json or not is_terminal():
        _printed(typed, incoming, link, began)
        return
    while link is None and not incoming.bodies and not incoming.is_over:
        # The order is shown on the plain terminal first; the page begins with the first value.
        threading.Event().wait(0.05)
    with full_screen() as screen:
        while time.monotonic() - began < typed.seconds and not (incoming.is_over and not incoming.bodies):
            for at, body in _arrived(incoming, link):
                plots.take(body, at)
            _draw(screen, plots, typed, title, began)
            if "quit" in screen.keys(REDRAW_S):
                return


def _draw(screen: Screen, plots: Plots, typed: argparse.Namespace, title: str, began: float) -> None:
    columns, rows = screen.size
    now = time.monotonic()
    lines = page_lines(plots, now_s=now, span_s=float(typed.span), size=(columns, rows - 3))
    waiting = [] if lines else ["waiting for its first value"]
    left = max(0, round(typed.seconds - (now - began)))
    foot = f"the last {typed.span} s; ends in {left} s; q ends it now"
    plain = [(line, Tone.PLAIN) for line in (*lines, *waiting)]
    screen.draw([(title, Tone.STRONG), ("", Tone.PLAIN), *plain, (foot, Tone.DIM)])


def _printed(typed: argparse.Namespace, incoming: _Incoming, link: Link | None, began: float) -> None:
    """A line for each that comes, for a pipe."""
    while time.monotonic() - began < typed.seconds and not (incoming.is_over and not incoming.bodies):
        for _, body in _arrived(incoming, link):
            if typed.json:
                printed_json(body)
            elif "samples" in body:
                show_body(typed_wish(typed.device, ["live"]), body)
            else:
                printed_line(told_line(body))
        if link is None:
            threading.Event().wait(0.1)


def told_line(body: Mapping[str, Any]) -> str:
    """What a message of a charger says: what is drawn of each phase, and what may be drawn by its name."""
    values: dict[str, object] = {}
    for name, one in body.items():
        if name in PHASES and isinstance(one, list):
            values |= {f"{PHASES[name]} L{phase}": f"{value} {name[-1].upper()}" for phase, value in enumerate(one, 1)}
        elif name == LIMIT and isinstance(one, dict):
            values |= {"limit_a": one.get("current_a"), "limit by": one.get("owner")}
        elif not isinstance(one, dict | list):
            values[name] = one
    return quantities({name: one for name, one in values.items() if one not in (None, "")})


def _arrived(incoming: _Incoming, link: Link | None) -> list[tuple[float, Mapping[str, Any]]]:
    if link is None:
        return incoming.taken()
    found: list[tuple[float, Mapping[str, Any]]] = []
    waits = REDRAW_S if not is_terminal() else 0.0
    while (message := link.next(waits)) is not None:
        waits = 0.0
        try:
            body = read(message.payload, message.content_type)
        except BadDocument:
            continue
        found.append((message.at_s, without_head(body)))
    return found
