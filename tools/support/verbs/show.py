"""`evse-support show DEVICE`: the health of one charger, as it told it last; asked anew with --fresh."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from agent.control.registry import find
from agent.control.render import Page, Tone
from agent.errors import BadRequest
from agent.telemetry.letters import BadDocument, read
from agent.telemetry.topics import Topics
from tools.support.asking import answered, order_arguments, typed_wish
from tools.support.door import door_of
from tools.support.failures import NotReachable
from tools.support.link import Link, open_link
from tools.support.ordering import KEPT_WITHIN_S, QUIET_S, known, standing
from tools.support.picture import moment_ms
from tools.support.settings import load
from tools.support.telling import age_words, page, printed, printed_json, without_head

PURPOSE = "the health of a charger: verdict, reasons, faults, limits, network, what else it knows of itself"


def arguments(parser: argparse.ArgumentParser) -> None:
    order_arguments(parser)
    parser.add_argument("--fresh", action="store_true", help="ask it now, by an order, in place of what it told last")
    parser.add_argument("device", metavar="DEVICE")


def run(typed: argparse.Namespace) -> int:
    """0: ok; 1: degraded or down. Raises AgentError."""
    if typed.fresh:
        return answered(typed, typed_wish(typed.device, ["health"]))
    settings = load(typed.config)
    with open_link(settings.broker, here=typed.here) as link:
        device = known(link, settings.broker.prefix, typed.device)
        document = _kept(link, Topics(settings.broker.prefix, typed.device).health)
    now_ms = typed.here.now_ms()
    if document is None:
        raise NotReachable(
            f"{standing(device, now_ms)}; it has told no health document yet. "
            f"Ask it: evse-support show {device.name} --fresh"
        )
    if typed.json:
        printed_json(document)
    else:
        shown = page()
        shown.line(standing(device, now_ms))
        shown.line(f"its health as it told it {_when(document, now_ms)}; asked anew: --fresh", Tone.DIM)
        render(without_head(document), shown, typed.device)
        printed(shown)
    return 0 if document.get("verdict") == "ok" else 1


def _kept(link: Link, topic: str) -> Mapping[str, Any] | None:
    link.subscribe([topic])
    end = link.here.monotonic() + KEPT_WITHIN_S
    while link.here.monotonic() < end:
        message = link.next(QUIET_S)
        if message is not None and message.topic == topic:
            try:
                return read(message.payload, message.content_type)
            except BadDocument as error:
                raise NotReachable(f"what the broker keeps at {topic} is no health document: {error}") from error
    return None


def _when(document: Mapping[str, Any], now_ms: int) -> str:
    told = moment_ms(document.get("time"))
    return "when it did not know the time" if told is None else f"{age_words((now_ms - told) / 1000)} ago"


def render(document: Mapping[str, Any], shown: Page, device: str) -> None:
    """As evsectl shows it; a document of another release as a list of all it holds."""
    tried = page()
    try:
        find("health").show(document, tried)
    except (BadRequest, KeyError, TypeError, ValueError, AttributeError, IndexError):
        plain(document, shown)
        return
    door = door_of(device)
    shown.lines.extend(door.told(line) for line in tried.lines)


def plain(value: object, shown: Page, depth: int = 0, name: str = "") -> None:
    """Every key and value, indented."""
    space = "  " * depth
    if isinstance(value, Mapping):
        if name:
            shown.line(f"{space}{name}")
        for key, one in value.items():
            plain(one, shown, depth + bool(name), str(key))
    elif isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        for number, one in enumerate(value, 1):
            plain(one, shown, depth, f"{name} {number}")
    else:
        text = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
        shown.line(f"{space}{name:<16} {text}")
