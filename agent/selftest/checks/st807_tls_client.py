"""ST807: the charger's own certificate, where it proves itself with one."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench
from agent.selftest.judging import network

VERSION = 1
WITH_CERTIFICATE = 3
"""The security profile in which the charger shows one."""


async def run(bench: Bench) -> Outcome:
    ocpp = bench.config.ocpp
    seen = {} if ocpp is None else await bench.controller.measures("keys")
    if ocpp is None or (ocpp.security_profile != WITH_CERTIFICATE and "certificate" not in seen):
        return not_applicable(_without(0 if ocpp is None else ocpp.security_profile))
    return network.own_certificate(seen, bench.now().utc_ms)


def _without(profile: int) -> str:
    if profile == 0:
        return "security profile 0: nothing proves who this charger is, no certificate and no password"
    return f"security profile {profile}: the charger proves itself with a password and shows no certificate"
