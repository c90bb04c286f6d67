"""What an operator hands out for a charger, as text or out of a QR code, taken apart. Pure.

Understood are an address (with or without a login in it), "OCPP:" before one, JSON, and lists of keys and values as
"URL: … ID: … Password: …" or "url=…;id=…". What was taken for what is told, so that a person can object; the password
is a Secret from here on and stands in no sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from agent.errors import BadRequest
from agent.secret import Secret
from agent.values import frozen

LONGEST = 1024
SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
_KEYS = {
    "url": ("url", "uri", "endpoint", "server url", "server", "csms", "csms url", "central system", "backend",
            "backend url", "ocpp url", "ocpp server", "websocket url", "address", "host", "u"),
    "identity": ("identity", "id", "charge point id", "chargepoint id", "charge box id", "chargebox id",
                 "charge box identity", "charging station id", "station id", "charger id", "cp id", "cpid", "cbid",
                 "username", "user name", "user", "login", "i"),
    "secret": ("password", "passwort", "pass", "pwd", "authorization key", "authorizationkey", "auth key", "authkey",
               "basic auth password", "key", "secret", "p"),
    "port": ("port",),
    "path": ("path",),
}  # fmt: skip
NO_IDENTITY = frozenset({"", "ocpp", "ocppj", "ocpp16", "ocpp1.6", "ocpp16j", "ocpp-j", "1.6", "16", "1.6j", "16j"}) | {
    *("ws", "wss", "websocket", "websockets", "api", "v1", "v16", "cs", "cp", "csms", "steve", "gateway", "services"),
    *("centralsystemservice", "{identity}", "chargepoint", "station", "stations", "charger", "chargers"),
}
"""Last parts of a path that are a way and no charger's name."""
_PREFIX = re.compile(r"^\s*ocpp[\s_-]?(?:1\.?6)?[\s_-]?j?\s*(?::(?!//)|[;,]|\s)\s*", re.IGNORECASE)
_OWN_SCHEME = re.compile(r"^\s*ocpp(s?)://", re.IGNORECASE)
_URL = re.compile(r"\b(?:wss?|https?)://[^\s;,\"'<>]+", re.IGNORECASE)


@frozen(kw_only=True)
class Connection:
    """What was understood. `scheme` and `port` are "" and None where nobody said them.

    `path` are its parts without the identity. `place`: where in the path the identity stood, None: it did not.
    `has_slash`: something said ends in a slash. `notes` are sentences for a person, without the password.
    """

    host: str
    scheme: str = ""
    port: int | None = None
    path: tuple[str, ...] = ()
    place: int | None = None
    has_slash: bool = False
    identity: str = ""
    secret: Secret | None = None
    notes: tuple[str, ...] = ()


def understood(text: str) -> Connection:
    """Raises BadRequest with what is missing or wrong; never shows a password."""
    if len(text) > LONGEST:
        raise BadRequest(f"that is longer than {LONGEST} characters; it is no address of a central system")
    said = _said(_OWN_SCHEME.sub(lambda found: "wss://" if found[1] else "ws://", text.strip()))
    url = said.get("url", "")
    if not url:
        raise BadRequest(
            "there is no address in it; it looks like wss://host/path/IDENTITY, or URL: … ID: … Password: …"
        )
    return _of(said, url)


def _said(text: str) -> dict[str, str]:
    """By our word for each key."""
    bare = _PREFIX.sub("", text, count=1)
    if bare.startswith("{"):
        return _of_json(bare)
    if re.match(r"^(?:wss?|https?)://\S+$", bare, re.IGNORECASE):
        return {"url": bare}
    found = _of_list(bare)
    if "url" not in found and (url := _URL.search(bare)):
        found["url"] = url[0]
    if not found and re.fullmatch(r"[\w.-]+\.[a-z]{2,}(?::\d+)?(?:/\S*)?", bare, re.IGNORECASE):
        found["url"] = bare
    return found


def _of_json(text: str) -> dict[str, str]:
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        # Not chained: the library's error holds the text, and that holds a password.
        raise BadRequest("it begins like JSON and is none; copy all of it, up to the last }") from None
    found: dict[str, str] = {}
    for key, value in _flat(table, 3):
        name = _name_of(key)
        # A number can be a port, a name, a password; an address it is not.
        is_word = isinstance(value, str) or (type(value) is int and name not in ("url", "path"))
        if name and is_word:
            found.setdefault(name, str(value).strip())
    return found


def _flat(table: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if not isinstance(table, Mapping) or not depth:
        return
    yield from table.items()
    for value in table.values():
        yield from _flat(value, depth - 1)


def _name_of(key: str) -> str:
    """Our word for a key as others write it: "chargePointId", "CHARGE_POINT_ID", "Charge point ID"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key)
    plain = re.sub(r"[\s_-]+", " ", spaced).strip().lower()
    glued = plain.replace(" ", "")
    for name, words in _KEYS.items():
        if plain in words or glued in {word.replace(" ", "") for word in words}:
            return name
    return ""


def _key_pattern() -> re.Pattern[str]:
    words = sorted((word for words in _KEYS.values() for word in words), key=len, reverse=True)
    keys = "|".join(re.escape(word).replace(r"\ ", r"[\s_-]*") for word in words)
    return re.compile(rf"(?:^|(?<=[\s,;|\"']))[\"']?(?P<key>{keys})[\"']?\s*(?:=|:(?!//))\s*", re.IGNORECASE)


_LISTED = _key_pattern()


def _of_list(text: str) -> dict[str, str]:
    """A word for each key, the password as it stands. What is behind the name is "behind", and may be anything."""
    found: dict[str, str] = {}
    keys = list(_LISTED.finditer(text))
    for place, key in enumerate(keys):
        end = keys[place + 1].start() if place + 1 < len(keys) else len(text)
        value = text[key.end() : end].strip().rstrip(";,|").strip().strip("\"'")
        name = _name_of(key["key"])
        words = value.split()
        if not name or not words or name in found:
            continue
        found[name] = value if name == "secret" else words[0].rstrip(";,")
        if name == "identity" and len(words) > 1:
            found["behind"] = " ".join(words[1:])
    return found


def _of(said: Mapping[str, str], url: str) -> Connection:
    has_scheme = "://" in url
    try:
        address = urlsplit(url if has_scheme else f"//{url}")
        port = address.port
    except ValueError:
        raise BadRequest("its address is none: host or port cannot be; compare it with what was handed out") from None
    if has_scheme and address.scheme.lower() not in SCHEMES:
        raise BadRequest(f"{address.scheme}:// is no way to a central system; it begins with wss:// or ws://")
    if not address.hostname:
        raise BadRequest("its address names no host; it looks like wss://host/path/IDENTITY")
    if address.query or address.fragment:
        raise BadRequest("its address holds more than host, port and path (? or #); ask for the one for OCPP 1.6-J")
    parts = tuple(part for part in f"{address.path}/{said.get('path', '')}".split("/") if part)
    identity, place, notes = _identity(said, address, parts)
    secret = said.get("secret") or unquote(address.password or "")
    told = _port_of(said)
    return Connection(
        host=address.hostname,
        scheme=SCHEMES[address.scheme.lower()] if has_scheme else "",
        port=port if port is not None else told,
        path=parts if place is None else parts[:place] + parts[place + 1 :],
        place=place,
        has_slash=len(parts) > 0 and f"{address.path}{said.get('path', '')}".endswith("/"),
        identity=identity,
        secret=Secret(secret) if secret else None,
        notes=(*_of_scheme(address.scheme.lower()), *notes),
    )


def _of_more_behind(said: Mapping[str, str], name: str) -> tuple[str, ...]:
    """What stood there is not repeated: behind a name can be a password, after a word that is none of ours."""
    note = f'behind the name "{name}" stands more, which is not taken for a part of it: a name has no space in it'
    return (note,) if "behind" in said else ()


def _of_scheme(scheme: str) -> tuple[str, ...]:
    return (f"{scheme}:// is read as {SCHEMES[scheme]}://",) if scheme in ("http", "https") else ()


def _port_of(said: Mapping[str, str]) -> int | None:
    text = said.get("port", "")
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:9]) < 65536:
        raise BadRequest(f'"{text[:20]}" is no port; it is a number up to 65535')
    return int(text)


def _identity(
    said: Mapping[str, str], address: SplitResult, parts: tuple[str, ...]
) -> tuple[str, int | None, tuple[str, ...]]:
    """The charger's name, its place in the path, and how that was found."""
    named = said.get("identity") or unquote(address.username or "")
    if named:
        place = next((at for at in reversed(range(len(parts))) if unquote(parts[at]) in (named, "{identity}")), None)
        return named, place, _of_more_behind(said, named)
    if "{identity}" in parts:
        return "", parts.index("{identity}"), ()
    if parts and parts[-1].lower() not in NO_IDENTITY:
        name = unquote(parts[-1])
        return name, len(parts) - 1, (f"the end of the path is taken for the charger's name: {name}",)
    return "", None, ()
