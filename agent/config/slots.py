"""Rules of `[[ocpp.slots]]`, and what an address must be that a central system wants to be reached at.

A slot is judged as `[ocpp]` is, with its own words in place of those there. Two things hold between slots: somebody who
can cut off one address must not gain a worse protected connection by it, and two names of one charger in one network
would be two chargers, each with half of a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent.config import checks
from agent.config.model import OcppConfig, endpoint_of
from agent.secret import Secret
from agent.tables import KeyPath, TableProblem
from agent.toml_files.problems import Problems

MOST_MORE = 3
"""Addresses beside the one of [ocpp]."""
LONGEST_ADDRESS = 255
OF_TLS = ("ca_file", "client_certificate_file", "client_key_file")
SCHEMES = {True: "wss", False: "ws"}


def slot_problems(ocpp: Mapping[str, object], tls: Mapping[str, object], folder: Path | None) -> Iterator[TableProblem]:
    """Everything but the types, which the binding finds. `folder` None: the files that are named lie elsewhere."""
    slots = ocpp.get("slots", [])
    if not isinstance(slots, list):
        return
    if len(slots) > MOST_MORE:
        yield TableProblem(("ocpp", "slots", MOST_MORE), f"there may be {MOST_MORE} more addresses; remove this one")
    first = {key: value for key, value in ocpp.items() if key not in ("version", "slots")}
    seen = {_endpoint(first)}
    for index, slot in enumerate(slots):
        if not isinstance(slot, Mapping):
            continue
        at: KeyPath = ("ocpp", "slots", index)
        for problem in checks.ocpp_problems({**first, **slot}, _of_tls(tls, slot)):
            yield TableProblem((*at, problem.key[-1]), problem.what)
        for problem in checks.file_problems(slot, "ocpp", folder) if folder else ():
            yield TableProblem((*at, problem.key[-1]), problem.what)
        for key, what in _beside_the_first(first, slot):
            yield TableProblem((*at, key), what)
        endpoint = _endpoint({**first, **slot})
        if endpoint is not None and endpoint in seen:
            yield TableProblem((*at, "url"), f"{endpoint} is the address of an earlier slot; remove one of them")
        seen.add(endpoint)


def _of_tls(tls: Mapping[str, object], slot: Mapping[str, object]) -> dict[str, object]:
    return {**tls, **{key: slot[key] for key in OF_TLS if key in slot}}


def _endpoint(table: Mapping[str, object]) -> str | None:
    url, identity = table.get("url"), table.get("identity")
    return endpoint_of(url, identity) if isinstance(url, str) and isinstance(identity, str) else None


def _beside_the_first(first: Mapping[str, object], slot: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for one, other in (("client_certificate_file", "client_key_file"), ("client_key_file", "client_certificate_file")):
        if one in slot and other not in slot:
            yield other, f"is missing; {one} is of no use without it"
    least, profile = first.get("security_profile", 2), slot.get("security_profile")
    if isinstance(least, int) and isinstance(profile, int) and profile < least:
        what = f"{profile} is below the {least} of slot 1: whoever cuts slot 1 off would gain by it; write {least}"
        yield "security_profile", what
    is_same = slot.get("network", first.get("network", "")) == first.get("network", "")
    if is_same and slot.get("identity", first.get("identity")) != first.get("identity"):
        yield (
            "identity",
            "one central system knows one charger by one name; remove it, "
            "or name the other operator's central system by network",
        )


def with_passwords(sections: dict[str, Any], folder: Path, problems: Problems) -> dict[str, Any]:
    """The sections with the passwords in place of the files that hold them."""
    ocpp = sections.get("ocpp")
    if not isinstance(ocpp, OcppConfig):
        return sections
    found = tuple(
        replace(slot, password=_password(slot.password_file, folder, ("ocpp", "slots", index), problems))
        for index, slot in enumerate(ocpp.slots)
    )
    own = _password(ocpp.password_file, folder, ("ocpp",), problems)
    return sections | {"ocpp": replace(ocpp, password=own, slots=found)}


def _password(named: Path | None, folder: Path, at: KeyPath, problems: Problems) -> Secret | None:
    if named is None:
        return None
    file, key = folder / named, (*at, "password_file")
    try:
        password = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None  # told with the other missing files
    except (OSError, UnicodeDecodeError) as error:
        problems.add(key, f"{file} cannot be read ({error}); check the owner and the content")
        return None
    for what in checks.password_problems(password, file):
        problems.add(key, what)
    return Secret(password)


def objection_to_address(url: str, *, profile: int, allow_insecure: bool) -> str | None:
    """Why a charger with this security profile does not go to `url`, as the rest of a sentence that begins with "it".

    For an address that came from afar: the scheme is the profile's, and nobody's login stands in it.
    """
    scheme = SCHEMES[profile >= 2]
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST_ADDRESS:
        return f"is not up to {LONGEST_ADDRESS} printable ASCII characters without spaces"
    try:
        address = urlsplit(url)
        _ = address.port
    except ValueError as error:
        return f"is no address: {error}"
    if address.scheme != scheme:
        return f"does not begin with {scheme}://, as security profile {profile} wants"
    if address.username is not None or address.password is not None:
        return "holds a login"
    if not address.hostname:
        return "names no host"
    if (
        address.query
        or address.fragment
        or "{" in url.replace("{identity}", "")
        or "}" in url.replace("{identity}", "")
    ):
        return "holds more than host, port, path and {identity}"
    if scheme == "ws" and not allow_insecure and not checks.is_loopback(address.hostname):
        return "would have everything said in the clear, which the site file does not allow"
    return None
