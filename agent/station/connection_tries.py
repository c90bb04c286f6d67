"""Tries the likely forms of a central system's address, one after the other, and says what each came to.

A form answers when a websocket is opened and the subprotocol agreed. It is closed again at once and nothing is said
over it: no BootNotification, so nothing at the central system is begun. A charger that is connected there as the same
may be thrown off by it, and comes back by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from agent.clock import NOT_BEFORE_MS, Clock
from agent.config.model import StationConfig
from agent.core.network_check.variants import Tried, Variant, Verdict
from agent.ocpp_client.causes import Cause, LinkFailed
from agent.ocpp_client.link import LinkOptions, dial
from agent.ocpp_client.tls import Trust
from agent.ocpp_client.v16.adapter import SUBPROTOCOL
from agent.secret import Secret

ONE_WITHIN_S = 6.0
ALL_WITHIN_S = 40.0
LOGINS_AT_MOST = 2
"""A central system may lock out who shows a wrong password too often."""
OTHER_SUBPROTOCOLS = ("ocpp2.0.1", "ocpp2.1", "ocpp1.6j", "ocpp1.5")
ABOUT_THE_HOST = frozenset({Cause.DNS})
ABOUT_THE_PORT = frozenset(
    {Cause.UNREACHABLE, Cause.REFUSED, Cause.CONNECT_TIMEOUT, Cause.CERTIFICATE, Cause.TLS, Cause.TLS_VERSION}
) | {Cause.TLS_CIPHERS, Cause.OWN_CERTIFICATE}
"""Before a path is asked for."""
OTHER_HOUSE = frozenset({Cause.SUBPROTOCOL, Cause.HTTP_STATUS})
"""A server that speaks no OCPP 1.6 says so, or just that the request is bad (HTTP 400)."""


def login(config: StationConfig, clock: Clock, identity: str, password: Secret | None) -> LinkOptions:
    """Who the charger is and whom it believes, as the site file says it; the address is each form's."""
    files, now = config.tls, clock.now()
    shows = password is None
    return LinkOptions(
        url="",
        identity=identity,
        password=password,
        trust=Trust(
            ca_file=files.ca_file,
            certificate_file=files.client_certificate_file if shows else None,
            key_file=files.client_key_file if shows else None,
            has_clock=now.utc_ms is not None,
            floor_ms=max(NOT_BEFORE_MS, now.utc_ms or 0),
        ),
    )


async def try_each(
    forms: Sequence[Variant], plain: LinkOptions, *, one_within_s: float = ONE_WITHIN_S
) -> AsyncGenerator[Tried, None]:
    """Each form as it is done, up to the first that answers; within ALL_WITHIN_S. `plain`: login and trust of all."""
    loop = asyncio.get_running_loop()
    ends_s = loop.time() + ALL_WITHIN_S
    spared: dict[str, str] = {}
    logins, is_asked = 0, False
    for form in forms:
        why = spared.get("") or spared.get(form.place) or ""
        if not why and logins >= LOGINS_AT_MOST:
            why = f"{logins} forms refused the login, and more attempts could lock the charger out"
        left_s = ends_s - loop.time()
        if not why and left_s < 1.0:
            why = f"{ALL_WITHIN_S:g} s are over"
        if why:
            yield Tried(variant=form, verdict=Verdict.SPARED, says=why)
            continue
        options = replace(
            plain,
            url=form.endpoint(plain.identity),
            open_timeout_s=min(one_within_s, left_s),
            close_timeout_s=1.0,
        )
        failure = await _failure(options)
        if failure is None:
            yield Tried(variant=form, verdict=Verdict.ANSWERS, says=f"answers and speaks {SUBPROTOCOL}")
            return
        if failure.cause in ABOUT_THE_HOST:
            spared[""] = "the host has no address"
        if failure.cause in ABOUT_THE_PORT:
            spared[form.place] = "the same place as before, which does not get as far as a path"
        is_login = failure.cause is Cause.UNAUTHORIZED
        logins += is_login
        says = str(failure)
        if failure.cause in OTHER_HOUSE and not is_asked:
            is_asked = True
            says += await _speaks_instead(options)
        yield Tried(variant=form, verdict=Verdict.REFUSES, says=says, is_about_login=is_login)


async def _failure(options: LinkOptions, subprotocol: str = SUBPROTOCOL) -> LinkFailed | None:
    try:
        link = await dial(options, subprotocol)
    except LinkFailed as failure:
        return failure
    await link.close()
    return None


async def _speaks_instead(options: LinkOptions) -> str:
    """Another version that it agrees to: the right door of the wrong house."""
    for other in OTHER_SUBPROTOCOLS:
        if await _failure(replace(options, open_timeout_s=min(2.0, options.open_timeout_s)), other) is None:
            return f"; it speaks {other}, which this charger does not. Ask for the address for OCPP 1.6"
    return ""
