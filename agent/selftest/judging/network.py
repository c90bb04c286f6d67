"""The layers of the network check as tests of the catalogue (ST801 to ST810). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.core.commissioning.model import (
    Measured,
    Outcome,
    Quantity,
    Verdict,
    failed,
    not_applicable,
    passed,
    skipped,
    warned,
)
from agent.core.network_check.conclusion import concluded
from agent.core.network_check.model import Finding, Layer
from agent.core.network_check.model import Verdict as Found
from agent.core.network_check.packets import SMALL_ONLY
from agent.selftest.judging.limits import CATALOGUE, fits, told
from agent.selftest.judging.summing import summed

Seen = Mapping[str, Quantity]

CAUSES: Mapping[Layer, str] = {
    Layer.SETTINGS: "config.invalid",
    Layer.RADIO: "net.weak_signal",
    Layer.LINK: "net.no_link",
    Layer.ADDRESS: "net.no_link",
    Layer.ROUTE: "net.no_link",
    Layer.DNS: "net.dns",
    Layer.PORTAL: "net.no_internet",
    Layer.TIME_SERVER: "clock.unsynced",
    Layer.CLOCK: "clock.unsynced",
    Layer.TCP: "net.no_internet",
    Layer.PACKETS: "net.no_internet",
    Layer.TLS: "tls.server_cert",
    Layer.UPGRADE: "ocpp.offline",
    Layer.SUBPROTOCOL: "ocpp.offline",
    Layer.BOOT: "ocpp.boot_rejected",
    Layer.ROUND_TRIP: "ocpp.offline",
}
BY_CAUSE = {
    "unauthorized": "ocpp.auth_failed",
    "own_certificate": "ocpp.auth_failed",
    "unknown_identity": "ocpp.boot_rejected",
    "silent": "net.no_internet",
    "mute": "ocpp.offline",
}
"""Causes of the client (agent/ocpp_client/causes.py), and of TLS, that mean something else than their layer."""
ALONE = "no central system is configured: the charger decides alone"
SSID = "ssid"
"""Of the layer's values: what people call their Wi-Fi, which may name a family."""
HTTP_CLOCK_S = 300.0
"""remote.py: nearer than that, a Date of plain HTTP says nothing."""
ERROR_PERCENT = 0.1
RSSI_DBM = -75.0
LEAST_DAYS, DAY_MS = 30, 86_400_000
P95_S, OFFSET_S = 2.0, 5.0


def layers(findings: Sequence[Finding], *wanted: Layer) -> Outcome:
    """What the check found of these layers where the blame lies in one of them; a skip where another is in the way.

    A layer that merely warned may be to blame for what failed behind it (a portal, the clock): then it fails here.
    """
    blamed = concluded(findings)
    if blamed.layer in wanted:
        finding = next(one for one in findings if one.layer is blamed.layer)
        return replace(_failed(finding), says=blamed.says, next=blamed.next)
    seen = [one for one in findings if one.layer in wanted and one.verdict is not Found.FAIL]
    if not seen:
        return _in_the_way(blamed.layer, blamed.says, blamed.next)
    found = summed(_outcome(one) for one in seen)
    missing = [layer.words for layer in wanted if all(one.layer is not layer for one in seen)]
    if missing and blamed.layer is not None:
        says = f"{found.says}; not looked at: {', '.join(missing)}, as the check ended at {blamed.layer.words}"
        return replace(found, verdict=Verdict.SKIP, says=says, next=f"mend {blamed.layer.words} first: {blamed.next}")
    return found


def _in_the_way(layer: Layer | None, says: str, then: str) -> Outcome:
    if layer is None:
        return skipped("the check of the network said nothing of it", "repeat the test")
    return skipped(f"not looked at, as {layer.words} fails: {says}", f"mend {layer.words} first: {then}")


def _outcome(finding: Finding) -> Outcome:
    match finding.verdict:
        case Found.OK:
            return passed(finding.says, *_measured(finding))
        case Found.WARN:
            return warned(finding.says, finding.next, *_measured(finding), cause=CAUSES[finding.layer])
        case Found.SKIPPED:
            return not_applicable(finding.says)
        case Found.FAIL:
            return _failed(finding)


def _failed(finding: Finding) -> Outcome:
    cause = BY_CAUSE.get(str(finding.values.get("cause", "")), CAUSES[finding.layer])
    return failed(finding.says, finding.next, *_measured(finding), cause=cause)


def path(findings: Sequence[Finding]) -> Outcome:
    """Portal, port, and packets of every size (ST804). Those that come back are seen in TLS."""
    loses = _losing_large_packets(findings)
    if loses is not None:
        return replace(_failed(loses), cause="net.no_internet")
    return layers(findings, Layer.PORTAL, Layer.TCP, Layer.PACKETS)


def certificate(findings: Sequence[Finding]) -> Outcome:
    """TLS, as far as the way is not to blame (ST806)."""
    loses = _losing_large_packets(findings)
    if loses is not None:
        return _in_the_way(Layer.TCP, loses.says, loses.next)
    return layers(findings, Layer.TLS)


def _losing_large_packets(findings: Sequence[Finding]) -> Finding | None:
    return next((one for one in findings if one.values.get(SMALL_ONLY)), None)


def may_come_yet(findings: Sequence[Finding]) -> bool:
    """The connection is open, and the registration is what it waits for."""
    boot = next((one for one in findings if one.layer is Layer.BOOT), None)
    return boot is not None and boot.values.get("registration") in (None, "Pending")


def offset_s(findings: Sequence[Finding]) -> float | None:
    """How far the central system is ahead, by its own word."""
    values = next((one.values for one in findings if one.layer is Layer.CLOCK), {})
    found = values.get("offset_s")
    return float(found) if isinstance(found, int | float) and values.get("told_by") == "central system" else None


def _measured(finding: Finding) -> tuple[Measured, ...]:
    """Plain values, by the name of their layer; lists as one text. Records and reports go far: no name of a Wi-Fi."""
    return tuple(
        Measured(name=f"{finding.layer.words}: {name}", value=_plain(value), source=CATALOGUE)
        for name, value in finding.values.items()
        if name != SSID
    )


def _plain(value: object) -> Quantity:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


# Beside the layers.


def errors(first: Seen, later: Seen) -> Outcome:
    """Broken frames between two looks at the counters (ST801)."""
    if first.get("interface") != later.get("interface") or not isinstance(later.get("errors"), int):
        return not_applicable("the interface counts no errors")
    packets, bad = (_grown(first, later, name) for name in ("packets", "errors"))
    percent = 100 * bad / packets if packets > 0 else (100.0 if bad else 0.0)
    one = Measured(name="broken frames", value=round(percent, 3), unit="%", high=ERROR_PERCENT, source=CATALOGUE)
    count = Measured(name="frames", value=packets, source=CATALOGUE)
    if fits(one):
        return passed(f"{bad} broken frames of {packets}", one, count)
    then = "exchange the network cable or its plugs, or measure it: one pair may be bad"
    return failed(f"{told(one)}: {bad} of {packets}", then, one, count, cause="net.no_link")


def duplex(seen: Seen) -> Outcome:
    """A cable that runs one way at a time was set so at one end only (ST801)."""
    if seen.get("duplex") != "half":
        return passed("")
    then = "set both ends to negotiate by themselves, or exchange the cable"
    return warned(f"{seen['interface']} sends and receives in turns only (half duplex)", then, cause="net.no_link")


def _grown(first: Seen, later: Seen, name: str) -> int:
    before, after = first.get(name), later.get(name)
    return after - before if isinstance(before, int) and isinstance(after, int) and after >= before else 0


def signal(levels_dbm: Sequence[float]) -> Outcome:
    """The median of a Wi-Fi's level (ST805)."""
    median = sorted(levels_dbm)[len(levels_dbm) // 2]
    one = Measured(name="Wi-Fi signal", value=median, unit="dBm", low=RSSI_DBM, source=CATALOGUE)
    if fits(one):
        return passed(told(one), one)
    then = "move the access point or the antenna, or lay a cable; metal and concrete between them count most"
    return failed(told(one), then, one, cause="net.weak_signal")


def own_certificate(seen: Seen, now_ms: int | None) -> Outcome:
    """What the charger proves itself with (ST807)."""
    if problem := seen.get("certificate_problem"):
        return failed(str(problem), "have the certificate issued anew", cause="tls.client_cert_expiring")
    ends_ms = seen.get("certificate_ends_ms")
    if not isinstance(ends_ms, int):
        then = "write tls.client_certificate_file and tls.client_key_file, or have the central system send one"
        return failed("there is no certificate of this charger", then, cause="tls.client_cert_expiring")
    if seen.get("certificate_fits_key") is False:
        then = "put the key there that the certificate was made for, or have a new one issued"
        return failed("the certificate does not fit the key beside it", then, cause="tls.client_cert_expiring")
    if now_ms is None:
        return skipped("the time is not known, so the certificate cannot be judged", "set the time first (ST705)")
    days = Measured(
        name="days left of the certificate", value=(ends_ms - now_ms) // DAY_MS, low=LEAST_DAYS, source=CATALOGUE
    )
    if fits(days):
        return passed(told(days), days)
    then = "have the certificate renewed now: without it the charger cannot log in"
    return failed(told(days), then, days, cause="tls.client_cert_expiring")


def trips(calls_s: Sequence[float], offset_s: float | None) -> Outcome:
    """Heartbeats and their answers (ST809)."""
    slowest = sorted(calls_s)[max(0, round(0.95 * len(calls_s)) - 1)]
    p95 = Measured(name="answer, 95 % of the calls", value=round(slowest, 3), unit="s", high=P95_S, source=CATALOGUE)
    if not fits(p95):
        then = "look at the signal, or who else uses the network; ask the operator where both are fine"
        return failed(f"{told(p95)}, of {len(calls_s)} calls", then, p95, cause="ocpp.offline")
    if offset_s is None:
        return passed(f"{told(p95)}, of {len(calls_s)} calls", p95)
    offset = Measured(
        name="clock beside the central system's",
        value=round(abs(offset_s), 1),
        unit="s",
        high=OFFSET_S,
        source=CATALOGUE,
    )
    if fits(offset):
        return passed(f"{told(p95)}, of {len(calls_s)} calls; {told(offset)}", p95, offset)
    return failed(told(offset), "set the time (ST705)", p95, offset, cause="clock.unsynced")
