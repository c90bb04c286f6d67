"""`[mqtt]`: the health channel to a broker (docs/mqtt.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from agent.tables import Spelled, TableProblem, Within
from agent.values import frozen

PORTS = {"mqtts": 8883, "mqtt": 1883}
NAME = r"[A-Za-z0-9._:-]{1,64}"
"""A level of a topic: no wildcard, and nothing that needs quoting in a shell or in the broker's ACL."""
LEVELS = rf"{NAME}(/{NAME}){{0,7}}"
DEFAULT_PREFIX = "evse"


class MqttProfile(Enum):
    """How much is told: below 5 MB a month, or below 1 MB."""

    NORMAL = "normal"
    THRIFTY = "thrifty"


@frozen(kw_only=True)
class MqttConfig:
    """The broker. `device`: this charger's name there; without it its serial number.

    `keep_alive_s`: without it that of the profile. `home_assistant`: describe the charger to homes, at their prefix.
    """

    url: str
    prefix: Annotated[str, Spelled(LEVELS, 'write levels of letters, digits and . _ : - as "evse" or "acme/evse"')] = (
        DEFAULT_PREFIX
    )
    device: Annotated[str, Spelled(NAME, "write 1 to 64 letters, digits or . _ : -")] | None = None
    profile: MqttProfile = MqttProfile.NORMAL
    keep_alive_s: Annotated[int, Within(10, 3600, "s")] | None = None
    allow_insecure: bool = False
    ca_file: Path | None = None
    client_certificate_file: Path | None = None
    client_key_file: Path | None = None
    username: str | None = None
    password_file: Path | None = None
    home_assistant: bool = False
    home_assistant_prefix: Annotated[str, Spelled(LEVELS, 'write the prefix of the home, as "homeassistant"')] = (
        "homeassistant"
    )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or PORTS[parts.scheme]

    @property
    def is_secure(self) -> bool:
        return urlsplit(self.url).scheme == "mqtts"


def mqtt_problems(
    mqtt: Mapping[str, object], folder: Path, is_loopback: Callable[[str], bool]
) -> Iterator[TableProblem]:
    """What only several keys of `[mqtt]`, and the files it names, show."""
    url = mqtt.get("url")
    if isinstance(url, str):
        yield from _url_problems(url, mqtt, is_loopback)
    for one, other in (("client_certificate_file", "client_key_file"), ("client_key_file", "client_certificate_file")):
        if one in mqtt and other not in mqtt:
            yield TableProblem(("mqtt", other), f"is missing; {one} is of no use without it")
    if "password_file" in mqtt and "username" not in mqtt:
        yield TableProblem(("mqtt", "username"), "is missing; a password belongs to a name, write the broker's name")
    if "password" in mqtt:
        yield TableProblem(("mqtt", "password"), "secrets are files, never values; name its file as password_file")
    for key in ("password_file", "client_key_file"):
        named = mqtt.get(key)
        file = folder / named if isinstance(named, str) else None
        if file is not None and file.is_file() and file.stat().st_mode & 0o007:
            yield TableProblem(("mqtt", key), f"{file} can be read by everybody; chmod 600 it")


def _url_problems(url: str, mqtt: Mapping[str, object], is_loopback: Callable[[str], bool]) -> Iterator[TableProblem]:
    at = ("mqtt", "url")
    try:
        address = urlsplit(url)
        _ = address.port
    except ValueError as error:
        yield TableProblem(at, f'"{url}" is no address: {error}')
        return
    if address.username is not None or address.password is not None:
        yield TableProblem(at, "holds a login, which would end up in logs; write username and password_file")
    elif address.scheme not in PORTS or not address.hostname or _has_more(address):
        yield TableProblem(at, f'"{url}" is no address of a broker; write mqtts://HOST or mqtts://HOST:PORT')
    elif address.scheme == "mqtt" and mqtt.get("allow_insecure") is not True and not is_loopback(address.hostname):
        yield TableProblem(
            at,
            "sends everything in the clear; write mqtts://, "
            "or allow_insecure = true where the network itself is protected",
        )
    if address.scheme == "mqtt":
        for key in ("ca_file", "client_certificate_file", "client_key_file"):
            if key in mqtt:
                yield TableProblem(("mqtt", key), "has no meaning without TLS; write mqtts:// in url, or remove it")


def _has_more(address: SplitResult) -> bool:
    return address.path not in ("", "/") or bool(address.query or address.fragment)
