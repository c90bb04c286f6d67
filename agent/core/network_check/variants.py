"""The likely forms of a central system's address, in the order in which they are tried, and what trying came to. Pure.

Security goes only upward: what was handed out as wss is never tried without TLS, and ws first with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from agent.values import frozen

HERE = "{identity}"


@frozen(kw_only=True)
class Variant:
    """One form. `url` as the site file writes it, with {identity} in it; `how` in words, against what was said."""

    url: str
    how: str

    @property
    def is_encrypted(self) -> bool:
        return self.url.startswith("wss:")

    @property
    def place(self) -> str:
        """Scheme, host and port: what is wrong with them is wrong with every path there."""
        return "/".join(self.url.split("/", 3)[:3])

    def endpoint(self, identity: str) -> str:
        return self.url.replace(HERE, identity)


class Verdict(Enum):
    """SPARED: not tried, since what came before says how it would end."""

    ANSWERS = "answers"
    REFUSES = "refuses"
    SPARED = "spared"


@frozen(kw_only=True)
class Tried:
    variant: Variant
    verdict: Verdict
    says: str
    is_about_login: bool = False


@frozen(kw_only=True)
class Said:
    """What is known of the address. `scheme` "", `port` None: nobody said. `may_be_plain`: ws may be tried at all."""

    host: str
    scheme: str
    port: int | None
    path: tuple[str, ...]
    place: int | None
    has_slash: bool
    may_be_plain: bool


def variants(said: Said) -> tuple[Variant, ...]:
    """Eight at most, the likeliest first, none twice."""
    found: dict[str, Variant] = {}
    for base, of_base in _bases(said):
        for path, of_path in _paths(said):
            how = ", ".join(words for words in (of_base, of_path) if words) or "as it was handed out"
            found.setdefault(f"{base}{path}", Variant(url=f"{base}{path}", how=how))
    return tuple(found.values())


def _bases(said: Said) -> Iterator[tuple[str, str]]:
    host = f"[{said.host}]" if ":" in said.host else said.host
    ports = [None, 8443] if said.port is None and said.scheme != "ws" else [said.port]
    for port in ports:
        at = "" if port in (None, 443) else f":{port}"
        words = ["with TLS"] * (said.scheme != "wss") + [f"port {port}"] * (port is not None and said.port is None)
        yield f"wss://{host}{at}", ", ".join(words)
    if said.scheme == "ws" and said.may_be_plain:
        yield f"ws://{host}" + ("" if said.port in (None, 80) else f":{said.port}"), "without TLS"


def _paths(said: Said) -> Iterator[tuple[str, str]]:
    if said.place is None:
        joined, here = "/".join((*said.path, HERE)), "the name at the end of the path"
    else:
        joined, here = "/".join((*said.path[: said.place], HERE, *said.path[said.place :])), ""
    plain, slashed = f"/{joined}", f"/{joined}/"
    first, second = (slashed, plain) if said.has_slash and said.place is not None else (plain, slashed)
    other = "without the slash at the end" if first == slashed else "with a slash at the end"
    yield first, here
    yield second, f"{here}, {other}" if here else other
    if said.place is not None and said.place < len(said.path):
        yield f"/{'/'.join((*said.path, HERE))}", "the name at the end of the path"
    if said.path:
        yield f"/{HERE}", "only the name in the path"
    else:
        yield f"/ocpp/{HERE}", "ocpp before the name"
        yield f"/ws/{HERE}", "ws before the name"


def conclusion(tried: Iterable[Tried]) -> tuple[Variant | None, str]:
    """Which one answered, or what to do, in words."""
    seen = list(tried)
    good = next((one.variant for one in seen if one.verdict is Verdict.ANSWERS), None)
    if good is not None:
        return good, ""
    if any(one.is_about_login for one in seen):
        return None, "compare name and password with what the central system has of this charger, then connect again"
    if not any(one.verdict is Verdict.REFUSES for one in seen):
        return None, "there was nothing to try; compare what was handed out"
    return None, "compare the address with what was handed out; evsectl network check tells more about the way there"
