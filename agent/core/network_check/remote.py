"""What comes back from outside, judged: plain HTTP, the time, TCP, TLS. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from ipaddress import ip_address

from agent.core.network_check.local import Way
from agent.core.network_check.model import Finding, Layer, Sign, fail, ok, span, warn
from agent.core.network_check.packets import SMALL_ONLY
from agent.values import frozen

LOGIN_REQUIRED = 511
"""RFC 6585 section 6: said by nobody but a captive portal."""
KNOWN_ANSWER = 204
"""What a page that was set up for this check answers."""
CLOCK_WARNS_S = 10.0
"""operations.md section 1, step 7."""
HTTP_CLOCK_WARNS_S = 300.0
"""A Date of plain HTTP is anybody's word, and may come out of a cache."""
ENDS_SOON_MS = 30 * 86_400_000
"""self-tests.md, ST806."""


# Captive portals.


@frozen(kw_only=True)
class PlainAnswer:
    """What http://`host`… answered. `status` None: nothing, because of `problem`. `leads_to`: host of a redirection.

    `is_known`: the page was set up for this check, and must answer 204. `date_ms`: UTC, of its Date header.
    """

    host: str
    status: int | None = None
    leads_to: str = ""
    is_known: bool = False
    date_ms: int | None = None
    problem: str = ""


LOG_IN = "log in at the network's page with a device in the same network, or have the charger exempted from it"


def portal(answer: PlainAnswer) -> Finding:
    """Whether somebody between here and the central system answers in its place."""
    at, status = f"http://{answer.host}", answer.status
    values = {"asked": at, "status": status}
    if answer.is_known and status == KNOWN_ANSWER:
        return ok(Layer.PORTAL, f"none; {at} answers as it must", values)
    if answer.is_known and status is None:
        then = "look at ocpp.portal_check_url in the site file, and whether that page is served"
        return warn(Layer.PORTAL, f"not known: {at} {answer.problem}", then, values)
    if answer.is_known or status == LOGIN_REQUIRED:
        says = f"the network answers in place of {answer.host} (HTTP {status}{_leading(answer)})"
        return fail(Layer.PORTAL, says, LOG_IN, values, sign=Sign.LOGIN_PAGE)
    if answer.leads_to and not _is_same_house(answer.host, answer.leads_to):
        says = f"{at} is answered with a way to {answer.leads_to}, as a network does that wants a login"
        return warn(Layer.PORTAL, says, LOG_IN, values, sign=Sign.LOGIN_PAGE)
    said = answer.problem if status is None else f"answers with HTTP {status}{_leading(answer)}"
    return ok(Layer.PORTAL, f"no sign of one; {at} {said}", values)


def _leading(answer: PlainAnswer) -> str:
    return f", to {answer.leads_to}" if answer.leads_to else ""


def _is_same_house(host: str, other: str) -> bool:
    """The same name, or one that shares its last two parts: central systems lead to their own front door."""
    one, two = host.lower().rstrip("."), other.lower().rstrip(".")
    tail = one.split(".")[-2:]
    return one == two or (len(tail) == 2 and not tail[1].isdigit() and two.split(".")[-2:] == tail)


# The clock.


@frozen(kw_only=True)
class ClockSeen:
    """`now_ms` None: the time of day is not known. `passed_ms` is known to have passed.

    `offset_s`: how far the central system is ahead, by its own word; `servers_s`: the time servers, where they agree;
    `http_ms`: the time by plain HTTP.
    """

    now_ms: int | None
    passed_ms: int = 0
    offset_s: float | None = None
    servers_s: float | None = None
    http_ms: int | None = None


def clock(seen: ClockSeen) -> Finding:
    """Whether dates can be judged here. Never a failure of its own: it is to blame where TLS fails for a date."""
    set_it = "set the time (timedatectl), and look whether a time server can be reached"
    if seen.now_ms is None:
        says = "the time of day is not known; only a certificate that ended before this software was built is refused"
        return warn(Layer.CLOCK, says, set_it)
    if seen.now_ms < seen.passed_ms:
        behind = span((seen.passed_ms - seen.now_ms) / 1000)
        return warn(Layer.CLOCK, f"the clock is at least {behind} behind: that time has passed already", set_it)
    if seen.offset_s is not None:
        return _by(seen.offset_s, "central system", set_it)
    if seen.servers_s is not None:
        return _by(seen.servers_s, "time server", set_it)
    if seen.http_ms is None:
        return ok(Layer.CLOCK, "known; nobody was there to compare it with")
    offset_s = (seen.http_ms - seen.now_ms) / 1000
    values = {"offset_s": round(offset_s), "told_by": "http"}
    if abs(offset_s) > HTTP_CLOCK_WARNS_S:
        says = f"by the central system's host, this clock is {_off(offset_s)}"
        return warn(Layer.CLOCK, says, set_it, values)
    return ok(Layer.CLOCK, "known, and agrees with the central system's host", values)


def _by(offset_s: float, whose: str, set_it: str) -> Finding:
    values = {"offset_s": round(offset_s, 1), "told_by": whose}
    if abs(offset_s) > CLOCK_WARNS_S:
        return warn(Layer.CLOCK, f"by the {whose}, this clock is {_off(offset_s)}", set_it, values)
    return ok(Layer.CLOCK, f"{abs(offset_s):.1f} s from the {whose}'s", values)


def _off(offset_s: float) -> str:
    return f"{span(abs(offset_s))} {'behind' if offset_s > 0 else 'ahead'}"


# TCP.


class Answer(Enum):
    """What became of a connection to one address."""

    OPEN = "answers"
    REFUSED = "refuses the connection"
    SILENT = "does not answer"
    UNREACHABLE = "cannot be reached from here"


@frozen(kw_only=True)
class Attempt:
    """One address. `took_s` until it answered."""

    address: str
    answer: Answer
    took_s: float = 0.0


def tcp(attempts: Sequence[Attempt], port: int, *, proxy: str = "", way: Way | None = None) -> Finding:
    """Whether somebody listens. `proxy`: where the environment says that connections must go by one.

    `way`: by what of this machine's own they go.
    """
    good = [one for one in attempts if one.answer is Answer.OPEN]
    bad = [one for one in attempts if one.answer is not Answer.OPEN]
    said = "; ".join(f"{one.address} {one.answer.value}" for one in bad)
    by = "" if way is None else f", from {way.words}"
    own = (
        {} if way is None else {"interface": way.interface, "own_address": way.own_address, "medium": way.medium.value}
    )
    if good:
        best = min(good, key=lambda one: one.took_s)
        says = f"port {port} at {best.address} answers after {1000 * best.took_s:.0f} ms{by}"
        values = {"address": best.address, "port": port, "took_ms": round(1000 * best.took_s, 1), **own}
        if not bad:
            return ok(Layer.TCP, says, values)
        return warn(Layer.TCP, f"{says}; but {said}", _of_one_family(bad, good), values)
    if proxy:
        then = (
            f"the environment names a proxy ({proxy}), which the charger does not use: "
            f"have port {port} opened for a direct connection"
        )
        return fail(Layer.TCP, f"port {port}: {said}{by}", then, {"port": port, **own})
    return fail(Layer.TCP, f"port {port}: {said}{by}", _nobody(bad, port), {"port": port, **own})


def _of_one_family(bad: Sequence[Attempt], good: Sequence[Attempt]) -> str:
    versions = {ip_address(one.address).version for one in bad}
    if len(versions) == 1 and versions.isdisjoint(ip_address(one.address).version for one in good):
        version = versions.pop()
        return f"IPv{version} does not work from here: mend it, or have it taken out of the router's settings"
    return "have the address that fails taken out of the name service, or its machine looked after"


def _nobody(bad: Sequence[Attempt], port: int) -> str:
    answers = {one.answer for one in bad}
    if answers == {Answer.UNREACHABLE}:
        versions = {ip_address(one.address).version for one in bad}
        if len(versions) == 1:
            only = versions.pop()
            return f"there is no way to IPv{only} from here, and the central system has no other address"
        return "look at the router: it knows no way to the central system"
    if answers == {Answer.REFUSED}:
        return "compare the port in ocpp.url with the operator's, and ask whether the central system is running"
    return f"have port {port} opened in the firewall for outgoing connections, and compare it with ocpp.url"


# TLS.


@frozen(kw_only=True)
class Certificate:
    """As it was shown. Names are those it is good for; times in UTC milliseconds."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before_ms: int
    not_after_ms: int

    @property
    def dates(self) -> str:
        return f"from {_day(self.not_before_ms)} to {_day(self.not_after_ms)}"


class Fault(Enum):
    """Why there is no secure connection."""

    NONE = "none"
    TOO_EARLY = "not yet valid"
    TOO_LATE = "expired"
    NAME = "wrong name"
    ROOT = "unknown root"
    CERTIFICATE = "certificate"
    NOT_TLS = "not tls"
    SILENT = "silent"
    HANGS_UP = "hangs up"
    OTHER = "other"


@frozen(kw_only=True)
class Handshake:
    """What became of TLS with `host`. `shown`: its certificates, its own first; `root`: by whom it was believed.

    `trusts` says in words whom this charger believes. `problem` is the sentence of whoever noticed.
    `smaller_help`: it came about with small packets where it had not with large ones.
    """

    host: str
    fault: Fault
    trusts: str
    version: str = ""
    cipher: str = ""
    shown: tuple[Certificate, ...] = ()
    root: str = ""
    problem: str = ""
    smaller_help: bool = False
    took_s: float = 0.0


def tls(seen: Handshake, now_ms: int | None) -> Finding:
    """Whether the other end is who it says, and what is wrong with its certificate where it is not."""
    own = seen.shown[0] if seen.shown else None
    values = _tls_values(seen, own)
    if seen.smaller_help:
        says = f"{seen.host} answers small packets only: large ones are lost on the way"
        then = "set the MTU of the router or modem to 1400, or have ICMP let through"
        return fail(Layer.TLS, says, then, values | {SMALL_ONLY: True})
    if seen.fault is Fault.NONE:
        return _trusted(seen, own, now_ms, values)
    of = "the certificate" if own is None else f"the certificate of {own.subject}"
    match seen.fault:
        case Fault.TOO_LATE | Fault.TOO_EARLY:
            dates = "" if own is None else f": it is good {own.dates}"
            word = "has expired" if seen.fault is Fault.TOO_LATE else "is not valid yet"
            then = "have the central system's certificate renewed" if seen.fault is Fault.TOO_LATE else _BOTH_DATES
            return fail(Layer.TLS, f"{of} {word}{dates}", then, values, sign=Sign.DATE)
        case Fault.NAME:
            good_for = "" if own is None else f"; it is good for {', '.join(own.names) or 'no name at all'}"
            then = f"write one of its names into ocpp.url, or have {seen.host} added to it"
            return fail(Layer.TLS, f"{of} is not for {seen.host}{good_for}", then, values, sign=Sign.STRANGER)
        case Fault.ROOT:
            by = "" if not seen.shown else f", signed by {seen.shown[-1].issuer}"
            then = "write the operator's root certificate into tls.ca_file, or have the missing intermediate one sent"
            says = f"{of}{by}, is vouched for by nobody whom this charger believes ({seen.trusts})"
            return fail(Layer.TLS, says, then, values, sign=Sign.STRANGER)
        case Fault.NOT_TLS:
            says = f"{seen.host} does not speak TLS at this port"
            then = "compare port and beginning (wss:// or ws://) of ocpp.url with the operator's"
            return fail(Layer.TLS, says, then, values, sign=Sign.STRANGER)
        case Fault.SILENT:
            says = f"{seen.host} takes the connection and then says nothing"
            then = "a firewall or proxy may hold it: have the port opened for TLS, and compare it with ocpp.url"
            return fail(Layer.TLS, says, then, values | {"cause": "silent"}, sign=Sign.STRANGER)
        case Fault.HANGS_UP:
            says = f"{seen.host} hangs up in the middle of TLS"
            then = "compare the port in ocpp.url with the operator's; a firewall that looks into TLS does this, too"
            return fail(Layer.TLS, says, then, values, sign=Sign.STRANGER)
        case _:
            then = "show this sentence to the operator of the central system"
            return fail(Layer.TLS, seen.problem, then, values)


_BOTH_DATES = "look at the charger's clock first; a certificate that begins in the future is rare"


def _trusted(seen: Handshake, own: Certificate | None, now_ms: int | None, values: dict[str, object]) -> Finding:
    says = f"{seen.version} with {own.subject if own else seen.host}"
    if own is not None:
        says += f", good to {_day(own.not_after_ms)}"
    if seen.root:
        says += f", by {seen.root}"
    if own is not None and now_ms is not None and own.not_after_ms - now_ms < ENDS_SOON_MS:
        left = max(0, (own.not_after_ms - now_ms) // 86_400_000)
        return warn(Layer.TLS, f"{says}: {left} days left", "have the central system's certificate renewed", values)
    return ok(Layer.TLS, says, values)


def _tls_values(seen: Handshake, own: Certificate | None) -> dict[str, object]:
    values: dict[str, object] = {"took_ms": round(1000 * seen.took_s, 1), "fault": seen.fault.value}
    if seen.version:
        values |= {"version": seen.version, "cipher": seen.cipher}
    if own is not None:
        values |= {
            "subject": own.subject,
            "names": list(own.names),
            "issuer": own.issuer,
            "not_before": _day(own.not_before_ms),
            "not_after": _day(own.not_after_ms),
        }
    return values | ({"root": seen.root} if seen.root else {})


def _day(utc_ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(utc_ms / 1000, UTC).strftime("%Y-%m-%d")
