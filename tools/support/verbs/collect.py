"""`evse-support collect`: writes what a fleet tells into the history, as a service, until it is stopped."""

from __future__ import annotations

import argparse
import re
import signal
import socket
from pathlib import Path

from tools.support.failures import NotReachable
from tools.support.history.collector import Collector, Spool, filters
from tools.support.history.sink import open_history
from tools.support.link import AT_LEAST_ONCE, MOST_SHORT, Standing, open_link
from tools.support.settings import load
from tools.support.telling import printed_line

PURPOSE = "write what the chargers tell into the history, as a service; several split a fleet"
KEPT_AT_BROKER_S = 7 * 86_400
SPOOL_FOLDER = Path("~/.local/state/evse-support")
OWN_NAME = "give each its own name in [collect]"
MORE_LIKE_THIS = re.compile(r"[^A-Za-z0-9._-]+")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--spool", type=Path, metavar="DIR", help="where it waits while the database is away")


def run(typed: argparse.Namespace) -> int:
    """0 once it was stopped. Raises SupportError, ConfigError."""
    settings = load(typed.config)
    name = settings.collect.name or MORE_LIKE_THIS.sub("-", socket.gethostname())
    client_id = f"{settings.collect.group}-{name}"
    stopped = _stopped_by_signal()
    folder = (typed.spool or SPOOL_FOLDER).expanduser()
    spool = Spool(folder / f"{client_id}.spool", settings.collect.queue)
    standing = Standing(client_id=client_id, expiry_s=KEPT_AT_BROKER_S)
    with open_link(settings.broker, standing, typed.here) as link:
        link.subscribe(filters(settings.broker.prefix, settings.collect.group), AT_LEAST_ONCE)
        collector = Collector(
            link=link,
            connect=lambda: open_history(settings.history),
            spool=spool,
            now_ms=typed.here.now_ms,
            tell=tell,
            keep_days=settings.history.keep_days,
        )
        tell(f"ready {client_id} at {settings.broker.url}")
        collector.run(lambda: bool(stopped) or link.is_taken_over or link.is_thrown_off)
    spool.close()
    if link.is_taken_over:
        # Not for good: the other one may be somebody's for a minute, and then nobody would collect any more.
        raise NotReachable(f"another collector connected to {settings.broker.url} as {client_id}; {OWN_NAME}")
    if link.is_thrown_off and not stopped:
        raise NotReachable(
            f"{settings.broker.url} ended the connection of {client_id} {MOST_SHORT} times just after it stood; "
            f"most likely another collector has this name: {OWN_NAME}. Else the broker's log says why"
        )
    tell(
        f"stopped: {collector.taken} messages taken, {collector.new} new, {collector.refused} not kept, "
        f"{collector.broken} that could not be written"
    )
    return 0


def _stopped_by_signal() -> list[int]:
    stopped: list[int] = []
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, _: stopped.append(number))
    return stopped


def tell(text: str) -> None:
    """To the journal: one line each."""
    printed_line(text.replace("\n", " "))
