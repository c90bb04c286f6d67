"""The check of the network where no agent runs: by the site file, and what was kept of keys and addresses beside it."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from agent.clock import NOT_BEFORE_MS, Clock
from agent.config.model import OcppConfig, StationConfig, endpoint_of
from agent.core.network_check.model import Finding
from agent.core.network_check.own_link import LinkSeen
from agent.errors import Busy, NotPermitted
from agent.ids import Ids
from agent.ocpp_client.causes import LinkFailed
from agent.ocpp_client.link import LinkOptions, dial
from agent.ocpp_client.v16.adapter import SUBPROTOCOL
from agent.security.authorization_key import KeyEncoding
from agent.security.certificate_store import CertificateStore
from agent.security.disk import Disk
from agent.station import security_side, slots
from agent.station.access import AccessKeeper, Surroundings
from agent.station.network_check import Subject, check_network
from agent.station.network_looks import (
    ATTEMPT_WITHIN_S,
    PING_WITHIN_S,
    PINGS,
    STANDS_WITHIN_S,
    without_a_central_system,
)
from agent.station.slot_file import SlotFile

ENCODING = "AuthorizationKeyEncoding"


def without_an_agent(config: StationConfig, clock: Clock) -> AsyncGenerator[Finding, None]:
    """By a connection of its own. Raises Busy where an agent runs: it would be thrown off; and NotPermitted."""
    if _is_there(config.control.socket):
        raise Busy(f"an agent is running; ask it: evsectl --socket {config.control.socket} network check")
    ocpp = config.ocpp
    if ocpp is None:
        return without_a_central_system()
    folder = (config.storage.path / security_side.FILE).parent
    if folder.exists() and not os.access(folder, os.R_OK | os.X_OK):
        raise NotPermitted(f"{folder} cannot be read, where keys are kept; begin the line with sudo")

    async def options() -> LinkOptions:
        return _way(config, ocpp, clock)

    async def nothing_stands() -> bool:
        return False

    return check_network(
        Subject(
            options=options,
            own=_dialled,
            stands=nothing_stands,
            now_ms=lambda: clock.now().utc_ms,
            bits=Ids().bits,
            portal_check_url=ocpp.portal_check_url,
        )
    )


def _way(config: StationConfig, ocpp: OcppConfig, clock: Clock) -> LinkOptions:
    """To where the agent would go first. Raises LinkFailed."""
    file = config.storage.path / security_side.FILE
    base = Surroundings(
        file=file,
        ocpp=ocpp,
        tls=config.tls,
        certificates=CertificateStore(config.storage.path),
        disk=Disk(),
        encoding=lambda: KeyEncoding(ocpp.settings.get(ENCODING, KeyEncoding.AUTO.value)),
        now_ms=lambda: max(NOT_BEFORE_MS, clock.now().utc_ms or 0),
        has_clock=lambda: clock.now().utc_ms is not None,
        note=lambda _event, _info: None,
        keep=lambda _access: None,
        on_answered=lambda: None,
    )
    kept = SlotFile(file, base.disk, slots.profiles_of(ocpp)).read()
    number = kept.home
    own = number > 1 and number - 2 < len(ocpp.slots) and not ocpp.slots[number - 2].logs_in_alike
    identity = ocpp.of_slot(number).identity
    access = AccessKeeper(slots.of_slot(base, number) if own else base)
    return access.preview(endpoint_of(kept.profiles[number].url, identity), identity)


async def _dialled(options: LinkOptions) -> LinkSeen:
    """Opened, pinged and closed; nothing is said over it."""
    try:
        link = await dial(replace(options, open_timeout_s=ATTEMPT_WITHIN_S), SUBPROTOCOL)
    except LinkFailed as failure:
        return LinkSeen(is_open=False, cause=failure.cause.value, sentence=str(failure))
    trips_s: tuple[float, ...] = ()
    try:
        with suppress(LinkFailed):
            trips_s = tuple([await link.ping(PING_WITHIN_S) for _ in range(PINGS)])
    finally:
        await link.close()
    return LinkSeen(is_open=True, subprotocol=SUBPROTOCOL, asks_registration=False, trips_s=trips_s)


def _is_there(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
            one.settimeout(STANDS_WITHIN_S)
            one.connect(str(path))
    except OSError:
        return False
    return True
